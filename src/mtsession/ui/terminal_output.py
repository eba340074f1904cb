"""Writing to the terminal, without the session ever waiting for it.

The screen library's own writer lets the screen's thread wait once thirty pieces are on their way,
and ends at the first error. So a terminal that stands still (a lost connection, a stopped window)
would hold the session and with it the music, and one that vanished could keep the program from
ending.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from queue import Full, Queue

from textual.driver import Driver

MOST_WAITING = 30
"""Pieces that may be on their way to the terminal."""

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
        self._waiting: Queue[str | None] = Queue(MOST_WAITING)
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
        try:
            self._waiting.put(text, timeout=PATIENCE_SECONDS)
        except Full:
            self._behind = True

    def stop(self) -> None:
        """Let what waits be written, but not for long."""
        with contextlib.suppress(Full):
            self._waiting.put(None, timeout=PATIENCE_SECONDS)
            self._thread.join(4 * PATIENCE_SECONDS)

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

        def _draw_anew(self) -> None:
            self._app.call_later(self._app.refresh, layout=True)

    return PatientDriver
