"""What happens in an improvisation, beside the notes themselves."""

import msgspec

from mtsession.activities.improvisation.settings import PlayerSettings, Voice
from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason


class KnownPort(msgspec.Struct, frozen=True, kw_only=True):
    """A MIDI port as it stood when players were assigned; `place` tells ports of one name apart."""

    port: int
    name: str
    open: bool
    place: int = 0


class PlayersAssigned(Event, frozen=True, kw_only=True):
    """It was said whose notes are whose; the ports known by then are part of it."""

    activity: int
    players: tuple[PlayerSettings, ...]
    ports: tuple[KnownPort, ...]


class VoiceChosen(Event, frozen=True, kw_only=True):
    """It was chosen what the keys sound like from the laptop, or that they are silent there."""

    activity: int
    voice: Voice


class TakeStarted(Event, frozen=True, kw_only=True):
    """A take began: notes count from here."""

    activity: int
    take: int


class TakePaused(Event, frozen=True, kw_only=True):
    """A take stood still; notes are kept but do not count from here."""

    activity: int
    take: int


class TakeResumed(Event, frozen=True, kw_only=True):
    """A take went on."""

    activity: int
    take: int


class TakeEnded(Event, frozen=True, kw_only=True):
    """A take ended; notes before this time count, those at it or later do not."""

    activity: int
    take: int
    reason: EndReason


EVENT_TYPES: tuple[type[Event], ...] = (
    PlayersAssigned, VoiceChosen, TakeStarted, TakePaused, TakeResumed, TakeEnded,
)  # fmt: skip
