"""What listening adds to the record."""

from typing import Literal

from mtsession.protocol.sources import ProgrammeItem
from mtsession.timeline.event import Event
from mtsession.timeline.units import Micros

Why = Literal["start", "round", "skip", "failed", "restart", "again"]


class ProgrammePlanned(Event, frozen=True, kw_only=True):
    """Music was planned and asked for, with all that identifies it.

    Attributes
    ----------
    why : str
        "start"; "round", it goes round again; "skip", the therapist asked for other music;
        "failed", a track could not be played; "restart", the sound engine was; "again",
        after quiet.
    round : int
        How many times the music has gone round before.
    at_us : Micros
        When it was to start, in session time.
    position_us : Micros
        Where in the programme it was to start.
    arc_from_us : Micros
        Where in the arc the programme begins.
    duration_us : Micros
        When the programme is over, in its own time.
    next_us : Micros or None
        When the next round begins; None where there will be none.
    skipped : int
        How many times other music was asked for so far.
    """

    activity: int
    why: Why
    round: int
    at_us: Micros
    position_us: Micros
    arc_from_us: Micros
    items: tuple[ProgrammeItem, ...]
    duration_us: Micros
    next_us: Micros | None
    fade_in_us: Micros
    skipped: int = 0
    notes: tuple[str, ...] = ()


class ListeningHeld(Event, frozen=True, kw_only=True):
    """The therapist held the music; the session's course went on."""

    activity: int


class ListeningReleased(Event, frozen=True, kw_only=True):
    """The therapist let the music go on."""

    activity: int


class ListeningFailed(Event, frozen=True, kw_only=True):
    """No music was left that could be played."""

    activity: int
    message: str
    hint: str


EVENTS: tuple[type[Event], ...] = (
    ProgrammePlanned,
    ListeningHeld,
    ListeningReleased,
    ListeningFailed,
)
