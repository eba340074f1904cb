"""`mtsession`: the app."""

import argparse
import sys

from mtsession.errors import MtSessionError


def run(_arguments: argparse.Namespace) -> int:
    """Open the app; without a terminal say what there is instead."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise MtSessionError(
            "The app needs a terminal.",
            "Without one: mtsession demo, or mtsession run PLAN --headless.",
        )
    from mtsession.ui.app import run_app  # noqa: PLC0415  (other commands need no screen)

    return run_app()
