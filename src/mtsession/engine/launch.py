"""The first thing that runs in the engine's process; loads the rest once its streams are safe."""

import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from mtsession.engine.priority import prefer_process
from mtsession.engine.profiles import SoundChoice

SWITCH_SECONDS = 0.0005
SLEPT = 3
"""What an engine ends with that found the computer to have slept: another is to take its place."""


def run_engine(
    connection: Connection,
    flag: Any,
    log_path: str | None,
    choice: SoundChoice,
    *,
    restarted: bool,
    broken: bool,
) -> None:
    """Run an engine until it is told to end or its session's process is gone.

    Sound libraries write to the terminal from C; here that goes to the log or nowhere.
    The terminal's interrupt and its closing go to the whole group of processes, and the
    session's process decides what they mean.
    """
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    _redirect(log_path)
    # Before all that is loaded: on a busy machine most of the time until the first sound is that.
    prefer_process()
    # A busy thread would hold the interpreter for 5 ms, as long as a block lasts.
    sys.setswitchinterval(SWITCH_SECONDS)

    from mtsession.engine.host import Host  # noqa: PLC0415 - not before the streams are safe

    host = Host(connection, flag, choice=choice, restarted=restarted, broken=broken)
    signal.signal(signal.SIGTERM, lambda *_: host.end())
    host.run()
    # A drive that does not answer must not keep the process: Python would wait for its threads.
    os._exit(SLEPT if host.slept else 0)


def _redirect(log_path: str | None) -> None:
    """Point standard output and error away from the terminal, for C code too."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        target = os.open(log_path or os.devnull, flags, 0o600)
    except OSError:
        target = os.open(os.devnull, flags)  # sound matters more than its libraries' words
    for stream in (1, 2):
        os.dup2(target, stream)
    os.close(target)
