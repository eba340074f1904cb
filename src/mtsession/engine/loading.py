"""Sources opened away from the sound: by threads while live, on the spot offline."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from mtsession.engine.priority import prefer_process
from mtsession.errors import MediaError
from mtsession.media.prefetch import Prefetch
from mtsession.media.stream import SampleStream
from mtsession.protocol.sources import Source
from mtsession.sound.sources import open_source, rehearse

OpenSource: TypeAlias = Callable[[Source, int], SampleStream]
"""Opens a source at a sample rate."""

_SECONDS_AHEAD = 4.0
_IDLE_SECONDS = 1.0
_BREATH_SECONDS = 0.05


def _open(
    open_stream: OpenSource, source: Source, first: int, sample_rate: int, *, wait: bool
) -> Prefetch:
    """Open, seek and begin to read ahead."""
    try:
        stream = open_stream(source, sample_rate)
        if first:
            stream.seek(first)
    except MediaError:
        raise
    except Exception as error:
        raise MediaError(
            f"The music cannot be opened ({type(error).__name__}).", "Choose another recording."
        ) from error
    return Prefetch(stream, _SECONDS_AHEAD, wait=wait)


class _Loading:
    """A source that another thread opens."""

    def __init__(self, future: "Future[Prefetch]", pool: ThreadPoolExecutor) -> None:
        self._future = future
        self._pool = pool
        self._closed = False

    def poll(self) -> Prefetch | None:
        return self._future.result() if self._future.done() else None

    def close(self) -> None:
        if self._closed or self._future.cancel():
            return
        self._closed = True
        self._pool.submit(self._dispose)

    def _dispose(self) -> None:
        """Wait where waiting harms nobody; a source that never opened holds nothing."""
        if self._future.exception() is None:
            self._future.result().close()


class LiveOpener:
    """Opens sources by threads, so that a slow disk never stops the sound."""

    def __init__(self, sample_rate: int, open_stream: OpenSource = open_source) -> None:
        self._rate = sample_rate
        self._open_stream = open_stream
        self._asked = threading.Event()
        self._pool = ThreadPoolExecutor(3, thread_name_prefix="open", initializer=prefer_process)
        self._closing = ThreadPoolExecutor(1, thread_name_prefix="close")

    def __call__(self, source: Source, first: int) -> _Loading:
        """Begin to open a source at one of its frames."""
        self._asked.set()
        future = self._pool.submit(_open, self._open_stream, source, first, self._rate, wait=False)
        return _Loading(future, self._closing)

    def rehearse(self) -> None:
        """Prepare the built-in pieces while nothing is asked for; what is asked for comes first.

        It runs at the priority of all others: a thread put off while it holds the interpreter
        would keep the sound card's callback waiting.
        """
        if self._asked.wait(_IDLE_SECONDS):
            return
        for _ in rehearse(self._rate):
            if self._asked.wait(_BREATH_SECONDS):
                return

    def close(self) -> None:
        """Open nothing more; what is open ends with the process."""
        self._asked.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._closing.shutdown(wait=False)


class _Waited:
    """A stream whose reader waits for samples, so that it is always ready."""

    ready = True
    starvations = 0

    def __init__(self, prefetch: Prefetch) -> None:
        self._prefetch = prefetch
        self.read = prefetch.read
        self.seek = prefetch.seek
        self.close = prefetch.close

    @property
    def fault(self) -> str | None:
        return self._prefetch.fault


class _Opened:
    """A source that was opened on the spot, or the reason why it was not."""

    def __init__(self, found: _Waited | MediaError) -> None:
        self._found = found

    def poll(self) -> _Waited:
        if isinstance(self._found, MediaError):
            raise self._found
        return self._found

    def close(self) -> None:
        if isinstance(self._found, _Waited):
            self._found.close()


class WaitingOpener:
    """Opens sources on the spot and reads them to the last sample, however long that takes."""

    def __init__(self, sample_rate: int, open_stream: OpenSource = open_source) -> None:
        self._rate = sample_rate
        self._open_stream = open_stream

    def __call__(self, source: Source, first: int) -> _Opened:
        """Open a source at one of its frames."""
        try:
            prefetch = _open(self._open_stream, source, first, self._rate, wait=True)
        except MediaError as error:
            return _Opened(error)
        return _Opened(_Waited(prefetch))
