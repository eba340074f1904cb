"""When the next breath is decided, on which beats, and what the engine is asked for it."""

from mtsession.activities.breathing.beats import clock_bpm, when
from mtsession.activities.breathing.course import Course, pulse_grid
from mtsession.activities.breathing.cues import phase_cues
from mtsession.activities.breathing.events import (
    ClockCountsEnded,
    CountsOnClock,
    PacingStarted,
)
from mtsession.activities.breathing.planner import SAME_BEAT_US, Place, Planner
from mtsession.activities.breathing.settings import BreathingSettings, Rules
from mtsession.activities.breathing.taps import next_breath
from mtsession.activities.breathing.wish import Wish
from mtsession.protocol.commands import ScheduleCues, StartPulse, StopPulse
from mtsession.session.activity import NOTHING, Step
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event
from mtsession.timeline.units import MINUTE, SECOND, Micros

# Ticks come every 250 ms: a breath decided 650 ms ahead leaves 400 ms for its cues.
LEAD_US = 650_000
# Music that begins together with the guide is given this long to be heard.
WAIT_US = 3 * SECOND
SETTLE_US = SECOND
# At every whole tempo from 40 to 120 this is 8 ms or more off a beat: jitter picks no other one.
ASIDE_US = 141_000
# A downbeat this much of a breath away from the client's own breath in is near enough.
NEAR_BREATH = 0.25


