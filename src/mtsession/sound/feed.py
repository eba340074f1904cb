"""One item's samples, read so that no fault of the source is ever heard as a click or a burst."""

import numpy as np

from mtsession.errors import MediaError
from mtsession.media.stream import Samples, empty
from mtsession.sound.sources import Opening, ReadyStream

_HELD_BACK = 240
_RECOVERY_SECONDS = 0.5
_REENTRY_SECONDS = 0.05
_SHORT_SECONDS = 0.5
_MOST_STALLS = 10
_STALLED = MediaError("The recording gives no more sound.", "Is the drive that it lies on there?")


class Feed:
    """The frames that an item wants of its source.

    A few frames are held back, so that a source which breaks or ends before its time
    is faded, not cut. Where the reader falls behind, the feed is silent and comes back in
    at the place where the music would be by then: the beats stay where they were promised.

    Parameters
    ----------
    opening : Opening
        The source, sought to `first`.
    first : int
        The source's frame that the feed begins with.
    frames : int
        How many frames are wanted.
    """

    def __init__(self, opening: Opening, *, first: int, frames: int, sample_rate: int) -> None:
        self._opening = opening
        self._first = first
        self._frames = frames
        self._rate = sample_rate
        self._stream: ReadyStream | None = None
        self._held = empty()
        self._given = 0
        self._ended = False
        self._starved_before = 0
        self._resume_at: int | None = None
        self._stalls = 0
        self._reentry: int | None = None
        self.fault: MediaError | None = None
        self.starved = 0

    @property
    def ready(self) -> bool:
        """Whether it can begin.

        Raises
        ------
        MediaError
            If the source cannot be opened.
        """
        if self._stream is None:
            self._stream = self._opening.poll()
            if self._stream is not None:
                self._starved_before = self._stream.starvations
        return self._stream is not None and self._stream.ready

    def want(self, frames: int) -> None:
        """Want so many frames in all from now on."""
        self._frames = max(frames, self._given)

    def take(self, n: int) -> Samples:
        """Give the next `n` frames; fewer where the source ends or breaks, then see `fault`."""
        parts: list[Samples] = []
        wanted = min(n, self._frames - self._given)
        while wanted > 0:
            part = self._silent(wanted) if self._resume_at is not None else self._read(wanted)
            if not len(part):
                if self._resume_at is None:
                    break
                continue
            parts.append(part)
            wanted -= len(part)
            self._given += len(part)
        if not parts:
            return empty()
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def close(self) -> None:
        """Let go of the source."""
        self._opening.close()

    def _read(self, n: int) -> Samples:
        self._fill(min(n + _HELD_BACK, self._frames - self._given))
        part, self._held = self._held[:n], self._held[n:]
        if self._reentry is not None:
            part = self._reenter(part)
        return part

    def _fill(self, wanted: int) -> None:
        """Hold `wanted` frames, or all that there will be."""
        stream = self._stream
        while stream is not None and not self._ended and len(self._held) < wanted:
            try:
                block = stream.read(wanted - len(self._held))
            except MediaError as error:
                self._end(error)
                return
            if stream.starvations != self._starved_before:
                self._starve(stream)
                return
            if not len(block):
                self._end(None)
                return
            if not np.isfinite(block).all():
                block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
            self._held = np.concatenate([self._held, block]) if len(self._held) else block

    def _end(self, error: MediaError | None) -> None:
        """Note why no more comes, and let what is held fade."""
        self._ended = True
        self._fade_held()
        missing = self._frames - self._given - len(self._held)
        said = None if self._stream is None else self._stream.fault
        if error is None and said is not None:
            error = MediaError(said)
        if error is None and missing > _SHORT_SECONDS * self._rate:
            error = MediaError(
                "The recording is shorter than planned.", "Choose it again in the plan."
            )
        self.fault = error

    def _starve(self, stream: ReadyStream) -> None:
        """Go silent, and let the reader make ready what comes in half a second."""
        self.starved += 1
        self._starved_before = stream.starvations
        self._fade_held()
        self._aim(stream, self._given + len(self._held) + round(_RECOVERY_SECONDS * self._rate))

    def _aim(self, stream: ReadyStream, place: int) -> None:
        self._resume_at = min(place, self._frames)
        stream.seek(self._first + self._resume_at)

    def _silent(self, n: int) -> Samples:
        """Give what is still held, then silence up to where the stream was sought to."""
        stream, resume_at = self._stream, self._resume_at
        if stream is None or resume_at is None:
            return empty()
        if len(self._held):
            part, self._held = self._held[:n], self._held[n:]
            return part
        if self._given >= resume_at:
            if not stream.ready and resume_at < self._frames:
                self._stalls += 1
                if self._stalls >= _MOST_STALLS:
                    self._resume_at, self._ended, self.fault = None, True, _STALLED
                    return empty()
                self._aim(stream, resume_at + round(_RECOVERY_SECONDS * self._rate))
                return self._silent(n)
            self._resume_at, self._stalls = None, 0
            self._reentry = self._given
            self._starved_before = stream.starvations
            return self._read(n)
        return np.zeros((min(n, resume_at - self._given), 2), dtype=np.float32)

    def _fade_held(self) -> None:
        """Fade the last of what is held; only its own frames decide how, not the block's."""
        if len(self._held):
            tail = min(len(self._held), _HELD_BACK)
            x = (np.arange(tail) + 1) / tail
            fade = (0.5 + 0.5 * np.cos(np.pi * x)).astype(np.float32)[:, None]
            self._held = np.concatenate([self._held[:-tail], self._held[-tail:] * fade])

    def _reenter(self, part: Samples) -> Samples:
        """Come back in over a twentieth of a second."""
        span = round(_REENTRY_SECONDS * self._rate)
        begun = self._given - (self._reentry or 0)
        if begun >= span:
            self._reentry = None
            return part
        x = np.clip((begun + np.arange(len(part))) / span, 0.0, 1.0)
        return part * (0.5 - 0.5 * np.cos(np.pi * x)).astype(np.float32)[:, None]
