"""`mtsession midi analyse FILE…`: what MIDI files tell of the people who played."""

import argparse
import sys
from pathlib import Path
from typing import Any

from mtsession.app.midi_analysis import analyse_all
from mtsession.cli.library_rows import text_of_path
from mtsession.cli.printing import print_json
from mtsession.errors import MidiError
from mtsession.ui.draw import printable


def run(arguments: argparse.Namespace) -> int:
    """Analyse file after file; one that cannot be read is told, and the others go on."""
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
            _tell(path, found)
    return 1 if failed else 0


def _tell_fault(path: Path, fault: MidiError, *, as_json: bool) -> None:
    if as_json:
        print_json({"path": text_of_path(path), "error": str(fault)})
    else:
        print(f"mtsession: {printable(str(fault))}", file=sys.stderr)


def _tell(path: Path, found: dict[str, Any]) -> None:
    """Print a file's figures as lines."""
    print(f"{printable(text_of_path(path))}: {found['duration_us'] / 1e6:.1f} s")
    for notice in found["notices"]:
        print(f"mtsession: {notice}", file=sys.stderr)
    for player in found["players"]:
        print(f"  {printable(_player_line(player))}")
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
        print(f"  {printable(rows['player'])}")
        for row in rows["rows"]:
            print(f"    {row['component']}: {printable(row['text'])}")


def _player_line(player: dict[str, Any]) -> str:
    if not player["notes"]:
        return f"{player['name']}: silence"
    line = f"{player['name']}: {player['notes']} notes"
    if player["active_share"] is not None:
        line += f", sounding {player['active_share'] * 100:.0f} %"
    median = player["ioi"]["median_us"]
    if median is None:
        return f"{line}; too few notes to calculate more"
    velocity, pitch = player["velocity"], player["pitch"]
    return (
        f"{line}, {player['density_per_s']:.2f} a second, an onset every {median / 1000:.0f} ms, "
        f"velocity {velocity['median']:.0f}, pitch {pitch['min']} to {pitch['max']}"
    )
