"""What an event is, and how events are kept as bytes that outlive the code."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import msgspec

from mtsession.timeline.units import Micros

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, at a time of the session.

    A subclass is named in the past tense; its class name is its type in the
    journal. A field added later needs a default; a changed one needs a higher
    `VERSION` and an upcast.

    Attributes
    ----------
    t_us : Micros
        When it happened, in session time.
    """

    VERSION: ClassVar[int] = 1
    t_us: Micros

    @property
    def subject(self) -> str | None:
        """Name the person in the session whom the event is about, if one is."""
        return None


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the journal keeps it."""

    t_us: Micros
    type: str
    version: int
    subject: str | None
    payload: bytes


class UnknownEvent(Event, frozen=True, kw_only=True):
    """An event of a type or a version that this program does not know, kept as it came."""

    stored: StoredEvent

    @property
    def subject(self) -> str | None:
        """Name the person the stored event names."""
        return self.stored.subject


class EventCodec:
    """Turns events to bytes and back; loses none that it does not know.

    Parameters
    ----------
    types : iterable of type
        Every event type known, the core's and the activities'.
    upcasts : mapping of (str, int) to callable, optional
        For a type and an old version, the function that lifts its plain
        fields to the next version.

    Raises
    ------
    ValueError
        If two types share a name.

    Examples
    --------
    >>> class Rang(Event, frozen=True, kw_only=True):
    ...     times: int
    >>> codec = EventCodec([Rang])
    >>> codec.decode(codec.encode(Rang(t_us=5, times=2)))
    Rang(t_us=5, times=2)
    """

    def __init__(
        self,
        types: Iterable[type[Event]],
        upcasts: Mapping[tuple[str, int], Upcast] | None = None,
    ) -> None:
        self._types: dict[str, type[Event]] = {}
        for kind in types:
            if kind.__name__ in self._types:
                raise ValueError(f"two event types are named {kind.__name__}")
            self._types[kind.__name__] = kind
        self._upcasts = dict(upcasts or {})
        self._encoder = msgspec.json.Encoder(order="deterministic")

    def encode(self, event: Event) -> StoredEvent:
        """Give an event as bytes.

        Raises
        ------
        ValueError
            If the type is not registered, or a number in it is not finite.
        """
        if isinstance(event, UnknownEvent):
            return event.stored
        name = type(event).__name__
        if self._types.get(name) is not type(event):
            raise ValueError(f"{name} is not a registered event type")
        _refuse_non_finite(msgspec.to_builtins(event), name)
        return StoredEvent(
            t_us=event.t_us,
            type=name,
            version=event.VERSION,
            subject=event.subject,
            payload=self._encoder.encode(event),
        )

    def decode(self, stored: StoredEvent) -> Event:
        """Give the event of some bytes; `UnknownEvent` where type or version is not known."""
        kind = self._types.get(stored.type)
        if kind is None or stored.version > kind.VERSION:
            return UnknownEvent(t_us=stored.t_us, stored=stored)
        try:
            if stored.version == kind.VERSION:
                return msgspec.json.decode(stored.payload, type=kind)
            fields = msgspec.json.decode(stored.payload)
            for version in range(stored.version, kind.VERSION):
                upcast = self._upcasts.get((stored.type, version))
                fields = fields if upcast is None else upcast(fields)
            return msgspec.convert(fields, kind)
        except msgspec.MsgspecError:
            # A payload that does not fit is kept raw: the record outranks the reader.
            return UnknownEvent(t_us=stored.t_us, stored=stored)


def _refuse_non_finite(value: object, name: str) -> None:
    """Keep NaN and infinity out of the record, where they would read as nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} holds a number that is not finite")
    if isinstance(value, dict):
        for part in value.values():
            _refuse_non_finite(part, name)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_non_finite(part, name)
