"""Improvisation as an activity: takes begin, stand still and end; notes are what others play."""

from collections.abc import Sequence

from mtsession.activities.improvisation.ensemble import Ensemble
from mtsession.activities.improvisation.events import (
    PlayersAssigned,
    TakeEnded,
    TakePaused,
    TakeResumed,
    TakeStarted,
)
from mtsession.activities.improvisation.metrics.tallied import FEWEST_IOIS, SILENT, TOO_FEW
from mtsession.activities.improvisation.parts import ROLL_US, Part
from mtsession.activities.improvisation.settings import ImprovisationSettings
from mtsession.protocol.views import ImprovisationView, PlayerView, RollNote
from mtsession.session.activity import NOTHING, ActivityContext, Step
from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason
from mtsession.timeline.units import Micros

NO_PORTS = "No MIDI keyboard is plugged in; the computer's keys can play notes."


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
        self.ensemble = Ensemble(context.activity, settings.players)

    def start(self, now_us: Micros) -> Step:
        """Say who plays and begin the first take."""
        assigned = PlayersAssigned(
            t_us=now_us,
            activity=self._activity,
            players=self._settings.players,
            ports=tuple(self.ensemble.ports.values()),
        )
        return Step(events=(assigned, self._next_take(now_us)))

    def handle(self, event: Event) -> Step:
        """Take in an event; notes ask for nothing in return."""
        self.ensemble.take_in(event)
        return NOTHING

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
        """Start or end a take (`take`)."""
        if action != "take":
            return NOTHING
        if self.ensemble.take is not None:
            return self._end_take(now_us, "by hand")
        return Step(events=(self._next_take(now_us),))

    def view(self, now_us: Micros) -> ImprovisationView:
        """Give the take as it stands, or the last one as it ended.

        What this costs does not grow with the take.
        """
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
            message=self._message(ports),
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
        fixed = enough and tally.fixed_velocity and not tally.velocity.n
        reason = "" if enough else TOO_FEW if tally.notes else SILENT
        if not tally.capturing:
            reason = "unplugged"
        elif fixed:
            reason = "velocity is fixed by the computer's keys"
        return PlayerView(
            player=player,
            name=self.ensemble.players[player].name,
            notes=tally.notes,
            density_per_s=tally.density_per_s(at_us) if enough else None,
            active_share=tally.active_share(at_us) if enough else None,
            ioi_mean_ms=tally.intervals.mean_ms() if enough else None,
            ioi_cv=tally.intervals.cv() if enough else None,
            velocity=tally.velocity.ends() if enough else None,
            pitch=tally.pitch.ends() if enough else None,
            reason=reason,
        )

    def _message(self, ports: tuple[str, ...]) -> str:
        take = self.ensemble.take
        if take is None and self.ensemble.takes:
            return f"Take {self.ensemble.takes[-1].number} has ended."
        if take is None:
            return "No take is running."
        if take.paused_us is not None:
            return "The take is paused."
        return "" if ports else NO_PORTS


def restore(
    settings: ImprovisationSettings, context: ActivityContext, events: Sequence[Event]
) -> Improvisation:
    """Give the improvisation as it stood after the given events of its session."""
    improvisation = Improvisation(settings, context)
    for event in events:
        improvisation.handle(event)
    return improvisation


def _roll(player: int, part: Part, from_us: int) -> list[RollNote]:
    return [
        RollNote(
            player=player,
            pitch=note.pitch,
            velocity=note.velocity,
            start_us=Micros(note.start_us),
            end_us=None if note.end_us is None else Micros(note.end_us),
        )
        for note in part.roll.notes(from_us)
    ]
