"""Improvisation as an activity: takes begin, stand still and end; notes are what others play."""

from collections.abc import Sequence

from mtsession.activities.improvisation.assigning import Asking
from mtsession.activities.improvisation.ensemble import Ensemble, fold
from mtsession.activities.improvisation.events import (
    PlayersAssigned,
    TakeEnded,
    TakePaused,
    TakeResumed,
    TakeStarted,
)
from mtsession.activities.improvisation.log import EventLog, settled
from mtsession.activities.improvisation.metrics.basics import FEWEST_IOIS, SILENT
from mtsession.activities.improvisation.metrics.live import warm_up
from mtsession.activities.improvisation.metrics.value import TOO_FEW
from mtsession.activities.improvisation.parts import ROLL_US, Part
from mtsession.activities.improvisation.settings import ImprovisationSettings
from mtsession.activities.improvisation.so_far import SoFar
from mtsession.activities.improvisation.to_music import Surroundings
from mtsession.activities.improvisation.voicing import Voicing
from mtsession.activities.improvisation.words import duration, pitch_name
from mtsession.protocol.views import ImprovisationView, PlayerView, RollNote
from mtsession.session.activity import NOTHING, ActivityContext, Step
from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason, MarkerPlaced, MidiReceived, Undone
from mtsession.timeline.units import Micros

NO_PORTS = "No MIDI keyboard is plugged in; the computer's keys can play notes."
TOO_LONG = "So much was played that players cannot be told apart anew."
STUCK_US = 60_000_000


