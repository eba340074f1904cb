"""The vault's index: journals and their keys, sessions, clients, tastes, summaries, the audit.

Everything here is in ``vault.db``, encrypted with a raw key that only an
unlocked vault holds.
"""

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import apsw
import msgspec

from mtsession.errors import RecordsError
from mtsession.records.database import Migration, migrate, open_database, query
from mtsession.records.keys import RESTORE_HINT
from mtsession.records.tastes import MIGRATION as TASTES

INDEX_FILE = "vault.db"
MIGRATIONS: Sequence[Migration] = (
    (
        "CREATE TABLE journal (id TEXT PRIMARY KEY, key BLOB NOT NULL, continues TEXT,"
        " ended INTEGER NOT NULL, last_seq INTEGER NOT NULL, head BLOB NOT NULL,"
        " adopted TEXT NOT NULL) STRICT",
        "CREATE TABLE client (code TEXT PRIMARY KEY, added TEXT NOT NULL) STRICT",
        "CREATE TABLE session (id TEXT PRIMARY KEY REFERENCES journal ON DELETE CASCADE,"
        " started TEXT, client TEXT, duration_us INTEGER, plan_title TEXT,"
        " chosen_client TEXT REFERENCES client) STRICT",
        "CREATE TABLE summary (number INTEGER PRIMARY KEY,"
        " session_id TEXT NOT NULL REFERENCES session ON DELETE CASCADE,"
        " version INTEGER NOT NULL, stored TEXT NOT NULL, body BLOB NOT NULL) STRICT",
        "CREATE TABLE audit (number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL,"
        " action TEXT NOT NULL, session_id TEXT) STRICT",
    ),
    TASTES,
)


class SessionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller reads out of a session's rows for the list of sessions.

    ``started`` is wall-clock time in ISO 8601; each is None where the rows do not say.
    """

    started: str | None = None
    client: str | None = None
    duration_us: int | None = None
    plan_title: str | None = None


class SessionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is listed; ``parts`` are its journals, in order."""

    id: str
    started: str | None
    client: str | None
    ended: bool
    duration_us: int | None
    plan_title: str | None
    parts: tuple[str, ...]


class StoredSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A summary as it was kept, with the version of the metrics that made it."""

    version: int
    stored: str
    body: bytes


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which session, and when; ``who`` names what opened the vault."""

    at: str
    who: str
    action: str
    session_id: str | None


class JournalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the vault remembers of a journal; its text leaves the key out."""

    id: str
    key: bytes
    continues: str | None
    ended: bool
    last_seq: int
    head: bytes

    def __repr__(self) -> str:
        """Name the journal without its key."""
        return f"JournalRecord({self.id})"


class Index:
    """The tables of ``vault.db`` and nothing above them."""

    def __init__(self, directory: Path, key: bytes) -> None:
        self.connection = open_database(directory / INDEX_FILE, key)
        try:
            _refuse_empty(self.connection)
            migrate(self.connection, MIGRATIONS)
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def journals(self) -> dict[str, JournalRecord]:
        """Give every adopted journal by its id, oldest adoption first."""
        found = query(
            self.connection,
            "SELECT id, key, continues, ended, last_seq, head FROM journal ORDER BY adopted, id",
            row=tuple[str, bytes, str | None, int, int, bytes],
        )
        return {
            each[0]: JournalRecord(
                id=each[0],
                key=each[1],
                continues=each[2],
                ended=bool(each[3]),
                last_seq=each[4],
                head=each[5],
            )
            for each in found
        }

    def add_journal(self, record: JournalRecord) -> None:
        """Remember a journal and its key."""
        self.connection.execute(
            "INSERT INTO journal (id, key, continues, ended, last_seq, head, adopted)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                record.id,
                record.key,
                record.continues,
                record.ended,
                record.last_seq,
                record.head,
                now_text(),
            ),
        )

    def describe(self, session_id: str, facts: SessionFacts) -> None:
        """Write what the list shows of a session; a client chosen by hand stays."""
        self.connection.execute(
            "INSERT INTO session (id, started, client, duration_us, plan_title)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET"
            " started = ?2, client = ?3, duration_us = ?4, plan_title = ?5",
            (session_id, facts.started, facts.client, facts.duration_us, facts.plan_title),
        )

    def facts(self) -> dict[str, SessionFacts]:
        """Give what the list shows of each session, earliest first."""
        found = query(
            self.connection,
            "SELECT id, started, coalesce(chosen_client, client), duration_us, plan_title"
            " FROM session ORDER BY julianday(started), id",
            row=tuple[str, str | None, str | None, int | None, str | None],
        )
        return {
            each[0]: SessionFacts(
                started=each[1], client=each[2], duration_us=each[3], plan_title=each[4]
            )
            for each in found
        }

    def set_client(self, session_id: str, code: str | None) -> None:
        """Say whose session it was; None goes back to what the session itself says."""
        with self.connection:
            if code is not None:
                self.connection.execute(
                    "INSERT INTO client VALUES (?, ?) ON CONFLICT DO NOTHING", (code, now_text())
                )
            self.connection.execute(
                "UPDATE session SET chosen_client = ? WHERE id = ?", (code, session_id)
            )

    def add_summary(self, session_id: str, version: int, body: bytes) -> None:
        """Keep a summary beside those kept before; none is ever overwritten."""
        self.connection.execute(
            "INSERT INTO summary (session_id, version, stored, body) VALUES (?, ?, ?, ?)",
            (session_id, version, now_text(), body),
        )

    def summaries(self, session_id: str) -> list[StoredSummary]:
        """Give a session's summaries, oldest first."""
        found = query(
            self.connection,
            "SELECT version, stored, body FROM summary WHERE session_id = ? ORDER BY number",
            (session_id,),
            row=tuple[int, str, bytes],
        )
        return [StoredSummary(version=each[0], stored=each[1], body=each[2]) for each in found]

    def forget(self, journal_ids: Sequence[str]) -> None:
        """Delete journals' keys and all that hangs on them; pages are overwritten."""
        with self.connection:
            self.connection.executemany(
                "DELETE FROM journal WHERE id = ?", [(each,) for each in journal_ids]
            )

    def note(self, who: str, action: str, session_id: str | None) -> None:
        """Write a line into the audit."""
        self.connection.execute(
            "INSERT INTO audit (at, who, action, session_id) VALUES (?, ?, ?, ?)",
            (now_text(), who, action, session_id),
        )

    def audit(self) -> list[AuditEntry]:
        """Give the audit, oldest first."""
        found = query(
            self.connection,
            "SELECT at, who, action, session_id FROM audit ORDER BY number",
            row=tuple[str, str, str, str | None],
        )
        return [
            AuditEntry(at=each[0], who=each[1], action=each[2], session_id=each[3])
            for each in found
        ]

    def faults(self) -> list[str]:
        """Let SQLite look over its own file."""
        found = query(self.connection, "PRAGMA integrity_check", row=tuple[str])
        return [f"The vault's index is damaged: {text}." for (text,) in found if text != "ok"]


def _refuse_empty(connection: apsw.Connection) -> None:
    """Keep an index that lost everything from being taken for a new one."""
    if int(connection.pragma("user_version")) == 0:
        raise RecordsError("The vault's index is empty.", RESTORE_HINT)


def now_text() -> str:
    """Give the wall-clock time for the vault's own notes."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def erase_from_wal(connection: apsw.Connection) -> None:
    """Fold the write-ahead log into the file and empty it, so that deleted pages are gone."""
    with contextlib.suppress(apsw.BusyError):  # another reader: its close does the same
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
