"""Beat times: along a local tempo, by dynamic programming, then by regression.

The search follows Ellis, "Beat tracking by dynamic programming" (Journal of New
Music Research 36, 2007), with a period that may wander.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from mtsession.music.analysis.periodicity import PERIODS_S, Periodicity

Floats = NDArray[Any]

_WANDER = 0.22
_TIGHTNESS = 12.0
_LEAST_LAG, _MOST_LAG = 0.72, 1.4


def local_periods(periodicity: Periodicity, period_s: float) -> Floats:
    """Follow the period near a given one from window to window, shape (windows,)."""
    near = np.abs(np.log(PERIODS_S / period_s)) <= _WANDER
    grid = PERIODS_S[near]
    heard = periodicity.pulse[:, near] - 2.0 * np.log(grid / period_s) ** 2
    steps = np.arange(-6, 7)
    cost = 0.01 * np.abs(steps) ** 1.5
    padded = np.full(len(grid) + 12, -np.inf)
    best = heard[0]
    came = np.zeros(heard.shape, np.intp)
    for window in range(1, len(heard)):
        padded[6:-6] = best
        reach = np.lib.stride_tricks.sliding_window_view(padded, 13) - cost
        chosen = reach.argmax(axis=1)
        came[window] = np.arange(len(grid)) + steps[chosen]
        best = reach[np.arange(len(grid)), chosen] + heard[window]
    path = np.empty(len(heard), np.intp)
    path[-1] = best.argmax()
    for window in range(len(heard) - 1, 0, -1):
        path[window - 1] = came[window, path[window]]
    return grid[path]


def track(strength: Floats, periods: Floats) -> NDArray[np.intp]:
    """Find the beats whose onsets are strong and whose intervals keep near the local period.

    Parameters
    ----------
    strength : ndarray, shape (frames,)
        Onset strength of standard deviation 1.
    periods : ndarray, shape (frames,)
        Local beat period in frames.

    Returns
    -------
    ndarray, shape (beats,)
        Frames of the beats, rising.
    """
    frames = len(strength)
    most = int(np.ceil(periods.max() * _MOST_LAG)) + 1
    score = np.concatenate([np.zeros(most), np.zeros(frames)])
    came = np.full(frames, -1, np.intp)
    begin = 0
    while begin < frames:
        period = periods[begin]
        least, longest = max(1, int(period * _LEAST_LAG)), int(np.ceil(period * _MOST_LAG))
        end = min(begin + least, frames)
        lags = np.arange(longest, least - 1, -1)
        cost = _TIGHTNESS * np.log(lags / period) ** 2
        past = score[most + begin - longest : most + end - least]
        reach = np.lib.stride_tricks.sliding_window_view(past, len(lags)) - cost
        chosen = reach.argmax(axis=1)
        at = np.arange(begin, end)
        score[most + begin : most + end] = strength[begin:end] + reach[at - begin, chosen]
        came[begin:end] = at - lags[chosen]
        begin = end
    tail = score[most + max(0, frames - round(periods[-1])) :]
    beat = frames - len(tail) + int(tail.argmax())
    beats = []
    while beat >= 0:
        beats.append(beat)
        beat = came[beat]
    return np.array(beats[::-1], np.intp)


def refine(strength: Floats, beats: NDArray[np.intp], reach: int = 2) -> tuple[Floats, Floats]:
    """Give beat times in frames, between frames, and the strength of the onset met there."""
    around = np.clip(beats[:, None] + np.arange(-reach, reach + 1), 1, len(strength) - 2)
    top = around[np.arange(len(beats)), strength[around].argmax(axis=1)]
    before, here, after = strength[top - 1], strength[top], strength[top + 1]
    bend = before - 2 * here + after
    shift = np.where(bend < -1e-9, 0.5 * (before - after) / np.minimum(bend, -1e-9), 0.0)
    return top + np.clip(shift, -0.5, 0.5), np.maximum(here, 0.0)


def straighten(times: Floats, weights: Floats, stiffness: float) -> Floats:
    """Smooth beat times so that intervals change little: weighted, second differences penalised."""
    count = len(times)
    if count < 3:
        return times.copy()
    bands = np.zeros((3, count))
    bands[2] = weights + 1e-6
    bands[2, :-2] += stiffness
    bands[2, 1:-1] += 4 * stiffness
    bands[2, 2:] += stiffness
    bands[1, 1:-1] -= 2 * stiffness
    bands[1, 2:] -= 2 * stiffness
    bands[0, 2:] += stiffness
    smooth: Floats = solveh_banded(bands, (weights + 1e-6) * times)
    return smooth


def fit_line(times: Floats, weights: Floats) -> tuple[float, float, float]:
    """Fit start and period through the beats, outliers left out; and the residuals' size.

    Returns
    -------
    start, period, residual : float
        In the unit of `times`; the residual is 1.4826 times the weighted median deviation.
    """
    numbers = np.arange(len(times), dtype=np.float64)
    weight = weights + 1e-6
    start, period, residual = 0.0, 1.0, 0.0
    for _ in range(8):
        total = weight.sum()
        middle_n, middle_t = (weight @ numbers) / total, (weight @ times) / total
        away = numbers - middle_n
        period = float(weight @ (away * (times - middle_t)) / max(weight @ away**2, 1e-12))
        start = float(middle_t - period * middle_n)
        off = np.abs(times - start - period * numbers)
        residual = 1.4826 * float(np.median(off))
        weight = (weights + 1e-6) / (1 + (off / (1.5 * residual + 1e-6)) ** 2) ** 2
    return start, period, residual
