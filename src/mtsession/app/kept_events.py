"""The session's events so far, small enough to be kept whole for as long as a session lasts."""

import threading
import zlib
from collections.abc import Iterator, Sequence
from typing import overload

import msgspec

from mtsession.timeline.event import Event, EventCodec, StoredEvent

_PRESSED_AT_BYTES = 64_000
_WEIGHT_OF_ONE = 64
_QUICK = 1
_STORED = list[StoredEvent]


class KeptEvents(Sequence[Event]):
    """Events as the journal writes them, many pressed together; read again when they are asked for.

    An event of a beat grid takes some kilobytes as an object, and a tenth of that so. One thread
    adds to it; any may read what there is when it begins to.

    Parameters
    ----------
    codec : EventCodec
        What wrote them.
    """

    def __init__(self, codec: EventCodec) -> None:
        self._codec = codec
        self._lock = threading.Lock()
        self._pressed: list[bytes] = []
        self._open: list[StoredEvent] = []
        self._open_bytes = 0
        self._count = 0

    def add(self, written: StoredEvent) -> int:
        """Keep one more; gives how many there are."""
        with self._lock:
            self._open.append(written)
            self._open_bytes += len(written.payload) + _WEIGHT_OF_ONE
            self._count += 1
            if self._open_bytes >= _PRESSED_AT_BYTES:
                self._pressed.append(zlib.compress(msgspec.msgpack.encode(self._open), _QUICK))
                self._open, self._open_bytes = [], 0
            return self._count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Event]:
        """Give those there are now, in order."""
        with self._lock:
            pressed, last = tuple(self._pressed), tuple(self._open)
        for part in pressed:
            for written in msgspec.msgpack.decode(zlib.decompress(part), type=_STORED):
                yield self._codec.decode(written)
        for written in last:
            yield self._codec.decode(written)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Event]: ...
    def __getitem__(self, place: int | slice) -> Event | Sequence[Event]:
        """Give some; it reads them all, so ask for many at once."""
        return tuple(self)[place]
