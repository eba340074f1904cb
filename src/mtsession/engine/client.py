"""The session's end of the engine: starts it, talks to it, notices when it is gone.

Nothing of sound or MIDI is imported here: those libraries live in the engine's
process alone. An app that captures standard error (as a full-screen one does) calls
`multiprocessing.resource_tracker.ensure_running()` before it does so; without that no process
can be started from inside it.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from mtsession.engine.launch import SLEPT
from mtsession.engine.link import CLOSE_SECONDS, Link
from mtsession.engine.port import OnReport
from mtsession.engine.profiles import SoundChoice
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
from mtsession.timeline.clock import RealClock
from mtsession.timeline.event import EventCodec
from mtsession.timeline.events import EngineLost
from mtsession.timeline.units import Micros

_RESTART_HINT = "Restart the sound."


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
    output : str, optional
        The output to play on, as `outputs.pick` takes it; the system's own without it.
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
        output: str = "",
        on_lost: Callable[[str], None] | None = None,
    ) -> None:
        self._log_path = log_path
        self._choice = SoundChoice(profile=profile, output=output)
        self._on_lost = on_lost
        self._on_report: OnReport | None = None
        self._codec = EventCodec([EngineLost])
        self._link: Link | None = None
        self._restarting = threading.Lock()
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

    def choose(self, *, output: str, profile: str | None) -> None:
        """Play on another output or further ahead from the next start or restart on."""
        self._choice = SoundChoice(profile=profile, output=output)

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
        # One after another: two that raced would leave an engine that nobody can quieten.
        with self._restarting:
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

    def close(self, timeout: float = CLOSE_SECONDS) -> None:
        """Fade, end the engine and wait for it."""
        with self._restarting:
            link, self._link = self._link, None
            self._session = None
            if link is not None:
                link.send(Shutdown())
                link.end(timeout)

    def _launch(self, *, restarted: bool, broken: bool = False) -> None:
        self._link = Link(
            log_path=self._log_path,
            choice=msgspec.structs.replace(self._choice, profile="silent")
            if broken
            else self._choice,
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

    def _ended(self, link: Link) -> None:
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
        if code == SLEPT:
            why = "the computer was asleep"
            if self._session is None:
                self._launch(restarted=False)
                return
        if self._session is not None:
            now_us = Micros(RealClock().now_us() - self._session.offset_us)
            lost = EngineLost(t_us=now_us, why=why)
            self._reported(Happened(event=self._codec.encode(lost)))
        else:
            self._reported(Faulted(message=f"{why[0].upper()}{why[1:]}.", hint=_RESTART_HINT))
        if self._on_lost is not None:
            self._on_lost(why)
