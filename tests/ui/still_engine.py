"""An engine that makes no sound and remembers what it was asked."""

from collections.abc import Callable

from mtsession.protocol.commands import Command
from mtsession.protocol.reports import EngineReady, Report
from mtsession.timeline.units import Micros


class StillEngine:
    """Satisfies `Engine`; answers at once."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.quieted = 0
        self.restarts = 0
        self.alive = False

    def start(self, on_report: Callable[[Report], None]) -> None:
        self.alive = True
        self._on_report = on_report
        on_report(
            EngineReady(
                output="loudspeaker", silent=False, sample_rate=48_000, latency_us=Micros(0)
            )
        )

    def restart(self) -> None:
        self.restarts += 1
        self.start(self._on_report)

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def quiet(self) -> None:
        self.quieted += 1

    def beat(self) -> None:
        """Nobody listens for it."""

    def close(self) -> None:
        self.alive = False

    def asked(self, kind: type[Command]) -> list[Command]:
        return [command for command in self.sent if type(command) is kind]
