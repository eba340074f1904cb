"""Recovery keys, passphrase sources and migrations."""

import os
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.errors import RecordsError
from mtsession.records import passphrase, recovery
from mtsession.records.database import create_database, migrate, open_database, query
from mtsession.records.index import MIGRATIONS
from mtsession.records.parts import sessions_of

keys = st.binary(min_size=recovery.KEY_BYTES, max_size=recovery.KEY_BYTES)


@given(keys)
def test_a_recovery_key_is_read_as_it_was_written(key: bytes) -> None:
    text = recovery.to_text(key)
    assert recovery.from_text(text) == key
    assert recovery.from_text(text.lower().replace("-", "  ").replace("0", "o")) == key
    assert [len(group) for group in text.split("-")] == [4] * 10


@given(keys, st.data())
def test_one_mistyped_letter_is_always_told(key: bytes, data: st.DataObject) -> None:
    letters = recovery.to_text(key).replace("-", "")
    place = data.draw(st.integers(0, len(letters) - 1))
    wrong = data.draw(
        st.sampled_from(recovery.ALPHABET + "U*").filter(lambda c: c != letters[place])
    )
    with pytest.raises(RecordsError, match="typing mistake"):
        recovery.from_text(letters[:place] + wrong + letters[place + 1 :])


def test_a_short_recovery_key_is_told() -> None:
    with pytest.raises(RecordsError, match="has 40 letters and digits; this one has 3"):
        recovery.from_text("abc")


def test_a_passphrase_comes_from_a_descriptor() -> None:
    reading, writing = os.pipe()
    os.write(writing, "käse und brot\r\nmore\n".encode())
    os.close(writing)
    assert passphrase.from_fd(reading) == "käse und brot"
    os.close(reading)
    with pytest.raises(RecordsError, match="No passphrase can be read from file descriptor"):
        passphrase.from_fd(reading)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no passphrase"),
        (b"\n", "no passphrase"),
        (b"\xff\n", "not text"),
        (b"x" * 5_000, "too long"),
    ],
)
def test_what_is_no_passphrase_is_told(content: bytes, told: str) -> None:
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    with pytest.raises(RecordsError, match=told):
        passphrase.from_fd(reading)
    os.close(reading)


def test_a_passphrase_comes_from_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(passphrase.FILE_VARIABLE, raising=False)
    assert passphrase.from_file_env() is None
    file = tmp_path / "words"
    monkeypatch.setenv(passphrase.FILE_VARIABLE, str(file))
    with pytest.raises(RecordsError, match="cannot be read"):
        passphrase.from_file_env()
    file.write_text("four words\n")
    file.chmod(0o600)
    assert passphrase.from_file_env() == "four words"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such bits")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    file = tmp_path / "words"
    file.write_text("four words\n")
    file.chmod(mode)
    monkeypatch.setenv(passphrase.FILE_VARIABLE, str(file))
    with pytest.raises(RecordsError, match="Others can read") as told:
        passphrase.from_file_env()
    assert "four words" not in str(told.value)


def test_migrations_run_once_in_order_and_keep_what_is_there(tmp_path: Path) -> None:
    path, key = tmp_path / "a.db", os.urandom(32)
    steps = [["CREATE TABLE a (b)", "INSERT INTO a VALUES (1)"], ["ALTER TABLE a ADD c DEFAULT 2"]]
    connection = create_database(path, key)
    assert migrate(connection, steps[:1]) == 1
    connection.close()
    connection = open_database(path, key)
    assert migrate(connection, steps) == 2
    assert migrate(connection, steps) == 2
    assert query(connection, "SELECT b, c FROM a", row=tuple[int, int]) == [(1, 2)]
    with pytest.raises(RecordsError, match="newer mtsession"):
        migrate(connection, steps[:1])
    connection.close()


def test_a_migration_that_fails_leaves_the_version_before_it() -> None:
    connection = apsw.Connection(":memory:")
    with pytest.raises(apsw.SQLError):
        migrate(connection, [["CREATE TABLE a (b)"], ["CREATE TABLE c (d)", "NONSENSE"]])
    assert connection.pragma("user_version") == 1
    assert not connection.table_exists("main", "c")


def test_the_vaults_migrations_make_a_sound_database() -> None:
    connection = apsw.Connection(":memory:")
    assert migrate(connection, MIGRATIONS) == len(MIGRATIONS)
    assert query(connection, "PRAGMA integrity_check", row=tuple[str]) == [("ok",)]


@given(st.permutations("abcdef"))
def test_parts_find_together_in_any_order(order: list[str]) -> None:
    links = {"a": None, "b": "a", "c": "b", "d": None, "e": "d", "f": "gone"}
    found = sessions_of({journal: links[journal] for journal in order})
    assert found == {"a": ("a", "b", "c"), "d": ("d", "e"), "f": ("f",)}
