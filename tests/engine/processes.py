"""A live engine under test: what it says, and a heartbeat while the test waits."""

import queue
import time

from mtsession.engine.client import EngineClient
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import EngineReady, Happened
from mtsession.timeline.clock import RealClock
from mtsession.timeline.units import Micros
from sound.fakes import CODEC

PATIENCE_SECONDS = 20.0
STEP_US = 5_000_000


class Live:
    """An engine process; `expect` waits for a report and beats meanwhile."""

    def __init__(self, **options):
        self.said = queue.SimpleQueue()
        self.reports = []
        self.lost = []
        self.client = EngineClient(on_lost=self.lost.append, **options)
        self.offset_us = 0

    def __enter__(self):
        self.client.start(self.said.put)
        self.ready = self.expect(lambda r: isinstance(r, EngineReady))
        return self

    def __exit__(self, *_):
        self.client.close()

    def open(self, level_db=0.0):
        self.offset_us = RealClock().now_us()
        self.client.send(ask.OpenSession(offset_us=self.offset_us, level_db=level_db))

    def now_us(self):
        return Micros(RealClock().now_us() - self.offset_us)

    def expect(self, wanted, *, beating=True):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if beating:
                self.client.beat()
            try:
                report = self.said.get(timeout=0.25)
            except queue.Empty:
                continue
            self.reports.append(report)
            if wanted(report):
                return report
        raise AssertionError(f"the engine did not say it; it said {self.reports[-5:]}")

    def event(self, kind, wanted=lambda event: True, **more):
        """Wait for an event of a kind; what was said before counts."""

        def fits(report):
            if not isinstance(report, Happened):
                return False
            event = CODEC.decode(report.event)
            return isinstance(event, kind) and wanted(event)

        for report in self.reports:
            if fits(report):
                return CODEC.decode(report.event)
        return CODEC.decode(self.expect(fits, **more).event)

    def events(self, kind):
        events = [CODEC.decode(r.event) for r in self.reports if isinstance(r, Happened)]
        return [event for event in events if isinstance(event, kind)]

    def pass_time(self, seconds):
        """Beat and listen until the engine's own clock has moved on so far."""
        now_us = self.now_us()
        end_us = now_us + round(seconds * 1e6)
        while now_us < end_us:
            now_us = min(now_us + STEP_US, end_us)
            self.expect(lambda report, until=now_us: getattr(report, "t_us", 0) >= until)
