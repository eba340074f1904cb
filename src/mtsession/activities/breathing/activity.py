"""The breathing activity: when a breath is decided, and what the engine is asked for."""

from collections.abc import Sequence
from typing import Literal

from mtsession.activities.breathing.beats import clock_bpm, when
from mtsession.activities.breathing.course import Course, pulse_grid
from mtsession.activities.breathing.cues import phase_cues
from mtsession.activities.breathing.events import (
    BreathingCautionDismissed,
    BreathingCautionShown,
    ClockCountsEnded,
    CountsOnClock,
    Lead,
    PacingAsked,
    PacingEnded,
    PacingLed,
    PacingPaused,
    PacingResumed,
    PacingStarted,
    PauseReason,
)
from mtsession.activities.breathing.guide import client_view, therapist_view
from mtsession.activities.breathing.planner import SAME_BEAT_US, Place, Planner
from mtsession.activities.breathing.ramp import Ramp
from mtsession.activities.breathing.settings import BreathingSettings, resolve
from mtsession.protocol.commands import (
    CancelCues,
    Command,
    ScheduleCues,
    StartPulse,
    StopPulse,
)
from mtsession.protocol.views import BreathingView
from mtsession.session.activity import NOTHING, Action, ActivityContext, Step
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason, EngineStarted
from mtsession.timeline.units import SECOND, Micros

ACTIONS = (
    Action("begin", "b", "begin"),
    Action("easier", "e", "easier"),
    Action("slower", "s", "slower"),
    Action("hold", "k", "keep this rate"),
    Action("clock", "c", "clock/music"),
    Action("stop", "x", "stop the guide"),
)

# Ticks come every 250 ms: a breath decided 650 ms ahead leaves 400 ms for its cues.
LEAD_US = 650_000
# Music that begins together with the guide is given this long to be heard.
WAIT_US = 3 * SECOND
SETTLE_US = SECOND
# Off the multiples on which usual tempi and ticks meet, so that jitter picks no other beat.
ASIDE_US = 110_000


