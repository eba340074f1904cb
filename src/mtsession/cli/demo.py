"""`mtsession demo`: a whole session by itself, with a throwaway vault."""

import argparse
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from mtsession.app.compose import Choices, live_desk, make_engine, offline_desk
from mtsession.app.config import Config, Remembered, load_remembered, playing_on
from mtsession.app.demo import CLIENT, Attendant, leave_summary
from mtsession.app.desk import Desk
from mtsession.app.drive import Waker, run_live, run_offline
from mtsession.app.paths import Places, places
from mtsession.app.plans import find_plan, load_plan
from mtsession.app.takes import takes_of
from mtsession.cli.output import Teller
from mtsession.cli.screen import has_terminal
from mtsession.cli.stopping import Stop
from mtsession.cli.telling import tell
from mtsession.engine.offline import OfflineEngine
from mtsession.errors import ReportError
from mtsession.records.vault import Vault
from mtsession.report.page import as_text
from mtsession.timeline.clock import ManualClock, RealClock, RealWall
from mtsession.timeline.event import Event

LEVEL_DB = -12.0


def run(arguments: argparse.Namespace) -> int:
    """Run the tour on the screen, or headless."""
    _check_folder(arguments.out)
    heard_on = playing_on(load_remembered(places().config), arguments.output)
    if not arguments.headless and arguments.speed == 1 and has_terminal():
        from mtsession.ui.app import run_demo  # noqa: PLC0415  (headless needs no screen)

        return run_demo(out=arguments.out, output=heard_on.output)
    attendant, teller = Attendant(), Teller()
    choices = Choices(
        plan=load_plan(find_plan("demo")), client=CLIENT, config=Config(), level_db=LEVEL_DB
    )

    def told(seq: int, event: Event) -> None:
        line = tell(event)
        if line is not None:
            teller.say(line)
        attendant.see(seq, event)

    code = 0
    if arguments.speed == 1:
        desk, code = _run_live(choices, attendant, told, heard_on)
    else:
        teller.say(f"{arguments.speed:g} times as fast: no sound card and no MIDI ports are used.")
        desk = _run_scaled(choices, attendant, told, arguments.speed)
    teller.say(f"\n{as_text(desk.summary())}")
    teller.say(_leave(desk, arguments.out))
    return code


def _leave(desk: Desk, out: Path) -> str:
    """Write what the demo leaves, and say where it is; one stopped early may hold no take."""
    leave_summary(desk, out)
    also = "also summary.json and take.mid" if takes_of(desk.events) else "also summary.json"
    return f"Summary: {out / 'summary.md'} ({also})"


def _check_folder(out: Path) -> None:
    """Find out before the session, not after it, that its summary cannot be left.

    Raises
    ------
    ReportError
        If the folder cannot be written to.
    """
    if out.exists() and not out.is_dir():
        raise ReportError(f"{out} is a file, not a folder.", "Name a folder with --out DIR.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise ReportError(
            f"{out} cannot be written to: {(error.strerror or 'no reason given').lower()}.",
            "Name another folder with --out DIR.",
        ) from error


def _run_live(
    choices: Choices,
    attendant: Attendant,
    told: Callable[[int, Event], None],
    heard_on: Remembered,
) -> tuple[Desk, int]:
    """Play the tour in real time, recorded in a vault that is thrown away."""
    waker = Waker()

    def act() -> bool:
        return attendant.act(desk) and stop.ends(desk)

    with tempfile.TemporaryDirectory(prefix="mtsession-demo-") as folder:
        data = Path(folder)
        Vault.create_unclaimed(data)
        Vault.claim(data, secrets.token_hex(16)).close()
        folders = Places(data=data, config=data, logs=places().logs)
        desk = live_desk(
            choices, data=data, engine=make_engine(folders, choices.config, heard_on),
            wake=waker.wake, on_event=told,
        )  # fmt: skip
        with Stop(lambda: desk.running) as stop:
            try:
                run_live(desk, waker, each=act)
            finally:
                desk.close()
    return desk, stop.exit_code


def _run_scaled(
    choices: Choices, attendant: Attendant, told: Callable[[int, Event], None], speed: float
) -> Desk:
    """Run the tour on a scaled clock: no devices, the same code path."""
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
