"""Spreads and intervals kept up note by note, with the figures that whole columns would give.

Times are whole microseconds and sums are whole numbers, so that a figure kept up
note by note is the figure reckoned over the whole.
"""

import math
from array import array

import numpy as np

from mtsession.activities.improvisation.metrics.basics import Iois, Range, spread_of


class Spread:
    """A histogram of values 0-127: any order of coming in gives the same figures."""

    def __init__(self) -> None:
        self._counts = [0] * 128
        self.n = 0

    def add(self, value: int) -> None:
        """Take in a value."""
        self._counts[value] += 1
        self.n += 1

    def replace(self, before: int, after: int) -> None:
        """Exchange a value that was taken in for another."""
        self._counts[before] -= 1
        self._counts[after] += 1

    def ends(self) -> tuple[int, int] | None:
        """Give the lowest and the highest value."""
        present = [value for value, count in enumerate(self._counts) if count]
        return (present[0], present[-1]) if present else None

    def figures(self) -> Range:
        """Give the whole spread."""
        return spread_of(np.array(self._counts, dtype=np.int64))


class Intervals:
    """Intervals between onsets, with sums that are exact at any length."""

    def __init__(self) -> None:
        self._values = array("q")
        self._sum = 0
        self._squares = 0
        self._last: int | None = None
        self._pairs = 0
        self._contrast = 0.0

    def __len__(self) -> int:
        return len(self._values)

    def add(self, us: int) -> None:
        """Take in the next interval of a chain."""
        if self._last is not None and us + self._last:
            self._pairs += 1
            self._contrast += abs(us - self._last) / ((us + self._last) / 2)
        self._last = us
        self._values.append(us)
        self._sum += us
        self._squares += us * us

    def part(self) -> None:
        """Begin a new chain: the next interval does not follow on the last."""
        self._last = None

    def mean_us(self) -> float | None:
        """Give the mean."""
        return self._sum / len(self) if len(self) else None

    def sd_us(self) -> float | None:
        """Give the sample standard deviation (n - 1)."""
        n = len(self)
        if n < 2:
            return None
        return math.sqrt((n * self._squares - self._sum**2) / (n * (n - 1)))

    def cv(self) -> float | None:
        """Give standard deviation over mean."""
        sd, mean = self.sd_us(), self.mean_us()
        return sd / mean if sd is not None and mean else None

    def figures(self) -> Iois:
        """Give all figures; the median alone goes over every interval."""
        return Iois(
            n=len(self),
            mean_us=self.mean_us(),
            median_us=float(np.median(np.array(self._values))) if len(self) else None,
            sd_us=self.sd_us(),
            cv=self.cv(),
            npvi=100 * self._contrast / self._pairs if self._pairs else None,
        )
