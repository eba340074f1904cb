"""Appending to a sealed journal against a plain SQLite insert, both on disk before they return."""

import os
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from ratios import paired, quantile, ratio, told

from mtsession.records.journal import JournalWriter, read_journal
from mtsession.records.keys import Secrets, open_seal
from mtsession.records.rows import SCHEMA, JournalPaths, JournalRow

APPENDS = 300
PAYLOAD = b'{"t_us":123456789,"port":1,"data":[144,60,64],"received_us":123456790}'


def cases() -> list[str]:
    return ["one at a time", "batches of 50"]


def run(case: str, folder: Path) -> dict[str, object]:
    size = 1 if case == "one at a time" else 50
    place = folder / f"disk-{os.getpid()}"
    place.mkdir()
    secrets = Secrets.generate()
    writer = JournalWriter.create(place, secrets.public_key)
    plain = _plain(place / "plain.db")
    seq = 0

    def ours() -> float:
        nonlocal seq
        rows = [_row(seq + n + 1) for n in range(size)]
        seq += size
        return _seconds(lambda: writer.append(rows))

    numbers = iter(range(1, 1_000_000))

    def peer() -> float:
        rows = [(next(numbers), 1, "MidiReceived", 1, None, PAYLOAD, b"") for _ in range(size)]
        return _seconds(lambda: _insert(plain, rows))

    journal, sqlite = paired(ours, peer, runs=APPENDS if size == 1 else APPENDS // 5)
    paths = JournalPaths.of(place, writer.session_id)
    writer.close(ended=True)
    plain.close()
    key = open_seal(paths.seal.read_bytes(), secrets.private_key, paths.journal.stem)
    assert key is not None
    kept = read_journal(paths.journal, key)
    figures = ratio(journal, sqlite)
    shutil.rmtree(place)
    return {
        "told": told(figures, "a plain SQLite insert, synchronous=FULL"),
        "append_to_plain_insert": figures,
        "p99_to_plain_p99": round(quantile(journal, 0.99) / quantile(sqlite, 0.99), 2),
        "append_median_us": round(statistics.median(journal) * 1e6),
        "append_p99_us": round(quantile(journal, 0.99) * 1e6),
        "plain_median_us": round(statistics.median(sqlite) * 1e6),
        "rows_a_batch": size,
        "rows_kept": len(kept.rows),
        "passed": kept.verified and len(kept.rows) == seq,
    }


def _row(seq: int) -> JournalRow:
    return JournalRow(
        seq=seq, t_us=seq, type="MidiReceived", version=1, subject=None, payload=PAYLOAD
    )


def _plain(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=wal")
    connection.execute("PRAGMA synchronous=full")
    connection.execute(SCHEMA[1])
    return connection


def _insert(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?)", rows)
    connection.execute("COMMIT")


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin
