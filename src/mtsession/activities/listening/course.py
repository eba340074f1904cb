"""The tempo that the music is led along: the arc's until the therapist leads, then theirs.

Pure functions over tempo maps in the arc's time, which stands still while the music is held.
"""

from collections.abc import Sequence
from itertools import pairwise

from mtsession.music.arc import ArcPiece, silences
from mtsession.music.planning.following import softened
from mtsession.timeline.tempo_map import TempoMap, TempoPoint
from mtsession.timeline.units import MINUTE, SECOND, Bpm, Micros

GLIDE_BEATS = 4
"""A step of the tempo takes so many beats."""

STEP = 0.03
STEP_BPM = 2.0

KIND_PACE = 0.04
"""How much of the tempo a longer way back takes in a minute."""

SHORT_WAY = 0.035
"""Of the tempo: what is nearer than this is gone in one step."""

SAME_BPM = 1e-9

LONGEST_WAY_US = 20 * MINUTE
LOOK_US = SECOND

SLOWEST_BPM, FASTEST_BPM = 30.0, 200.0

Points = tuple[TempoPoint, ...]


def point(t_us: int, bpm: float) -> TempoPoint:
    """Make a point of a tempo."""
    return TempoPoint(t_us=Micros(t_us), bpm=Bpm(float(bpm)))


def without_steps(tempo: TempoMap) -> TempoMap:
    """Turn the steps of a tempo into short glides, as recordings play them."""
    plain = [(each.t_us / SECOND, float(each.bpm)) for each in tempo.points]
    return TempoMap(point(round(t * SECOND), bpm) for t, bpm in softened(plain))


def led(course: TempoMap, target: Points) -> TempoMap:
    """Give a course that is another one from a target's first point on, be that a step away.

    Examples
    --------
    >>> led(TempoMap.of((0, 70.0), (60, 60.0)), (point(30, 65.0),))
    TempoMap.of((0, 70.0), (30, 65.0))
    >>> led(TempoMap.constant(70.0), (point(30, 65.0),))
    TempoMap.of((0, 70.0), (30, 70.0), (30, 65.0))
    """
    start, was = target[0].t_us, float(course.bpm_at(target[0].t_us))
    before = [each for each in course.points if each.t_us < start]
    if abs(was - target[0].bpm) > SAME_BPM:
        before.append(point(start, was))
    return TempoMap([*before, *target])


def four_beats(start_bpm: float, end_bpm: float) -> int:
    """Give the microseconds of a glide's four beats."""
    return round(GLIDE_BEATS * 2 * MINUTE / (start_bpm + end_bpm))


def step_to(here: float, at_us: int, bpm: float) -> Points:
    """Go from one tempo to another over four beats, and stay there."""
    there = _bounded(bpm)
    return point(at_us, here), point(at_us + four_beats(here, there), there)


def glide_to(here: float, at_us: int, bpm: float) -> Points:
    """Go from one tempo to another at a kind pace, and stay there."""
    there = _bounded(bpm)
    if abs(there - here) <= SHORT_WAY * here:
        return step_to(here, at_us, there)
    way_us = round(abs(there - here) / (KIND_PACE * here) * MINUTE)
    return point(at_us, here), point(at_us + way_us, there)


def join(here: float, at_us: int, other: TempoMap) -> Points:
    """Go over to a course where it will be: in one step, or at a kind pace; then follow it.

    Examples
    --------
    >>> arc = TempoMap.of((0, 60.0))
    >>> [each.bpm for each in join(66.0, 0, arc)]
    [66.0, 60.0]
    """
    meet_us = _meeting(here, at_us, other)
    rest = [each for each in other.points if each.t_us > meet_us]
    return point(at_us, here), point(meet_us, other.bpm_at(meet_us)), *rest


def _meeting(here: float, at_us: int, other: TempoMap) -> int:
    """Give when a kind glide from a tempo meets a course that goes its own way meanwhile."""
    gap = other.bpm_at(at_us) - here
    at_once = at_us + four_beats(here, other.bpm_at(at_us))
    if abs(other.bpm_at(at_once) - here) <= SHORT_WAY * here:
        return at_once
    pace = KIND_PACE * here / MINUTE * (1 if gap > 0 else -1)
    for meet_us in range(at_once, at_us + LONGEST_WAY_US, LOOK_US):
        left = other.bpm_at(meet_us) - (here + pace * (meet_us - at_us))
        if left * gap <= 0:
            return meet_us
    return at_us + LONGEST_WAY_US


def _bounded(bpm: float) -> float:
    return min(max(float(bpm), SLOWEST_BPM), FASTEST_BPM)


def bounded(course: TempoMap, low: float, high: float) -> TempoMap:
    """Keep a course within two tempi."""
    return TempoMap(point(each.t_us, min(max(each.bpm, low), high)) for each in course.points)


def as_arc(course: TempoMap, arc: Sequence[ArcPiece], until_us: int) -> tuple[ArcPiece, ...]:
    """Write a course as an arc, with the silences of the arc that it was led away from.

    Parameters
    ----------
    until_us : int
        How long it is to be; after that its last tempo is held.

    Examples
    --------
    >>> as_arc(TempoMap.of((0, 70.0), (30_000_000, 66.0)), (), 60_000_000)[1].to
    66.0
    """
    quiet = silences(arc)
    edges = {0, until_us, *(edge for span in quiet for edge in span)}
    edges |= {int(each.t_us) for each in course.points}
    times = sorted(edge for edge in edges if 0 <= edge <= until_us)
    pieces = []
    for start, end in pairwise(times):
        minutes = (end - start) / MINUTE
        if any(first <= start < last for first, last in quiet):
            pieces.append(ArcPiece(silence=True, minutes=minutes))
        else:
            first, last = float(course.bpm_at(start)), float(course.bpm_at(end))
            pieces.append(ArcPiece(start=first, to=last, minutes=minutes))
    return tuple(pieces)
