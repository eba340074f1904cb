"""What a way through the onsets looks like, by which the likeliest beat is told from its rivals."""

import numpy as np

from mtsession.activities.improvisation.metrics.accents import Accents
from mtsession.activities.improvisation.metrics.arrays import Real
from mtsession.activities.improvisation.metrics.beat_paths import Path

NEAR_THIRD = 0.036
NEAR_QUARTER = 0.0216
TEMPO_S = 0.55
TRAITS = (
    "hit", "off", "thirds", "quarters", "busy", "tempo", "strength",
    "size", "loudness", "gap", "holding",
)  # fmt: skip
WEIGHTS = np.array([
    1.528, -22.564, 2.629, 7.345, -0.923, -0.112, 7.15,
    3.451, 0.755, 1.262, 4.635,
])  # fmt: skip


def traits(path: Path, accent: Accents, strength: float) -> Real:
    """Describe a path.

    Parameters
    ----------
    path : Path
        Two hits or more.
    accent : Accents
        The window's onsets.
    strength : float
        The periodicity at the path's first period.

    Returns
    -------
    ndarray, shape (11,)
        In the order of `TRAITS`: the share of beats on an onset; how far steps are off the
        followed beat, as root mean square of the logarithm; the share of the onsets' worth on
        thirds and on quarters of a beat; the squared octaves from one onset a beat, and from a
        beat of 0.55 s; the strength; and how far the onsets on beats stand out in each quality.
    """
    hits, steps, times = path.hits, path.steps, accent.times
    number = np.concatenate(([0], np.cumsum(steps)))
    intervals = np.diff(times[hits]) / steps
    period = float(np.median(intervals))
    return np.array([
        len(hits) / (number[-1] + 1),
        np.sqrt(np.mean(np.log(intervals / path.periods[:-1]) ** 2)),
        *_shares(np.interp(times, times[hits], number) % 1.0, accent.weights),
        np.log2(len(times) * period / (times[-1] - times[0])) ** 2,
        np.log2(TEMPO_S / period) ** 2,
        strength,
        *accent.apart[:, hits].mean(axis=1),
    ])  # fmt: skip


def _shares(phase: Real, weights: Real) -> tuple[float, float]:
    """Give what share of the onsets' worth lies on thirds and on quarters of a beat."""
    from_half = np.abs(phase - 0.5)
    on_third = np.abs(from_half - 1 / 6) < NEAR_THIRD
    on_quarter = np.abs(from_half - 1 / 4) < NEAR_QUARTER
    whole = weights.sum()
    return float(weights[on_third].sum() / whole), float(weights[on_quarter].sum() / whole)
