"""Finds the sound files of a folder: no loops, nothing hidden, nothing twice."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from mtsession.music.cancelling import Cancelled

KINDS = frozenset(
    (
        ".aac", ".aif", ".aifc", ".aiff", ".alac", ".flac", ".m4a", ".m4p", ".mp3", ".oga", ".ogg",
        ".opus", ".wav", ".wave",
    )
)  # fmt: skip
"""Endings of the files that are looked at."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What tells without opening it whether a file changed."""

    size: int
    mtime_ns: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A sound file, by its ending."""

    path: str
    stamp: Stamp


class ScanFault(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder that could not be taken in, with one sentence on why."""

    path: str
    message: str


class Walk:
    """One walk through folders.

    Parameters
    ----------
    roots : sequence of Path
        Folders or single files, hidden ones too if they are named here.
    cancelled : callable
        Asked before each folder.

    Attributes
    ----------
    faults : list of ScanFault
        What could not be looked at so far.
    unseen : list of str
        Folders that are there and could not be looked into: nothing can be said of their files.
    """

    def __init__(self, roots: Sequence[Path], cancelled: Cancelled) -> None:
        self.faults: list[ScanFault] = []
        self.unseen: list[str] = []
        self._roots = roots
        self._cancelled = cancelled
        self._entered: set[tuple[int, int]] = set()
        self._links: list[str] = []
        self._given: set[str] = set()

    def files(self) -> Iterator[Found]:
        """Give each sound file once.

        Folders that are links come after all others: a file is known by where it really lies.
        """
        for root in self._roots:
            yield from self._root(str(whole_path(root)))
        while self._links and not self._cancelled():
            yield from self._linked(self._links.pop(0))

    def _root(self, path: str) -> Iterator[Found]:
        try:
            about = Path(path).stat()
        except (OSError, ValueError) as error:
            self._fault(path, _why(error))
            if not isinstance(error, FileNotFoundError):
                self.unseen.append(path)
            return
        if stat.S_ISDIR(about.st_mode):
            yield from self._folder(path, about)
        elif _is_sound(path):
            yield from self._file(path, about)
        else:
            self._fault(path, "is not a kind of sound file that is read")

    def _linked(self, path: str) -> Iterator[Found]:
        try:
            about = Path(path).stat()
        except OSError as error:
            self._fault(path, _why(error))
            return
        if _identity(about) in self._entered:
            link = Path(path)
            if link.resolve() in link.parent.resolve().parents or link.samefile(link.parent):
                self._fault(path, "is a link back to a folder above it, and is not followed again")
            return
        yield from self._folder(path, about)

    def _folder(self, path: str, about: os.stat_result) -> Iterator[Found]:
        """Walk a folder without calling itself, however deep it goes."""
        waiting = [(path, about)]
        while waiting and not self._cancelled():
            folder, about = waiting.pop()
            if _identity(about) in self._entered:
                continue
            self._entered.add(_identity(about))
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                self._fault(folder, _why(error))
                self.unseen.append(folder)
                continue
            inside: list[tuple[str, os.stat_result]] = []
            for entry in entries:
                if entry.name.startswith("."):
                    continue  # hidden, or the fork that a Mac leaves on other disks
                yield from self._entry(entry, inside)
            waiting.extend(reversed(inside))

    def _entry(
        self, entry: "os.DirEntry[str]", inside: list[tuple[str, os.stat_result]]
    ) -> Iterator[Found]:
        try:
            about = Path(entry.path).stat()
        except (OSError, ValueError) as error:
            if _is_sound(entry.name) or getattr(error, "errno", None) == errno.ELOOP:
                self._fault(entry.path, _why(error))
            return
        if not stat.S_ISDIR(about.st_mode):
            yield from self._file(entry.path, about)
        elif entry.is_symlink():
            self._links.append(entry.path)
        else:
            inside.append((entry.path, about))

    def _file(self, path: str, about: os.stat_result) -> Iterator[Found]:
        if not _is_sound(path) or not stat.S_ISREG(about.st_mode) or path in self._given:
            return
        self._given.add(path)
        try:
            path.encode()
        except UnicodeEncodeError:
            self._fault(path, "has a name that is not text; give it another one, then scan again")
            return
        yield Found(path=path, stamp=stamp_of(about))

    def _fault(self, path: str, why: str) -> None:
        self.faults.append(ScanFault(path=readable(path), message=f"“{last_part(path)}” {why}."))


def whole_path(path: Path) -> Path:
    """Give a path from the root on, the same however it was written; links stay in it."""
    with contextlib.suppress(RuntimeError):  # nobody's home is called so: a name like others
        path = path.expanduser()
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path keeps ".."


def stamp_of(about: os.stat_result) -> Stamp:
    """Give what tells whether a file changed."""
    return Stamp(size=about.st_size, mtime_ns=about.st_mtime_ns)


def readable(path: str) -> str:
    r"""Give a path as one line of text, with a sign in place of what is none.

    Examples
    --------
    >>> readable("caf\udce9.wav")
    'caf\ufffd.wav'
    """
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def last_part(path: str) -> str:
    """Give a path's last part as one line of text."""
    return readable(Path(path).name or path)


def _identity(about: os.stat_result) -> tuple[int, int]:
    return about.st_dev, about.st_ino


def _is_sound(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in KINDS  # noqa: PTH122 - a thousand times


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is not there; it was moved, its drive is unplugged, or a link leads nowhere"
    if isinstance(error, PermissionError):
        return "may not be read by this user account"
    if getattr(error, "errno", None) == errno.ELOOP:
        return "is a link that leads to itself"
    return f"cannot be read: {getattr(error, 'strerror', None) or 'its name cannot be used'}"
