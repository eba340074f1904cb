"""Tapping along with clicks: how late each keyboard is with the output in use."""

import queue
from collections.abc import Callable, Iterable

import msgspec
import numpy as np

from mtsession.activities.improvisation.heard_beats import HeardBeats
from mtsession.activities.improvisation.metrics.latency import TapLatency, tap_latency
from mtsession.app.config import Remembered
from mtsession.engine.port import Engine
from mtsession.errors import EngineError, MidiError
from mtsession.protocol import commands as cmd
from mtsession.protocol import reports as rep
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem
from mtsession.timeline.event import Event, EventCodec
from mtsession.timeline.events import (
    CORE_EVENTS,
    EngineLost,
    EngineStarted,
    LatencyMeasured,
    MidiReceived,
    Noticed,
    PortOpened,
)
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import SECOND, Bpm, Micros

CLICKS = 28
BPM = Bpm(80.0)
BEAT_US = Micros(750_000)
BEGIN_US = Micros(3 * SECOND)
TAIL_US = Micros(2 * SECOND)
LEVEL_DB = -12.0
OWNER = 1
GRID = 1


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What tapping on one port told."""

    input: str
    output: str
    found: TapLatency

    def event(self) -> LatencyMeasured | None:
        """Give what is to be kept; nothing where it was refused."""
        if self.found.latency_ms is None or self.found.spread_ms is None:
            return None
        return LatencyMeasured(
            t_us=Micros(0),
            input=self.input,
            output=self.output,
            latency_us=Micros(round(self.found.latency_ms * 1000)),
            spread_us=Micros(round(self.found.spread_ms * 1000)),
            taps=self.found.taps,
        )


class Calibration:
    """One round of clicks on an engine of its own.

    Parameters
    ----------
    engine : Engine
        Not started yet; closed by `close`.
    now_us : callable
        Monotonic time.
    ceiling_db : float
        Clicks never sound above this.
    """

    def __init__(self, engine: Engine, now_us: Callable[[], int], *, ceiling_db: float) -> None:
        self._engine = engine
        self._now_us = now_us
        self._ceiling_db = ceiling_db
        self._inbox: queue.SimpleQueue[rep.Report] = queue.SimpleQueue()
        self._codec = EventCodec(CORE_EVENTS)
        self._beats = HeardBeats()
        self._ports: dict[int, str] = {}
        self._taps: dict[int, list[int]] = {}
        self._offset_us: int | None = None
        self.output = ""
        self.taps = 0

    def open(self) -> None:
        """Start the engine; the clicks begin once it answers."""
        self._engine.start(self._inbox.put)

    def close(self) -> None:
        """End the engine."""
        self._engine.close()

    @property
    def ports(self) -> tuple[str, ...]:
        """Name the keyboards that are listened to."""
        return tuple(self._ports.values())

    @property
    def playing(self) -> bool:
        """Tell whether the clicks were asked for."""
        return self._offset_us is not None

    @property
    def over(self) -> bool:
        """Tell whether the last click and the taps after it are in."""
        end_us = BEGIN_US + CLICKS * BEAT_US + TAIL_US
        return self._offset_us is not None and self._now_us() - self._offset_us >= end_us

    def pump(self) -> None:
        """Take in what arrived.

        Raises
        ------
        EngineError
            If nothing can be heard.
        """
        self._engine.beat()
        while True:
            try:
                report = self._inbox.get_nowait()
            except queue.Empty:
                return
            self._take_in(report)

    def results(self) -> tuple[Heard, ...]:
        """Give what each keyboard that was played told.

        Raises
        ------
        MidiError
            If there is no keyboard, or none was played.
        """
        if not self._ports:
            raise MidiError("No MIDI keyboard is plugged in.", "See: mtsession midi ports")
        if not self._taps:
            raise MidiError(
                "No key was played.", "Tap any key of the keyboard along with the clicks."
            )
        clicks = self._beats.between(0, BEGIN_US + CLICKS * BEAT_US + TAIL_US)
        return tuple(
            Heard(
                input=self._ports[port],
                output=self.output,
                found=tap_latency(np.array(sorted(taps), dtype=np.int64), clicks),
            )
            for port, taps in sorted(self._taps.items())
        )

    def _take_in(self, report: rep.Report) -> None:
        match report:
            case rep.EngineReady() if self._offset_us is None:
                self._begin(report)
            case rep.Faulted():
                raise EngineError(report.message, report.hint)
            case rep.Happened():
                self._take_in_event(self._codec.decode(report.event))

    def _take_in_event(self, event: Event) -> None:
        self._beats.take_in(event)
        match event:
            case PortOpened():
                self._ports[event.port] = event.name
            case MidiReceived(data=data) if len(data) == 3 and data[0] & 0xF0 == 0x90 and data[2]:
                self._taps.setdefault(event.port, []).append(event.t_us)
                self.taps += 1
            case EngineStarted():
                self.output = event.output
            case Noticed(topic="midi"):
                raise MidiError(event.message, event.hint)
            case EngineLost():
                raise EngineError("The sound broke off.", "Try once more.")

    def _begin(self, ready: rep.EngineReady) -> None:
        if ready.silent:
            raise EngineError(f"No click can be heard. {ready.message}".strip(), ready.hint)
        self._offset_us = self._now_us()
        self.output = ready.output
        opening = cmd.OpenSession(
            offset_us=self._offset_us,
            level_db=min(LEVEL_DB, self._ceiling_db),
            ceiling_db=self._ceiling_db,
        )
        self._engine.send(opening)
        length_us = Micros(CLICKS * BEAT_US)
        item = ProgrammeItem(
            item=1,
            source=BuiltinSource(
                piece="clicks", tempo=(TempoPoint(t_us=Micros(0), bpm=BPM),), duration_us=length_us
            ),
            title="Clicks",
            start_us=Micros(0),
            duration_us=length_us,
            grid=GRID,
        )
        self._engine.send(
            cmd.PlayProgramme(owner=OWNER, items=(item,), at_us=BEGIN_US, fade_in_us=Micros(0))
        )


def with_latencies(remembered: Remembered, heard: Iterable[Heard]) -> Remembered:
    """Give what is remembered with what was tapped in the place of what was known before."""
    new = [event for each in heard if (event := each.event()) is not None]
    pairs = {(event.input, event.output) for event in new}
    kept = [old for old in remembered.latencies if (old.input, old.output) not in pairs]
    return msgspec.structs.replace(remembered, latencies=(*kept, *new))
