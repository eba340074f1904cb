"""The records on the command line: passphrases, listings, exports, damage and its mends."""

import json
import os
from pathlib import Path

import pytest

from cli.programs import CHEAP, refused, run, short_plan
from mtsession.app.paths import places
from mtsession.records.vault import Vault

# The records are made once, so all that reads them belongs to one worker.
pytestmark = pytest.mark.xdist_group("vault words")
WORDS = "correct horse"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record two short sessions, one with a client, and choose a passphrase between them."""
    home = tmp_path_factory.mktemp("recorded")
    where = {"MTSESSION_HOME": str(home)}
    plan = short_plan(home)
    unclaimed = run("run", plan, "--headless", "--client", "K1", environment=where)
    assert unclaimed.returncode == 0, unclaimed.stderr
    refused(run("sessions", "list", environment=where), "no passphrase yet", "vault init")
    Vault.claim(places(home).data, WORDS, cost=CHEAP).close()
    second = run("run", plan, "--headless", environment=where)
    assert "mtsession sessions show " in second.stdout
    return home


def test_a_passphrase_is_chosen_on_the_command_line(tmp_path: Path) -> None:
    where = {"MTSESSION_HOME": str(tmp_path)}
    made = run("vault", "init", "--passphrase-fd", "3", given={3: WORDS}, environment=where)
    assert made.returncode == 0, made.stderr
    listed = run("sessions", "list", "--passphrase-fd", "3", given={3: WORDS}, environment=where)
    assert listed.returncode == 0, listed.stderr


@pytest.fixture
def home(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the recorded home, opened by a private file."""
    copied = tmp_path / "home"
    os.system(f"cp -a '{recorded}' '{copied}'")
    monkeypatch.setenv("MTSESSION_HOME", str(copied))
    secret = tmp_path / "secret"
    secret.write_text(f"{WORDS}\n")
    secret.chmod(0o600)
    monkeypatch.setenv("MTSESSION_PASSPHRASE_FILE", str(secret))
    return copied


def ids() -> list[str]:
    return [row["id"] for row in json.loads(run("sessions", "list", "--json").stdout)]


@pytest.mark.parametrize(
    "words",
    ["sessions list", "sessions show x", "vault verify", "vault recovery", "vault rebuild",
     "vault passphrase"],
)  # fmt: skip
def test_without_records_nothing_is_asked(words: str) -> None:
    refused(run(*words.split()), "There are no records yet.", "vault init")


def test_a_wrong_passphrase_is_refused(home: Path) -> None:
    told = refused(run("sessions", "list", "--passphrase-fd", "3", given={3: "wrong"}))
    assert told == (
        "mtsession: That passphrase does not open this vault. Try again, or use the printed "
        "recovery key."
    )
    refused(run("sessions", "list", "--passphrase-fd", "3", given={3: ""}), "no passphrase in")
    refused(run("sessions", "list", "--passphrase-fd", "77"), "file descriptor 77")


def test_a_passphrase_file_that_others_can_read_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").chmod(0o640)
    refused(run("sessions", "list"), "Others can read the passphrase file", "chmod 600")


def test_without_a_terminal_it_says_where_else_a_passphrase_may_come_from(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MTSESSION_PASSPHRASE_FILE")
    refused(run("sessions", "list"), "no terminal to ask", "--passphrase-fd", "_PASSPHRASE_FILE")
    refused(run("vault", "passphrase", "--recovery"), "no terminal", "--recovery-fd N")


def test_sessions_are_listed_shown_and_exported(home: Path, tmp_path: Path) -> None:
    listed = run("sessions", "list")
    assert listed.returncode == 0
    newest, oldest = listed.stdout.splitlines()
    assert "no client" in newest
    assert "K1" in oldest
    one = ids()[1]
    assert "K1" in run("sessions", "show", one[:8]).stdout
    assert json.loads(run("sessions", "show", one, "--json").stdout)["client"] == "K1"
    assert json.loads(run("sessions", "export", one, "--format", "json").stdout)["client"] == "K1"
    written = run("sessions", "export", one, "--format", "md", "--out", tmp_path / "one.md")
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "one.md").stat().st_mode & 0o077 == 0
    assert "K1" in (tmp_path / "one.md").read_text()
    assert "K1" in run("sessions", "replay", one, "--every", "1").stdout
    again = run("sessions", "replay", one, "--every", "1", "--json").stdout.splitlines()
    *moments, section = [json.loads(line) for line in again]
    assert [moment["t_us"] for moment in moments] == [1_000_000, 2_000_000, 3_000_000]
    live = json.loads(run("sessions", "show", one, "--json").stdout)["sections"]
    assert [section["section"]] == live


