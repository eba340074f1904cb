"""The thirty-five-minute plan with two players in it, run as fast as can be and without sound."""

import time
from collections.abc import Callable

import numpy as np

from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config
from mtsession.app.demo import Attendant
from mtsession.app.desk import Desk
from mtsession.app.drive import run_offline
from mtsession.app.plans import find_plan, load_plan, without_cautions
from mtsession.engine.offline import OfflineEngine
from mtsession.media.stream import Samples
from mtsession.protocol.sources import BuiltinSource, Source
from mtsession.session.activity import Step
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.event import StoredEvent
from mtsession.timeline.units import MINUTE, Micros

RATE = 8_000
DUET_US = Micros(11 * MINUTE)


class Hush:
    """A stream of silence as long as the source would be."""

    sample_rate = RATE

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self._at = 0

    def read(self, n: int) -> Samples:
        n = max(0, min(n, self.frames - self._at))
        self._at += n
        return np.zeros((n, 2), dtype=np.float32)

    def seek(self, frame: int) -> None:
        self._at = frame

    def close(self) -> None:
        """Hold nothing."""


def hush(source: Source, sample_rate: int) -> Hush:
    """Open nothing."""
    assert isinstance(source, BuiltinSource)
    return Hush(source.duration_us * sample_rate // 1_000_000)


def play(
    plan_name: str = "one-to-one-35", *, each: Callable[[Desk], None] = lambda _desk: None
) -> tuple[Desk, list[StoredEvent], list[tuple[str, float]]]:
    """Run a shipped plan to its end.

    Returns
    -------
    desk, stored events, [(what the runner was given, seconds it took)]
    """
    clock = ManualClock()
    attendant = Attendant(duet_us=DUET_US)
    stored: list[StoredEvent] = []
    times: list[tuple[str, float]] = []
    desk = offline_desk(
        Choices(
            plan=without_cautions(load_plan(find_plan(plan_name))),
            client="BENCH",
            config=Config(voice=False),
            level_db=-12.0,
        ),
        engine=(engine := OfflineEngine(clock, sample_rate=RATE, open_stream=hush)),
        clock=clock,
        sink=lambda _seq, event: stored.append(event),
        on_event=attendant.see,
    )
    runner = desk.runner
    for name in ("tick", "handle"):
        setattr(runner, name, _timed(getattr(runner, name), name, times))

    def act() -> bool:
        each(desk)
        return attendant.act(desk)

    run_offline(desk, clock, engine, each=act)
    desk.close()
    return desk, stored, times


def _timed(
    call: Callable[..., Step], name: str, times: list[tuple[str, float]]
) -> Callable[..., Step]:
    def timed(argument: object) -> Step:
        begin = time.perf_counter()
        step = call(argument)
        times.append((name, time.perf_counter() - begin))
        return step

    return timed
