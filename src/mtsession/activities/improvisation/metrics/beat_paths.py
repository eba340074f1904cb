"""Beats through onsets by dynamic programming, many windows and tempi at once.

After Ellis 2007 (doi 10.1080/09298210701653344), over onsets instead of frames:
a path goes from onset to onset in steps of about one beat, or of two to four
where beats fall on no onset, and its beat follows the player as it goes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.activities.improvisation.metrics.arrays import Real

LOOK_BACK = 56
MOST_BEATS = 4
FOLLOW = 0.244
TIGHT = 26.176
MISSED = 2.0
WIDEST = 0.392
FREEDOM = 0.199
NEVER = -1e18


class Path(NamedTuple):
    """One way through a window's onsets.

    `hits` are indices of onsets on a beat, `steps` the beats from each to the
    next, `periods` the beat in seconds as followed at each hit.
    """

    hits: NDArray[np.intp]
    steps: NDArray[np.int64]
    periods: Real


def find_paths(times: Real, weights: Real, periods: Real) -> list[Path]:
    """Find the best path of each row.

    Parameters
    ----------
    times : ndarray, shape (b, n)
        Rising onset times in seconds from 0; rows shorter than n end in infinities.
    weights : ndarray, shape (b, n)
        What an onset is worth as a beat, about 1 on average; 0 behind the end.
    periods : ndarray, shape (b,)
        The beat in seconds that each row starts from.
    """
    rows, n = times.shape
    score = np.full((rows, n), NEVER)
    period = np.repeat(periods[:, None], n, axis=1)
    before = np.full((rows, n), -1, dtype=np.intp)
    taken = np.ones((rows, n), dtype=np.int64)
    low, high = periods * (1 - FREEDOM), periods * (1 + FREEDOM)
    each = np.arange(rows)
    begin = -MISSED * times / periods[:, None]
    with np.errstate(invalid="ignore"):
        for i in range(n):
            first = begin[:, i]
            if i == 0:
                score[:, 0] = weights[:, 0]
                continue
            lo = max(0, i - LOOK_BACK)
            gap = times[:, i, None] - times[:, lo:i]
            ratio = np.maximum(gap / period[:, lo:i], 1e-3)
            beats = np.clip(np.rint(ratio), 1, MOST_BEATS)
            off = np.abs(np.log(ratio / beats))
            total = score[:, lo:i] - TIGHT * off * off - MISSED * (beats - 1)
            total[~(off < WIDEST)] = NEVER
            best = total.argmax(axis=1)
            value = total[each, best]
            on = value > first
            score[:, i] = weights[:, i] + np.where(on, value, first)
            before[:, i] = np.where(on, best + lo, -1)
            count = beats[each, best]
            taken[:, i] = np.where(on, count, 1)
            here = period[each, best + lo]
            followed = here + FOLLOW * (gap[each, best] / count - here)
            period[:, i] = np.where(on, np.clip(followed, low, high), periods)
        finite = np.isfinite(times)
        last_time = np.where(finite, times, 0).max(axis=1)
        rest = MISSED * (last_time[:, None] - times) / periods[:, None]
        total = np.where(finite, score - rest, NEVER)
    return _backwards(total.argmax(axis=1), before, taken, period)


def _backwards(
    last: NDArray[np.intp], before: NDArray[np.intp], taken: NDArray[np.int64], period: Real
) -> list[Path]:
    paths = []
    for row, end in enumerate(last.tolist()):
        chain = [end]
        links = before[row]
        while (at := links[chain[-1]]) >= 0:
            chain.append(int(at))
        hits = np.array(chain[::-1], dtype=np.intp)
        paths.append(Path(hits, taken[row, hits[1:]], period[row, hits]))
    return paths
