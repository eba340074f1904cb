"""How one recording passes into the next: beat on beat, at one tempo for both, over 8 to 16 beats.

While two recordings overlap, both follow the same tempo, so that their beats stay
together from the first to the last beat of the crossfade. Before it the one glides
there, after it the other glides back to the arc.
"""

import bisect
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mtsession.music.planning.layout import Candidate, Spot

FEWEST_BEATS, MOST_BEATS = 8.0, 16.0

USUAL_SECONDS = 8.0
"""A crossfade that is written shorter than this is kept short, whatever its beats."""

GLIDE_SECONDS = 12.0
"""How long a recording takes to the common tempo, and from it back to the arc."""

SAME_TEMPO = 3e-4
"""Tempi as near as this are one: over 16 beats they part by some milliseconds."""

FURTHEST_FROM_OWN = 0.05
"""Beats whose own pace is so far from the recording's tempo wander too much to be met."""

FEWEST_FOR_PACE = 4
USUAL_BAR = 4
EDGE = 1e-6


class Common(NamedTuple):
    """The tempo of two recordings while they overlap.

    Attributes
    ----------
    bpm : (float, float)
        At the start and the end of the crossfade; straight between.
    before_own, after_own : float
        The two recordings' own tempi there, by their beats.
    leaves : float
        When the first leaves the arc to glide there, in seconds of the arc.
    settled : float
        When the second is back on the arc.
    gained : float
        Seconds of itself that the second is further by then than the arc alone would have it.
    """

    bpm: tuple[float, float]
    before_own: float
    after_own: float
    leaves: float
    settled: float
    gained: float


class Join(NamedTuple):
    """How a recording follows another.

    Attributes
    ----------
    start, end : float
        When the second begins and the first ends, in seconds of the arc.
    beats : float or None
        How many beats they overlap; None where their beats do not meet.
    common : Common or None
        Where their tempi must be led together; None where they are one already, or cannot be.
    """

    start: float
    end: float
    beats: float | None = None
    common: Common | None = None

    @property
    def meets(self) -> bool:
        """Whether beat falls on beat all the way."""
        return self.beats is not None


class _Overlap(NamedTuple):
    """Which beats meet.

    Attributes
    ----------
    bar_s : float
        What falls on the second's first downbeat, in the first's own seconds.
    pickup_s : float
        What of the second comes before that, in its own seconds.
    beats : float
        Beats from the second's start to the first's end.
    before_own, after_own : float
        Their own tempi there.
    """

    bar_s: float
    pickup_s: float
    beats: float
    before_own: float
    after_own: float


def joined(before: "Spot", candidate: "Candidate", crossfade_s: float, until: float) -> Join:
    """Give how a recording follows another.

    Parameters
    ----------
    crossfade_s : float
        How long they are wished to overlap; 0 lets one begin where the other ends.
    until : float
        When the stretch of music is over.
    """
    quarter = min(before.end - before.start, candidate.length) / 4
    if crossfade_s == 0:
        return Join(before.end, before.end)
    plain = Join(before.end - min(crossfade_s, quarter), before.end)
    overlap = _overlap(before, candidate, crossfade_s, quarter)
    if overlap is None:
        return plain
    common = _led_together(before, candidate, overlap, quarter)
    if common is not None and common.end <= until + EDGE:
        return common
    return _as_they_go(before, candidate, overlap) or plain


def _overlap(
    before: "Spot", candidate: "Candidate", crossfade_s: float, quarter: float
) -> _Overlap | None:
    """Choose the downbeat (else beat) to begin on, so that as many beats overlap as wished."""
    one = before.candidate
    theirs, ours = one.beats, candidate.bars
    if not theirs or not ours:
        return None
    ends = one.ends if before.leave_s is None else before.leave_s
    tempo = one.curve.heard_at(before.end)
    wish = crossfade_s * tempo / 60
    most = min(MOST_BEATS, quarter * tempo / 60)
    if crossfade_s < USUAL_SECONDS:
        most = min(most, wish)
    # A window of half its size, or of a usual bar, finds a downbeat in what is short as well.
    least = min(FEWEST_BEATS, max(most / 2, most - USUAL_BAR))
    wish = min(max(wish, least), most)
    own = one.pace(ends - 60 / (one.material.bpm or tempo) * wish, ends)
    other = candidate.pace(ours[0], ours[0] + 60 / (candidate.material.bpm or tempo) * wish)
    if own is None or other is None:
        return None
    pickup = ours[0] - candidate.begins
    lead = pickup * other / 60

    def beats_from(bar_s: float) -> float:
        return (ends - bar_s) * own / 60 + lead

    wanted = ends - (wish - lead) * 60 / own
    for places in (one.bars, theirs):
        near = [
            places[place]
            for place in _around(places, wanted)
            if least - EDGE <= beats_from(places[place]) <= most + EDGE
        ]
        if near:
            bar = min(near, key=lambda each: abs(each - wanted))
            return _Overlap(bar, pickup, beats_from(bar), own, other)
    return None


