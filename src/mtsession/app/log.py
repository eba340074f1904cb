"""The technical log: a file, never the screen, and never a name, a note or a title."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG_NAME = "mtsession.log"


def start_log(folder: Path) -> None:
    """Send what the program logs to a file of bounded size; without the folder, nowhere."""
    root = logging.getLogger("mtsession")
    root.propagate = False
    root.setLevel(logging.INFO)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler: logging.Handler = RotatingFileHandler(
            folder / LOG_NAME, maxBytes=1_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()  # no log is better than no session
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    root.handlers[:] = [handler]
