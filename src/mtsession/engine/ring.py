"""A few hundredths of a second of sound between the renderer and the sound card."""

import numpy as np

from mtsession.media.stream import Samples


class Ring:
    """Frames by their absolute number, written by one thread and read by another.

    A frame has one time to be heard. What the renderer brings too late is left out, so a
    late block makes a gap but never moves what comes after it.

    Parameters
    ----------
    frames : int
        The most that may lie between the two.

    Attributes
    ----------
    written, read : int
        The next frame to be written and to be read.
    underruns : int
        Reads that found too little.
    """

    def __init__(self, frames: int) -> None:
        self._size = frames
        self._samples = np.zeros((frames, 2), dtype=np.float32)
        self.written = 0
        self.read = 0
        self.underruns = 0

    @property
    def room(self) -> int:
        """How many frames may be written now; more than the size where the reader is ahead."""
        return self._size - (self.written - self.read)

    def write(self, block: Samples) -> None:
        """Put the next frames, no more than `room`; those already past are dropped."""
        start, n = self.written, len(block)
        late = min(n, max(0, self.read - start))
        at = (start + late) % self._size
        block = block[late:]
        first = min(len(block), self._size - at)
        self._samples[at : at + first] = block[:first]
        self._samples[: len(block) - first] = block[first:]
        self.written = start + n

    def take(self, out: Samples) -> None:
        """Fill `out` with the next frames, with silence where there are none."""
        start, n = self.read, len(out)
        there = min(n, max(0, self.written - start))
        at = start % self._size
        first = min(there, self._size - at)
        out[:first] = self._samples[at : at + first]
        out[first:there] = self._samples[: there - first]
        out[there:] = 0.0
        self.underruns += there < n
        self.read = start + n
