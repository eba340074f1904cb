"""What a plan may say about an improvisation."""

from typing import Annotated, Literal

import msgspec

from mtsession.session.activity import Settings

Role = Literal["client", "therapist", "member"]
Voice = Literal["piano", "pad", "drum", "soundfont", "off"]


class PlayerSettings(Settings, frozen=True, kw_only=True):
    """Whom some notes belong to.

    Attributes
    ----------
    name : str
        As the screen and the summary call the player.
    port : str or None
        Part of the port's name, upper or lower case; None matches every port. A player whose
        words are a port's whole name goes before others whose words are part of it.
    place : int or None
        Which of several ports of one name, from 0; None matches each.
    channel : int or None
        MIDI channel 1-16; None matches every channel.
    lowest_key, highest_key : int or None
        The keys from where to where, as MIDI pitches (60 is middle C): two may share a keyboard.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    role: Role = "member"
    port: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    place: Annotated[int, msgspec.Meta(ge=0)] | None = None
    channel: Annotated[int, msgspec.Meta(ge=1, le=16)] | None = None
    lowest_key: Annotated[int, msgspec.Meta(ge=0, le=127)] | None = None
    highest_key: Annotated[int, msgspec.Meta(ge=0, le=127)] | None = None

    def has_key(self, pitch: int) -> bool:
        """Tell whether a key is this player's."""
        low, high = self.lowest_key, self.highest_key
        return (low is None or low <= pitch) and (high is None or pitch <= high)

    @property
    def shares_keys(self) -> bool:
        """Tell whether only some of the keys are this player's."""
        return self.lowest_key is not None or self.highest_key is not None


class ImprovisationSettings(Settings, frozen=True, kw_only=True):
    """Who plays; with no one named, each port is a player of its own.

    Attributes
    ----------
    players : tuple of PlayerSettings
        The first that a note fits has it; a note that fits none belongs to a further player.
    voice : Voice or None
        What the keys sound like from the laptop, or that they do not; None leaves the settings'
        own choice.
    """

    players: tuple[PlayerSettings, ...] = ()
    voice: Voice | None = None
