"""Keep a few seconds of a stream ready, so that reading waits for no disk and no composing."""

import threading
from collections import deque

import numpy as np

from mtsession.media.stream import Samples, SampleStream, empty

_CHUNK_FRAMES = 4_096
_READY_SECONDS = 0.3


class Prefetch:
    """A stream read ahead by a thread of its own.

    It is a `SampleStream` itself. The thread reads the inner stream in small
    chunks into a bounded buffer; the lock is held only to hand a chunk over. A fault of
    the inner stream comes out of `read` after the last good sample.

    Parameters
    ----------
    stream : SampleStream
        What to read ahead; from now on it belongs to the thread, and `close` closes it.
    seconds_ahead : float
        How much is kept ready.
    wait : bool
        What `read` does on an empty buffer: wait for samples (rendering to a file: never a
        sample lost), or give silence for those missing and count it (sound that is heard).

    Examples
    --------
    >>> from mtsession.media.stream import silence
    >>> ahead = Prefetch(silence(1_000_000, 48_000))
    >>> ahead.read(256).shape
    (256, 2)
    >>> ahead.close()
    """

    def __init__(
        self, stream: SampleStream, seconds_ahead: float = 4.0, *, wait: bool = True
    ) -> None:
        self._stream = stream
        self._wait = wait
        self._bound = max(_CHUNK_FRAMES, int(seconds_ahead * stream.sample_rate))
        self._enough = min(self._bound, int(_READY_SECONDS * stream.sample_rate))
        self._changed = threading.Condition()
        self._blocks: deque[Samples] = deque()
        self._buffered = 0
        self._finished = False
        self._error: Exception | None = None
        self._target: int | None = None
        self._closing = False
        self._starvations = 0
        self._thread = threading.Thread(target=self._fill, name="prefetch", daemon=True)
        self._thread.start()

    @property
    def sample_rate(self) -> int:
        """Frames a second."""
        return self._stream.sample_rate

    @property
    def frames(self) -> int | None:
        """Length of the inner stream in frames, where known."""
        return self._stream.frames

    @property
    def fault(self) -> str | None:
        """After the end: one sentence where the inner stream gave less than it promised."""
        with self._changed:
            if not self._finished or self._buffered:
                return None
        fault: str | None = getattr(self._stream, "fault", None)
        return fault

    @property
    def starvations(self) -> int:
        """How many reads found too little in the buffer and were filled with silence."""
        return self._starvations

    @property
    def ready(self) -> bool:
        """Whether 0.3 s of sound are buffered (or all that there is)."""
        with self._changed:
            return self._is_ready()

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until `ready`, at most `timeout` seconds; tell whether it is."""
        with self._changed:
            return self._changed.wait_for(self._is_ready, timeout)

    def read(self, n: int, *, wait: bool | None = None) -> Samples:
        """Give the next `n` frames.

        Parameters
        ----------
        n : int
            Frames wanted.
        wait : bool, optional
            Overrides for this read what the constructor was told.

        Returns
        -------
        ndarray, shape (m, 2), float32
            Waiting: exactly what the inner stream gives. Not waiting: where too little is
            there, zeros follow what is; nothing is skipped, the rest comes with the next read.

        Raises
        ------
        MediaError
            Where the inner stream is damaged: once, after the last good sample.
        ValueError
            If the stream was closed.
        """
        waits = self._wait if wait is None else wait
        with self._changed:
            if waits:
                self._changed.wait_for(lambda: self._can_give(n))
            if self._closing:
                raise ValueError("this stream was closed")
            block = self._take(n)
            if not len(block) and n > 0 and self._error is not None:
                error, self._error = self._error, None
                raise error
            if len(block) == n or self._finished:
                return block
            self._starvations += 1
        return np.concatenate([block, np.zeros((n - len(block), 2), dtype=np.float32)])

    def seek(self, frame: int) -> None:
        """Let the next `read` begin at `frame`; the buffer starts anew, so `wait_ready` again.

        Raises
        ------
        ValueError
            If `frame` is negative.
        """
        if frame < 0:
            raise ValueError("a stream has no frames before its first")
        with self._changed:
            self._blocks.clear()
            self._buffered = 0
            self._finished = False
            self._error = None
            self._target = frame
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread and close the inner stream; a second call does nothing."""
        with self._changed:
            self._closing = True
            self._blocks.clear()
            self._buffered = 0
            self._changed.notify_all()
        self._thread.join()
        self._stream.close()

    def _is_ready(self) -> bool:
        return self._target is None and (self._finished or self._buffered >= self._enough)

    def _can_give(self, n: int) -> bool:
        """Tell whether `n` frames or the end are there; more than the bound never will be."""
        return self._closing or self._finished or self._buffered >= n or self._grow(n)

    def _grow(self, n: int) -> bool:
        """Let the buffer hold a read larger than itself."""
        if n > self._bound:
            self._bound = n
            self._changed.notify_all()
        return False

    def _take(self, n: int) -> Samples:
        """Cut up to `n` frames from the front; the lock is held."""
        parts: list[Samples] = []
        wanted = min(n, self._buffered)
        was_full = self._buffered >= self._bound
        self._buffered -= wanted
        while wanted > 0:
            block = self._blocks.popleft()
            if len(block) > wanted:
                self._blocks.appendleft(block[wanted:])
                block = block[:wanted]
            wanted -= len(block)
            parts.append(block)
        if was_full and self._buffered < self._bound:
            # Only now can the thread have something to do; waking it at each read would cost.
            self._changed.notify_all()
        return np.concatenate(parts) if parts else empty()

    def _has_work(self) -> bool:
        wanted = not self._finished and self._buffered < self._bound
        return self._closing or self._target is not None or wanted

    def _fill(self) -> None:
        """Read ahead until closed: the thread's whole life."""
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                if self._closing:
                    return
                target, self._target = self._target, None
            block, error = self._advance(target)
            with self._changed:
                if self._target is None:
                    self._hand_over(block, error)

    def _advance(self, target: int | None) -> tuple[Samples, Exception | None]:
        """Seek where asked and read one chunk; a fault becomes a value for the reader."""
        try:
            if target is not None:
                self._stream.seek(target)
            return self._stream.read(_CHUNK_FRAMES), None
        except Exception as error:  # noqa: BLE001 - a thread's edge: `read` raises it
            return empty(), error

    def _hand_over(self, block: Samples, error: Exception | None) -> None:
        """Put a chunk, the end or a fault where `read` finds it; the lock is held."""
        if len(block):
            self._blocks.append(block)
            self._buffered += len(block)
        else:
            self._finished = True
            self._error = error
        self._changed.notify_all()
