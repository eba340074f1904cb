"""`mtsession demo`: a whole session by itself, with a throwaway vault."""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from mtsession.app.compose import Choices, live_desk, make_engine, offline_desk
from mtsession.app.config import Config
from mtsession.app.demo import CLIENT, Attendant, leave_summary
from mtsession.app.desk import Desk
from mtsession.app.drive import Waker, run_live, run_offline
from mtsession.app.paths import Places, places
from mtsession.app.plans import find_plan, load_plan
from mtsession.cli.telling import tell
from mtsession.engine.offline import OfflineEngine
from mtsession.records.vault import Vault
from mtsession.report.page import as_text
from mtsession.timeline.clock import ManualClock, RealClock, RealWall
from mtsession.timeline.event import Event

LEVEL_DB = -12.0


def run(arguments: argparse.Namespace) -> int:
    """Run the tour on the screen, or headless."""
    if not arguments.headless and arguments.speed == 1 and sys.stdout.isatty():
        from mtsession.ui.app import run_demo  # noqa: PLC0415  (headless needs no screen)

        return run_demo(out=arguments.out)
    attendant = Attendant()
    choices = Choices(
        plan=load_plan(find_plan("demo")), client=CLIENT, config=Config(), level_db=LEVEL_DB
    )

    def told(seq: int, event: Event) -> None:
        line = tell(event)
        if line is not None:
            print(line, flush=True)
        attendant.see(seq, event)

    if arguments.speed == 1:
        desk = _run_live(choices, attendant, told)
    else:
        desk = _run_scaled(choices, attendant, told, arguments.speed)
    leave_summary(desk, arguments.out)
    print()
    sys.stdout.write(as_text(desk.summary()))
    print()
    print(f"Summary: {arguments.out / 'summary.md'} (also summary.json and take.mid)")
    return 0


def _run_live(choices: Choices, attendant: Attendant, told: Callable[[int, Event], None]) -> Desk:
    """Play the tour in real time, recorded in a vault that is thrown away."""
    waker = Waker()
    with tempfile.TemporaryDirectory(prefix="mtsession-demo-") as folder:
        data = Path(folder)
        Vault.create_unclaimed(data)
        Vault.claim(data, secrets.token_hex(16)).close()
        folders = Places(data=data, config=data, logs=places().logs)
        desk = live_desk(
            choices, data=data, engine=make_engine(folders, choices.config), wake=waker.wake,
            on_event=told,
        )  # fmt: skip
        try:
            run_live(desk, waker, each=lambda: attendant.act(desk))
        finally:
            desk.close()
    return desk


def _run_scaled(
    choices: Choices, attendant: Attendant, told: Callable[[int, Event], None], speed: float
) -> Desk:
    """Run the tour on a scaled clock: no devices, the same code path."""
    print(f"{speed:g} times as fast: no sound card and no MIDI ports are used.")
    clock = ManualClock()
    engine = OfflineEngine(clock, sample_rate=48_000, sink=lambda _block: None)
    desk = offline_desk(
        choices,
        engine=engine,
        clock=clock,
        sink=lambda _seq, _event: None,
        on_event=told,
        wall=RealWall().read(),
    )
    run_offline(desk, clock, engine, each=lambda: attendant.act(desk), pace=(RealClock(), speed))
    desk.close()
    return desk
