"""What one player played, in counts, times and ranges, over whole columns at once."""

import math

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import (
    NoteArrays,
    Real,
    Whole,
    group_starts,
)

SHORTEST_SLOPE = 3


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """How a quality from 0 to 127 is spread; None without a note."""

    n: int
    low: int | None
    high: int | None
    mean: float | None
    sd: float | None
    median: float | None
    p10: float | None
    p90: float | None


class Iois(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals between onset groups; None where a formula is not defined."""

    n: int
    mean_us: float | None
    median_us: float | None
    sd_us: float | None
    cv: float | None
    npvi: float | None


class Basics(msgspec.Struct, frozen=True, kw_only=True):
    """One player's plain figures in one window.

    Attributes
    ----------
    active_us : int
        How long at least one note sounded, key or pedal down.
    articulation : float or None
        Median of key-down time over the interval to the next onset; below 1 apart, above 1 joined.
    velocity_slope_per_min : float or None
        How velocity rises (falls) a minute, by a straight line.
    """

    notes: int
    window_us: int
    onsets: int
    active_us: int
    density_per_s: float | None
    active_share: float | None
    ioi: Iois
    velocity: Range
    velocity_slope_per_min: float | None
    pitch: Range
    articulation: float | None


def basics(notes: NoteArrays) -> Basics:
    """Give a player's plain figures of one window.

    Examples
    --------
    >>> from mtsession.activities.improvisation.metrics.arrays import from_rows
    >>> row = [(t, 60, 64, t + 250_000, t + 250_000) for t in range(0, 2_000_000, 500_000)]
    >>> found = basics(from_rows(row, 0, 2_000_000))
    >>> found.density_per_s, found.active_share, found.ioi.median_us, found.articulation
    (2.0, 0.5, 500000.0, 0.5)
    """
    span = notes.window_us
    starts = group_starts(notes.onset_us)
    groups = notes.onset_us[starts]
    active = active_us(notes)
    return Basics(
        notes=notes.n,
        window_us=span,
        onsets=len(groups),
        active_us=active,
        density_per_s=notes.n / (span / 1_000_000) if span else None,
        active_share=active / span if span else None,
        ioi=iois(np.diff(groups)),
        velocity=spread(notes.velocity),
        velocity_slope_per_min=_slope(notes),
        pitch=spread(notes.pitch),
        articulation=_articulation(notes, starts),
    )


def active_us(notes: NoteArrays) -> int:
    """Give how long at least one note sounded."""
    if not notes.n:
        return 0
    ends = np.maximum.accumulate(np.minimum(notes.end_us, notes.to_us))
    fresh = np.empty(notes.n, dtype=np.int64)
    fresh[0] = notes.onset_us[0]
    np.maximum(notes.onset_us[1:], ends[:-1], out=fresh[1:])
    return int(np.maximum(ends - fresh, 0).sum())


def iois(gaps: Whole) -> Iois:
    """Give the figures of successive intervals in microseconds."""
    n = len(gaps)
    if not n:
        return Iois(n=0, mean_us=None, median_us=None, sd_us=None, cv=None, npvi=None)
    mean = int(gaps.sum()) / n
    middle = _quantile_of_sorted(np.sort(gaps), 0.5)
    sd = float(gaps.std(ddof=1)) if n > 1 else None
    contrast = None
    if n > 1:
        a, b = gaps[:-1], gaps[1:]
        both = a + b
        if not both.all():
            kept = both > 0
            a, b, both = a[kept], b[kept], both[kept]
        if len(both):
            contrast = 200 * float((np.abs(a - b) / both).mean())
    cv = sd / mean if sd is not None and mean else None
    return Iois(n=n, mean_us=mean, median_us=middle, sd_us=sd, cv=cv, npvi=contrast)


def spread(values: Whole) -> Range:
    """Give how values from 0 to 127 are spread, from their histogram."""
    n = len(values)
    if not n:
        return Range(n=0, low=None, high=None, mean=None, sd=None, median=None, p10=None, p90=None)
    counts = np.bincount(values, minlength=128)
    present = np.flatnonzero(counts)
    below = np.cumsum(counts)
    level = np.arange(len(counts))
    total, squares = int(counts @ level), int(counts @ (level * level))
    sd = math.sqrt(max(0, n * squares - total * total) / (n * (n - 1))) if n > 1 else None

    def at(share: float) -> float:
        place = share * (n - 1)
        index = math.floor(place)
        low = int(np.searchsorted(below, index, side="right"))
        high = int(np.searchsorted(below, min(index + 1, n - 1), side="right"))
        return low + (place - index) * (high - low)

    return Range(
        n=n,
        low=int(present[0]),
        high=int(present[-1]),
        mean=total / n,
        sd=sd,
        median=at(0.5),
        p10=at(0.1),
        p90=at(0.9),
    )


def articulations(notes: NoteArrays) -> Real:
    """Give key-down time over the interval to the next onset group, for each note but the last's.

    The pedal is left out: it is what the fingers did.
    """
    return _key_shares(notes, group_starts(notes.onset_us))


def _key_shares(notes: NoteArrays, starts: Whole) -> Real:
    if len(starts) < 2:
        return np.zeros(0)
    groups = notes.onset_us[starts]
    last = int(starts[-1])
    following = np.repeat(groups[1:], np.diff(starts))
    onset = notes.onset_us[:last]
    return (notes.released_us[:last] - onset) / (following - onset)


def _articulation(notes: NoteArrays, starts: Whole) -> float | None:
    shares = _key_shares(notes, starts)
    if not len(shares):
        return None
    middle = len(shares) // 2
    part = np.partition(shares, [middle - 1, middle]) if len(shares) > 1 else shares
    if len(shares) % 2:
        return float(part[middle])
    return float((part[middle - 1] + part[middle]) / 2)


def _slope(notes: NoteArrays) -> float | None:
    """Give the least-squares slope of velocity over time, a minute."""
    if notes.n < SHORTEST_SLOPE:
        return None
    t = (notes.onset_us - notes.onset_us[0]) / 60e6
    t -= t.mean()
    power = float(t @ t)
    return float(t @ notes.velocity) / power if power > 0 else None


def _quantile_of_sorted(ordered: Whole, share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
