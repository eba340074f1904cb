"""How fast a source must play so that it is heard at a tempo, within what is allowed for it.

A source's own tempo is that of its beats about a place, smoothed, or what it was composed
along. What was heard already keeps its rates: only what is to come is written anew.
"""

from itertools import pairwise
from typing import NamedTuple

from mtsession.activities.listening.course import four_beats
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.protocol.sources import BuiltinSource, FileSource, ProgrammeItem, RatePoint
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND, Micros

COMPOSED_RATES = (0.85, 1.15)
"""How far a piece is slowed and quickened from the tempo that it was composed along."""

SMOOTHED_BEATS = 8
"""A recording's tempo at a place is that of so many beats to each side."""

STEADY = 0.004
"""A recording whose smoothed tempo keeps as near as this has one tempo."""

LOOK_US = 5 * SECOND
STRAIGHT = 2e-5
"""Rates nearer than this to a straight line are left out."""

LONGEST_STRAIGHT = 24
"""So many are looked at together at most."""


class Reach(NamedTuple):
    """The rates that a source may be played at."""

    lowest: float
    highest: float


class Pace(NamedTuple):
    """What is to become of an item from a place on.

    Attributes
    ----------
    rate : tuple of RatePoint
        By heard time from its start.
    end_us : int
        By heard time: where its source is over, or the time that it was given.
    """

    rate: tuple[RatePoint, ...]
    end_us: int


class Player:
    """One item's source: its tempo, its reach, and how far it has come.

    Parameters
    ----------
    settings : ListeningSettings
        With what is known of the recordings.
    item : ProgrammeItem
        As it plays now.
    """

    def __init__(self, settings: ListeningSettings, item: ProgrammeItem) -> None:
        self.item = item
        self.own = own_tempo(settings, item)
        self.reach = reach_of(settings, item)
        points = [(int(each.t_us), each.rate * 60) for each in item.rate]
        self._passed = TempoMap.of(*(points or [(0, 60.0)]))
        self._last_us = _source_end(settings, item, self.source_at(item.duration_us))

    def source_at(self, heard_us: float) -> float:
        """Give the source's place, in its own microseconds, at a heard time from the start."""
        return self.item.skip_us + self._passed.beat_at(round(heard_us)) * SECOND

    def heard_of(self, source_us: float) -> int:
        """Give when a place of the source is heard, from the item's start."""
        return int(self._passed.time_of((source_us - self.item.skip_us) / SECOND))

    def left_after(self, heard_us: int) -> float:
        """Give how much of the source is left at a heard time, in its own microseconds."""
        return max(0.0, self._last_us - self.source_at(heard_us))

    def own_at(self, source_us: float) -> float | None:
        """Give the source's own tempo at one of its places; None where it is not known."""
        return None if self.own is None else float(self.own.bpm_at(round(source_us)))

    def bpm_at(self, heard_us: int) -> float | None:
        """Give the tempo that it is heard at; None where it is not known."""
        own = self.own_at(self.source_at(heard_us))
        return None if own is None else own * float(self._passed.bpm_at(heard_us)) / 60

    def reach_at(self, heard_us: int) -> tuple[float, float] | None:
        """Give the slowest and the fastest that it can be heard at; None where not known."""
        own = self.own_at(self.source_at(heard_us))
        return None if own is None else (self.reach.lowest * own, self.reach.highest * own)

    def pace(self, target: TempoMap, from_us: int, until_us: int) -> Pace:
        """Follow a target from a place on.

        Parameters
        ----------
        target : TempoMap
            By heard time from the item's start.
        from_us, until_us : int
            Heard times: where the new rates begin, and the latest end.
        """
        past = [each for each in self.item.rate if each.t_us < from_us]
        was = float(self._passed.bpm_at(from_us)) / 60
        past.append(RatePoint(t_us=Micros(from_us), rate=was))
        points, source, end_us = [past[-1]], self.source_at(from_us), until_us
        over_us = four_beats(*2 * (float(target.bpm_at(from_us)),))
        first = self._wanted(target, from_us, source)
        apart = was / first if first else 1.0
        for before_us, at_us in pairwise(_looks(target, from_us, until_us, over_us)):
            share = max(0.0, 1 - (at_us - from_us) / over_us)
            rate, there = points[-1].rate, source
            for _ in range(2):
                there = source + (at_us - before_us) * (points[-1].rate + rate) / 2
                # From the rate that was, to the one that is wanted, over four beats.
                rate = self._wanted(target, at_us, there) * (1 + (apart - 1) * share)
            there = source + (at_us - before_us) * (points[-1].rate + rate) / 2
            if there >= self._last_us:
                left = (self._last_us - source) / max(there - source, 1e-9)
                end_us = before_us + round((at_us - before_us) * max(0.0, left))
                points.append(RatePoint(t_us=Micros(at_us), rate=rate))
                break
            source = there
            points.append(RatePoint(t_us=Micros(at_us), rate=rate))
        rates = (*past[:-1], *_pruned(points))
        plain = all(each.rate == 1.0 for each in rates)
        return Pace(rate=() if plain else rates, end_us=end_us)

    def follows(self, target: TempoMap, heard_us: int, source_us: float) -> bool:
        """Tell whether a place of it can be heard at the target."""
        own = self.own_at(source_us)
        if own is None:
            return False
        return self.reach.lowest <= target.bpm_at(heard_us) / own <= self.reach.highest

    def _wanted(self, target: TempoMap, heard_us: int, source_us: float) -> float:
        own = self.own_at(source_us)
        if own is None:
            return 1.0
        return min(max(target.bpm_at(heard_us) / own, self.reach.lowest), self.reach.highest)


