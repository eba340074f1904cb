import json
import os
import shutil
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mtsession.errors import RecordsError
from mtsession.records.database import open_database
from mtsession.records.index import SessionFacts
from mtsession.records.keys import MAX_MEMORY_KIB, read_vault_file
from mtsession.records.rows import JournalPaths, JournalRow
from mtsession.records.vault import Vault

from .helpers import CANARY, CHEAP, files_holding, row

PASSPHRASE = "four words and a Käse"


def describe(rows: Sequence[JournalRow]) -> SessionFacts:
    """A stand-in for the session room: the first payload is the client, the last t_us the end."""
    if not rows:
        return SessionFacts()
    return SessionFacts(
        started=f"2026-03-0{rows[0].version}T10:00:00+01:00",
        client=rows[0].payload.decode(),
        duration_us=rows[-1].t_us,
        plan_title="Quiet half hour",
    )


def record(
    directory: Path,
    *,
    client: str = CANARY,
    rows: int = 3,
    day: int = 1,
    ended: bool = True,
    continues: str | None = None,
) -> str:
    writer = Vault.open_public(directory).new_journal(continues=continues)
    writer.append([row(seq, client.encode(), version=day) for seq in range(1, rows + 1)])
    writer.close(ended=ended)
    return writer.session_id


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "data", PASSPHRASE, cost=CHEAP)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_new_vault_records_before_a_passphrase_is_chosen(data: Path) -> None:
    assert not Vault.exists(data)
    public = Vault.create_unclaimed(data)
    assert Vault.exists(data)
    assert not public.claimed
    session_id = record(data)
    with pytest.raises(RecordsError, match="no passphrase yet") as told:
        Vault.unlock(data, PASSPHRASE)
    assert told.value.hint.startswith("Choose a passphrase first")

    with Vault.claim(data, PASSPHRASE, cost=CHEAP) as vault:
        assert [entry.id for entry in vault.adopt(describe)] == [session_id]
    assert not (data / "device.key").exists()
    assert read_vault_file(data).device is None
    assert Vault.open_public(data).claimed
    with Vault.unlock(data, PASSPHRASE) as vault:
        assert vault.open_session(session_id).verified
    with pytest.raises(RecordsError, match="has a passphrase already"):
        Vault.claim(data, "another", cost=CHEAP)


def test_a_claim_that_was_cut_off_is_finished_at_the_next_unlock(data: Path) -> None:
    Vault.create_unclaimed(data)
    device_key = (data / "device.key").read_bytes()
    device = json.loads((data / "vault.json").read_text())["device"]
    Vault.claim(data, PASSPHRASE, cost=CHEAP).close()
    change_vault_file(data, device=device)
    (data / "device.key").write_bytes(device_key)
    Vault.unlock(data, PASSPHRASE).close()
    assert not (data / "device.key").exists()
    assert read_vault_file(data).device is None


def test_a_making_that_was_cut_off_starts_over(data: Path) -> None:
    Vault.create_unclaimed(data)
    (data / "vault.json").unlink()
    Vault.create(data, PASSPHRASE, cost=CHEAP).close()
    Vault.unlock(data, PASSPHRASE).close()


def test_what_is_left_of_a_vault_is_never_overwritten(data: Path, vault: Vault) -> None:
    vault.close()
    with pytest.raises(RecordsError, match="already"):
        Vault.create_unclaimed(data)
    record(data)
    (data / "vault.json").unlink()
    with pytest.raises(RecordsError, match=r"vault\.json is missing"):
        Vault.create_unclaimed(data)
    (data / "vault.db").unlink()
    with pytest.raises(RecordsError, match=r"vault\.json is missing"):
        Vault.create_unclaimed(data)


def test_an_accent_typed_either_way_is_the_same_passphrase(data: Path, vault: Vault) -> None:
    vault.close()
    Vault.unlock(data, PASSPHRASE.replace("ä", "a\u0308")).close()


@pytest.mark.parametrize("typed", ["", "four words", PASSPHRASE + " ", "x" * 10_000])
def test_a_wrong_passphrase_gives_one_sentence(data: Path, vault: Vault, typed: str) -> None:
    with pytest.raises(RecordsError) as told:
        Vault.unlock(data, typed)
    assert told.value.message == "That passphrase does not open this vault."
    assert told.value.hint
    assert "four" not in str(told.value)


def test_an_empty_passphrase_makes_no_vault(data: Path) -> None:
    with pytest.raises(RecordsError, match="cannot be empty"):
        Vault.create(data, " ", cost=CHEAP)
    assert not Vault.exists(data)


def test_the_passphrase_changes(data: Path, vault: Vault) -> None:
    with pytest.raises(RecordsError, match="does not open"):
        vault.change_passphrase("new words", current="wrong", cost=CHEAP)
    with pytest.raises(RecordsError, match="present passphrase is needed"):
        vault.change_passphrase("new words", current=None, cost=CHEAP)
    vault.change_passphrase("new words", current=PASSPHRASE, cost=CHEAP)
    vault.close()
    with pytest.raises(RecordsError, match="does not open"):
        Vault.unlock(data, PASSPHRASE)
    Vault.unlock(data, "new words").close()


def test_the_recovery_key_opens_and_replaces_a_forgotten_passphrase(
    data: Path, vault: Vault
) -> None:
    session_id = record(data)
    with pytest.raises(RecordsError, match="No recovery key was made"):
        Vault.unlock_with_recovery(data, "x")
    void = vault.add_recovery_key()
    printed = vault.add_recovery_key()
    vault.close()
    assert Vault.open_public(data).has_recovery_key
    with pytest.raises(RecordsError, match="does not open"):
        Vault.unlock_with_recovery(data, void)
    with Vault.unlock_with_recovery(data, printed.lower().replace("-", " ")) as opened:
        assert opened.adopt(describe)[0].id == session_id
        opened.change_passphrase("new words", current=None, cost=CHEAP)
    with Vault.unlock(data, "new words") as opened:
        assert {entry.who for entry in opened.audit()} == {"passphrase", "recovery key"}
    Vault.unlock_with_recovery(data, printed).close()


def test_sessions_are_adopted_once_and_listed_in_order(data: Path, vault: Vault) -> None:
    late, early = record(data, day=4, client="B-2"), record(data, day=2, client="A-1", ended=False)
    assert [entry.id for entry in vault.adopt(describe)] == [early, late]
    assert vault.adopt(describe) == []
    first, second = vault.sessions()
    assert (first.id, first.client, first.ended) == (early, "A-1", False)
    assert (second.id, second.client, second.ended) == (late, "B-2", True)
    assert second.started == "2026-03-04T10:00:00+01:00"
    assert second.duration_us == 3_000
    assert second.plan_title == "Quiet half hour"


def test_a_session_that_is_being_recorded_is_left_alone(data: Path, vault: Vault) -> None:
    writer = Vault.open_public(data).new_journal()
    writer.append([row(1, b"A-1")])
    assert vault.adopt(describe) == []
    with pytest.raises(RecordsError, match="no such session"):
        vault.open_session(writer.session_id)
    writer.close(ended=True)
    assert [entry.id for entry in vault.adopt(describe)] == [writer.session_id]


def test_a_session_that_went_on_is_read_as_one(data: Path, vault: Vault) -> None:
    first = record(data, rows=3, ended=False)
    vault.adopt(describe)
    vault.set_client(first, "C-7")
    second = record(data, rows=2, ended=False, continues=first)
    third = record(data, rows=4, continues=second)
    (entry,) = vault.adopt(describe)
    assert entry.parts == (first, second, third)
    assert entry.ended
    assert entry.client == "C-7"
    for any_part in entry.parts:
        journal = vault.open_session(any_part)
        assert journal.session_id == first
        assert [one.seq for one in journal.rows] == list(range(1, 10))
        assert [one.t_us for one in journal.rows] == [1000, 2000, 3000, 1000, 2000] + [
            1000 * n for n in range(1, 5)
        ]
        assert (journal.verified, journal.ended, journal.parts) == (True, True, entry.parts)


