"""The shore, the brook and the wind: noise that swells slowly and never repeats aloud."""

import functools

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.media.composer.dice import dice
from mtsession.media.loudness import k_weighting_power

Samples = NDArray[np.float32]

_NOISE_SEED = 0xB4EE
# Unequal lengths, so that the loops meet again only after hours.
_LOOP_FRAMES = (500_000, 419_904)
_GRID_SECONDS = 0.25


class Ambience(msgspec.Struct, frozen=True, kw_only=True):
    """Two bands of noise that swell on their own.

    Parameters
    ----------
    low, high : tuple of (float, float)
        Lower and upper edge in hertz of the steady band and of the swelling one.
    period_seconds : float
        Mean time from swell to swell.
    depth : float
        0 to 1: how far the swelling band falls back between swells.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    period_seconds: float
    depth: float


AMBIENCES = {
    "ocean": Ambience(low=(60.0, 320.0), high=(300.0, 1600.0), period_seconds=11.0, depth=0.8),
    "brook": Ambience(low=(250.0, 700.0), high=(700.0, 2200.0), period_seconds=3.1, depth=0.35),
    "wind": Ambience(low=(80.0, 260.0), high=(260.0, 800.0), period_seconds=17.0, depth=0.7),
}


@functools.lru_cache(maxsize=6)
def noise_loop(edges: tuple[float, float], frames: int, sample_rate: int) -> Samples:
    """Render a seamless loop of band noise, shape (2, frames), of K-weighted power 1."""
    rng = dice(_NOISE_SEED, frames + int(edges[1]))
    hertz = np.arange(frames // 2 + 1) * (sample_rate / frames)
    low, high = edges
    # Pink between gentle edges: as water and wind fall off.
    shape = 1 / (1 + (low / np.maximum(hertz, 1.0)) ** 4) / (1 + (hertz / high) ** 3)
    shape /= np.sqrt(np.maximum(hertz, low))
    spectrum = rng.standard_normal((2, len(hertz))) + 1j * rng.standard_normal((2, len(hertz)))
    spectrum *= shape
    # The sides share a third, so that the water lies before the listener and not beside.
    shared = spectrum.mean(axis=0)
    spectrum = 0.8 * spectrum + 0.4 * shared
    weight = k_weighting_power(hertz, sample_rate)
    power = 2.0 * float((np.abs(spectrum) ** 2 * weight).sum())
    loop = np.fft.irfft(spectrum * (frames / power**0.5), frames, axis=1).astype(np.float32)
    loop.flags.writeable = False
    return loop


def _wrapped(loop: Samples, start: int, frames: int) -> Samples:
    """Cut a stretch out of a loop that goes on for ever."""
    length = loop.shape[1]
    begin = start % length
    if begin + frames <= length:
        return loop[:, begin : begin + frames]
    return np.concatenate([loop[:, begin:], loop[:, : begin + frames - length]], axis=1)


class Shore:
    """An ambience as one piece hears it: same seed, same waves.

    Parameters
    ----------
    ambience : Ambience
        What it is made of.
    seed : int
        0 to 2**64 - 1.
    sample_rate : int
        Samples a second.
    """

    def __init__(self, ambience: Ambience, *, seed: int, sample_rate: int) -> None:
        self._ambience = ambience
        self._seed = seed
        self._rate = sample_rate
        self._offsets = (dice(seed, 1).random(2) * 400_000).astype(int).tolist()
        self._loops = [
            noise_loop(edges, frames, sample_rate)
            for edges, frames in zip((ambience.low, ambience.high), _LOOP_FRAMES, strict=True)
        ]

    def read(self, start: int, frames: int) -> Samples:
        """Render a stretch, shape (2, frames), of K-weighted power 1 over many swells."""
        swell = self._swell_gain(start, frames)
        steady = _wrapped(self._loops[0], start + self._offsets[0], frames)
        moving = _wrapped(self._loops[1], start + self._offsets[1], frames)
        sound: Samples = steady * np.float32(0.6**0.5)
        sound += moving * swell
        return sound

    def _swell_gain(self, start: int, frames: int) -> Samples:
        """Interpolate the swelling band's gain from a grid of quarter seconds."""
        step = max(1, round(_GRID_SECONDS * self._rate))
        first = start // step
        grid = np.arange(first, (start + frames) // step + 2)
        heights = self._height(grid * step / self._rate)
        depth = self._ambience.depth
        # Mean square of 1 - depth + depth * h for h with mean 3/8 and mean square 35/128.
        mean = (1 - depth) ** 2 + 2 * (1 - depth) * depth * 0.375 + depth**2 * 35 / 128
        gain = (1 - depth + depth * heights) * (0.4 / mean) ** 0.5
        at = np.arange(start, start + frames)
        swell: Samples = np.interp(at, grid * step, gain).astype(np.float32)
        return swell

    def _height(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the height of the waves, 0 to 1; their times stray by the seed."""
        period = self._ambience.period_seconds
        wave = np.floor(seconds / period).astype(int)
        bounds = {w: self._bound(w) for w in range(int(wave[0]) - 1, int(wave[-1]) + 3)}
        heights = np.zeros(len(seconds))
        for w, begin in bounds.items():
            end = bounds.get(w + 1)
            if end is None:
                continue
            inside = (seconds >= begin) & (seconds < end)
            phase = (seconds[inside] - begin) / (end - begin)
            # Rising a little faster than it falls, as water does.
            heights[inside] = np.sin(np.pi * phase**0.85) ** 4
        return heights

    def _bound(self, wave: int) -> float:
        """Give the time at which one wave ends and the next begins."""
        stray = dice(self._seed, 1000 + wave).random()
        return float((wave + 0.5 * (stray - 0.5)) * self._ambience.period_seconds)
