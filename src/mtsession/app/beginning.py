"""What a session starts with."""

import msgspec

from mtsession.timeline.events import LatencyMeasured
from mtsession.timeline.midi_control import MidiControl


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """What a session starts with."""

    client: str | None
    app_version: str
    platform: str
    level_db: float
    ceiling_db: float
    voice: bool = True
    soundfont: str = ""
    continues: str | None = None
    latencies: tuple[LatencyMeasured, ...] = ()
    duck_control: MidiControl | None = None
    versions: dict[str, str] = msgspec.field(default_factory=dict)
