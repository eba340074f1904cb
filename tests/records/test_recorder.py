import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from mtsession.errors import RecordsError
from mtsession.records.journal import JournalWriter
from mtsession.records.keys import Secrets
from mtsession.records.recorder import Recorder
from mtsession.records.rows import JournalRow

from .helpers import read, row


class StubbornWriter:
    """A journal whose disk refuses until told otherwise, now and then halfway through a batch."""

    session_id = "stubborn"

    def __init__(self) -> None:
        self.rows: list[JournalRow] = []
        self.refusing = False
        self.keep_of_refused = 0
        self.closed: bool | None = None
        self.batches: list[int] = []
        self.refused = threading.Semaphore(0)

    @property
    def last_seq(self) -> int:
        return len(self.rows)

    def append(self, rows: Sequence[JournalRow]) -> None:
        if self.refusing:
            self.rows += rows[: self.keep_of_refused]
            self.keep_of_refused = 0
            self.refused.release()
            raise RecordsError("The session cannot be saved at this moment.", "Free some space.")
        self.batches.append(len(rows))
        self.rows += rows

    def close(self, *, ended: bool) -> None:
        self.closed = ended


def test_rows_reach_the_journal_in_order(tmp_path: Path) -> None:
    secrets, errors = Secrets.generate(), []
    recorder = Recorder(
        lambda: JournalWriter.create(tmp_path, secrets.public_key), on_error=errors.append
    )
    for seq in range(1, 5_001):
        recorder.put(row(seq))
    assert recorder.flush(10)
    assert (recorder.stored_seq, recorder.waiting) == (5_000, 0)
    session_id = recorder.session_id
    recorder.close(ended=True)
    assert session_id is not None
    journal = read(tmp_path, session_id, secrets)
    assert journal.verified
    assert journal.ended
    assert len(journal.rows) == 5_000
    assert errors == []


def test_a_row_out_of_turn_or_too_late_is_the_callers_fault() -> None:
    recorder = Recorder(StubbornWriter, on_error=pytest.fail)
    recorder.put(row(1))
    with pytest.raises(ValueError, match="row 3 cannot follow row 1"):
        recorder.put(row(3))
    recorder.close()
    with pytest.raises(ValueError, match="closed"):
        recorder.put(row(2))


def test_trouble_is_told_once_and_nothing_is_lost() -> None:
    writer, errors, recovered = StubbornWriter(), [], []
    recorder = Recorder(
        lambda: writer, on_error=errors.append, on_recovered=recovered.append, retry_seconds=0.01
    )
    recorder.put(row(1))
    assert recorder.flush(5)
    writer.refusing, writer.keep_of_refused = True, 2
    for seq in range(2, 30):
        recorder.put(row(seq))
    for _ in range(5):
        assert writer.refused.acquire(timeout=5)
    assert [error.hint for error in errors] == ["Free some space."]
    assert recovered == []
    assert recorder.waiting >= 26
    writer.refusing = False
    assert recorder.flush(5)
    recorder.close(ended=False)
    assert [one.seq for one in writer.rows] == list(range(1, 30))
    assert recovered == ["The session is being saved again; nothing was lost."]
    assert len(errors) == 1
    assert writer.closed is False


def test_closing_on_a_full_disk_says_so_and_may_be_tried_again() -> None:
    writer, errors = StubbornWriter(), []
    writer.refusing = True
    recorder = Recorder(lambda: writer, on_error=errors.append, retry_seconds=60)
    recorder.put(row(1))
    with pytest.raises(RecordsError, match="1 events of this session are not on disk yet"):
        recorder.close(timeout=0.05)
    writer.refusing = False
    recorder.close(timeout=5)
    assert writer.closed is True
    assert len(writer.rows) == 1


def test_a_journal_that_cannot_be_opened_is_tried_again() -> None:
    writer, errors, refusals = StubbornWriter(), [], iter([True, True])
    tried = threading.Semaphore(0)

    def factory() -> StubbornWriter:
        tried.release()
        if next(refusals, False):
            raise RecordsError("A new journal cannot be written: the disk is full.", "")
        return writer

    recorder = Recorder(factory, on_error=errors.append, retry_seconds=0.01)
    recorder.put(row(1))
    assert recorder.wait_open(5)
    recorder.close()
    assert len(writer.rows) == 1
    assert len(errors) == 1


def test_a_fault_in_the_program_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    told: list[RecordsError] = []

    def factory() -> StubbornWriter:
        raise ZeroDivisionError

    recorder = Recorder(factory, on_error=told.append)
    recorder.put(row(1))
    assert not recorder.flush(5)
    with pytest.raises(RecordsError):
        recorder.close(timeout=0)
    assert "fault in the program" in told[0].message


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    secrets, errors, recovered = Secrets.generate(), [], []
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    failed = threading.Event()

    def on_error(error: RecordsError) -> None:
        errors.append(error)
        failed.set()

    recorder = Recorder(
        lambda: JournalWriter.create(small_disk / "sessions", secrets.public_key),
        on_error=on_error,
        on_recovered=recovered.append,
        retry_seconds=0.05,
    )
    seq = 0
    while not failed.is_set() and seq < 2_000:
        seq += 1
        recorder.put(row(seq, b"x" * 300))
        recorder.flush(0.2)
    assert failed.is_set()
    for later in range(seq + 1, seq + 11):
        recorder.put(row(later, b"x" * 300))
    assert "the disk is full" in errors[0].message
    ballast.unlink()
    assert recorder.flush(10)
    session_id = recorder.session_id
    recorder.close()
    assert session_id is not None
    journal = read(small_disk / "sessions", session_id, secrets)
    assert journal.verified, journal.fault
    assert journal.ended
    assert len(journal.rows) == seq + 10
    assert len(errors) == 1
    assert len(recovered) == 1


def test_a_disk_full_from_the_start_leaves_no_broken_journal(small_disk: Path) -> None:
    secrets, errors = Secrets.generate(), []
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="space"):
        ballast.write_bytes(bytes(1_000_000))
    told = threading.Event()

    def on_error(error: RecordsError) -> None:
        errors.append(error)
        told.set()

    recorder = Recorder(
        lambda: JournalWriter.create(small_disk, secrets.public_key),
        on_error=on_error,
        retry_seconds=0.05,
    )
    recorder.put(row(1))
    assert told.wait(5)
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
    ballast.unlink()
    recorder.close(ended=True)
    (journal,) = small_disk.glob("*.journal")
    assert read(small_disk, journal.stem, secrets).verified
