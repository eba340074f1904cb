"""True peak: the highest point between samples too, oversampled only where it can lie.

A value between two samples is what a straight line between them gives, plus second
differences near by times known factors:

    |y| <= A + K D

with A the larger of the two samples, D the largest second difference under the filter, and K
the sum of the factors' magnitudes. So a row of samples whose A + K D is not above the highest
point found so far holds no higher one and is left out. That is exact, not a guess; rows
are also left out where the bound is above it by less than 0.05 dB.

The interpolator has four phases, as in ITU-R BS.1770-4 annex 2, of 32 taps each.
"""

import numpy as np
from numpy.typing import NDArray

from mtsession.music.analysis.reader import Stretch

Floats = NDArray[np.float32]

PHASES = (0.25, 0.5, 0.75)
REACH = 16
_BETA = 5.0
_MARGIN = 10 ** (0.05 / 20)
# Rows at a time: those first that can hold the highest point, since each raises the bar.
_FIRST, _BATCH = 8, 256


def phase_filter(phase: float) -> NDArray[np.float64]:
    """Give the 2 * REACH taps, on samples -15 to 16, of the point `phase` after sample 0.

    A constant and a straight line go through it exactly; the bound of this module needs that.
    """
    at = np.arange(1 - REACH, REACH + 1)
    taps = np.sinc(phase - at) * np.i0(_BETA * np.sqrt(1 - ((at - phase) / (REACH + 0.5)) ** 2))
    taps /= taps.sum()
    slip = phase - float(taps @ at)
    taps[REACH] += slip
    taps[REACH - 1] -= slip
    return np.asarray(taps)


def _sum_of_factors() -> float:
    """Give K: by how much of the second differences a value can leave the straight line."""
    largest = 0.0
    for phase in PHASES:
        bend = phase_filter(phase)
        bend[REACH - 1] -= 1 - phase
        bend[REACH] -= phase
        largest = max(largest, float(np.abs(np.cumsum(np.cumsum(bend))).sum()))
    return largest


_K = np.float32(_sum_of_factors() + 1e-6)


class TruePeakMeter:
    """Takes stretches of rows; the largest magnitude so far is `highest`.

    Parameters
    ----------
    row_frames : int
        Frames of a row, at least 16.
    context : int
        Frames before and after each stretch, at least 16.
    """

    def __init__(self, *, row_frames: int, context: int) -> None:
        self.highest = np.float32(0)
        self._context = context
        self._row_frames = row_frames
        taps = np.zeros((row_frames + 2 * REACH, len(PHASES), row_frames))
        for number, phase in enumerate(PHASES):
            weights = phase_filter(phase)
            for frame in range(row_frames):
                taps[frame + 1 : frame + 1 + 2 * REACH, number, frame] = weights
        self._taps = taps.reshape(len(taps), -1).astype(np.float32)

    def add(self, stretch: Stretch) -> None:
        """Take the next rows and raise `highest` where they reach above it."""
        self.highest = max(self.highest, stretch.peaks.max())
        bounds = self._bounds(stretch)
        found = np.flatnonzero(bounds > self.highest * _MARGIN)
        found = found[np.argsort(-bounds[found])]
        size = _FIRST
        while len(found):
            self._oversample(stretch, found[:size])
            found = found[size:]
            found = found[bounds[found] > self.highest * _MARGIN]
            size = _BATCH

    def _bounds(self, stretch: Stretch) -> Floats:
        """Give what no value of a row can be above, shape (rows,)."""
        rows = len(stretch.peaks)
        first, last = self._context, self._context + rows * self._row_frames
        flat = stretch.samples.reshape(-1)
        around = flat[2 * (first - REACH - 1) : 2 * (last + REACH + 1)] if first > REACH else flat
        bends = around[4:] + around[:-4]
        bends -= 2 * around[2:-2]
        np.abs(bends, out=bends)
        skipped = 2 * (REACH if first > REACH else REACH - 1)
        inner = bends[skipped : skipped + rows * self._row_frames * 2].reshape(rows, -1)
        bend = inner.max(axis=1)
        edges = np.array([bends[:skipped].max(), bends[skipped + inner.size :].max()])
        near = np.concatenate([edges[:1], bend, edges[1:]])
        near = np.maximum(np.maximum(near[:-2], near[2:]), bend)
        following = np.abs(stretch.samples[first + self._row_frames :: self._row_frames][:rows])
        bounds: Floats = np.maximum(stretch.peaks, following.max(axis=1)) + _K * near
        return bounds

    def _oversample(self, stretch: Stretch, rows: NDArray[np.intp]) -> None:
        """Look between the samples of some rows."""
        length = self._row_frames + 2 * REACH
        windows = np.lib.stride_tricks.sliding_window_view(stretch.samples, length, axis=0)
        first = self._context - REACH
        cut = windows[first + rows * self._row_frames].reshape(-1, length)
        self.highest = max(self.highest, np.abs(cut @ self._taps).max())
