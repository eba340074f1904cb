"""The words of what makes a session: demo, run, render, plans, midi."""

import argparse
from pathlib import Path

from mtsession.cli.arguments_shared import (
    Commands,
    add,
    add_client,
    add_given_passphrase,
    add_json,
    descriptor,
    number,
)
from mtsession.cli.midi_analyse import add_analyse, add_calibrate

LOWEST_DB = -60.0
RATES_HZ = (8_000, 192_000)


def add_session_commands(commands: Commands) -> None:
    """Add each of them."""
    _add_demo(commands)
    _add_run(commands)
    _add_render(commands)
    _add_plans(commands)
    _add_midi(commands)


def _add_demo(commands: Commands) -> None:
    demo = add(
        commands, "demo", "a whole session of about three minutes, by itself",
        "Nothing of it enters your records. Without a terminal it prints what happens.",
    )  # fmt: skip
    demo.add_argument("--headless", action="store_true", help="print what happens; no screen")
    demo.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N",
        help="N times as fast, 0.1 to 1000; other than 1 without sound card and MIDI ports",
    )  # fmt: skip
    demo.add_argument(
        "--out", type=Path, default=Path("out/demo"), metavar="DIR",
        help="where summary and take go, in plain (default: out/demo)",
    )  # fmt: skip
    _add_output(demo)
    demo.set_defaults(room="demo")


def _add_run(commands: Commands) -> None:
    run = add(commands, "run", "run a plan", "Without a terminal it prints what happens.")
    run.add_argument("plan", metavar="PLAN", help="a plan's file, or the name of a shipped plan")
    add_client(run)
    add_given_passphrase(run)
    _add_start(run)
    run.add_argument("--headless", action="store_true", help="print what happens; no screen")
    run.add_argument(
        "--level", type=_level, metavar="DB",
        help="level of the music where there is no screen, -60 to 0 (default: the last one)",
    )  # fmt: skip
    _add_output(run)
    run.add_argument("--sequence-fd", type=descriptor, metavar="N", help=argparse.SUPPRESS)
    run.set_defaults(room="run")


def _add_render(commands: Commands) -> None:
    render = add(
        commands, "render", "write a plan's sound and events, faster than it plays",
        "Nothing of it enters your records; what it writes is not encrypted.",
    )  # fmt: skip
    render.add_argument("plan", metavar="PLAN", help="a plan's file, or the name of a shipped plan")
    render.add_argument(
        "--out", type=Path, required=True, metavar="WAV", help="the sound: stereo, 24 bits"
    )
    render.add_argument(
        "--events", type=Path, metavar="JSONL", help="the events, one JSON object a line"
    )
    render.add_argument(
        "--rate", type=_rate, default=48_000, metavar="HZ", help="sample rate (default: 48000)"
    )
    add_client(render)
    add_given_passphrase(render)
    _add_start(render)
    render.add_argument(
        "--level", type=_level, metavar="DB", help="level of the music (default: as a session's)"
    )
    render.set_defaults(room="render")


def _add_plans(commands: Commands) -> None:
    plans = add(commands, "plans", "the plans that come with mtsession")
    add_json(plans)
    plans.set_defaults(room="plans")


def _add_midi(commands: Commands) -> None:
    midi = add(commands, "midi", "MIDI ports and files")
    actions = midi.add_subparsers(title="commands", required=True, metavar="COMMAND")
    ports = add(actions, "ports", "list the MIDI ports there are")
    add_json(ports)
    ports.set_defaults(room="midi")
    add_analyse(actions)
    add_calibrate(actions)


def _add_start(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--start-bpm", type=_tempo, metavar="BPM",
        help="the tempo to begin with, where the plan's arc leaves it to the session",
    )  # fmt: skip


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output", metavar="NAME",
        help="play on this output, named as `mtsession doctor` does (default: the one chosen)",
    )  # fmt: skip


def _tempo(text: str) -> float:
    return number(text, 20, 300, "a tempo in beats a minute")


def _speed(text: str) -> float:
    return number(text, 0.1, 1000, "a speed")


def _level(text: str) -> float:
    return number(text, LOWEST_DB, 0, "a level in dB")


def _rate(text: str) -> int:
    return int(number(text, *RATES_HZ, "a sample rate"))
