"""The breathing activity: from caution card to end, and what the therapist may ask of it."""

from collections.abc import Sequence

from mtsession.activities.breathing.client_guide import client_guide
from mtsession.activities.breathing.course import Course
from mtsession.activities.breathing.events import (
    BreathingCautionDismissed,
    BreathingCautionShown,
    PacingAsked,
    PacingEnded,
    PacingPaused,
    PacingResumed,
    PauseReason,
)
from mtsession.activities.breathing.guide import therapist_view
from mtsession.activities.breathing.hand import Hand, told
from mtsession.activities.breathing.pacer import Pacer
from mtsession.activities.breathing.settings import BreathingSettings, resolve
from mtsession.protocol.commands import CancelCues
from mtsession.protocol.views import BreathingView, ClientGuide
from mtsession.session.activity import NOTHING, Action, ActivityContext, Step
from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason, EngineStarted
from mtsession.timeline.units import Micros

ACTIONS = (
    Action("begin", "g", "begin, or go on after quiet"),
    Action("easier", "f", "easier: a beat shorter"),
    Action("slower", "s", "slower: a beat longer"),
    Action("hold", "r", "keep this length / go on as planned"),
    Action("tap", "y", "tap as the client breathes in"),
    Action("rate", "R", "type the client's rate", takes_text=True),
    Action("follow", "C", "follow the taps / lead again"),
    Action("swap", "Y", "another pattern"),
    Action("clock", "c", "count on the clock / on the music"),
    Action("stop", "x", "stop the guide, at once"),
)


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
        self.course = Course(
            activity=context.activity,
            clock_chosen=settings.music == "clock",
            following=settings.follow,
        )
        self._pacer = Pacer(settings, self._rules, self.course)
        self._hand = Hand(self._rules, self._pacer)

    def start(self, now_us: Micros) -> Step:
        """Show the caution card, or ask for the first breath."""
        if self._settings.caution:
            return told(BreathingCautionShown(t_us=now_us, activity=self.course.activity))
        return told(PacingAsked(t_us=now_us, activity=self.course.activity))

    def handle(self, event: Event) -> Step:
        """Fold an event in; an engine that came back is asked for the pulse again."""
        self.course.take(event)
        pulse = self.course.pulse
        if isinstance(event, EngineStarted) and pulse is not None:
            return Step(commands=(self._pacer.pulse_command(pulse),))
        return NOTHING

    def tick(self, now_us: Micros) -> Step:
        """Decide what is due: a pause, or the next breath."""
        course = self.course
        if course.stage == "paused" and course.pause is not None:
            if course.pause.why == "music" and course.halted_us is None:
                return told(PacingResumed(t_us=now_us, activity=course.activity))
            return NOTHING
        if course.stage not in {"waiting", "pacing"}:
            return NOTHING
        if course.music.quiet_us is not None:
            return self._halt(now_us, "quiet")
        if course.stage == "pacing" and course.halted_us is not None:
            return self._halt(now_us, "music")
        return self._pacer.step(now_us)

    def pause(self, now_us: Micros) -> Step:
        """Stand still with the session."""
        if self.course.stage not in {"waiting", "pacing"}:
            return NOTHING
        return self._halt(now_us, "session")

    def resume(self, now_us: Micros) -> Step:
        """Go on with the session: a new breath at the next beat that fits."""
        pause = self.course.pause
        if self.course.stage != "paused" or pause is None or pause.why == "music":
            return NOTHING
        return told(PacingResumed(t_us=now_us, activity=self.course.activity))

    def stop(self, now_us: Micros, reason: EndReason) -> Step:
        """End for good."""
        return self._end(now_us, reason)

    def act(self, now_us: Micros, action: str) -> Step:
        """Do as the therapist asks; what changes a breath holds from the next one on."""
        if action == "begin":
            return self._begin(now_us)
        if action == "stop" and self.course.stage in {"waiting", "pacing", "paused"}:
            return self._end(now_us, None)
        return self._hand.act(now_us, action)

    def say(self, now_us: Micros, action: str, text: str) -> Step:
        """Take a line that was typed: the client's own rate."""
        ended = self.course.ended
        if action != "rate" or (ended is not None and ended.reason is not None):
            return NOTHING
        return self._hand.type_rate(now_us, text)

    def view(self, now_us: Micros) -> BreathingView:
        """Give the guide for the therapist's panel."""
        return therapist_view(self.course, self._rules, now_us)

    def client_view(self, now_us: Micros) -> ClientGuide | None:
        """Give what is known of the guide ahead, without figures."""
        return client_guide(self.course, self.view(now_us))

    def _begin(self, now_us: Micros) -> Step:
        """Put the card away and begin, or go on after quiet or a pause of the music."""
        course = self.course
        asked = PacingAsked(t_us=now_us, activity=course.activity)
        match course.stage:
            case "caution":
                dismissed = BreathingCautionDismissed(t_us=now_us, activity=course.activity)
                return Step(events=(dismissed, asked))
            case "ready":
                return told(asked)
            case "stopped" if course.ended is not None and course.ended.reason is None:
                return told(asked)
            case "paused" if course.music.quiet_us is not None:
                return told(PacingResumed(t_us=now_us, activity=course.activity))
            case _:
                return NOTHING

    def _halt(self, now_us: Micros, why: PauseReason) -> Step:
        """Break off the breath, its cues and the counts on the clock."""
        paused = PacingPaused(t_us=now_us, activity=self.course.activity, why=why)
        return self._silence(now_us).then(told(paused))

    def _end(self, now_us: Micros, reason: EndReason | None) -> Step:
        ended = PacingEnded(t_us=now_us, activity=self.course.activity, reason=reason)
        return self._silence(now_us).then(told(ended))

    def _silence(self, now_us: Micros) -> Step:
        cancel = Step(commands=(CancelCues(owner=self.course.activity),))
        return cancel.then(self._pacer.stop_pulse(now_us))


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
