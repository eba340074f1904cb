"""How a source's own time runs under heard time, where its tempo is changed on the way."""

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mtsession.errors import MediaError
from mtsession.protocol.sources import RatePoint

LOWEST_RATE = 0.5
HIGHEST_RATE = 2.0
_SAME_RATE = 1e-9


def checked_rate(rate: float) -> float:
    """Give a rate back that can be played.

    Raises
    ------
    MediaError
        If it is not a number, or outside 0.5 to 2.

    Examples
    --------
    >>> checked_rate(0.85)
    0.85
    """
    if not (math.isfinite(rate) and LOWEST_RATE <= rate <= HIGHEST_RATE):
        raise MediaError(
            f"Music cannot be played at {rate:g} times its own tempo.",
            f"Choose a rate between {LOWEST_RATE} and {HIGHEST_RATE:g}.",
        )
    return float(rate)


class RateMap:
    """Which frame of the source is heard when: the integral of a rate made of straight lines.

    Before the first point its rate holds, and after the last one that of the last.

    Parameters
    ----------
    points : sequence of RatePoint
        By heard time from the item's start; none means that nothing is changed;
        two at one time are a step.
    sample_rate : int
        Frames a second.

    Raises
    ------
    MediaError
        If a rate cannot be played, or the times go back.

    Examples
    --------
    >>> from mtsession.timeline.units import Micros
    >>> slower = RateMap([RatePoint(t_us=Micros(0), rate=0.5)], 48_000)
    >>> float(slower.source_of(1000.0)), float(slower.heard_of(500.0))
    (500.0, 1000.0)
    """

    def __init__(self, points: Sequence[RatePoint], sample_rate: int) -> None:
        rates = [checked_rate(point.rate) for point in points] or [1.0]
        times = [int(point.t_us) for point in points] or [0]
        if any(after < before for before, after in itertools.pairwise(times)):
            raise MediaError(
                "The tempo of this item goes back in time.", "Put its rates in order of time."
            )
        self._lay(
            np.array(times, dtype=np.float64) * (sample_rate / 1e6),
            np.array(rates, dtype=np.float64),
        )

    def _lay(self, heard: NDArray[np.float64], rates: NDArray[np.float64]) -> None:
        """Put the lines down between points at heard frames."""
        self._heard = heard
        self._rates = rates
        spans = np.diff(self._heard)
        means = (self._rates[1:] + self._rates[:-1]) / 2
        passed = np.concatenate([[0.0], np.cumsum(spans * means)])
        self._source = passed + self._heard[0] * self._rates[0]
        self._slopes = np.append(np.diff(self._rates) / np.where(spans > 0, spans, np.inf), 0.0)

        # A single place is asked for at every hop: plain numbers are quicker there.
        self._heard_list: list[float] = self._heard.tolist()
        self._rate_list: list[float] = self._rates.tolist()
        self._source_list: list[float] = self._source.tolist()
        self._slope_list: list[float] = self._slopes.tolist()

    def source_of(self, heard: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the source's frame, whole or part, that is heard at a frame."""
        at = np.asarray(heard, dtype=np.float64)
        piece = np.maximum(np.searchsorted(self._heard, at, side="right") - 1, 0)
        x = at - self._heard[piece]
        slope = np.where(x < 0, 0.0, self._slopes[piece])
        there: NDArray[np.float64] = self._source[piece] + x * (self._rates[piece] + slope * x / 2)
        return there

    def heard_of(self, source: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the frame at which a frame of the source is heard."""
        at = np.asarray(source, dtype=np.float64)
        piece = np.maximum(np.searchsorted(self._source, at, side="right") - 1, 0)
        y = at - self._source[piece]
        rate = self._rates[piece]
        slope = np.where(y < 0, 0.0, self._slopes[piece])
        # The root that stays exact where the slope is 0.
        root = np.sqrt(np.maximum(rate * rate + 2 * slope * y, 0.0))
        heard: NDArray[np.float64] = self._heard[piece] + 2 * y / (rate + root)
        return heard

    def source_at(self, heard: float) -> float:
        """Give the source's place at one heard frame."""
        piece = max(0, bisect_right(self._heard_list, heard) - 1)
        x = heard - self._heard_list[piece]
        slope = self._slope_list[piece] if x > 0 else 0.0
        return self._source_list[piece] + x * (self._rate_list[piece] + slope * x / 2)

    def mean_rate(self, first: int, frames: int) -> float:
        """Give the mean rate over some heard frames; exactly the rate where that stays the same."""
        piece = bisect_right(self._heard_list, first) - 1
        after = self._heard_list[piece + 1] if piece + 1 < len(self._heard_list) else math.inf
        if first + frames <= after and (piece < 0 or self._slope_list[piece] == 0.0):
            return self._rate_list[max(0, piece)]
        return (self.source_at(first + frames) - self.source_at(first)) / frames

    def revised(self, after: "RateMap", at: float) -> "RateMap":
        """Give what is heard where another map's rates are followed from a heard frame on.

        The source does not jump: it goes on from the place that it has reached, whatever the
        other map would say of that.

        Parameters
        ----------
        after : RateMap
            Its rates are by the same heard frames.
        at : float
            The heard frame; all before it stays as it was.

        Examples
        --------
        >>> from mtsession.timeline.units import Micros
        >>> slower = RateMap([RatePoint(t_us=Micros(0), rate=0.5)], 1_000)
        >>> RateMap((), 1_000).revised(slower, 1_000.0).source_at(3_000.0)
        2000.0
        """
        kept, follows = self._heard < at, after._heard > at
        revised = RateMap((), 1)
        revised._lay(
            np.concatenate([self._heard[kept], [at, at], after._heard[follows]]),
            np.concatenate(
                [
                    self._rates[kept],
                    [self._rate_before(at), after.rate_at(at)],
                    after._rates[follows],
                ]
            ),
        )
        return revised

    def parting(self, other: "RateMap", at: float) -> float | None:
        """Give the first heard frame, from one on, at which another map's rate is another."""
        knots = {at, *(h for h in (*self._heard_list, *other._heard_list) if h > at)}
        for first, last in itertools.pairwise([*sorted(knots), math.inf]):
            mine, its = self._line_at(first), other._line_at(first)
            span = last - first if math.isfinite(last) else 0.0
            apart = abs(mine[0] - its[0]), abs(mine[0] - its[0] + (mine[1] - its[1]) * span)
            if max(apart) > _SAME_RATE:
                return first
        return None

    def rate_at(self, heard: float) -> float:
        """Give the rate at a heard frame; at a step, the one after it."""
        return self._line_at(heard)[0]

    def _line_at(self, heard: float) -> tuple[float, float]:
        """Give rate and slope from a heard frame on."""
        return self._line(bisect_right(self._heard_list, heard) - 1, heard)

    def _rate_before(self, heard: float) -> float:
        """Give the rate up to a heard frame: at a step, the one before it."""
        return self._line(bisect_left(self._heard_list, heard) - 1, heard)[0]

    def _line(self, piece: int, heard: float) -> tuple[float, float]:
        if piece < 0:
            return self._rate_list[0], 0.0
        slope = self._slope_list[piece]
        return self._rate_list[piece] + slope * (heard - self._heard_list[piece]), slope
