"""What a player's notes amount to, kept up note by note and never gone over again.

Times are whole microseconds and sums are whole numbers, so that a figure shown
live is the figure reckoned from the record. `docs/metrics.md` says in plain
words what each one means.
"""

import itertools
import math
from array import array
from collections.abc import Iterable, Sequence

import msgspec

from mtsession.activities.improvisation.notes import Note

METRICS_VERSION = 1
CHORD_US = 30_000
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


class Tally:
    """One player's figures as they grow; told of notes by a `NotePairing`.

    What it costs to take in a note or to give the live figures does not grow
    with the take.

    Parameters
    ----------
    from_us : int
        Where the player's window begins.
    captured_us : int
        How much of the window lies before that.
    """

    def __init__(self, from_us: int, captured_us: int = 0) -> None:
        self.intervals = Intervals()
        self.velocity = Spread()
        self.pitch = Spread()
        self.notes = 0
        self.cut = 0
        self.fixed_velocity = 0
        self.longest_pause_us: int | None = None
        self.fixed_ports: set[int] = set()
        self._captured = captured_us
        self._capturing_from: int | None = from_us
        self._group_us: int | None = None
        self._sounding = 0
        self._sounding_from = 0
        self._active = 0
        self._fell_silent_us: int | None = None

    @property
    def capturing(self) -> bool:
        """Tell whether this player's notes can arrive."""
        return self._capturing_from is not None

    def halt(self, t_us: int) -> None:
        """Close the window at a time when nothing sounds any more; what comes later is apart."""
        if self._capturing_from is not None:
            self._captured += max(0, t_us - self._capturing_from)
            self._capturing_from = None
        self._group_us = self._fell_silent_us = None
        self.intervals.part()

    def go_on(self, t_us: int) -> None:
        """Open the window again."""
        if self._capturing_from is None:
            self._capturing_from = t_us

    def begin(self, note: Note) -> None:
        """Take in a note's onset."""
        t_us = note.start_us
        self.notes += 1
        self.pitch.add(note.pitch)
        if note.channel[0] in self.fixed_ports:
            self.fixed_velocity += 1
        else:
            self.velocity.add(note.velocity)
        if self._group_us is None:
            self._group_us = t_us
        elif t_us - self._group_us > CHORD_US:
            self.intervals.add(t_us - self._group_us)
            self._group_us = t_us
        if not self._sounding:
            self._sounding_from = t_us
            if self._fell_silent_us is not None and t_us > self._fell_silent_us:
                pause = t_us - self._fell_silent_us
                self.longest_pause_us = max(pause, self.longest_pause_us or 0)
        self._sounding += 1

    def end(self, note: Note) -> None:
        """Take in that a note fell silent."""
        end_us = note.start_us if note.end_us is None else note.end_us
        self._sounding -= 1
        if not self._sounding:
            self._active += end_us - self._sounding_from
            self._fell_silent_us = end_us

    def reopen(self, note: Note) -> None:  # noqa: ARG002 - one sounding note is like another here
        """Let a note sound on that had ended in this very instant."""
        if not self._sounding and self._fell_silent_us is not None:
            self._sounding_from = self._fell_silent_us
        self._sounding += 1

    def louder(self, note: Note, before: int) -> None:
        """Exchange a note's velocity."""
        if note.channel[0] not in self.fixed_ports:
            self.velocity.replace(before, note.velocity)

    def window_us(self, at_us: int) -> int:
        """Give how long notes could be captured until a time."""
        running = 0 if self._capturing_from is None else max(0, at_us - self._capturing_from)
        return self._captured + running

    def active_us(self, at_us: int) -> int:
        """Give how long something sounded until a time."""
        return self._active + (max(0, at_us - self._sounding_from) if self._sounding else 0)

    def density_per_s(self, at_us: int) -> float | None:
        """Give notes a second of the window."""
        window = self.window_us(at_us)
        return self.notes / (window / 1_000_000) if window else None

    def active_share(self, at_us: int) -> float | None:
        """Give the share of the window in which something sounded."""
        window = self.window_us(at_us)
        return self.active_us(at_us) / window if window else None

    def figures(
        self, at_us: int, *, doubled: int = 0, unmatched: int = 0, stuck: int = 0
    ) -> PlayerFigures:
        """Give every figure until a time; the median alone makes this cost more in long takes."""
        return PlayerFigures(
            notes=self.notes,
            window_us=self.window_us(at_us),
            active_us=self.active_us(at_us),
            iois=len(self.intervals),
            density_per_s=self.density_per_s(at_us),
            active_share=self.active_share(at_us),
            ioi_mean_ms=self.intervals.mean_ms(),
            ioi_median_ms=self.intervals.median_ms(),
            ioi_sd_ms=self.intervals.sd_ms(),
            ioi_cv=self.intervals.cv(),
            ioi_npvi=self.intervals.npvi(),
            velocity=self.velocity.span(),
            pitch=self.pitch.span(),
            longest_pause_us=self.longest_pause_us,
            doubled=doubled,
            unmatched=unmatched,
            stuck=stuck,
            cut=self.cut,
            fixed_velocity=self.fixed_velocity,
        )


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
