"""Files that only their owner may read, written so that a power cut leaves the old or the new."""

import os
import sys
import uuid
from pathlib import Path

from mtsession.errors import RecordsError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

OWNER_ONLY_DIRECTORY = 0o700
OWNER_ONLY_FILE = 0o600


def private_directory(path: Path) -> Path:
    """Make a directory that only its owner may enter; one that is there is tightened."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_DIRECTORY)
        path.chmod(OWNER_ONLY_DIRECTORY)
    except OSError as error:
        raise RecordsError(
            f"The folder {path} cannot be made or made private ({error.strerror}).",
            "Choose another data folder, or ask for write access to this one.",
        ) from error
    return path


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable; Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_private(path: Path, content: bytes = b"") -> None:
    """Write a new file durably, readable by its owner alone; an existing one is refused."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, OWNER_ONLY_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def replace_private(path: Path, content: bytes) -> None:
    """Put new content in a file's place in one step, so that no reader sees half of it."""
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
    create_private(beside, content)
    try:
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def overwrite_and_remove(path: Path) -> None:
    """Overwrite a small secret in place, then remove it.

    A journalling or copy-on-write file system, or a solid-state disk, may keep
    the old block all the same: this is a courtesy, not a guarantee.
    """
    with path.open("r+b", buffering=0) as file:
        file.write(os.urandom(path.stat().st_size))
        os.fsync(file.fileno())
    path.unlink()
    sync_directory(path.parent)


class Mark:
    """A small file that is locked for as long as the process that made it lives.

    The operating system lets go of the lock when the process dies, however it
    dies, so a mark that is there and not locked tells of an interruption.

    Parameters
    ----------
    path : Path
        Where the mark is to stand; made if missing.
    content : str
        What it says, readable without any key.
    """

    def __init__(self, path: Path, content: str) -> None:
        self.path = path
        self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY_FILE)
        if not _try_lock(self._descriptor):
            self.release()
            raise RecordsError(
                "This session is being recorded by another mtsession.",
                "Use the one that is open, or close it first.",
            )
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, content.encode())
        os.fsync(self._descriptor)

    def release(self) -> None:
        """Let go of the lock and leave the file, as a death of the process would."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        """Let go of the lock and take the file away."""
        self.release()
        self.path.unlink(missing_ok=True)
        sync_directory(self.path.parent)


def is_held(mark: Path) -> bool:
    """Tell whether a living process holds this mark; False where there is none."""
    try:
        descriptor = os.open(mark, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    """Take an exclusive lock without waiting; closing the descriptor lets it go."""
    try:
        if sys.platform == "win32":
            # Locked bytes cannot be read there, so the lock sits far behind the content.
            os.lseek(descriptor, 1 << 20, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
