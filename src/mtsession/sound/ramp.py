"""Gains that move: every fade, glide and crossfade is a function of the absolute frame.

A gain that depends on the frame alone comes out the same whatever the block
length, which is why a rendered file and a live session hold the same samples.
"""

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Weights: TypeAlias = NDArray[np.float64]
Gain: TypeAlias = float | NDArray[np.float32]
"""One number where it stands still, else shape (n, 1), to multiply with (n, 2) samples."""

Shape = Literal["smooth", "rise", "fall", "level", "first"]

CLICKLESS_US = 25_000
"""The shortest fade from full level that is not heard as a click."""

_LOUDEST_DB = 60.0
_FIRST_DB = -10.0
_ENTRANCE_SHARE = 0.2


def gain_of(db: float) -> float:
    """Give the factor of a level in decibels.

    Examples
    --------
    >>> gain_of(0.0), round(gain_of(-20.0), 3)
    (1.0, 0.1)
    """
    return float(10.0 ** (min(db, _LOUDEST_DB) / 20.0))


def level_of(gain: float) -> float | None:
    """Give the level of a factor in decibels, None for silence."""
    return 20.0 * math.log10(gain) if gain > 0 else None


def _smooth(x: Weights) -> Weights:
    """Half a cosine: it starts and ends at rest, so neither end is heard."""
    return 0.5 - 0.5 * np.cos(np.pi * x)


def _first(x: Weights) -> Weights:
    """Music's first entrance: softly to 10 dB under, then evenly in decibels."""
    entrance = _smooth(np.minimum(1.0, x / _ENTRANCE_SHARE))
    swell: Weights = 10.0 ** (_FIRST_DB / 20.0 * (1.0 - _smooth(x)))
    return entrance * swell


_WEIGHTS: dict[str, Callable[[Weights], Weights]] = {
    "smooth": _smooth,
    "rise": lambda x: np.sin(np.pi / 2 * x),
    "fall": lambda x: 1.0 - np.cos(np.pi / 2 * x),
    "first": _first,
}


class Ramp:
    """A gain that holds still until told to move.

    Examples
    --------
    >>> gain = Ramp(1.0)
    >>> gain.to(0.0, frame=100, frames=50, shape="fall")
    >>> gain.at(100), gain.at(150)
    (1.0, 0.0)
    """

    __slots__ = ("_end", "_from", "_shape", "_start", "_to")

    def __init__(self, value: float = 1.0) -> None:
        self._from = value
        self._to = value
        self._start = 0
        self._end = 0
        self._shape: Shape = "smooth"

    @property
    def target(self) -> float:
        """Where the gain is or is going to."""
        return self._to

    @property
    def end(self) -> int:
        """The frame from which the gain stands still."""
        return self._end

    def to(self, target: float, *, frame: int, frames: int, shape: Shape = "smooth") -> None:
        """Move from the gain at `frame` to `target` within `frames`.

        `rise` and `fall` are the two sides of an equal-power crossfade, `level` is even in
        decibels (both gains above 0), `first` is music's entrance over silence.
        """
        self._from = self.at(frame)
        self._to = target
        self._start = frame
        self._end = frame + max(0, frames)
        self._shape = shape

    def move(self, frames: int) -> None:
        """Let it all lie so much later."""
        self._start += frames
        self._end += frames

    def scale(self, factor: float) -> None:
        """Take over a factor that was laid over it from outside."""
        self._from *= factor
        self._to *= factor

    def at(self, frame: int) -> float:
        """Give the gain at one frame."""
        if frame >= self._end:
            return self._to
        if frame <= self._start:
            return self._from
        return float(self._values(np.array([frame], dtype=np.float64))[0])

    def over(self, frame: int, n: int) -> Gain:
        """Give the gain of `n` frames from `frame` on."""
        if frame >= self._end or self._from == self._to:
            return self._to
        if frame + n <= self._start:
            return self._from
        values = self._values(np.arange(frame, frame + n, dtype=np.float64))
        return values.astype(np.float32)[:, None]

    def _values(self, frames: Weights) -> Weights:
        span = max(1, self._end - self._start)
        x = np.clip((frames - self._start) / span, 0.0, 1.0)
        if self._shape == "level":
            moved: Weights = self._from * (self._to / self._from) ** _smooth(x)
        else:
            moved = self._from + (self._to - self._from) * _WEIGHTS[self._shape](x)
        moved[frames >= self._end] = self._to
        return moved
