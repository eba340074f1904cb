"""Sessions without a screen that are ended from outside, or whose disk or reader gives up."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.programs import CHEAP, refused, run, short_plan, start, wait_for_line
from mtsession.app.paths import places
from mtsession.records.vault import Vault

ENDINGS = {signal.SIGINT: "by hand", signal.SIGTERM: "interrupted", signal.SIGHUP: "interrupted"}


def only_session() -> tuple[str, dict[str, object]]:
    """Open the vault, which holds one session; give its id and its summary."""
    Vault.claim(places().data, "words", cost=CHEAP).close()
    listed = run("sessions", "list", "--json", "--passphrase-fd", "3", given={3: "words"})
    (entry,) = json.loads(listed.stdout)
    assert entry["ended"] is True
    words = ("sessions", "show", entry["id"], "--json", "--passphrase-fd", "3")
    shown = run(*words, given={3: "words"})
    assert shown.returncode == 0, shown.stderr
    verified = run("vault", "verify", "--passphrase-fd", "3", given={3: "words"})
    assert verified.returncode == 0, verified.stdout
    return entry["id"], json.loads(shown.stdout)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=() if number == signal.SIGTERM else pytest.mark.soak)
        for number in ENDINGS
    ],
)
def test_a_signal_ends_the_session_and_keeps_it(tmp_path: Path, number: signal.Signals) -> None:
    process = start("run", short_plan(tmp_path, minutes=5), "--headless")
    wait_for_line(process, "playing Harbour")
    below = psutil.Process(process.pid).children(recursive=True)
    assert below
    process.send_signal(number)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number, errors
    assert errors == ""
    assert f"session ends ({ENDINGS[number]})" in out
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
    session, summary = only_session()
    assert f"mtsession sessions show {session[:8]}" in out
    assert summary["ended"] == ENDINGS[number]


def test_a_reader_who_goes_away_ends_no_session(tmp_path: Path) -> None:
    process = start("run", short_plan(tmp_path), "--headless")
    wait_for_line(process, "session begins")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert only_session()[1]["ended"] == "planned"


def test_a_listing_whose_reader_has_seen_enough_ends_quietly() -> None:
    process = start("plans")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_listing_that_cannot_be_written_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*start_words(), "plans"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr.startswith("mtsession: The system refused: no space left")
    assert len(done.stderr.splitlines()) == 1


def start_words() -> tuple[str, ...]:
    from cli.programs import COMMAND

    return COMMAND


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 400 kB, which only root can make."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can make a small disk")
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    mounted = subprocess.run(words, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be made here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on a disk."""
    path = folder / "fill"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            return path


def test_a_full_disk_loses_nothing(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTSESSION_HOME", str(small_disk))
    process = start("run", short_plan(tmp_path, minutes=0.1), "--headless")
    begun = wait_for_line(process, "session begins")
    filler = fill(small_disk)
    told = wait_for_line(process, "session ends (planned)")
    # What was written before the disk was full may be the whole of so short a session's beginning.
    refusals = [line for line in begun + told if "the disk is full" in line]
    assert len(refusals) == 1
    assert "Free some space; nothing is lost while mtsession stays open." in refusals[0]
    filler.unlink()
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "The session is in the record" in out
    summary = only_session()[1]
    assert summary["ended"] == "planned"


def test_a_full_disk_leaves_no_half_of_a_file(small_disk: Path, tmp_path: Path) -> None:
    plan = short_plan(tmp_path)
    sound = small_disk / "mix.wav"
    refused(run("render", plan, "--out", sound), "mix.wav cannot be written", "free some space")
    assert list(small_disk.iterdir()) == []
    filler = fill(small_disk)
    words = ("render", plan, "--out", tmp_path / "mix.wav", "--events", small_disk / "e.jsonl")
    refused(run(*words), "e.jsonl cannot be written", "free some space")
    assert list(small_disk.iterdir()) == [filler]


@pytest.mark.soak
def test_records_that_cannot_be_written_stop_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "home"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setenv("MTSESSION_HOME", str(blocked))
    process = start("run", short_plan(tmp_path), "--headless")
    told = wait_for_line(process, "Free some space: mtsession waits for it.")
    assert any("session ends (planned)" in line for line in told)
    blocked.unlink()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert only_session()[1]["ended"] == "planned"
