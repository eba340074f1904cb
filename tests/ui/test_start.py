"""The real app on a pseudo-terminal: what is loaded before the first frame, and in a session."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import psutil
import pytest

from mtsession.app.archive import Archive
from mtsession.app.paths import places

SLOW_OR_DEVICE = {"librosa", "scipy", "numba", "matplotlib", "sounddevice", "rtmidi"}
READS_FILES = {"soundfile", "av", "soxr"}
NOT_BEFORE_THE_FIRST_FRAME = {"numpy", "apsw", "cryptography", "soundfile", "av", "mido"}
# The desk is loaded behind the first frame, and this is its door.
DESK = "mtsession.app.shell"
PATIENCE_SECONDS = 30.0
STOOD_STILL, REDRAWN_SECONDS = 30, 0.15

ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]")

# The app as it is, with every import noted in its order.
PROBE = """
import sys
noted = open(sys.argv[1], "w", buffering=1)
sys.addaudithook(lambda what, about: what == "import" and print(about[0], file=noted))
from mtsession.cli.main import main
sys.exit(main([]))
"""


class Screen:
    """A terminal that a program believes in."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process = process
        self._end = end

    def wait_for(self, text: bytes) -> None:
        seen, until = b"", time.monotonic() + PATIENCE_SECONDS
        while text not in ESCAPE.sub(b"", seen):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._end], [], [], left)[0]:
                plain = ESCAPE.sub(b"", seen)
                raise AssertionError(f"{text!r} was not painted; the last was {plain[-6000:]!r}")
            try:
                seen = seen[-50_000:] + os.read(self._end, 1 << 16)
            except OSError as error:  # the other end of a pty is closed
                raise AssertionError(f"it ended before {text!r}: {seen[-300:]!r}") from error

    def drain(self) -> None:
        """Read until the program lets go of the terminal."""
        try:
            while os.read(self._end, 1 << 16):
                pass
        except OSError:
            return

    def close(self) -> None:
        """Close the window."""
        if self._end >= 0:
            os.close(self._end)
        self._end = -1

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MTSESSION_AUDIO", "silent")
    monkeypatch.setenv("TERM", "xterm-256color")
    end, inside = pty.openpty()
    termios.tcsetwinsize(inside, (40, 120))
    command = [sys.executable, "-c", PROBE, str(tmp_path / "imports")]
    process = subprocess.Popen(
        command, stdin=inside, stdout=inside, stderr=inside, start_new_session=True
    )
    os.close(inside)
    screen = Screen(process, end)
    yield screen
    if process.poll() is None:
        process.kill()
    process.wait()
    screen.close()


def tops(names: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def test_the_screen_loads_little_at_first_and_no_device_library_ever(screen, tmp_path):
    screen.wait_for(b"start a session")
    screen.wait_for(b"Sound")
    screen.press(b"l")
    screen.wait_for(b"s scans a folder")
    screen.press(b"p")
    screen.wait_for(b"Type an arc")
    screen.press(b"72 > 66 in 5\r")
    screen.wait_for(b"There is no recording to choose from")
    for below in (b"s scans a folder", b"start a session"):
        screen.press(b"\x1b")
        screen.wait_for(below)
    screen.press(b"\r")
    screen.wait_for(b"Recording")
    for key, title in ((b"l", b"Listening"), (b"b", b"Breathing"), (b"i", b"Improvise")):
        screen.press(key)
        screen.wait_for(title)
    screen.press(b"\x11")
    screen.wait_for(b"A session is running")
    screen.press(b"\r")
    screen.drain()
    assert screen.process.wait(PATIENCE_SECONDS) == 0
    names = (tmp_path / "imports").read_text().split()
    before = tops(names[: names.index(DESK)])
    assert "textual" in before
    assert before & NOT_BEFORE_THE_FIRST_FRAME == set()
    assert "mtsession.activities.improvisation.activity" in names
    assert "mtsession.music.planner" in names
    assert tops(names) & (SLOW_OR_DEVICE | READS_FILES) == set()


@pytest.mark.parametrize("how", ["window", "hang-up"])
def test_a_window_that_is_closed_ends_the_session_and_loses_nothing(screen, how):
    screen.wait_for(b"start a session")
    screen.press(b"\r")
    screen.wait_for(b"Recording")
    screen.press(b"3")
    screen.wait_for(b"tearful")
    below = psutil.Process(screen.process.pid).children(recursive=True)
    if how == "hang-up":
        screen.process.send_signal(signal.SIGHUP)
    screen.close()
    screen.process.wait(PATIENCE_SECONDS)
    assert psutil.wait_procs(below, timeout=PATIENCE_SECONDS)[1] == []
    archive = Archive.claim(places().data, "some words")
    (entry,) = archive.sessions()
    assert entry.ended
    assert [mark.label for mark in archive.summary(entry)[0].marks] == ["tearful"]
    archive.close()


def test_a_window_that_shows_nothing_any_more_does_not_keep_the_session(screen):
    screen.wait_for(b"start a session")
    screen.press(b"\r")
    screen.wait_for(b"Recording")
    below = psutil.Process(screen.process.pid).children(recursive=True)
    for _ in range(STOOD_STILL):
        # Nobody reads what is painted: a new screen each time, until no more goes through.
        screen.press(b"?")
        screen.press(b"?")
        select.select([], [], [], REDRAWN_SECONDS)
    screen.process.send_signal(signal.SIGTERM)
    assert screen.process.wait(PATIENCE_SECONDS) == 0
    assert psutil.wait_procs(below, timeout=PATIENCE_SECONDS)[1] == []
    archive = Archive.claim(places().data, "some words")
    assert [entry.ended for entry in archive.sessions()] == [True]
    archive.close()
