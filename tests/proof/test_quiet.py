"""Quiet is quiet: soon, without a click, and until something is asked for again."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

from mtsession.timeline import events as ev
from proof.sessions import read_back, show
from proof.silence import PLAN, hushed
from rig_support import VirtualKeyboard

DESK = Path(__file__).with_name("quiet_desk.py")
# Struck, and never let go: before the first quiet, and once more in the silence after it.
STRUCK = [(at, bytes([0x90, key, 100])) for at in (1.2, 2.3) for key in (48, 60, 67)]


def test_quiet_from_any_state_is_soon_smooth_and_lasting(rig, capture, tmp_path, monkeypatch):
    plan = tmp_path / "quiet.toml"
    plan.write_text(PLAN)
    monkeypatch.setenv("MTSESSION_MIDI_API", "jack")
    home = tmp_path / "home"
    with VirtualKeyboard("mtsession-held") as keyboard, capture(tail_seconds=0.5) as heard:
        desk = subprocess.Popen(
            [sys.executable, str(DESK), str(plan), str(home), "-6"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert desk.stdout.readline() == "playing\n"
        keyboard.start(STRUCK, lead_seconds=0.0)
        done = json.loads(desk.stdout.readline())
        assert desk.wait(30) == 0
        keyboard.finish()
    kept = read_back(home)
    (engine,) = kept.of(ev.EngineStarted)
    found = []
    for (what, at), (_, next_at) in itertools.pairwise(done):
        if what == "Quiet":
            frames = heard.frame_at(at), heard.frame_at(next_at)
            found.append(hushed(heard.samples, *frames, engine.latency_us / 1000))
            show(found[-1])
    assert [each.passed for each in found] == [True] * 3, found
    assert len(kept.of(ev.QuietCommanded)) == 3
