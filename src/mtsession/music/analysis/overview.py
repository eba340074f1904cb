"""A recording's outline for the screen: its peaks, twenty a second, a byte each."""

import numpy as np
from numpy.typing import NDArray

from mtsession.music.recording import OVERVIEW_RATE


class Overview:
    """Draws the peaks of rows together; a row counts where its middle lies.

    Parameters
    ----------
    rate : int
        Frames a second.
    row_frames : int
        Frames of a row.

    Examples
    --------
    >>> outline = Overview(rate=800, row_frames=20)
    >>> outline.add(np.array([0.0, 1.0, 0.5, 0.0]))
    >>> list(outline.finish(frames=80))
    [255, 128]
    """

    def __init__(self, *, rate: int, row_frames: int) -> None:
        self._rate, self._row_frames = rate, row_frames
        self._rows = 0
        self._parts: list[tuple[int, NDArray[np.float32]]] = []

    def add(self, peaks: NDArray[np.float32]) -> None:
        """Take the largest magnitude in each of the next rows, full scale 1, shape (rows,)."""
        middles = (self._rows + np.arange(len(peaks)) + 0.5) * self._row_frames
        places = (middles * OVERVIEW_RATE / self._rate).astype(np.intp)
        first = int(places[0])
        highest = np.zeros(int(places[-1]) - first + 1, np.float32)
        np.maximum.at(highest, places - first, peaks)
        self._parts.append((first, highest))
        self._rows += len(peaks)

    def finish(self, *, frames: int) -> bytes:
        """Give `OVERVIEW_RATE` bytes a second of a recording of so many frames, 1 at 255."""
        count = -(-frames * OVERVIEW_RATE // self._rate)
        whole = np.zeros(count, np.float32)
        for first, part in self._parts:
            inside = whole[first : first + len(part)]
            np.maximum(inside, part[: len(inside)], out=inside)
        return bytes(np.rint(np.minimum(whole, 1) * 255).astype(np.uint8))
