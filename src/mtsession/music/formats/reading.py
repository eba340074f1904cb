"""Reads and writes a playlist in whichever format its name says."""

from collections.abc import Sequence
from pathlib import Path

from mtsession.errors import MusicError
from mtsession.music.formats.m3u import read_m3u, write_m3u
from mtsession.music.formats.native import (
    SCHEMA,
    NativePlaylist,
    NativeTrack,
    native_path,
    native_text,
    parse_native,
)
from mtsession.music.formats.playlist_file import Entry, PlaylistFile, read_bytes, write_new
from mtsession.music.formats.xspf import read_xspf, write_xspf
from mtsession.protocol.written import Fault

ENDINGS = (".toml", ".m3u", ".m3u8", ".xspf")


def is_playlist(path: Path) -> bool:
    """Tell whether a name is that of a playlist; a .toml may be a plan as well."""
    return path.suffix.lower() in ENDINGS


def read_playlist(path: Path) -> PlaylistFile:
    """Read a playlist: native (.toml), M3U (.m3u, .m3u8) or XSPF (.xspf).

    Raises
    ------
    MusicError
        If there is no readable file, or its name is that of none of these.
    """
    ending = path.suffix.lower()
    if ending in (".m3u", ".m3u8"):
        return read_m3u(path)
    if ending == ".xspf":
        return read_xspf(path)
    if ending == ".toml":
        return _read_native(path)
    raise _unknown(path)


def write_playlist(entries: Sequence[Entry], path: Path, *, title: str | None = None) -> None:
    """Write a playlist in the format that its name says; nothing is written over.

    Raises
    ------
    MusicError
        If the name is that of no format, there is such a file, or it cannot be written.
    """
    ending = path.suffix.lower()
    if ending in (".m3u", ".m3u8"):
        write_m3u(entries, path, title=title)
    elif ending == ".xspf":
        write_xspf(entries, path, title=title)
    elif ending == ".toml":
        write_native(native_of(entries, path.parent, title=title), path)
    else:
        raise _unknown(path)


def write_native(playlist: NativePlaylist, path: Path, head: str = "") -> None:
    """Write a native playlist.

    Raises
    ------
    MusicError
        If there is such a file already, or it cannot be written.
    """
    write_new(path, native_text(playlist, head).encode("utf-8", "surrogateescape"))


def native_of(entries: Sequence[Entry], folder: Path, *, title: str | None) -> NativePlaylist:
    """Make a native playlist of entries, for a file in a folder."""
    tracks = tuple(
        NativeTrack(file=native_path(each.path, folder), title=each.title) for each in entries
    )
    return NativePlaylist(schema=SCHEMA, title=title or "", track=tracks)


def _read_native(path: Path) -> PlaylistFile:
    content = read_bytes(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "it holds a character that is not UTF-8."
        fault = Fault(
            file=path.name, line=line, key="", message=message, hint="Save it as UTF-8 text."
        )
        return PlaylistFile(title=None, entries=(), faults=(fault,))
    native, faults = parse_native(text, path.name)
    tracks = () if native is None else native.track
    folder = path.absolute().parent
    return PlaylistFile(
        title=(native.title or None) if native else None,
        entries=tuple(
            Entry(path=str(folder / each.file), title=each.title, duration_s=each.duration_s)
            for each in tracks
        ),
        faults=faults,
        native=native,
    )


def _unknown(path: Path) -> MusicError:
    return MusicError(
        f"{path.name} is no playlist that is known here.",
        f"Use a name that ends in {', '.join(ENDINGS)}.",
    )
