"""Listening at work: asks for music in time, and answers to what becomes of it."""

import math
from collections.abc import Sequence

import msgspec

from mtsession.activities.listening.events import (
    ListeningFailed,
    ListeningHeld,
    ListeningReleased,
    ProgrammePlanned,
    Why,
)
from mtsession.activities.listening.settings import LEAD_US, ListeningSettings
from mtsession.activities.listening.state import ListeningState, name_of
from mtsession.errors import MusicError
from mtsession.protocol import commands as cmd
from mtsession.protocol.sources import ProgrammeItem
from mtsession.protocol.views import ListeningView
from mtsession.session.activity import NOTHING, ActivityContext, Step
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.units import SECOND, Micros, micros

GRAIN_US = 250_000
"""Programmes start on multiples of it, so that live and offline agree on the frame."""

AHEAD_US = 30 * SECOND
"""How long before its start the next round is asked for."""

LONGEST_WAIT_US = 2 * SECOND
"""How long other music may wait for a downbeat; a beat is soon enough after that."""

RESTART_FADE_US = Micros(2 * SECOND)
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

    def start(self, now_us: Micros) -> Step:
        """Ask for the programme, a lead ahead so that its first blocks are ready."""
        return self._plan(now_us, "start", at_us=_grain(now_us + LEAD_US))

    def handle(self, event: Event) -> Step:
        """Take in an event; ask anew for music that the engine no longer knows of."""
        was_held = self.state.held_since is not None
        self.state.apply(event)
        if self.state.ended:
            return NOTHING
        if isinstance(event, ev.EngineStarted) and self.state.lost and not self._held:
            return self._send_again(event.t_us)
        if was_held and not self.state.stands_still:
            return self._reschedule(event)
        return NOTHING

    def tick(self, now_us: Micros) -> Step:
        """Replace what failed, go round, or end when the music is over."""
        state, programme = self.state, self.state.current(now_us)
        if programme is None or state.ended or state.stands_still:
            return NOTHING
        due = state.due(now_us)
        if due is not None and due.item in state.failed:
            return self._plan(now_us, "failed", at_us=_grain(now_us + LEAD_US))
        position = state.position_us(now_us)
        if programme.next_us is not None:
            soon = position >= programme.next_us - AHEAD_US and programme is state.planned[-1]
            return self._next_round(now_us, programme, programme.next_us) if soon else NOTHING
        outlives = self.context.planned_us is None or self.settings.runs_on
        if outlives and position > programme.duration_us + SECOND:
            over = ev.ActivityEnded(t_us=now_us, activity=self.context.activity, reason="planned")
            return Step(events=(over,))
        return NOTHING

    def pause(self, now_us: Micros) -> Step:  # noqa: ARG002 - the contract's signature
        """Hold the music with the session."""
        if self.state.held_by_hand or self.state.quiet or not self.state.planned:
            return NOTHING
        return Step(commands=(cmd.PauseMusic(),))

    def resume(self, now_us: Micros) -> Step:
        """Go on with the session; after quiet or a restart the music is asked for anew."""
        if self.state.quiet:
            return self._again(now_us)
        if self.state.held_by_hand or not self.state.planned:
            return NOTHING
        if self.state.lost:
            return self._send_again(now_us)
        return Step(commands=(cmd.ResumeMusic(),))

    def stop(self, now_us: Micros, reason: ev.EndReason) -> Step:  # noqa: ARG002 - the contract's signature
        """Fade the music; when music follows, it fades in over this."""
        planned = reason == "planned"
        fade_us = micros(self.settings.crossfade_s) if planned else STOP_FADE_US
        if self.state.held_since is not None:
            # What is held cannot fade; the hold itself must not outlive this music.
            stop = cmd.StopProgramme(owner=self.context.activity, fade_us=Micros(0))
            return Step(commands=(stop, cmd.ResumeMusic(fade_us=Micros(0))))
        return Step(commands=(cmd.StopProgramme(owner=self.context.activity, fade_us=fade_us),))

    def act(self, now_us: Micros, action: str) -> Step:
        """Do "skip" (other music, the arc goes on) or "hold" (hold the music, let it go on)."""
        state = self.state
        able = not state.ended and not state.session_paused and bool(state.planned)
        if able and action == "skip":
            return self._skip(now_us)
        if able and action == "hold":
            return (
                self._release(now_us) if state.held_by_hand or state.quiet else self._hold(now_us)
            )
        return NOTHING

    def view(self, now_us: Micros) -> ListeningView:
        """Show what sounds against the arc."""
        return view_of(self.settings, self.context, self.state, now_us)

    def client_view(self, now_us: Micros) -> msgspec.Struct | None:  # noqa: ARG002 - the contract's signature
        """Show the client nothing: music needs no screen."""
        return None

    def _hold(self, now_us: Micros) -> Step:
        held = ListeningHeld(t_us=now_us, activity=self.context.activity)
        return Step((cmd.PauseMusic(),), (held,))

    def _release(self, now_us: Micros) -> Step:
        if self.state.quiet:
            return self._again(now_us)
        if self.state.lost:
            return self._send_again(now_us)
        released = ListeningReleased(t_us=now_us, activity=self.context.activity)
        return Step((cmd.ResumeMusic(),), (released,))

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
        """Plan from where the arc will be at `at_us`, and ask for it."""
        state = self.state
        before = state.current(now_us)
        begun = state.position_us(now_us) > 0 and before is not None
        wait = 0 if state.held_since is not None else at_us - now_us
        arc_from = Micros(state.arc_position_us(now_us) + wait) if begun else Micros(0)
        skipped = before.skipped if before else 0
        if why in {"skip", "failed"}:
            skipped += 1
        try:
            programme = self.settings.programme(
                planned_us=self.context.planned_us,
                first_number=state.next_number,
                seed=self.context.seed + skipped,
                from_us=arc_from,
                queue=self._queue(now_us, why),
            )
        except MusicError as error:
            failed = ListeningFailed(
                t_us=now_us,
                activity=self.context.activity,
                message=error.message,
                hint=error.hint,
            )
            return Step(events=(failed,))
        overlaps = why == "skip" and not state.stands_still
        fade_s = self.settings.crossfade_s if overlaps else self.settings.fade_in_s
        event = ProgrammePlanned(
            t_us=now_us,
            activity=self.context.activity,
            why=why,
            round=before.round if before else 0,
            at_us=at_us,
            position_us=Micros(0),
            arc_from_us=arc_from,
            items=programme.items,
            duration_us=programme.duration_us,
            next_us=programme.next_us if self._goes_round else None,
            fade_in_us=micros(fade_s),
            skipped=skipped,
            notes=programme.notes,
        )
        return Step((*first, _asking_for(event)), (event,))

    @property
    def _goes_round(self) -> bool:
        return self.settings.goes_round(self.context.planned_us)

    def _queue(self, now_us: Micros, why: Why) -> tuple[str, ...] | None:
        """Give the pieces or files that may follow, in order; None where the plan decides."""
        programme, due = self.state.current(now_us), self.state.due(now_us)
        if programme is None or why == "round":
            listed = self.settings.pieces or tuple(track.file for track in self.settings.track)
            whole = tuple(name for name in listed if name not in self.state.spoilt)
            return None if whole == listed else whole
        names = [name_of(item) for item in programme.items]
        place = programme.items.index(due) if due is not None else 0
        if why == "again":
            wanted = names[place:]
        else:
            other = [name for name in names if name != names[place]]
            wanted = names[place + 1 :] or other or names
        return tuple(dict.fromkeys(name for name in wanted if name not in self.state.spoilt))

    def _next_round(self, now_us: Micros, before: ProgrammePlanned, next_us: Micros) -> Step:
        """Ask for the next round at the exact time that this one hands over."""
        number = before.round + 1
        programme = self.settings.programme(
            planned_us=self.context.planned_us,
            first_number=self.state.next_number,
            seed=self.context.seed + 100 * number,
            queue=self._queue(now_us, "round"),
        )
        event = ProgrammePlanned(
            t_us=now_us,
            activity=self.context.activity,
            why="round",
            round=number,
            at_us=Micros(before.at_us - before.position_us + next_us),
            position_us=Micros(0),
            arc_from_us=Micros(0),
            items=programme.items,
            duration_us=programme.duration_us,
            next_us=programme.next_us,
            fade_in_us=micros(self.settings.crossfade_s),
            notes=programme.notes,
        )
        return Step((_asking_for(event),), (event,))

    def _reschedule(self, event: Event) -> Step:
        """After a hold, ask again for a round that has not begun: its time has moved."""
        ahead = [each for each in self.state.planned if each.at_us > event.t_us]
        if len(self.state.planned) < 2 or not ahead:
            return NOTHING
        moved = msgspec.structs.replace(ahead[-1], t_us=event.t_us)
        return Step((_asking_for(moved),), (moved,))

    def _skip(self, now_us: Micros) -> Step:
        """Go over to other music along the same arc."""
        if self.state.stands_still:
            return self._again(now_us, "skip")
        return self._plan(now_us, "skip", at_us=self._soon(now_us))

    def _again(self, now_us: Micros, why: Why = "again") -> Step:
        """Begin again where the arc stood still."""
        # A hold that came with the quiet would hold the new music too.
        release = cmd.ResumeMusic(fade_us=Micros(0))
        return self._plan(now_us, why, at_us=_grain(now_us + LEAD_US), first=(release,))

    def _soon(self, now_us: Micros) -> Micros:
        """Give the next downbeat, or beat, or moment, that other music may begin on."""
        earliest = Micros(now_us + LEAD_US)
        grid = self.state.grid()
        if grid is None:
            return _grain(earliest)
        downbeat = grid.time_of(grid.next_downbeat(earliest))
        if downbeat - earliest <= LONGEST_WAIT_US:
            return downbeat
        return grid.time_of(grid.next_beat(earliest))

    def _send_again(self, now_us: Micros) -> Step:
        """Ask a fresh engine for what should sound now, under new numbers."""
        programme = self.state.current(now_us)
        if programme is None:
            return NOTHING
        at_us = _grain(now_us + LEAD_US)
        held = self.state.held_since is not None
        position = self.state.position_us(now_us) + (0 if held else at_us - now_us)
        if position >= programme.duration_us and programme.next_us is None:
            return NOTHING
        event = msgspec.structs.replace(
            programme,
            t_us=now_us,
            why="restart",
            at_us=at_us,
            position_us=Micros(position),
            items=_renumbered(programme.items, self.state.next_number),
            fade_in_us=RESTART_FADE_US,
            notes=(),
        )
        return Step((_asking_for(event),), (event,))


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


