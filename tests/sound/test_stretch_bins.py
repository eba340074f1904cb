import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.sound.stretch_bins import Bins

shapes = st.sampled_from([64, 256, 2_048]).flatmap(
    lambda window: st.tuples(st.just(window), st.integers(1, window // 2 + 1))
)


def hann(window):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)


def noise(seed, *shape):
    return np.random.default_rng(seed).normal(0.0, 0.3, shape).astype(np.float32)


@given(shape=shapes, seed=st.integers(0, 99))
def test_bins_are_the_lowest_of_the_whole_windows_transform(shape, seed):
    window, count = shape
    cut = noise(seed, 2, window)
    bins = Bins(window=window, hop=window // 4, count=count).of(cut)
    whole = np.fft.rfft(cut.astype(np.float64) * hann(window))[:, :count]
    assert bins.shape == (2, count)
    assert bins.dtype == np.complex64
    assert np.abs(bins - whole).max() < 1e-5 * window**0.5
    assert (cut == noise(seed, 2, window)).all()


@given(shape=shapes, seed=st.integers(0, 99))
def test_what_is_laid_is_the_whole_inverse_added_to_what_is_there(shape, seed):
    window, count = shape
    real, imaginary = noise(seed, 2, 2, count)
    spectrum = (real + 1j * imaginary).astype(np.complex64)
    spectrum[:, [0]] = spectrum[:, [0]].real
    if count == window // 2 + 1:
        spectrum[:, -1] = spectrum[:, -1].real
    there = noise(seed + 1, 2, 3 * window)
    out = there.copy()
    Bins(window=window, hop=window // 4, count=count).lay(spectrum, out[:, 7 : 7 + window])
    whole = np.zeros((2, window // 2 + 1), dtype=np.complex128)
    whole[:, :count] = spectrum
    made = np.fft.irfft(whole, n=window) * hann(window) * (window / 4 / (hann(window) ** 2).sum())
    there[:, 7 : 7 + window] += made.astype(np.float32)
    assert out == pytest.approx(there, abs=1e-6)


def test_one_windows_bins_are_not_the_next_ones():
    bins = Bins(window=2_048, hop=256, count=100)
    first = bins.of(noise(1, 2, 2_048))
    kept = first.copy()
    bins.of(noise(2, 2, 2_048))
    assert (first == kept).all()


def test_windows_that_overlap_add_up_to_what_they_were_taken_from():
    window, hop, sound = 512, 64, noise(3, 2, 4_096)
    bins, heard = Bins(window=window, hop=hop, count=257), np.zeros((2, 4_096), dtype=np.float32)
    for first in range(0, 4_096 - window + 1, hop):
        bins.lay(bins.of(sound[:, first : first + window]), heard[:, first : first + window])
    inner = slice(window, -window)
    assert heard[:, inner] == pytest.approx(sound[:, inner], abs=1e-6)
