import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.signal import resample_poly

from mtsession.sound.limiter import CEILING, Limiter

RATE = 48_000
SAMPLES = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 600), st.just(2)),
    elements=st.floats(-8, 8, width=32),
)
T = np.arange(RATE) / RATE


def through(samples, block, rate=RATE):
    """Give what comes out, in time with what goes in."""
    limiter = Limiter(rate)
    samples = np.concatenate([samples, np.zeros((limiter.latency, 2), dtype=np.float32)])
    parts = [
        limiter.process(samples[at : at + block].copy()) for at in range(0, len(samples), block)
    ]
    assert sum(map(len, parts)) == len(samples)
    return np.concatenate(parts)[limiter.latency :]


def true_peak_db(samples):
    """Measure between samples too, much more finely than the limiter looks."""
    fine = resample_poly(samples.astype(np.float64), 16, 1, axis=0, window=("kaiser", 8.0))
    return 20 * np.log10(np.abs(fine).max())


def burst(wave):
    """Let a wave begin and end at once in the middle of silence."""
    one = np.where((T > 0.2) & (T < 0.7), wave, 0.0).astype(np.float32)
    return np.stack([one, one], axis=1)


@given(SAMPLES, st.integers(1, 300))
def test_nothing_passes_the_ceiling_whatever_the_block(samples, block):
    heard = through(samples, block)
    assert np.abs(heard).max() <= CEILING
    np.testing.assert_allclose(heard, through(samples, len(samples)), atol=1e-5)


@given(SAMPLES)
def test_below_the_ceiling_every_bit_passes(samples):
    soft = samples / np.float32(8.0) * np.float32(0.4)
    np.testing.assert_array_equal(through(soft, 64), soft)


BURSTS = {
    "between samples": np.sqrt(2) * np.sin(2 * np.pi * RATE / 4 * T + np.pi / 4),
    "noise": 4 * np.random.default_rng(0).uniform(-1, 1, RATE),
    "square": np.sign(np.sin(2 * np.pi * 100 * T)),
    "9 kHz": 1.2 * np.sin(2 * np.pi * 9_000 * T + 1),
    "deep": 8 * np.sin(2 * np.pi * 60 * T),
    "one side of zero": np.ones(RATE),
}


@pytest.mark.parametrize("name", BURSTS)
def test_a_full_scale_burst_stays_under_minus_1_dbtp(name):
    samples = burst(BURSTS[name])
    heard = through(samples, 256)
    assert true_peak_db(samples) > 0
    assert true_peak_db(heard) <= -0.99
    np.testing.assert_array_equal(heard[-RATE // 100 :], samples[-RATE // 100 :])


def test_what_is_softer_after_a_peak_comes_back_within_a_quarter_of_a_second_and_no_pumping():
    click = np.zeros(RATE)
    click[RATE // 2] = 1.0
    tone = 0.25 * np.sin(2 * np.pi * 440 * T)
    samples = np.stack([tone + click, tone], axis=1).astype(np.float32)
    heard = through(samples, 256)
    away = np.abs(T - 0.5) > 0.001
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(np.abs(tone) > 0.1, heard[:, 1] / samples[:, 1], np.nan)
    before, after = gain[(T < 0.5) & away], gain[(T > 0.75) & away]
    assert np.nanmin(before) == np.nanmax(before) == 1.0
    assert np.nanmin(after) == np.nanmax(after) == 1.0
    during = gain[~np.isnan(gain)]
    assert during.min() > 0.6
    # Down within a millisecond; up evenly, by less than a hundredth of a dB each sample.
    assert np.diff(during).max() < 0.005


def test_gain_gives_way_and_comes_back_without_a_step():
    t = np.arange(2 * RATE) / RATE
    swell = 0.8 + 0.8 * np.exp(-(((t - 0.5) / 0.1) ** 2))
    wave = (swell * np.sin(2 * np.pi * 200 * t)).astype(np.float32)
    samples = np.stack([wave, wave], axis=1)
    heard = through(samples, 256)
    slope = np.abs(np.diff(samples[:, 0])).max()
    assert np.abs(np.diff(heard[:, 0])).max() <= slope * 1.01
    np.testing.assert_array_equal(heard[-RATE // 4 :], samples[-RATE // 4 :])


def test_numbers_that_are_none_become_silence():
    samples = np.zeros((64, 2), dtype=np.float32)
    samples[3, 0], samples[9, 1] = np.nan, np.inf
    heard = through(samples, 64)
    assert np.isfinite(heard).all()
    assert not heard.any()
