"""Programs that are killed at any moment: nothing that was said to be kept is lost."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mtsession.music.library.backup import backup_path, read_backup
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.scan import scan
from music.library.measuring import measure

TESTS = Path(__file__).parents[2]


def killed_after(module: str, *words: str, lines: int) -> list[str]:
    """Run a program, read so many lines of it, kill it, and give all that it had written."""
    program = [sys.executable, "-m", f"music.library.{module}", *words]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=TESTS)
    try:
        said = [line for _ in range(lines) if (line := running.stdout.readline())]
    finally:
        os.kill(running.pid, signal.SIGKILL)
    said += running.stdout.readlines()
    running.wait()
    running.stdout.close()
    return [line for line in said if line.endswith("\n")]


def is_whole(path: Path) -> bool:
    with sqlite3.connect(path) as link:
        verdict = link.execute("PRAGMA integrity_check").fetchone()
    link.close()
    return verdict == ("ok",)


def kill_deciding(catalogue: Catalogue, rng: random.Random) -> None:
    said = killed_after("deciding", str(catalogue.path), lines=rng.randint(1, 60))
    assert is_whole(catalogue.path)
    kept = {each.content: each.decision.bpm for each in catalogue.recordings()}
    backup = read_backup(backup_path(catalogue.path)).said
    # What was being decided when it was killed may be kept or not, but nothing before it.
    last = {content: float(bpm) for content, bpm in (line.split() for line in said)}
    later = [content for content, bpm in last.items() if kept[content] != bpm]
    assert len(later) <= 1
    assert all(kept[content] > last[content] for content in later)
    decided = {content: bpm for content, bpm in kept.items() if bpm is not None}
    assert set(last) <= set(decided)
    ahead = [content for content, bpm in decided.items() if bpm != backup[content].decision.bpm]
    assert len(ahead) <= 1


def test_decisions_of_a_program_that_was_killed_are_kept_twice(catalogue, scanned):
    scanned()
    kill_deciding(catalogue, random.Random(0))


@pytest.mark.soak
def test_kills_at_many_moments(catalogue, music):
    rng = random.Random(1)
    for number in range(1_500):
        (music / f"{number:04}.wav").write_bytes(f"sound {number}".encode())
    done = 0
    for _ in range(40):
        killed_after("measuring", str(music), str(catalogue.path), lines=rng.randint(3, 9))
        assert is_whole(catalogue.path)
        listed = catalogue.recordings()
        assert len(listed) >= done
        assert all(each.analysis is not None for each in listed)
        done = len(listed)
        if done:
            kill_deciding(catalogue, rng)
    assert done > 100
    report = scan([music], catalogue, workers=1, measure=measure)
    assert report.progress.unchanged >= done
    assert len(catalogue.recordings()) == 1_503
