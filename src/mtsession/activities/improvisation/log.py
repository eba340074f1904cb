"""What an improvisation has heard, kept small, so that it can be gone over with other players."""

from array import array
from collections.abc import Iterable, Iterator
from typing import TypeGuard

import msgspec

from mtsession.activities.improvisation.events import PlayersAssigned
from mtsession.timeline.event import Event
from mtsession.timeline.events import MidiReceived
from mtsession.timeline.units import Micros

MOST_MESSAGES = 4_000_000


class EventLog:
    """Keeps events in order, a MIDI message in 14 bytes.

    Parameters
    ----------
    most : int
        How many MIDI messages it holds at most; `full` once there were more.
    """

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._times = array("q")
        self._ports = array("H")
        self._messages = array("I")
        self._others: list[tuple[int, Event]] = []
        self._most = most
        self.full = False

    def add(self, event: Event) -> None:
        """Keep an event."""
        if not isinstance(event, MidiReceived):
            self._others.append((len(self._times), event))
        elif len(self._times) >= self._most or event.port > 0xFFFF:
            self.full = True
        else:
            self._times.append(event.t_us)
            self._ports.append(event.port)
            self._messages.append(int.from_bytes(bytes([len(event.data)]) + event.data, "little"))

    def __iter__(self) -> Iterator[Event]:
        """Give the events as they came; messages without the driver's own time."""
        others = iter([*self._others, (len(self._times), None)])
        after, other = next(others)
        for index in range(len(self._times) + 1):
            while other is not None and after == index:
                yield other
                after, other = next(others)
            if index < len(self._times):
                packed = self._messages[index].to_bytes(4, "little")
                yield MidiReceived(
                    t_us=Micros(self._times[index]),
                    port=self._ports[index],
                    data=packed[1 : 1 + packed[0]],
                )


def settled(activity: int, events: Iterable[Event]) -> Iterator[Event]:
    """Give the events as if the players said last had been known from the beginning.

    Whose notes are whose is a finding, not something that happened at a time: notes played
    before it was said right belong to the same people.

    Parameters
    ----------
    events : iterable of Event
        Gone over twice.
    """

    def says_who(event: Event) -> TypeGuard[PlayersAssigned]:
        return isinstance(event, PlayersAssigned) and event.activity == activity

    said = [event for event in events if says_who(event)]
    first = True
    for event in events:
        if not says_who(event):
            yield event
        elif first:
            first = False
            yield msgspec.structs.replace(event, players=said[-1].players)
