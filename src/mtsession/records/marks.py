"""Sessions that were cut off: told by their marks, without any key."""

import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from mtsession.records.files import is_held
from mtsession.records.rows import JournalPaths


class Interrupted(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was not ended, known without any key.

    `started` is the wall time of session time 0, so that a session that goes on
    keeps its time; `last_written` is the age of its file.
    """

    session_id: str
    started: datetime
    last_written: datetime


def interrupted(directory: Path) -> list[Interrupted]:
    """Find the sessions that were not ended and that no living process records, newest last.

    Examples
    --------
    >>> interrupted(Path("no-such-folder"))
    []
    """
    found = []
    for mark in directory.glob("*.open"):
        journal = JournalPaths.of(directory, mark.stem).journal
        if journal.exists() and not is_held(mark):
            with contextlib.suppress(FileNotFoundError):  # it was ended while we looked
                found.append(_told_by(mark, journal))
    return sorted(found, key=lambda one: one.last_written)


def _told_by(mark: Path, journal: Path) -> Interrupted:
    wal = journal.with_name(f"{journal.name}-wal")
    newest = max(path.stat().st_mtime for path in (journal, wal) if path.exists())
    return Interrupted(
        session_id=mark.stem,
        started=datetime.fromtimestamp(origin_of(mark) / 1e6, UTC),
        last_written=datetime.fromtimestamp(newest, UTC),
    )


def dismiss(directory: Path, session_id: str) -> None:
    """Leave an interrupted session as it is: kept, and not offered again."""
    JournalPaths.of(directory, session_id).mark.unlink(missing_ok=True)


def origin_of(mark: Path) -> int:
    """Give the wall time of session time 0 in microseconds; the mark's age if it is torn."""
    text = mark.read_text(encoding="ascii", errors="replace").strip()
    return int(text) if text.isascii() and text.isdigit() else int(mark.stat().st_mtime * 1e6)


def inherited_origin(directory: Path, continues: str | None, given: int | None) -> int:
    """Choose where a new journal's session time 0 lies: given, taken over, or now."""
    if given is not None:
        return given
    if continues is not None:
        mark = JournalPaths.of(directory, continues).mark
        if mark.exists():
            return origin_of(mark)
    return time.time_ns() // 1_000
