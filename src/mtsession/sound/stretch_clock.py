"""The source's clock under a stretch: where it stands at each hop, as a sum of exact steps."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtsession.sound.rates import checked_rate

Rate: TypeAlias = float | Callable[[int], float]
"""Heard tempo over the source's own: a number, or given for the hop that begins at a frame."""

_KEPT = 256
_PARTS = 1 << 20


class SourceClock:
    """Places in the source by heard frame; between two hops they lie on a straight line.

    Parameters
    ----------
    hop : int
        Heard frames over which the rate stays the same.
    rate : float or callable
        As `Stretch` takes it.
    start : float
        The place of heard frame 0.
    """

    def __init__(self, *, hop: int, rate: Rate, start: float) -> None:
        self.hop = hop
        self.rate = rate if callable(rate) else checked_rate(rate)
        self._knots = [float(start)]
        self._first = 0

    @property
    def newest(self) -> float:
        """The place at the last hop that was planned."""
        return self._knots[-1]

    def follow(self, rate: Rate, heard: int) -> None:
        """Let the hops from a heard frame on run at another rate, those planned already as well."""
        self.rate = rate if callable(rate) else checked_rate(rate)
        del self._knots[max(1, heard // self.hop - self._first + 1) :]

    def rate_at(self, heard: int) -> float:
        """Give the rate of the hop that begins at a heard frame."""
        return checked_rate(self.rate(heard)) if callable(self.rate) else self.rate

    def plan(self, heard: int) -> None:
        """Move on, hop by hop, to a heard frame at least."""
        while (at := (self._first + len(self._knots) - 1) * self.hop) < heard:
            rate, here = self.rate_at(at), self._knots[-1]
            if rate == 1.0:
                # From here on sums are exact, so that the source passes frame by frame.
                self._knots[-1] = here = round(here * _PARTS) / _PARTS
            self._knots.append(here + rate * self.hop)
        if len(self._knots) > 2 * _KEPT:
            del self._knots[:_KEPT]
            self._first += _KEPT

    def at(self, heard: int) -> float:
        """Give the place at the start of a hop; before the first frame the source runs at 1."""
        number = heard // self.hop - self._first
        return self._knots[number] if number >= 0 else self._knots[0] + number * self.hop

    def positions(self, heard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the place of each of some heard frames."""
        self.plan(int(heard[-1]) + 1 if len(heard) else 0)
        knots = (self._first + np.arange(len(self._knots))) * self.hop
        return np.interp(heard, knots, self._knots)

    def steady(self, first: int, last: int) -> bool:
        """Tell whether the source passes at its own tempo from one hop's start to another's."""
        return self.at(last) - self.at(first) == last - first

    def heard_of(self, source: float) -> float:
        """Give the heard frame, whole or part, at which a place is due as things stand."""
        number = int(np.searchsorted(self._knots, source))
        if number == 0:
            return self._first * self.hop + source - self._knots[0]
        if number < len(self._knots):
            before, after = self._knots[number - 1 : number + 1]
            part = (source - before) / (after - before)
            return (self._first + number - 1 + part) * self.hop
        heard, here = (self._first + len(self._knots) - 1) * self.hop, self._knots[-1]
        while (rate := self.rate_at(heard)) * self.hop < source - here:
            here += rate * self.hop
            heard += self.hop
        return heard + (source - here) / rate
