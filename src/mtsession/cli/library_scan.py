"""`mtsession library scan DIR…`."""

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TextIO

import msgspec

from mtsession.app.library import Library
from mtsession.app.scan_words import fault_line, progress_words, report_words
from mtsession.cli.library_rows import text_of_path
from mtsession.cli.printing import print_json, tell_notices
from mtsession.cli.stopping import Stop
from mtsession.errors import MusicError
from mtsession.music.library.scan import ScanProgress, ScanReport
from mtsession.ui.draw import printable, shorten

SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_DRAWINGS = 0.1


def run(arguments: argparse.Namespace) -> int:
    """Scan; faulty files are told and do not make the scan a failure."""
    with closing(Library()) as library:
        tell_notices(library.notices)
        folders = _folders(library, arguments.folders)
        teller = ProgressTeller(sys.stderr)
        with Stop(lambda: True) as stop:
            try:
                report = library.scan(
                    folders,
                    workers=arguments.workers,
                    on_progress=teller.tell,
                    cancelled=lambda: stop.asked,
                )
            finally:
                teller.end()
    tell_notices(report.notices)
    if arguments.json:
        print_json(as_row(report))
    else:
        print("\n".join(in_words(report)))
    if report.cancelled:
        where = " ".join(_typed(text_of_path(folder)) for folder in arguments.folders)
        again = f"mtsession library scan {where}".rstrip()
        print(f"mtsession: Stopped. What is done is kept; to go on: {again}", file=sys.stderr)
    return stop.exit_code if report.cancelled else 0


def _folders(library: Library, named: list[Path]) -> list[Path] | None:
    """Give what to scan, None for the folders known; what is wrong is told before it begins.

    Raises
    ------
    MusicError
        If one is not there, or none is named and none known.
    """
    if not named and not library.folders:
        raise MusicError("No folder has been scanned yet.", "Name one: mtsession library scan DIR")
    for folder in named:
        if not folder.exists():
            name = printable(text_of_path(folder))
            raise MusicError(f"There is no folder {name}.", "Check its spelling.")
    return named or None


def _typed(path: str) -> str:
    """Write a path as it is typed in any shell."""
    return f'"{path}"' if " " in path else path


class ProgressTeller:
    """Says how far a scan is: one line that is rewritten, or a line now and then.

    Parameters
    ----------
    stream : TextIO
        Where to; rewritten only where that is a terminal.
    now : callable
        Gives seconds of a clock that never goes back.
    """

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now
        self._drawn = False
        self._rewrites = stream.isatty()
        self._wait = SECONDS_BETWEEN_DRAWINGS if self._rewrites else SECONDS_BETWEEN_LINES
        # A quick scan needs no lines; on a terminal the first one shows that it has begun.
        self._last = now() - (self._wait if self._rewrites else 0)

    def tell(self, progress: ScanProgress) -> None:
        """Say it, unless it was said just now."""
        now = self._now()
        if now - self._last < self._wait:
            return
        self._last = now
        if not self._rewrites:
            print(progress_words(progress), file=self._stream, flush=True)
            return
        width = shutil.get_terminal_size().columns - 1
        text = shorten(progress_words(progress), width)
        print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
        self._drawn = True

    def end(self) -> None:
        """Take the line away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._drawn = False


def in_words(report: ScanReport) -> list[str]:
    """Give a line for each fault, and the counts last, where they can be seen."""
    return [*(fault_line(fault) for fault in report.faults), report_words(report)]


def as_row(report: ScanReport) -> dict[str, object]:
    """Give the report for JSON."""
    counts = msgspec.structs.asdict(report.progress)
    kept = ("found", "done", "unchanged", "known", "analysed", "failed")
    return {
        **{name: counts[name] for name in kept},
        "missing": report.missing,
        "cancelled": report.cancelled,
        "seconds": round(report.seconds, 3),
        "files_per_s": counts["files_per_s"],
        "audio_rate": counts["audio_rate"],
        "faults": [
            {"path": text_of_path(fault.path), "message": fault.message} for fault in report.faults
        ],
    }
