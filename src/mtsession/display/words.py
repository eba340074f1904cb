"""What goes over the wire to the client's screen, and what comes back: JSON, one object each."""

import msgspec

from mtsession.protocol.views import ClientGuide
from mtsession.timeline.units import Micros

LONGEST_QUESTION = 256


class Ping(msgspec.Struct, frozen=True, kw_only=True):
    """A screen asks for the time; `ping` is its own, which it gets back."""

    ping: float


_PING = msgspec.json.Decoder(Ping)


def asked(text: str) -> Ping | None:
    """Read what a screen asks; None for anything that it has no reason to say."""
    if len(text) > LONGEST_QUESTION:
        return None
    try:
        return _PING.decode(text)
    except msgspec.DecodeError:
        return None


def pong(ping: Ping, now_us: Micros) -> str:
    """Answer with the session's time."""
    return msgspec.json.encode({"pong": ping.ping, "now_us": now_us}).decode()


def told(guide: ClientGuide | None) -> str:
    """Tell how the guide stands: its state and the phases known ahead."""
    state, phases = ("none", ()) if guide is None else (guide.state, guide.phases)
    return msgspec.json.encode({"state": state, "phases": phases}).decode()
