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
# Rows at a time: few enough to stay in the processor's cache.
_BATCH = 512


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
_LARGEST_GAIN = max(float(np.abs(phase_filter(phase)).sum()) for phase in PHASES)


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
        bar = self.highest * (_MARGIN / _LARGEST_GAIN)
        found = np.flatnonzero(_widened(stretch.peaks) > bar)
        for first in range(0, len(found), _BATCH):
            rows = found[first : first + _BATCH]
            cut = self._cut(stretch, rows)
            bounds = self._bounds(cut, stretch.peaks[rows])
            left = np.flatnonzero(bounds > self.highest * _MARGIN)
            if len(left):
                self._oversample(cut[left])

    def _cut(self, stretch: Stretch, rows: NDArray[np.intp]) -> Floats:
        """Copy rows with 16 frames either side, shape (n, row_frames + 32, 2)."""
        length = 2 * (self._row_frames + 2 * REACH)
        flat = stretch.samples.reshape(-1)[2 * (self._context - REACH) :]
        windows = np.lib.stride_tricks.sliding_window_view(flat, length)[:: 2 * self._row_frames]
        return windows[rows].reshape(len(rows), -1, 2)

    def _bounds(self, cut: Floats, peaks: Floats) -> Floats:
        """Give what no value of a row can be above, shape (rows,)."""
        # In one run over all rows; what lies across their ends is left out below.
        flat = cut.reshape(-1)
        bends = np.empty_like(flat)
        np.add(flat[4:], flat[:-4], out=bends[:-4])
        bends[:-4] -= 2 * flat[2:-2]
        np.abs(bends, out=bends)
        bend = bends.reshape(len(cut), -1)[:, :-4].max(axis=1)
        following = np.abs(cut[:, REACH + self._row_frames]).max(axis=1)
        bounds: Floats = np.maximum(peaks, following) + _K * bend
        return bounds

    def _oversample(self, cut: Floats) -> None:
        """Look between the samples of some rows."""
        both = np.ascontiguousarray(cut.transpose(0, 2, 1)).reshape(-1, cut.shape[1])
        self.highest = max(self.highest, np.abs(both @ self._taps).max())


def _widened(peaks: Floats) -> Floats:
    """Give the larger of each row's peak and its neighbours'."""
    wide = peaks.copy()
    np.maximum(wide[1:], peaks[:-1], out=wide[1:])
    np.maximum(wide[:-1], peaks[1:], out=wide[:-1])
    return wide
