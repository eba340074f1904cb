"""What every source of sound looks like: stereo blocks, pulled one after another.

A file, a built-in piece and silence all answer to `SampleStream`, so a player
never knows which of them it plays. Only numpy is loaded here; the modules that
decode load their libraries themselves.
"""

from abc import ABC, abstractmethod
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtsession.errors import MediaError

Samples: TypeAlias = NDArray[np.float32]
"""Stereo samples, shape (frames, 2), full scale at -1 and 1."""

BLOCK_FRAMES = 65_536
"""How much a source decodes at once: about 1.5 s, half a megabyte."""


class SampleStream(Protocol):
    """Stereo sound at one sample rate, pulled in blocks of any size.

    Whatever sizes are asked for, the samples are the same. A block shorter than
    asked for means that the stream ends or breaks there: the next `read` is
    empty at an end and raises `MediaError`, once, at a break.
    """

    @property
    def sample_rate(self) -> int:
        """Frames a second."""
        ...

    @property
    def frames(self) -> int | None:
        """Length in frames, or None where only playing to the end would tell."""
        ...

    def read(self, n: int) -> Samples:
        """Give the next `n` frames, shape (m, 2) with m == n except at the end."""
        ...

    def seek(self, frame: int) -> None:
        """Let the next `read` begin at this frame, counted from 0."""
        ...

    def close(self) -> None:
        """Let go of files and threads; a second call does nothing."""
        ...


def empty() -> Samples:
    """Give no frames at all, in the shape that every block has."""
    return np.zeros((0, 2), dtype=np.float32)


class BlockStream(ABC):
    """A stream whose source comes in blocks of its own size.

    Subclasses give blocks by `_pull` and move by `_move`; this class cuts the
    blocks to the sizes asked for and holds a fault back until every good sample
    before it has been given.

    Parameters
    ----------
    sample_rate : int
        Frames a second.
    frames : int or None
        Length in frames where it is known.
    """

    def __init__(self, *, sample_rate: int, frames: int | None) -> None:
        self._sample_rate = sample_rate
        self._frames = frames
        self._block = empty()
        self._error: MediaError | None = None
        self._ended = False

    @property
    def sample_rate(self) -> int:
        """Frames a second."""
        return self._sample_rate

    @property
    def frames(self) -> int | None:
        """Length in frames, or None where only playing to the end would tell."""
        return self._frames

    @property
    def fault(self) -> str | None:
        """After the end: one sentence where less sound came than was promised."""
        return None

    def read(self, n: int) -> Samples:
        """Give the next `n` frames.

        Parameters
        ----------
        n : int
            Frames wanted.

        Returns
        -------
        ndarray, shape (m, 2), float32
            m == n, less before an end or a fault, 0 after it.

        Raises
        ------
        MediaError
            Where the source is damaged: once, after the last good sample.
        """
        parts: list[Samples] = []
        wanted = n
        while wanted > 0 and (len(self._block) or self._refill()):
            part = self._block[:wanted]
            self._block = self._block[wanted:]
            wanted -= len(part)
            parts.append(part)
        if self._error is not None and n > 0 and not parts:
            error, self._error = self._error, None
            raise error
        if len(parts) == 1:
            # A block that was given whole is the caller's own.
            return parts[0].copy() if len(self._block) else parts[0]
        return np.concatenate(parts) if parts else empty()

    def seek(self, frame: int) -> None:
        """Let the next `read` begin at `frame`; beyond the end it will be empty.

        Raises
        ------
        ValueError
            If `frame` is negative.
        """
        if frame < 0:
            raise ValueError("a stream has no frames before its first")
        self._block = empty()
        self._error = None
        self._ended = False
        try:
            self._move(frame)
        except MediaError as error:
            self._error = error
            self._ended = True

    def _refill(self) -> bool:
        """Fetch the next block; False at the end or at a fault."""
        if self._ended:
            return False
        try:
            self._block = self._pull()
        except MediaError as error:
            self._error = error
        self._ended = not len(self._block)
        return not self._ended

    @abstractmethod
    def _pull(self) -> Samples:
        """Give the next block in the source's own size, empty at the end."""

    @abstractmethod
    def _move(self, frame: int) -> None:
        """Let the next `_pull` begin at this frame."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what the source holds."""


class _Silence(BlockStream):
    """Zeros of a given length."""

    def __init__(self, *, frames: int, sample_rate: int) -> None:
        super().__init__(sample_rate=sample_rate, frames=frames)
        self._length = frames
        self._at = 0

    def _pull(self) -> Samples:
        length = max(0, min(BLOCK_FRAMES, self._length - self._at))
        self._at += length
        return np.zeros((length, 2), dtype=np.float32)

    def _move(self, frame: int) -> None:
        self._at = frame

    def close(self) -> None:
        """Hold nothing, so do nothing."""


def silence(duration_us: int, sample_rate: int) -> SampleStream:
    """Give a stream of silence.

    Parameters
    ----------
    duration_us : int
        Length in microseconds, rounded to the nearest frame.
    sample_rate : int
        Frames a second.

    Examples
    --------
    >>> silence(1_500_000, 48_000).frames
    72000
    """
    frames = (duration_us * sample_rate + 500_000) // 1_000_000
    return _Silence(frames=frames, sample_rate=sample_rate)
