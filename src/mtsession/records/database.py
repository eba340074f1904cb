"""One encrypted SQLite file: how it is opened, keyed, kept durable and brought up to date."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import apsw
import msgspec

from mtsession.errors import RecordsError
from mtsession.records.files import create_private

CIPHER = "sqlcipher"
KEY_BYTES = 32
BUSY_MS = 5_000

Row = TypeVar("Row")
Migration = Sequence[str]
"""The statements that bring a database from one version to the next."""


def create_database(path: Path, key: bytes) -> apsw.Connection:
    """Make a new encrypted database file, readable by its owner alone.

    Raises
    ------
    apsw.Error, OSError
        Left as they are: the caller knows what the file was for.
    """
    create_private(path)
    return open_database(path, key)


def open_database(path: Path, key: bytes, *, salvage: bool = False) -> apsw.Connection:
    """Open an encrypted database with its raw 32-byte key, ready to read and write.

    Every commit is on disk before it returns (WAL with ``synchronous=FULL``), and
    sorting and staging happen in memory, so nothing spills in plain. With
    ``salvage`` a file that lost its end opens for reading what is left.

    Raises
    ------
    apsw.Error
        Left as it is, `apsw.NotADBError` above all for a wrong key.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a raw key has 32 bytes")
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.pragma("cipher", CIPHER)
        connection.pragma("key", f"x'{key.hex()}'")
        connection.pragma("temp_store", "memory")
        if salvage:
            connection.pragma("writable_schema", "on")  # the one way past the length check
            connection.pragma("query_only", "on")
        connection.execute("SELECT count(*) FROM sqlite_master").get  # noqa: B018  the first read proves the key
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("foreign_keys", "on")
    except apsw.Error:
        connection.close()
        raise
    return connection


def migrate(connection: apsw.Connection, steps: Sequence[Migration]) -> int:
    """Bring a database to the newest version, one committed step at a time.

    Parameters
    ----------
    connection : apsw.Connection
        An open database, its version in ``user_version``.
    steps : Sequence[Migration]
        Step ``n`` leads from version ``n`` to ``n + 1``; steps are only ever added.

    Returns
    -------
    int
        The version reached, ``len(steps)``.

    Raises
    ------
    RecordsError
        If a newer program has written the database.

    Examples
    --------
    >>> memory = apsw.Connection(":memory:")
    >>> migrate(memory, [["CREATE TABLE a (b)"], ["ALTER TABLE a ADD c"]])
    2
    """
    version = int(connection.pragma("user_version"))
    if version > len(steps):
        raise RecordsError(
            f"This vault was written by a newer mtsession (version {version} of its tables).",
            "Update mtsession on this machine.",
        )
    for number, statements in enumerate(steps[version:], version + 1):
        with connection:
            for statement in statements:
                connection.execute(statement)
            connection.pragma("user_version", number)
    return len(steps)


def query(
    connection: apsw.Connection, sql: str, bindings: Sequence[object] = (), *, row: type[Row]
) -> list[Row]:
    """Read rows as a type that is checked, such as ``tuple[int, str | None]``.

    Raises
    ------
    msgspec.ValidationError
        If a stored value is of another type.

    Examples
    --------
    >>> query(apsw.Connection(":memory:"), "SELECT 1, NULL", row=tuple[int, str | None])
    [(1, None)]
    """
    found = connection.execute(sql, tuple(bindings))
    return [msgspec.convert(values, row) for values in found]


def copy_database(source: apsw.Connection, path: Path, key: bytes) -> None:
    """Copy a database that is in use into a new file under the same key."""
    target = create_database(path, key)
    try:
        with target.backup("main", source, "main") as copying:
            while not copying.done:
                copying.step(256)
        target.pragma("journal_mode", "wal")
    finally:
        target.close()


@contextmanager
def reported(what: str, hint: str) -> Iterator[None]:
    """Turn a refusal of the disk into one sentence; serves as a decorator too."""
    try:
        yield
    except (apsw.Error, OSError) as error:
        raise RecordsError(f"{what}: {disk_reason(error)}.", hint) from error
    except msgspec.ValidationError as error:
        raise RecordsError(f"{what}: the file is damaged.", hint) from error


def disk_reason(error: Exception) -> str:
    """Say in a few words why the disk refused."""
    # The write-ahead log's shared file cannot grow: SQLite has no fuller word for it.
    no_room_for_log = getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE
    if isinstance(error, apsw.FullError) or no_room_for_log:
        return "the disk is full"
    if isinstance(error, OSError):
        return (error.strerror or "the disk refused").lower()
    if isinstance(error, apsw.BusyError):
        return "another program holds the file"
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return "the file is damaged"
    if isinstance(error, apsw.CantOpenError):
        return "a file is missing or cannot be opened"
    return f"the disk gave an error ({type(error).__name__})"