def test_an_export_that_cannot_be_made_is_told(home: Path, tmp_path: Path) -> None:
    one = ids()[0]
    refused(run("sessions", "show", ""), "2 sessions begin with", "more of the id")
    refused(run("sessions", "show", "zzz"), "There is no session zzz.", "sessions list")
    refused(run("sessions", "export", one, "--format", "mid"), "Add --out FILE.mid")
    mid = run("sessions", "export", one, "--format", "mid", "--out", tmp_path / "x.mid")
    refused(mid, "holds no take")
    refused(run("sessions", "export", one, "--format", "csv"), "holds no take")
    assert not (tmp_path / "x.mid").exists()
    out = run("sessions", "export", one, "--format", "md", "--out", "/proc/no/x.md")
    refused(out, "cannot be written", "another folder")


def test_a_damaged_journal_is_shown_as_far_as_it_holds(home: Path) -> None:
    one = ids()[1]
    path = home / "data" / "sessions" / f"{one}.journal"
    content = bytearray(path.read_bytes())
    middle = len(content) * 3 // 4
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    path.write_bytes(content)
    assert len(ids()) == 2
    shown = run("sessions", "show", one)
    assert shown.returncode == 1
    assert "K1" in shown.stdout
    assert "cannot be read. What comes before it is shown." in shown.stderr
    assert "Traceback" not in shown.stderr
    refused(run("vault", "verify"), f"Session {one[:8]}: ")
    assert run("sessions", "show", ids()[0]).returncode == 0


@pytest.mark.parametrize("damage", ["noise", "empty", "gone"])
def test_a_damaged_index_is_made_anew(home: Path, damage: str) -> None:
    before, index = ids(), home / "data" / "vault.db"
    if damage == "gone":
        index.unlink()
    else:
        index.write_bytes(os.urandom(4096) if damage == "noise" else b"")
    refused(run("sessions", "list"), "mtsession vault rebuild")
    rebuilt = run("vault", "rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "2 sessions" in rebuilt.stdout
    assert ids() == before


def test_a_damaged_vault_file_is_told_by_all_who_need_it(home: Path) -> None:
    (home / "data" / "vault.json").write_text("{")
    refused(run("sessions", "list"), "vault.json is damaged.", "backup")
    found = {row["topic"]: row for row in json.loads(run("doctor", "--json").stdout)}
    assert found["records"]["state"] == "fault"
    assert found["records"]["text"] == "vault.json is damaged."


def test_a_backup_takes_the_place_of_what_was_lost(home: Path, tmp_path: Path) -> None:
    before, copy = ids(), tmp_path / "copy"
    assert run("vault", "backup", copy).returncode == 0
    refused(run("vault", "backup", copy), "is not an empty folder")
    refused(run("vault", "restore", copy), "There is a vault in", "Move it away")
    refused(run("vault", "restore", tmp_path / "nothing"), "There is no whole backup")
    (home / "data").rename(home / "lost")
    assert run("vault", "restore", copy).returncode == 0
    assert ids() == before
    assert run("vault", "verify").stdout == "Every journal is as it was written.\n"


def test_the_recovery_key_gives_a_new_passphrase(home: Path) -> None:
    key = run("vault", "recovery").stdout.splitlines()[-1].strip()
    change = ("vault", "passphrase", "--recovery-fd", "3", "--new-passphrase-fd", "4")
    refused(run(*change, given={3: f"AAAA-{key}", 4: "new"}), "40 letters and digits")
    refused(run(*change, given={3: key, 4: "   "}), "A passphrase cannot be empty.")
    assert run(*change, given={3: key, 4: "new words"}).returncode == 0
    refused(run("sessions", "list"), "That passphrase does not open this vault.")
    listed = run("sessions", "list", "--passphrase-fd", "3", given={3: "new words"})
    assert len(listed.stdout.splitlines()) == 2


def test_the_passphrase_is_changed_by_who_knows_it(home: Path) -> None:
    change = ("vault", "passphrase", "--new-passphrase-fd", "4")
    wrong = run(*change, "--passphrase-fd", "3", given={3: "wrong", 4: "next"})
    refused(wrong, "That passphrase does not open this vault.")
    assert run(*change, given={4: "next"}).returncode == 0
    assert run("vault", "verify", "--passphrase-fd", "3", given={3: "next"}).returncode == 0
    refused(run("vault", "init"), "There is a vault already", "vault passphrase")
