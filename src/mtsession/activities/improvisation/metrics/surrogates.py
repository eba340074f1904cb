"""One player shifted in time against the other: what would be found by chance.

A circular shift keeps a player's rhythm, phrases and density, and breaks only
what ties them to the other. The shifts are drawn from a fixed seed: the same
notes give the same chance.
"""

from collections.abc import Iterator

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import Whole

SEED = 20_061
NEAREST_SHARE = 0.1
NEAREST_US = 10_000_000


def offsets(span_us: int, count: int) -> Whole:
    """Give shifts well away from no shift: a tenth of the window, or ten seconds if that is less.

    Returns
    -------
    ndarray, shape (count,)
    """
    away = min(round(span_us * NEAREST_SHARE), NEAREST_US)
    dice = np.random.default_rng(SEED)
    if span_us <= 2 * away or span_us < 2:
        return np.zeros(0, dtype=np.int64)
    return dice.integers(away, span_us - away, count)


def shifted(times_us: Whole, by_us: int, span_us: int) -> Whole:
    """Shift rising times around a window `[0, span_us)`; the outcome rises too."""
    cut = int(np.searchsorted(times_us, span_us - by_us))
    return np.concatenate((times_us[cut:] + (by_us - span_us), times_us[:cut] + by_us))


def shifts(times_us: Whole, span_us: int, count: int) -> Iterator[Whole]:
    """Give the times under each shift."""
    for by_us in offsets(span_us, count).tolist():
        yield shifted(times_us, by_us, span_us)