def test_the_client_can_be_chosen_and_taken_back(data: Path, vault: Vault) -> None:
    session_id = record(data, client="A-1")
    vault.adopt(describe)
    vault.set_client(session_id, "B-2")
    assert vault.sessions()[0].client == "B-2"
    vault.set_client(session_id, None)
    assert vault.sessions()[0].client == "A-1"


def test_summaries_stand_beside_one_another(data: Path, vault: Vault) -> None:
    session_id = record(data)
    vault.adopt(describe)
    assert vault.summary(session_id) is None
    vault.store_summary(session_id, 1, b'{"breaths": 40}')
    vault.store_summary(session_id, 2, b'{"breaths": 41}')
    newest = vault.summary(session_id)
    assert newest is not None
    assert (newest.version, newest.body) == (2, b'{"breaths": 41}')
    assert [kept.version for kept in vault.summaries(session_id)] == [1, 2]


def test_the_audit_tells_reads_exports_and_deletes(data: Path, vault: Vault) -> None:
    session_id = record(data)
    vault.adopt(describe)
    vault.open_session(session_id)
    vault.note_export(session_id, "md")
    vault.delete_session(session_id)
    told = [(entry.action, entry.session_id) for entry in vault.audit()]
    assert told == [
        ("unlock", None),
        ("read", session_id),
        ("export md", session_id),
        ("delete", session_id),
    ]
    assert {entry.who for entry in vault.audit()} == {"passphrase"}


def test_a_deleted_session_is_gone(data: Path, vault: Vault) -> None:
    first = record(data, ended=False)
    second = record(data, continues=first)
    other = record(data)
    vault.adopt(describe)
    vault.store_summary(first, 1, b"{}")
    vault.delete_session(second)
    assert [entry.id for entry in vault.sessions()] == [other]
    assert {path.stem for path in (data / "sessions").iterdir()} == {other}
    with pytest.raises(RecordsError, match="no such session"):
        vault.summary(first)
    assert vault.adopt(describe) == []
    assert vault.verify() == []


def test_a_journal_exchanged_after_adoption_is_told(data: Path, vault: Vault) -> None:
    session_id = record(data, rows=3)
    path = JournalPaths.of(data / "sessions", session_id).journal
    vault.adopt(describe)
    key = vault._index.journals()[session_id].key
    connection = open_database(path, key)
    connection.execute("DELETE FROM entry WHERE seq = 3")
    connection.execute("DELETE FROM ending")
    connection.close()
    journal = vault.open_session(session_id)
    assert not journal.verified
    assert journal.fault == "The journal is not the one that the vault took in."
    assert vault.verify() == [f"Session {session_id[:8]}: {journal.fault}"]


def test_verify_names_each_fault(data: Path, vault: Vault) -> None:
    sessions = data / "sessions"
    damaged, missing, strange, unsealed = (record(data) for _ in range(4))
    vault.adopt(describe)
    later = record(data)
    assert vault.verify() == []
    JournalPaths.of(sessions, damaged).journal.write_bytes(b"no journal")
    JournalPaths.of(sessions, missing).journal.unlink()
    JournalPaths.of(sessions, strange).seal.write_bytes(b"no seal")
    JournalPaths.of(sessions, unsealed).seal.unlink()
    JournalPaths.of(sessions, later).seal.unlink()
    told = sorted(fault.split(": ", 1)[1] for fault in vault.verify())
    assert told == [
        "A session's journal is missing from the data folder.",
        "The journal cannot be opened: it is damaged or not this key's.",
        "its seal is damaged or another vault's.",
        "its seal is missing.",
    ]
    assert not vault.open_session(missing).verified
    assert vault.open_session(strange).verified
    assert len(vault.sessions()) == 4


