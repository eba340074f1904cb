"""Paths as playlists write them: relative ones, file addresses, and those of other systems."""

import os
import re
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote_to_bytes

_ADDRESS = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):(.*)$", re.DOTALL)
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")


class NoPlaceError(ValueError):
    """What is no file on this machine; the argument says why."""


def place_of(written: str, folder: Path) -> Path:
    """Give the file that a playlist means.

    Parameters
    ----------
    written : str
        A path, or a `file:` address.
    folder : Path
        The playlist's own, from which relative paths start.

    Raises
    ------
    NoPlaceError
        If it is an address of something else, or no path at all.

    Examples
    --------
    >>> place_of("a%20b.flac", Path("/m")), place_of("file:///m/a%20b.flac", Path("/x"))
    (PosixPath('/m/a%20b.flac'), PosixPath('/m/a b.flac'))
    """
    if "\0" in written:
        raise NoPlaceError("it is no path")
    address = _ADDRESS.match(written)
    if address and not _DRIVE.match(written):
        if address.group(1).lower() != "file":
            raise NoPlaceError("it is an address on a network, not a file")
        return _from_address(address.group(2), folder)
    path = Path(written)
    if "\\" in written and os.sep == "/" and not (folder / path).exists():
        path = Path(written.replace("\\", "/"))
    return (folder / path).absolute()


def place_of_uri(written: str, folder: Path) -> Path:
    """Give the file that an address means, which may be relative, with its signs encoded.

    Raises
    ------
    NoPlaceError
        If it is an address of something else.

    Examples
    --------
    >>> place_of_uri("a%20b.flac", Path("/m"))
    PosixPath('/m/a b.flac')
    """
    if _ADDRESS.match(written):
        return place_of(written, folder)
    return _decoded(written, folder)


def uri_of(path: Path, folder: Path) -> str:
    """Give a file's address: relative where it lies in the playlist's folder or below.

    Examples
    --------
    >>> uri_of(Path("/m/a b.flac"), Path("/m")), uri_of(Path("/n/ä.flac"), Path("/m"))
    ('a%20b.flac', 'file:///n/%C3%A4.flac')
    """
    relative = below(path, folder)
    if relative is not None:
        return quote(os.fsencode(relative.as_posix()))
    return address_of(path)


def address_of(path: Path) -> str:
    """Give a file's whole address.

    Examples
    --------
    >>> address_of(Path("/m/#1 .flac"))
    'file:///m/%231%20.flac'
    """
    posix = path.absolute().as_posix()
    return "file://" + quote(os.fsencode(posix if posix.startswith("/") else f"/{posix}"), "/:")


def below(path: Path, folder: Path) -> PurePosixPath | None:
    """Give a path from a folder; None where it does not lie in it."""
    try:
        return PurePosixPath(path.absolute().relative_to(folder.absolute()).as_posix())
    except ValueError:
        return None


def _from_address(rest: str, folder: Path) -> Path:
    """Read what follows `file:`."""
    if rest.startswith("//"):
        host, slash, local = rest[2:].partition("/")
        if host not in ("", "localhost"):
            raise NoPlaceError("it lies on another machine")
        rest = slash + local
    if re.match(r"^/[A-Za-z]:/", rest) and os.sep == "\\":
        rest = rest[1:]
    return _decoded(rest, folder)


def _decoded(encoded: str, folder: Path) -> Path:
    path = os.fsdecode(unquote_to_bytes(encoded))
    if "\0" in path or not path:
        raise NoPlaceError("it is no path")
    return (folder / path).absolute()
