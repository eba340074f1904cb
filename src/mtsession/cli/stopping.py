"""What ends a session from outside: Ctrl+C, a window that is closed, a system that goes down."""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from mtsession.app.desk import Desk
from mtsession.session.intents import End

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Stop:
    """Takes the first signal as a wish to end the session, and the second as one to leave now.

    Parameters
    ----------
    running : callable
        Tells whether there is a session to end; without one the first signal leaves at once.
    """

    def __init__(self, running: Callable[[], bool]) -> None:
        self._running = running
        self._before: dict[int, Any] = {}
        self.signal: int | None = None

    def __enter__(self) -> Self:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def asked(self) -> bool:
        """Tell whether the session is to end."""
        return self.signal is not None

    def ends(self, desk: Desk) -> bool:
        """End the session once that was asked for; always True, so that it fits a driving loop."""
        if self.asked and desk.running:
            desk.do(End(reason="by hand" if self.signal == signal.SIGINT else "interrupted"))
        return True

    @property
    def exit_code(self) -> int:
        """Give 0, or 128 and the signal's number as shells have it."""
        return 0 if self.signal is None else 128 + self.signal

    def _take(self, number: int, _frame: FrameType | None) -> None:
        # Only a flag is set here: a handler may not touch what the interrupted code holds.
        if self.asked or not self._running():
            raise KeyboardInterrupt(128 + number)
        self.signal = number
