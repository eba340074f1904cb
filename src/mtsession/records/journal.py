"""A session's journal: one encrypted, hash-chained file that only ever grows.

A journal is written with the vault's public key alone. Its own key is random,
sealed to the vault beside it (``<id>.seal``), and never stored in plain. While a
session has not been ended its mark (``<id>.open``) stands, locked by the process
that records; none of the three names or the mark's content says anything of a client.
"""

import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from mtsession.errors import RecordsError
from mtsession.records.database import KEY_BYTES, create_database, disk_reason, open_database, query
from mtsession.records.files import Mark, create_private, private_directory, sync_directory
from mtsession.records.keys import seal
from mtsession.records.marks import inherited_origin
from mtsession.records.rows import (
    FORMAT,
    SCHEMA,
    JournalPaths,
    JournalRow,
    anchor,
    chain,
)


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal holds, and whether it is as it was written.

    Attributes
    ----------
    rows : tuple of JournalRow
        Every row up to the first fault, in order.
    verified : bool
        Whether the whole chain holds.
    fault : str or None
        One sentence on the first fault, with its row; None where there is none.
    ended : bool
        Whether the session was ended, rather than cut off.
    head : bytes
        The hash of the last row that holds: what the vault remembers.
    parts : tuple of str
        The journals it was joined from, where a session went on in another one.
    """

    session_id: str
    rows: tuple[JournalRow, ...]
    verified: bool
    fault: str | None
    ended: bool
    continues: str | None
    head: bytes
    parts: tuple[str, ...] = ()


class JournalWriter:
    """Appends rows to one session's journal; see `create`.

    One thread at a time may use it. If the process dies, everything that
    `append` returned from is on disk.
    """

    def __init__(
        self, connection: apsw.Connection, mark: Mark, *, session_id: str, continues: str | None
    ) -> None:
        self.session_id = session_id
        self.continues = continues
        self.last_seq = 0
        self._head = anchor(session_id, continues)
        self._connection = connection
        self._mark = mark

    @classmethod
    def create(
        cls,
        directory: Path,
        public_key: bytes,
        *,
        continues: str | None = None,
        origin_unix_us: int | None = None,
    ) -> "JournalWriter":
        """Begin a journal, durable before this returns.

        Parameters
        ----------
        directory : Path
            Where journals live; made private if missing.
        public_key : bytes
            The vault's, 32 bytes. No passphrase is needed.
        continues : str or None
            The session that was interrupted and goes on in this journal; it is
            no longer offered afterwards.
        origin_unix_us : int or None
            The wall time of session time 0; taken over from the session that
            goes on, or now.

        Raises
        ------
        RecordsError
            If the disk refuses; nothing is left behind then.
        """
        private_directory(directory)
        X25519PublicKey.from_public_bytes(public_key)
        session_id = str(uuid.uuid4())
        paths = JournalPaths.of(directory, session_id)
        key = os.urandom(KEY_BYTES)
        mark: Mark | None = None
        connection: apsw.Connection | None = None
        try:
            origin = inherited_origin(directory, continues, origin_unix_us)
            mark = Mark(paths.mark, str(origin))
            create_private(paths.seal, seal(key, public_key, session_id))
            connection = create_database(paths.journal, key)
            with connection:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO header VALUES (?, ?, ?)", (FORMAT, session_id, continues)
                )
        except (OSError, apsw.Error) as error:
            if connection is not None:
                connection.close()
            if mark is not None:
                mark.release()
            paths.remove()
            raise RecordsError(
                f"A new journal cannot be written: {disk_reason(error)}.",
                "Free some space on this disk or choose another data folder.",
            ) from error
        if continues is not None:
            JournalPaths.of(directory, continues).mark.unlink(missing_ok=True)
            sync_directory(directory)
        return cls(connection, mark, session_id=session_id, continues=continues)

    def append(self, rows: Sequence[JournalRow]) -> None:
        """Write rows in one transaction that is on disk when this returns.

        Raises
        ------
        ValueError
            If a row's ``seq`` is not the next one: a fault of the caller.
        RecordsError
            If the disk refuses. The writer stays usable: `last_seq` tells what
            is stored, and the rest may be tried again.
        """
        head, seq, stored = self._head, self.last_seq, []
        for row in rows:
            if row.seq != seq + 1:
                raise ValueError(f"row {row.seq} cannot follow row {seq}")
            head, seq = chain(head, row), row.seq
            stored.append(
                (row.seq, row.t_us, row.type, row.version, row.subject, row.payload, head)
            )
        if not stored:
            return
        try:
            with self._connection:
                self._connection.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?)", stored)
        except apsw.Error as error:
            self._find_last_row()
            raise RecordsError(
                f"The session cannot be saved at this moment: {disk_reason(error)}.",
                "Free some space; nothing is lost while mtsession stays open.",
            ) from error
        self._head, self.last_seq = head, seq

    def close(self, *, ended: bool) -> None:
        """Close the file; a session that has ``ended`` is no longer offered at the next start.

        Raises
        ------
        RecordsError
            If the disk refuses; every appended row is kept all the same.
        """
        try:
            with self._connection:
                self._connection.execute(
                    "INSERT INTO ending VALUES (?, ?, ?)", (self.last_seq, self._head, ended)
                )
            self._connection.close()
            if ended:
                self._mark.remove()
        except (apsw.Error, OSError) as error:
            raise RecordsError(
                f"The end of the session cannot be saved: {disk_reason(error)}.",
                "Everything before it is kept.",
            ) from error
        finally:
            self._connection.close()
            self._mark.release()

    def _find_last_row(self) -> None:
        """After a refusal, see what is stored: a commit may have gone through before it."""
        try:
            found = query(
                self._connection,
                "SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1",
                row=tuple[int, bytes],
            )
        except apsw.Error:
            return  # unreadable just now: what was stored before still holds
        if found:
            ((self.last_seq, self._head),) = found


def read_journal(path: Path, key: bytes) -> Journal:
    """Read a journal and follow its chain.

    Parameters
    ----------
    path : Path
        The ``.journal`` file, whose name is its session's id.
    key : bytes
        The journal's own key, 32 bytes.

    Raises
    ------
    RecordsError
        If there is no such file. A damaged one is read as far as it holds.
    """
    if not path.exists():
        raise RecordsError(
            "A session's journal is missing from the data folder.",
            "Restore the data folder from a backup.",
        )
    session_id = path.stem
    rows: list[JournalRow] = []
    continues: str | None = None
    fault: str | None
    try:
        connection = _open_as_far_as_it_holds(path, key)
    except apsw.Error:
        return broken(session_id, "The journal cannot be opened: it is damaged or not this key's.")
    try:
        ((written_format, written_id, continues),) = query(
            connection,
            "SELECT format, session_id, continues FROM header",
            row=tuple[int, str, str | None],
        )
        if written_id != session_id:
            return broken(session_id, "The journal's header is not this session's.")
        if written_format > FORMAT:
            return broken(session_id, "The journal was written by a newer mtsession.")
        head = anchor(session_id, continues)
        fault = None
        for row, stored_hash in _stored_rows(connection):
            expected = chain(head, row)
            fault = _row_fault(row, stored_hash, expected, last_seq=len(rows))
            if fault is not None:
                break
            rows.append(row)
            head = expected
        ended = False
        if fault is None:
            ended, fault = _ending(connection, len(rows), head)
    except (apsw.Error, ValueError):
        fault = f"Row {len(rows) + 1} and what follows it cannot be read."
        return broken(session_id, fault, rows=rows, continues=continues)
    finally:
        connection.close()
    return Journal(
        session_id=session_id,
        rows=tuple(rows),
        verified=fault is None,
        fault=fault,
        ended=ended,
        continues=continues,
        head=head,
    )


def verify(path: Path, key: bytes) -> str | None:
    """Give the first fault of a journal in one sentence, or None."""
    return read_journal(path, key).fault


def _open_as_far_as_it_holds(path: Path, key: bytes) -> apsw.Connection:
    try:
        return open_database(path, key)
    except apsw.CorruptError:
        return open_database(path, key, salvage=True)


def _stored_rows(connection: apsw.Connection) -> Iterator[tuple[JournalRow, bytes]]:
    for stored in connection.execute(
        "SELECT seq, t_us, type, version, subject, payload, hash FROM entry ORDER BY seq"
    ):
        *fields, stored_hash = msgspec.convert(
            stored, tuple[int, int, str, int, str | None, bytes, bytes]
        )
        names = JournalRow.__struct_fields__
        yield msgspec.convert(dict(zip(names, fields, strict=True)), JournalRow), stored_hash


def _row_fault(row: JournalRow, stored: bytes, expected: bytes, *, last_seq: int) -> str | None:
    """Tell a missing row from a changed one."""
    if row.seq != last_seq + 1:
        missing = f"Row {last_seq + 1} is" if row.seq == last_seq + 2 else _span(last_seq, row.seq)
        return f"{missing} missing."
    if stored != expected:
        return f"Row {row.seq} is not as it was written."
    return None


def _span(last_seq: int, next_seq: int) -> str:
    return f"Rows {last_seq + 1} to {next_seq - 1} are"


def _ending(connection: apsw.Connection, count: int, head: bytes) -> tuple[bool, str | None]:
    """Hold the rows against what was noted when the file was closed; a cut-off one has no note."""
    noted = query(
        connection, "SELECT last_seq, last_hash, ended FROM ending", row=tuple[int, bytes, int]
    )
    if not noted:
        return False, None
    last_seq, last_hash, ended = noted[-1]
    if last_seq > count:
        missing = f"Row {last_seq} is" if last_seq == count + 1 else _span(count, last_seq + 1)
        return bool(ended), f"{missing} missing."
    if last_seq != count or last_hash != head:
        return bool(
            ended
        ), f"Row {min(last_seq, count) + 1} was added after the journal was closed."
    return bool(ended), None


def broken(
    session_id: str,
    fault: str,
    *,
    rows: Sequence[JournalRow] = (),
    continues: str | None = None,
) -> Journal:
    """Give what holds of a journal that cannot be read to its end."""
    return Journal(
        session_id=session_id,
        rows=tuple(rows),
        verified=False,
        fault=fault,
        ended=False,
        continues=continues,
        head=b"",
    )
