"""`mtsession run PLAN`."""

import argparse
import os
import sys

from mtsession.app import power
from mtsession.app.compose import Choices, live_desk, make_engine
from mtsession.app.config import config_or_default, load_remembered
from mtsession.app.drive import Waker, run_live
from mtsession.app.log import start_log
from mtsession.app.paths import places
from mtsession.app.plans import find_plan, load_plan, without_cautions
from mtsession.cli.telling import tell
from mtsession.timeline.event import Event


def run(arguments: argparse.Namespace) -> int:
    """Run a plan on the screen, or headless."""
    plan = load_plan(find_plan(arguments.plan))
    if not arguments.headless and sys.stdout.isatty():
        from mtsession.ui.app import run_app  # noqa: PLC0415  (headless needs no screen)

        return run_app(plan=plan, client=arguments.client)
    plan = without_cautions(plan)
    folders = places()
    start_log(folders.logs)
    config, fault = config_or_default(folders.config)
    level_db = arguments.level
    if level_db is None:
        level_db = load_remembered(folders.config).level_db
    choices = Choices(plan=plan, client=arguments.client, config=config, level_db=level_db)
    waker = Waker()
    side = None if arguments.sequence_fd is None else os.fdopen(arguments.sequence_fd, "wb", 0)

    def told(seq: int, event: Event) -> None:
        line = tell(event)
        if line is not None:
            print(line, flush=True)
        if side is not None:
            side.write(f"{seq} {event.t_us}\n".encode())

    desk = live_desk(
        choices, data=folders.data, engine=make_engine(folders, config), wake=waker.wake,
        on_event=told,
    )  # fmt: skip
    awake = power.Wakefulness()
    for notice in (fault, awake.hold()):
        if notice is not None:
            desk.report(notice)
    try:
        run_live(desk, waker, each=lambda: True)
    finally:
        desk.close()
        awake.release()
    print(f"The session is in the record: mtsession sessions show {desk.record.session_id[:8]}")
    return 0
