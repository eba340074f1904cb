"""`mtsession library analyse FILE…`: what is measured, one line a file, nothing kept."""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from mtsession.cli.library_rows import text_of_path
from mtsession.cli.printing import print_json
from mtsession.errors import MediaError
from mtsession.music.analysis.analyse import analyse_file
from mtsession.music.recording import Analysis
from mtsession.timeline.units import micros
from mtsession.ui.draw import mmss, printable

FIELDS = (
    "duration_s", "bpm", "candidates", "confidence", "steady", "beats_s", "lufs", "true_peak_db",
    "key", "key_confidence", "downbeat", "beats_per_bar", "ibi_cv", "intro_s", "outro_s", "reasons",
    "fault",
)  # fmt: skip
HEADING = f"{'BPM':>6} {'sure':>5}  {'or':>6}  {'key':<3}  {'LUFS':>6}  {'dBTP':>6}  {'length':>7}"


def run(arguments: argparse.Namespace) -> int:
    """Measure file after file; one that cannot be read is told, and the others go on."""
    tell = _tell_json if arguments.json else _Table().tell
    failed = False
    for path in arguments.files:
        try:
            found: Analysis | MediaError = _analysed(path)
        except MediaError as error:
            found, failed = error, True
        tell(path, found)
    return 1 if failed else 0


def _tell_json(path: Path, found: Analysis | MediaError) -> None:
    if isinstance(found, Analysis):
        print_json(row(path, found))
    else:
        print_json({"path": text_of_path(path), "error": str(found)})


class _Table:
    """Lines below a heading, which waits for the first file that could be read."""

    def __init__(self) -> None:
        self._headed = False

    def tell(self, path: Path, found: Analysis | MediaError) -> None:
        """Print a file's line now; what is wrong with one is said elsewhere."""
        if isinstance(found, MediaError):
            named = text_of_path(path.name) in found.message
            where = "" if path.name and named else f"{text_of_path(path)}: "
            print(f"mtsession: {printable(f'{where}{found}')}", file=sys.stderr, flush=True)
            return
        if not self._headed:
            print(f"{HEADING}  file")
            self._headed = True
        print(line(path, found), flush=True)
        if found.fault is not None:
            print(f"mtsession: {printable(found.fault)}", file=sys.stderr, flush=True)


def _analysed(path: Path) -> Analysis:
    """Measure a file.

    Raises
    ------
    MediaError
        If it is none, cannot be read, or its name is no text, which decoders do not open.
    """
    name = text_of_path(path.name)
    if name != path.name:
        raise MediaError(f"“{name}” has a name that is not text.", "Give it another one.")
    if path.is_dir():
        raise MediaError("It is a folder.", "To measure all that is in it: mtsession library scan.")
    return analyse_file(path)


def row(path: Path, analysis: Analysis) -> dict[str, Any]:
    """Give what was measured of a file, for JSON; `reasons` says why a value is null."""
    return {"path": text_of_path(path)} | {
        name: msgspec.to_builtins(getattr(analysis, name)) for name in FIELDS
    }


def line(path: Path, analysis: Analysis) -> str:
    """Give what was measured of a file as a line below `HEADING`."""
    rival = analysis.candidates[1].bpm if len(analysis.candidates) > 1 else None
    figures = (
        f"{_number(analysis.bpm, 2):>6} {_number(analysis.confidence, 2):>5}  "
        f"{_number(rival, 2):>6}  {analysis.key or '-':<3}  {_number(analysis.lufs, 1):>6}  "
        f"{_number(analysis.true_peak_db, 1):>6}  {mmss(micros(analysis.duration_s)):>7}"
    )
    why = analysis.reasons.get("bpm", "no steady pulse") if analysis.bpm is None else ""
    return printable(f"{figures}  {text_of_path(path)}{f' ({why})' if why else ''}")


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"
