"""Beats as frames: where each beat of a grid sounds, exactly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.timeline.units import frames_at

Frames64 = NDArray[np.int64]


def beat_frames(beats_us: tuple[int, ...], sample_rate: int) -> Frames64:
    """Give the frame of each beat from the source's frame 0, without times that do not rise.

    Examples
    --------
    >>> beat_frames((0, 500_000, 1_000_000), 48_000).tolist()
    [0, 24000, 48000]
    """
    frames: list[int] = []
    for t_us in beats_us:
        frame = int(frames_at(t_us, sample_rate))
        if not frames or frame > frames[-1]:
            frames.append(frame)
    return np.array(frames, dtype=np.int64)


class GridFrames(NamedTuple):
    """The beats of one sounding source on the engine's frame count.

    Attributes
    ----------
    frames : ndarray of int64
        Where beats `first_beat`, `first_beat` + 1 … sound.
    start : int
        First frame of the source.
    end : int or None
        The frame after its last, as planned now; None where it goes on until stopped.
    waiting : bool
        Whether it is late, so that its beats move on until its sound is there.
    """

    grid: int
    first_beat: int
    frames: Frames64
    beats_per_bar: int | None
    start: int
    end: int | None
    waiting: bool = False

    def frame_of(self, beat: float) -> int | None:
        """Give the frame of a beat, whole or part; None outside the source.

        Between two beats and beyond the outer ones the line through the nearest two is taken.
        """
        if len(self.frames) < 2:
            return None
        place = beat - self.first_beat
        index = min(max(int(np.floor(place)), 0), len(self.frames) - 2)
        here, after = int(self.frames[index]), int(self.frames[index + 1])
        frame = here + round((place - index) * (after - here))
        inside = self.start <= frame and (self.end is None or frame < self.end)
        return frame if inside else None
