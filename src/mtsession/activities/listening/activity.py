"""Listening at work: asks for music in time, and answers to what becomes of it."""

from collections.abc import Callable, Sequence

import msgspec

from mtsession.activities.listening.asking import Asking, play
from mtsession.activities.listening.events import (
    ItemSkipped,
    ListeningFailed,
    ListeningHeld,
    ListeningReleased,
    MusicNamed,
    ProgrammePlanned,
    Source,
    Why,
)
from mtsession.activities.listening.handing import Handed, handed
from mtsession.activities.listening.leading import LEADS
from mtsession.activities.listening.room import Room
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.state import ListeningState
from mtsession.activities.listening.steering import Steering
from mtsession.activities.listening.view import view_of
from mtsession.errors import MusicError
from mtsession.protocol import commands as cmd
from mtsession.protocol.sources import ProgrammeItem
from mtsession.protocol.views import ListeningView
from mtsession.session.activity import NOTHING, ActivityContext, Step
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.units import SECOND, Micros, micros

AHEAD_US = 20 * SECOND
"""How long before its start the next round is asked for."""

TURNS: dict[str, Source] = {"silence": "silence", "live": "live", "outside": "outside"}
"""Actions that turn from the programme, and back to it when asked again."""

STOP_FADE_US = Micros(4 * SECOND)


