"""Where the windows and the attacks of a stretch lie, in the source and as they are heard."""

from collections.abc import Callable
from typing import NamedTuple

HeardOf = Callable[[float], float]
"""Gives the heard frame at which a place in the source is due."""


class Place(NamedTuple):
    """A window: where it is heard, where it is taken, and how far the source went since the last.

    Attributes
    ----------
    heard, source : int
        Frames of the window's centre.
    step : int
        Frames of the source since the window before.
    homing : bool
        Whether the rate is exactly 1, so that every phase may go back to the source's own.
    """

    heard: int
    source: int
    step: int
    homing: bool


class Onset(NamedTuple):
    """An attack: where it begins in the source, which of its frames is placed, where it is heard.

    Attributes
    ----------
    source : int
        The frame of the source that it begins with.
    sure : int
        The frame of the source that is heard when the clock says so.
    heard : int
        The heard frame of its beginning.
    """

    source: int
    sure: int
    heard: int

    @classmethod
    def due(cls, source: int, sure: int, heard_of: HeardOf) -> "Onset":
        """Place an attack by the clock."""
        return cls(source, sure, round(heard_of(sure)) - (sure - source))

    def moved(self, heard_of: HeardOf, after: int) -> "Onset":
        """Place it by another clock, where it is heard after a frame."""
        return self if self.heard <= after else Onset.due(self.source, self.sure, heard_of)
