"""Where recordings lie along an arc: each begins on a downbeat of the one before it.

Given what is played and in which order, everything else follows: rates from the
arc, lengths from the rates, starts from the downbeats. The search tries orders;
a frozen programme is laid out anew in the order that it was written in.
"""

import bisect
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from mtsession.music.planning import cost
from mtsession.music.planning.following import Following, Points, softened
from mtsession.music.planning.values import Material, Rules

SHORTEST_SECONDS = 20.0
"""What is shorter is no music to listen to."""

LATEST_WAIT_SECONDS = 8.0
"""How much longer neighbours may overlap so that downbeats meet."""

EARLIEST_LEAVE_SECONDS = 90.0
LEAVE_OFF_BPM = 1.5
LEAST_LEFT_SECONDS = 30.0

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
    begins, ends : float
        What of it may be played, in seconds of its own.
    minute, variety : float
        What each minute of it costs whatever the arc, and what it costs by the seed.
    """

    def __init__(self, index: int, material: Material, arc: Points, rules: Rules) -> None:
        self.index = index
        self.material = material
        self._arc = arc
        self._rates = rules.rates(material)
        self.slow, self.fast = (rate * (material.bpm or 0.0) for rate in self._rates)
        spare = 0.0 if material.words and rules.words_whole else LONGEST_TRIM_SECONDS
        intro = min(max(material.intro_s - TRIM_SPARES_SECONDS, 0.0), spare)
        outro = min(max(material.outro_s - TRIM_SPARES_SECONDS, 0.0), spare)
        self.begins = intro if material.from_s is None else material.from_s
        self.ends = material.duration_s - outro if material.to_s is None else material.to_s
        self.minute = cost.minute_cost(material)
        self.variety = cost.variety_cost(material.content, rules.seed)

    @property
    def slowest_rate(self) -> float:
        """Give the lowest rate that it may be played at."""
        return self._rates[0]

    @cached_property
    def curve(self) -> Following:
        """Give how it follows the arc; most recordings of a large library are never asked."""
        return Following(self._arc, self.material.bpm, *self._rates)

    @cached_property
    def bars(self) -> list[float]:
        """Give its downbeats in there, or its beats where bars are not known."""
        return bars_of(self.material, self.begins, self.ends)

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


def bars_of(material: Material, begins: float, ends: float) -> list[float]:
    """Give a recording's downbeats between two of its times; its beats where bars are unknown."""
    beats = material.beats_s
    if material.downbeat is not None and material.beats_per_bar is not None:
        beats = beats[material.downbeat % material.beats_per_bar :: material.beats_per_bar]
    first = bisect.bisect_left(beats, begins)
    return list(beats[first : bisect.bisect_right(beats, ends)])


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
    meets : bool
        Whether its first downbeat falls on one of the recording before it.
    """

    candidate: Candidate
    start: float
    end: float
    leave_s: float | None = None
    cut: bool = False
    meets: bool = True


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
        start, meets = self.next_start(before, candidate, stretch)
        spot = self.spot(candidate, start, stretch, meets=meets)
        if spot.end - spot.start < EDGE:
            return
        if not (spot.cut and candidate.material.words and self.rules.words_whole):
            yield spot
        early = self._early(candidate, spot)
        if early is not None:
            yield early

    def spot(self, candidate: Candidate, start: float, stretch: int, *, meets: bool) -> Spot:
        """Place a recording at a time; the end of the stretch cuts it."""
        curve, until = candidate.curve, self.stretches[stretch][1]
        end = curve.time_of(curve.used_at(start) + candidate.length)
        cut = end > until + EDGE
        return Spot(candidate, start, until if cut else end, cut=cut, meets=meets)

    def next_start(
        self, before: Spot | None, candidate: Candidate, stretch: int
    ) -> tuple[float, bool]:
        """Give when a recording begins after another, and whether downbeats meet there."""
        if before is None:
            return self.stretches[stretch][0], True
        heard = before.end - before.start
        quarter = min(heard, candidate.length) / 4
        latest = before.end - min(self.rules.crossfade_s, quarter)
        theirs, bars = before.candidate.bars, candidate.bars
        if not theirs or not bars:
            return latest, False
        ours = bars[0] - candidate.begins
        curve, other = candidate.curve, before.candidate.curve
        offset = before.candidate.begins - other.used_at(before.start)
        pickup = curve.time_of(curve.used_at(latest) + ours) - latest
        target = min(latest + pickup, before.end)
        place = bisect.bisect_right(theirs, other.used_at(target) + offset + EDGE) - 1
        if place < 0:
            return latest, False
        bar = other.time_of(theirs[place] - offset)
        # What comes before the first downbeat lasts a little longer or shorter where the arc moves.
        used = curve.used_at(bar) - ours
        start = curve.time_of(used)
        if not 0 <= latest - start + EDGE <= min(LATEST_WAIT_SECONDS, quarter) + EDGE:
            return latest, False
        return start, True

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
        used = curve.used_at(spot.start)
        to_s = round(candidate.begins + curve.used_at(leave) - used, 3)
        end = curve.time_of(used + to_s - candidate.begins)
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
        total = cost.APART * (not spot.meets)
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
