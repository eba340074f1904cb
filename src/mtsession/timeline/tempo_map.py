"""A tempo over time, and the beats that follow from it."""

import bisect
import math
from collections.abc import Iterable, Iterator

import msgspec

from mtsession.timeline.units import Bpm, Micros

US_PER_MINUTE = 60_000_000


class TempoPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The tempo at one time; two points at one time make a step."""

    t_us: Micros
    bpm: Bpm


class TempoMap:
    """Tempo that runs in straight lines between points, and its integral, beats.

    Beat 0 lies at time 0. Before the first point and after the last one the
    tempo is held.

    Parameters
    ----------
    points : iterable of TempoPoint
        At least one, times in microseconds from 0 upwards in order, tempi above 0.

    Raises
    ------
    ValueError
        If there is no point, a tempo is not a finite number above 0, or times run back.

    Examples
    --------
    >>> glide = TempoMap.of((0, 60.0), (60_000_000, 120.0))
    >>> glide.beat_at(Micros(60_000_000))
    90.0
    >>> glide.time_of(90.0)
    60000000
    """

    __slots__ = ("_beats", "_times", "points")

    def __init__(self, points: Iterable[TempoPoint]) -> None:
        self.points = tuple(points)
        if not self.points:
            raise ValueError("a tempo map needs at least one point")
        for point in self.points:
            if not (math.isfinite(point.bpm) and point.bpm > 0):
                raise ValueError(f"a tempo must be above 0, not {point.bpm}")
        self._times = [int(point.t_us) for point in self.points]
        if self._times[0] < 0 or self._times != sorted(self._times):
            raise ValueError("the times of a tempo map must rise from 0")
        beats = [self._times[0] * self.points[0].bpm / US_PER_MINUTE]
        for before, after in zip(self.points, self.points[1:], strict=False):
            span = after.t_us - before.t_us
            beats.append(beats[-1] + span * (before.bpm + after.bpm) / 2 / US_PER_MINUTE)
        self._beats = beats

    @classmethod
    def of(cls, *points: tuple[int, float]) -> "TempoMap":
        """Make a map from plain pairs of microseconds and beats a minute."""
        return cls(TempoPoint(t_us=Micros(t), bpm=Bpm(bpm)) for t, bpm in points)

    @classmethod
    def constant(cls, bpm: float) -> "TempoMap":
        """Make a map of one tempo."""
        return cls.of((0, bpm))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TempoMap) and self.points == other.points

    def __hash__(self) -> int:
        return hash(self.points)

    def __repr__(self) -> str:
        pairs = ", ".join(f"({p.t_us}, {p.bpm})" for p in self.points)
        return f"TempoMap.of({pairs})"

    def bpm_at(self, t_us: int) -> Bpm:
        """Give the tempo at a time; at a step, the tempo after it."""
        index = bisect.bisect_right(self._times, t_us) - 1
        if index < 0:
            return self.points[0].bpm
        here = self.points[index]
        if index + 1 == len(self.points):
            return here.bpm
        after = self.points[index + 1]
        share = (t_us - here.t_us) / (after.t_us - here.t_us)
        return Bpm(here.bpm + (after.bpm - here.bpm) * share)

    def beat_at(self, t_us: int) -> float:
        """Give the beats run through by a time, whole and part."""
        index = max(0, bisect.bisect_right(self._times, t_us) - 1)
        span = t_us - self._times[index]
        mean = (self.points[index].bpm + self.bpm_at(t_us)) / 2
        if span < 0:
            mean = self.points[0].bpm
        return self._beats[index] + span * mean / US_PER_MINUTE

    def time_of(self, beat: float) -> Micros:
        """Give the time of a beat, to the nearest microsecond.

        Parameters
        ----------
        beat : float
            Beats from beat 0; parts of a beat are allowed.
        """
        index = max(0, bisect.bisect_right(self._beats, beat) - 1)
        here = self.points[index]
        minutes_beats = (beat - self._beats[index]) * US_PER_MINUTE
        slope = 0.0
        if index + 1 < len(self.points) and minutes_beats > 0:
            after = self.points[index + 1]
            slope = (after.bpm - here.bpm) / (after.t_us - here.t_us)
        root = math.sqrt(max(0.0, here.bpm * here.bpm + 2 * slope * minutes_beats))
        return Micros(self._times[index] + round(2 * minutes_beats / (here.bpm + root)))

    def beats_until(self, end_us: int) -> Iterator[Micros]:
        """Yield the times of beats 0, 1, 2 … that lie before `end_us`."""
        beat = 0
        while (t_us := self.time_of(beat)) < end_us:
            yield t_us
            beat += 1
