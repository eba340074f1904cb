"""How far ahead the sound is prepared: the trade between answering soon and never breaking off."""

import os

import msgspec

ENVIRONMENT = "MTSESSION_AUDIO"
BLOCK = 256


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of latencies.

    Attributes
    ----------
    device_seconds : float
        Latency asked of the sound card; 0 leaves the card alone, and time runs in silence.
    ring_seconds : float
        How far the renderer runs ahead of the card. A card that was kept waiting asks for
        its whole buffer at once, so this should not be less than the card's latency.
    """

    name: str
    device_seconds: float
    ring_seconds: float


class SoundChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is to play on, and how.

    Attributes
    ----------
    profile : str or None
        A profile's name; the environment's without one.
    output : str
        An output's name; the system's own choice where it is empty.
    """

    profile: str | None = None
    output: str = ""


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(name="default", device_seconds=0.040, ring_seconds=0.040),
        Profile(name="low", device_seconds=0.012, ring_seconds=0.020),
        Profile(name="soak", device_seconds=0.100, ring_seconds=0.120),
        Profile(name="silent", device_seconds=0.0, ring_seconds=0.040),
    )
}


def chosen(name: str | None = None) -> Profile:
    """Give a profile by name, else the environment's, else the default."""
    wanted = name or os.environ.get(ENVIRONMENT, "")
    return PROFILES.get(wanted, PROFILES["default"])
