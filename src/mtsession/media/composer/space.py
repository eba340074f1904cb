"""The room: a smooth reverberation, convolved chunk by chunk without state.

Each chunk of the wet sound is a function of the dry chunks before it alone, so a seek needs only
those and reading in any order gives the same samples.
"""

import collections
import functools
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.media.composer.dice import dice
from mtsession.media.loudness import k_weighting_power

CHUNK = 16_384
Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]

_ROOM_SEED = 0x2007
_PREDELAY_SECONDS = 0.018
# Upper edge in hertz, share of the ring time and level of each band: the room darkens as it rings.
_BANDS = ((250.0, 0.9, 0.7), (700.0, 1.0, 1.0), (1800.0, 0.75, 0.8), (5000.0, 0.45, 0.4))


class Acoustics(msgspec.Struct, frozen=True, kw_only=True):
    """A room: how long it rings (by 60 dB), and which share of the power it gives back."""

    ring_seconds: float
    wet: float

    @property
    def dry_gain(self) -> np.float32:
        """Give the gain of the direct sound."""
        return np.float32((1 - self.wet) ** 0.5)

    @property
    def wet_gain(self) -> np.float32:
        """Give the gain of the room's answer."""
        return np.float32(self.wet**0.5)


@functools.lru_cache(maxsize=8)
def impulse_response(seconds: float, sample_rate: int) -> Samples:
    """Make a room's response of decaying noise, different on each side.

    Parameters
    ----------
    seconds : float
        Time to fall by 60 dB in the middle band.
    sample_rate : int
        Samples a second.

    Returns
    -------
    ndarray, shape (2, n), float32
        n is a whole number of chunks; power gain 1 from 200 to 1000 Hz.
    """
    frames = -(-round(seconds * sample_rate) // CHUNK) * CHUNK
    noise = np.fft.rfft(dice(_ROOM_SEED, 0).standard_normal((2, frames)), axis=1)
    hertz = np.fft.rfftfreq(frames, 1 / sample_rate)
    t = np.arange(frames) / sample_rate
    response = np.zeros((2, frames))
    lower = 60.0
    for upper, share, level in _BANDS:
        band = level / (1 + (lower / np.maximum(hertz, 1.0)) ** 8) / (1 + (hertz / upper) ** 8)
        response += np.fft.irfft(noise * band, frames, axis=1) * 10 ** (-3 * t / (seconds * share))
        lower = upper
    # A slow rise (60 ms) leaves no single echo to be heard as a slap.
    lead = np.clip((t - _PREDELAY_SECONDS) / 0.06, 0.0, 1.0)
    response *= lead * lead * np.clip((frames / sample_rate - t) / (0.2 * seconds), 0.0, 1.0)
    # Where instruments have their strength, the room gives back as much as it is given.
    answer = np.abs(np.fft.rfft(response, axis=1)) ** 2
    middle = (hertz > 200.0) & (hertz < 1000.0)
    response /= np.sqrt(answer[:, middle].mean(axis=1, keepdims=True))
    made: Samples = response.astype(np.float32)
    made.flags.writeable = False
    return made


@functools.lru_cache(maxsize=6)
def heard_power(acoustics: Acoustics, size: int, sample_rate: int) -> Samples:
    """Give the K-weighted power gain of direct sound and room together.

    Returns
    -------
    ndarray, shape (2, size // 2 + 1), float32
        At the frequencies of a transform of `size` frames.
    """
    response = impulse_response(acoustics.ring_seconds, sample_rate)
    both = np.fft.rfft(response * acoustics.wet_gain, size, axis=1) + acoustics.dry_gain
    weight = k_weighting_power(np.arange(size // 2 + 1) * (sample_rate / size), sample_rate)
    heard: Samples = (np.abs(both) ** 2 * weight).astype(np.float32)
    heard.flags.writeable = False
    return heard


class Room:
    """Convolves a source of dry chunks with a room's response.

    Parameters
    ----------
    response : ndarray, shape (2, n)
        As `impulse_response` makes it.
    dry : callable
        Gives dry chunk k, shape (2, CHUNK), for k from 0; chunks before are silence.
    """

    def __init__(self, response: Samples, dry: Callable[[int], Samples]) -> None:
        parts = response.reshape(2, -1, CHUNK)
        padded = np.concatenate([parts, np.zeros_like(parts)], axis=2)
        self._parts: list[Spectra] = [
            np.fft.rfft(padded[:, p], axis=1).astype(np.complex64) for p in range(parts.shape[1])
        ]
        self._dry = dry
        self._chunks: collections.OrderedDict[int, Samples] = collections.OrderedDict()
        self._spectra: collections.OrderedDict[int, Spectra] = collections.OrderedDict()

    def dry(self, index: int) -> Samples:
        """Give a dry chunk, from the last two or rendered anew; silence before the start."""
        if index < 0:
            return np.zeros((2, CHUNK), np.float32)
        if index not in self._chunks:
            self._chunks[index] = self._dry(index)
            if len(self._chunks) > 2:
                self._chunks.popitem(last=False)
        return self._chunks[index]

    def wet(self, index: int) -> Samples:
        """Give the room's answer during a chunk, shape (2, CHUNK) (overlap-save)."""
        first = max(0, index - len(self._parts) + 1)
        total = np.zeros((2, CHUNK + 1), np.complex64)
        for source in range(first, index + 1):
            total += self._spectrum(source) * self._parts[index - source]
        back = np.fft.irfft(total, 2 * CHUNK, axis=1)
        return back[:, CHUNK:].astype(np.float32, copy=False)

    def _spectrum(self, index: int) -> Spectra:
        """Transform a dry chunk with the one before it, once."""
        if index not in self._spectra:
            pair = np.concatenate([self.dry(index - 1), self.dry(index)], axis=1)
            self._spectra[index] = np.fft.rfft(pair, axis=1).astype(np.complex64)
            if len(self._spectra) > len(self._parts) + 1:
                self._spectra.popitem(last=False)
        return self._spectra[index]
