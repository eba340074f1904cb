"""The part of a source around the place that is being heard, kept as one piece of memory."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mtsession.errors import MediaError
from mtsession.media.stream import Samples

Channels = NDArray[np.float32]
"""Samples of both sides, shape (2, frames)."""

_CAPACITY_SECONDS = 2.0


class Readable(Protocol):
    """Anything that gives its next samples."""

    def read(self, n: int) -> Samples:
        """Give the next frames; fewer mean the end, `MediaError` a break."""
        ...


class Tape:
    """A source's frames by number: silence before its first and after its last.

    Parameters
    ----------
    source : Readable
        What is read; one channel is taken for both sides.
    sample_rate : int
        Frames a second.

    Attributes
    ----------
    end : int or None
        The frame after the last, once it was met.
    error : MediaError or None
        Why it ended there, where it broke.
    """

    def __init__(self, source: Readable, sample_rate: int) -> None:
        capacity = int(_CAPACITY_SECONDS * sample_rate)
        self._source = source
        self._samples: Channels = np.zeros((2, capacity), dtype=np.float32)
        self._first = -capacity // 4
        self.filled = 0
        self.end: int | None = None
        self.error: MediaError | None = None

    def reach(self, frame: int) -> None:
        """Read until a frame is there, or the end."""
        while self.filled < frame and self.end is None:
            try:
                block = np.asarray(self._source.read(frame - self.filled), dtype=np.float32)
            except Exception as error:  # noqa: BLE001 - a decoder's edge: the music goes on without it
                self.error = _as_media_error(error)
                block = np.zeros((0, 2), dtype=np.float32)
            if not len(block):
                self.end = self.filled
                return
            self._append(block)

    def cut(self, first: int, frames: int) -> Channels:
        """Give some frames as a view, shape (2, frames)."""
        if first + frames - self._first > self._samples.shape[1]:
            self._make_room(first + frames)
        start = first - self._first
        if start < 0:
            raise ValueError("these frames were let go")
        return self._samples[:, start : start + frames]

    def _append(self, block: Samples) -> None:
        if self.filled + len(block) - self._first > self._samples.shape[1]:
            self._make_room(self.filled + len(block))
        at = self.filled - self._first
        place = self._samples[:, at : at + len(block)]
        place[...] = block.T if block.shape[1] == 2 else block.T[:1]
        if not np.isfinite(place).all():
            # One number that is none would spoil every sample of the windows around it.
            np.nan_to_num(place, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        self.filled += len(block)

    def _make_room(self, last: int) -> None:
        """Let go of the oldest frames, so that there is room up to `last`."""
        capacity = self._samples.shape[1]
        keep = capacity // 2
        first = last - keep
        kept = max(0, self.filled - first)
        if kept > keep:
            raise ValueError("more was asked for at once than is kept")
        moved = np.zeros_like(self._samples)
        moved[:, :kept] = self._samples[:, first - self._first : first - self._first + kept]
        self._samples = moved
        self._first = first


def _as_media_error(error: Exception) -> MediaError:
    """Give a fault that no decoder is known to have as one of the recording's."""
    if isinstance(error, MediaError):
        return error
    told = f"The music cannot be played further ({type(error).__name__})."
    return MediaError(told, "Choose another recording.")
