"""The sessions in an open vault: taken in, listed, read, described and deleted."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from mtsession.errors import RecordsError
from mtsession.records import tastes
from mtsession.records.database import reported
from mtsession.records.files import is_held
from mtsession.records.index import (
    AuditEntry,
    Index,
    JournalRecord,
    SessionEntry,
    SessionFacts,
    StoredSummary,
    erase_from_wal,
    now_text,
)
from mtsession.records.journal import Journal, broken, read_journal
from mtsession.records.keys import RESTORE_HINT, Secrets, open_seal
from mtsession.records.parts import join, sessions_of
from mtsession.records.rows import JournalPaths, JournalRow
from mtsession.records.tastes import TasteKind
from mtsession.records.unlocking import SESSIONS

Describe = Callable[[Sequence[JournalRow]], SessionFacts]
READ_FAILED = "The vault cannot be read"
WRITE_FAILED = "The vault cannot be written"
SPACE_HINT = "Free some space on this disk and try again."


class Shelf:
    """What an open vault does with sessions; `Vault` adds how it is opened and kept.

    Parameters
    ----------
    directory : Path
        The vault's folder.
    secrets : Secrets
        What opens its index and its journals.
    opened_by : str
        What opened the vault, for the audit.
    """

    def __init__(self, directory: Path, secrets: Secrets, *, opened_by: str) -> None:
        with reported(READ_FAILED, RESTORE_HINT):
            self._index = Index(directory, secrets.index_key)
            self._index.note(opened_by, "unlock", None)
        self._directory = directory
        self._secrets = secrets
        self._opened_by = opened_by

    @reported(WRITE_FAILED, SPACE_HINT)
    def adopt(self, describe: Describe) -> list[SessionEntry]:
        """Take in journals recorded since: their keys, and what the list shows of them.

        Journals that are being recorded, and those sealed to another vault, are
        left where they are; `verify` tells of the latter.

        Parameters
        ----------
        describe : callable
            Reads start, client, duration and plan out of a session's rows; it
            answers None to what it does not find rather than raise.

        Returns
        -------
        list of SessionEntry
            The sessions that are new or went on.
        """
        fresh = set()
        known = self._index.journals()
        for seal in sorted(self._sessions_directory.glob("*.seal")):
            paths = JournalPaths.of(self._sessions_directory, seal.stem)
            if seal.stem in known or is_held(paths.mark) or not paths.journal.exists():
                continue
            key = open_seal(seal.read_bytes(), self._secrets.private_key, seal.stem)
            if key is not None:
                journal = read_journal(paths.journal, key)
                self._index.add_journal(_record(journal, key))
                fresh.add(seal.stem)
        records = self._index.journals()
        described = self._index.facts()
        changed = [
            parts
            for root, parts in self._sessions().items()
            if fresh & set(parts) or root not in described
        ]
        for parts in changed:
            journal = join([self._read(records[part]) for part in parts])
            self._index.describe(parts[0], describe(journal.rows))
        wanted = {parts[0] for parts in changed}
        return [entry for entry in self.sessions() if entry.id in wanted]

    @reported(READ_FAILED, RESTORE_HINT)
    def sessions(self) -> list[SessionEntry]:
        """List the adopted sessions, earliest first."""
        records, parts = self._index.journals(), self._sessions()
        return [
            SessionEntry(
                id=session_id,
                started=facts.started,
                client=facts.client,
                ended=records[parts[session_id][-1]].ended,
                duration_us=facts.duration_us,
                plan_title=facts.plan_title,
                parts=parts[session_id],
            )
            for session_id, facts in self._index.facts().items()
            if session_id in parts
        ]

    @reported(READ_FAILED, RESTORE_HINT)
    def open_session(self, session_id: str) -> Journal:
        """Read a session, all its parts as one; noted in the audit.

        Raises
        ------
        RecordsError
            If it is not in the vault. A damaged or incomplete session is given
            as far as it holds, with its fault.
        """
        parts = self._parts_of(session_id)
        records = self._index.journals()
        self._index.note(self._opened_by, "read", parts[0])
        return join([self._read(records[part]) for part in parts])

    @reported(WRITE_FAILED, SPACE_HINT)
    def set_client(self, session_id: str, code: str | None) -> None:
        """Say whose session it was; None goes back to what was said when it began."""
        self._index.set_client(self._parts_of(session_id)[0], code)

    @reported(READ_FAILED, RESTORE_HINT)
    def taste(self, client: str) -> dict[str, TasteKind]:
        """Give what a client said of recordings, by content; empty for an unknown client."""
        return tastes.taste(self._index.connection, client)

    @reported(READ_FAILED, RESTORE_HINT)
    def tastes(self) -> dict[str, dict[str, TasteKind]]:
        """Give what each client said of recordings, by client and content."""
        return tastes.tastes(self._index.connection)

    @reported(READ_FAILED, RESTORE_HINT)
    def count_tastes(self) -> int:
        """Give how many tastes are noted, of all clients together."""
        return tastes.count(self._index.connection)

    @reported(WRITE_FAILED, SPACE_HINT)
    def set_taste(self, client: str, content: str, kind: TasteKind | None) -> None:
        """Note a client's word on a recording in the place of an earlier one; None forgets it."""
        tastes.set_taste(self._index.connection, client, content, kind, noted=now_text())

    @reported(WRITE_FAILED, SPACE_HINT)
    def store_summary(self, session_id: str, version: int, body: bytes) -> None:
        """Keep a summary (JSON) with its metrics' version, beside those kept before."""
        self._index.add_summary(self._parts_of(session_id)[0], version, body)

    @reported(READ_FAILED, RESTORE_HINT)
    def summary(self, session_id: str) -> StoredSummary | None:
        """Give the newest summary kept for a session; noted in the audit."""
        found = self.summaries(session_id)
        return found[-1] if found else None

    @reported(READ_FAILED, RESTORE_HINT)
    def summaries(self, session_id: str) -> list[StoredSummary]:
        """Give every summary kept for a session, oldest first; noted in the audit."""
        root = self._parts_of(session_id)[0]
        self._index.note(self._opened_by, "read", root)
        return self._index.summaries(root)

    @reported(WRITE_FAILED, SPACE_HINT)
    def note_export(self, session_id: str, form: str) -> None:
        """Note in the audit that a session left the vault, and in which form."""
        self._index.note(self._opened_by, f"export {form}", self._parts_of(session_id)[0])

    @reported(WRITE_FAILED, SPACE_HINT)
    def delete_session(self, session_id: str) -> None:
        """Delete a session: its keys, seals and files; only the audit's line stays.

        Copies in backups are not reached.
        """
        parts = self._parts_of(session_id)
        if any(is_held(JournalPaths.of(self._sessions_directory, part).mark) for part in parts):
            raise RecordsError("This session is being recorded.", "End it first.")
        for part in parts:
            JournalPaths.of(self._sessions_directory, part).remove()
        self._index.forget(parts)
        self._index.note(self._opened_by, "delete", parts[0])
        erase_from_wal(self._index.connection)

    @reported(READ_FAILED, RESTORE_HINT)
    def audit(self) -> list[AuditEntry]:
        """Give who read, exported or deleted what, oldest first."""
        return self._index.audit()

    @reported(READ_FAILED, RESTORE_HINT)
    def verify(self) -> list[str]:
        """Look over the index, every journal's chain and every seal; one sentence a fault."""
        faults = self._index.faults()
        records = self._index.journals()
        for record in records.values():
            fault = self._read(record).fault
            if fault is not None:
                faults.append(f"Session {record.id[:8]}: {fault}")
        for seal in sorted(self._sessions_directory.glob("*.seal")):
            key = open_seal(seal.read_bytes(), self._secrets.private_key, seal.stem)
            if key is None:
                faults.append(f"Session {seal.stem[:8]}: its seal is damaged or another vault's.")
        for path in sorted(self._sessions_directory.glob("*.journal")):
            lost = not JournalPaths.of(self._sessions_directory, path.stem).seal.exists()
            if lost and path.stem not in records:
                faults.append(f"Session {path.stem[:8]}: its seal is missing.")
        return faults

    @property
    def _sessions_directory(self) -> Path:
        return self._directory / SESSIONS

    @reported(WRITE_FAILED, SPACE_HINT)
    def _note(self, action: str) -> None:
        self._index.note(self._opened_by, action, None)

    def _sessions(self) -> dict[str, tuple[str, ...]]:
        records = self._index.journals().values()
        return sessions_of({record.id: record.continues for record in records})

    def _parts_of(self, session_id: str) -> tuple[str, ...]:
        for parts in self._sessions().values():
            if session_id in parts:
                return parts
        raise RecordsError(
            "There is no such session in this vault.", "See: mtsession sessions list"
        )

    def _read(self, record: JournalRecord) -> Journal:
        """Read a journal and hold it against what the vault remembers of it."""
        paths = JournalPaths.of(self._sessions_directory, record.id)
        try:
            journal = read_journal(paths.journal, record.key)
        except RecordsError as error:
            return broken(record.id, error.message, continues=record.continues)
        if journal.fault is None and record.head and journal.head != record.head:
            fault = "The journal is not the one that the vault took in."
            journal = msgspec.structs.replace(journal, verified=False, fault=fault)
        return journal


def _record(journal: Journal, key: bytes) -> JournalRecord:
    return JournalRecord(
        id=journal.session_id,
        key=key,
        continues=journal.continues,
        ended=journal.ended,
        last_seq=len(journal.rows),
        head=journal.head if journal.verified else b"",
    )
