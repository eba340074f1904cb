"""What one player played, in counts, times and ranges, over whole columns at once."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.activities.improvisation.metrics.arrays import (
    NoteArrays,
    Real,
    Whole,
    crossed,
    group_starts,
)
from mtsession.activities.improvisation.metrics.value import TOO_FEW

METRICS_VERSION = 3
FEWEST_IOIS = 8
SILENT = "silence"


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
    """One player's plain figures in one window; the same whether kept up live or reckoned at once.

    Attributes
    ----------
    window_us : int
        How long notes of this player could be captured.
    active_us : int
        How long at least one note sounded, key or pedal down.
    longest_pause_us : int or None
        The longest silence between two notes; none is measured across a break.
    """

    notes: int
    window_us: int
    onsets: int
    active_us: int
    density_per_s: float | None
    active_share: float | None
    ioi: Iois
    velocity: Range
    pitch: Range
    longest_pause_us: int | None

    @property
    def enough(self) -> bool:
        """Tell whether there are intervals enough for figures to be shown."""
        return self.ioi.n >= FEWEST_IOIS

    @property
    def why_not(self) -> str:
        """Say why figures are not shown; empty where they are."""
        if self.enough:
            return ""
        return TOO_FEW if self.notes else SILENT


def basics(notes: NoteArrays) -> Basics:
    """Give a player's plain figures of one window.

    Examples
    --------
    >>> from mtsession.activities.improvisation.metrics.arrays import from_rows
    >>> row = [(t, 60, 64, t + 250_000, t + 250_000) for t in range(0, 2_000_000, 500_000)]
    >>> found = basics(from_rows(row, 0, 2_000_000))
    >>> found.density_per_s, found.active_share, found.ioi.median_us, found.longest_pause_us
    (2.0, 0.5, 500000.0, 250000)
    """
    span = notes.window_us
    starts = group_starts(notes.onset_us)
    groups = notes.onset_us[starts]
    active = active_us(notes)
    gaps = np.diff(groups)
    whole = ~crossed(groups[:-1], groups[1:], notes.breaks) if len(notes.breaks) else None
    return Basics(
        notes=notes.n,
        window_us=span,
        onsets=len(groups),
        active_us=active,
        density_per_s=notes.n / (span / 1_000_000) if span else None,
        active_share=active / span if span else None,
        ioi=iois(gaps, whole),
        velocity=spread(notes.velocity, least=1),
        pitch=spread(notes.pitch),
        longest_pause_us=_longest_pause(notes),
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


def iois(gaps: Whole, whole: NDArray[np.bool_] | None = None) -> Iois:
    """Give the figures of successive intervals in microseconds.

    Parameters
    ----------
    whole : ndarray of bool, optional
        False for intervals that lie across a break: they count for nothing, and what follows
        such a one is no neighbour of what came before.
    """
    a, b = gaps[:-1], gaps[1:]
    if whole is not None:
        beside = whole[:-1] & whole[1:]
        a, b, gaps = a[beside], b[beside], gaps[whole]
    n = len(gaps)
    if not n:
        return Iois(n=0, mean_us=None, median_us=None, sd_us=None, cv=None, npvi=None)
    mean = int(gaps.sum()) / n
    middle = _quantile_of_sorted(np.sort(gaps), 0.5)
    sd = float(gaps.std(ddof=1)) if n > 1 else None
    both = a + b
    if not both.all():
        kept = both > 0
        a, b, both = a[kept], b[kept], both[kept]
    contrast = 200 * float((np.abs(a - b) / both).mean()) if len(both) else None
    cv = sd / mean if sd is not None and mean else None
    return Iois(n=n, mean_us=mean, median_us=middle, sd_us=sd, cv=cv, npvi=contrast)


def _longest_pause(notes: NoteArrays) -> int | None:
    """Give the longest silence between what sounded and the next onset."""
    if notes.n < 2:
        return None
    until = np.maximum.accumulate(notes.end_us)[:-1]
    following = notes.onset_us[1:]
    pauses = following - until
    if len(notes.breaks):
        pauses = pauses[~crossed(until, following, notes.breaks)]
    longest = int(pauses.max()) if len(pauses) else 0
    return longest if longest > 0 else None


def spread(values: Whole, least: int = 0) -> Range:
    """Give how values from 0 to 127 are spread; those below the least are not known."""
    counts = np.bincount(values, minlength=128)
    counts[:least] = 0
    return spread_of(counts)


def spread_of(counts: Whole) -> Range:
    """Give how values are spread of which `counts[value]` were met."""
    below = np.cumsum(counts)
    n = int(below[-1])
    if not n:
        return Range(n=0, low=None, high=None, mean=None, sd=None, median=None, p10=None, p90=None)
    present = np.flatnonzero(counts)
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
    starts = group_starts(notes.onset_us)
    if len(starts) < 2:
        return np.zeros(0)
    groups = notes.onset_us[starts]
    last = int(starts[-1])
    following = np.repeat(groups[1:], np.diff(starts))
    onset = notes.onset_us[:last]
    shares: Real = (notes.released_us[:last] - onset) / (following - onset)
    return shares[~crossed(onset, following, notes.breaks)] if len(notes.breaks) else shares


def _quantile_of_sorted(ordered: Whole, share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