def reach_of(settings: ListeningSettings, item: ProgrammeItem) -> Reach:
    """Give the rates that an item's source may be played at."""
    if isinstance(item.source, BuiltinSource):
        return Reach(*COMPOSED_RATES)
    known = settings.material_of(item.source.path)
    if known is not None:
        return Reach(*settings.rules.rates(known))
    sung = any(track.words for track in settings.track or () if track.file == item.source.path)
    if sung or own_tempo(settings, item) is None:
        return Reach(1.0, 1.0)
    return Reach(settings.lowest_rate, settings.highest_rate)


def own_tempo(settings: ListeningSettings, item: ProgrammeItem) -> TempoMap | None:
    """Give a source's own tempo over its own time; None where it is not known."""
    if isinstance(item.source, BuiltinSource):
        return TempoMap(item.source.tempo)
    if len(item.beats_us) > SMOOTHED_BEATS:
        return smoothed(item.beats_us)
    bpm = _said_bpm(settings, item.source)
    return None if bpm is None else TempoMap.constant(bpm)


def smoothed(beats_us: tuple[Micros, ...]) -> TempoMap:
    """Give the tempo of beats, each place's from the beats about it.

    Examples
    --------
    >>> smoothed(tuple(Micros(beat * 1_000_000) for beat in range(100)))
    TempoMap.of((0, 60.0))
    """
    count = len(beats_us)
    mean = (count - 1) * MINUTE / (beats_us[-1] - beats_us[0])
    points = []
    for place in range(0, count, SMOOTHED_BEATS):
        first, last = max(0, place - SMOOTHED_BEATS), min(count - 1, place + SMOOTHED_BEATS)
        bpm = (last - first) * MINUTE / (beats_us[last] - beats_us[first])
        points.append((max(0, int(beats_us[place])), bpm))
    if all(abs(bpm - mean) < STEADY * mean for _, bpm in points):
        return TempoMap.constant(mean)
    return TempoMap.of(*points)


def _said_bpm(settings: ListeningSettings, source: FileSource) -> float | None:
    known = settings.material_of(source.path)
    if known is not None:
        return known.bpm
    return next((track.bpm for track in settings.track or () if track.file == source.path), None)


def _source_end(settings: ListeningSettings, item: ProgrammeItem, planned_us: float) -> float:
    """Give the last place of a source that may be heard, in its own time."""
    if isinstance(item.source, BuiltinSource):
        return float(item.source.duration_us)
    path = item.source.path
    known = settings.material_of(path)
    if known is not None:
        ends_s = known.duration_s if known.to_s is None else known.to_s
        return max(planned_us, ends_s * SECOND)
    lengths = [t.duration_s for t in settings.track or () if t.file == path and t.duration_s]
    return max(planned_us, lengths[0] * SECOND) if lengths else planned_us


def _looks(target: TempoMap, from_us: int, until_us: int, over_us: int) -> list[int]:
    """Give heard times to look at: every few seconds, more often in the first beats."""
    bends = {int(each.t_us) for each in target.points} | {from_us + over_us}
    bends |= {from_us + over_us * part // 8 for part in range(1, 8)}
    bends |= set(range(from_us, until_us, LOOK_US))
    inside = sorted(each for each in bends if from_us < each < until_us)
    return [from_us, *inside, max(until_us, from_us + 1)]


def _pruned(points: list[RatePoint]) -> list[RatePoint]:
    """Leave out what lies on a straight line between its neighbours."""
    kept, start = [points[0]], 0
    for place in range(2, len(points)):
        if place - start > LONGEST_STRAIGHT or not _straight(points[start : place + 1]):
            start = place - 1
            kept.append(points[start])
    return [*kept, points[-1]] if len(points) > 1 else kept


def _straight(points: list[RatePoint]) -> bool:
    first, last = points[0], points[-1]
    span = max(1, last.t_us - first.t_us)
    return all(
        abs(first.rate + (last.rate - first.rate) * (each.t_us - first.t_us) / span - each.rate)
        < STRAIGHT
        for each in points[1:-1]
    )
