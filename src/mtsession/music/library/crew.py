"""The workers of a scan: started as they are needed, replaced where one dies, stopped at once."""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Iterator
from multiprocessing.connection import wait

from mtsession.errors import MusicError
from mtsession.music.library.worker import (
    Answer,
    GettingOn,
    Listen,
    Look,
    Measure,
    Ready,
    Stuck,
    serve,
)

MOST_WORKERS = 4
STOP_SECONDS = 0.3
PATIENCE_SECONDS = 120.0
"""A worker that gives no sign for so long is ended. One that measures gives one every few seconds
of sound."""

SLOWEST_READ = 500_000
"""Bytes a second of a slow drive; looking through a large file gives no sign until its end."""

_MOST_FAILED_STARTS = 3


def usual_workers() -> int:
    """Give how many workers a scan starts: one processor stays free, four are enough.

    Examples
    --------
    >>> 1 <= usual_workers() <= 4
    True
    """
    return min(MOST_WORKERS, max(1, (os.cpu_count() or 2) - 1))


class Worker:
    """One process and the file it is at, None while it is idle or starting."""

    def __init__(self, measure: Measure | None) -> None:
        # A forked copy of a program with threads may hang; a spawned one starts afresh.
        context = multiprocessing.get_context("spawn")
        self.link, end = context.Pipe()
        self.process = context.Process(
            target=serve, args=(end, measure), name="mtsession-scan", daemon=True
        )
        try:
            self.process.start()
        finally:
            end.close()  # or the end of the process would not be heard
        self.ready = False
        self.asked: Look | Listen | None = None
        self.patience_until = 0.0

    def ask(self, question: Look | Listen, *, size: int = 0) -> None:
        """Hand it a question on a file of so many bytes; where it is dead, `Crew.answers` tells."""
        self.asked = question
        self.wait_for_sign(size / SLOWEST_READ)
        with contextlib.suppress(OSError):
            self.link.send(question)

    def wait_for_sign(self, more_s: float = 0.0) -> None:
        """Have patience from now on anew."""
        self.patience_until = time.monotonic() + PATIENCE_SECONDS + more_s

    def stop(self) -> None:
        """End the process: it only reads, so nothing is lost."""
        self.process.terminate()
        self.link.close()


class Crew:
    """Up to so many workers.

    Parameters
    ----------
    size : int
        Processes at most.
    measure : callable, optional
        Measures one file; importable by name. None is the usual analysis.
    """

    def __init__(self, size: int, measure: Measure | None = None) -> None:
        self._size = size
        self._measure = measure
        self._workers: list[Worker] = []
        self._failed_starts = 0

    def idle(self, wanted: int) -> Iterator[Worker]:
        """Give workers that have nothing to do; start more where more are wanted."""
        starting = [each for each in self._workers if not each.ready]
        free = [each for each in self._workers if each.ready and each.asked is None]
        lacking = min(self._size - len(self._workers), wanted - len(free) - len(starting))
        for _ in range(lacking):
            self._workers.append(Worker(self._measure))
        yield from free[:wanted]

    @property
    def busy(self) -> bool:
        """Whether any file is being read."""
        return any(each.asked is not None for each in self._workers)

    def answers(self, timeout: float) -> Iterator[tuple[Worker, Look | Listen, Answer | None]]:
        """Wait a while and give what came: worker, question, answer.

        The answer is None where the worker died, and `Stuck` where it was ended.

        Raises
        ------
        MusicError
            If workers cannot be started at all.
        """
        heard = wait([each.link for each in self._workers], timeout)
        for worker in [each for each in self._workers if each.link in heard]:
            try:
                answer: Answer | None = worker.link.recv()
            except (EOFError, OSError):
                answer = None
            if answer is None:
                self._lose(worker)
            if isinstance(answer, Ready):
                worker.ready = True
                self._failed_starts = 0
                continue
            if isinstance(answer, GettingOn):
                worker.wait_for_sign()
                continue
            asked, worker.asked = worker.asked, None
            if asked is not None:
                yield worker, asked, answer
        yield from self._given_up()

    def _given_up(self) -> Iterator[tuple[Worker, Look | Listen, Answer | None]]:
        """End the workers that gave no sign for too long."""
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.asked is not None and now > worker.patience_until:
                self._lose(worker)
                yield worker, worker.asked, Stuck()

    def _lose(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.stop()
        worker.process.join(STOP_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
        if not worker.ready:
            self._failed_starts += 1
        if self._failed_starts >= _MOST_FAILED_STARTS:
            raise MusicError(
                "Recordings cannot be measured: the program that does it does not start.",
                "See what is missing: mtsession doctor",
            )

    def stop(self) -> None:
        """End every worker, within half a second."""
        for worker in self._workers:
            worker.stop()
        until = time.monotonic() + STOP_SECONDS
        for worker in self._workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
        self._workers.clear()
