"""What clients like: kept in the vault alone, through migration, backup, restore and rebuild."""

import os
import shutil
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.app.archive import Archive
from mtsession.errors import RecordsError
from mtsession.music.recording import Taste
from mtsession.records import tastes
from mtsession.records.database import migrate, open_database
from mtsession.records.index import INDEX_FILE, MIGRATIONS
from mtsession.records.vault import Vault

from .helpers import CANARY, CHEAP, files_holding

PASSPHRASE = "four words and a fifth"
SONG, HYMN, MARCH = ("5" * 64, "a" * 64, "f" * 64)
KINDS = st.sampled_from(["like", "dislike", "never", None])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    Vault.create(tmp_path / "data", PASSPHRASE, cost=CHEAP).close()
    return tmp_path / "data"


def test_a_taste_is_noted_changed_and_forgotten(data: Path) -> None:
    archive = Archive.unlock(data, PASSPHRASE)
    assert archive.taste("K-17") == Taste()
    archive.set_taste("K-17", SONG, "like")
    archive.set_taste("K-17", HYMN, "dislike")
    archive.set_taste("K-17", MARCH, "never")
    archive.set_taste("K-18", SONG, "never")
    archive.close()
    archive = Archive.unlock(data, PASSPHRASE)
    assert archive.taste("K-17") == Taste(
        likes=frozenset({SONG}), dislikes=frozenset({HYMN}), never=frozenset({MARCH})
    )
    archive.set_taste("K-17", SONG, "never")
    archive.set_taste("K-17", HYMN, None)
    archive.set_taste("K-17", HYMN, None)
    assert archive.taste("K-17") == Taste(never=frozenset({SONG, MARCH}))
    assert archive.taste("K-18") == Taste(never=frozenset({SONG}))
    assert archive.count_tastes() == 3
    archive.close()


@given(said=st.lists(st.tuples(st.sampled_from(["A", "B"]), st.sampled_from("xyz"), KINDS)))
def test_the_last_word_on_a_recording_holds(said: list[tuple[str, str, str | None]]) -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection, MIGRATIONS)
    wanted: dict[tuple[str, str], str | None] = {}
    for number, (client, content, kind) in enumerate(said):
        tastes.set_taste(connection, client, content, kind, noted=f"{number:04}")
        wanted[client, content] = kind
    for client in "AB":
        held = {name: kind for (who, name), kind in wanted.items() if who == client and kind}
        assert tastes.taste(connection, client) == held


def test_no_other_kind_is_taken(data: Path) -> None:
    with Vault.unlock(data, PASSPHRASE) as vault, pytest.raises(RecordsError):
        vault.set_taste("K-17", SONG, "adore")  # type: ignore[arg-type]
    with Vault.unlock(data, PASSPHRASE) as vault:
        assert vault.taste("K-17") == {}


def test_nothing_of_a_taste_lies_in_plain(data: Path) -> None:
    with Vault.unlock(data, PASSPHRASE) as vault:
        vault.set_taste(CANARY, SONG, "never")
        assert files_holding(data, CANARY.encode()) == []
        assert files_holding(data, SONG.encode()) == []
    assert files_holding(data, CANARY.encode()) == []
    row = tastes.TasteRow(client=CANARY, content=SONG, kind="like", noted="")
    assert CANARY not in repr(row)


def test_a_vault_from_before_there_were_tastes_takes_them(data: Path) -> None:
    secrets = _secrets(data)
    index = open_database(data / INDEX_FILE, secrets)
    index.execute("DROP TABLE taste")
    index.pragma("user_version", 1)
    index.close()
    with Vault.unlock(data, PASSPHRASE) as vault:
        assert vault.taste("K-17") == {}
        vault.set_taste("K-17", SONG, "like")
        assert vault.taste("K-17") == {SONG: "like"}


def test_a_backup_brings_them_along(data: Path, tmp_path: Path) -> None:
    with Vault.unlock(data, PASSPHRASE) as vault:
        vault.set_taste("K-17", SONG, "never")
        vault.backup(tmp_path / "copy")
    shutil.rmtree(data)
    Vault.restore(tmp_path / "copy", data)
    with Vault.unlock(data, PASSPHRASE) as vault:
        assert vault.taste("K-17") == {SONG: "never"}


def test_a_rebuilt_index_keeps_what_the_old_one_still_tells(data: Path) -> None:
    with Vault.unlock(data, PASSPHRASE) as vault:
        vault.set_taste("K-17", SONG, "never")
        vault.set_taste("K-18", HYMN, "like")
    with Vault.rebuild_index(data, PASSPHRASE) as vault:
        assert vault.taste("K-17") == {SONG: "never"}
        assert vault.taste("K-18") == {HYMN: "like"}
        assert vault.verify() == []


@pytest.mark.parametrize("damage", ["noise", "empty", "gone", "end lost"])
def test_a_rebuilt_index_begins_without_what_cannot_be_read(data: Path, damage: str) -> None:
    rows = [
        tastes.TasteRow(client="K-17", content=f"{number:064}", kind="like", noted="")
        for number in range(2_000)
    ]
    with Vault.unlock(data, PASSPHRASE) as vault, vault._index.connection as connection:
        tastes.put_back(connection, rows)
    index = data / INDEX_FILE
    if damage == "gone":
        index.unlink()
    elif damage == "end lost":
        content = index.read_bytes()
        index.write_bytes(content[: len(content) // 2])
    else:
        index.write_bytes(os.urandom(4096) if damage == "noise" else b"")
    with Vault.rebuild_index(data, PASSPHRASE) as vault:
        kept = vault.taste("K-17")
        assert set(kept.values()) <= {"like"}
        assert len(kept) < 2_000
        assert vault.count_tastes() == len(kept)
        vault.set_taste("K-17", SONG, "never")
        assert vault.verify() == []


def _secrets(data: Path) -> bytes:
    with Vault.unlock(data, PASSPHRASE) as vault:
        return vault._secrets.index_key
