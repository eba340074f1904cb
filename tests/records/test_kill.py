"""A recorder that is killed outright keeps what it was given, in order and sealed."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mtsession.records.keys import Secrets
from mtsession.records.marks import interrupted

from .helpers import CANARY, files_holding, read

WRITER = Path(__file__).with_name("kill_writer.py")
GRACE_NS = 100_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("seed", range(6))
def test_a_killed_recorder_keeps_what_it_was_given(tmp_path: Path, seed: int) -> None:
    secrets = Secrets.generate()
    lines_wanted = random.Random(seed).randint(80, 250)
    arguments = [sys.executable, str(WRITER), str(tmp_path), secrets.public_key.hex(), CANARY]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(lines_wanted)]
        assert interrupted(tmp_path) == []
        process.send_signal(signal.SIGKILL)
        killed_ns = time.monotonic_ns()
        lines += process.stdout.readlines()
    handed_over = [tuple(map(int, line.split())) for line in lines if line.endswith("\n")]
    must_be_kept = max(
        (seq for seq, at_ns in handed_over if at_ns < killed_ns - GRACE_NS), default=0
    )
    assert must_be_kept > 0

    assert files_holding(tmp_path, CANARY.encode()) == []
    (offered,) = interrupted(tmp_path)
    journal = read(tmp_path, offered.session_id, secrets)
    assert journal.verified, journal.fault
    assert not journal.ended
    assert [one.seq for one in journal.rows] == list(range(1, len(journal.rows) + 1))
    assert len(journal.rows) >= must_be_kept
    assert files_holding(tmp_path, CANARY.encode()) == []
