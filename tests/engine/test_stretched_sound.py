"""What the sound card plays of an item whose tempo is changed on the way."""

import msgspec
import numpy as np
import pytest

from engine.processes import Live
from engine.test_captured_sound import item, play, rendered, us, worst_residual
from mtsession.protocol.sources import FileSource, RatePoint
from mtsession.sound.rates import RateMap
from mtsession.timeline.events import BeatGridRevised
from sound import stretch_measures as measure
from sound.fakes import RATE

pytestmark = [pytest.mark.rig, pytest.mark.soak]
soundfile = pytest.importorskip("soundfile")


def test_live_sound_at_changing_rates_is_the_rendered_sound_sample_for_sample(capture, tmp_path):
    kicks, times = measure.kicks(14.0, RATE)
    path = tmp_path / "kicks.wav"
    soundfile.write(path, kicks + measure.chord(14.0, RATE), RATE, subtype="FLOAT")
    rates = tuple(RatePoint(t_us=us(t), rate=r) for t, r in ((2.0, 1.0), (8.0, 0.85), (9.0, 0.85)))
    source = FileSource(path=str(path))
    first = item(1, source, seconds=8, fade_out=2, beats=times / RATE)
    second = msgspec.structs.replace(item(2, source, start=6, seconds=6, fade_in=2), rate=rates[1:])
    programme = play(msgspec.structs.replace(first, rate=rates), second, at=1.5)
    with Live(profile="soak") as live, capture() as heard:
        live.open()
        live.client.send(programme)
        grid = live.event(BeatGridRevised).grid
        live.pass_time(14.5)
    made = rendered((programme,), 14.0)
    assert worst_residual(heard.samples, made[RATE:]) < -60.0
    beats = np.array(grid.beats_us) * (RATE / 1e6)
    due = RateMap(rates, RATE).heard_of(times[: len(beats)])
    # The card's own rate is fitted while it plays: a millisecond over these seconds.
    assert np.abs((beats - beats[0]) - (due - due[0])).max() < RATE / 1_000
