"""The thread that empties the MIDI driver's queues."""

import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.001


class CaptureThread:
    """Calls `empty` every millisecond while there is something to listen to.

    Parameters
    ----------
    empty : callable
        Empties the queues and tells whether any port is open; lets no error out.
    """

    def __init__(self, empty: Callable[[], bool]) -> None:
        self._empty = empty
        self._going = True
        self._called = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi capture", daemon=True)
        self._thread.start()

    def call(self) -> None:
        """Say that a port was opened: with none open, the thread sleeps until this."""
        self._called.set()

    def end(self) -> None:
        """End the thread and wait until it has."""
        self._going = False
        self._called.set()
        self._thread.join()

    def _run(self) -> None:
        while self._going:
            if self._empty():
                time.sleep(POLL_SECONDS)
            else:
                self._called.wait()
                self._called.clear()
