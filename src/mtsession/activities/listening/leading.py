"""What each wish does to the tempo: the target from here on, as an event."""

from collections.abc import Callable

from mtsession.activities.listening import course as along
from mtsession.activities.listening.events import Lead, LeadUndone, ProgrammePlanned, TempoLed
from mtsession.activities.listening.led_state import BACK
from mtsession.activities.listening.pace import Player
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.standing import Standing
from mtsession.activities.listening.state import ListeningState
from mtsession.session.activity import ActivityContext
from mtsession.timeline.tempo_map import TempoMap, TempoPoint
from mtsession.timeline.units import Micros

LEADS: dict[str, Lead] = {
    "slower": "slower",
    "faster": "faster",
    "down": "down",
    "up": "up",
    "hold tempo": "hold",
    "start tempo": "start tempo",
    "re-join": "re-join",
}
"""Actions that lead the tempo."""

STEPS: dict[Lead, Callable[[float], float]] = {
    "slower": lambda bpm: bpm * (1 - along.STEP),
    "faster": lambda bpm: bpm * (1 + along.STEP),
    "down": lambda bpm: bpm - along.STEP_BPM,
    "up": lambda bpm: bpm + along.STEP_BPM,
    "hold": lambda bpm: bpm,
}
"""Leads that step from one tempo to another."""

UNKNOWN = "The tempo of this music is not known, so it cannot be led."
UNKNOWN_HINT = "a changes to other music; its tempo can be tapped in the library."


