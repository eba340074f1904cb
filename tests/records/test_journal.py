import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.errors import RecordsError
from mtsession.records.database import open_database
from mtsession.records.framing import framed
from mtsession.records.journal import JournalWriter, read_journal, verify
from mtsession.records.keys import Secrets, open_seal, seal
from mtsession.records.marks import dismiss, interrupted
from mtsession.records.rows import JournalPaths, JournalRow

from .helpers import CANARY, files_holding, journal_key, read, row


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return Secrets.generate()


@pytest.fixture
def written(tmp_path: Path, secrets: Secrets) -> tuple[Path, bytes]:
    """A closed journal of 40 rows, and its key."""
    writer = JournalWriter.create(tmp_path, secrets.public_key)
    writer.append([row(seq, b"x" * 400) for seq in range(1, 41)])
    writer.close(ended=True)
    path = JournalPaths.of(tmp_path, writer.session_id).journal
    return path, journal_key(tmp_path, writer.session_id, secrets)


def tamper(written: tuple[Path, bytes], *statements: str) -> None:
    connection = open_database(*written)
    for statement in statements:
        connection.execute(statement)
    connection.close()


field = st.one_of(st.none(), st.binary(max_size=8))


@given(st.lists(field, max_size=5), st.lists(field, max_size=5))
def test_framing_tells_any_two_lists_apart(one: list[bytes], other: list[bytes]) -> None:
    assert (framed(*one) == framed(*other)) == (one == other)


journal_rows = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
        st.integers(0, 99),
        st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
        st.binary(max_size=300),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(fields=journal_rows, cut=st.integers(0, 12), ended=st.booleans())
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, fields: list, cut: int, *, ended: bool
) -> None:
    directory, secrets = tmp_path_factory.mktemp("journal"), Secrets.generate()
    rows = [
        JournalRow(seq=seq, t_us=t_us, type=kind, version=version, subject=subject, payload=payload)
        for seq, (t_us, kind, version, subject, payload) in enumerate(fields, 1)
    ]
    writer = JournalWriter.create(directory, secrets.public_key)
    writer.append(rows[:cut])
    writer.append(rows[cut:])
    writer.close(ended=ended)
    journal = read(directory, writer.session_id, secrets)
    assert journal.rows == tuple(rows)
    assert (journal.verified, journal.fault, journal.ended) == (True, None, ended)


def test_rows_must_be_contiguous(tmp_path: Path, secrets: Secrets) -> None:
    writer = JournalWriter.create(tmp_path, secrets.public_key)
    with pytest.raises(ValueError, match="row 2 cannot follow row 0"):
        writer.append([row(2)])
    writer.append([row(1)])
    with pytest.raises(ValueError, match="row 1 cannot follow row 1"):
        writer.append([row(1)])
    writer.close(ended=True)
    assert len(read(tmp_path, writer.session_id, secrets).rows) == 1


@pytest.mark.parametrize(
    ("statement", "kept", "fault"),
    [
        ("UPDATE entry SET payload = x'00' WHERE seq = 7", 6, "Row 7 is not as it was written."),
        ("UPDATE entry SET t_us = t_us + 1 WHERE seq = 9", 8, "Row 9 is not as it was written."),
        ("UPDATE entry SET subject = '' WHERE seq = 1", 0, "Row 1 is not as it was written."),
        ("UPDATE entry SET type = 'Rung' WHERE seq = 40", 39, "Row 40 is not as it was written."),
        ("DELETE FROM entry WHERE seq = 5", 4, "Row 5 is missing."),
        ("DELETE FROM entry WHERE seq BETWEEN 5 AND 8", 4, "Rows 5 to 8 are missing."),
        ("DELETE FROM entry WHERE seq = 40", 39, "Row 40 is missing."),
        ("DELETE FROM entry WHERE seq > 30", 30, "Rows 31 to 40 are missing."),
        (
            "INSERT INTO entry SELECT 41, t_us, type, version, subject, payload, hash FROM entry"
            " WHERE seq = 40",
            40,
            "Row 41 is not as it was written.",
        ),
        ("UPDATE header SET session_id = 'another'", 0, "The journal's header is not"),
        ("UPDATE header SET continues = 'another'", 0, "Row 1 is not as it was written."),
        ("UPDATE header SET format = 2", 0, "The journal was written by a newer mtsession"),
        ("DELETE FROM header", 0, "Row 1 and what follows it cannot be read."),
    ],
)
def test_tampering_is_told_with_its_row(
    written: tuple[Path, bytes], statement: str, kept: int, fault: str
) -> None:
    tamper(written, statement)
    journal = read_journal(*written)
    assert not journal.verified
    assert journal.fault is not None
    assert journal.fault.startswith(fault)
    assert [one.seq for one in journal.rows] == list(range(1, kept + 1))
    assert verify(*written) == journal.fault


def test_swapped_rows_are_told(written: tuple[Path, bytes]) -> None:
    tamper(
        written,
        "UPDATE entry SET payload = x'01' WHERE seq = 20",
        "UPDATE entry SET seq = 99 WHERE seq = 20",
        "UPDATE entry SET seq = 20 WHERE seq = 21",
        "UPDATE entry SET seq = 21 WHERE seq = 99",
    )
    journal = read_journal(*written)
    assert journal.fault == "Row 20 is not as it was written."
    assert len(journal.rows) == 19


