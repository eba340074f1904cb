"""A real pedal on a real port: the loudspeaker is softer while it is held, and soon."""

import msgspec
import numpy as np
import pytest
import soundfile
from test_held_duck import PLAN, RATE

from mtsession.app.config import remember
from mtsession.app.paths import places
from mtsession.midi.ports import list_ports
from mtsession.timeline import events as ev
from mtsession.timeline.midi_control import MidiControl
from proof.sessions import Session, read_back

pytestmark = pytest.mark.rig
PRESSED_S = ((0.0, 127), (2.0, 0))
# The rig's own sound server, and the way of a message to the engine and back.
LATEST_MS = 150.0


def test_a_pedal_lowers_what_is_heard_while_it_is_held(
    rig, capture, virtual_keyboard, tmp_path, monkeypatch
):
    monkeypatch.setenv("MTSESSION_MIDI_API", "jack")
    home = tmp_path / "home"
    monkeypatch.setenv("MTSESSION_HOME", str(home))
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE) / RATE)
    soundfile.write(tmp_path / "tone.wav", np.stack([tone, tone], axis=1), RATE)
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    with virtual_keyboard("mtsession-foot") as pedal:
        (name,) = (each for each in list_ports().inputs if "mtsession-foot" in each)
        control = MidiControl(port=name, channel=1, controller=64)
        remember(
            places(home).config,
            lambda kept: msgspec.structs.replace(kept, duck_control=control, level_db=-6.0),
        )
        with capture(tail_seconds=0.5) as heard, Session(plan, home) as session:
            while not np.any(np.abs(heard.samples[-4_800:]) > 0.02):
                heard.wait_seconds(0.1)
            heard.wait_seconds(3.0)
            sent = pedal.play([(at, bytes((0xB0, 64, value))) for at, value in PRESSED_S])
            assert session.finish() == 0
    kept = read_back(home)
    assert [each.by for each in kept.of(ev.MusicDucked)] == [("control",), ()]

    def level_db(second: float) -> float:
        first = heard.frame_at(second)
        part = heard.samples[first : first + RATE, 0].astype(float)
        return 10 * float(np.log10(np.mean(part**2)))

    before, held, after = (level_db(at) for at in (sent[0] - 1.2, sent[0] + 0.7, sent[1] + 0.7))
    assert held - before == pytest.approx(-9, abs=0.1)
    assert after == pytest.approx(before, abs=0.1)
    wishes = {each.asked: each.t_us for each in kept.of(ev.WishMade) if each.what == "HoldDuck"}
    applied = {each.asked: each.t_us for each in kept.of(ev.CommandApplied)}
    assert len(wishes) == 2
    assert max((applied[asked] - at) / 1000 for asked, at in wishes.items()) <= LATEST_MS
