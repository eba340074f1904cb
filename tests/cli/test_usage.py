"""Wrong usage, help, what happens without a terminal, and where output cannot go."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.programs import refused, run, short_plan
from mtsession.cli.main import main

WRONG = (
    "--bogus", "bogus", "demo --speed 0", "demo --speed fast", "demo --speed nan", "render",
    "render settle-10", "sessions", "sessions show", "sessions export x --format pdf", "vault",
    "sessions export x --format csv --table beats", "sessions export x --format mid --take 0",
    "sessions replay", "sessions replay x --speed 0", "sessions replay x --every nan",
    "vault bogus", "vault backup", "midi", "playlist", "run", "run settle-10 --level loud",
    "run settle-10 --client", "render settle-10 --out x.wav --rate 0", "plans more",
    "render settle-10 --out x.wav --level nan", "sessions list --passphrase hunter2",
    "sessions list --passphrase-fd -1", "vault passphrase --recovery --recovery-fd 3",
    "library", "library bogus", "library list more", "library list --sort loudness",
    "library show", "library set", "library set harbour --bpm fast", "library set harbour --bpm 5",
    "library set harbour --double --halve", "library set harbour --lock --unlock",
    "library set harbour --words maybe", "library set harbour --shift 1.5",
    "library set harbour --label", "library scan --workers 0", "library analyse",
    "library export", "library export x --format doc",
    "playlist plan", "playlist plan x --passphrase-fd 3", "playlist convert x",
    "clients", "clients taste", "clients taste K --like a --never b",
)  # fmt: skip
COMMANDS = (
    "", "demo", "run", "render", "plans", "playlist", "playlist check", "midi", "midi ports",
    "midi calibrate",
    "sessions", "sessions list", "sessions show", "sessions replay", "sessions export", "vault",
    "vault init",
    "vault passphrase", "vault recovery", "vault backup", "vault restore", "vault rebuild",
    "vault verify", "doctor",
    "library", "library scan", "library list", "library show", "library set", "library analyse",
    "library export", "playlist check", "playlist plan", "playlist convert", "clients",
    "clients taste",
)  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_wrong_words_give_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words.split())
    assert left.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "error: " in told.err


def test_an_empty_client_code_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for code in ("", "  ", "x" * 41, "a\nb"):
        with pytest.raises(SystemExit) as left:
            main(["run", "settle-10", "--client", code])
        assert left.value.code == 2


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*words.split(), "--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith(f"usage: mtsession {words}".strip())
    assert len(told.splitlines()) > 4
    assert max(map(len, told.splitlines())) <= 100


def test_the_app_needs_a_terminal() -> None:
    refused(run(), "The app needs a terminal.", "mtsession demo", "--headless")


def test_closed_streams_are_no_fault() -> None:
    script = 'exec "$@" <&- >&- 2>&-'
    words = ["sh", "-c", script, "sh", sys.executable, "-m", "mtsession", "plans"]
    assert subprocess.run(words, timeout=60).returncode == 0


@pytest.mark.parametrize("words", ["plans", "playlist check settle-10", "doctor", "midi ports"])
def test_json_stands_alone_on_standard_output(words: str) -> None:
    done = run(*words.split(), "--json")
    assert isinstance(json.loads(done.stdout), list | dict)
    assert done.stderr == ""


def test_a_place_that_cannot_be_written_is_told_before_the_demo_runs(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    refused(run("demo", "--speed", "200", "--out", "/proc/no"), "/proc/no cannot be", "--out DIR")
    done = run("demo", "--speed", "200", "--out", taken)
    refused(done, "taken is a file, not a folder", "--out DIR")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    plan = short_plan(tmp_path)
    refused(run("render", plan, "--out", closed / "x.wav"), "cannot be written", "another folder")
    refused(run("demo", "--speed", "200", "--out", closed), "cannot be written", "--out DIR")


def test_sound_goes_where_a_file_can_be(tmp_path: Path) -> None:
    plan = short_plan(tmp_path)
    refused(run("render", plan, "--out", tmp_path), "is a folder")
    same = tmp_path / "same"
    refused(run("render", plan, "--out", same, "--events", same), "Give two names.")
    refused(run("render", plan, "--out", "/proc/no/x.wav"), "cannot be written")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["short.toml"]


def test_a_demo_in_a_hurry_leaves_its_summary(tmp_path: Path) -> None:
    done = run("demo", "--speed", "1000", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f"Summary: {tmp_path / 'out' / 'summary.md'}" in done.stdout
    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert left == ["summary.json", "summary.md", "take.mid"]
    json.loads((tmp_path / "out" / "summary.json").read_text())


def test_a_fault_of_the_program_is_one_line_without_what_it_was_busy_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(arguments: object) -> int:
        raise ValueError("Jane Roe")

    monkeypatch.setattr("mtsession.cli.doctor.run", broken)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().err
    assert "This is a fault of mtsession (ValueError)" in told
    assert len(told.splitlines()) == 1
    log = Path(os.environ["MTSESSION_HOME"]) / "logs" / "mtsession.log"
    assert "in broken" in log.read_text()
    assert "Jane Roe" not in told + log.read_text().replace('raise ValueError("Jane Roe")', "")
