"""Beat times: along a local tempo, by dynamic programming, then by regression.

The search follows Ellis, "Beat tracking by dynamic programming" (Journal of New
Music Research 36, 2007), with a period that may wander.
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from mtsession.music.analysis.onsets import Onsets
from mtsession.music.analysis.periodicity import PERIODS_S, Periodicity, flatten

Floats = NDArray[Any]

_WANDER = 0.22
# How far the strongest onsets stand above the mean where attacks are clear: piano performances
# have 5 and more but for a few, pads 2 to 4. Where they are clear, beats are followed freely.
_CLEAR = 4.0
# What keeps the local period near the one that was chosen, for each squared logarithm. Without
# attacks windows say little by themselves: with 2, one pad in nine was led from the right tempo to
# a wrong one; above 30 nothing more is gained.
_PULL_CLEAR, _PULL_DULL = 2.0, 30.0
# How far from the chosen tempo the beats' own intervals may have the last word.
_FAITH_CLEAR, _FAITH_DULL = _WANDER, 0.03
_TIGHTNESS = 60.0
_LEAST_LAG, _MOST_LAG = 0.72, 1.4
_ROWS = {"strength": 1.0, "bass": 0.5, "harmony": 0.5}
_LEAST, _MOST = -1.0, 4.0
# A window that holds an onset shows it before the onset is in its middle.
_EARLY_S = 0.010
# Beats this near a straight line were played to one.
_STRAIGHT_S = 0.03
_AGREE = 0.06


class Beats(msgspec.Struct, frozen=True, kw_only=True):
    """Beats as they were followed.

    Attributes
    ----------
    period_s : float
        Beat period: of the line through all beats where they keep to one, else the median.
    times_s : ndarray, shape (beats,)
        Rising.
    ibi_cv : float
        Coefficient of variation of the intervals, a beat's own looseness evened out.
    off_line_s : float
        How far the beats lie from a straight line.
    contrast : float
        How much stronger onsets are on the beats than elsewhere, in standard deviations.
    clarity : float
        How alike the onsets are from beat to beat, window by window.
    """

    period_s: float
    times_s: Floats
    ibi_cv: float
    off_line_s: float
    contrast: float
    clarity: float


def find_beats(onsets: Onsets, periodicity: Periodicity, period_s: float) -> Beats:
    """Follow the beats near a period through a recording.

    Parameters
    ----------
    onsets : Onsets
        From `OnsetMeter.finish`.
    periodicity : Periodicity
        Of the same onsets.
    period_s : float
        The beat period to keep near.

    Returns
    -------
    Beats
        No beats, and the period as it was given, where there are too few.
    """
    clear = peakiness(onsets) >= _CLEAR
    pull = _PULL_CLEAR if clear else _PULL_DULL
    local, clarity = local_periods(periodicity, period_s, pull)
    strength = beat_strength(onsets)
    frames = np.arange(len(strength))
    periods = np.interp(frames * onsets.hop_s, periodicity.moments_s, local) / onsets.hop_s
    places = track(strength, periods)
    at, weights = refine(strength, places)
    times = at * onsets.hop_s
    if len(times) < 4:
        return Beats(
            period_s=period_s,
            times_s=np.zeros(0),
            ibi_cv=0.0,
            off_line_s=0.0,
            contrast=0.0,
            clarity=0.0,
        )
    start, line, off = fit_line(times, weights)
    smooth = straighten(times, weights, 1.0)
    gaps = np.diff(smooth)
    straight = off < _STRAIGHT_S and abs(line / period_s - 1) < _AGREE
    if straight:
        times = _along(start, line, times)
    usual = line if straight else float(np.median(np.diff(straighten(times, weights, 0.2))))
    contrast = float(strength[places].mean() - strength.mean()) / (float(strength.std()) + 1e-9)
    faith = _FAITH_CLEAR if clear else _FAITH_DULL
    return Beats(
        period_s=usual if abs(np.log(usual / period_s)) < faith else period_s,
        times_s=_rising(times + _EARLY_S),
        ibi_cv=float(gaps.std() / max(gaps.mean(), 1e-9)),
        off_line_s=float(off),
        contrast=contrast,
        clarity=clarity,
    )


def beat_strength(onsets: Onsets) -> Floats:
    """Add up what tells a beat, evened over loud and soft passages; standard deviation 1."""
    total = np.zeros(len(onsets.strength))
    for name, weight in _ROWS.items():
        total += weight * np.clip(flatten(getattr(onsets, name)), _LEAST, _MOST)
    strength: Floats = total / (total.std() + 1e-9)
    return strength


def _along(start: float, period: float, times: Floats) -> Floats:
    """Put the beats on their line, from the first that was found to the last."""
    first, last = np.round((times[[0, -1]] - start) / period)
    line: Floats = start + period * np.arange(first, last + 1)
    return line


def _rising(times: Floats) -> Floats:
    """Leave out what is not later than the beat before it."""
    later = np.maximum.accumulate(times)
    kept: Floats = times[np.concatenate([[True], times[1:] > later[:-1]])]
    return kept


def peakiness(onsets: Onsets) -> float:
    """Give how many times the mean of all moments the strongest onsets are."""
    strength = onsets.strength
    return float(np.quantile(strength, 0.98) / (strength.mean() + 1e-9))


def local_periods(periodicity: Periodicity, period_s: float, pull: float) -> tuple[Floats, float]:
    """Follow the period near a given one from window to window; and how clearly it is heard."""
    near = np.abs(np.log(PERIODS_S / period_s)) <= _WANDER
    grid = PERIODS_S[near]
    heard = periodicity.pulse[:, near] - pull * np.log(grid / period_s) ** 2
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
    clarity = float(periodicity.pulse[:, near][np.arange(len(heard)), path].mean())
    return grid[path], clarity


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
    gaps = np.diff(times)
    # Where a beat was passed over, two beats lie between two times.
    steps = np.maximum(1.0, np.round(gaps / max(float(np.median(gaps)), 1e-9)))
    numbers = np.concatenate([[0.0], np.cumsum(steps)])
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
