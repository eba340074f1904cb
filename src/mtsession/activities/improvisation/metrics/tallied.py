"""The formulas behind a player's figures; `docs/metrics.md` says in plain words what each means.

Times are whole microseconds and sums are whole numbers, so that a figure kept up
note by note is the figure reckoned over the whole.
"""

import itertools
import math
from array import array
from collections.abc import Iterable, Sequence

import msgspec

METRICS_VERSION = 1
FEWEST_IOIS = 8
TOO_FEW = "too few notes to calculate"
SILENT = "silence"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """How values from 0 to 127 are spread."""

    low: int
    high: int
    mean: float
    median: float
    p10: float
    p90: float


class PlayerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One player's figures over one take; None wherever a formula is not defined.

    Attributes
    ----------
    window_us : int
        How long notes of this player could be captured.
    active_us : int
        How long at least one note sounded, key or pedal down.
    iois : int
        Intervals between successive onset groups.
    longest_pause_us : int or None
        The longest silence between two notes.
    stuck : int
        Keys still down at the end.
    cut : int
        Keys down when the port went away or the take was paused.
    fixed_velocity : int
        Notes from the computer's keys, which cannot be played louder or softer.
    """

    notes: int
    window_us: int
    active_us: int
    iois: int
    density_per_s: float | None
    active_share: float | None
    ioi_mean_ms: float | None
    ioi_median_ms: float | None
    ioi_sd_ms: float | None
    ioi_cv: float | None
    ioi_npvi: float | None
    velocity: Span | None
    pitch: Span | None
    longest_pause_us: int | None
    doubled: int = 0
    unmatched: int = 0
    stuck: int = 0
    cut: int = 0
    fixed_velocity: int = 0

    @property
    def enough(self) -> bool:
        """Tell whether there are intervals enough for figures to be shown."""
        return self.iois >= FEWEST_IOIS

    @property
    def why_not(self) -> str:
        """Say why figures are not shown; empty where they are."""
        if self.enough:
            return ""
        return TOO_FEW if self.notes else SILENT


class Spread:
    """A histogram of values 0-127: any order of coming in gives the same figures."""

    def __init__(self) -> None:
        self._counts = [0] * 128
        self.n = 0

    def add(self, value: int) -> None:
        """Take in a value."""
        self._counts[value] += 1
        self.n += 1

    def replace(self, before: int, after: int) -> None:
        """Exchange a value that was taken in for another."""
        self._counts[before] -= 1
        self._counts[after] += 1

    def ends(self) -> tuple[int, int] | None:
        """Give the lowest and the highest value."""
        present = [value for value, count in enumerate(self._counts) if count]
        return (present[0], present[-1]) if present else None

    def span(self) -> Span | None:
        """Give the whole spread; percentiles lie between values in a straight line."""
        values = [value for value, count in enumerate(self._counts) for _ in range(count)]
        if not values:
            return None
        return Span(
            low=values[0],
            high=values[-1],
            mean=sum(values) / len(values),
            median=quantile(values, 0.5),
            p10=quantile(values, 0.1),
            p90=quantile(values, 0.9),
        )


class Intervals:
    """Intervals between onsets, with sums that are exact at any length."""

    def __init__(self) -> None:
        self._values = array("q")
        self._sum = 0
        self._squares = 0
        self._last: int | None = None
        self._pairs = 0
        self._contrast = 0.0

    def __len__(self) -> int:
        return len(self._values)

    def add(self, us: int) -> None:
        """Take in the next interval of a chain."""
        if self._last is not None and us + self._last:
            self._pairs += 1
            self._contrast += _contrast(self._last, us)
        self._last = us
        self._values.append(us)
        self._sum += us
        self._squares += us * us

    def part(self) -> None:
        """Begin a new chain: the next interval does not follow on the last."""
        self._last = None

    def mean_ms(self) -> float | None:
        """Give the mean."""
        return self._sum / len(self) / 1000 if len(self) else None

    def median_ms(self) -> float | None:
        """Give the median; this one sorts."""
        return quantile(sorted(self._values), 0.5) / 1000 if len(self) else None

    def sd_ms(self) -> float | None:
        """Give the sample standard deviation (n - 1)."""
        n = len(self)
        if n < 2:
            return None
        return math.sqrt((n * self._squares - self._sum**2) / (n * (n - 1))) / 1000

    def cv(self) -> float | None:
        """Give standard deviation over mean."""
        sd, mean = self.sd_ms(), self.mean_ms()
        return sd / mean if sd is not None and mean else None

    def npvi(self) -> float | None:
        """Give the normalised pairwise variability index within unbroken chains."""
        return 100 * self._contrast / self._pairs if self._pairs else None


def npvi(durations: Iterable[float]) -> float | None:
    """Give the normalised pairwise variability index of durations or intervals.

    ``100 / (m - 1) * sum |d_k - d_(k+1)| / ((d_k + d_(k+1)) / 2)`` (Grabe & Low
    2002, "Durational variability in speech and the rhythm class hypothesis").

    Returns
    -------
    float or None
        0 where all are equal, towards 200 where long and short alternate; None
        for fewer than two.

    Examples
    --------
    >>> npvi([1.0, 1.0, 1.0]), npvi([1.0, 3.0])
    (0.0, 100.0)
    """
    values = list(durations)
    pairs = [(a, b) for a, b in itertools.pairwise(values) if a + b]
    if not pairs:
        return None
    return 100 * sum(_contrast(a, b) for a, b in pairs) / len(pairs)


def quantile(ordered: Sequence[int], share: float) -> float:
    """Give the value below which a share of rising values lies, in a straight line between two.

    Hyndman & Fan 1996, definition 7 (doi 10.1080/00031305.1996.10473566).

    Examples
    --------
    >>> quantile([1, 2, 3, 4], 0.5)
    2.5
    """
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _contrast(a: float, b: float) -> float:
    return abs(a - b) / ((a + b) / 2)