class Improvisation:
    """Keeps the takes of one improvisation.

    A take starts with the activity. Notes count between a take's start and its
    end; what is played outside of takes stays in the record all the same.

    Parameters
    ----------
    settings : ImprovisationSettings
        Who plays.
    context : ActivityContext
        The activity's number.
    """

    def __init__(self, settings: ImprovisationSettings, context: ActivityContext) -> None:
        self._settings = settings
        self._activity = context.activity
        self._log = EventLog()
        self._marks: dict[int, tuple[Micros, str]] = {}
        self._asking: Asking | None = None
        self._assigned = False
        self._voicing = Voicing(context.activity)
        self.ensemble = Ensemble(context.activity, settings.players)
        self.so_far = SoFar()
        self._around = Surroundings()
        warm_up()

    def start(self, now_us: Micros) -> Step:
        """Say who plays and begin the first take."""
        assigned = PlayersAssigned(
            t_us=now_us,
            activity=self._activity,
            players=self._settings.players,
            ports=tuple(self.ensemble.ports.values()),
        )
        step = Step(events=(assigned, self._next_take(now_us)))
        voice = self._settings.voice
        return step if voice is None else step.then(self._voicing.choose(now_us, voice))

    def handle(self, event: Event) -> Step:
        """Take in an event; a note may be the answer to who plays what."""
        self._log.add(event)
        self._around.take_in(event)
        if isinstance(event, MarkerPlaced):
            self._marks[event.marker] = (event.t_us, event.label)
        elif isinstance(event, Undone) and event.undoes == "marker":
            self._marks.pop(event.number, None)
        again = isinstance(event, PlayersAssigned) and event.activity == self._activity
        if again and self._assigned:
            self.ensemble = fold(self._activity, self._log)
            self.so_far = SoFar()
            return NOTHING
        self._assigned |= again
        voiced = self._voicing.handle(event)
        self.ensemble.take_in(event)
        if self._asking is not None and isinstance(event, MidiReceived):
            self._hear(self._asking, event)
        return voiced

    def take_up(self, events: Sequence[Event]) -> None:
        """Take in many events at once; players are those that were said last."""
        for event in settled(self._activity, events):
            self.handle(event)

    def tick(self, now_us: Micros) -> Step:  # noqa: ARG002 - the protocol gives the time
        """Do nothing: time alone changes no take."""
        return NOTHING

    def pause(self, now_us: Micros) -> Step:
        """Let the take stand still."""
        take = self.ensemble.take
        if take is None or take.paused_us is not None:
            return NOTHING
        paused = TakePaused(t_us=now_us, activity=self._activity, take=take.number)
        return Step(events=(paused,))

    def resume(self, now_us: Micros) -> Step:
        """Let the take go on."""
        take = self.ensemble.take
        if take is None or take.paused_us is None:
            return NOTHING
        resumed = TakeResumed(t_us=now_us, activity=self._activity, take=take.number)
        return Step(events=(resumed,))

    def stop(self, now_us: Micros, reason: EndReason) -> Step:
        """End the take that goes on."""
        return self._end_take(now_us, reason)

    def act(self, now_us: Micros, action: str) -> Step:
        """Start or end a take, ask who plays what (`players`), or take the next voice."""
        if action == "players":
            return self._ask(now_us)
        if action == "voice":
            return self._voicing.next(now_us)
        if action != "take":
            return NOTHING
        if self.ensemble.take is not None:
            return self._end_take(now_us, "by hand")
        return Step(events=(self._next_take(now_us),))

    def view(self, now_us: Micros) -> ImprovisationView:
        """Give the take as it stands, or the last one as it ended.

        What this costs does not grow with the take.
        """
        self.so_far.advance(self.ensemble, self._around, now_us)
        takes = self.ensemble.takes
        take = takes[-1] if takes else None
        at = now_us if take is None else Micros(take.at(now_us))
        parts = {} if take is None else dict(sorted(take.parts.items()))
        from_us = Micros(max(0, at - ROLL_US))
        ports = tuple(port.name for port in self.ensemble.ports.values() if port.open)
        return ImprovisationView(
            take=take.number if take is not None and take.running else None,
            elapsed_us=Micros(0 if take is None else take.elapsed_us(now_us)),
            players=tuple(self._player(player, part, at) for player, part in parts.items()),
            roll=tuple(
                note for player, part in parts.items() for note in _roll(player, part, from_us)
            ),
            roll_from_us=from_us,
            roll_to_us=at,
            ports=ports,
            message=self._message(ports, at),
            played=self.so_far.shown,
            marks=tuple(self._marks.values()),
            voice=self._voicing.words,
        )

    def client_view(self, now_us: Micros) -> None:  # noqa: ARG002 - the protocol gives the time
        """Show the client nothing: their own playing needs no screen."""
        return

    def _next_take(self, now_us: Micros) -> TakeStarted:
        takes = self.ensemble.takes
        number = takes[-1].number + 1 if takes else 1
        return TakeStarted(t_us=now_us, activity=self._activity, take=number)

    def _end_take(self, now_us: Micros, reason: EndReason) -> Step:
        take = self.ensemble.take
        if take is None:
            return NOTHING
        ended = TakeEnded(t_us=now_us, activity=self._activity, take=take.number, reason=reason)
        return Step(events=(ended,))

    def _player(self, player: int, part: Part, at_us: int) -> PlayerView:
        """Give one player's live figures, or why there are none yet."""
        tally, at_us = part.tally, part.at(at_us)
        enough = len(tally.intervals) >= FEWEST_IOIS
        mean = tally.intervals.mean_us() if enough else None
        fixed = enough and not tally.velocity.n
        reason = "" if enough else TOO_FEW if tally.notes else SILENT
        if not tally.capturing:
            reason = "unplugged"
        elif fixed:
            reason = "velocity is fixed by the computer's keys"
        return PlayerView(
            player=player + 1,
            name=self.ensemble.players[player].name,
            notes=tally.notes,
            density_per_s=tally.density_per_s(at_us) if enough else None,
            active_share=tally.active_share(at_us) if enough else None,
            ioi_mean_ms=None if mean is None else mean / 1000,
            ioi_cv=tally.intervals.cv() if enough else None,
            velocity=tally.velocity.ends() if enough else None,
            pitch=tally.pitch.ends() if enough else None,
            reason=reason,
        )

    def _ask(self, now_us: Micros) -> Step:
        """Begin to ask who plays what; asked again, take what was said so far."""
        if self._asking is None:
            self._asking = Asking()
            return NOTHING
        asked, self._asking = self._asking, None
        if not asked.answered or self._log.full:
            return NOTHING
        assigned = PlayersAssigned(
            t_us=now_us,
            activity=self._activity,
            players=asked.players(),
            ports=tuple(self.ensemble.ports.values()),
        )
        return Step(events=(assigned,))

    def _hear(self, asking: Asking, event: MidiReceived) -> None:
        """Let a note answer who plays what."""
        if len(event.data) == 3 and event.data[0] & 0xF0 == 0x90 and event.data[2]:
            port = self.ensemble.ports[event.port]
            asking.hear(port, event.data[0] & 0x0F, event.data[1])

    def _message(self, ports: tuple[str, ...], at_us: int) -> str:
        take = self.ensemble.take
        if self._asking is not None:
            return TOO_LONG if self._log.full else self._asking.prompt
        if take is None and self.ensemble.takes:
            return f"Take {self.ensemble.takes[-1].number} has ended."
        if take is None:
            return "No take is running."
        if take.paused_us is not None:
            return "The take is paused."
        for player, part in sorted(take.parts.items()):
            held = part.pairing.longest_held
            if held is not None and at_us - held.start_us >= STUCK_US:
                name, long = self.ensemble.players[player].name, duration(at_us - held.start_us)
                return f"{name}: {pitch_name(held.pitch)} has been down for {long}."
        return "" if ports else NO_PORTS


def restore(
    settings: ImprovisationSettings, context: ActivityContext, events: Sequence[Event]
) -> Improvisation:
    """Give the improvisation as it stood after the given events of its session."""
    improvisation = Improvisation(settings, context)
    improvisation.take_up(events)
    return improvisation


def _roll(player: int, part: Part, from_us: int) -> list[RollNote]:
    return [
        RollNote(
            player=player + 1,
            pitch=note.pitch,
            velocity=note.velocity,
            start_us=Micros(note.start_us),
            end_us=None if note.end_us is None else Micros(note.end_us),
        )
        for note in part.roll.notes(from_us)
    ]
