"""What a way through the onsets looks like, by which the likeliest beat is told from its rivals."""

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import Real
from mtsession.activities.improvisation.metrics.beat_paths import Path

NEAR = 0.036
TRAITS = (
    "worth", "hit", "off", "uneven", "half", "third", "quarter", "between",
    "tempo", "tempo2", "busy", "busy2", "strength", "twos", "threes", "bass",
)  # fmt: skip
WEIGHTS = np.array([
    6.13, 3.47, 0.22, -3.5, -1.21, 0.78, 1.73, -0.84,
    0.36, -0.3, -0.27, -0.46, 1.83, -0.47, 1.36, -0.22,
])  # fmt: skip


def traits(path: Path, times: Real, weights: Real, lowness: Real, strength: float) -> Real:
    """Describe a path in numbers of about the same size.

    Parameters
    ----------
    times, weights, lowness : ndarray, shape (n,)
        The window's onsets: seconds, worth as a beat, how low the lowest note lies.
    strength : float
        The periodicity at the path's first period.

    Returns
    -------
    ndarray, shape (16,)
        In the order of `TRAITS`.
    """
    hits, steps = path.hits, path.steps
    at = times[hits]
    intervals = np.diff(at) / steps
    period = float(np.median(intervals)) if len(intervals) else float(path.periods[0])
    beats = int(steps.sum()) + 1
    share = _between(times, weights, path)
    worth = weights[hits]
    ratio = intervals / path.periods[:-1] if len(intervals) else np.ones(1)
    busy = np.log2(max(len(times) / max((times[-1] - times[0]) / period, 1.0), 0.05))
    tempo = np.log2(0.55 / period)
    mean = weights.mean()
    return np.array([
        worth.mean() / mean - 1,
        len(hits) / beats,
        float(np.sqrt(np.mean(np.log(ratio) ** 2))) * 10,
        float(np.std(np.diff(np.log(intervals)))) * 5 if len(intervals) > 2 else 1.0,
        *share,
        tempo,
        tempo * tempo,
        busy,
        busy * busy,
        strength,
        _alternation(worth, 2) / mean,
        _alternation(worth, 3) / mean,
        lowness[hits].mean() - lowness.mean(),
    ])  # fmt: skip


def _between(times: Real, weights: Real, path: Path) -> tuple[float, float, float, float]:
    """Give what share of the onsets' worth lies on halves, thirds, quarters, and elsewhere."""
    hits = path.hits
    if len(hits) < 2:
        return 0.0, 0.0, 0.0, 1.0
    place = np.interp(times, times[hits], np.concatenate(([0], np.cumsum(path.steps))))
    inside = (times > times[hits[0]]) & (times < times[hits[-1]])
    inside[hits] = False
    phase = place[inside] % 1.0
    weight = weights[inside]
    whole = weights.sum()
    on_half = np.abs(phase - 0.5) < NEAR
    on_third = np.minimum(np.abs(phase - 1 / 3), np.abs(phase - 2 / 3)) < NEAR
    on_quarter = np.minimum(np.abs(phase - 0.25), np.abs(phase - 0.75)) < NEAR * 0.6
    near = np.minimum(phase, 1 - phase) < NEAR
    on_quarter &= ~on_third
    left = ~(on_half | on_third | on_quarter | near)
    parts = [float(weight[mask].sum() / whole) for mask in (on_half, on_third, on_quarter, left)]
    return parts[0], parts[1], parts[2], parts[3]


def _alternation(worth: Real, group: int) -> float:
    """Give how much more every second (third) beat is worth than the others."""
    if len(worth) < 2 * group:
        return 0.0
    means = [float(worth[start::group].mean()) for start in range(group)]
    return max(means) - sum(means) / group
