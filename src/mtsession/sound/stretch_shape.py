"""How long the windows of a stretch are, and what part of the sound each band takes."""

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.errors import MediaError

Effort = Literal["full", "low"]
"""How much work a stretch may be: `low` has half as many windows, the short ones twice as long."""

_LONG_WINDOW = 8_192
_CROSS_HZ = (1_700.0, 2_300.0)


class _Parts(NamedTuple):
    """How often a short window, a step of long windows and a hop of short ones fit a long one."""

    short: int
    step: int
    hop: int


_PARTS: dict[Effort, _Parts] = {"full": _Parts(8, 8, 32), "low": _Parts(4, 4, 16)}


class Shape(NamedTuple):
    """What follows from a sample rate: frames of windows and from one to the next, and masks."""

    long: int
    step: int
    short: int
    hop: int
    low_mask: NDArray[np.float32]
    high_mask: NDArray[np.float32]


@lru_cache(maxsize=4)
def shape_at(sample_rate: int, effort: Effort = "full") -> Shape:
    """Choose windows of about 170 and 21 ms (43 at low effort), and masks that add up to 1."""
    if not 8_000 <= sample_rate <= 192_000:
        raise MediaError(f"Sound at {sample_rate} Hz cannot be stretched.", "Use 44 100 or 48 000.")
    scale = 2.0 ** round(np.log2(sample_rate / 46_000))
    long = int(_LONG_WINDOW * scale)
    parts = _PARTS[effort]
    short = long // parts.short
    hertz = np.arange(short // 2 + 1) * (sample_rate / short)
    first, last = _CROSS_HZ
    x = np.clip((hertz - first) / (last - first), 0.0, 1.0)
    high = 0.5 - 0.5 * np.cos(np.pi * x)
    # What a mask does to a sound is its impulse response under the windows' correlation. The low
    # mask is chosen so that with its own windows it lets pass just what the high one keeps back.
    response = np.fft.irfft(high) * _reach(short)
    rest = np.zeros(long)
    rest[: short // 2] = -response[: short // 2]
    rest[-(short // 2) :] = -response[-(short // 2) :]
    rest[0] += 1.0
    low = np.fft.rfft(rest / np.maximum(_reach(long), 0.1)).real
    kept = int(np.flatnonzero(np.abs(low) > 1e-5)[-1]) + 3
    return Shape(
        long,
        long // parts.step,
        short,
        long // parts.hop,
        low[:kept].astype(np.float32),
        high.astype(np.float32),
    )


def hann(window: int) -> NDArray[np.float64]:
    """Give a Hann window that goes round: shifted by a half, two add up to 1."""
    taper: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    return taper


def _reach(window: int) -> NDArray[np.float64]:
    """Give how much of a delay passes the two windows: their circular correlation, 1 at 0."""
    padded = np.abs(np.fft.rfft(hann(window), 2 * window)) ** 2
    correlation = np.fft.irfft(padded)
    folded = np.concatenate([correlation[: window // 2], correlation[-(window // 2) :]])
    reach: NDArray[np.float64] = folded / correlation[0]
    return reach
