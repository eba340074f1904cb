import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.sound.ramp import Ramp, gain_of, level_of

SHAPES = ["smooth", "rise", "fall", "level", "first"]


def values(gain, frame, n, block):
    parts = []
    for at in range(frame, frame + n, block):
        size = min(block, frame + n - at)
        part = gain.over(at, size)
        parts.append(np.broadcast_to(np.asarray(part, dtype=np.float32), (size, 1)).copy())
    return np.concatenate(parts)[:, 0]


@given(
    shape=st.sampled_from(SHAPES),
    start=st.integers(0, 10**12),
    frames=st.integers(1, 3000),
    block=st.integers(1, 700),
    ends=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)),
)
def test_gain_does_not_depend_on_the_block_and_ends_where_it_should(
    shape, start, frames, block, ends
):
    gain = Ramp(ends[0])
    gain.to(ends[1], frame=start, frames=frames, shape=shape)
    whole = values(gain, start, frames + 100, frames + 100)
    np.testing.assert_array_equal(values(gain, start, frames + 100, block), whole)
    assert whole[0] == pytest.approx(ends[0], abs=1e-6)
    assert (whole[frames:] == np.float32(ends[1])).all()
    low, high = sorted(ends)
    assert whole.min() >= low - 1e-6
    assert whole.max() <= high + 1e-6


def test_rise_and_fall_keep_the_power():
    up, down = Ramp(0.0), Ramp(1.0)
    up.to(1.0, frame=0, frames=480, shape="rise")
    down.to(0.0, frame=0, frames=480, shape="fall")
    power = values(up, 0, 480, 64) ** 2 + values(down, 0, 480, 64) ** 2
    np.testing.assert_allclose(power, 1.0, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_new_wish_starts_from_where_the_gain_is(shape):
    gain = Ramp(1.0)
    gain.to(0.25, frame=0, frames=1000, shape=shape)
    here = gain.at(400)
    gain.to(0.8, frame=400, frames=500)
    assert gain.at(400) == pytest.approx(here)
    assert gain.at(900) == 0.8


def test_first_entrance_is_ten_decibels_under_after_its_start():
    gain = Ramp(0.0)
    gain.to(1.0, frame=0, frames=6000, shape="first")
    levels = [level_of(gain.at(frame)) for frame in (1200, 6000)]
    assert -10.0 <= levels[0] <= -8.5
    assert levels[1] == 0.0
    heard = values(gain, 0, 6000, 256)
    assert (np.diff(heard) >= 0).all()


def test_levels():
    assert gain_of(0.0) == 1.0
    assert level_of(gain_of(-9.0)) == pytest.approx(-9.0)
    assert level_of(0.0) is None
