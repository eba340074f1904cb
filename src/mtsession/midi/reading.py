"""What one MIDI port's queue in the driver holds, read and stamped."""

from collections.abc import Callable
from typing import Any, NamedTuple

from mtsession.midi.driver import QUEUE_MESSAGES
from mtsession.midi.stamps import ArrivalStamps
from mtsession.timeline.units import Micros

TWO_BYTES = frozenset({0xC0, 0xD0})


class Arrived(NamedTuple):
    """A channel message that was read, before it is told."""

    t_us: Micros
    port: int
    data: bytes
    delta_us: Micros | None


class PortReader:
    """Reads an open port; where several threads do, one at a time.

    Parameters
    ----------
    client : object
        The driver's, with its port open.
    port : int
        The port's number in this session.
    opened_us : Micros
        When it was opened.

    Attributes
    ----------
    overflowed : bool
        Whether the queue was ever found full, so that the driver may have dropped messages.
    """

    def __init__(self, client: Any, port: int, opened_us: Micros) -> None:
        self._client = client
        self._port = port
        self._stamps = ArrivalStamps(opened_us)
        self._since_us: float | None = None
        self.overflowed = False

    def read(self, now_us: Callable[[], Micros]) -> list[Arrived]:
        """Empty the queue and give its channel messages; the rest is no one's playing."""
        asked_us = now_us()
        taken: list[tuple[list[int], float]] = []
        while (message := self._client.get_message()) is not None:
            taken.append(message)
            asked_us = now_us()
        # The driver's ring keeps one place free.
        self.overflowed |= len(taken) >= QUEUE_MESSAGES - 1
        stamps = self._stamps.emptied([delta * 1e6 for _, delta in taken], asked_us)
        arrived = []
        for (data, delta_seconds), t_us in zip(taken, stamps, strict=True):
            if self._since_us is not None:
                self._since_us += delta_seconds * 1e6
            if is_channel_message(bytes(data)):
                delta_us = None if self._since_us is None else Micros(round(self._since_us))
                arrived.append(Arrived(t_us, self._port, bytes(data), delta_us))
                self._since_us = 0.0
        return arrived

    def close(self) -> None:
        """Let the port go; nothing may be read any more."""
        self._client.close_port()
        self._client.delete()


def is_channel_message(data: bytes) -> bool:
    """Tell a whole channel message (note, control, bend …) from system messages and scraps."""
    if not data or not 0x80 <= data[0] < 0xF0:
        return False
    length = 2 if data[0] & 0xF0 in TWO_BYTES else 3
    return len(data) == length and max(data[1:]) < 0x80
