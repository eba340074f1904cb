"""Writing to the terminal, without the session ever waiting for it.

The screen library's own writer lets the screen's thread wait once thirty pieces are on their way,
and ends at the first error. So a terminal that stands still (a lost connection, a stopped window)
would hold the session and with it the music, and one that vanished could keep the program from
ending.
"""

import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from textual.driver import Driver

MOST_WAITING = 30
"""Pieces that may be on their way to the terminal."""

LOOKS = 25
PATIENCE_SECONDS = 0.25
"""How long one piece waits for room before the terminal is taken to stand still."""


class TerminalWriter:
    """Writes on a thread of its own; what a terminal does not take in time is left out.

    Parameters
    ----------
    number : int
        The terminal's file descriptor. Written to directly: a buffer of the interpreter's would be
        locked by a write that never returns, also when the program ends.
    again : callable
        Called from within `write` once the terminal takes text again, when something was left out:
        the whole screen is to be drawn anew.
    encoding : str
        What the terminal reads.
    """

    def __init__(self, number: int, again: Callable[[], None], *, encoding: str = "utf-8") -> None:
        self._number = number
        self._again = again
        self._encoding = encoding
        # A signal may break into a write and write itself: this queue has no lock to wait for.
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        self._behind = False
        self._gone = False
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Hand over a piece; where the terminal stands still or is gone, leave it out."""
        if self._gone or (self._behind and not self._waiting.empty()):
            return
        if self._behind:
            self._behind = False
            self._again()
        if self._full and not self._room_soon():
            self._behind = True
        else:
            self._waiting.put(text)

    def stop(self) -> None:
        """Let what waits be written, but not for long."""
        self._waiting.put(None)
        self._thread.join(4 * PATIENCE_SECONDS)

    @property
    def _full(self) -> bool:
        return self._waiting.qsize() >= MOST_WAITING

    def _room_soon(self) -> bool:
        for _ in range(LOOKS):
            time.sleep(PATIENCE_SECONDS / LOOKS)
            if not self._full:
                return True
        return False

    def _run(self) -> None:
        while (text := self._waiting.get()) is not None:
            left = memoryview(text.encode(self._encoding, errors="backslashreplace"))
            try:
                while left:
                    left = left[os.write(self._number, left) :]
            except OSError:
                # It is gone; whoever reads from it finds that out and ends the session.
                self._gone = True
                return


def patient_driver(usual: type[Driver]) -> type[Driver]:
    """Give the usual driver of a Unix terminal, with a writer that nothing waits for."""

    class PatientDriver(usual):  # type: ignore[misc, valid-type]
        """The usual driver with its own way to write."""

        _writer: TerminalWriter | None = None

        def write(self, data: str) -> None:
            """Hand text over to the terminal."""
            if self._writer is None:
                encoding = self._file.encoding or "utf-8"
                self._writer = TerminalWriter(
                    self._file.fileno(), self._draw_anew, encoding=encoding
                )
            self._writer.write(data)

        def close(self) -> None:
            """Let go of the terminal."""
            if self._writer is not None:
                self._writer.stop()
                self._writer = None
            super().close()

        def _sigcont_application(self, *_: object) -> None:
            """Come back where the screen was put away; a window that closes says "go on", too."""
            if self._must_signal_resume:
                super()._sigcont_application()

        def _draw_anew(self) -> None:
            self._app.call_later(self._app.refresh, layout=True)

    return PatientDriver