def _around(places: Sequence[float], time: float) -> range:
    """Give the places just before and after a time."""
    after = bisect.bisect_left(places, time)
    return range(max(0, after - 1), min(len(places), after + 1))


def _led_together(
    before: "Spot", candidate: "Candidate", overlap: _Overlap, quarter: float
) -> Join | None:
    """Lead both to one tempo; None where their rates do not reach one, or they have it already."""
    one, curve, other = before.candidate, before.candidate.curve, candidate.curve
    own, theirs = overlap.before_own, overlap.after_own
    begins_s = overlap.bar_s - overlap.pickup_s * theirs / own
    start = curve.time_of(begins_s - before.offset)
    end = before.end
    if _same(before, candidate, overlap, (start, end)):
        return None
    low = max(one.rates[0] * own, candidate.rates[0] * theirs)
    high = min(one.rates[1] * own, candidate.rates[1] * theirs)
    leaves = max(start - min(GLIDE_SECONDS, quarter), before.settled)
    if low > high or leaves > start - EDGE:
        return None
    bpm = tuple(min(max(curve.arc_at(t), low), high) for t in (start, end))
    glide_s = begins_s - before.offset - curve.used_at(leaves)
    start = leaves + 2 * glide_s / (curve.rate_at(leaves) + bpm[0] / own)
    lasts = overlap.beats * 120 / (bpm[0] + bpm[1])
    end = start + lasts
    settled = end + min(GLIDE_SECONDS, quarter)
    used = overlap.beats * 60 / theirs
    used += (settled - end) * (bpm[1] / theirs + other.rate_at(settled)) / 2
    gained = used - (other.used_at(settled) - other.used_at(start))
    common = Common((bpm[0], bpm[1]), own, theirs, leaves, settled, gained)
    return Join(start, end, overlap.beats, common)


def _same(
    before: "Spot", candidate: "Candidate", overlap: _Overlap, times: tuple[float, float]
) -> bool:
    """Tell whether both go at one tempo as it is."""
    for t in times:
        heard = before.candidate.curve.rate_at(t) * overlap.before_own
        other = candidate.curve.rate_at(t) * overlap.after_own
        if abs(heard - other) > SAME_TEMPO * heard:
            return False
    return True


def _as_they_go(before: "Spot", candidate: "Candidate", overlap: _Overlap) -> Join | None:
    """Let the first downbeats meet, both at the tempi that they have."""
    curve, other = before.candidate.curve, candidate.curve
    bar = curve.time_of(overlap.bar_s - before.offset)
    # What comes before the first downbeat lasts a little longer or shorter where the arc moves.
    start = other.time_of(other.used_at(bar) - overlap.pickup_s)
    if not before.start < start < before.end:
        return None
    same = _same(before, candidate, overlap, (start, before.end))
    return Join(start, before.end, overlap.beats if same else None)


def heard_of(spot: "Spot", after: Join | None) -> list[tuple[float, float]]:
    """Give a recording's heard tempo by the arc's time, as the points between which it is straight.

    Parameters
    ----------
    after : Join or None
        How the next recording follows it; None where none does.
    """
    curve, own = spot.candidate.curve, spot.candidate.material.bpm or 0.0
    end = spot.end if after is None else after.end
    follows, leaves = spot.start, end
    points: list[tuple[float, float]] = []
    tail: list[tuple[float, float]] = []
    if spot.join is not None and spot.join.common is not None:
        common, follows = spot.join.common, spot.settled
        share = own / common.after_own
        points = [(spot.start, common.bpm[0] * share), (spot.join.end, common.bpm[1] * share)]
    if after is not None and after.common is not None:
        common, leaves = after.common, after.common.leaves
        share = own / common.before_own
        tail = [(after.start, common.bpm[0] * share), (end, common.bpm[1] * share)]
    points += [(t, curve.heard_at(t)) for t in curve.bends(follows, max(leaves, follows))]
    return _until([*points, *tail], end)


def _until(points: list[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """Cut a line at a time: a recording may end before it is back on the arc."""
    kept = [point for point in points if point[0] < end]
    (t0, one), (t1, other) = kept[-1], next(point for point in points if point[0] >= end)
    return [*kept, (end, one + (other - one) * (end - t0) / (t1 - t0))]
