"""`mtsession midi analyse FILE…`: what MIDI files tell of the people who played."""

import argparse
import sys
from pathlib import Path
from typing import Any

from mtsession.cli.arguments_shared import Commands, add, add_json, number
from mtsession.cli.printing import print_json
from mtsession.errors import MidiError

SHORTEST_S, LONGEST_S = 5, 600


def add_analyse(actions: Commands) -> None:
    """Add the command's words."""
    analyse = add(
        actions, "analyse", "figures of Standard MIDI Files: playing, tempo, and between players",
        "Nothing is kept. The figures describe playing; they rate nobody.",
    )  # fmt: skip
    analyse.add_argument("files", type=Path, nargs="+", metavar="FILE", help="MIDI files")
    analyse.add_argument(
        "--players", metavar="WHO",
        help="who plays what: client=1,therapist=2 (tracks), client=channel:1, client=keys:0-59, "
        "or one (default: each track; of one track each channel)",
    )  # fmt: skip
    analyse.add_argument(
        "--window", type=_window, default=30.0, metavar="SECONDS",
        help="length of the windows of tempo and course, 5 to 600 (default: 30)",
    )  # fmt: skip
    add_json(analyse)
    analyse.set_defaults(room="midi_analyse")


def _window(text: str) -> float:
    return number(text, SHORTEST_S, LONGEST_S, "a window in seconds")


def run(arguments: argparse.Namespace) -> int:
    """Analyse file after file; one that cannot be read is told, and the others go on."""
    from mtsession.app.midi_analysis import analyse_all  # noqa: PLC0415  (numpy, only for this)

    failed = False
    for path, found in analyse_all(
        arguments.files, players=arguments.players, window_s=arguments.window
    ):
        failed |= isinstance(found, MidiError)
        if arguments.json:
            told = (
                {"path": str(path), "error": str(found)} if isinstance(found, MidiError) else found
            )
            print_json(told)
        elif isinstance(found, MidiError):
            print(f"mtsession: {found}", file=sys.stderr)
        else:
            _tell(found)
    return 1 if failed else 0


def _tell_fault(path: Path, fault: MidiError, *, as_json: bool) -> None:
    if as_json:
        print_json({"path": str(path), "error": str(fault)})
    else:
        print(f"mtsession: {fault}", file=sys.stderr)


def _tell(found: dict[str, Any]) -> None:
    """Print a file's figures as lines."""
    print(f"{found['path']}: {found['duration_us'] / 1e6:.1f} s")
    for notice in found["notices"]:
        print(f"mtsession: {notice}", file=sys.stderr)
    for player in found["players"]:
        print(f"  {_player_line(player)}")
    windows = found["tempo"]["windows"]
    known = [window for window in windows if window["bpm"] is not None]
    if not known:
        print("  tempo: no steady pulse")
    for window in known:
        rival = window["rival_bpm"]
        also = "" if rival is None else f", or {rival:.1f}"
        steady = "" if window["steady"] else " (not steady)"
        print(f"  {window['start_us'] / 1e6:.0f} s: {window['bpm']:.1f} bpm{also}{steady}")
    for rows in found["engagement"]:
        print(f"  {rows['player']}")
        for row in rows["rows"]:
            print(f"    {row['component']}: {row['text']}")


def _player_line(player: dict[str, Any]) -> str:
    if not player["notes"]:
        return f"{player['name']}: silence"
    line = f"{player['name']}: {player['notes']} notes"
    if player["active_share"] is not None:
        line += f", sounding {player['active_share']:.0%}"
    median = player["ioi"]["median_us"]
    if median is None:
        return f"{line}; too few notes to calculate more"
    velocity, pitch = player["velocity"], player["pitch"]
    return (
        f"{line}, {player['density_per_s']:.2f} a second, an onset every {median / 1000:.0f} ms, "
        f"velocity {velocity['median']:.0f}, pitch {pitch['min']} to {pitch['max']}"
    )
