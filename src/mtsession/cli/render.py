"""`mtsession render PLAN --out mix.wav --events events.jsonl`."""

import argparse
import contextlib
import sys

import msgspec

from mtsession.activities.listening.events import ListeningFailed, ProgrammePlanned
from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config, load_remembered
from mtsession.app.demo import Attendant
from mtsession.app.drive import run_offline
from mtsession.app.paths import places
from mtsession.app.plans import find_plan, without_cautions
from mtsession.cli.client_music import plan_for_client
from mtsession.cli.sinks import JsonLines, WavSink
from mtsession.engine.offline import OfflineEngine
from mtsession.errors import ReportError
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.event import Event
from mtsession.timeline.events import TrackFailed


def run(arguments: argparse.Namespace) -> int:
    """Write a plan's sound and events, by the code that plays it."""
    plan = without_cautions(plan_for_client(find_plan(arguments.plan), arguments))
    if arguments.events is not None and arguments.events == arguments.out:
        raise ReportError("Sound and events cannot go into one file.", "Give two names.")
    clock = ManualClock()
    failures: list[str] = []
    notes: dict[str, None] = {}  # in order, and each once
    attendant = Attendant() if plan.name == "demo.toml" else None

    def see(seq: int, event: Event) -> None:
        if attendant is not None:
            attendant.see(seq, event)
        if isinstance(event, ProgrammePlanned):
            notes.update(dict.fromkeys(event.notes))
        if isinstance(event, (TrackFailed, ListeningFailed)):
            failures.append(f"{event.message} {event.hint}".strip())

    with contextlib.ExitStack() as stack:
        wav = stack.enter_context(WavSink(arguments.out, arguments.rate))
        lines = stack.enter_context(JsonLines(arguments.events))
        engine = OfflineEngine(clock, sample_rate=arguments.rate, sink=wav.write)
        choices = Choices(
            plan=plan, client=arguments.client, config=Config(), level_db=_level(arguments.level)
        )
        desk = offline_desk(choices, engine=engine, clock=clock, sink=lines.write, on_event=see)
        run_offline(desk, clock, engine, each=lambda: attendant is None or attendant.act(desk))
        desk.close()
    report = {"out": str(arguments.out), "seconds": wav.frames / arguments.rate}
    sys.stderr.write(msgspec.json.encode(report).decode() + "\n")
    for told in (*notes, *failures):
        print(f"mtsession: {told}", file=sys.stderr)
    return 1 if failures else 0


def _level(asked: float | None) -> float:
    """Use the level that a session would start at, unless another is asked for."""
    return load_remembered(places().config).level_db if asked is None else asked
