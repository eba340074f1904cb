"""The fades at an item's ends, which may be planned otherwise while it sounds."""

from typing import NamedTuple, Optional

import numpy as np

from mtsession.sound.ramp import Gain, Ramp, Weights, gain_of

_YIELDS_DB = -1.2
_YIELD_SECONDS = 0.3


def yielding(at: int, sample_rate: int) -> Ramp:
    """Give the gain of what is going to give way: it falls a little, which alone is hardly heard.

    So a wish is answered at once, and there is no hole before what comes is ready and on a beat.
    """
    gain = Ramp(1.0)
    gain.to(gain_of(_YIELDS_DB), frame=at, frames=round(_YIELD_SECONDS * sample_rate))
    return gain


class Envelope(NamedTuple):
    """Equal-power fades at an item's ends, by frames from its start.

    Attributes
    ----------
    frames : int
        How long the item is.
    fade_in, fade_out : int
        How long its fades are.
    before : Envelope or None
        What was planned before, which gives way within `span` frames from `since` on.

    Examples
    --------
    >>> round(Envelope(frames=100, fade_out=50).over(75, 1).item(), 3)
    0.707
    """

    frames: int
    fade_in: int = 0
    fade_out: int = 0
    before: Optional["Envelope"] = None
    since: int = 0
    span: int = 1

    def over(self, at: int, n: int) -> Gain:
        """Give the gain of `n` frames from one on."""
        leave = self.frames - self.fade_out
        mixes = self.before is not None and at < self.since + self.span
        if at >= self.fade_in and not mixes and (not self.fade_out or at + n <= leave):
            return 1.0
        return self._values(at + np.arange(n, dtype=np.float64)).astype(np.float32)[:, None]

    def replanned(self, at: int, *, frames: int, fade_out: int, span: int) -> "Envelope":
        """Give what follows where the end is another from a frame on, without a step."""
        rest = max(1, frames - at)
        if at <= self.frames - self.fade_out:
            fade_out = min(fade_out, rest)
        before = self._without_gone(at)
        return Envelope(frames, self.fade_in, fade_out, before, at, max(1, min(span, rest)))

    def _without_gone(self, at: int) -> "Envelope":
        """Let go of what has given way by a frame: a key that is held plans anew all the time."""
        if self.before is None:
            return self
        gone = at >= self.since + self.span
        return self._replace(before=None if gone else self.before._without_gone(at))

    def parting(self, other: "Envelope", at: int) -> int | None:
        """Give the first frame, from one on, at which another's end is another; None if none is."""
        if (self.frames, self.fade_out) == (other.frames, other.fade_out):
            return None
        return max(at, min(self.frames - self.fade_out, other.frames - other.fade_out))

    def _values(self, at: Weights) -> Weights:
        gain = np.ones(len(at))
        if self.fade_in:
            gain *= np.sin(np.pi / 2 * np.clip(at / self.fade_in, 0.0, 1.0))
        if self.fade_out:
            x = np.clip((at - self.frames + self.fade_out) / self.fade_out, 0.0, 1.0)
            gain *= np.cos(np.pi / 2 * x)
        if self.before is not None:
            x = np.clip((at - self.since) / self.span, 0.0, 1.0)
            new = 0.5 - 0.5 * np.cos(np.pi * x)
            gain = new * gain + (1 - new) * self.before._values(at)
        return gain


class Departure:
    """How an item gives way to one that comes before its time.

    At once it falls a little; the rest of the way it goes as the other comes, at equal power.

    Parameters
    ----------
    place : int
        Where it begins to fall.
    """

    def __init__(self, place: int, sample_rate: int) -> None:
        self._yields = yielding(place, sample_rate)
        self._falls = Ramp(1.0)
        self._falls_from = place
        self.end: int | None = None

    def fall(self, place: int, frames: int) -> None:
        """Go from a place on, as something else comes."""
        self._falls.to(0.0, frame=place, frames=frames, shape="fall")
        self._falls_from, self.end = place, place + frames

    def stay(self, place: int) -> None:
        """Not go after all, where at a place it has not begun to: what was to come comes later."""
        if self.end is not None and place <= self._falls_from:
            self._falls, self.end = Ramp(1.0), None

    def over(self, place: int, n: int) -> Gain:
        """Give the gain of `n` frames from a place on."""
        return self._yields.over(place, n) * self._falls.over(place, n)
