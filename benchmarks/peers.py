"""Other programs to measure beside, each in a venv of its own so that none can touch ours.

    python = peers.venv("librosa", ["librosa==0.11.0"])
    answers = peers.run(python, PROGRAM, {"paths": [...]})

A venv is made the first time it is asked for, under out/peers/, from names and versions alone.
Where that cannot be done (no network), `PeerError` says why, and the case is skipped.
"""

import fcntl
import hashlib
import json
import subprocess
import sys
import venv as venvs
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "out" / "peers"
INSTALL_SECONDS = 900


class PeerError(Exception):
    """A peer cannot be had here; says why in one line."""


def venv(name: str, requirements: Sequence[str]) -> Path:
    """Give the Python of a venv that holds these packages, made now if it is not there yet."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = "\n".join(sorted(requirements))
    place = FOLDER / f"{name}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
    python, done = place / "bin" / "python", place / "requirements.txt"
    with (FOLDER / f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.is_file():
            return python
        venvs.create(place, with_pip=True, clear=True)
        _install(python, requirements)
        done.write_text(wanted + "\n", encoding="utf-8")
    return python


def _install(python: Path, requirements: Sequence[str]) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-input", *requirements]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"installing {requirements[0]} took too long") from error
    if made.returncode:
        last = (made.stderr.strip() or "pip gave no reason").splitlines()[-1]
        raise PeerError(f"{requirements[0]} cannot be installed: {last[:120]}")


def run(python: Path, program: str, asked: object, *, timeout: float = 1_800) -> object:
    """Run a program in a peer's venv: JSON on standard input, JSON as the last line it prints."""
    done = subprocess.run(
        [str(python), "-c", program],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
        timeout=timeout,
    )
    if done.returncode:
        raise PeerError(f"the peer ended with code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
