"""What the session needs of an engine, whether it plays live or renders to a file."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from mtsession.protocol.commands import Command
from mtsession.protocol.reports import Report

OnReport: TypeAlias = Callable[[Report], None]
"""Takes each report; a live engine calls it from a thread of its own, so it should only queue."""


class Engine(Protocol):
    """Takes commands, gives reports."""

    @property
    def alive(self) -> bool:
        """Whether commands are being carried out."""
        ...

    def start(self, on_report: OnReport) -> None:
        """Bring the engine up; its first report is `EngineReady`."""
        ...

    def send(self, command: Command) -> None:
        """Ask for something; never waits, does nothing where the engine has ended."""
        ...

    def quiet(self) -> None:
        """Make everything quiet now, by the shortest way there is."""
        ...

    def beat(self) -> None:
        """Say that the session's own loop still turns; at least once a second."""
        ...

    def close(self) -> None:
        """Fade, end, and let go of everything."""
        ...
