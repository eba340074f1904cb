"""The catalogue's file: opened, brought up to date, or set aside where it is damaged."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from mtsession.errors import MusicError
from mtsession.music.library.rows import UnreadableError

BUSY_SECONDS = 10.0
"""How long one writer waits for another, such as a decision during a scan."""

_WAS_DAMAGED = "was damaged"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

MIGRATIONS = (
    """
    CREATE TABLE recordings (
        content TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        version INTEGER,
        fault TEXT,
        analysis BLOB,
        beats BLOB,
        overview BLOB
    );
    CREATE TABLE files (
        path TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        present INTEGER NOT NULL DEFAULT 1,
        content TEXT,
        fault TEXT,
        title TEXT,
        artist TEXT,
        album TEXT,
        bpm REAL,
        words INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX files_by_content ON files (content);
    CREATE TABLE said (content TEXT PRIMARY KEY, decision BLOB, words INTEGER) WITHOUT ROWID;
    CREATE TABLE labels (
        content TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (content, label)
    ) WITHOUT ROWID;
    CREATE TABLE folders (path TEXT PRIMARY KEY) WITHOUT ROWID;
    """,
)
"""Each brings the schema one version further; those that were released never change."""


class DamagedError(MusicError):
    """The file is no catalogue that this version can use.

    Parameters
    ----------
    path : Path
        The file.
    why : str
        In what way, such as "was damaged".
    """

    def __init__(self, path: Path, why: str = _WAS_DAMAGED) -> None:
        super().__init__(
            f"The library's catalogue “{path.name}” cannot be used: it {why}.",
            "Open the library again: it is set aside then, and made anew from its backup.",
        )
        self.why = why


class Database:
    """One connection to a catalogue, for one thread.

    Parameters
    ----------
    path : Path
        The file; made with its folder where it is missing.

    Attributes
    ----------
    made : bool
        Whether it was empty, so that its tables were made now.

    Raises
    ------
    DamagedError
        If it is damaged or of a later version.
    MusicError
        If the system does not let it be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Explicit transactions: a scan's steps are each kept whole.
            self._link = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            self._file = path.stat().st_ino
        except (OSError, sqlite3.Error) as error:
            raise _refused(path, error) from error
        try:
            self._bring_up_to_date()
        except DamagedError:
            self._link.close()
            raise
        except sqlite3.Error as error:
            self._link.close()
            raise _refused(path, error) from error

    def _bring_up_to_date(self) -> None:
        link = self._link
        link.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last files measured, a killed program nothing.
        link.execute("PRAGMA synchronous = NORMAL")
        (verdict,) = link.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise DamagedError(self.path)
        if self._version() == len(MIGRATIONS):
            return
        link.execute("BEGIN IMMEDIATE")
        try:
            self._migrate(self._version())
        except BaseException:
            link.rollback()
            raise
        link.commit()

    def _migrate(self, version: int) -> None:
        link = self._link
        if version > len(MIGRATIONS):
            raise DamagedError(self.path, "was made by a later version of mtsession")
        if version == 0:
            if link.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise DamagedError(self.path, "held something else")
            self.made = True
            link.execute("CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied TEXT)")
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            for statement in script.split(";"):
                link.execute(statement)
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            link.execute("INSERT INTO migrations VALUES (?, ?)", (number, now))
            link.execute(f"PRAGMA user_version = {number:d}")

    def _version(self) -> int:
        return int(self._link.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection; what SQLite says against it becomes one plain sentence."""
        try:
            yield self._link
        except UnreadableError as error:
            raise DamagedError(self.path) from error
        except sqlite3.Error as error:
            raise _refused(self.path, error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction that is kept whole or not at all."""
        with self.reading() as link:
            link.execute("BEGIN IMMEDIATE")
            try:
                yield link
            except BaseException:
                link.rollback()
                raise
            link.commit()

    @property
    def is_replaced(self) -> bool:
        """Whether the file under its name is another one by now, or none."""
        try:
            return self.path.stat().st_ino != self._file
        except OSError:
            return True

    def close(self) -> None:
        """Close the connection."""
        self._link.close()


def set_aside(path: Path) -> Path:
    """Move a catalogue and what SQLite keeps beside it out of the way, under a dated name.

    Raises
    ------
    MusicError
        If it cannot be moved.
    """
    stamp = f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    aside = path.with_name(f"{path.stem}-set-aside-{stamp}{path.suffix}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}-set-aside-{stamp}-{number}{path.suffix}")
    try:
        path.replace(aside)
        for ending in ("-wal", "-shm"):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + ending))
    except OSError as error:
        raise _refused(path, error) from error
    return aside


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell damage from other refusals; text that is none has no code of SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return "UTF-8" in str(error) if code is None else code & 0xFF in _DAMAGED


def _refused(path: Path, error: OSError | sqlite3.Error) -> MusicError:
    """Say why the catalogue cannot be used, and what to do."""
    if isinstance(error, sqlite3.Error) and _is_damage(error):
        return DamagedError(path)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return MusicError(
            "The library's catalogue is in use by another program.",
            "Wait for that one to end, then try again.",
        )
    reason = getattr(error, "strerror", None) or str(error)
    return MusicError(
        f"The library's catalogue {path} cannot be used ({reason}).",
        "Check that its folder can be written and its disk is not full.",
    )
