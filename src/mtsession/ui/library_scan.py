"""A scan beside the screen: a thread that posts how far it is, and can be told to stop."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from mtsession.errors import MtSessionError

if TYPE_CHECKING:
    from mtsession.app.library import Library
    from mtsession.music.library.reports import ScanProgress, ScanReport

POST_SECONDS = 0.2
"""Progress is told this often; a scan of unchanged files would tell it thousands of times."""


class ScanMoved(Message):
    """A scan got further; a later one replaces an earlier."""

    def __init__(self, progress: "ScanProgress") -> None:
        self.progress = progress
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Let the newest stand for all."""
        return isinstance(message, ScanMoved)


class ScanEnded(Message):
    """A scan is over: with its report, or with the sentence on why there is none."""

    def __init__(self, report: "ScanReport | None", sentence: str = "") -> None:
        self.report, self.sentence = report, sentence
        super().__init__()


class Scan:
    """One scan on a thread of its own.

    Parameters
    ----------
    make : callable
        Opens a library for that thread alone.
    folders : sequence of Path, or None
        What to scan; None is every folder that is remembered.
    """

    def __init__(
        self, make: "Callable[[], Library]", folders: "list[Path] | None", teller: MessagePump
    ) -> None:
        self._make, self._folders, self._teller = make, folders, teller
        self._stopped = threading.Event()
        self._told_at = 0.0
        self._thread = threading.Thread(target=self._run, name="scan", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopped.is_set()

    def cancel(self) -> None:
        """Ask it to stop; what is done is kept."""
        self._stopped.set()

    def _run(self) -> None:
        try:
            library = self._make()
            try:
                report = library.scan(
                    self._folders, on_progress=self._moved, cancelled=self._stopped.is_set
                )
            finally:
                library.close()
        except MtSessionError as error:
            self._teller.post_message(ScanEnded(None, str(error)))
        except Exception as error:  # noqa: BLE001 - a thread's edge: told, the screen goes on
            said = f"The scan broke off ({type(error).__name__}). What is done is kept."
            self._teller.post_message(ScanEnded(None, said))
        else:
            self._teller.post_message(ScanEnded(report))

    def _moved(self, progress: "ScanProgress") -> None:
        now = time.monotonic()
        if now - self._told_at >= POST_SECONDS:
            self._told_at = now
            self._teller.post_message(ScanMoved(progress))
