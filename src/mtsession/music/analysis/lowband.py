"""Middle and side of a recording at about 11 kHz: what pulse, key and most of loudness need.

One matrix turns a row of stereo frames into 16 samples of middle and 16 of side: filtering,
leaving out samples and adding the channels in one multiplication.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtsession.music.analysis.reader import LOW_IN_ROW, Stretch

Floats = NDArray[np.float32]

# Of the low band's rate: flat below 0.32, 50 dB down from 0.68 on; what lies between folds
# onto frequencies above 0.32 only.
_HALF_POWER = 0.5
_BETA = 4.5
# Samples a multiplication gives: more share their filter's run-up, fewer multiply fewer zeros.
_OUT = 8


def low_band(stretch: Stretch, *, factor: int, context: int) -> tuple[Floats, Floats]:
    """Give (left + right) / 2 and (left - right) / 2 of a stretch, at rate / factor.

    Sample i is the instant of the stretch's frame i * factor.

    Parameters
    ----------
    stretch : Stretch
        Rows of 16 * factor frames.
    factor : int
        Frames to a sample.
    context : int
        Frames that the stretch has before its first row.

    Returns
    -------
    middle, side : ndarray, shape (rows * 16,), float32
    """
    rows, values = stretch.body.shape
    rows *= LOW_IN_ROW // _OUT
    values //= LOW_IN_ROW // _OUT
    if factor == 1:
        left, right = stretch.body[:, 0::2], stretch.body[:, 1::2]
        half = np.float32(0.5)
        return ((left + right) * half).ravel(), ((left - right) * half).ravel()
    matrix = _matrix(factor)
    reach = 4 * factor
    flat = stretch.samples[context - reach :].reshape(-1)
    windows = np.lib.stride_tricks.as_strided(
        flat, (rows, len(matrix)), (values * flat.itemsize, flat.itemsize), writeable=False
    )
    both = np.ascontiguousarray(windows) @ matrix
    return both[:, :_OUT].ravel(), both[:, _OUT:].ravel()


def power_response(hertz: NDArray[np.float64], *, rate: int, factor: int) -> NDArray[np.float64]:
    """Give what part of the power at some frequencies reaches the low band."""
    if factor == 1:
        return np.ones(len(hertz))
    kernel = _kernel(factor)
    at = np.arange(len(kernel)) - len(kernel) // 2
    gain = np.cos(2 * np.pi / rate * np.outer(hertz, at)) @ kernel
    return np.asarray(gain**2)


def _kernel(factor: int) -> NDArray[np.float64]:
    """Give the filter's taps, 4 * factor either side of the middle one; they add up to 1."""
    reach = 4 * factor
    at = np.arange(-reach, reach + 1) / factor
    taps = np.sinc(2 * _HALF_POWER * at) * np.kaiser(2 * reach + 1, _BETA)
    return np.asarray(taps / taps.sum())


@lru_cache(maxsize=4)
def _matrix(factor: int) -> Floats:
    """Give the gains from frames, left and right in turn, to samples of middle, then of side."""
    reach = 4 * factor
    kernel = _kernel(factor) / 2
    frames = _OUT * factor + 2 * reach - factor + 1
    gains = np.zeros((frames, 2, 2, _OUT))
    for sample in range(_OUT):
        first = sample * factor
        taken = slice(first, first + len(kernel))
        gains[taken, :, 0, sample] = kernel[:, None]
        gains[taken, 0, 1, sample] = kernel
        gains[taken, 1, 1, sample] = -kernel
    return gains.reshape(frames * 2, 2 * _OUT).astype(np.float32)
