"""Runs the command line as a person does: a process of its own, in a home of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile

from mtsession.records.keys import KdfCost

# What a passphrase costs to try is held by the tests of the records; here it would only take time.
CHEAP = KdfCost(memory_kib=64, passes=1, lanes=1)
COMMAND = (sys.executable, "-m", "mtsession")
FOREGROUND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
if __name__ == "__main__":
    from mtsession.cli.main import main
    sys.exit(main())
"""
SILENT = {"MTSESSION_AUDIO": "silent"}
SECONDS = 120

PLAN = """version = 1
title = "Short"
when = "For a test."
[[segment]]
title = "Listen"
minutes = {minutes}
[[segment.activity]]
method = "listening"
"""
PIECE = 'pieces = ["harbour"]\narc = [{{ hold = 66, minutes = {minutes} }}]\n'


def run(
    *words: str | Path,
    given: Mapping[int, str] | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; words that are keys of `given` become descriptors to read."""
    pipes: dict[str, int] = {}
    for number, text in (given or {}).items():
        read, write = os.pipe()
        os.write(write, f"{text}\n".encode())
        os.close(write)
        pipes[str(number)] = read
    try:
        return subprocess.run(
            [*COMMAND, *(str(pipes.get(str(word), word)) for word in words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            pass_fds=tuple(pipes.values()),
            cwd=cwd,
            env={**os.environ, **SILENT, **(environment or {})},
        )
    finally:
        for read in pipes.values():
            os.close(read)


def start(*words: str | Path) -> subprocess.Popen[str]:
    """Start a command and leave it running, with Ctrl+C as in a shell's foreground."""
    return subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **SILENT},
    )


def wait_for_line(process: subprocess.Popen[str], words: str) -> list[str]:
    """Read what a program prints until a line holds these words."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"it never said “{words}”: {lines}")


def refused(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """Assert that a command failed with one sentence that holds these words; give it."""
    told = (done.stderr + done.stdout).strip()
    assert done.returncode == 1, told
    assert "Traceback" not in told
    assert len(told.splitlines()) == 1, told
    for word in words:
        assert word in told, told
    return told


def short_plan(folder: Path, *, minutes: float = 0.05) -> Path:
    """Write a plan with a built-in piece."""
    path = folder / "short.toml"
    path.write_text(PLAN.format(minutes=minutes) + PIECE.format(minutes=minutes))
    return path


def plan_with_files(folder: Path, *names: str, minutes: float = 0.2) -> Path:
    """Write a plan that plays these files."""
    tracks = "".join(f'[[segment.activity.track]]\nfile = "{name}"\n' for name in names)
    path = folder / "files.toml"
    path.write_text(PLAN.format(minutes=minutes) + tracks)
    return path


def write_tone(path: Path, *, seconds: int = 6) -> Path:
    """Write a tone in the format that the name asks for."""
    rate = 44_100
    wave = 0.1 * np.sin(2 * np.pi * 220 * np.arange(rate * seconds) / rate)
    soundfile.write(path, np.column_stack([wave, wave]), rate)
    return path
