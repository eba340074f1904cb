"""A headless session in a process of its own: watched, killed, and read back from its record."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import msgspec
import psutil

from mtsession.app.archive import Archive
from mtsession.app.paths import places
from mtsession.protocol.summary import Summary
from mtsession.records.index import SessionEntry
from mtsession.records.keys import KdfCost
from mtsession.records.vault import Vault
from mtsession.timeline.event import Event

PATIENCE_SECONDS = 40.0
CHEAP = KdfCost(memory_kib=64, passes=1, lanes=1)


class Side(msgspec.Struct, frozen=True):
    """One line of the side pipe: an event's number, and when it came out of the pipe."""

    seq: int
    at: float


class Session:
    """`mtsession run PLAN --headless` with a home of its own.

    Times are seconds of `time.perf_counter`. Whatever still runs at the end is ended.
    """

    def __init__(
        self,
        plan: Path,
        home: Path,
        *,
        client: str | None = None,
        level: float = -6.0,
        **environment: str,
    ) -> None:
        self.home = home
        self.lines: list[str] = []
        self.side: list[Side] = []
        self._grew = threading.Condition()
        reads, writes = os.pipe()
        words = ["run", plan, "--headless", "--level", level, "--sequence-fd", writes]
        words += [] if client is None else ["--client", client]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mtsession", *map(str, words)],
            env=os.environ
            | {"MTSESSION_HOME": str(home), "MTSESSION_MIDI_API": "jack"}
            | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(writes,),
        )  # fmt: skip
        os.close(writes)
        assert self.process.stdout is not None
        self._readers = [
            threading.Thread(target=self._read, args=(fd, take), daemon=True)
            for fd, take in ((reads, self._take_side), (self.process.stdout.fileno(), self._take))
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in [*self.children(), psutil.Process(self.process.pid)] if self.running else []:
            process.kill()
        self.process.wait(PATIENCE_SECONDS)

    @property
    def running(self) -> bool:
        """Whether its process has not ended."""
        return self.process.poll() is None

    def _read(self, fd: int, take: Callable[[str], None]) -> None:
        rest = b""
        while block := os.read(fd, 65_536):
            *whole, rest = (rest + block).split(b"\n")
            with self._grew:
                for line in whole:
                    take(line.decode())
                self._grew.notify_all()

    def _take(self, line: str) -> None:
        self.lines.append(line)

    def _take_side(self, line: str) -> None:
        self.side.append(Side(int(line.partition(" ")[0]), time.perf_counter()))

    def wait(
        self, true: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Return once something holds; fail if the session ends or it takes too long."""
        until = time.perf_counter() + seconds
        with self._grew:
            while not true():
                left = until - time.perf_counter()
                assert self.running, f"it ended without {what}; it said {self.lines[-8:]}"
                assert left > 0, f"no {what} in {seconds} s; it said {self.lines[-8:]}"
                self._grew.wait(min(left, 0.5))

    def wait_line(self, text: str) -> None:
        """Return once it has printed a line that holds this text."""
        self.wait(lambda: any(text in line for line in self.lines), f"line with {text!r}")

    def wait_begun(self) -> None:
        """Return once its first event came out of the pipe."""
        self.wait(lambda: self.side, "event")

    def finish(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait for its end; give its exit code."""
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        return code

    def children(self) -> list[psutil.Process]:
        """Give the processes that it started."""
        return psutil.Process(self.process.pid).children()

    def engine(self) -> psutil.Process | None:
        """Give its engine's process, if there is one now."""
        found = [each for each in self.children() if "spawn_main" in " ".join(each.cmdline())]
        return found[0] if found else None

    def seen_before(self, second: float) -> int:
        """Give the highest number that came out of the pipe before a time; 0 if none did."""
        return max((each.seq for each in self.side if each.at < second), default=0)


def show(figures: object) -> None:
    """Show what was measured, to whoever runs with `-s`."""
    sys.stdout.write(f"\n{figures}\n")


def kill(pid: int) -> float:
    """Kill a process outright; give the time."""
    at = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    return at


class Watch:
    """Tells when a process that need not be ours ends."""

    def __init__(self, pid: int) -> None:
        self._handle = os.pidfd_open(pid)

    def seconds_to_end(self, since: float, patience: float) -> float:
        """Give how long after a time it ended; infinite if it lives on."""
        ended, _, _ = select.select([self._handle], [], [], patience)
        at = time.perf_counter()
        os.close(self._handle)
        return at - since if ended else float("inf")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the record of the one session of a home holds."""

    entry: SessionEntry
    events: list[Event]
    numbers: list[int]
    fault: str | None
    summary: Summary

    def of(self, *kinds: type[Event]) -> list[Event]:
        """Give the events of some kinds, in order."""
        return [event for event in self.events if isinstance(event, kinds)]


def read_back(home: Path) -> Kept:
    """Choose the vault's first passphrase and read the one session in it."""
    data = places(home).data
    vault = Vault.claim(data, "a few quiet words", cost=CHEAP)
    archive = Archive(vault)
    try:
        (entry,) = archive.sessions()
        journal = vault.open_session(entry.id)
        events, fault = archive.events(entry)
        summary, _ = archive.summary(entry)
        return Kept(
            entry=entry,
            events=events,
            numbers=[row.seq for row in journal.rows],
            fault=fault or (None if journal.verified else "not verified"),
            summary=summary,
        )
    finally:
        archive.close()


def interrupted(home: Path) -> Sequence[str]:
    """Give the ids of the sessions that the next start would offer."""
    return [one.session_id for one in Vault.open_public(places(home).data).interrupted()]


def files_with(home: Path, *secrets: str) -> list[str]:
    """Name the files that hold one of some texts in plain, in their bytes or their names."""
    found = []
    for path in home.rglob("*"):
        whole = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        if any(secret.encode() in whole for secret in secrets):
            found.append(path.name)
    return found
