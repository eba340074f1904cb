"""Where bars begin: which beats carry the bass, the change of harmony and the accents."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from mtsession.music.analysis.onsets import Onsets

Floats = NDArray[Any]

METRES = (3, 4)
_FEWEST_BEATS = 16
# How far the best reading must stand out from every other metre, in standard errors.
_CLEAR = 3.0
_WEIGHTS = {"harmony": 1.0, "bass": 1.0, "strength": 0.3}
_REACH_S = 0.12
_USUAL_CAP = 3.0


def find_bars(onsets: Onsets, beats_s: Floats) -> tuple[int, int] | None:
    """Give the beats in a bar, three or four, and the index of the first downbeat.

    Parameters
    ----------
    onsets : Onsets
        From `OnsetMeter.finish`.
    beats_s : ndarray, shape (beats,)
        Beat times, rising.

    Returns
    -------
    (beats_per_bar, downbeat) or None
        None where no bar stands out.
    """
    if len(beats_s) < _FEWEST_BEATS:
        return None
    accents = beat_accents(onsets, beats_s)
    readings = sorted(
        (_standing(accents, metre, phase), metre, phase)
        for metre in METRES
        for phase in range(metre)
    )
    best, metre, phase = readings[-1]
    # Four beats are twice two: where every second beat stands out, the half bar may too.
    rivals = [score for score, other, _ in readings[:-1] if other != metre]
    if best < _CLEAR or best - max(rivals, default=0.0) < 1.0:
        return None
    return metre, phase


def beat_accents(onsets: Onsets, beats_s: Floats) -> Floats:
    """Give how much begins or changes at each beat, mean 0, standard deviation about 1."""
    total = np.zeros(len(beats_s))
    reach = 2 * round(_REACH_S / onsets.hop_s) + 1
    for name, weight in _WEIGHTS.items():
        row = maximum_filter1d(getattr(onsets, name), reach)
        at = np.interp(beats_s, np.arange(len(row)) * onsets.hop_s, row)
        total += weight * np.clip((at - at.mean()) / (at.std() + 1e-9), -_USUAL_CAP, _USUAL_CAP)
    accents: Floats = (total - total.mean()) / (total.std() + 1e-9)
    return accents


def _standing(accents: Floats, metre: int, phase: int) -> float:
    """Give how far the bars' first beats stand above the others, in standard errors."""
    first = np.zeros(len(accents), bool)
    first[phase::metre] = True
    apart = accents[first].mean() - accents[~first].mean()
    error = np.sqrt(accents[first].var() / first.sum() + accents[~first].var() / (~first).sum())
    return float(apart / (error + 0.02))
