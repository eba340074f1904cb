"""How much each onset stands out: what makes it worth being a beat."""

from typing import NamedTuple

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, Real, group_starts

MANY = 0.255
LOUD = 0.19
LOW = 0.212
LONG = 0.05
HELD = 0.517
LEAST = 0.15


class Accents(NamedTuple):
    """A window's onset groups: seconds from the first, worth about 1 on average, and depth."""

    times: Real
    weights: Real
    lowness: Real


def accents(notes: NoteArrays) -> Accents:
    """Weigh the onset groups of a window by size, loudness, depth and what follows.

    Each quality counts by how far it stands out of the window's own, so that
    neither the instrument's register nor its touch decides.
    """
    if not notes.n:
        return Accents(np.zeros(0), np.zeros(0), np.zeros(0))
    starts = group_starts(notes.onset_us)
    onset = notes.onset_us[starts]
    times = (onset - onset[0]) / 1e6
    size = np.diff(np.append(starts, notes.n))
    loud = np.maximum.reduceat(notes.velocity, starts)
    low = -np.minimum.reduceat(notes.pitch, starts).astype(np.float64)
    held = np.maximum.reduceat(notes.released_us - notes.onset_us, starts) / 1e6
    gap = np.diff(times, append=times[-1] + (np.median(np.diff(times)) if len(times) > 1 else 1.0))
    lowness = _apart(low)
    weights = (
        1.0
        + MANY * _apart(np.log2(size))
        + LOUD * _apart(loud.astype(np.float64))
        + LOW * lowness
        + LONG * _apart(np.log(np.maximum(gap, 0.03)))
        + HELD * _apart(np.log(np.maximum(held, 0.03)))
    )
    return Accents(times, np.maximum(weights, LEAST), lowness)


def _apart(values: Real) -> Real:
    """Give how many standard deviations values lie from their mean, at most two; 0 if all alike."""
    spread = float(values.std())
    if spread < 1e-9:
        return np.zeros_like(values)
    apart: Real = np.clip((values - values.mean()) / spread, -2.0, 2.0)
    return apart
