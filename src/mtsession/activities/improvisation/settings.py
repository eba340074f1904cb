"""What a plan may say about an improvisation."""

from typing import Annotated, Literal

import msgspec

from mtsession.session.activity import Settings

Role = Literal["client", "therapist", "member"]


class PlayerSettings(Settings, frozen=True, kw_only=True):
    """Whom some notes belong to.

    Attributes
    ----------
    name : str
        As the screen and the summary call the player.
    port : str or None
        Part of the port's name, upper or lower case; None matches every port.
    channel : int or None
        MIDI channel 1-16; None matches every channel.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    role: Role = "member"
    port: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    channel: Annotated[int, msgspec.Meta(ge=1, le=16)] | None = None


class ImprovisationSettings(Settings, frozen=True, kw_only=True):
    """Who plays; with no one named, each port is a player of its own.

    Attributes
    ----------
    players : tuple of PlayerSettings
        The first that a note fits has it; a note that fits none belongs to a further player.
    """

    players: tuple[PlayerSettings, ...] = ()