class Listening:
    """Plays a programme along its arc. See `session.activity.Activity`.

    Parameters
    ----------
    settings : ListeningSettings
        With their files looked up.
    context : ActivityContext
        Its number and its segment's length.
    """

    def __init__(self, settings: ListeningSettings, context: ActivityContext) -> None:
        self.settings = settings
        self.context = context
        self.state = ListeningState(context.activity)
        self._asking = Asking(settings, context, self.state)
        self._steering = Steering(settings, context, self.state)
        self._room = Room(context, self.state)
        self._wishes: dict[str, Callable[[Micros], Step]] = {
            "undo": self._undo,
            "skip": self._skip,
            "next": self._next,
            "hold": self._hold_or_release,
        }

    def start(self, now_us: Micros) -> Step:
        """Ask for the programme, a lead ahead so that its first blocks are ready."""
        if self.settings.source != "programme":
            return self._room.turn(now_us, self.settings.source, self.settings.title)
        return self._plan(now_us, "start", at_us=self._asking.lead(now_us))

    def handle(self, event: Event) -> Step:
        """Take in an event; ask anew for music that the engine no longer knows of."""
        self.state.apply(event)
        if self.state.ended:
            return NOTHING
        fresh = isinstance(event, ev.EngineStarted) and (self.state.lost or self.state.turned.pulse)
        if fresh and not self._held:
            lead = self._asking.lead(event.t_us) - event.t_us
            return self._send_again(event.t_us, missed_us=lead)
        return NOTHING

    def tick(self, now_us: Micros) -> Step:
        """Replace what failed, follow what was led, go round, or end when the music is over."""
        state, programme = self.state, self.state.current(now_us)
        if programme is None or state.ended or state.stands_still or state.turned.away:
            return NOTHING
        if self._fell_silent(programme, state.due(now_us)):
            return self._plan(now_us, "failed", at_us=self._asking.lead(now_us))
        followed = self._steering.follow(now_us, programme)
        if followed is not None:
            return followed
        return self._go_round_or_end(now_us, programme)

    def pause(self, now_us: Micros) -> Step:  # noqa: ARG002 - the contract's signature
        """Hold the music with the session."""
        if self.state.held_by_hand or self.state.quiet or not self._plays:
            return NOTHING
        return Step(commands=(cmd.PauseMusic(),))

    def resume(self, now_us: Micros) -> Step:
        """Go on with the session; after quiet or a restart the music is asked for anew."""
        if self.state.turned.away:
            return self._room.pulse_again(now_us) if self.state.quiet else NOTHING
        if self.state.quiet:
            return self._again(now_us)
        if self.state.held_by_hand or not self.state.planned:
            return NOTHING
        if self.state.lost:
            return self._send_again(now_us, missed_us=0)
        return Step(commands=(cmd.ResumeMusic(),))

    def stop(self, now_us: Micros, reason: ev.EndReason) -> Step:  # noqa: ARG002 - the contract's signature
        """Fade the music; when music follows, it fades in over this."""
        planned = reason == "planned"
        fade_us = micros(self.settings.crossfade_s) if planned else STOP_FADE_US
        pulse = self._room.end_pulse()
        if self.state.held_since is not None and not self.state.turned.away:
            return Step(commands=(*self._end_held, *pulse))
        stop = cmd.StopProgramme(owner=self.context.activity, fade_us=fade_us)
        return Step(commands=(stop, *pulse))

    def act(self, now_us: Micros, action: str) -> Step:
        """Do one of the actions that `method.METHOD` names."""
        state = self.state
        if state.ended or state.session_paused:
            return NOTHING
        if action in TURNS:
            return self._turn(now_us, TURNS[action])
        if action == "tap":
            return self._room.tap(now_us)
        if not state.planned or (state.turned.tapped and action != "undo"):
            return NOTHING
        if action in LEADS:
            return self._steering.lead(now_us, LEADS[action])
        wish = self._wishes.get(action)
        return NOTHING if wish is None else wish(now_us)

    def say(self, now_us: Micros, action: str, text: str) -> Step:
        """Take a line that was typed: what is played in the room."""
        if action != "outside" or not self.state.turned.tapped or self.state.ended:
            return NOTHING
        named = MusicNamed(t_us=now_us, activity=self.context.activity, title=text.strip())
        return Step(events=(named,))

    def hands_over(self) -> Handed | None:
        """Leave to what follows by plan where the music comes from, and its beats."""
        return handed(self.settings, self.state)

    def takes_over(self, now_us: Micros, left: object) -> Step:
        """Go on with music in the room, or with none, where that was asked for by hand."""
        if not isinstance(left, Handed):
            return NOTHING
        if left.source == self.state.turned.source:
            return self._room.go_on(now_us, left.pulse)
        if not left.by_hand:
            return NOTHING
        turned = self._turn(now_us, left.source, left.title)
        return turned.then(self._room.go_on(now_us, left.pulse))

    def view(self, now_us: Micros) -> ListeningView:
        """Show what sounds against the arc."""
        return view_of(self.settings, self.context, self.state, self._steering.leading, now_us)

    def client_view(self, now_us: Micros) -> msgspec.Struct | None:  # noqa: ARG002 - the contract's signature
        """Show the client nothing: music needs no screen."""
        return None

    def _go_round_or_end(self, now_us: Micros, programme: ProgrammePlanned) -> Step:
        position = self.state.position_us(now_us)
        if programme.next_us is not None:
            soon = position >= programme.next_us - AHEAD_US and programme is self.state.planned[-1]
            return self._next_round(now_us, programme, programme.next_us) if soon else NOTHING
        outlives = self.context.planned_us is None or self.settings.runs_on
        if outlives and position > programme.duration_us + SECOND:
            over = ev.ActivityEnded(t_us=now_us, activity=self.context.activity, reason="planned")
            return Step(events=(over,))
        return NOTHING

    def _hold_or_release(self, now_us: Micros) -> Step:
        if self.state.turned.away:
            return NOTHING
        release = self.state.held_by_hand or self.state.quiet
        return self._release(now_us) if release else self._hold(now_us)

    def _hold(self, now_us: Micros) -> Step:
        held = ListeningHeld(t_us=now_us, activity=self.context.activity)
        return Step((cmd.PauseMusic(),), (held,))

    def _release(self, now_us: Micros) -> Step:
        if self.state.quiet:
            return self._again(now_us)
        if self.state.lost:
            return self._send_again(now_us, missed_us=0)
        released = ListeningReleased(t_us=now_us, activity=self.context.activity)
        return Step((cmd.ResumeMusic(),), (released,))

    @property
    def _end_held(self) -> tuple[cmd.Command, ...]:
        """What ends held music unheard: it cannot fade, and its hold must not outlive it."""
        stop = cmd.StopProgramme(owner=self.context.activity, fade_us=Micros(0))
        return (stop, cmd.ResumeMusic(fade_us=Micros(0)))

    @property
    def _plays(self) -> bool:
        return bool(self.state.planned) and not self.state.turned.away

    @property
    def _held(self) -> bool:
        return self.state.held_by_hand or self.state.session_paused or self.state.quiet

    def _plan(
        self,
        now_us: Micros,
        why: Why,
        *,
        at_us: Micros,
        first: tuple[cmd.Command, ...] = (),
    ) -> Step:
        """Ask for music from where the arc will be at `at_us`."""
        try:
            event = self._asking.plan(now_us, why, at_us)
        except MusicError as error:
            return self._failed(now_us, error)
        return self._instead(event, first)

    def _instead(self, event: ProgrammePlanned, first: tuple[cmd.Command, ...] = ()) -> Step:
        """Let other music come in place of what plays."""
        if len(self.state.planned) > 1:
            # A round that is asked for already would cut in.
            fade_us = micros(self.settings.crossfade_s)
            first = (*first, cmd.StopProgramme(owner=self.context.activity, fade_us=fade_us))
        return Step((*first, play(event)), (event,))

    def _next_round(self, now_us: Micros, before: ProgrammePlanned, next_us: Micros) -> Step:
        """Ask for the next round at the exact time that this one hands over."""
        try:
            event = self._asking.next_round(now_us, before, next_us)
        except MusicError as error:
            return self._failed(now_us, error)
        return Step((play(event),), (event,))

    def _failed(self, now_us: Micros, error: MusicError) -> Step:
        failed = ListeningFailed(
            t_us=now_us, activity=self.context.activity, message=error.message, hint=error.hint
        )
        return Step(events=(failed,))

    def _fell_silent(self, programme: ProgrammePlanned, due: ProgrammeItem | None) -> bool:
        """Tell whether a track failed with none after it, which the engine would have taken."""
        if due is None or due.item not in self.state.failed:
            return False
        later = programme.items[programme.items.index(due) :]
        return all(item.item in self.state.failed for item in later)

    def _skip(self, now_us: Micros) -> Step:
        """Go over to other music along the same course."""
        if self.state.turned.away:
            return self._back(now_us)
        if self.state.stands_still:
            return self._again(now_us, "skip")
        return self._plan(now_us, "skip", at_us=self._asking.soon(now_us))

    def _next(self, now_us: Micros) -> Step:
        """Go on to the next item; to other music where there is none."""
        due = self.state.due(now_us)
        if due is None or not self._has_next(now_us, due):
            return self._skip(now_us)
        fade_us = micros(self.settings.crossfade_s)
        skipped = ItemSkipped(t_us=now_us, activity=self.context.activity, item=due.item)
        return Step((cmd.SkipItem(owner=self.context.activity, fade_us=fade_us),), (skipped,))

    def _has_next(self, now_us: Micros, due: ProgrammeItem) -> bool:
        """Tell whether the engine has an item that may take the place of the one that is due."""
        state, programme = self.state, self.state.current(now_us)
        if programme is None or state.stands_still or state.turned.away:
            return False
        later = [item for item in programme.items if item.start_us > due.start_us]
        playable = any(item.item not in state.failed for item in later)
        return playable and programme.at_us <= now_us

    def _undo(self, now_us: Micros) -> Step:
        """Take back what came last: silence, other music, or a lead."""
        state = self.state
        if state.turned.away:
            return self._back(now_us)
        lead = state.led.asked
        if state.left is not None and (lead is None or lead.led.t_us < state.left.t_us):
            before = None if state.stands_still else self._asking.left(now_us)
            if before is not None:
                return self._instead(before)
        return self._steering.undo(now_us)

    def _turn(self, now_us: Micros, to: Source, title: str = "") -> Step:
        """Turn to silence or to music in the room; from it back to the programme."""
        state = self.state
        if state.turned.source == to:
            return self._back(now_us)
        stands = state.held_since is not None or state.quiet
        if to == "silence" and (stands or not self._plays):
            return NOTHING
        stop = cmd.StopProgramme(owner=self.context.activity, fade_us=STOP_FADE_US)
        held = state.held_since is not None and state.planned
        commands: tuple[cmd.Command, ...] = self._end_held if held else (stop,)
        return Step(commands).then(self._room.turn(now_us, to, title))

    def _back(self, now_us: Micros) -> Step:
        """Turn back to the programme, where its arc is now."""
        turned = self._room.turn(now_us, "programme")
        if self._asking.over(now_us):
            said = ev.Noticed(t_us=now_us, topic="sound", message="The music's time is over.")
            return turned.then(Step(events=(said,)))
        return turned.then(self._plan(now_us, "back", at_us=self._asking.lead(now_us)))

    def _again(self, now_us: Micros, why: Why = "again") -> Step:
        """Begin again where the arc stood still."""
        first = () if self.state.quiet else self._end_held
        return self._plan(now_us, why, at_us=self._asking.lead(now_us), first=first)

    def _send_again(self, now_us: Micros, *, missed_us: int) -> Step:
        """Ask a fresh engine for what should sound now; held music goes on where it was held."""
        if self.state.turned.away:
            return self._room.pulse_again(now_us)
        event = self._asking.same_again(now_us, missed_us=missed_us)
        return NOTHING if event is None else Step((play(event),), (event,))


def restore(
    settings: ListeningSettings, context: ActivityContext, events: Sequence[Event]
) -> Listening:
    """Make listening as it stood after a session's events."""
    listening = Listening(settings, context)
    own = [
        place
        for place, event in enumerate(events)
        if isinstance(event, ev.ActivityStarted) and event.activity == context.activity
    ]
    for event in events[own[0] if own else 0 :]:
        listening.state.apply(event)
    return listening
