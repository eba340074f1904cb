"""Where recordings lie along an arc: each begins on a downbeat of the one before it.

Given what is played and in which order, everything else follows: rates from the
arc, lengths from the rates, starts from the downbeats (`joins`). The search tries orders;
a frozen programme is laid out anew in the order that it was written in.
"""

import bisect
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from mtsession.music.planning import cost
from mtsession.music.planning.following import Following, Points, softened
from mtsession.music.planning.joins import FEWEST_FOR_PACE, FURTHEST_FROM_OWN, Join, joined
from mtsession.music.planning.values import Material, Rules

SHORTEST_SECONDS = 20.0
"""What is shorter is no music to listen to."""

EARLIEST_LEAVE_SECONDS = 90.0
LEAVE_OFF_BPM = 1.5
LEAST_LEFT_SECONDS = 30.0

LEAST_HEARD_SECONDS = 15.0
"""What the end of the time would cut to less is not begun: it would be heard as a slip."""

LONGEST_TRIM_SECONDS = 4.0
TRIM_SPARES_SECONDS = 1.0
"""A quiet beginning or end is shortened by so much at most, and never to nothing."""

EDGE = 1e-6


class Candidate:
    """One recording as the arc asks for it.

    Attributes
    ----------
    slow, fast : float
        The tempi that it can be heard at; both 0 where it has none.
    rates : (float, float)
        The lowest and the highest rate that it may be played at.
    begins, ends : float
        What of it may be played, in seconds of its own.
    minute, variety : float
        What each minute of it costs whatever the arc, and what it costs by the seed.
    """

    def __init__(self, index: int, material: Material, arc: Points, rules: Rules) -> None:
        self.index = index
        self.material = material
        self._arc = arc
        self.rates = rules.rates(material)
        self.slow, self.fast = (rate * (material.bpm or 0.0) for rate in self.rates)
        # What follows without a crossfade may be parts of one recording.
        whole = (material.words and rules.words_whole) or rules.crossfade_s == 0
        spare = 0.0 if whole else LONGEST_TRIM_SECONDS
        intro = min(max(material.intro_s - TRIM_SPARES_SECONDS, 0.0), spare)
        outro = min(max(material.outro_s - TRIM_SPARES_SECONDS, 0.0), spare)
        self.begins = intro if material.from_s is None else material.from_s
        self.ends = material.duration_s - outro if material.to_s is None else material.to_s
        self.minute = cost.minute_cost(material)
        self.variety = cost.variety_cost(material.content, rules.seed)

    @cached_property
    def curve(self) -> Following:
        """Give how it follows the arc; most recordings of a large library are never asked."""
        return Following(self._arc, self.material.bpm, *self.rates)

    @cached_property
    def bars(self) -> list[float]:
        """Give its downbeats in there, or its beats where bars are not known."""
        one = self.material
        if one.downbeat is None or one.beats_per_bar is None:
            return self.beats
        return self._inside(one.beats_s[one.downbeat % one.beats_per_bar :: one.beats_per_bar])

    @cached_property
    def beats(self) -> list[float]:
        """Give its beats in there; none where its tempo is not known."""
        return [] if self.material.bpm is None else self._inside(self.material.beats_s)

    def _inside(self, times: Sequence[float]) -> list[float]:
        first = bisect.bisect_left(times, self.begins)
        return list(times[first : bisect.bisect_right(times, self.ends)])

    def pace(self, from_s: float, to_s: float) -> float | None:
        """Give its own tempo between two of its times, by its beats; None where they wander off."""
        own, beats = self.material.bpm, self.beats
        if own is None:
            return None
        first = bisect.bisect_left(beats, from_s - EDGE)
        last = bisect.bisect_right(beats, to_s + EDGE) - 1
        if last - first < FEWEST_FOR_PACE:
            return own
        pace = 60 * (last - first) / (beats[last] - beats[first])
        return pace if abs(pace / own - 1) <= FURTHEST_FROM_OWN else None

    def minute_at(self, low: float, high: float) -> float:
        """Give the least that a minute of it can cost while the arc is between two tempi."""
        own = self.material.bpm
        if own is None:
            return self.minute
        slow, fast = self.slow, self.fast
        if fast < low:
            away, strain = low - fast, fast - own
        elif slow > high:
            away, strain = slow - high, slow - own
        else:
            # Within the reach and the arc's tempi at once, what is nearest to its own.
            nearest = max(slow, low) if own < low else min(fast, high) if own > high else own
            away, strain = 0.0, nearest - own
        stretch = strain / own / cost.STRAIN_RATE
        return self.minute + (away / cost.OFF_BPM) ** 2 + cost.STRAIN_MINUTE * stretch * stretch

    @property
    def length(self) -> float:
        """Give how much of it may be played."""
        return self.ends - self.begins


