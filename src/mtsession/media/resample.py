"""Bring a stream to the sound card's sample rate, block by block."""

from math import gcd

import numpy as np
import soxr

from mtsession.errors import MediaError
from mtsession.media.stream import BLOCK_FRAMES, BlockStream, Samples, SampleStream, empty

PREROLL_FRAMES = 8_192
"""Source frames run through the filter before a seek's target: many times its length."""

EDGE_FRAMES = 256
"""At least so many frames are thought before the first and after the last one."""


def output_frames(frames: int, source_rate: int, sample_rate: int) -> int:
    """Give the length after resampling: the nearest frame, halves up.

    Examples
    --------
    >>> output_frames(44_100, 44_100, 48_000)
    48000
    """
    return (2 * frames * sample_rate + source_rate) // (2 * source_rate)


class Resampled(BlockStream):
    """A stream at another rate, through soxr's HQ filter (linear phase, about 20 bits).

    The filter's delay is taken out: frame f here is the instant of source frame
    f * source_rate / sample_rate. A seek starts the source at a frame whose
    instant falls on an output frame too, so the filter meets the same phases as
    in straight reading; the frames before the target are run and thrown away.

    The filter reaches beyond the first and the last frame. There the sound is thought to go on,
    turned about its end point, so that parts of one recording that were cut between two samples
    join without a click; silence would bend the sound on both sides of the cut.

    Parameters
    ----------
    source : SampleStream
        What to resample; closed with this stream.
    sample_rate : int
        Frames a second wanted.
    """

    def __init__(self, source: SampleStream, *, sample_rate: int) -> None:
        length = source.frames
        super().__init__(
            sample_rate=sample_rate,
            frames=None
            if length is None
            else output_frames(length, source.sample_rate, sample_rate),
        )
        self._source = source
        common = gcd(source.sample_rate, sample_rate)
        self._source_step = source.sample_rate // common
        self._output_step = sample_rate // common
        self._restart(at=0, skip=0)

    @property
    def fault(self) -> str | None:
        """After the end: one sentence where the source gave less than it promised."""
        fault: str | None = getattr(self._source, "fault", None)
        return fault

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _restart(self, *, at: int, skip: int) -> None:
        """Empty the filter at a source frame; the next `skip` output frames are run-up."""
        self._filter = soxr.ResampleStream(
            self._source.sample_rate, self._sample_rate, 2, dtype="float32", quality="HQ"
        )
        self._skip = skip
        self._at = at
        self._given = output_frames(at, self._source.sample_rate, self._sample_rate)
        self._first = at == 0
        self._tail = empty()
        self._flushed = False
        self._source_error: MediaError | None = None

    def _move(self, frame: int) -> None:
        run_up = output_frames(PREROLL_FRAMES, self._source.sample_rate, self._sample_rate)
        steps = max(0, frame - run_up) // self._output_step
        self._source.seek(steps * self._source_step)
        self._restart(at=steps * self._source_step, skip=frame - steps * self._output_step)

    def _pull(self) -> Samples:
        while not self._flushed:
            made = self._next()
            dropped = min(self._skip, len(made))
            self._skip -= dropped
            if dropped < len(made):
                return made[dropped:]
        if self._source_error is not None:
            error, self._source_error = self._source_error, None
            raise error
        return empty()

    def _next(self) -> Samples:
        """Give what the next block of the source makes, its thought edges left out."""
        block = self._read_source()
        self._at += len(block)
        if self._first and len(block):
            self._first = False
            steps = -(-EDGE_FRAMES // self._source_step)
            self._skip += steps * self._output_step
            self._given -= steps * self._output_step
            self._tail = block
            block = np.concatenate([_turned(block[::-1], steps * self._source_step)[::-1], block])
        elif len(block):
            self._tail = np.concatenate([self._tail[-EDGE_FRAMES:], block])
        else:
            self._flushed = True
            block = _turned(self._tail, EDGE_FRAMES)
        made: Samples = self._filter.resample_chunk(block, last=self._flushed)
        if self._flushed:
            whole = output_frames(self._at, self._source.sample_rate, self._sample_rate)
            made = made[: max(0, whole - self._given)]
        self._given += len(made)
        return made

    def _read_source(self) -> Samples:
        """Read on; a fault counts as the end until the filter has given its rest."""
        try:
            return np.ascontiguousarray(self._source.read(BLOCK_FRAMES))
        except MediaError as error:
            self._source_error = error
            return empty()


def _turned(samples: Samples, frames: int) -> Samples:
    """Give what follows samples when they are turned about their last point."""
    if not len(samples):
        return empty()
    longer = np.pad(samples[-frames - 1 :], ((0, frames), (0, 0)), "reflect", reflect_type="odd")
    return np.ascontiguousarray(longer[-frames:])
