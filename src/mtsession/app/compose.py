"""Builds desks: which engine, which clock, which record."""

import platform
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec

from mtsession.app.beginning import Beginning
from mtsession.app.config import Config, Remembered
from mtsession.app.desk import Desk
from mtsession.app.paths import Places
from mtsession.app.record import MemoryRecord, SealedRecord
from mtsession.app.registry import METHODS, event_codec
from mtsession.engine.client import EngineClient
from mtsession.engine.port import Engine
from mtsession.records.marks import Interrupted
from mtsession.session.plan import Plan
from mtsession.session.runner import SessionRunner
from mtsession.timeline.clock import (
    ManualClock,
    ManualWall,
    RealClock,
    RealWall,
    SessionClock,
    WallTime,
)
from mtsession.timeline.event import Event, StoredEvent
from mtsession.timeline.events import LatencyMeasured, Noticed
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import Micros

ENGINE_LOG = "engine.log"
# Rendered sessions need some wall time; a fixed one keeps equal input giving equal output.
RENDER_WALL_US = 1_767_225_600_000_000


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What a session is made of."""

    plan: Plan
    level_db: float
    config: Config
    client: str | None = None
    resume: Interrupted | None = None
    latencies: tuple[LatencyMeasured, ...] = ()
    duck_control: MidiControl | None = None


def beginning_of(choices: Choices) -> Beginning:
    """Give the facts that a session's first event holds."""
    return Beginning(
        client=choices.client,
        app_version=version("mtsession"),
        platform=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        level_db=min(choices.level_db, choices.config.ceiling_db),
        ceiling_db=choices.config.ceiling_db,
        voice=choices.config.voice,
        soundfont=choices.config.soundfont,
        continues=None if choices.resume is None else choices.resume.session_id,
        latencies=choices.latencies,
        duck_control=choices.duck_control,
    )


def make_engine(
    folders: Places, config: Config, remembered: Remembered | None = None
) -> EngineClient:
    """Make the live engine's proxy, for the output that was chosen; its process starts later."""
    try:
        folders.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        log_path: Path | None = folders.logs / ENGINE_LOG
    except OSError:
        log_path = None  # sound matters more than what its libraries print
    chosen = remembered or Remembered()
    return EngineClient(
        profile=chosen.profile or config.profile, output=chosen.output, log_path=log_path
    )


def live_desk(
    choices: Choices,
    *,
    data: Path,
    engine: Engine,
    wake: Callable[[], None] | None = None,
    on_event: Callable[[int, Event], None] | None = None,
) -> Desk:
    """Make the desk of a session that is heard and recorded.

    Raises
    ------
    RecordsError
        If the vault's keys can be neither read nor made.
    """
    resume = choices.resume
    clock = SessionClock(
        RealClock(),
        RealWall(),
        resume_from=None
        if resume is None
        else (Micros(0), _wall_of(round(resume.started.timestamp() * 1e6))),
    )
    first = 0 if resume is None else int(clock.now_us() // 1_000_000)
    notices: list[Noticed] = []
    desks: list[Desk] = []

    def notice(noticed: Noticed) -> None:
        if desks:
            desks[0].report(noticed)
        else:
            notices.append(noticed)

    record = SealedRecord(
        data, notice=notice, continues=None if resume is None else resume.session_id
    )
    desk = Desk(
        engine=engine,
        clock=clock,
        runner=SessionRunner(
            methods=METHODS, plan=choices.plan, level_db=choices.level_db, first=first
        ),
        record=record,
        codec=event_codec(),
        beginning=beginning_of(choices),
        on_event=on_event,
        wake=wake,
        restart=getattr(engine, "restart", None),
    )
    desks.append(desk)
    for noticed in notices:
        desk.report(noticed)
    return desk


def offline_desk(
    choices: Choices,
    *,
    engine: Engine,
    clock: ManualClock,
    sink: Callable[[int, StoredEvent], None],
    on_event: Callable[[int, Event], None] | None = None,
    wall: WallTime | None = None,
) -> Desk:
    """Make the desk of a session that is rendered, faster or slower than it would play."""
    starts = wall or WallTime(unix_us=RENDER_WALL_US, utc_offset_s=0, zone="UTC")
    follows = ManualWall(
        clock, unix_us=starts.unix_us, utc_offset_s=starts.utc_offset_s, zone=starts.zone
    )
    return Desk(
        engine=engine,
        clock=SessionClock(clock, follows),
        runner=SessionRunner(methods=METHODS, plan=choices.plan, level_db=choices.level_db),
        record=MemoryRecord(str(uuid.UUID(int=0)), sink),
        codec=event_codec(),
        beginning=beginning_of(choices),
        on_event=on_event,
    )


def _wall_of(unix_us: int) -> WallTime:
    return WallTime(unix_us=unix_us, utc_offset_s=0, zone="UTC")
