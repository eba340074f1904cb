"""A recording as stretches of rows, so that everything is measured in one pass over it.

A row is a few frames, the same number throughout. Each stretch comes with some frames
before and after it, so that a filter needs no memory of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.errors import MediaError
from mtsession.media.faults import no_sound
from mtsession.media.files import open_file
from mtsession.media.stream import BLOCK_FRAMES, Samples
from mtsession.music.analysis.onsets import ANALYSIS_RATE

LOW_IN_ROW = 16
"""Samples of the low band (`lowband`) that one row gives."""

_CONTEXT_FRAMES = 16
_STRETCH_FRAMES = 4 * BLOCK_FRAMES
_LOUDEST = np.float32(64)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows in sequence; it is valid only until the next one is asked for.

    Attributes
    ----------
    samples : ndarray, shape (context + rows * row_frames + context, 2), float32
        With the frames before and after; zeros where the recording has none.
    body : ndarray, shape (rows, row_frames * 2), float32
        The rows alone, left and right in turn.
    peaks : ndarray, shape (rows,), float32
        Largest magnitude in each row.
    """

    samples: Samples
    body: NDArray[np.float32]
    peaks: NDArray[np.float32]


class Reader:
    """Reads a sound file once, at its own rate, as the stereo that is played.

    Parameters
    ----------
    path : Path
        As `media.files.open_file` takes it.

    Attributes
    ----------
    rate : int
        Frames a second.
    factor : int
        How many frames become one sample of the low band: its rate is the lowest that is
        at least 11 025 Hz and goes into the file's own.
    row_frames : int
        Frames of a row.
    context : int
        Frames before and after each stretch.
    frames : int
        How many were read so far.
    fault : str or None
        After the end: where the file was cut short or is damaged, in one sentence.

    Raises
    ------
    MediaError
        If the file cannot be read as sound.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._stream = open_file(path, sample_rate=None)
        self.rate = self._stream.sample_rate
        self.factor = max(1, self.rate // ANALYSIS_RATE)
        self.row_frames = LOW_IN_ROW * self.factor
        self.context = max(_CONTEXT_FRAMES, 4 * self.factor)
        self.frames = 0
        self.fault: str | None = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def stretches(self) -> Iterator[Stretch]:
        """Give the whole recording; the last row is filled up with zeros.

        Raises
        ------
        MediaError
            If there is no sound at all; a fault further on ends it and is kept in `fault`.
        """
        held = self.context
        spare = 2 * self.context + self.row_frames
        buffer: Samples = np.zeros((_STRETCH_FRAMES + spare, 2), np.float32)
        while len(block := self._read()):
            buffer[held : held + len(block)] = block
            held += len(block)
            rows = (held - 2 * self.context) // self.row_frames
            if held + BLOCK_FRAMES > len(buffer):
                yield self._stretch(buffer, rows)
                taken = rows * self.row_frames
                buffer[: held - taken] = buffer[taken:held].copy()
                held -= taken
        if not self.frames:
            raise no_sound(self._name)
        rows = -(-(held - self.context) // self.row_frames)
        rest: Samples = np.zeros((rows * self.row_frames + 2 * self.context, 2), np.float32)
        rest[:held] = buffer[:held]
        if rows > 0:
            yield self._stretch(rest, rows)

    def _stretch(self, buffer: Samples, rows: int) -> Stretch:
        """Take rows of the buffer and find their peaks."""
        end = self.context + rows * self.row_frames
        body = buffer[self.context : end].reshape(rows, -1)
        peaks: NDArray[np.float32] = np.abs(body).max(axis=1)
        if peaks.max() > _LOUDEST:
            # Floating-point nonsense would overflow when squared; no recording is 36 dB too loud.
            np.clip(buffer, -_LOUDEST, _LOUDEST, out=buffer)
            np.minimum(peaks, _LOUDEST, out=peaks)
        return Stretch(samples=buffer[: end + self.context], body=body, peaks=peaks)

    def _read(self) -> Samples:
        """Read on; at a fault keep its sentence and let what came before it stand."""
        try:
            block = self._stream.read(BLOCK_FRAMES)
        except MediaError as error:
            if not self.frames:
                raise
            self.fault = error.message
            return self._stream.read(0)
        self.frames += len(block)
        if not len(block):
            self.fault = getattr(self._stream, "fault", None) or self._nonsense()
        return block

    def _nonsense(self) -> str | None:
        """Say that samples were no numbers, which is how a damaged mix comes out of its program."""
        replaced = getattr(self._stream, "replaced", 0)
        if not replaced:
            return None
        return f"“{self._name}” holds {replaced} samples that are no numbers; they are silent."
