"""Resampling: the right length, pitch, place and purity, whatever the block sizes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.made_sounds import Held, decibels, read_all, sweep
from mtsession.errors import MediaError
from mtsession.media.resample import Resampled, output_frames

RATES = st.sampled_from([8_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000])


def tone(rate: int, seconds: float, hertz: float = 997.0):
    t = np.arange(round(rate * seconds)) / rate
    return np.repeat(0.5 * np.sin(2 * np.pi * hertz * t)[:, None], 2, axis=1).astype(np.float32)


@pytest.mark.parametrize(("source", "rate"), [(44_100, 48_000), (48_000, 44_100), (22_050, 48_000)])
def test_a_tone_stays_in_place_and_pure(source, rate):
    heard = read_all(Resampled(Held(tone(source, 2), source), sample_rate=rate))
    inner = slice(rate // 2, 3 * rate // 2)
    expected = tone(rate, 2)
    assert decibels(heard[inner] - expected[inner], expected[inner]) < -100


@given(source=RATES, rate=RATES, frames=st.integers(0, 20_000))
@settings(max_examples=60)
def test_the_length_is_known_beforehand(source, rate, frames):
    stream = Resampled(Held(np.zeros((frames, 2), np.float32), source), sample_rate=rate)
    assert stream.frames == output_frames(frames, source, rate)
    assert len(read_all(stream)) == stream.frames


@given(sizes=st.lists(st.integers(1, 30_000), min_size=1, max_size=5), rate=RATES)
@settings(max_examples=25)
def test_block_sizes_change_no_sample(sizes, rate):
    source = sweep(2.0)
    straight = read_all(Resampled(Held(source, 44_100), sample_rate=rate), 1 << 20)
    stream = Resampled(Held(source, 44_100), sample_rate=rate)
    parts = [stream.read(size) for size in sizes] + [read_all(stream)]
    assert np.array_equal(np.concatenate(parts), straight)


@given(source=RATES, rate=RATES, part=st.floats(0, 1))
@settings(max_examples=40)
def test_a_seek_lands_where_straight_reading_would(source, rate, part):
    samples = sweep(2.0, source)
    straight = read_all(Resampled(Held(samples, source), sample_rate=rate))
    stream = Resampled(Held(samples, source), sample_rate=rate)
    stream.read(1_000)
    frame = int(part * (len(straight) - 2_000))
    stream.seek(frame)
    expected = straight[frame : frame + 2_000]
    assert decibels(stream.read(2_000) - expected, expected) < -80


@pytest.mark.parametrize("hertz", [220, 997, 3_000])
def test_parts_that_were_cut_apart_join_without_a_click(hertz):
    """A compact disc is cut every 588 frames, which are 640 at the other rate."""
    whole, cut = tone(44_100, 2, hertz), 588 * 70
    straight = read_all(Resampled(Held(whole, 44_100), sample_rate=48_000))
    parts = [
        read_all(Resampled(Held(part, 44_100), sample_rate=48_000))
        for part in (whole[:cut], whole[cut:])
    ]
    assert len(parts[0]) == 640 * 70
    joined = np.concatenate(parts)
    assert len(joined) == len(straight)
    off = np.abs(joined - straight)[1_000:-1_000].max() / 0.5
    assert 20 * np.log10(off) < -45


@pytest.mark.parametrize("frames", [1, 2, 100])
def test_the_shortest_sounds_have_edges_too(frames):
    constant = np.full((frames, 2), 0.25, np.float32)
    heard = read_all(Resampled(Held(constant, 44_100), sample_rate=48_000))
    assert len(heard) == output_frames(frames, 44_100, 48_000)
    assert heard == pytest.approx(0.25, abs=1e-4)


def test_a_fault_comes_after_the_last_good_sample_and_once():
    samples = sweep(3.0)
    stream = Resampled(Held(samples, 44_100, breaks_at=100_000), sample_rate=48_000)
    got = 0
    while len(block := stream.read(7_000)):
        got += len(block)
        if len(block) < 7_000:
            break
    assert got == output_frames(100_000, 44_100, 48_000)
    with pytest.raises(MediaError, match="broken"):
        stream.read(7_000)
    assert stream.read(7_000).shape == (0, 2)
    stream.seek(0)
    assert len(stream.read(7_000)) == 7_000


def test_closing_closes_the_source():
    source = Held(sweep(0.1), 44_100)
    Resampled(source, sample_rate=48_000).close()
    assert source.closed