class Spot(NamedTuple):
    """A recording's place.

    Attributes
    ----------
    start, end : float
        When it is heard, in seconds of the arc.
    leave_s : float or None
        Where it is left before its end, in seconds of its own.
    cut : bool
        Whether the end of the time cuts it.
    join : Join or None
        How it follows the recording before it; None at the start of a stretch of music.
    """

    candidate: Candidate
    start: float
    end: float
    leave_s: float | None = None
    cut: bool = False
    join: Join | None = None

    @property
    def offset(self) -> float:
        """Give what its own time is ahead of its curve's, once it follows the arc."""
        common = None if self.join is None else self.join.common
        gained = 0.0 if common is None else common.gained
        return self.candidate.begins - self.candidate.curve.used_at(self.start) + gained

    @property
    def settled(self) -> float:
        """Give from when on it follows the arc."""
        common = None if self.join is None else self.join.common
        return self.start if common is None else common.settled


class Layout:
    """Recordings, an arc and rules, ready to be laid out.

    Parameters
    ----------
    arc : sequence of (seconds, bpm)
        Rising times from 0.
    stretches : sequence of (float, float)
        When there is to be music, in seconds of the arc.
    """

    def __init__(
        self,
        material: Sequence[Material],
        arc: Points,
        stretches: Sequence[tuple[float, float]],
        rules: Rules,
    ) -> None:
        self.rules = rules
        self.stretches = tuple(stretches)
        self.arc = softened(arc)
        self.candidates = tuple(
            Candidate(index, each, self.arc, rules) for index, each in enumerate(material)
        )

    def spots(self, before: Spot | None, candidate: Candidate, stretch: int) -> Iterator[Spot]:
        """Give the ways in which a recording may follow another: whole, cut, or left early."""
        spot = self.spot(before, candidate, stretch)
        if spot.end - spot.start < EDGE:
            return
        whole = spot.cut and candidate.material.words and self.rules.words_whole
        if not whole and not begins_too_late(before, spot):
            yield spot
        early = self._early(candidate, spot)
        if early is not None:
            yield early

    def spot(self, before: Spot | None, candidate: Candidate, stretch: int) -> Spot:
        """Place a recording after another; the end of the stretch cuts it."""
        start, until = self.stretches[stretch]
        join = None
        if before is not None:
            join = joined(before, candidate, self.rules.crossfade_s, until)
            start = join.start
        spot = Spot(candidate, start, until, join=join)
        end = candidate.curve.time_of(candidate.ends - spot.offset)
        cut = end > until + EDGE
        return spot._replace(end=until if cut else end, cut=cut)

    def _early(self, candidate: Candidate, spot: Spot) -> Spot | None:
        """Leave a recording where the arc leaves its reach for good, if that is well before."""
        material, curve = candidate.material, candidate.curve
        whole = material.words and self.rules.words_whole
        if not self.rules.leave_early or whole or material.to_s is not None:
            return None
        if abs(curve.off_at(spot.end)) < LEAVE_OFF_BPM:
            return None
        inside = [t for t in curve.bends(spot.start, spot.end) if abs(curve.off_at(t)) < EDGE]
        leave = max([spot.start + EARLIEST_LEAVE_SECONDS, *inside])
        if spot.end - leave < LEAST_LEFT_SECONDS:
            return None
        to_s = round(curve.used_at(leave) + spot.offset, 3)
        end = curve.time_of(to_s - spot.offset)
        return spot._replace(end=end, leave_s=to_s, cut=False)

    def spot_cost(self, spot: Spot) -> float:
        """Give what a recording costs where it lies."""
        candidate = spot.candidate
        first, last = candidate.curve.at(spot.start), candidate.curve.at(spot.end)
        heard = spot.end - spot.start
        total = candidate.minute * heard / 60 + candidate.variety
        total += cost.off_cost(last.off - first.off, last.strain - first.strain)
        total += cost.CUT * spot.cut + cost.LEFT_EARLY * (spot.leave_s is not None)
        return total + cost.SHORT * (heard < cost.SHORT_SECONDS)

    def join_cost(self, before: Spot | None, spot: Spot) -> float:
        """Give what it costs that one recording follows another."""
        if before is None:
            return 0.0
        one, other = before.candidate, spot.candidate
        total = cost.APART * (spot.join is None or not spot.join.meets)
        if self.rules.near_keys:
            total += cost.key_cost(one.material.key, other.material.key)
        tempi = (
            None if each.material.bpm is None else each.curve.heard_at(spot.start)
            for each in (one, other)
        )
        return total + cost.jump_cost(*tempi)

    def cost_of(self, spots: Sequence[tuple[int, Spot]]) -> float:
        """Give what a whole programme costs; each spot comes with its stretch of music."""
        total, played = 0.0, set[str]()
        for number, (start, end) in enumerate(self.stretches):
            before, heard_until = None, start
            for spot in (spot for stretch, spot in spots if stretch == number):
                content = spot.candidate.material.content
                total += self.spot_cost(spot) + self.join_cost(before, spot)
                total += cost.REPEATED * (content in played)
                played.add(content)
                before, heard_until = spot, spot.end
            total += cost.gap_cost(end - heard_until)
        return total


def begins_too_late(before: Spot | None, spot: Spot) -> bool:
    """Tell whether a recording that follows another would be cut to a moment of it."""
    least = min(LEAST_HEARD_SECONDS, spot.candidate.length / 2)
    return spot.cut and before is not None and spot.end - spot.start < least
