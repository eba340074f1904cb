"""Samples in memory, given to the analysis as a file would be."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media.made_sounds import Held
from mtsession.music.analysis import reader as reading
from mtsession.music.analysis.reader import Reader, Stretch


def reader_of(samples: NDArray[np.floating], rate: int) -> Reader:
    """Open samples, shape (frames, 2), as a recording at a rate."""
    held = Held(np.asarray(samples, dtype=np.float32), rate)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "open_file", lambda path, sample_rate: held)
        return Reader(Path("held.wav"))


def stretches_of(samples: NDArray[np.floating], rate: int) -> tuple[Reader, Iterator[Stretch]]:
    """Give the reader and its stretches."""
    reader = reader_of(samples, rate)
    return reader, reader.stretches()


def coloured(rng: np.random.Generator, frames: int, rate: int, slope: float) -> np.ndarray:
    """Stereo noise whose power falls with frequency to the power of `slope`, peaks at 0.5."""
    spectrum = np.fft.rfft(rng.standard_normal((frames, 2)), axis=0)
    hertz = np.maximum(np.fft.rfftfreq(frames, 1 / rate), 20.0)
    sound = np.fft.irfft(spectrum * hertz[:, None] ** (-slope / 2), frames, axis=0)
    return 0.5 * sound / np.abs(sound).max()
