"""A program on a pseudo-terminal of its own, as a therapist's terminal would hold it.

Times are seconds of `time.perf_counter`. The terminal answers nothing and only reads what
is painted; a program that waited for an answer would be slower here, never faster.
"""

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

PATIENCE_SECONDS = 60.0


class Painted(NamedTuple):
    """When a text first stood on the screen, and the processor time spent until then."""

    seconds: float
    cpu_seconds: float


class Terminal:
    """Runs a command under a pty of a given size; use it as a context.

    Attributes
    ----------
    painted_bytes : int
        How much the program has painted so far.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = list(command)
        self._size = struct.pack("HHHH", rows, columns, 0, 0)
        self._environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **(environment or {}),
        }
        self.painted_bytes = 0

    def __enter__(self) -> Self:
        """Start it."""
        self._screen, inside = os.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, self._size)
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            self._command,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=self._environment,
            start_new_session=True,
        )
        os.close(inside)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it and everything that it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._screen)

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._screen, keys)

    def read(self, *, within_seconds: float) -> bytes:
        """Give what is painted next; empty if nothing comes in time or the program ended."""
        if not select.select([self._screen], [], [], within_seconds)[0]:
            return b""
        try:
            part = os.read(self._screen, 1 << 16)
        except OSError:  # how Linux says that the other end of a pty is closed
            return b""
        self.painted_bytes += len(part)
        return part

    def wait_for(self, text: bytes, *, within_seconds: float = PATIENCE_SECONDS) -> Painted:
        """Wait until a text is painted.

        Raises
        ------
        RuntimeError
            With the last of what was painted, if it does not come.
        """
        seen, until = b"", time.perf_counter() + within_seconds
        while (left := until - time.perf_counter()) > 0:
            part = self.read(within_seconds=left)
            now = time.perf_counter()
            seen = seen[-4_000:] + part
            if text in seen:
                return Painted(now - self._began, cpu_seconds(self.pid))
            if not part and self.code is not None:
                break
        raise RuntimeError(f"{text!r} was not painted; the last was {seen[-400:]!r}")


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process has used, all its threads together."""
    with Path(f"/proc/{pid}/stat").open(encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
