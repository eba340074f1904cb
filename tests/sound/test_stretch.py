"""The time-stretch against sounds whose every partial and attack is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.errors import MediaError
from mtsession.protocol.sources import RatePoint
from mtsession.sound.rates import RateMap
from mtsession.sound.stretch import Stretch
from sound import stretch_measures as measure
from sound.fakes import RATE, MadeStream, constant, ramp, sine


def rate_map(*pairs, rate=RATE):
    return RateMap([RatePoint(t_us=round(t * 1e6), rate=r) for t, r in pairs], rate)


def stretched(samples, map_, *, rate=RATE):
    hop = 512 if rate > 65_000 else 256
    stream = MadeStream(samples)
    made = Stretch(stream, sample_rate=rate, rate=lambda heard: map_.mean_rate(heard, hop))
    assert made.hop == hop
    return made.read(3 * len(samples))


@pytest.mark.parametrize("block", [1, 256, 999, 48_000])
def test_at_rate_one_every_sample_is_the_sources_own(block):
    made = ramp(0.2 if block == 1 else 1.0)
    stretch = Stretch(MadeStream(made), sample_rate=RATE)
    parts = []
    while len(part := stretch.read(block)):
        parts.append(part)
    assert stretch.bypassed
    np.testing.assert_array_equal(np.concatenate(parts), made)


@settings(max_examples=3)
@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=5))
def test_samples_do_not_depend_on_how_many_are_asked_for(sizes):
    made = measure.kicks(1.2, RATE)[0] + measure.chord(1.2, RATE)
    whole = Stretch(MadeStream(made), sample_rate=RATE, rate=0.9).read(100_000)
    stretch = Stretch(MadeStream(made), sample_rate=RATE, rate=0.9)
    parts = [stretch.read(n) for n in sizes]
    parts.append(stretch.read(100_000))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.1, 2.0])
def test_as_much_is_heard_as_the_source_holds(rate):
    stretch = Stretch(MadeStream(sine(440, 1.0)), sample_rate=RATE, rate=rate)
    heard = stretch.read(4 * RATE)
    assert len(heard) == np.ceil(RATE / rate)
    assert np.abs(heard).max() < 0.35
    assert len(stretch.read(10)) == 0


@pytest.mark.parametrize("first", [0, 1_000, 5_000])
def test_the_first_frame_heard_is_the_sources_first(first):
    made = np.zeros((RATE, 2), dtype=np.float32)
    made[first : first + 3_000] = sine(1_000, 3_000 / RATE)
    heard = Stretch(MadeStream(made), sample_rate=RATE, rate=0.8).read(2 * RATE)
    begins = np.flatnonzero(np.abs(heard[:, 0]) > 0.1)[0]
    assert abs(begins - np.flatnonzero(np.abs(made[:, 0]) > 0.1)[0] - first / 0.8 + first) < 30


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_clicks_come_when_they_are_due_and_stay_sharp(rate):
    map_ = rate_map((0.0, 1.0), (4.0, 0.8), rate=rate)
    made, times = measure.clicks(3.4, rate, every=0.25)
    figures = measure.click_figures(stretched(made, map_, rate=rate), rate, map_.heard_of(times))
    assert figures["clicks"] >= 9
    assert figures["click_sd_ms"] <= 0.05
    assert figures["drift_ms"] <= 0.1
    assert abs(figures["delay_ms"]) <= 0.1
    assert figures["worst_smear_ms"] <= 0.5
    assert figures["worst_pre_echo_db"] <= -55


@pytest.mark.parametrize("pairs", [((0.0, 0.85),), ((0.0, 1.0), (6.0, 0.8)), ((0.0, 1.1),)])
def test_a_chord_stays_what_it_is(pairs):
    figures = measure.chord_figures(stretched(measure.chord(4.5, RATE), rate_map(*pairs)), RATE)
    assert figures["worst_residual_db"] <= -50


@pytest.mark.parametrize("hz", [98.0, 440.0, 1_975.0, 2_093.0, 6_000.0])
def test_a_tone_keeps_pitch_and_place(hz):
    t = measure.seconds(3.0, RATE)
    left, right = (0.3 * np.cos(2 * np.pi * hz * t + turn) for turn in (0.0, 0.7))
    map_ = rate_map((0.0, 1.0), (3.0, 0.8))
    figures = measure.tone_figures(
        stretched(measure.stereo(left, right), map_), RATE, hz, turned=0.7
    )
    assert figures["pitch_cents"] < 0.05
    assert figures["wobble_cents"] < 0.2
    assert figures["stereo_degrees"] < 0.2


@pytest.mark.parametrize("rate", [0.85, 1.1])
def test_a_bass_drum_keeps_its_attack_and_its_place(rate):
    made, times = measure.kicks(4.0, RATE)
    map_ = rate_map((0.0, rate))
    figures = measure.kick_figures(stretched(made, map_), made, RATE, map_.heard_of(times), times)
    assert figures["drums"] == len(times)
    assert figures["worst_rise_ratio"] <= 1.1
    assert figures["kick_sd_ms"] <= 0.2


def test_a_chord_sounds_on_through_bass_drums():
    map_ = rate_map((0.0, 0.85))
    drums, _ = measure.kicks(5.0, RATE)
    hz = measure.CHORD_HZ[4:]
    both = stretched(drums + measure.chord(5.0, RATE, hz=hz), map_)
    figures = measure.chord_figures(both - stretched(drums, map_), RATE, hz=hz)
    assert figures["worst_residual_db"] <= -12


def test_leaving_and_coming_back_to_its_own_tempo_is_not_heard():
    map_ = rate_map((0.5, 1.0), (0.5, 0.9), (1.5, 0.9), (1.5, 1.0))
    made = sine(311, 6.0) + sine(1_234, 6.0) + sine(4_321, 6.0)
    stretch = Stretch(
        MadeStream(made), sample_rate=RATE, rate=lambda heard: map_.mean_rate(heard, 256)
    )
    heard = stretch.read(round(4.5 * RATE))
    assert stretch.bypassed
    np.testing.assert_array_equal(heard[:20_000], made[:20_000])
    at = round(stretch.source_position)
    np.testing.assert_array_equal(stretch.read(1_000), made[at : at + 1_000])
    # Anything but the tones themselves: what a click would leave above and between them.
    power = np.abs(np.fft.rfft(heard[:, 0] * np.hanning(len(heard)))) ** 2
    hertz = np.fft.rfftfreq(len(heard), 1 / RATE)
    near = np.min([np.abs(hertz - f) for f in (311, 1_234, 4_321)], axis=0) < 60
    assert 10 * np.log10(power[~near].sum() / power.sum()) < -60
    bent = np.lib.stride_tricks.sliding_window_view(heard[:, 0], 480)[::480]
    level = 20 * np.log10(np.sqrt((bent**2).mean(axis=1)) + 1e-9)
    assert np.ptp(level[5:-5]) < 1.0


def test_a_step_away_from_its_own_tempo_leaves_no_click_in_any_music():
    # Smooth noise below 300 Hz: a jump in it would stand out above 4 kHz.
    noise = np.random.default_rng(2).normal(0, 1, (3 * RATE, 2))
    spectrum = np.fft.rfft(noise, axis=0)
    spectrum[300 * 3 :] = 0
    made = np.fft.irfft(spectrum, axis=0)
    made = (0.3 * made / np.abs(made).max()).astype(np.float32)
    map_ = rate_map((1.0, 1.0), (1.0, 0.85))
    heard = stretched(made, map_)[RATE // 2 : 2 * RATE, 0].astype(float)
    power = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    above = np.fft.rfftfreq(len(heard), 1 / RATE) > 4_000
    assert 10 * np.log10(power[above].sum() / power.sum()) < -110


def test_the_rate_may_be_set_while_it_plays():
    stretch = Stretch(MadeStream(sine(440, 5.0)), sample_rate=RATE, rate=1.0)
    heard = [stretch.read(RATE)]
    stretch.follow(0.9)
    heard.append(stretch.read(2 * RATE))
    assert stretch.source_position == pytest.approx(RATE + 1.8 * RATE, abs=0.02 * RATE)
    assert np.abs(np.diff(np.concatenate(heard)[:, 0], n=2)).max() < 0.002


def test_the_source_position_is_exact():
    map_ = rate_map((0.0, 1.0), (2.0, 0.8))
    stretch = Stretch(
        MadeStream(constant(0.1, 3.0)),
        sample_rate=RATE,
        rate=lambda heard: map_.mean_rate(heard, 256),
    )
    for _ in range(20):
        stretch.read(2_560)
        place = stretch.source_position
    assert place == pytest.approx(float(map_.source_of(51_200.0)), abs=1e-6)
    np.testing.assert_allclose(
        stretch.positions(30_000, 5), map_.source_of(np.arange(30_000, 30_005.0)), atol=0.01
    )


@pytest.mark.parametrize("rate", [0, -1, float("nan"), 10, float("inf")])
def test_a_rate_that_cannot_be_played_is_said(rate):
    with pytest.raises(MediaError, match="cannot be played at"):
        Stretch(MadeStream(ramp(0.1)), sample_rate=RATE, rate=rate)
    stretch = Stretch(MadeStream(ramp(0.1)), sample_rate=RATE)
    with pytest.raises(MediaError, match="cannot be played at"):
        stretch.follow(rate)
    with pytest.raises(MediaError, match="cannot be played at"):
        Stretch(MadeStream(ramp(0.1)), sample_rate=RATE, rate=lambda _: rate).read(10)


@pytest.mark.parametrize("frames", [0, 1, 100, 20_000])
def test_a_source_that_ends_early_ends_without_a_burst(frames):
    stretch = Stretch(MadeStream(constant(0.5)[:frames]), sample_rate=RATE, rate=0.8)
    heard = stretch.read(RATE)
    assert len(heard) == np.ceil(frames / 0.8)
    assert np.abs(heard).max(initial=0.0) < 0.8


def test_a_source_that_breaks_says_so_after_its_last_good_sample():
    stretch = Stretch(MadeStream(sine(440), breaks_at=30_000), sample_rate=RATE, rate=0.8)
    assert len(stretch.read(RATE)) == 37_500
    with pytest.raises(MediaError, match="damaged"):
        stretch.read(1)
    assert len(stretch.read(1)) == 0


def test_numbers_that_are_none_do_no_harm():
    made = sine(440, 1.0)
    made[1_000] = np.nan
    made[2_000] = np.inf
    heard = Stretch(MadeStream(made), sample_rate=RATE, rate=0.9).read(2 * RATE)
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() < 0.5


def test_one_channel_is_heard_on_both_sides():
    heard = Stretch(MadeStream(sine(440, 1.0)[:, :1]), sample_rate=RATE, rate=0.9).read(1_000)
    assert heard.shape == (1_000, 2)
    np.testing.assert_array_equal(heard[:, 0], heard[:, 1])
