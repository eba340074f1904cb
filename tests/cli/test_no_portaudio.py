"""A machine without PortAudio: the doctor names the mend, and a session runs in silence."""

import ctypes.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.programs import COMMAND, short_plan


@pytest.fixture
def without_portaudio(tmp_path: Path) -> list[str]:
    """Give the words before a command that hide the sound library from it."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can hide a library")
    found = ctypes.util.find_library("portaudio")
    if found is None:
        return []
    paths = [
        str(path)
        for folder in ("/usr/lib", "/usr/local/lib", "/lib")
        for path in Path(folder).rglob("libportaudio.so*")
    ]
    hide = " && ".join(f"mount --bind /dev/null {path}" for path in paths)
    words = ["unshare", "-m", "sh", "-c", f'{hide} && exec "$@"', "sh"]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"a library cannot be hidden here: {tried.stderr.strip()}")
    return words


def run_without(hidden: list[str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*hidden, *COMMAND, *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={key: value for key, value in os.environ.items() if key != "MTSESSION_AUDIO"},
    )


def test_the_doctor_names_what_is_missing_and_the_mend(without_portaudio: list[str]) -> None:
    done = run_without(without_portaudio, "doctor", "--json")
    assert done.returncode == 0, done.stderr
    found = {row["topic"]: row for row in json.loads(done.stdout)}
    assert found["sound output"]["state"] == "missing"
    assert "PortAudio" in found["sound output"]["text"]
    assert "portaudio" in found["sound output"]["mend"].lower()


def test_a_session_runs_and_says_that_it_is_silent(
    without_portaudio: list[str], tmp_path: Path
) -> None:
    done = run_without(without_portaudio, "run", short_plan(tmp_path), "--headless")
    assert done.returncode == 0, done.stderr
    (told,) = [line for line in done.stdout.splitlines() if "no sound from this laptop" in line]
    assert "the session runs in silence. " in told
    assert "PortAudio" in told
    assert "install" in told
    assert "session ends (planned)" in done.stdout
    assert done.stderr == ""
