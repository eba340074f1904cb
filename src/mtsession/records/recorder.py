"""The one thread that writes a journal, so that nobody else ever waits for the disk."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Protocol

from mtsession.errors import RecordsError
from mtsession.records.rows import JournalRow

MAX_BATCH = 2_000
RETRY_SECONDS = 3.0


class Writer(Protocol):
    """What the recorder needs of a journal."""

    @property
    def session_id(self) -> str:
        """The journal's session."""

    @property
    def last_seq(self) -> int:
        """The last row that is on disk."""

    def append(self, rows: Sequence[JournalRow]) -> None:
        """Put rows on disk before returning."""

    def close(self, *, ended: bool) -> None:
        """Close the journal."""


class Recorder:
    """Takes rows at any moment from any thread and puts them on disk in order.

    A row handed over is committed as soon as the one before it is, with all
    that came meanwhile in the same transaction. Where the disk refuses, rows
    wait in memory in their order, one sentence is reported, and the same rows
    are tried again every few seconds until they are written.

    Parameters
    ----------
    writer_factory : callable
        Opens the journal, on the recorder's own thread; called again after a
        `RecordsError`.
    on_error : callable
        Told once for each spell of trouble, on the recorder's thread.
    on_recovered : callable, optional
        Told one sentence when the spell is over.
    retry_seconds : float
        How long to wait before trying again.
    """

    def __init__(
        self,
        writer_factory: Callable[[], Writer],
        *,
        on_error: Callable[[RecordsError], None],
        on_recovered: Callable[[str], None] | None = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._factory = writer_factory
        self._on_error = on_error
        self._on_recovered = on_recovered
        self._retry_seconds = retry_seconds
        self._waiting: deque[JournalRow] = deque()
        self._changed = threading.Condition()
        self._writer: Writer | None = None
        self._stored = 0
        self._handed_over = 0
        self._in_trouble = False
        self._try_now = False
        self._closing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def session_id(self) -> str | None:
        """The journal's session; None until the journal is open."""
        return None if self._writer is None else self._writer.session_id

    @property
    def stored_seq(self) -> int:
        """The last row that is on disk."""
        return self._stored

    @property
    def waiting(self) -> int:
        """How many rows are not on disk yet."""
        return len(self._waiting)

    def put(self, row: JournalRow) -> None:
        """Hand a row over; returns at once whatever the disk does.

        Raises
        ------
        ValueError
            If the row's ``seq`` is not the next one, or the recorder is closed.
        """
        with self._changed:
            if self._closing:
                raise ValueError("the recorder is closed")
            if row.seq != self._handed_over + 1:
                raise ValueError(f"row {row.seq} cannot follow row {self._handed_over}")
            self._handed_over = row.seq
            self._waiting.append(row)
            self._changed.notify_all()

    def wait_open(self, timeout: float) -> bool:
        """Wait until the journal is open; False if it is not by then."""
        with self._changed:
            return self._changed.wait_for(lambda: self._writer is not None, timeout)

    def flush(self, timeout: float) -> bool:
        """Wait until everything handed over so far is on disk; False if it is not by then."""
        with self._changed:
            wanted = self._handed_over
            self._try_now = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._stored >= wanted or self._failed, timeout)
            return self._stored >= wanted

    def close(self, *, ended: bool = True, timeout: float = 10.0) -> None:
        """Write what waits and close the journal.

        Raises
        ------
        RecordsError
            If the disk still refuses after `timeout` seconds, or refused the
            end mark. Rows that wait stay in memory: call again once there is room.
        """
        if not self.flush(timeout):
            raise RecordsError(
                f"{len(self._waiting)} events of this session are not on disk yet.",
                "Free some space and try again before closing mtsession.",
            ) from self._failure
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close(ended=ended)

    @property
    def _failed(self) -> bool:
        return self._failure is not None

    def _run(self) -> None:
        """Write until closed; a fault of the program itself is kept for `close` to tell."""
        try:
            while self._wait_for_work():
                self._write_once()
        except BaseException as error:
            with self._changed:
                self._failure = error
                self._changed.notify_all()
            self._on_error(
                RecordsError(
                    "The recorder stopped because of a fault in the program.",
                    "End the session and start it again; what was saved is kept.",
                )
            )
            raise

    def _wait_for_work(self) -> bool:
        """Sleep until rows wait or the retry is due; False once closed."""
        with self._changed:
            if self._in_trouble:
                self._changed.wait_for(lambda: self._try_now or self._closing, self._retry_seconds)
            else:
                self._changed.wait_for(
                    lambda: bool(self._waiting) or self._closing or self._writer is None
                )
            self._try_now = False
            return not self._closing

    def _write_once(self) -> None:
        """Try the rows that wait now; whatever reached the disk leaves the queue."""
        trouble: RecordsError | None = None
        with self._changed:
            batch = list(islice(self._waiting, MAX_BATCH))
        try:
            if self._writer is None:
                writer = self._factory()
                with self._changed:
                    self._writer = writer
            self._writer.append(batch)
        except RecordsError as error:
            trouble = error
        with self._changed:
            if self._writer is not None:
                self._stored = self._writer.last_seq
            while self._waiting and self._waiting[0].seq <= self._stored:
                self._waiting.popleft()
            was_in_trouble, self._in_trouble = self._in_trouble, trouble is not None
            self._changed.notify_all()
        self._tell(trouble, was_in_trouble=was_in_trouble)

    def _tell(self, trouble: RecordsError | None, *, was_in_trouble: bool) -> None:
        """Report the start and the end of a spell of trouble, once each."""
        if trouble is not None and not was_in_trouble:
            self._on_error(trouble)
        elif trouble is None and was_in_trouble and self._on_recovered is not None:
            self._on_recovered("The session is being saved again; nothing was lost.")
