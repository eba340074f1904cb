"""Scanning on the command line: what is said while it runs and afterwards, and how it ends."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.library_shelf import write_clicks
from cli.programs import FOREGROUND, refused, run
from mtsession.cli.library_scan import ProgressTeller
from mtsession.music.library.scan import ScanProgress


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Give a folder with two recordings, one of them below it, and one that is none."""
    folder = tmp_path / "music"
    (folder / "below").mkdir(parents=True)
    write_clicks(folder / "slow.wav")
    write_clicks(folder / "below" / "wälzer ♪.flac", bpm=72)
    (folder / "broken.mp3").write_bytes(b"not music")
    return folder


def test_a_scan_reports_what_it_did(music: Path) -> None:
    first = run("library", "scan", music, "--workers", "1")
    assert first.returncode == 0, first.stderr
    fault, counts = first.stdout.splitlines()
    assert "broken.mp3" in fault
    assert counts.startswith("3 files in ")
    assert counts.endswith(": 2 measured, 0 as before, 1 with faults.")
    again = run("library", "scan", "--json")  # the folder is remembered
    report = json.loads(again.stdout)
    assert (report["found"], report["unchanged"], report["analysed"]) == (3, 2, 0)
    assert [fault["path"] for fault in report["faults"]] == [str(music / "broken.mp3")]
    rows = json.loads(run("library", "list", "--json").stdout)
    assert sorted(row["title"] for row in rows if row["bpm"]) == ["slow", "wälzer ♪"]
    (music / "slow.wav").unlink()
    assert "1 no longer there" in run("library", "scan", music).stdout


def test_a_folder_that_is_not_there_is_told_before_anything_is_done(music: Path) -> None:
    told = refused(run("library", "scan", music, music / "nowhere"), "There is no folder")
    assert str(music / "nowhere") in told
    assert json.loads(run("library", "list", "--json").stdout) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are not Windows's")
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(40):
        write_clicks(folder / f"{number:02}.wav", bpm=60 + number, seconds=40)
    screen, terminal = os.openpty()
    program = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, "library", "scan", folder, "--workers", "1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        start_new_session=True,
    )
    os.close(terminal)
    shown = _read_until(screen, rb"K([2-9]|[12][0-9]) of 40")
    os.killpg(program.pid, signal.SIGINT)  # a terminal sends it to the workers as well
    out = program.communicate(timeout=60)[0]
    shown += _read_until(screen, rb"\n")
    os.close(screen)
    assert program.returncode == 130, shown
    assert shown.decode().rpartition("mtsession: ")[2].strip() == (
        f"Stopped. What is done is kept; to go on: mtsession library scan {folder}"
    )
    assert b"Traceback" not in shown
    done = int(out.splitlines()[-1].split(" of ")[0])
    assert 2 <= done < 40
    assert len(json.loads(run("library", "list", "--json").stdout)) == done


def _read_until(screen: int, wanted: bytes) -> bytes:
    """Read what a program shows until something of this form is among it."""
    shown = b""
    while re.search(wanted, shown) is None:
        shown += os.read(screen, 4096)
    return shown


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_one_line_that_is_rewritten() -> None:
    seconds, stream = iter([0.0, 0.0, 0.05, 0.2]), _Terminal()
    teller = ProgressTeller(stream, now=lambda: next(seconds))
    for done in (1, 2, 3):
        teller.tell(ScanProgress(found=9, done=done, now=f"\x1b[31m{'long name ' * 30}.wav"))
    teller.end()
    drawn = stream.getvalue()
    assert drawn.count("\r\x1b[K") == 3
    assert "1 of 9" in drawn
    assert "2 of 9" not in drawn
    assert "\x1b[31m" not in drawn
    assert drawn.endswith("\r\x1b[K")
    assert "\n" not in drawn


def test_elsewhere_a_line_is_printed_now_and_then() -> None:
    seconds, stream = iter([0.0, 1.0, 5.0, 7.0, 10.5]), io.StringIO()
    teller = ProgressTeller(stream, now=lambda: next(seconds))
    for done in (1, 2, 3, 4):
        teller.tell(ScanProgress(found=9, done=done, left_s=60.0))
    teller.end()
    assert stream.getvalue() == "2 of 9 files, 1 min left\n4 of 9 files, 1 min left\n"


def test_measured_files_are_printed_and_not_kept(music: Path) -> None:
    files = (music / "slow.wav", music / "broken.mp3", music / "below" / "wälzer ♪.flac")
    done = run("library", "analyse", *files, music, "--json")
    assert done.returncode == 1
    assert done.stderr == ""
    slow, broken, waltz, folder = map(json.loads, done.stdout.splitlines())
    assert list(slow)[:11] == [
        "path", "duration_s", "bpm", "candidates", "confidence", "steady", "beats_s", "lufs",
        "true_peak_db", "key", "key_confidence",
    ]  # fmt: skip
    assert list(slow)[11:17] == [
        "downbeat",
        "beats_per_bar",
        "ibi_cv",
        "intro_s",
        "outro_s",
        "reasons",
    ]
    assert slow["path"] == str(files[0])
    assert slow["duration_s"] == pytest.approx(20.0, abs=0.05)
    for name, value in slow.items():
        if value is None and name != "fault":
            assert slow["reasons"].get(name), name
    assert broken.keys() == folder.keys() == {"path", "error"}
    assert waltz["path"] == str(files[2])
    assert not (Path(os.environ["MTSESSION_HOME"]) / "data").exists()


def test_measured_files_are_shown_as_a_table(music: Path) -> None:
    done = run("library", "analyse", music / "slow.wav")
    assert (done.returncode, done.stderr) == (0, "")
    heading, line = done.stdout.splitlines()
    assert heading.split()[:3] == ["BPM", "sure", "or"]
    assert line.endswith(f"0:20  {music / 'slow.wav'}")
    refused(run("library", "analyse", music / "nowhere.wav"), "nowhere.wav” is not there")
