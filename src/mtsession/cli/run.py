"""`mtsession run PLAN`."""

import argparse
import os

from mtsession.app import power
from mtsession.app.compose import Choices, live_desk, make_engine
from mtsession.app.config import config_or_default, load_remembered, playing_on
from mtsession.app.desk import Desk
from mtsession.app.drive import Waker, run_live
from mtsession.app.log import start_log
from mtsession.app.paths import places
from mtsession.app.plans import find_plan, without_cautions
from mtsession.cli.client_music import plan_for_client
from mtsession.cli.output import Teller
from mtsession.cli.screen import has_terminal
from mtsession.cli.stopping import Stop
from mtsession.cli.telling import tell
from mtsession.errors import RecordsError
from mtsession.session.plan import Plan
from mtsession.timeline.event import Event

# Each try to close the record waits ten seconds for the disk: ten minutes in all.
CLOSING_TRIES = 60


def run(arguments: argparse.Namespace) -> int:
    """Run a plan on the screen, or headless."""
    plan = plan_for_client(find_plan(arguments.plan), arguments)
    if not arguments.headless and has_terminal():
        from mtsession.ui.app import run_app  # noqa: PLC0415  (headless needs no screen)

        return run_app(
            plan=plan, client=arguments.client, level_db=arguments.level, output=arguments.output
        )
    return _run_headless(without_cautions(plan), arguments)


def _run_headless(plan: Plan, arguments: argparse.Namespace) -> int:
    """Run a plan and tell of it line by line."""
    folders = places()
    start_log(folders.logs)
    config, fault = config_or_default(folders.config)
    remembered = load_remembered(folders.config)
    level_db = remembered.level_db if arguments.level is None else arguments.level
    engine = make_engine(folders, config, playing_on(remembered, arguments.output))
    choices = Choices(
        plan=plan,
        client=arguments.client,
        config=config,
        level_db=level_db,
        latencies=remembered.latencies,
        duck_control=remembered.duck_control,
    )
    waker, teller = Waker(), Teller()
    side = None if arguments.sequence_fd is None else os.fdopen(arguments.sequence_fd, "wb", 0)

    def told(seq: int, event: Event) -> None:
        line = tell(event)
        if line is not None:
            teller.say(line)
        if side is not None:
            side.write(f"{seq} {event.t_us}\n".encode())

    desk = live_desk(choices, data=folders.data, engine=engine, wake=waker.wake, on_event=told)
    awake = power.Wakefulness(desk.report)
    if fault is not None:
        desk.report(fault)
    with Stop(lambda: desk.running) as stop:
        try:
            run_live(desk, waker, each=lambda: stop.ends(desk))
        finally:
            _close(desk, teller)
            awake.release()
    teller.say(
        f"The session is in the record: mtsession sessions show {desk.record.session_id[:8]}"
    )
    return stop.exit_code


def _close(desk: Desk, teller: Teller) -> None:
    """Close the record; where the disk refuses, wait for room rather than lose what is in memory.

    Raises
    ------
    RecordsError
        If the disk refuses to the end.
    """
    for attempt in range(CLOSING_TRIES):
        try:
            desk.close()
        except RecordsError as error:
            if attempt == CLOSING_TRIES - 1:
                raise
            if attempt == 0:
                teller.say(f"{error.message} Free some space: mtsession waits for it.")
        else:
            return
