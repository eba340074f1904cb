"""`mtsession library export FILE`: the list as a spreadsheet, as JSON or as a playlist."""

import argparse
import csv
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from mtsession.app.library import Library
from mtsession.cli.arguments_library import FORMATS
from mtsession.cli.library_rows import chosen, row
from mtsession.cli.printing import tell_notices
from mtsession.errors import MusicError
from mtsession.music.formats.m3u import write_m3u
from mtsession.music.formats.playlist_file import Entry, write_new
from mtsession.music.formats.xspf import write_xspf
from mtsession.music.recording import Recording

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def run(arguments: argparse.Namespace) -> int:
    """Write the chosen recordings to a file that is not there yet."""
    path = arguments.file
    form = _form(path, arguments.format)
    with closing(Library()) as library:
        tell_notices(library.notices)
        found = chosen(library.recordings(), sort=arguments.sort, text=arguments.filter)
    left_out = 0
    if form in PLAYLISTS:
        there = [each for each in found if each.present]
        left_out, found = len(found) - len(there), there
        PLAYLISTS[form]([_entry(each) for each in there], path)
    else:
        write_new(path, _as_csv(found) if form == "csv" else _as_json(found))
    count = "1 recording" if len(found) == 1 else f"{len(found)} recordings"
    gone = f"; {left_out} left out whose file is gone" if left_out else ""
    print(f"Written: {path} ({count}{gone})", file=sys.stderr)
    return 0


def _form(path: Path, asked: str | None) -> str:
    """Tell in which format to write.

    Raises
    ------
    MusicError
        If none is asked for and the name says none.
    """
    form = asked or path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise MusicError(f"{path.name} ends in none of {known}.", "Add --format, or rename it.")
    return form


def _as_csv(found: Sequence[Recording]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(row(Recording(content="", path="", title="")))
    for each in found:
        cells = row(each) | {"labels": "; ".join(each.labels)}
        writer.writerow(_cell(value) for value in cells.values())
    # Spreadsheets take a text without this mark for one in an older encoding.
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    """Say yes and no in words, and keep a tag that begins like a formula from being run as one."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value


def _as_json(found: Sequence[Recording]) -> bytes:
    content = msgspec.json.encode([row(each) for each in found])
    return msgspec.json.format(content, indent=2) + b"\n"


def _entry(recording: Recording) -> Entry:
    return Entry(
        path=recording.path,
        title=recording.title,
        artist=recording.artist,
        duration_s=recording.duration_s,
    )


PLAYLISTS: dict[str, Callable[[Sequence[Entry], Path], None]] = {
    "m3u8": write_m3u,
    "xspf": write_xspf,
}
