"""What a session starts with."""

import msgspec

from mtsession.timeline.events import LatencyMeasured


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
    versions: dict[str, str] = msgspec.field(default_factory=dict)