class BreathingActivity:
    """Paces breaths on the beats of the music that sounds, or on the clock.

    Decisions are made in `tick` and `act` and come back as events through
    `handle`; the state is a fold of events (`Course`).

    Parameters
    ----------
    settings : BreathingSettings
        What the plan asks for.
    context : ActivityContext
        The activity's number.

    Raises
    ------
    PlanError
        If the settings cannot be carried out.
    """

    def __init__(self, settings: BreathingSettings, context: ActivityContext) -> None:
        self._settings = settings
        self._rules = resolve(settings)
        self._planner = Planner(self._rules, Ramp(settings, self._rules))
        self.course = Course(activity=context.activity, clock_chosen=settings.music == "clock")

    def start(self, now_us: Micros) -> Step:
        """Show the caution card, or ask for the first breath."""
        if self._settings.caution:
            return _tell(BreathingCautionShown(t_us=now_us, activity=self.course.activity))
        return _tell(PacingAsked(t_us=now_us, activity=self.course.activity))

    def handle(self, event: Event) -> Step:
        """Fold an event in; an engine that came back is asked for the pulse again."""
        self.course.take(event)
        pulse = self.course.pulse
        if isinstance(event, EngineStarted) and pulse is not None:
            return Step(commands=(self._pulse_command(pulse),))
        return NOTHING

    def tick(self, now_us: Micros) -> Step:
        """Decide what is due: a pause, or the next breath."""
        course = self.course
        if course.stage == "paused" and course.pause is not None:
            if course.pause.why == "music" and course.halted_us is None:
                return _tell(PacingResumed(t_us=now_us, activity=course.activity))
            return NOTHING
        if course.stage not in {"waiting", "pacing"}:
            return NOTHING
        if course.music.quiet_us is not None:
            return self._halt(now_us, "quiet")
        if course.stage == "pacing" and course.halted_us is not None:
            return self._halt(now_us, "music")
        return self._retire_pulse(now_us).then(self._next(now_us))

    def pause(self, now_us: Micros) -> Step:
        """Stand still with the session."""
        if self.course.stage not in {"waiting", "pacing"}:
            return NOTHING
        return self._halt(now_us, "session")

    def resume(self, now_us: Micros) -> Step:
        """Go on with the session: a new breath at the next beat that fits."""
        pause = self.course.pause
        if self.course.stage != "paused" or pause is None or pause.why != "session":
            return NOTHING
        if self.course.music.quiet_us is not None:
            return self._halt(now_us, "quiet")
        return _tell(PacingResumed(t_us=now_us, activity=self.course.activity))

    def stop(self, now_us: Micros, reason: EndReason) -> Step:
        """End for good."""
        return self._end(now_us, reason)

    def act(self, now_us: Micros, action: str) -> Step:
        """Do as the therapist asks; what changes a breath holds from the next one on."""
        match action:
            case "begin":
                return self._begin(now_us)
            case "clock":
                return self._choose_clock(now_us)
            case "stop" if self.course.stage in {"waiting", "pacing", "paused"}:
                return self._end(now_us, None)
            case "easier" | "slower" | "hold":
                return self._lean(now_us, action)
            case _:
                return NOTHING

    def view(self, now_us: Micros) -> BreathingView:
        """Give the guide for the therapist's panel."""
        return therapist_view(self.course, self._rules, now_us)

    def client_view(self, now_us: Micros) -> BreathingView | None:
        """Give the guide without figures."""
        return client_view(self.view(now_us))

    def _begin(self, now_us: Micros) -> Step:
        """Put the card away and begin, or go on after quiet or a pause of the music."""
        course = self.course
        asked = PacingAsked(t_us=now_us, activity=course.activity)
        match course.stage:
            case "caution":
                dismissed = BreathingCautionDismissed(t_us=now_us, activity=course.activity)
                return Step(events=(dismissed, asked))
            case "ready":
                return _tell(asked)
            case "stopped" if course.ended is not None and course.ended.reason is None:
                return _tell(asked)
            case "paused" if course.music.quiet_us is not None:
                return _tell(PacingResumed(t_us=now_us, activity=course.activity))
            case _:
                return NOTHING

    def _choose_clock(self, now_us: Micros) -> Step:
        """Change between clock and music from the next breath; go on at once if paused by sound."""
        course = self.course
        if course.stage not in {"waiting", "pacing", "paused"}:
            return NOTHING
        if course.stage == "paused" and course.pause is not None and course.pause.why == "session":
            return NOTHING
        if course.stage == "paused":
            led = PacingLed(
                t_us=now_us, activity=course.activity, asked="clock", wanted_us=course.wanted_us
            )
            resumed = PacingResumed(t_us=now_us, activity=course.activity)
            return Step(events=(led, resumed))
        return self._lead(now_us, "music" if course.clock_chosen else "clock", course.wanted_us)

    def _lean(self, now_us: Micros, action: Literal["easier", "slower", "hold"]) -> Step:
        """Keep to a breath one count shorter or longer than now, or as it is; or go on."""
        course = self.course
        if course.stage not in {"pacing", "paused"} or course.last is None:
            return NOTHING
        if action == "hold" and course.wanted_us is not None:
            return self._lead(now_us, "go on", None)
        by_counts = {"easier": -1, "slower": 1, "hold": 0}[action]
        return self._lead(now_us, action, self._planner.leaning(course, course.last, by_counts))

    def _lead(self, now_us: Micros, asked: Lead, wanted_us: Micros | None) -> Step:
        return _tell(
            PacingLed(t_us=now_us, activity=self.course.activity, asked=asked, wanted_us=wanted_us)
        )

    def _halt(self, now_us: Micros, why: PauseReason) -> Step:
        """Break off the breath, its cues and the counts on the clock."""
        paused = PacingPaused(t_us=now_us, activity=self.course.activity, why=why)
        return self._silence(now_us).then(_tell(paused))

    def _end(self, now_us: Micros, reason: EndReason | None) -> Step:
        ended = PacingEnded(t_us=now_us, activity=self.course.activity, reason=reason)
        return self._silence(now_us).then(_tell(ended))

    def _silence(self, now_us: Micros) -> Step:
        cancel = Step(commands=(CancelCues(owner=self.course.activity),))
        return cancel.then(self._stop_pulse(now_us))

    def _stop_pulse(self, now_us: Micros) -> Step:
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
        return self._stop_pulse(now_us) if self.course.span(last)[0] <= now_us else NOTHING

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
        follow = self._planner.follows(course, end_us)
        if follow is None and not last.on_the_beat:
            place = Place(grid=grid, beat=last.end_beat, on_the_beat=False, joined=True)
        elif follow is None:
            return self._on_clock(now_us, end_us, self._why_clock(end_us))
        elif follow.grid == last.grid:
            place = Place(grid=follow, beat=last.end_beat, on_the_beat=True, joined=True)
        else:
            beat = self._planner.entry(follow, end_us)
            place = Place(grid=follow, beat=beat, on_the_beat=True, joined=False)
        return self._paced(now_us, place)

    def _afresh(self, now_us: Micros) -> Step:
        """Begin on the next downbeat that is at least a beat away, or on the clock."""
        course = self.course
        if course.music.paused_us is not None and not course.clock_chosen:
            return NOTHING
        grid = None if course.clock_chosen else course.music.heard(now_us)
        if grid is None:
            known = course.clock_chosen or course.music.without_beats(now_us)
            waiting = course.stage == "waiting" and now_us < course.asked_us + WAIT_US
            if waiting and not known:
                return NOTHING
            return self._on_clock(now_us, Micros(now_us + SECOND), self._why_clock(now_us))
        base = max(now_us, course.asked_us + SETTLE_US)
        beat = grid.next_downbeat(base + _lead_us(grid, base) + ASIDE_US)
        return self._paced(now_us, Place(grid=grid, beat=beat, on_the_beat=True, joined=False))

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
            bpm=float(clock_bpm(self._rules.start_rate, self._rules.target_rate)),
            first_us=first_us,
            why=why,
        )
        place = Place(grid=pulse_grid(pulse), beat=0, on_the_beat=False, joined=False)
        begun = Step(commands=(self._pulse_command(pulse),), events=(pulse,))
        return self._stop_pulse(now_us).then(begun).then(self._paced(now_us, place))

    def _pulse_command(self, pulse: CountsOnClock) -> Command:
        return StartPulse(
            owner=pulse.activity, grid=pulse.grid, bpm=pulse.bpm, at_us=pulse.first_us
        )

    def _paced(self, now_us: Micros, place: Place) -> Step:
        """Decide the breath at a place, and schedule its cues."""
        course = self.course
        paced = self._planner.breath(course, place, now_us)
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
        cues = phase_cues(paced, self._settings.cue, self._settings.cue_db)
        if not cues:
            return Step(events=events)
        return Step(commands=(ScheduleCues(owner=course.activity, cues=cues),), events=events)


def _lead_us(grid: BeatGrid, t_us: int) -> int:
    """Give how far ahead a breath is decided: about a beat, enough for its cues."""
    beat = grid.beat_at(t_us)
    return max(when(grid, beat + 1) - when(grid, beat), LEAD_US)


def _tell(*events: Event) -> Step:
    return Step(events=events)


def make(settings: BreathingSettings, context: ActivityContext) -> BreathingActivity:
    """Make the activity.

    Raises
    ------
    PlanError
        If the settings cannot be carried out.
    """
    return BreathingActivity(settings, context)


def restore(
    settings: BreathingSettings, context: ActivityContext, events: Sequence[Event]
) -> BreathingActivity:
    """Make the activity as it stood after the given events of the session."""
    activity = BreathingActivity(settings, context)
    for event in events:
        activity.course.take(event)
    return activity
