"""What the next breath is to be: which beats, how many, and what the record says of it."""

import math

import msgspec

from mtsession.activities.breathing.beats import FLOOR_SLACK, keeps_floor, tempo_from, when
from mtsession.activities.breathing.counts import choose, split
from mtsession.activities.breathing.course import Course
from mtsession.activities.breathing.events import BreathPaced
from mtsession.activities.breathing.patterns import Pattern
from mtsession.activities.breathing.settings import Rules
from mtsession.activities.breathing.wish import Wish
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.units import MINUTE, Micros

# Ramps are read a little after a breath's start: planned moments fall on beats.
READ_AFTER_US = 100_000
BREATHS_A_LENGTHENING = 6
# A new grid's beat that comes this little before the breath's end is the same beat to the ear.
SAME_BEAT_US = 150_000
# Beats half as long return to whole ones only well within the floor: no to and fro on an edge.
WELL_WITHIN = 0.95


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the next breath begins; `joined` if on the beat that ends the one before."""

    grid: BeatGrid
    beat: float
    on_the_beat: bool
    joined: bool

    @property
    def starts_us(self) -> Micros:
        """Give when it begins."""
        return when(self.grid, self.beat)


class Planner:
    """Chooses breaths by the rules; keeps no state of its own.

    Parameters
    ----------
    rules : Rules
        Floor, patterns and rates.
    wish : Wish
        The length of a breath that plan, therapist and client ask for.
    """

    def __init__(self, rules: Rules, wish: Wish) -> None:
        self._rules = rules
        self._wish = wish

    def unit(self, course: Course, pattern: Pattern, place: Place) -> float | None:
        """Give the beats in a count: 1, or 0.5 where whole beats would break the floor.

        A counted pattern is to fit in whole; where it does not even on half beats, it is kept
        as far as the floor allows. None where a count to each phase is too slow.
        """
        counts = pattern.phases if course.following else pattern.beats or pattern.phases
        halved = course.last is not None and course.last.beats_per_count != 1.0
        if self.fits(place, counts, 1.0, share=WELL_WITHIN if halved else 1.0):
            return 1.0
        return 0.5 if self.fits(place, pattern.phases, 0.5) else None

    def fits(self, place: Place, counts: int, unit: float, *, share: float = FLOOR_SLACK) -> bool:
        """Tell whether so many counts from a place keep to a share of the longest breath."""
        span = when(place.grid, place.beat + counts * unit) - place.starts_us
        return span <= self._rules.longest_us * share

    def can_swap(self, pattern: Pattern, place: Place) -> bool:
        """Tell whether a pattern can be breathed here as it is written, if need be halved."""
        most = self._rules.max_counts
        counts = pattern.beats or pattern.phases
        return self.fits(place, counts, 0.5) and (most is None or counts <= most)

    def follows(self, course: Course, at_us: int) -> BeatGrid | None:
        """Give the music's beats that the breath at a time should be on, None for the clock.

        In a crossfade the guide stays with the music that goes as long as the
        next breath ends before the middle of the fade.
        """
        if course.clock_chosen:
            return None
        music = course.music
        newest = music.heard(at_us + SAME_BEAT_US)
        last = course.last
        if last is None or not last.on_the_beat or (newest and newest.grid == last.grid):
            return newest
        going = music.grids[last.grid]
        if newest is None or going.ends_us is None or not music.sounds(last.grid, at_us):
            return newest
        begun = music.since(newest.grid) or newest.beats_us[0]
        middle = (begun + going.ends_us) // 2
        return going if at_us + last.nominal_us <= middle else newest

    def entry(self, grid: BeatGrid, end_us: int) -> int:
        """Give the first beat of a new grid for a breath that follows one ending at a time."""
        return grid.next_beat(end_us - SAME_BEAT_US)

    def breath(self, course: Course, place: Place, now_us: Micros) -> BreathPaced | None:
        """Decide a breath.

        Returns
        -------
        BreathPaced or None
            None where no whole or half beats of this grid keep to the floor.
        """
        last, rules = course.last, self._rules
        pattern = rules.pattern(course.pattern)
        unit = self.unit(course, pattern, place)
        if unit is None:
            return None
        tempo = tempo_from(place.grid, place.beat)
        count_us = unit * MINUTE / tempo
        ramp_us, paced_us = 0, 0
        if last is not None and not course.anew:
            ramp_us = last.place_us + (0 if course.wanted_us is not None else last.nominal_us)
            paced_us = last.paced_us + last.nominal_us
        wanted_us = self._wish.length(
            course, pattern, count_us, ramp_us + READ_AFTER_US, starts_us=place.starts_us
        )
        planned_us = self._wish.planned(course, pattern, count_us, paced_us + READ_AFTER_US)
        counts = choose(
            wanted_us / count_us,
            self._previous(last, pattern, place.grid, unit, count_us),
            # Half a beat longer in three breaths is one beat in six. Who follows leads nowhere.
            may_lengthen=course.following or course.since_longer >= BREATHS_A_LENGTHENING * unit,
            least=pattern.phases,
            most=rules.max_counts,
            # Half beats prefer whole ones, as these prefer whole bars.
            beats_per_bar=place.grid.beats_per_bar if unit == 1.0 else 2,
            beat=place.beat / unit,
            allowed=lambda n: keeps_floor(
                place.grid,
                place.beat,
                n,
                unit=unit,
                least=pattern.phases,
                longest_us=rules.longest_us,
            ),
        )
        return BreathPaced(
            t_us=now_us,
            activity=course.activity,
            breath=course.breaths + 1,
            grid=place.grid.grid,
            first_beat=float(place.beat),
            counts=split(counts, pattern.shares),
            beats_per_count=unit,
            starts_us=place.starts_us,
            tempo_bpm=tempo,
            planned_rate=round(MINUTE / planned_us, 3),
            wanted_rate=round(MINUTE / wanted_us, 3),
            place_us=Micros(ramp_us),
            paced_us=Micros(paced_us),
            on_the_beat=place.on_the_beat,
            joined=place.joined,
            pattern=pattern.text,
        )

    def _previous(
        self,
        last: BreathPaced | None,
        pattern: Pattern,
        grid: BeatGrid,
        unit: float,
        count_us: float,
    ) -> int | None:
        """Give the breath before in counts of the next; on other beats, not rounded upwards."""
        if last is None:
            return None
        if last.grid == grid.grid:
            return math.floor(last.beats / unit + 1e-9)
        return max(pattern.phases, math.floor(last.nominal_us / count_us + 0.1))

    def leaning(self, course: Course, last: BreathPaced, by_counts: int) -> Micros:
        """Give the length of a breath some counts longer or shorter, within floor and limits."""
        count_us = last.beats_per_count * MINUTE / last.tempo_bpm
        base = course.wanted_us or last.nominal_us
        most = self._rules.longest_us / count_us
        if self._rules.max_counts is not None:
            most = min(most, self._rules.max_counts)
        least = self._rules.pattern(course.pattern).phases
        counts = min(max(base / count_us + by_counts, least), most)
        return Micros(round(counts * count_us))
