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
    """A window's onset groups.

    `times` are seconds from the first, `weights` what each is worth as a beat, about 1
    on average; the rows of `apart` tell how far each stands out in size, loudness, gap
    to the next onset and holding.
    """

    times: Real
    weights: Real
    apart: Real


def accents(notes: NoteArrays) -> Accents:
    """Weigh the onset groups of a window by size, loudness, depth and what follows.

    Each quality counts by how far it stands out of the window's own, so that
    neither the instrument's register nor its touch decides.
    """
    if not notes.n:
        return Accents(np.zeros(0), np.zeros(0), np.zeros((4, 0)))
    starts = group_starts(notes.onset_us)
    onset = notes.onset_us[starts]
    times = (onset - onset[0]) / 1e6
    count = np.diff(np.append(starts, notes.n))
    held_s = np.maximum.reduceat(notes.released_us - notes.onset_us, starts) / 1e6
    gaps = np.diff(times)
    gap_s = np.append(gaps, np.median(gaps) if len(gaps) else 1.0)
    size = _apart(np.log2(count))
    loud = _apart(np.maximum.reduceat(notes.velocity, starts).astype(np.float64))
    low = _apart(-np.minimum.reduceat(notes.pitch, starts).astype(np.float64))
    gap = _apart(np.log(np.maximum(gap_s, 0.03)))
    held = _apart(np.log(np.maximum(held_s, 0.03)))
    weights = 1.0 + MANY * size + LOUD * loud + LOW * low + LONG * gap + HELD * held
    return Accents(times, np.maximum(weights, LEAST), np.stack((size, loud, gap, held)))


def _apart(values: Real) -> Real:
    """Give how many standard deviations values lie from their mean, at most two; 0 if all alike."""
    spread = float(values.std())
    if spread < 1e-9:
        return np.zeros_like(values)
    apart: Real = np.clip((values - values.mean()) / spread, -2.0, 2.0)
    return apart
