"""What a scan puts into the catalogue: files, what their tags say, what was measured."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from mtsession.media.tags import Tags
from mtsession.music.library.database import Database
from mtsession.music.library.rows import packed, with_name, without_name
from mtsession.music.library.walk import Stamp
from mtsession.music.recording import ANALYSIS_VERSION, Analysis


class KnownFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the catalogue has it.

    Attributes
    ----------
    stamp : Stamp
        As it was when it was read.
    present : bool
        Whether the last scan found it.
    settled : bool
        Whether nothing is left to be measured of it.
    fault : str or None
        What was wrong with it.
    """

    stamp: Stamp
    present: bool
    settled: bool
    fault: str | None


class Intake:
    """Writes for a scan; each step is kept whole, and a scan that dies loses what was running.

    Parameters
    ----------
    database : Database
        Of the thread that scans.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, folders: Sequence[Path]) -> dict[str, KnownFile]:
        """Give every file that was once found in these folders, by its path."""
        found: dict[str, KnownFile] = {}
        with self._database.reading() as link:
            for folder in folders:
                rows = link.execute(
                    "SELECT f.path, f.size, f.mtime_ns, f.present, "
                    "f.content IS NULL OR r.version >= ?, "
                    "f.fault, r.fault "
                    "FROM files f LEFT JOIN recordings r USING (content) "
                    "WHERE f.path = ? OR (f.path >= ? AND f.path < ?)",
                    (ANALYSIS_VERSION, *_below(folder)),
                )
                for path, size, mtime_ns, present, settled, fault, of_content in rows:
                    found[path] = KnownFile(
                        stamp=Stamp(size=size, mtime_ns=mtime_ns),
                        present=bool(present),
                        settled=bool(settled),
                        fault=fault or with_name(of_content, path),
                    )
        return found

    def is_settled(self, content: str) -> bool:
        """Tell whether this content was measured by this version, or found impossible to."""
        with self._database.reading() as link:
            row = link.execute(
                "SELECT version FROM recordings WHERE content = ?", (content,)
            ).fetchone()
        return row is not None and row[0] is not None and row[0] >= ANALYSIS_VERSION

    def fault(self, content: str, path: str) -> str | None:
        """Give what was found wrong with a content, of the file at a path."""
        with self._database.reading() as link:
            row = link.execute(
                "SELECT fault FROM recordings WHERE content = ?", (content,)
            ).fetchone()
        return None if row is None else with_name(row[0], path)

    def mark_present(self, there: Iterable[str], gone: Iterable[str]) -> None:
        """Note which files came back and which are gone; nothing else of them is touched."""
        with self._database.writing() as link:
            link.executemany(
                "UPDATE files SET present = 1 WHERE path = ?", ((path,) for path in there)
            )
            link.executemany(
                "UPDATE files SET present = 0 WHERE path = ?", ((path,) for path in gone)
            )

    def keep(self, path: str, stamp: Stamp, content: str, tags: Tags) -> None:
        """Keep a file whose content is known: a new place of it, or other tags."""
        with self._database.writing() as link:
            link.execute(
                "INSERT OR IGNORE INTO recordings (content, path) VALUES (?, ?)", (content, path)
            )
            self._put_file(path, stamp, content, tags, None)

    def keep_measured(
        self,
        path: str,
        stamp: Stamp,
        content: str,
        tags: Tags,
        *,
        analysis: Analysis | None,
        fault: str | None = None,
    ) -> None:
        """Keep a file, what was measured of it, and one sentence on what is wrong with it."""
        body, beats, overview = (None, None, None) if analysis is None else packed(analysis)
        with self._database.writing() as link:
            link.execute(
                "INSERT INTO recordings (content, path, version, fault, analysis, beats, overview) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (content) DO UPDATE SET "
                "version = excluded.version, fault = excluded.fault, analysis = excluded.analysis, "
                "beats = excluded.beats, overview = excluded.overview",
                (
                    content,
                    path,
                    ANALYSIS_VERSION,
                    without_name(fault, path),
                    body,
                    beats,
                    overview,
                ),
            )
            self._put_file(path, stamp, content, tags, None)

    def keep_unusable(self, path: str, stamp: Stamp, fault: str) -> None:
        """Keep that a file is nothing to listen to until it changes."""
        with self._database.writing():
            self._put_file(path, stamp, None, Tags(), fault)

    def missing(self, folders: Sequence[Path]) -> int:
        """Count the recordings that were in these folders and are nowhere now."""
        gone: set[str] = set()
        with self._database.reading() as link:
            for folder in folders:
                rows = link.execute(
                    "SELECT DISTINCT content FROM files f "
                    "WHERE content NOT NULL AND (path = ? OR (path >= ? AND path < ?)) "
                    "AND NOT EXISTS "
                    "(SELECT 1 FROM files g WHERE g.content = f.content AND g.present)",
                    _below(folder),
                )
                gone.update(content for (content,) in rows)
        return len(gone)

    def _put_file(
        self, path: str, stamp: Stamp, content: str | None, tags: Tags, fault: str | None
    ) -> None:
        """Write a file's row; a content that nothing is left of or said of goes."""
        with self._database.reading() as link:
            before = link.execute("SELECT content FROM files WHERE path = ?", (path,)).fetchone()
            link.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
                (
                    path,
                    stamp.size,
                    stamp.mtime_ns,
                    content,
                    fault,
                    tags.title,
                    tags.artist,
                    tags.album,
                    tags.bpm,
                    tags.words,
                ),
            )
            if content is not None:
                link.execute("UPDATE recordings SET path = ? WHERE content = ?", (path, content))
            if before is not None and before[0] not in {None, content}:
                link.execute(
                    "DELETE FROM recordings WHERE content = ? "
                    "AND NOT EXISTS (SELECT 1 FROM files WHERE content = ?) "
                    "AND NOT EXISTS (SELECT 1 FROM said WHERE content = ?) "
                    "AND NOT EXISTS (SELECT 1 FROM labels WHERE content = ?)",
                    before * 4,
                )


def _below(folder: Path) -> tuple[str, str, str]:
    """Give a path and the range in which every path below it sorts."""
    whole = str(folder)
    start = whole if whole.endswith(os.sep) else whole + os.sep
    return whole, start, start[:-1] + chr(ord(start[-1]) + 1)
