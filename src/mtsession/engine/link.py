"""One engine process as the session sees it: its pipe, its flag, its end."""

import ctypes
import multiprocessing as mp
import queue
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import msgspec

from mtsession.engine.launch import run_engine
from mtsession.engine.port import OnReport
from mtsession.engine.profiles import SoundChoice
from mtsession.errors import EngineError
from mtsession.protocol.commands import Command
from mtsession.protocol.reports import Faulted
from mtsession.protocol.wire import decode_report, encode

CLOSE_SECONDS = 3.0
_REAPED_SECONDS = 1.0
_LOOK_SECONDS = 0.001


class Link:
    """One engine process and the threads that talk to it.

    Parameters
    ----------
    log_path : Path or None
        Where what the sound libraries print goes.
    choice : SoundChoice
        What is played on, and how far ahead.
    restarted : bool
        Whether an earlier engine of the same session has ended.
    broken : bool
        Whether the machine's sound system ended an engine as it came up.
    on_report, on_end : callable
        Told of each report, and of the end; from a thread.

    Raises
    ------
    EngineError
        If the process cannot be started.
    """

    def __init__(
        self,
        *,
        log_path: Path | None,
        choice: SoundChoice,
        restarted: bool,
        broken: bool,
        on_report: OnReport,
        on_end: Callable[["Link"], None],
    ) -> None:
        context = mp.get_context("spawn")
        self.flag: Any = context.RawValue(ctypes.c_int, 0)
        self.heard = False
        self.broken = broken
        self._on_report = on_report
        self._on_end = on_end
        self._connection, theirs = context.Pipe()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.process = context.Process(
            target=run_engine,
            args=(
                theirs,
                self.flag,
                None if log_path is None else str(log_path),
                choice,
            ),
            kwargs={"restarted": restarted, "broken": broken},
            name="mtsession-engine",
            daemon=True,
        )
        try:
            self.process.start()
        except (OSError, ValueError) as error:
            raise EngineError(
                "The sound engine cannot be started.", "Close other programs and try again."
            ) from error
        finally:
            # The engine must hold the only other end, or it would not notice that we are gone.
            theirs.close()
        for work in (self._read, self._write):
            threading.Thread(target=work, name="engine-link", daemon=True).start()

    def send(self, command: Command) -> None:
        """Queue a command."""
        self._outbox.put(encode(command))

    def end(self, timeout: float) -> None:
        """Wait for the process, then insist."""
        if not self._reap(timeout):
            self.process.kill()
            self._reap(_REAPED_SECONDS)
        self._outbox.put(None)

    def _reap(self, timeout: float) -> bool:
        """Wait for the process; whether it has ended, and how, is known then.

        Two threads may wait at once. The one that comes second is told by the system that
        there is no such process, and by `multiprocessing` nothing at all, until the first
        has written down what it learnt.
        """
        if not wait([self.process.sentinel], timeout):
            return False
        until = time.monotonic() + _REAPED_SECONDS
        while self.process.exitcode is None and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        return self.process.exitcode is not None

    def _write(self) -> None:
        while (data := self._outbox.get()) is not None:
            try:
                self._connection.send_bytes(data)
            except OSError:
                # The reader sees the engine's end and tells of it.
                return

    def _read(self) -> None:
        """Give out reports until the engine is gone."""
        sentinel = self.process.sentinel
        while True:
            ready = wait([self._connection, sentinel])
            if self._connection in ready:
                if not self._receive(self._connection):
                    break
            elif sentinel in ready:
                break
        self._reap(CLOSE_SECONDS)
        self._on_end(self)

    def _receive(self, connection: Connection) -> bool:
        try:
            data = connection.recv_bytes()
        except (EOFError, OSError):
            return False
        try:
            report = decode_report(data)
        except msgspec.MsgspecError:
            report = Faulted(message="The sound engine sent something unreadable.", hint="")
        self.heard = True
        self._on_report(report)
        return True
