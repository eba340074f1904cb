"""A pedal that is held lowers the music that is heard, and lets it back without a step."""

import numpy as np
import pytest
import soundfile

from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config
from mtsession.app.drive import run_offline
from mtsession.app.plans import load_plan
from mtsession.engine.offline import OfflineEngine
from mtsession.protocol.commands import PlayScript, ScriptedMessage
from mtsession.timeline import events as ev
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import SECOND, Micros

RATE = 48_000
PLAN = """
version = 1
title = "A tone"
when = "In tests."

[[segment]]
title = "Listen"
minutes = 0.17

[[segment.activity]]
method = "listening"
order = "as listed"
fade_in_s = 0
end_fade_s = 1
arc = [{ hold = 60, minutes = 0.17 }]

[[segment.activity.track]]
file = "tone.wav"
"""
PEDAL = MidiControl(port="Foot", channel=1, controller=64)
HELD_S = (4.0, 8.0)


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """Render a steady tone with the pedal held for four seconds; give events and samples."""
    folder = tmp_path_factory.mktemp("held")
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE) / RATE)
    soundfile.write(folder / "tone.wav", np.stack([tone, tone], axis=1), RATE)
    (folder / "plan.toml").write_text(PLAN)
    clock, blocks = ManualClock(), []
    engine = OfflineEngine(clock, sample_rate=RATE, sink=blocks.append)
    plan = load_plan(folder / "plan.toml")
    choices = Choices(plan=plan, config=Config(voice=False), level_db=-6.0, duck_control=PEDAL)
    desk = offline_desk(choices, engine=engine, clock=clock, sink=lambda seq, event: None)
    moves = tuple(
        ScriptedMessage(t_us=Micros(int(at * SECOND)), data=bytes((0xB0, 64, value)))
        for at, value in zip(HELD_S, (127, 0), strict=True)
    )

    def press() -> bool:
        if desk.clock.now_us() == SECOND:
            desk.tell(PlayScript(port_name="Foot", at_us=Micros(0), messages=moves))
        return True

    run_offline(desk, clock, engine, each=press)
    return tuple(desk.events), np.concatenate(blocks)


def level_db(samples, first_s: float, last_s: float) -> float:
    part = samples[round(first_s * RATE) : round(last_s * RATE), 0].astype(float)
    return 10 * float(np.log10(np.mean(part**2)))


def test_the_music_is_nine_decibels_softer_while_the_pedal_is_held(held):
    _, samples = held
    before, during, after = (level_db(samples, *s) for s in ((2, 3.5), (5, 7.5), (8.4, 9.1)))
    assert during - before == pytest.approx(-9, abs=0.05)
    assert after == pytest.approx(before, abs=0.05)


def test_the_level_has_no_step(held):
    _, samples = held
    every = round(0.01 * RATE)
    powers = [
        level_db(samples, at / RATE, (at + 4 * every) / RATE)
        for at in range(2 * RATE, round(9.1 * RATE), every)
    ]
    assert max(np.abs(np.diff(powers))) < 0.5


def test_the_record_says_who_asked_and_when_it_was_heard(held):
    events, _ = held
    told = [(e.t_us / SECOND, e.by) for e in events if isinstance(e, ev.MusicDucked)]
    assert [by for _, by in told] == [("control",), ()]
    assert [at for at, _ in told] == pytest.approx(HELD_S, abs=0.25)
    wishes = {e.asked for e in events if isinstance(e, ev.WishMade) and e.what == "HoldDuck"}
    assert wishes <= {e.asked for e in events if isinstance(e, ev.CommandApplied)}
