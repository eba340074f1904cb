"""The session's end of the engine: starts it, talks to it, notices when it is gone.

Nothing of sound or MIDI is imported here: those libraries live in the engine's
process alone. An app that captures standard error (as a full-screen one does) calls
`multiprocessing.resource_tracker.ensure_running()` before it does so; without that no process
can be started from inside it.
"""

import ctypes
import multiprocessing as mp
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import msgspec

from mtsession.engine.launch import run_engine
from mtsession.engine.port import OnReport
from mtsession.errors import EngineError
from mtsession.protocol.commands import (
    Beat,
    CloseSession,
    Command,
    GoQuiet,
    OpenSession,
    SetLevel,
    SetSessionClock,
    Shutdown,
)
from mtsession.protocol.reports import Faulted, Happened, Report
from mtsession.protocol.wire import decode_report, encode
from mtsession.timeline.clock import RealClock
from mtsession.timeline.event import EventCodec
from mtsession.timeline.events import EngineLost
from mtsession.timeline.units import Micros

_CLOSE_SECONDS = 3.0
_RESTART_HINT = "Restart the sound."


class _Link:
    """One engine process and the threads that talk to it."""

    def __init__(
        self,
        *,
        log_path: Path | None,
        profile: str | None,
        restarted: bool,
        broken: bool,
        on_report: OnReport,
        on_end: Callable[["_Link"], None],
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
                profile,
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
        self.process.join(timeout)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(1.0)
        self._outbox.put(None)

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
        self.process.join(_CLOSE_SECONDS)
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


class EngineClient:
    """Runs the engine in a process of its own.

    Reports are given to `on_report` by a thread; commands go out by another, so no call
    here waits for the engine. When the engine ends without being asked to, `on_report` gets
    `EngineLost` as a session event (while a session is open, else `Faulted`) and `on_lost` is
    called. A sound system that ends the engine as it comes up is left alone at a second try,
    which goes on in silence.

    Parameters
    ----------
    log_path : Path, optional
        Where what the sound libraries print goes; nowhere without it.
    profile : {"default", "low", "soak", "silent"}, optional
        How far ahead sound is prepared; the environment's `MTSESSION_AUDIO` without it.
    on_lost : callable, optional
        Takes a sentence, from a thread.

    Examples
    --------
    >>> client = EngineClient()
    >>> client.alive
    False
    """

    def __init__(
        self,
        *,
        log_path: Path | None = None,
        profile: str | None = None,
        on_lost: Callable[[str], None] | None = None,
    ) -> None:
        self._log_path = log_path
        self._profile = profile
        self._on_lost = on_lost
        self._on_report: OnReport | None = None
        self._codec = EventCodec([EngineLost])
        self._link: _Link | None = None
        self._session: OpenSession | None = None
        self._closing = False

    @property
    def alive(self) -> bool:
        """Whether the engine's process runs."""
        return self._link is not None and self._link.process.is_alive()

    @property
    def pid(self) -> int | None:
        """The engine's process id."""
        return None if self._link is None else self._link.process.pid

    def start(self, on_report: OnReport) -> None:
        """Start the engine; `EngineReady` is reported when it can be heard.

        Raises
        ------
        EngineError
            If the process cannot be started.
        """
        self._on_report = on_report
        self._launch(restarted=False)

    def restart(self) -> None:
        """End the engine that runs, if one does, and start another in the same session.

        The session's clock and level are told to it again; what was playing is the
        session's to ask for.

        Raises
        ------
        EngineError
            If the engine was never started, or the process cannot be.
        """
        if self._on_report is None:
            raise EngineError("The sound engine was never started.", "")
        link, self._link = self._link, None
        if link is not None:
            link.send(Shutdown(fade_us=Micros(50_000)))
            link.end(0.4)
        self._launch(restarted=True)
        if self._session is not None:
            self.send(self._session)

    def send(self, command: Command) -> None:
        """Ask for something; never waits, does nothing where the engine has ended."""
        self._remember(command)
        link = self._link
        if link is None:
            return
        if isinstance(command, GoQuiet) and command.fade_us == 0:
            # The sound card's callback reads this before any other thread gets to run.
            link.flag.value += 1
        link.send(command)

    def quiet(self) -> None:
        """Make everything quiet now."""
        self.send(GoQuiet())

    def beat(self) -> None:
        """Say that the session's own loop still turns.

        Called by the loop itself, about once a second: were it a thread's work, a loop
        that hangs would go unnoticed and the music would play on.
        """
        if self._link is not None:
            self._link.send(Beat())

    def close(self, timeout: float = _CLOSE_SECONDS) -> None:
        """Fade, end the engine and wait for it."""
        link, self._link = self._link, None
        self._session = None
        if link is not None:
            link.send(Shutdown())
            link.end(timeout)

    def _launch(self, *, restarted: bool, broken: bool = False) -> None:
        self._link = _Link(
            log_path=self._log_path,
            profile="silent" if broken else self._profile,
            restarted=restarted,
            broken=broken,
            on_report=self._reported,
            on_end=self._ended,
        )

    def _reported(self, report: Report) -> None:
        if self._on_report is not None:
            self._on_report(report)

    def _remember(self, command: Command) -> None:
        """Keep what a restarted engine must be told again."""
        if isinstance(command, OpenSession):
            self._session = command
        elif isinstance(command, CloseSession):
            self._session = None
        elif self._session is not None and isinstance(command, SetSessionClock):
            self._session = msgspec.structs.replace(self._session, offset_us=command.offset_us)
        elif self._session is not None and isinstance(command, SetLevel):
            self._session = msgspec.structs.replace(self._session, level_db=command.level_db)

    def _ended(self, link: _Link) -> None:
        """Tell of an engine that ended by itself."""
        if link is not self._link:
            return
        if not link.heard and not link.broken:
            self._launch(restarted=False, broken=True)
            if self._session is not None:
                self.send(self._session)
            return
        code = link.process.exitcode
        why = "the sound engine ended" if code == 0 else f"the sound engine broke off ({code})"
        if self._session is not None:
            now_us = Micros(RealClock().now_us() - self._session.offset_us)
            lost = EngineLost(t_us=now_us, why=why)
            self._reported(Happened(event=self._codec.encode(lost)))
        else:
            self._reported(Faulted(message=f"{why[0].upper()}{why[1:]}.", hint=_RESTART_HINT))
        if self._on_lost is not None:
            self._on_lost(why)