class Pacer:
    """Gives the steps that carry the guide from breath to breath; its state is the course.

    Parameters
    ----------
    settings, rules
        What the plan asks for.
    course : Course
        How the activity stands; changed by events alone.
    """

    def __init__(self, settings: BreathingSettings, rules: Rules, course: Course) -> None:
        self._settings = settings
        self._rules = rules
        self._wish = Wish(settings, rules)
        self.planner = Planner(rules, self._wish)
        self.course = course

    def step(self, now_us: Micros) -> Step:
        """Do what is due: stop counts that are over, decide the next breath."""
        return self._retire_pulse(now_us).then(self._next(now_us))

    def stop_pulse(self, now_us: Micros) -> Step:
        """End the counts on the clock, where there are any."""
        pulse = self.course.pulse
        if pulse is None:
            return NOTHING
        ended = ClockCountsEnded(t_us=now_us, activity=self.course.activity, grid=pulse.grid)
        return Step(commands=(StopPulse(grid=pulse.grid),), events=(ended,))

    def _retire_pulse(self, now_us: Micros) -> Step:
        """Stop the counts on the clock once a breath on the music has begun."""
        pulse, last = self.course.pulse, self.course.last
        if pulse is None or last is None or last.grid == pulse.grid:
            return NOTHING
        return self.stop_pulse(now_us) if self.course.span(last)[0] <= now_us else NOTHING

    def _next(self, now_us: Micros) -> Step:
        """Decide the next breath if its time has come."""
        course = self.course
        last = course.last
        if last is None or not course.joined:
            return self._afresh(now_us)
        end_us = course.span(last)[1]
        grid = course.grid(last.grid)
        if now_us < end_us - _lead_us(grid, end_us):
            return NOTHING
        if now_us > end_us - SAME_BEAT_US:
            # The machine slept or the beats leapt: the thread is lost, a new breath begins.
            return self._afresh(now_us)
        follow = self.planner.follows(course, end_us)
        if follow is None and not last.on_the_beat:
            place = Place(grid=grid, beat=last.end_beat, on_the_beat=False, joined=True)
        elif follow is None:
            return self._on_clock(now_us, end_us, self._why_clock(end_us))
        elif follow.grid == last.grid:
            place = Place(grid=follow, beat=last.end_beat, on_the_beat=True, joined=True)
        else:
            beat = self.planner.entry(follow, end_us)
            place = Place(grid=follow, beat=beat, on_the_beat=True, joined=False)
        return self._paced(now_us, place)

    def _afresh(self, now_us: Micros) -> Step:
        """Begin on the next downbeat that is at least a beat away, or on the clock."""
        course = self.course
        if course.music.paused_us is not None and not course.clock_chosen:
            return NOTHING
        if course.following and course.own_us is None and course.wanted_us is None:
            # There is nothing to keep to before the taps have told.
            return NOTHING
        grid = None if course.clock_chosen else course.music.heard(now_us)
        if grid is None:
            known = course.clock_chosen or course.music.without_beats(now_us)
            waiting = course.stage == "waiting" and now_us < course.asked_us + WAIT_US
            if waiting and not known:
                return NOTHING
            return self._on_clock(now_us, Micros(now_us + SECOND), self._why_clock(now_us))
        base = max(now_us, course.asked_us + SETTLE_US)
        beat = self._first_beat(grid, base + _lead_us(grid, base) + ASIDE_US)
        return self._paced(now_us, Place(grid=grid, beat=beat, on_the_beat=True, joined=False))

    def _first_beat(self, grid: BeatGrid, from_us: int) -> int:
        """Give the beat to begin on: a downbeat, or the beat where the client breathes in."""
        course = self.course
        downbeat = grid.next_downbeat(from_us)
        own_us = course.own_us
        meets = None if own_us is None else next_breath(course.taps, own_us, from_us + own_us // 2)
        if (
            own_us is None
            or meets is None
            or abs(when(grid, downbeat) - meets) <= (NEAR_BREATH * own_us)
        ):
            return downbeat
        # Half a beat earlier: the beat that is nearest.
        return grid.next_beat(max(from_us, meets - _beat_us(grid, meets) // 2))

    def place_ahead(self, now_us: Micros) -> Place | None:
        """Give where the next breath begins as things stand; None where no beat is known."""
        course = self.course
        if course.last is not None and course.joined:
            last = course.last
            return Place(
                grid=course.grid(last.grid),
                beat=last.end_beat,
                on_the_beat=last.on_the_beat,
                joined=True,
            )
        grid = None if course.clock_chosen else course.music.heard(now_us)
        if grid is None:
            return None
        return Place(grid=grid, beat=grid.next_beat(now_us), on_the_beat=True, joined=False)

    def _why_clock(self, at_us: int) -> str:
        """Say why there is no beat to follow."""
        if self.course.clock_chosen:
            return "as chosen"
        if self.course.music.without_beats(at_us):
            return "the beats of this music are not known"
        return "no music with a beat"

    def _on_clock(self, now_us: Micros, first_us: Micros, why: str) -> Step:
        """Begin counts on the clock, count 0 where the next breath starts."""
        course = self.course
        pulse = CountsOnClock(
            t_us=now_us,
            activity=course.activity,
            grid=course.activity * 1000 + course.clocks,
            bpm=float(clock_bpm(MINUTE / self._wish.own(course), self._rules.target_rate)),
            first_us=first_us,
            why=why,
        )
        place = Place(grid=pulse_grid(pulse), beat=0, on_the_beat=False, joined=False)
        begun = Step(commands=(self.pulse_command(pulse),), events=(pulse,))
        return self.stop_pulse(now_us).then(begun).then(self._paced(now_us, place))

    def pulse_command(self, pulse: CountsOnClock) -> StartPulse:
        """Give the command that lets the engine count."""
        return StartPulse(
            owner=pulse.activity, grid=pulse.grid, bpm=pulse.bpm, at_us=pulse.first_us
        )

    def _paced(self, now_us: Micros, place: Place) -> Step:
        """Decide the breath at a place, and schedule its cues."""
        course = self.course
        paced = self.planner.breath(course, place, now_us)
        if paced is None:
            # No count of so slow a beat keeps to the floor; the clock's always does.
            first_us = max(place.starts_us, Micros(now_us + LEAD_US))
            return self._on_clock(now_us, first_us, "this music is too slow to count on")
        events: tuple[Event, ...] = (paced,)
        if course.stage == "waiting":
            started = PacingStarted(
                t_us=now_us,
                activity=course.activity,
                grid=paced.grid,
                starts_us=paced.starts_us,
                on_the_beat=paced.on_the_beat,
            )
            events = (started, paced)
        cues = phase_cues(paced, self._settings)
        if not cues:
            return Step(events=events)
        return Step(commands=(ScheduleCues(owner=course.activity, cues=cues),), events=events)


def _lead_us(grid: BeatGrid, t_us: int) -> int:
    """Give how far ahead a breath is decided: about a beat, enough for its cues."""
    return max(_beat_us(grid, t_us), LEAD_US)


def _beat_us(grid: BeatGrid, t_us: int) -> int:
    """Give the length of the beat at a time."""
    beat = grid.beat_at(t_us)
    return when(grid, beat + 1) - when(grid, beat)
