"""What a journal's rows are, how they are chained, and which files hold them."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from mtsession.records.framing import framed

FORMAT = 1
HASH_BYTES = 32
SCHEMA = (
    "CREATE TABLE header (format INTEGER NOT NULL, session_id TEXT NOT NULL, continues TEXT)"
    " STRICT",
    "CREATE TABLE entry (seq INTEGER PRIMARY KEY, t_us INTEGER NOT NULL, type TEXT NOT NULL,"
    " version INTEGER NOT NULL, subject TEXT, payload BLOB NOT NULL, hash BLOB NOT NULL) STRICT",
    "CREATE TABLE ending (last_seq INTEGER NOT NULL, last_hash BLOB NOT NULL,"
    " ended INTEGER NOT NULL) STRICT",
)


class JournalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is stored: what it says is the caller's, here it is bytes.

    ``seq`` counts from 1 without gaps and is the true order; ``t_us`` is session
    time in microseconds and may step back (a note arrives after its onset).
    """

    seq: int
    t_us: int
    type: str
    version: int
    subject: str | None
    payload: bytes

    def __repr__(self) -> str:
        """Name the row without its payload: a traceback must not hold a session."""
        return f"JournalRow(seq={self.seq}, type={self.type!r}, {len(self.payload)} bytes)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Keep the payload out of drawn tracebacks as well."""
        return [("seq", self.seq), ("type", self.type)]


def anchor(session_id: str, continues: str | None) -> bytes:
    """Where a journal's hash chain begins: at its own name."""
    link = None if continues is None else continues.encode()
    return _digest(framed(b"mtsession journal 1", session_id.encode(), link))


def chain(previous: bytes, row: JournalRow) -> bytes:
    """Hash a row behind the one before it: BLAKE2b-256 (RFC 7693) over the stored fields."""
    subject = None if row.subject is None else row.subject.encode()
    stored = framed(
        str(row.seq).encode(),
        str(row.t_us).encode(),
        row.type.encode(),
        str(row.version).encode(),
        subject,
        row.payload,
    )
    return _digest(previous + stored)


class JournalPaths(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one journal."""

    journal: Path
    seal: Path
    mark: Path

    @classmethod
    def of(cls, directory: Path, session_id: str) -> "JournalPaths":
        """Name the files of a session."""
        return cls(
            journal=directory / f"{session_id}.journal",
            seal=directory / f"{session_id}.seal",
            mark=directory / f"{session_id}.open",
        )

    def remove(self) -> None:
        """Take every file of this journal away, the seal first: without it none can be read."""
        beside = [self.journal.with_name(self.journal.name + end) for end in ("-wal", "-shm")]
        for path in (self.seal, self.journal, *beside, self.mark):
            path.unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=HASH_BYTES).digest()