def test_a_backup_is_whole_sealed_and_can_be_restored(
    data: Path, vault: Vault, tmp_path: Path
) -> None:
    session_id = record(data)
    vault.adopt(describe)
    vault.store_summary(session_id, 1, CANARY.encode())
    later = record(data, day=2, ended=False)
    live = Vault.open_public(data).new_journal()
    live.append([row(1, CANARY.encode())])
    vault.backup(tmp_path / "backup")
    assert files_holding(tmp_path / "backup", CANARY.encode()) == []
    with pytest.raises(RecordsError, match="not an empty folder"):
        vault.backup(tmp_path / "backup")
    with pytest.raises(RecordsError, match="already"):
        Vault.restore(tmp_path / "backup", data)
    vault.close()
    live.close(ended=True)
    shutil.rmtree(data)
    with pytest.raises(RecordsError, match="no whole backup"):
        Vault.restore(tmp_path / "nothing", data)
    Vault.restore(tmp_path / "backup", data)
    with Vault.unlock(data, PASSPHRASE) as restored:
        assert {entry.id for entry in restored.adopt(describe)} == {later, live.session_id}
        assert restored.verify() == []
        assert restored.open_session(session_id).verified
        kept = restored.summary(session_id)
        assert kept is not None
        assert kept.body == CANARY.encode()


def test_nothing_of_a_client_is_in_plain_anywhere(data: Path, vault: Vault) -> None:
    session_id = record(data)
    vault.adopt(describe)
    vault.set_client(session_id, CANARY)
    for number in range(300):
        vault.store_summary(session_id, number, CANARY.encode() * 50)
        assert number % 50 or files_holding(data, CANARY.encode()) == []
    assert files_holding(data, PASSPHRASE.encode()) == []
    vault.close()
    assert files_holding(data, CANARY.encode()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such bits")
def test_every_file_is_its_owners_alone(data: Path) -> None:
    old = os.umask(0)
    try:
        Vault.create_unclaimed(data)
        with Vault.claim(data, PASSPHRASE, cost=CHEAP) as vault:
            record(data, ended=False)
            vault.adopt(describe)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*")}
    finally:
        os.umask(old)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert modes.pop("sessions") == 0o700
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "vault.json is damaged."),
        ("{}", "vault.json is damaged."),
        ('{"format": 9, "vault_id": "x", "public_key": "AAAA"}', "vault.json is damaged."),
        (
            '{"format": 9, "vault_id": "x",'
            ' "public_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="}',
            "This vault was written by a newer mtsession (format 9).",
        ),
    ],
)
def test_a_damaged_vault_file_gives_one_sentence(
    data: Path, vault: Vault, content: str, told: str
) -> None:
    (data / "vault.json").write_text(content)
    with pytest.raises(RecordsError) as error:
        Vault.unlock(data, PASSPHRASE)
    assert error.value.message == told
    assert error.value.hint


def change_vault_file(data: Path, **changes: object) -> None:
    content = json.loads((data / "vault.json").read_text())
    (data / "vault.json").write_text(json.dumps(content | changes))


def test_a_swapped_public_key_is_told(data: Path, vault: Vault, tmp_path: Path) -> None:
    other = Vault.create_unclaimed(tmp_path / "other")
    assert other.public_key != Vault.open_public(data).public_key
    theirs = json.loads((tmp_path / "other" / "vault.json").read_text())["public_key"]
    change_vault_file(data, public_key=theirs)
    with pytest.raises(RecordsError, match=r"public key in vault\.json is not this vault's"):
        Vault.unlock(data, PASSPHRASE)


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_kib": MAX_MEMORY_KIB + 1, "passes": 1, "lanes": 1},
        {"memory_kib": 64, "passes": 0, "lanes": 1},
        {"memory_kib": 64, "passes": 1, "lanes": 0},
        None,
    ],
)
def test_impossible_costs_are_told(data: Path, vault: Vault, cost: dict[str, int] | None) -> None:
    slot = json.loads((data / "vault.json").read_text())["passphrase"]
    change_vault_file(data, passphrase=slot | {"cost": cost})
    with pytest.raises(RecordsError, match=r"passphrase settings in vault\.json are damaged"):
        Vault.unlock(data, PASSPHRASE)


