"""Steers the music: a lead becomes a course, and what plays is planned anew along it."""

from mtsession.activities.listening.course import led as course_led
from mtsession.activities.listening.events import (
    Lead,
    LeadUndone,
    ProgrammePlanned,
    TempoLed,
)
from mtsession.activities.listening.leading import UNKNOWN, UNKNOWN_HINT, Leading
from mtsession.activities.listening.revising import Revising
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.standing import Standing
from mtsession.activities.listening.state import ListeningState
from mtsession.protocol import commands as cmd
from mtsession.session.activity import NOTHING, ActivityContext, Step
from mtsession.timeline import events as ev
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros


class Steering(Standing):
    """Steers one listening activity from how it stands."""

    def __init__(
        self, settings: ListeningSettings, context: ActivityContext, state: ListeningState
    ) -> None:
        super().__init__(settings, context, state)
        self.leading = Leading(settings, context, state)
        self._revising = Revising(settings, context, state)

    def lead(self, now_us: Micros, what: Lead) -> Step:
        """Lead the tempo."""
        return self._led(now_us, self.leading.lead(now_us, what))

    def undo(self, now_us: Micros) -> Step:
        """Take the newest lead back."""
        undone = self.leading.undo(now_us)
        return NOTHING if undone is None else self._led(now_us, undone)

    def follow(self, now_us: Micros, programme: ProgrammePlanned) -> Step | None:
        """Plan anew what no longer follows the course; None where all does."""
        if self.leading.course(now_us) is None:
            return None
        if self._state.unsettled or self._state.led.stale(programme.round):
            return self._settle(now_us, programme)
        return self._choose(now_us, programme) if self._may_choose(now_us) else None

    def _led(self, now_us: Micros, lead: TempoLed | LeadUndone | None) -> Step:
        """Let the music follow a lead from here; what cannot sound now follows when it does."""
        if lead is None:
            said = ev.Noticed(t_us=now_us, topic="sound", message=UNKNOWN, hint=UNKNOWN_HINT)
            return Step(events=(said,))
        state, before = self._state, self.leading.course(now_us)
        if state.quiet or state.lost or state.turned.away or before is None:
            return Step(events=(lead,))
        course = course_led(before, lead.target)
        return Step(events=(lead,)).then(self._revise(now_us, course, lead.lead, led=True))

    def _settle(self, now_us: Micros, programme: ProgrammePlanned) -> Step:
        """Plan anew what has moved, or what was planned before the last lead."""
        led, course = self._state.led, self.leading.course(now_us)
        if course is None:
            return NOTHING
        if led.stale(programme.round) and led.round < programme.round:
            end = led.carried(programme.round)
            if end:
                return self._led(now_us, self.leading.carry(now_us, float(end[0].bpm)))
            if led.course(programme.round) is not None:
                return self.lead(now_us, "carried back")
        return self._revise(now_us, course, led.leads, led=led.course(programme.round) is not None)

    def _may_choose(self, now_us: Micros) -> bool:
        at_us = self._state.led.choose_at_us
        return self._settings.library is not None and at_us is not None and now_us >= at_us

    def _choose(self, now_us: Micros, programme: ProgrammePlanned) -> Step:
        """Choose anew what follows, once a lead has settled."""
        led, course = self._state.led, self.leading.course(now_us)
        if course is None:
            return NOTHING
        other = led.course(programme.round) is not None
        return self._revise(now_us, course, led.leads, led=other, choose=True)

    def _revise(
        self, now_us: Micros, course: TempoMap, leads: int, *, led: bool, choose: bool = False
    ) -> Step:
        event = self._revising.revise(now_us, course, leads, led=led, choose=choose)
        if event is None:
            return NOTHING
        revise = cmd.ReviseProgramme(owner=self._context.activity, items=event.items)
        return Step((revise,), (event,))
