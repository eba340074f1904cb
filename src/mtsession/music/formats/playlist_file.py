"""A playlist as a file holds it, whichever its format."""

from pathlib import Path

import msgspec

from mtsession.errors import MusicError
from mtsession.music.formats.native import NativePlaylist
from mtsession.protocol.written import Fault, summed_up

LARGEST_BYTES = 10_000_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One recording of a playlist.

    Attributes
    ----------
    path : str
        Absolute.
    duration_s : float or None
        As the playlist says it.
    line : int or None
        Where it stands in the file.
    """

    path: str
    title: str | None = None
    artist: str | None = None
    duration_s: float | None = None
    line: int | None = None


class PlaylistFile(msgspec.Struct, frozen=True, kw_only=True):
    """A playlist that was read.

    Attributes
    ----------
    faults : tuple of Fault
        What could not be understood, in the order of the file; the rest was.
    native : NativePlaylist or None
        All that a native playlist says.
    """

    title: str | None
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...] = ()
    native: NativePlaylist | None = None


class PlaylistFaultsError(MusicError):
    """A playlist that cannot be used, with the place of each fault.

    Parameters
    ----------
    faults : tuple of Fault
        At least one, in the order of the file.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(*summed_up(faults, "playlist"))
        self.faults = faults


def read_bytes(path: Path) -> bytes:
    """Read a playlist's file.

    Raises
    ------
    MusicError
        If it cannot be read, or is too large to be a playlist.
    """
    if path.is_dir():
        raise MusicError(f"{path.name or path} is a folder.", "Choose a playlist in it.")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "its name is no file name").lower()
        raise MusicError(
            f"The playlist {path.name} cannot be read: {reason}.", "Check the file and its name."
        ) from None
    if len(content) > LARGEST_BYTES:
        raise MusicError(f"{path.name} is too large to be a playlist.", "Choose another file.")
    return content


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; nothing is ever written over.

    Raises
    ------
    MusicError
        If there is such a file already, or it cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise MusicError(
            f"{path.name} is there already.", "Choose another name, or move that file away first."
        ) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "its name is no file name").lower()
        raise MusicError(
            f"{path.name} cannot be written: {reason}.", "Choose another folder or name."
        ) from None