@pytest.mark.parametrize("content", [None, b"", b"not a database at all", bytes(8192)])
def test_a_missing_or_damaged_index_gives_one_sentence(
    data: Path, vault: Vault, content: bytes | None
) -> None:
    vault.close()
    (data / "vault.db").unlink()
    if content is not None:
        (data / "vault.db").write_bytes(content)
    session_id = record(data)
    with pytest.raises(RecordsError) as error:
        Vault.unlock(data, PASSPHRASE)
    assert error.value.hint
    with pytest.raises(RecordsError, match="does not open"):
        Vault.rebuild_index(data, "wrong")
    with Vault.rebuild_index(data, PASSPHRASE) as rebuilt:
        assert [entry.id for entry in rebuilt.adopt(describe)] == [session_id]
        assert rebuilt.verify() == []
    assert len(list(data.glob("vault.db.aside-*"))) == (content is not None)


def test_a_missing_vault_gives_one_sentence(data: Path) -> None:
    with pytest.raises(RecordsError, match="There is no vault"):
        Vault.unlock(data, PASSPHRASE)
    with pytest.raises(RecordsError, match="There is no vault"):
        Vault.open_public(data)
    Vault.create_unclaimed(data)
    (data / "device.key").unlink()
    with pytest.raises(RecordsError, match=r"device\.key is missing"):
        Vault.claim(data, PASSPHRASE, cost=CHEAP)
    (data / "device.key").write_bytes(bytes(32))
    with pytest.raises(RecordsError, match=r"device\.key is not this vault's"):
        Vault.claim(data, PASSPHRASE, cost=CHEAP)


def leave_room(disk: Path, room: int) -> None:
    """Fill a disk but for some bytes."""
    (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - room))


@pytest.mark.parametrize("room", [0, 4096, 8192, 20_480, 40_960, 81_920])
def test_a_vault_that_did_not_fit_is_made_once_there_is_room(small_disk: Path, room: int) -> None:
    data = small_disk / "data"
    leave_room(small_disk, room)
    with pytest.raises(RecordsError) as told:
        Vault.create_unclaimed(data)
    assert "space" in str(told.value) or "full" in str(told.value)
    assert not Vault.exists(data)
    (small_disk / "ballast").unlink()
    Vault.create(data, PASSPHRASE, cost=CHEAP).close()
    Vault.unlock(data, PASSPHRASE).close()


def test_a_full_disk_harms_no_vault(small_disk: Path, tmp_path: Path) -> None:
    data = small_disk / "data"
    vault = Vault.create(data, PASSPHRASE, cost=CHEAP)
    session_id = record(data)
    vault.adopt(describe)
    leave_room(small_disk, 0)
    with pytest.raises(RecordsError, match=r"passphrase cannot be changed: .*space"):
        vault.change_passphrase("new words", current=PASSPHRASE, cost=CHEAP)
    with pytest.raises(RecordsError, match=r"recovery key cannot be made: .*space"):
        vault.add_recovery_key()
    with pytest.raises(RecordsError, match="the disk is full"):
        vault.store_summary(session_id, 1, bytes(100_000))
    with pytest.raises(RecordsError, match="backup cannot be written"):
        vault.backup(small_disk / "backup")
    (small_disk / "ballast").unlink()
    vault.close()
    with Vault.unlock(data, PASSPHRASE) as opened:
        assert opened.verify() == []
        assert opened.summary(session_id) is None