def test_a_truncated_file_is_told_and_read_as_far_as_it_holds(written: tuple[Path, bytes]) -> None:
    path, key = written
    content = path.read_bytes()
    seen = set()
    for pages in range(1, len(content) // 4096):
        path.write_bytes(content[: pages * 4096])
        journal = read_journal(path, key)
        assert not journal.verified
        assert journal.fault is not None
        assert [one.seq for one in journal.rows] == list(range(1, len(journal.rows) + 1))
        seen.add(len(journal.rows))
    assert max(seen) > 0


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_told_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    secrets, directory = Secrets.generate(), tmp_path_factory.mktemp("flip")
    writer = JournalWriter.create(directory, secrets.public_key)
    writer.append([row(seq, b"x" * 300) for seq in range(1, 31)])
    writer.close(ended=True)
    path = JournalPaths.of(directory, writer.session_id).journal
    key = journal_key(directory, writer.session_id, secrets)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    journal = read_journal(path, key)
    if journal.verified:
        assert [one.payload for one in journal.rows] == [b"x" * 300] * 30
    else:
        assert journal.fault is not None
        assert all(one.payload == b"x" * 300 for one in journal.rows)


@pytest.mark.parametrize(
    "content", [b"", b"hello", os.urandom(8192)], ids=["empty", "text", "noise"]
)
def test_a_file_that_is_no_journal_gives_one_sentence(
    written: tuple[Path, bytes], content: bytes
) -> None:
    path, key = written
    path.write_bytes(content)
    journal = read_journal(path, key)
    assert not journal.verified
    assert journal.fault is not None
    assert journal.rows == ()


def test_a_missing_journal_and_a_wrong_key(written: tuple[Path, bytes], tmp_path: Path) -> None:
    path, _ = written
    assert read_journal(path, bytes(32)).fault == (
        "The journal cannot be opened: it is damaged or not this key's."
    )
    with pytest.raises(RecordsError, match="missing from the data folder"):
        read_journal(tmp_path / "none.journal", bytes(32))


def test_a_seal_opens_for_its_own_vault_and_session_only(secrets: Secrets) -> None:
    sealed = seal(b"k" * 32, secrets.public_key, "one")
    assert open_seal(sealed, secrets.private_key, "one") == b"k" * 32
    assert open_seal(sealed, secrets.private_key, "another") is None
    assert open_seal(sealed, Secrets.generate().private_key, "one") is None
    assert open_seal(sealed[:-1], secrets.private_key, "one") is None
    assert open_seal(b"", secrets.private_key, "one") is None


def test_nothing_of_a_session_is_on_disk_in_plain(tmp_path: Path, secrets: Secrets) -> None:
    secret = CANARY.encode()
    writer = JournalWriter.create(tmp_path, secrets.public_key)
    for start in range(1, 2_000, 100):
        writer.append(
            [row(seq, secret * 5, type=CANARY, subject=CANARY) for seq in range(start, start + 100)]
        )
        assert files_holding(tmp_path, secret) == []
    names = {path.suffix for path in tmp_path.iterdir()}
    assert names >= {".journal", ".journal-wal", ".seal", ".open"}
    writer.close(ended=True)
    assert files_holding(tmp_path, secret) == []
    assert CANARY in str(read(tmp_path, writer.session_id, secrets).rows[0].payload)


def test_a_row_does_not_show_its_payload() -> None:
    assert CANARY not in repr(row(1, CANARY.encode()))
    assert CANARY not in str(row(1, CANARY.encode()).__rich_repr__())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such bits")
def test_files_are_their_owners_alone(tmp_path: Path, secrets: Secrets) -> None:
    directory = tmp_path / "sessions"
    writer = JournalWriter.create(directory, secrets.public_key)
    writer.append([row(1)])
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    writer.close(ended=True)


def test_an_interrupted_session_is_offered_until_it_goes_on(
    tmp_path: Path, secrets: Secrets
) -> None:
    first = JournalWriter.create(tmp_path, secrets.public_key, origin_unix_us=1_700_000_000_000_000)
    first.append([row(1)])
    assert interrupted(tmp_path) == []
    first.close(ended=False)
    (offered,) = interrupted(tmp_path)
    assert offered.session_id == first.session_id
    assert offered.started.isoformat() == "2023-11-14T22:13:20+00:00"

    second = JournalWriter.create(tmp_path, secrets.public_key, continues=first.session_id)
    second.close(ended=False)
    (offered,) = interrupted(tmp_path)
    assert offered.session_id == second.session_id
    assert offered.started.isoformat() == "2023-11-14T22:13:20+00:00"
    assert read(tmp_path, second.session_id, secrets).continues == first.session_id

    dismiss(tmp_path, second.session_id)
    assert interrupted(tmp_path) == []
    assert read(tmp_path, first.session_id, secrets).verified


def test_a_journal_that_cannot_be_made_leaves_nothing(tmp_path: Path, secrets: Secrets) -> None:
    target = tmp_path / "sessions"
    target.write_text("a file where the folder should be")
    with pytest.raises(RecordsError, match="cannot be made"):
        JournalWriter.create(target, secrets.public_key)
    assert [path.name for path in tmp_path.iterdir()] == ["sessions"]


def test_a_journal_moves_with_its_seal(tmp_path: Path, secrets: Secrets) -> None:
    writer = JournalWriter.create(tmp_path / "here", secrets.public_key)
    writer.append([row(1)])
    writer.close(ended=True)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert read(tmp_path / "there", writer.session_id, secrets).verified
