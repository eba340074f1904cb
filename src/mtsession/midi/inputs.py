"""Every MIDI input of the machine, listened to and stamped, whatever is plugged in or pulled."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, NamedTuple

from mtsession.errors import MidiError
from mtsession.midi.capture import CaptureThread
from mtsession.midi.driver import Driver, PortName, find_driver
from mtsession.midi.reading import Arrived, PortReader, is_channel_message
from mtsession.timeline.event import Event
from mtsession.timeline.events import MidiReceived, Noticed, PortLost, PortOpened
from mtsession.timeline.units import Micros


class _Listed(NamedTuple):
    """A port in the system's list: its place there, and its place among those of its name."""

    at: int
    port: PortName


class _Slot:
    """A port that this session has met; its number stays when the port comes and goes."""

    def __init__(self, number: int, name: str) -> None:
        self.number = number
        self.name = name
        self.identity = ""
        self.reader: PortReader | None = None
        self.scripted = False
        self.met = False

    @property
    def open(self) -> bool:
        """Tell whether messages can arrive here."""
        return self.reader is not None or self.scripted


class MidiInputs:
    """Listens to every input port and gives what arrives as events.

    `open_all`, `poll` and `close` belong to one thread; `inject` may come from
    another, and messages are read on a thread of its own, never on the driver's:
    that one must not wait for the interpreter, or the system drops messages.

    Parameters
    ----------
    now_us : callable
        The time now, on the clock that events carry.
    emit : callable
        Takes each event; called from several threads, so it must only queue.

    Attributes
    ----------
    missing : tuple of (str, str) or None
        Where no port can be read at all: what is wrong, and the mend.

    Examples
    --------
    >>> events = []
    >>> inputs = MidiInputs(lambda: Micros(7), events.append)
    >>> inputs.inject("Computer keys", bytes([0x90, 60, 72]), Micros(7))
    >>> [type(event).__name__ for event in events]
    ['PortOpened', 'MidiReceived']
    """

    def __init__(self, now_us: Callable[[], Micros], emit: Callable[[Event], None]) -> None:
        self._now_us = now_us
        self._emit = emit
        self._driver: Driver | None = None
        self._lister: Any = None
        self._slots: list[_Slot] = []
        self._numbering = threading.Lock()
        self._reading = threading.Lock()
        self._capture: CaptureThread | None = None
        self._fault: str | None = None
        self._told: set[str] = set()
        self.missing: tuple[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Name the ports that are open now, in the order of their numbers."""
        return tuple(slot.name for slot in self._slots if slot.open)

    def open_all(self) -> None:
        """Open every input port there is; where MIDI is missing, say so once and go on."""
        if self._lister is not None:
            self.poll()
            return
        self.missing = None
        try:
            self._driver = find_driver()
            self._lister = self._driver.open_input()
        except MidiError as error:
            self.missing = (error.message, error.hint)
            self._tell(error.message, error.hint)
            return
        self._capture = CaptureThread(self.empty)
        self._match(self._list())

    def poll(self) -> None:
        """Find what was plugged in or pulled since; call it once a second.

        The driver says nothing when a port goes: only its name leaves the list.
        A port that comes back is opened anew under its old number.
        """
        if self._fault is not None:
            fault, self._fault = self._fault, None
            self._tell(
                f"A MIDI message could not be taken in ({fault}).", "Play on; look at the log."
            )
        for slot in self._slots:
            if slot.reader is not None and slot.reader.overflowed:
                self._tell(
                    f"Some of what was played on {slot.name} was lost: this computer was too busy.",
                    "Close other programs.",
                )
        if self._lister is not None:
            self._match(self._list())

    def inject(self, port_name: str, data: bytes, t_us: Micros) -> None:
        """Let a message arrive on a port of this name, as if it had been played there."""
        slot = self._scripted_slot(port_name)
        if is_channel_message(data):
            self._deliver(Arrived(t_us, slot.number, data, None))

    def empty(self) -> bool:
        """Read and tell what the driver has taken in since, in the order in which it came.

        Called every millisecond by a thread of its own.

        Returns
        -------
        bool
            Whether any port is open.
        """
        with self._reading:
            self._read(self._slots)
            return any(slot.reader is not None for slot in self._slots)

    def close(self) -> None:
        """Stop listening and let every port go; numbers begin anew with the next `open_all`."""
        if self._capture is not None:
            self._capture.end()
            self._capture = None
        self._release(self._slots)
        self._slots.clear()
        self._told.clear()
        if self._lister is not None:
            self._lister.delete()
        self._lister = self._driver = None

    def _list(self) -> list[_Listed]:
        """List the ports that are instruments; after a driver's fault, none."""
        if self._driver is None:
            return []
        try:
            names = self._driver.names(self._lister)
        except self._driver.error as error:
            self._tell(f"The MIDI ports cannot be listed ({error}).", "Start the session again.")
            return []
        return [_Listed(index, port) for index, port in enumerate(names) if port is not None]

    def _match(self, listed: list[_Listed]) -> None:
        """Close what left the list and open what is new in it."""
        there = Counter(entry.port.identity for entry in listed)
        held = Counter(slot.identity for slot in self._slots if slot.reader is not None)
        # Of two ports with one name nobody knows which was pulled: both are opened anew.
        gone = [
            slot
            for slot in self._slots
            if slot.reader is not None and there[slot.identity] != held[slot.identity]
        ]
        self._release(gone)
        for slot in gone:
            self._emit(PortLost(t_us=self._now_us(), port=slot.number, name=slot.name))
        held = Counter(slot.identity for slot in self._slots if slot.reader is not None)
        for entry in listed:
            if held[entry.port.identity]:
                held[entry.port.identity] -= 1
                continue
            self._open(entry, listed)

    def _open(self, entry: _Listed, listed: list[_Listed]) -> None:
        """Open one port under the number that its name had, or a new one."""
        driver = self._driver
        if driver is None:
            return
        place = sum(
            other.port.identity == entry.port.identity and other.at < entry.at for other in listed
        )
        slot, restored = self._slot_for(entry.port.name)
        client = driver.open_input()
        try:
            # The list may have moved since: look the port up again through its own client.
            alike = [
                index
                for index, port in enumerate(driver.names(client))
                if port is not None and port.identity == entry.port.identity
            ]
            if place >= len(alike):
                client.delete()
                return
            opened_us = self._now_us()
            client.open_port(alike[place], "in")
        except driver.error as error:
            client.delete()
            self._tell(
                f"The MIDI port {entry.port.name} cannot be opened ({error}).",
                "Close other programs that use it, or plug it in again.",
            )
            return
        slot.identity, slot.met = entry.port.identity, True
        self._emit(PortOpened(t_us=opened_us, port=slot.number, name=slot.name, restored=restored))
        # From here on it is read: what was played while it opened comes after the word that it is.
        slot.reader = PortReader(client, slot.number, opened_us)
        if self._capture is not None:
            self._capture.call()

    def _slot_for(self, name: str) -> tuple[_Slot, bool]:
        """Give the first closed slot of a name, or a new one; and whether it was open before."""
        with self._numbering:
            for slot in self._slots:
                if slot.name == name and not slot.open:
                    return slot, slot.met
            slot = _Slot(len(self._slots), name)
            self._slots.append(slot)
            return slot, False

    def _scripted_slot(self, name: str) -> _Slot:
        """Give the port that no device stands behind, opening it when first used."""
        for slot in self._slots:
            if slot.scripted and slot.name == name:
                return slot
        slot, restored = self._slot_for(name)
        slot.scripted = slot.met = True
        self._emit(PortOpened(t_us=self._now_us(), port=slot.number, name=name, restored=restored))
        return slot

    def _release(self, slots: list[_Slot]) -> None:
        """Read some slots' ports a last time and close them."""
        with self._reading:
            self._read(slots)
            for slot in slots:
                if slot.reader is not None:
                    slot.reader.close()
                    slot.reader = None

    def _read(self, slots: list[_Slot]) -> None:
        """Empty some slots' queues and tell what was in them."""
        arrived: list[Arrived] = []
        for slot in slots:
            if slot.reader is not None:
                with self._noting_faults():
                    arrived += slot.reader.read(self._now_us)
        for message in sorted(arrived, key=attrgetter("t_us")):
            with self._noting_faults():
                self._deliver(message)

    @contextmanager
    def _noting_faults(self) -> Iterator[None]:
        """Let no error end the capture."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the next message must be taken; poll tells it
            self._fault = f"{type(error).__name__}: {error}"

    def _deliver(self, message: Arrived) -> None:
        """Give a message as an event."""
        self._emit(
            MidiReceived(
                t_us=message.t_us, port=message.port, data=message.data, delta_us=message.delta_us
            )
        )

    def _tell(self, message: str, hint: str) -> None:
        """Say a thing once, however often it comes."""
        if message not in self._told:
            self._told.add(message)
            self._emit(Noticed(t_us=self._now_us(), topic="midi", message=message, hint=hint))
