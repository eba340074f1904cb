"""Whose notes are whose: by port, channel and range of keys."""

import msgspec

from mtsession.activities.improvisation.events import KnownPort
from mtsession.activities.improvisation.note import Channel
from mtsession.activities.improvisation.settings import PlayerSettings


class Seating:
    """Players and ports, and which notes belong to whom.

    Parameters
    ----------
    players : tuple of PlayerSettings
        Those who are named; a note that fits none of them belongs to a further player.

    Attributes
    ----------
    ports : dict of int to KnownPort
        Every port met, by its number.
    players : list of PlayerSettings
        Those named, then one for each further port in the order they were met.
    """

    def __init__(self, players: tuple[PlayerSettings, ...] = ()) -> None:
        self._own: dict[tuple[str, int], int] = {}
        self._seats: dict[tuple[Channel, int | None], tuple[int, ...]] = {}
        self._named = len(players)
        self.ports: dict[int, KnownPort] = {}
        self.players: list[PlayerSettings] = list(players)

    def assign(self, players: tuple[PlayerSettings, ...], ports: tuple[KnownPort, ...]) -> None:
        """Take players and ports as they were when it was said; what came before is part of it."""
        self._named = len(players)
        self._own.clear()
        self._seats.clear()
        self.players = list(players)
        self.ports = {port.port: port for port in ports}
        self._seat_ports()

    def open(self, number: int, name: str) -> None:
        """Know a port as open; after the engine's restart numbers may name other ports."""
        known = self.ports.get(number)
        if known is not None and known.name == name:
            place = known.place
        else:
            taken = {
                port.place
                for port in self.ports.values()
                if port.name == name and port.open and port.port != number
            }
            place = next(free for free in range(len(taken) + 1) if free not in taken)
            self._seats.clear()
        self.ports[number] = KnownPort(port=number, name=name, open=True, place=place)
        self._seat_ports()

    def close(self, numbers: list[int]) -> None:
        """Know ports as gone."""
        for number in numbers:
            if (known := self.ports.get(number)) is not None:
                self.ports[number] = msgspec.structs.replace(known, open=False)

    def of(self, channel: Channel, pitch: int | None) -> tuple[int, ...]:
        """Give the player whom a key belongs to; all who share an instrument for its pedals."""
        seats = self._seats.get((channel, pitch))
        if seats is None:
            seats = self._seats[channel, pitch] = self._find_seats(channel, pitch)
        return seats

    def ports_of(self, player: int) -> list[KnownPort]:
        """Give the ports met that a player's notes may come from."""
        if player < self._named:
            return [port for port in self.ports.values() if player in self._candidates(port)]
        return [
            port for port in self.ports.values() if self._own.get((port.name, port.place)) == player
        ]

    def _seat_ports(self) -> None:
        """Where no one is named, let every port be a player even before it plays."""
        if not self._named:
            for port in self.ports.values():
                self._own_seat(port)

    def _find_seats(self, channel: Channel, pitch: int | None) -> tuple[int, ...]:
        port = self.ports[channel[0]]
        fits = [
            seat
            for seat in self._candidates(port)
            if self.players[seat].channel in (None, channel[1] + 1)
        ]
        if pitch is not None:
            fits = [seat for seat in fits if self.players[seat].has_key(pitch)][:1]
            return tuple(fits) or (self._own_seat(port),)
        alone = next((i for i, seat in enumerate(fits) if not self.players[seat].shares_keys), None)
        fits = fits if alone is None else fits[: alone + 1]
        own = self._own.get((port.name, port.place))
        if own is not None and own not in fits:
            fits.append(own)
        return tuple(fits) or (self._own_seat(port),)

    def _own_seat(self, port: KnownPort) -> int:
        """Give the further player whom a port belongs to where no one named has it."""
        seat = self._own.get((port.name, port.place))
        if seat is None:
            seat = self._own[port.name, port.place] = len(self.players)
            self.players.append(PlayerSettings(name=f"Player {seat + 1}"))
            self._seats.clear()
        return seat

    def _candidates(self, port: KnownPort) -> list[int]:
        """Give the named players who may play on a port; its whole name goes before a part."""
        named = self.players[: self._named]
        fits = [seat for seat, player in enumerate(named) if _fits(player, port)]
        whole = any(_is_named(named[seat], port) for seat in fits)
        return [
            seat
            for seat in fits
            if not whole or named[seat].port is None or _is_named(named[seat], port)
        ]


def _fits(player: PlayerSettings, port: KnownPort) -> bool:
    named = player.port is None or player.port.casefold() in port.name.casefold()
    return named and player.place in (None, port.place)


def _is_named(player: PlayerSettings, port: KnownPort) -> bool:
    return player.port is not None and player.port.casefold() == port.name.casefold()