def view_of(
    settings: ListeningSettings, context: ActivityContext, state: ListeningState, now_us: Micros
) -> ListeningView:
    """Give what a panel shows of listening at a time."""
    programme, heard = state.current(now_us), state.heard
    items = programme.items if programme else ()
    places = [item.item for item in items]
    shown = heard or state.due(now_us)
    place = places.index(shown.item) if shown and shown.item in places else 0
    tempo, grid = settings.tempo, state.grid()
    position = state.arc_position_us(now_us)
    planned_us = settings.length_us(context.planned_us)
    if context.planned_us is not None and not settings.runs_on:
        planned_us = context.planned_us
    if planned_us is None:
        planned_us = programme.duration_us if programme else Micros(0)
    moving = grid is not None and heard is not None and state.held_since is None
    beat_in_bar = heard_bpm = None
    if grid is not None and moving:
        heard_bpm = grid.bpm_at(now_us)
        if grid.beats_per_bar is not None:
            beat = math.floor(grid.beat_at(now_us) + 1e-9)
            beat_in_bar = (beat - grid.downbeat) % grid.beats_per_bar + 1
    arc = tuple((point.t_us, float(point.bpm)) for point in tempo.points) if tempo else ()
    return ListeningView(
        title=heard.title if heard else None,
        next_title=items[place + 1].title if place + 1 < len(items) else None,
        heard_bpm=heard_bpm,
        planned_bpm=float(tempo.bpm_at(position)) if tempo else None,
        item=place + 1 if items else 0,
        items=len(items),
        elapsed_us=position,
        planned_us=planned_us,
        beat_in_bar=beat_in_bar,
        beats_per_bar=grid.beats_per_bar if grid else None,
        paused=state.held_since is not None and not state.quiet,
        arc=arc,
        message=state.message,
    )


def _grain(t_us: int) -> Micros:
    """Give the nearest time that programmes start on."""
    return Micros((t_us + GRAIN_US // 2) // GRAIN_US * GRAIN_US)


def _asking_for(event: ProgrammePlanned) -> cmd.PlayProgramme:
    return cmd.PlayProgramme(
        owner=event.activity,
        items=event.items,
        at_us=event.at_us,
        position_us=event.position_us,
        fade_in_us=event.fade_in_us,
    )


def _renumbered(items: Sequence[ProgrammeItem], first: int) -> tuple[ProgrammeItem, ...]:
    """Give items and grids fresh numbers: a fresh engine counts its revisions from 0."""
    return tuple(
        msgspec.structs.replace(
            item, item=first + place, grid=None if item.grid is None else first + place
        )
        for place, item in enumerate(items)
    )
