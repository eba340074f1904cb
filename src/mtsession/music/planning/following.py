"""How one recording follows an arc: its heard tempo, what is used of it, and how far off it is.

All three are integrals over straight pieces, kept as running sums, so that any
stretch of time costs two look-ups whatever its length.
"""

import bisect
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

STEP_SECONDS = 4.0
"""Within a recording a step of the arc is taken as a short glide."""

FOREVER = 1e9

STEADY_RATE = 1e-4
"""A rate nearer to 1 than this all along the arc is 1: nobody hears it."""

Points = Sequence[tuple[float, float]]
"""Seconds and beats a minute, straight between; two points at one time are a step."""


def softened(points: Points) -> list[tuple[float, float]]:
    """Turn the steps of a tempo into glides of `STEP_SECONDS`, or half the time to the next point.

    Examples
    --------
    >>> softened([(0.0, 70.0), (60.0, 70.0), (60.0, 68.0), (90.0, 68.0)])
    [(0.0, 70.0), (60.0, 70.0), (64.0, 68.0), (90.0, 68.0)]
    """
    soft: list[tuple[float, float]] = []
    for place, (t, bpm) in enumerate(points):
        if soft and t <= soft[-1][0]:
            later = points[place + 1][0] if place + 1 < len(points) else t + 2 * STEP_SECONDS
            t = soft[-1][0] + max(1e-3, min(STEP_SECONDS, (later - t) / 2))  # noqa: PLW2901 - the point itself moves
        soft.append((t, bpm))
    return soft


class At(NamedTuple):
    """How things stand at a time.

    Attributes
    ----------
    used_s : float
        Seconds of the recording, had it been playing from time 0.
    off : float
        Integral of the squared distance from the arc, in BPM² times seconds.
    strain : float
        Integral of (rate - 1)², in seconds.
    """

    used_s: float
    off: float
    strain: float


