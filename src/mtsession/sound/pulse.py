"""Beats that no music makes: a silent pulse on the engine's frame count."""

import numpy as np

from mtsession.sound.beats import GridFrames

_BEHIND_SECONDS = 10.0
_AHEAD_SECONDS = 180.0


class Pulse:
    """Even beats from a frame on, until stopped.

    Parameters
    ----------
    start : int
        The frame of beat 0.

    Examples
    --------
    >>> Pulse(owner=1, grid=2, bpm=60.0, start=0, beats_per_bar=None, sample_rate=48_000).beat(2)
    96000
    """

    def __init__(
        self,
        *,
        owner: int,
        grid: int,
        bpm: float,
        start: int,
        beats_per_bar: int | None,
        sample_rate: int,
    ) -> None:
        self.owner = owner
        self.grid = grid
        self.end: int | None = None
        self._start = start
        self._frames_per_beat = 60.0 * sample_rate / bpm
        self._beats_per_bar = beats_per_bar
        self._rate = sample_rate

    def beat(self, number: int) -> int:
        """Give the frame of a beat."""
        return self._start + round(number * self._frames_per_beat)

    def grid_frames(self, frame: int) -> GridFrames:
        """Give the beats around a frame."""
        behind = (frame - self._start - _BEHIND_SECONDS * self._rate) / self._frames_per_beat
        ahead = (frame - self._start + _AHEAD_SECONDS * self._rate) / self._frames_per_beat
        first = max(0, int(np.floor(behind)))
        last = max(first + 1, int(np.ceil(ahead)))
        return GridFrames(
            grid=self.grid,
            first_beat=first,
            frames=np.array([self.beat(k) for k in range(first, last + 1)], dtype=np.int64),
            beats_per_bar=self._beats_per_bar,
            start=self._start,
            end=self.end,
        )
