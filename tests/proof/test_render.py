"""The same plan renders to the same bytes, sound and events."""

import subprocess
import sys

import pytest

PLAN = """
version = 1
title = "Everything that sounds"
when = "In tests."

[[segment]]
title = "Listen and breathe"
minutes = 0.5

[[segment.activity]]
method = "listening"
pieces = ["brook", "chapel"]
crossfade_s = 4
arc = [{ from = 84, to = 80, minutes = 0.5 }]
allow_fast = true

[[segment.activity]]
method = "breathing"
start_rate = 20
target_rate = 20
caution = false
cue = "swell"
"""


@pytest.mark.parametrize("name", ["made", pytest.param("demo", marks=pytest.mark.soak)])
def test_two_renderings_are_alike_to_the_bit(name, tmp_path):
    plan = "demo"
    if name == "made":
        plan = tmp_path / "plan.toml"
        plan.write_text(PLAN)
    files = []
    for turn in ("one", "two"):
        wav, events = tmp_path / f"{turn}.wav", tmp_path / f"{turn}.jsonl"
        words = ["render", plan, "--out", wav, "--events", events, "--level", -6]
        done = subprocess.run(
            [sys.executable, "-m", "mtsession", *map(str, words)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        files.append((wav.read_bytes(), events.read_bytes()))
    assert len(files[0][0]) > 30 * 48_000 * 6
    assert files[0][1].count(b"CueSounded") > 5
    assert files[0] == files[1]