class Following:
    """A recording's heard tempo along an arc, within the rates that it may be played at.

    Parameters
    ----------
    arc : sequence of (seconds, bpm)
        Rising times from 0, without steps; see `softened`.
    bpm : float or None
        The recording's own tempo; None plays it as it is.
    lowest, highest : float
        The rates that it may be played at.

    Examples
    --------
    >>> glide = Following([(0.0, 66.0), (600.0, 60.0)], 62.0, 0.95, 1.05)
    >>> round(glide.heard_at(0.0), 2), round(glide.heard_at(300.0), 2)
    (65.1, 63.0)
    """

    __slots__ = ("_off", "_strain", "_used", "arc", "bpm", "heard", "times")

    def __init__(self, arc: Points, bpm: float | None, lowest: float, highest: float) -> None:
        self.bpm = bpm
        if bpm is None:
            self.times, self.arc = [0.0, FOREVER], [0.0, 0.0]
            self.heard = [1.0, 1.0]
        else:
            reach = bpm * lowest, bpm * highest
            points = _with_crossings(arc, reach)
            self.times = [t for t, _ in points]
            self.arc = [a for _, a in points]
            self.heard = [min(max(a, reach[0]), reach[1]) for a in self.arc]
            if all(abs(heard - bpm) < STEADY_RATE * bpm for heard in self.heard):
                self.heard = [bpm for _ in self.heard]
        self._used, self._off, self._strain = self._sums()

    def _sums(self) -> tuple[list[float], list[float], list[float]]:
        used, off, strain = [0.0], [0.0], [0.0]
        own = self.bpm or 1.0
        known = self.bpm is not None
        for i in range(len(self.times) - 1):
            dt = self.times[i + 1] - self.times[i]
            h0, h1 = self.heard[i], self.heard[i + 1]
            used.append(used[-1] + dt * (h0 + h1) / 2 / own)
            strain.append(strain[-1] + dt * _square(h0 / own - 1, h1 / own - 1))
            d0, d1 = (self.arc[i] - h0, self.arc[i + 1] - h1) if known else (0.0, 0.0)
            off.append(off[-1] + dt * _square(d0, d1))
        return used, off, strain

    def at(self, t: float) -> At:
        """Give the running sums at a time."""
        i = min(max(bisect.bisect_right(self.times, t) - 1, 0), len(self.times) - 2)
        dt = self.times[i + 1] - self.times[i]
        x = t - self.times[i]
        share = x / dt
        own = self.bpm or 1.0
        h0 = self.heard[i]
        h = h0 + (self.heard[i + 1] - h0) * share
        used = self._used[i] + x * (h0 + h) / 2 / own
        strain = self._strain[i] + x * _square(h0 / own - 1, h / own - 1)
        if self.bpm is None:
            return At(used, 0.0, strain)
        a0 = self.arc[i]
        a = a0 + (self.arc[i + 1] - a0) * share
        return At(used, self._off[i] + x * _square(a0 - h0, a - h), strain)

    def used_at(self, t: float) -> float:
        """Give the seconds of the recording that would be used by a time."""
        i = min(max(bisect.bisect_right(self.times, t) - 1, 0), len(self.times) - 2)
        x = t - self.times[i]
        h0 = self.heard[i]
        h = h0 + (self.heard[i + 1] - h0) * x / (self.times[i + 1] - self.times[i])
        return self._used[i] + x * (h0 + h) / 2 / (self.bpm or 1.0)

    def time_of(self, used_s: float) -> float:
        """Give when so much of the recording would be used: the inverse of `used_at`."""
        i = min(max(bisect.bisect_right(self._used, used_s) - 1, 0), len(self._used) - 2)
        own = self.bpm or 1.0
        rate = self.heard[i] / own
        slope = (self.heard[i + 1] / own - rate) / (self.times[i + 1] - self.times[i])
        more = used_s - self._used[i]
        root = math.sqrt(max(0.0, rate * rate + 2 * slope * more))
        return self.times[i] + 2 * more / (rate + root)

    def heard_at(self, t: float) -> float:
        """Give the heard tempo at a time; 1 where the recording has none."""
        return self._between(self.heard, t)

    def rate_at(self, t: float) -> float:
        """Give the rate at a time: heard tempo over its own."""
        return self._between(self.heard, t) / (self.bpm or 1.0)

    def arc_at(self, t: float) -> float:
        """Give the arc's tempo at a time; 0 where the recording has none."""
        return self._between(self.arc, t)

    def off_at(self, t: float) -> float:
        """Give how far the arc is above the heard tempo at a time, in BPM."""
        if self.bpm is None:
            return 0.0
        return self._between(self.arc, t) - self._between(self.heard, t)

    def _between(self, values: list[float], t: float) -> float:
        i = min(max(bisect.bisect_right(self.times, t) - 1, 0), len(self.times) - 2)
        share = (t - self.times[i]) / (self.times[i + 1] - self.times[i])
        return values[i] + (values[i + 1] - values[i]) * share

    def bends(self, start: float, end: float) -> list[float]:
        """Give the times at which the heard tempo bends, from `start` to `end`, both included."""
        inside = [
            t
            for i, t in enumerate(self.times)
            if start + 1e-6 < t < end - 1e-6 and 0 < i < len(self.times) - 1
        ]
        return [start, *inside, end]


def _square(a: float, b: float) -> float:
    """Give the mean square of a straight line from a to b."""
    return (a * a + a * b + b * b) / 3


def _with_crossings(arc: Points, reach: tuple[float, float]) -> list[tuple[float, float]]:
    """Give an arc with points of its own where it enters or leaves a reach, and a far end."""
    points: list[tuple[float, float]] = []
    for (t0, a0), (t1, a1) in pairwise(arc):
        points.append((t0, a0))
        if a0 != a1:
            shares = sorted((edge - a0) / (a1 - a0) for edge in reach)
            points += [
                (t0 + (t1 - t0) * share, a0 + (a1 - a0) * share)
                for share in shares
                if 1e-9 < share < 1 - 1e-9
            ]
    points.append(arc[-1])
    points.append((FOREVER, arc[-1][1]))
    return points
