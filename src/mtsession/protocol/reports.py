"""What the engine tells the session."""

from typing import Any

import msgspec

from mtsession.timeline.event import StoredEvent
from mtsession.timeline.units import Micros


class Report(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The base of all reports; the class name is the tag on the wire."""


class EngineReady(Report, frozen=True, kw_only=True):
    """The engine runs, and this is how it is heard.

    Attributes
    ----------
    output : str
        The device's name, or what stands in for it.
    silent : bool
        True where nothing can be heard; then `message` and `hint` say why and the mend.
    latency_us : Micros
        From rendering a frame to hearing it, as the device reports.
    """

    output: str
    silent: bool
    sample_rate: int
    latency_us: Micros
    message: str = ""
    hint: str = ""


class Happened(Report, frozen=True, kw_only=True):
    """A core session event of the engine's, ready for the journal."""

    event: StoredEvent


class Status(Report, frozen=True, kw_only=True):
    """How things stand, a few times a second; a later one replaces an earlier.

    Attributes
    ----------
    level_dbfs : float or None
        Loudest sample since the status before; None in silence.
    rms_dbfs : float or None
        The same for the root mean square of both channels.
    underruns : int
        Blocks that came too late since the start.
    """

    t_us: Micros
    level_dbfs: float | None
    underruns: int
    quiet: bool
    starved: int = 0
    rms_dbfs: float | None = None


class Faulted(Report, frozen=True, kw_only=True):
    """The engine met a fault that it survived; for the log, and a sentence on the screen."""

    message: str
    hint: str
    detail: dict[str, Any] = {}


AnyReport = EngineReady | Happened | Status | Faulted
