"""Tones: key, pitch-class entropy and roughness."""

import math
from functools import cache

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, Real

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
# Krumhansl & Kessler 1982.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
HALF_LIFE_S = 0.5
PARTIALS = 6
FALL = 0.88
MOST_PAIRS = 4_000_000


class Tonality(msgspec.Struct, frozen=True, kw_only=True):
    """The key that the tones fit best.

    Attributes
    ----------
    r : float or None
        Pearson's r of the tones with that key's profile.
    margin : float or None
        How far r lies above the second key's.
    """

    key: str | None
    r: float | None
    second: str | None
    margin: float | None
    n: int
    reason: str | None = None


def class_weights(notes: NoteArrays) -> Real:
    """Give the twelve pitch classes weighted by duration accent (Parncutt 1994).

    ``(1 - exp(-d / 0.5 s)) ** 2``, d from key down to key up.
    """
    seconds = np.maximum(notes.released_us - notes.onset_us, 0) / 1e6
    accent = (1 - np.exp(-seconds / HALF_LIFE_S)) ** 2
    return np.bincount(notes.pitch % 12, accent, 12).astype(np.float64)


def tonality(notes: NoteArrays) -> Tonality:
    """Give the best of 24 keys (Krumhansl 1990).

    Examples
    --------
    >>> from mtsession.activities.improvisation.metrics.arrays import from_rows
    >>> scale = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60]
    >>> rows = [(i * 500_000, p, 64, (i + 1) * 500_000, (i + 1) * 500_000)
    ...         for i, p in enumerate(scale)]
    >>> tonality(from_rows(rows, 0, 6_000_000)).key
    'C major'
    """
    weights = class_weights(notes)
    x = weights - weights.mean()
    scale = float(np.sqrt(x @ x))
    if scale < 1e-12:
        why = "no tone" if not notes.n else "every tone as much as every other"
        return Tonality(key=None, r=None, second=None, margin=None, n=notes.n, reason=why)
    r = _profiles() @ x / scale
    best, second = np.argsort(-r, kind="stable")[:2].tolist()
    return Tonality(
        key=key_name(best),
        r=float(r[best]),
        second=key_name(second),
        margin=float(r[best] - r[second]),
        n=notes.n,
    )


def key_name(index: int) -> str:
    """Name a key: 0-11 major, 12-23 minor, from C."""
    return f"{NAMES[index % 12]} {'major' if index < 12 else 'minor'}"


@cache
def _profiles() -> Real:
    """Give the 24 profiles, each with mean 0 and length 1."""
    rows = [np.roll(kind, tonic) for kind in (MAJOR, MINOR) for tonic in range(12)]
    table = np.array(rows) - np.mean(rows, axis=1, keepdims=True)
    scaled: Real = table / np.linalg.norm(table, axis=1, keepdims=True)
    return scaled


def class_entropy(notes: NoteArrays) -> float | None:
    """Give how evenly the twelve pitch classes are used: 0 one alone, 1 all alike.

    ``-sum p ln p / ln 12``, p the share of notes.
    """
    if not notes.n:
        return None
    share = np.bincount(notes.pitch % 12, minlength=12) / notes.n
    share = share[share > 0]
    return abs(float((share * np.log(share)).sum())) / math.log(12)


def roughness(notes: NoteArrays) -> float | None:
    """Give the mean roughness of what keys held down sound together (Sethares 1993).

    Six partials a tone, each 0.88 times the one below; the sum over all pairs of
    tones, weighted by how long they are held together, over the time in which any
    is held. None where none is, or where more is held at once than hands can.
    """
    n = notes.n
    ends = np.minimum(notes.released_us, notes.to_us)
    if not n:
        return None
    later = np.searchsorted(notes.onset_us, ends, side="left")
    count = np.maximum(later - np.arange(n) - 1, 0)
    if count.sum() > MOST_PAIRS:
        return None
    first = np.repeat(np.arange(n), count)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    together = np.minimum(ends[first], ends[second]) - notes.onset_us[second]
    together = np.maximum(together, 0)
    pair = _pair_roughness()[notes.pitch[first], notes.pitch[second]]
    until = np.maximum.accumulate(ends)
    fresh = np.concatenate((notes.onset_us[:1], np.maximum(notes.onset_us[1:], until[:-1])))
    held = int(np.maximum(until - fresh, 0).sum())
    return float((pair * together).sum()) / held if held else None


@cache
def _pair_roughness() -> Real:
    """Give the roughness of every two MIDI pitches, by their partials (doi 10.1121/1.408175)."""
    order = np.arange(1, PARTIALS + 1)
    loud = FALL ** (order - 1.0)
    weaker = np.minimum(loud[:, None], loud[None, :])
    hertz = 440 * 2 ** ((np.arange(128) - 69) / 12)
    table = np.empty((128, 128))
    for pitch in range(128):
        a = hertz[pitch] * order[None, :, None]
        b = hertz[:, None, None] * order[None, None, :]
        scale = 0.24 / (0.0207 * np.minimum(a, b) + 18.96)
        apart = scale * np.abs(a - b)
        table[pitch] = (weaker * (np.exp(-3.51 * apart) - np.exp(-5.75 * apart))).sum(axis=(1, 2))
    return table
