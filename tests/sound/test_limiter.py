import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mtsession.sound.limiter import CEILING, Limiter

RATE = 48_000
SAMPLES = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 600), st.just(2)),
    elements=st.floats(-8, 8, width=32),
)


def through(samples, block):
    limiter = Limiter(RATE)
    parts = [
        limiter.process(samples[at : at + block].copy()) for at in range(0, len(samples), block)
    ]
    return np.concatenate(parts)


@given(SAMPLES, st.integers(1, 300))
def test_nothing_passes_the_ceiling_whatever_the_block(samples, block):
    heard = through(samples, block)
    assert np.abs(heard).max() <= CEILING
    np.testing.assert_allclose(heard, through(samples, len(samples)), atol=1e-5)


@given(SAMPLES)
def test_below_the_ceiling_every_bit_passes(samples):
    soft = samples / np.float32(8.0) * np.float32(CEILING)
    np.testing.assert_array_equal(through(soft, 64), soft)


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