class Leading(Standing):
    """Leads the tempo of one listening activity from how it stands."""

    def __init__(
        self, settings: ListeningSettings, context: ActivityContext, state: ListeningState
    ) -> None:
        super().__init__(settings, context, state)
        self._arc: TempoMap | None = None

    def course(self, now_us: int) -> TempoMap | None:
        """Give the tempo that the music is to follow, by the arc's time; None where unknown."""
        programme = self._state.current(now_us)
        led = None if programme is None else self._state.led.course(programme.round)
        return led if led is not None else self.arc(now_us)

    def arc(self, now_us: int) -> TempoMap | None:
        """Give the tempo of the arc without steps; without an arc, that of what sounds."""
        if self._arc is None and self._settings.tempo is not None:
            self._arc = along.without_steps(self._settings.tempo)
        if self._arc is not None:
            return self._arc
        heard = self.heard_bpm(now_us)
        return None if heard is None else TempoMap.constant(heard)

    def heard_bpm(self, now_us: int) -> float | None:
        """Give the tempo that what sounds is planned to be heard at now; None where unknown."""
        item = self._state.due(now_us)
        if item is None:
            return None
        at_us = self._state.position_us(now_us) - item.start_us
        return Player(self._settings, item).bpm_at(at_us)

    def reach(self, now_us: int) -> tuple[float, float] | None:
        """Give the slowest and the fastest that what sounds can be heard at now."""
        item = self._state.due(now_us)
        if item is None:
            return None
        at_us = self._state.position_us(now_us) - item.start_us
        return Player(self._settings, item).reach_at(at_us)

    def goal(self, now_us: int) -> float | None:
        """Give the tempo that the last step leads to, or the target where it has been reached."""
        course, programme = self.course(now_us), self._state.current(now_us)
        if course is None:
            return None
        at_us, led = self._state.arc_position_us(now_us), self._state.led
        number = led.round if programme is None else programme.round
        settling = led.steered and led.settling(number, at_us)
        return float(course.bpm_at(led.settles_us if settling else at_us))

    def lead(self, now_us: Micros, what: Lead) -> TempoLed | None:
        """Give the event of a lead; None where the tempo is not known."""
        state, course = self._state, self.course(now_us)
        programme = state.current(now_us)
        if course is None or programme is None:
            return None
        if what == "hold" and state.led.last == "hold":
            what = "let go"
        target = self._target(now_us, what, course)
        settles_us = target[min(1, len(target) - 1)].t_us
        return TempoLed(
            t_us=now_us,
            activity=self._context.activity,
            lead=state.led.leads + 1,
            what=what,
            round=programme.round,
            target=target,
            settles_us=settles_us,
        )

    def undo(self, now_us: Micros) -> LeadUndone | None:
        """Give the event that takes the newest lead back; None where none stands."""
        state, course = self._state, self.course(now_us)
        programme = state.current(now_us)
        last = state.led.asked
        if course is None or programme is None or last is None:
            return None
        before, settles_us = last.before, last.settles_us
        if before is not None and last.led.round != programme.round:
            # The round that it was given in is over; its tempo would have been carried on.
            before, settles_us = TempoMap.constant(before.points[-1].bpm), Micros(0)
        at_us = state.arc_position_us(now_us)
        other = self._own(now_us) if before is None else before
        here = self._here(now_us, course, float(other.bpm_at(at_us)))
        target = along.join(here, at_us, other)
        return LeadUndone(
            t_us=now_us,
            activity=self._context.activity,
            lead=state.led.leads + 1,
            undoes=last.led.lead,
            round=programme.round,
            target=target,
            settles_us=max(target[1].t_us, settles_us if before else Micros(0)),
        )

    def carry(self, now_us: Micros, end_bpm: float) -> TempoLed | None:
        """Give the event of a round that goes on at the tempo of the one before it."""
        programme, course = self._state.current(now_us), self.course(now_us)
        if programme is None or course is None:
            return None
        at_us = self._state.arc_position_us(now_us)
        target = along.step_to(self._here(now_us, course, end_bpm), at_us, end_bpm)
        return TempoLed(
            t_us=now_us,
            activity=self._context.activity,
            lead=self._state.led.leads + 1,
            what="carried",
            round=programme.round,
            target=target,
            settles_us=target[1].t_us,
        )

    def _target(self, now_us: Micros, what: Lead, course: TempoMap) -> along.Points:
        at_us = self._state.arc_position_us(now_us)
        if what == "start tempo":
            there = float(self._own(now_us).bpm_at(0))
            return along.glide_to(self._here(now_us, course, there), at_us, there)
        if what in BACK:
            own = self._own(now_us)
            return along.join(self._here(now_us, course, float(own.bpm_at(at_us))), at_us, own)
        there = STEPS[what](self._base(now_us, what))
        return along.step_to(self._here(now_us, course, there), at_us, there)

    def _here(self, now_us: Micros, course: TempoMap, there: float) -> float:
        """Give the tempo that a lead to another sets out from: the course's.

        Where the course is beyond what the music can reach, the way back sets out from what is
        heard: from further off it would not be heard until it came within reach.
        """
        here = float(course.bpm_at(self._state.arc_position_us(now_us)))
        low, high = self.reach(now_us) or (here, here)
        if here < low < there:
            return low
        return high if there < high < here else here

    def _base(self, now_us: Micros, what: Lead) -> float:
        """Give the tempo that a step counts from.

        Where the target lies beyond what the music can reach, a step back counts from what is
        heard, so that each key is heard at once; a step further away counts from the target.
        """
        course = self.course(now_us)
        goal = self.goal(now_us) or 0.0
        if what == "hold" and course is not None:
            goal = float(course.bpm_at(self._state.arc_position_us(now_us)))
        reach = self.reach(now_us)
        if reach is None:
            return goal
        low, high = reach
        if goal < low and what not in {"slower", "down"}:
            return low
        if goal > high and what not in {"faster", "up"}:
            return high
        return goal

    def _own(self, now_us: Micros) -> TempoMap:
        """Give what the music goes back to: the arc; without one, each item's own tempo."""
        arc, programme = self.arc(now_us), self._state.current(now_us)
        if self._arc is None and programme is not None:
            return self._own_of(programme) or TempoMap.constant(self.goal(now_us) or 60.0)
        return arc if arc is not None else TempoMap.constant(60.0)

    def _own_of(self, programme: ProgrammePlanned) -> TempoMap | None:
        """Give the tempo of each item in its time; where two cross, both go over together."""
        points: list[TempoPoint] = []
        until_us = 0
        for item in programme.items:
            bpm = Player(self._settings, item).own_at(float(item.skip_us))
            start_us = programme.arc_from_us + item.start_us
            if bpm is not None and points:
                over_us = max(until_us - start_us, along.four_beats(float(points[-1].bpm), bpm))
                points += [along.point(start_us, points[-1].bpm)]
                points += [along.point(start_us + over_us, bpm)]
            elif bpm is not None:
                points.append(along.point(0, bpm))
            until_us = start_us + item.duration_us
        return TempoMap(points) if points else None
