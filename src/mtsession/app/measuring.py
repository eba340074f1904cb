"""Measures the few recordings of a plan that the library does not know, while it is opened."""

import time
from pathlib import Path
from types import TracebackType

from mtsession.app.filling import Say, say_nothing
from mtsession.music.library.crew import Crew
from mtsession.music.library.walk import stamp_of
from mtsession.music.library.worker import Listen, Measured
from mtsession.music.recording import Analysis

LONGEST_SECONDS = 20.0
"""What is not measured by then plays as it is, softer; a session must start."""


class Measuring:
    """Measures one file after the other in a process of its own, for so long in all.

    Parameters
    ----------
    say : callable
        Told what it is at, in a few words.
    seconds : float
        How long it may take, with the start of the process.

    Examples
    --------
    >>> with Measuring() as measure:  # doctest: +SKIP
    ...     measure(Path("slow waltz.flac")).lufs
    -17.3
    """

    def __init__(self, say: Say = say_nothing, *, seconds: float = LONGEST_SECONDS) -> None:
        self._say = say
        self._seconds = seconds
        self._until: float | None = None
        self._crew = Crew(1)

    def __enter__(self) -> "Measuring":
        """Give itself, to be stopped at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End its process."""
        self._crew.stop()

    def __call__(self, path: Path) -> Analysis | None:
        """Measure a file; None where it cannot be measured, or not in time."""
        if self._until is None:
            self._until = time.monotonic() + self._seconds
        if time.monotonic() >= self._until:
            return None
        self._say(f"Measuring “{path.stem}”")
        try:
            question = Listen(path=str(path), stamp=stamp_of(path.stat()))
        except OSError:
            return None
        asked = False
        while (left := self._until - time.monotonic()) > 0:
            if not asked:
                for worker in self._crew.idle(1):
                    worker.ask(question)
                    asked = True
            for _worker, _question, answer in self._crew.answers(min(left, 0.1)):
                return answer.analysis if isinstance(answer, Measured) else None
        return None
