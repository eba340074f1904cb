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
    search = PathSearch(times, weights, periods)
    search.advance(times.shape[1])
    return search.paths()


class PathSearch:
    """The search of `find_paths` in portions, for whoever has other things to do between."""

    def __init__(self, times: Real, weights: Real, periods: Real) -> None:
        rows = len(times)
        self._n: int = times.shape[1]
        self._times, self._weights, self._periods = times, weights, periods
        self._score = np.full((rows, self._n), NEVER)
        self._period = np.repeat(periods[:, None], self._n, axis=1)
        self._before = np.full((rows, self._n), -1, dtype=np.intp)
        self._taken = np.ones((rows, self._n), dtype=np.int64)
        self._begin = -MISSED * times / periods[:, None]
        self._each = np.arange(rows)
        self._at = 0

    def advance(self, onsets: int) -> bool:
        """Take in so many more onsets; True where all are taken in."""
        until = min(self._n, self._at + onsets)
        with np.errstate(invalid="ignore"):
            for index in range(self._at, until):
                self._step(index)
        self._at = until
        return until == self._n

    def _step(self, i: int) -> None:
        """Find the best way to one onset of each row."""
        first = self._begin[:, i]
        if i == 0:
            self._score[:, 0] = self._weights[:, 0]
            return
        lo, each = max(0, i - LOOK_BACK), self._each
        gap = self._times[:, i, None] - self._times[:, lo:i]
        ratio = np.maximum(gap / self._period[:, lo:i], 1e-3)
        beats = np.clip(np.rint(ratio), 1, MOST_BEATS)
        off = np.abs(np.log(ratio / beats))
        total = self._score[:, lo:i] - TIGHT * off * off - MISSED * (beats - 1)
        total[~(off < WIDEST)] = NEVER
        best = total.argmax(axis=1)
        value = total[each, best]
        on = value > first
        count = beats[each, best]
        here = self._period[each, best + lo]
        followed = here + FOLLOW * (gap[each, best] / count - here)
        low, high = self._periods * (1 - FREEDOM), self._periods * (1 + FREEDOM)
        self._score[:, i] = self._weights[:, i] + np.where(on, value, first)
        self._before[:, i] = np.where(on, best + lo, -1)
        self._taken[:, i] = np.where(on, count, 1)
        self._period[:, i] = np.where(on, np.clip(followed, low, high), self._periods)

    def paths(self) -> list[Path]:
        """Give the best path of each row, once all onsets are taken in."""
        finite = np.isfinite(self._times)
        last = np.where(finite, self._times, 0).max(axis=1)
        with np.errstate(invalid="ignore"):
            rest = MISSED * (last[:, None] - self._times) / self._periods[:, None]
        total = np.where(finite, self._score - rest, NEVER)
        return _backwards(total.argmax(axis=1), self._before, self._taken, self._period)


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
