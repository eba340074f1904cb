"""The terminal's keys, with a lone Esc told at once.

The screen library looks for an Esc that nothing follows once in a tenth of a second; twice Esc
means quiet, and quiet must not wait for that.
"""

import codecs
import os
import selectors
from collections.abc import Callable

from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.message import Message

from mtsession.ui.terminal_output import patient_driver

# A lone Esc is told from an escape sequence by waiting; a local terminal needs no longer.
ESCAPE_SECONDS = 0.02
IDLE_SECONDS = 0.1
MOST_BYTES = 4096


def _read(number: int) -> bytes:
    """Read what was typed; nothing where the terminal is gone."""
    try:
        return os.read(number, MOST_BYTES)
    except OSError:
        return b""


def prompt_driver(usual: type[Driver], gone: Callable[[], None]) -> type[Driver]:
    """Give the usual driver of this terminal, with a loop that waits less after a key.

    Nothing waits for it to write, either.

    Parameters
    ----------
    usual : type of Driver
        Where it is none for a Unix terminal, it is given back as it is.
    gone : callable
        Called, from the reading thread, when the terminal was closed.
    """
    if usual.__name__ != "LinuxDriver":
        return usual

    class PromptDriver(patient_driver(usual)):  # type: ignore[misc]
        """The driver with its own reading loop."""

        def run_input_thread(self) -> None:
            """Read keys until the app ends."""
            parser, decoder = XTermParser(self._debug), codecs.getincrementaldecoder("utf-8")()
            wait = IDLE_SECONDS
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    events: list[Message] = []
                    ready = selector.select(wait)
                    if ready:
                        if not (data := _read(self.fileno)):
                            gone()
                            return
                        events.extend(parser.feed(decoder.decode(data)))
                    events.extend(parser.tick())
                    for event in events:
                        self.process_message(event)
                    # What may be a lone Esc is known to be one when its time is over.
                    wait = ESCAPE_SECONDS * 1.1 if ready else IDLE_SECONDS

    return PromptDriver
