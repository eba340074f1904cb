"""The improvisation as it stands: players, ports and takes, from events alone.

One fold serves the live screen, the restored session and the summary, which is
why they agree. A take's end and pauses are marks in time, not orders to forget:
a note stamped before the mark that arrives after it still counts.
"""

from collections.abc import Callable, Iterable

from mtsession.activities.improvisation.events import (
    KnownPort,
    PlayersAssigned,
    TakeEnded,
    TakePaused,
    TakeResumed,
    TakeStarted,
)
from mtsession.activities.improvisation.log import settled
from mtsession.activities.improvisation.note import Channel
from mtsession.activities.improvisation.parts import Part, Take
from mtsession.activities.improvisation.seating import Seating
from mtsession.activities.improvisation.settings import PlayerSettings
from mtsession.timeline.event import Event
from mtsession.timeline.events import (
    ActivityEnded,
    ClockAnchored,
    EngineLost,
    MidiReceived,
    PortLost,
    PortOpened,
    SessionEnded,
    SessionStarted,
)

COMPUTER_KEYS = "Computer keys"
OF_ONE_KEY = frozenset({0x80, 0x90, 0xA0})

RowKeeper = Callable[[int, int, int, bytes], None]
"""Told of each message that counts: take, player, time, message."""


class Ensemble:
    """Players, ports and takes of one improvisation.

    Parameters
    ----------
    activity : int
        Whose events these are.
    players : tuple of PlayerSettings
        Who plays, until `PlayersAssigned` says so.
    keep_row : callable, optional
        Told of each message that counts in a take.

    Attributes
    ----------
    seating : Seating
        Ports and players, and whose notes are whose.
    takes : list of Take
        In order; the last may go on.
    """

    def __init__(
        self,
        activity: int,
        players: tuple[PlayerSettings, ...] = (),
        keep_row: RowKeeper | None = None,
    ) -> None:
        self._activity = activity
        self._keep_row = keep_row
        self._last_us = 0
        self.seating = Seating(players)
        self.takes: list[Take] = []

    @property
    def ports(self) -> dict[int, KnownPort]:
        """Give every port met, by its number."""
        return self.seating.ports

    @property
    def players(self) -> list[PlayerSettings]:
        """Give those named, then one for each further port in the order they were met."""
        return self.seating.players

    @property
    def take(self) -> Take | None:
        """Give the take that goes on."""
        return self.takes[-1] if self.takes and self.takes[-1].running else None

    def take_in(self, event: Event) -> None:
        """Take in an event of the session; those of no concern change nothing."""
        match event:
            case MidiReceived():
                self._play(event)
            case PortOpened():
                self._open(event.port, event.name, event.t_us)
            case PortLost():
                self._lose([event.port], event.t_us)
            case EngineLost():
                self._lose(list(self.ports), event.t_us)
            case ClockAnchored(why="resume" | "wake"):
                self._miss(self._last_us, event.t_us)
            case SessionEnded():
                self._end_take(event.t_us)
            case SessionStarted():
                self._begin_again()
            case _ if getattr(event, "activity", None) == self._activity:
                self._take_in_own(event)
        self._last_us = max(self._last_us, event.t_us)

    def _take_in_own(self, event: Event) -> None:
        """Take in what happened to this improvisation itself."""
        match event:
            case PlayersAssigned():
                self.seating.assign(event.players, event.ports)
            case TakeStarted():
                self._begin_take(event.take, event.t_us)
            case TakePaused():
                self._stand(event.t_us)
            case TakeResumed():
                self._go_on(event.t_us)
            case TakeEnded() | ActivityEnded():
                self._end_take(event.t_us)

    def port_names(self, player: int) -> tuple[str, ...]:
        """Name the ports met that a player's notes may come from."""
        return tuple(port.name for port in self.seating.ports_of(player))

    def let_go(self, take: Take, t_us: int) -> None:
        """End whatever a take still holds at a time, for a copy of it that stands alone."""
        for player, part in take.parts.items():
            self._cut(take, player, t_us, part.pairing.channels)

    def _open(self, number: int, name: str, t_us: int) -> None:
        self.seating.open(number, name)
        self._fill(t_us)

    def _lose(self, numbers: list[int], t_us: int) -> None:
        """End what sounds on ports that went away; their players' windows stand still."""
        self.seating.close(numbers)
        take = self.take
        if take is not None:
            for player, part in take.parts.items():
                channels = {channel for channel in part.pairing.channels if channel[0] in numbers}
                self._cut(take, player, take.at(t_us), channels)
        self._fill(t_us)

    def _begin_again(self) -> None:
        """After an interruption: the take ended where the record did, and no port is open."""
        self._end_take(self._last_us)
        self._lose(list(self.ports), self._last_us)

    def _fill(self, t_us: int) -> None:
        """Give each player a part in the take, open while a port can bring notes."""
        take = self.take
        if take is None:
            return
        for player in range(len(self.players)):
            part = self._part(take, player)
            ports = self.seating.ports_of(player)
            if ports and not any(port.open for port in ports):
                part.halt(take.at(t_us))
            elif take.paused_us is None:
                part.go_on(t_us)

    def _part(self, take: Take, player: int) -> Part:
        if player not in take.parts:
            take.parts[player] = Part(take)
        return take.parts[player]

    def _play(self, event: MidiReceived) -> None:
        """Let a message count where a take was running at its time."""
        known = self.ports.get(event.port)
        if known is None or not known.open:
            name = f"Port {event.port + 1}" if known is None else known.name
            self._open(event.port, name, event.t_us)
        take = self.takes[-1] if self.takes else None
        if take is None or not event.data:
            return
        if not take.receives(event.t_us):
            if take.running and event.data[0] & 0xF0 == 0x90 and event.data[-1]:
                take.outside += 1
            return
        of_one_key = event.data[0] & 0xF0 in OF_ONE_KEY and len(event.data) > 1
        pitch = event.data[1] if of_one_key else None
        for player in self.seating.of((event.port, event.data[0] & 0x0F), pitch):
            part = self._part(take, player)
            if self.ports[event.port].name == COMPUTER_KEYS:
                part.pairing.fixed_ports.add(event.port)
            part.pairing.take_in(event.port, event.data, event.t_us)
            if self._keep_row is not None:
                self._keep_row(take.number, player, event.t_us, event.data)

    def _cut(self, take: Take, player: int, t_us: int, channels: set[Channel]) -> None:
        """End what a player's channels hold, and count the keys that were down."""
        part = take.parts[player]
        keys, pedals = part.pairing.cut(t_us, channels)
        part.cut += len(keys)
        if self._keep_row is not None:
            at = part.pairing.now_us
            for note in keys:
                self._keep_row(
                    take.number, player, at, bytes([0x80 | note.channel[1], note.pitch, 0])
                )
            for (_, channel), pedal in pedals:
                self._keep_row(take.number, player, at, bytes([0xB0 | channel, pedal, 0]))

    def _begin_take(self, number: int, t_us: int) -> None:
        self._end_take(t_us)
        self.takes.append(Take(number, t_us))
        self._fill(t_us)

    def _end_take(self, t_us: int) -> None:
        if (take := self.take) is not None:
            take.ended_us = max(t_us, take.start_us)

    def _stand(self, t_us: int) -> None:
        if (take := self.take) is not None and take.paused_us is None:
            take.paused_us = max(t_us, take.from_us)

    def _go_on(self, t_us: int) -> None:
        """End what sounded when the take stood still, and count again from here."""
        take = self.take
        if take is None or take.paused_us is None:
            return
        for player, part in take.parts.items():
            self._cut(take, player, take.paused_us, part.pairing.channels)
            part.halt(take.paused_us)
        take.go_on(t_us)
        self._fill(t_us)

    def _miss(self, from_us: int, to_us: int) -> None:
        """Leave out a stretch in which the machine slept or the program was not there."""
        take = self.take
        if take is not None and take.paused_us is None:
            self._stand(from_us)
            self._go_on(to_us)


def fold(activity: int, events: Iterable[Event], keep_row: RowKeeper | None = None) -> Ensemble:
    """Give an improvisation as its events leave it, with the players that were said last."""
    ensemble = Ensemble(activity, keep_row=keep_row)
    for event in settled(activity, events):
        ensemble.take_in(event)
    return ensemble
