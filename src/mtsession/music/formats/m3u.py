"""M3U and M3U8: a path a line, with what `#EXTINF` says of it before it."""

import codecs
import math
import re
from collections.abc import Sequence
from pathlib import Path

from mtsession.music.formats.places import NoPlaceError, address_of, below, place_of, place_of_uri
from mtsession.music.formats.playlist_file import Entry, PlaylistFile, read_bytes, write_new
from mtsession.protocol.written import Fault

NOT_A_FILE = "Download it if you may, or start it by hand in the session."

_INFO = re.compile(r"^#EXTINF:\s*(-?[0-9.]*)([^,]*),?(.*)$", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\n|\r")


def read_m3u(path: Path) -> PlaylistFile:
    """Read an M3U or M3U8 playlist.

    UTF-8 with or without its mark; a file that is not UTF-8 is taken for Latin-1, as
    older programs wrote it. Paths start from the playlist's folder.

    Raises
    ------
    MusicError
        If there is no readable file.
    """
    content = read_bytes(path)
    reader = _Reader(path)
    reader.read(_text(content, path.name, reader))
    return PlaylistFile(
        title=reader.title, entries=tuple(reader.entries), faults=tuple(reader.faults)
    )


def write_m3u(entries: Sequence[Entry], path: Path, *, title: str | None = None) -> None:
    """Write an M3U or M3U8 playlist: UTF-8, or Latin-1 for `.m3u` where that is enough.

    Raises
    ------
    MusicError
        If there is such a file already, or it cannot be written.
    """
    lines = ["#EXTM3U"]
    if title:
        lines.append(f"#PLAYLIST:{_one_line(title)}")
    for entry in entries:
        name = " - ".join(_one_line(part) for part in (entry.artist, entry.title) if part)
        if name or entry.duration_s is not None:
            length = -1 if entry.duration_s is None else round(entry.duration_s)
            lines.append(f"#EXTINF:{length},{name}")
        lines.append(_written(Path(entry.path), path.parent))
    text = "\n".join(lines) + "\n"
    encoding = "utf-8"
    if path.suffix.lower() == ".m3u" and not text.isascii():
        encoding = "latin-1" if _fits_latin(text) else "utf-8"
    write_new(path, text.encode(encoding))


def _text(content: bytes, name: str, reader: "_Reader") -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if name.lower().endswith(".m3u8"):
            line = content.count(b"\n", 0, error.start) + 1
            hint = "Save it as UTF-8; it was read as Latin-1."
            reader.fault(line, "", "it holds a character that is not UTF-8.", hint)
        return content.decode("latin-1")


class _Reader:
    """One reading: what was found, and what could not be understood."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._folder = path.absolute().parent
        self._info: tuple[int, str | None, str | None, float | None] | None = None
        self.title: str | None = None
        self.entries: list[Entry] = []
        self.faults: list[Fault] = []

    def fault(self, line: int, key: str, message: str, hint: str) -> None:
        """Take down what is wrong on a line."""
        self.faults.append(Fault(file=self._name, line=line, key=key, message=message, hint=hint))

    def read(self, text: str) -> None:
        """Read all lines."""
        number = 0
        for number, line in enumerate(_LINE_END.split(text), start=1):
            self._line(number, line.strip())
        self._unused_info()
        if not self.entries and not self.faults:
            hint = "Add a line with the path of a sound file."
            self.fault(max(1, number - 1), "", "the playlist names no recording.", hint)

    def _line(self, number: int, line: str) -> None:
        if not line:
            return
        if line.upper().startswith("#EXTINF"):
            self._unused_info()
            self._read_info(number, line)
        elif line.upper().startswith("#PLAYLIST:"):
            self.title = line.split(":", 1)[1].strip() or None
        elif line.upper().startswith("#EXT-X-"):
            if not self.faults:
                message = "this is the index of a stream on a network, not a list of files."
                self.fault(number, "#EXT-X", message, NOT_A_FILE)
        elif not line.startswith("#"):
            self._path(number, line)

    def _read_info(self, number: int, line: str) -> None:
        match = _INFO.match(line)
        seconds = _number(match.group(1)) if match else None
        if match is None or seconds is None:
            hint = "Write #EXTINF:245,Artist - Title, or leave the line out."
            self.fault(number, "#EXTINF", "its length in seconds is missing.", hint)
            return
        artist, dash, title = match.group(3).strip().partition(" - ")
        if not dash:
            artist, title = "", artist
        length = seconds if seconds > 0 else None
        self._info = number, title.strip() or None, artist.strip() or None, length

    def _path(self, number: int, line: str) -> None:
        info, self._info = self._info, None
        try:
            place = self._place(line)
        except NoPlaceError as error:
            self.fault(number, f"entry {len(self.entries) + 1}", f"{error}.", NOT_A_FILE)
            return
        _, title, artist, length = info or (0, None, None, None)
        self.entries.append(
            Entry(path=str(place), title=title, artist=artist, duration_s=length, line=number)
        )

    def _place(self, line: str) -> Path:
        """Give the file that is meant; some programs write relative paths as addresses."""
        place = place_of(line, self._folder)
        if "%" in line and not place.exists():
            meant = place_of_uri(line, self._folder)
            return meant if meant.exists() else place
        return place

    def _unused_info(self) -> None:
        if self._info is not None:
            hint = "Write the path of its file on the next line, or leave it out."
            self.fault(self._info[0], "#EXTINF", "no path follows it.", hint)
            self._info = None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _fits_latin(text: str) -> bool:
    """Tell whether Latin-1 holds a text, and nobody would take the bytes for UTF-8."""
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeEncodeError:
        return False
    except UnicodeDecodeError:
        return True
    return False


def _written(path: Path, folder: Path) -> str:
    """Write a path so that it is read back: as an address where a line cannot hold it."""
    relative = below(path, folder)
    plain = str(path.absolute()) if relative is None else str(relative)
    special = plain != plain.strip() or plain.startswith("#") or ":" in plain or "\\" in plain
    if special or not plain.isprintable() or not plain:
        return address_of(path)
    return plain
