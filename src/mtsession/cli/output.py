"""Standard output, for as long as somebody reads it."""

import contextlib
import os
import sys


def drop_output() -> None:
    """Send what is still to be printed nowhere, so that the process can end without complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):  # a stand-in for it has no descriptor
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class Teller:
    """Prints lines; a reader who goes away (`| head`, a closed window) ends no session."""

    def __init__(self) -> None:
        self._heard = True

    def say(self, line: str = "") -> None:
        """Print one line now."""
        if not self._heard:
            return
        try:
            print(line, flush=True)
        except OSError:
            self._heard = False
            drop_output()
