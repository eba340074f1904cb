"""What a session starts with."""

import msgspec

from mtsession.timeline.event import Event
from mtsession.timeline.events import DuckControlChosen, LatencyMeasured
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import Micros


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

    def known(self, now_us: Micros) -> tuple[Event, ...]:
        """Give what was found out or chosen before, and holds in this session too."""
        latencies = [msgspec.structs.replace(known, t_us=now_us) for known in self.latencies]
        if self.duck_control is None:
            return tuple(latencies)
        return (*latencies, DuckControlChosen(t_us=now_us, control=self.duck_control))
