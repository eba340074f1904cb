"""A stretch with less work: still in time, still whole."""

import numpy as np
import pytest

from mtsession.protocol.sources import RatePoint
from mtsession.sound import effort
from mtsession.sound.rates import RateMap
from mtsession.sound.stretch import Stretch
from sound import stretch_measures as measure
from sound.fakes import RATE, MadeStream, ramp

GLIDE = RateMap([RatePoint(t_us=0, rate=1.0), RatePoint(t_us=6_000_000, rate=0.8)], RATE)


def stretched(samples):
    stretch = Stretch(
        MadeStream(samples),
        sample_rate=RATE,
        rate=lambda heard: GLIDE.mean_rate(heard, 512),
        effort="low",
    )
    return stretch.read(3 * len(samples))


def test_little_work_keeps_time_attacks_and_chords():
    made, times = measure.clicks(4.0, RATE)
    clicks = measure.click_figures(stretched(made), RATE, GLIDE.heard_of(times))
    assert clicks["click_sd_ms"] < 0.05
    assert clicks["worst_pre_echo_db"] < -50
    made, times = measure.kicks(4.0, RATE)
    drums = measure.kick_figures(stretched(made), made, RATE, GLIDE.heard_of(times), times)
    assert drums["worst_rise_ratio"] <= 1.1
    chord = measure.chord_figures(stretched(measure.chord(4.5, RATE)), RATE)
    assert chord["worst_residual_db"] <= -45


def test_little_work_leaves_music_at_its_own_tempo_alone_and_follows_when_told():
    made = ramp(3.0)
    stretch = Stretch(MadeStream(made), sample_rate=RATE, effort="low")
    heard = stretch.read(RATE)
    np.testing.assert_array_equal(heard, made[:RATE])
    assert stretch.free_from - RATE < 0.11 * RATE
    stretch.follow(0.9)
    stretch.read(RATE)
    assert not stretch.bypassed


@pytest.mark.parametrize("told", ["full", "low"])
def test_it_may_be_told(monkeypatch, told):
    monkeypatch.setenv(effort.ENVIRONMENT, told)
    assert effort.chosen(RATE) == told


@pytest.mark.parametrize(("share", "wanted"), [(0.1, "full"), (0.4, "low")])
def test_it_is_measured_where_it_is_not(monkeypatch, share, wanted):
    monkeypatch.delenv(effort.ENVIRONMENT, raising=False)
    monkeypatch.setattr(effort, "share_of_hop", lambda rate: share)
    assert effort.chosen(RATE) == wanted


def test_low_effort_is_less_work():
    full, low = (min(effort.share_of_hop(RATE, e) for _ in range(3)) for e in ("full", "low"))
    assert 0 < low < full
