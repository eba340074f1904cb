"""`mtsession`: the app."""

import sys

from mtsession.errors import MtSessionError


def has_terminal() -> bool:
    """Tell whether there is a screen to draw on and keys to read."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_app() -> int:
    """Open the app; without a terminal say what there is instead.

    Raises
    ------
    MtSessionError
        If there is no terminal.
    """
    if not has_terminal():
        raise MtSessionError(
            "The app needs a terminal.",
            "Without one: mtsession demo, or mtsession run PLAN --headless.",
        )
    from mtsession.ui.app import run_app  # noqa: PLC0415  (after the terminal is looked for)

    return run_app()
