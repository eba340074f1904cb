"""One worker of a scan: a process that reads and measures one file at a time.

Loaded in each new process, so it loads little by itself.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

import msgspec

from mtsession.errors import MediaError
from mtsession.media.payload import payload_hash
from mtsession.media.tags import Tags, read_tags
from mtsession.music.cancelling import Cancelled
from mtsession.music.library.walk import Stamp, last_part, stamp_of
from mtsession.music.recording import Analysis


class Measure(Protocol):
    """Measures one file; while it gets on it asks now and then whether it is still wanted."""

    def __call__(self, path: Path, *, cancelled: Cancelled) -> Analysis:
        """Give what was measured, or raise MediaError."""
        ...


ANALYSIS = ("mtsession.music.analysis.analyse", "analyse_file")
_LOWEST_PRIORITY = 19
_SIGN_SECONDS = 1.0
_ONE_THREAD_EACH = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Asks what a file holds: its payload's hash and its tags."""

    path: str


class Listen(msgspec.Struct, frozen=True, kw_only=True):
    """Asks to measure a file that was looked at, if it is still the same."""

    path: str
    stamp: Stamp


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Says that the worker has started."""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds."""

    stamp: Stamp
    content: str
    tags: Tags


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a file."""

    analysis: Analysis


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a file gives nothing, in one sentence.

    `stamp` is given where that holds until the file changes; else it is worth another try.
    """

    message: str
    stamp: Stamp | None = None


class GettingOn(msgspec.Struct, frozen=True, kw_only=True):
    """Says that the file asked for is still being measured; its answer follows."""


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """Stands for a worker's answer where it did not get on with a file, and was ended."""


Answer = Ready | Looked | Measured | Refused | GettingOn | Stuck


def serve(link: Connection, measure: Measure | None) -> None:
    """Answer questions until the other end is gone."""
    _step_back()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    link.send(Ready())
    while True:
        try:
            asked = link.recv()
        except EOFError:
            return
        try:
            if isinstance(asked, Look):
                answer = _look(asked.path)
            else:
                answer = _listen(asked, measure or _analysis(), _sign_of_life(link))
        except (Exception, MemoryError) as error:  # noqa: BLE001 - told, and the next file goes on
            kind = type(error).__name__
            answer = Refused(message=f"“{last_part(asked.path)}” could not be measured ({kind}).")
        try:
            link.send(answer)
        except OSError:
            return


def _sign_of_life(link: Connection) -> Cancelled:
    """Tell the scan, each time measuring asks whether it is wanted, that it gets on."""
    told = time.monotonic()

    def still_wanted() -> bool:
        nonlocal told
        if time.monotonic() - told >= _SIGN_SECONDS:
            told = time.monotonic()
            link.send(GettingOn())
        return False

    return still_wanted


def _end_with_parent() -> None:
    """End in the middle of a file where the scan's process was killed: nobody wants its answer."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _step_back() -> None:
    """Come after all other programs, write on nobody's screen, and leave Ctrl+C to the scan."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform != "win32":
        os.nice(_LOWEST_PRIORITY)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    # Several workers share the processor already.
    for name in _ONE_THREAD_EACH:
        os.environ.setdefault(name, "1")


def _look(path: str) -> Answer:
    file = Path(path)
    try:
        stamp = stamp_of(file.stat())
        try:
            content, tags = payload_hash(file), read_tags(file)
        except MediaError as error:
            lasting = stamp.size == 0 or file.suffix.lower() == ".m4p"
            return Refused(message=one_line(error), stamp=stamp if lasting else None)
        if stamp_of(file.stat()) != stamp:
            return _changing(path)
    except OSError as error:
        return Refused(message=f"“{last_part(path)}” cannot be read: {error.strerror}.")
    return Looked(stamp=stamp, content=content, tags=tags)


def _listen(asked: Listen, measure: Measure, sign: Cancelled) -> Answer:
    file = Path(asked.path)
    answer: Answer
    try:
        answer = Measured(analysis=measure(file, cancelled=sign))
    except MediaError as error:
        answer = Refused(message=one_line(error), stamp=asked.stamp)
    try:
        changed = stamp_of(file.stat()) != asked.stamp
    except OSError:
        changed = True
    return _changing(asked.path) if changed else answer


def _analysis() -> Measure:
    """Load what measures only when something is to be measured: it takes a second or two."""
    module, name = ANALYSIS
    measure: Measure = getattr(importlib.import_module(module), name)
    return measure


def _changing(path: str) -> Refused:
    return Refused(
        message=f"“{last_part(path)}” changed while it was read; the next scan takes it in."
    )


def one_line(error: MediaError) -> str:
    """Give an error's sentence; file names may hold line ends and worse."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in error.message)
