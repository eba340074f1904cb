"""Which beat period is meant: a learnt reading of the whole comb, and its rivals.

No rule of thumb settles at which level beats are counted. A small network reads what is
known of each period (how alike the onsets are after it, its multiples and its parts) and
weighs all periods against each other, so that its answer is also how sure it is. It was
fitted on made music of known tempo and on performances with checked beats by
``benchmarks/tempo_fit.py``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtsession.music.analysis.periodicity import PERIODS_S, STEP
from mtsession.music.analysis.weights import network
from mtsession.music.recording import TempoCandidate

Floats = NDArray[Any]

# Periods this many steps of the grid apart are one tempo: within 3 to 4 %.
_NEAR = 3
_MOST_CANDIDATES = 5
_LEAST_WEIGHT = 0.01


def weigh_periods(features: Floats) -> Floats:
    """Give how likely each period of `PERIODS_S` is the beat; they add up to 1.

    Parameters
    ----------
    features : ndarray, shape (periods, features)
        From `measure_periodicity`.

    Returns
    -------
    ndarray, shape (periods,)
    """
    hidden, bias, out, straight = network()
    scores = np.tanh(features @ hidden + bias) @ out + features @ straight
    likely = np.exp(scores - scores.max())
    shares: Floats = likely / likely.sum()
    return shares


def choose_candidates(shares: Floats) -> list[tuple[float, float]]:
    """Gather neighbouring periods into tempi.

    Parameters
    ----------
    shares : ndarray, shape (periods,)
        From `weigh_periods`.

    Returns
    -------
    list of (period_s, weight)
        The heaviest first; no two share a period of the grid.
    """
    left = shares.copy()
    found: list[tuple[float, float]] = []
    for _ in range(_MOST_CANDIDATES):
        gathered = np.convolve(left, np.ones(2 * _NEAR + 1), "same")
        best = int(gathered.argmax())
        weight = float(gathered[best])
        if found and weight < _LEAST_WEIGHT:
            break
        around = slice(max(0, best - _NEAR), best + _NEAR + 1)
        middle = float((left[around] * np.log(PERIODS_S[around])).sum() / max(weight, 1e-12))
        found.append((float(np.exp(middle)), weight))
        left[around] = 0.0
    return found


def as_candidates(tempi: list[tuple[float, float]]) -> tuple[TempoCandidate, ...]:
    """Give (bpm, weight) as candidates whose weights add up to 1, equal tempi only once."""
    kept: list[tuple[float, float]] = []
    for bpm, weight in tempi:
        if all(abs(np.log(bpm / other)) > 2 * STEP for other, _ in kept):
            kept.append((bpm, weight))
    total = sum(weight for _, weight in kept) or 1.0
    return tuple(
        TempoCandidate(bpm=round(bpm, 2), weight=round(weight / total, 4)) for bpm, weight in kept
    )
