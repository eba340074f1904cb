"""A vault's keys without a vault, rows, and a look at every byte on disk."""

from pathlib import Path

from mtsession.records.journal import Journal, read_journal
from mtsession.records.keys import KdfCost, Secrets, open_seal
from mtsession.records.rows import JournalPaths, JournalRow

CHEAP = KdfCost(memory_kib=64, passes=1, lanes=1)
CANARY = "Ottilie-Q7-canary-on-the-windowsill"


def row(seq: int, payload: bytes = b"{}", **other: object) -> JournalRow:
    fields = {"t_us": seq * 1_000, "type": "Rang", "version": 1, "subject": None} | other
    return JournalRow(seq=seq, payload=payload, **fields)


def journal_key(directory: Path, session_id: str, secrets: Secrets) -> bytes:
    sealed = JournalPaths.of(directory, session_id).seal.read_bytes()
    key = open_seal(sealed, secrets.private_key, session_id)
    assert key is not None
    return key


def read(directory: Path, session_id: str, secrets: Secrets) -> Journal:
    key = journal_key(directory, session_id, secrets)
    return read_journal(JournalPaths.of(directory, session_id).journal, key)


def files_holding(directory: Path, secret: bytes) -> list[str]:
    return [
        path.name
        for path in directory.rglob("*")
        if path.is_file() and (secret in path.read_bytes() or secret in path.name.encode())
    ]
