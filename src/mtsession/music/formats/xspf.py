"""XSPF, the XML playlist (xspf.org, version 1)."""

import math
from collections.abc import Sequence
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape

from mtsession.music.formats.m3u import NOT_A_FILE
from mtsession.music.formats.places import NoPlaceError, place_of_uri, uri_of
from mtsession.music.formats.playlist_file import Entry, PlaylistFile, read_bytes, write_new
from mtsession.protocol.written import Fault

NAMESPACE = "http://xspf.org/ns/0/"
DEEPEST = 32

_TEXTS = frozenset({"location", "title", "creator", "duration"})


def read_xspf(path: Path) -> PlaylistFile:
    """Read an XSPF playlist; what declares entities is refused, nothing is fetched.

    Raises
    ------
    MusicError
        If there is no readable file.
    """
    reader = _Reader(path)
    reader.read(read_bytes(path))
    return PlaylistFile(
        title=reader.title, entries=tuple(reader.entries), faults=tuple(reader.faults)
    )


def write_xspf(entries: Sequence[Entry], path: Path, *, title: str | None = None) -> None:
    """Write an XSPF playlist, with addresses that are relative where they can be.

    Raises
    ------
    MusicError
        If there is such a file already, or it cannot be written.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<playlist version="1" xmlns="{NAMESPACE}">',
    ]
    if title:
        lines.append(f"  <title>{_text(title)}</title>")
    lines.append("  <trackList>")
    for entry in entries:
        lines.append("    <track>")
        lines.append(f"      <location>{escape(uri_of(Path(entry.path), path.parent))}</location>")
        for tag, value in (("title", entry.title), ("creator", entry.artist)):
            if value:
                lines.append(f"      <{tag}>{_text(value)}</{tag}>")
        if entry.duration_s is not None:
            lines.append(f"      <duration>{round(entry.duration_s * 1000)}</duration>")
        lines.append("    </track>")
    lines += ["  </trackList>", "</playlist>"]
    write_new(path, ("\n".join(lines) + "\n").encode("utf-8", "replace"))


class _RefusedError(Exception):
    """What this reader takes no part in; the argument says what."""


class _Reader:
    """One reading: expat calls, what was found, and what could not be understood."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._folder = path.absolute().parent
        self._path: list[str] = []
        self._said: list[str] = []
        self._track: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        self._tracks = 0
        self.title: str | None = None
        self.entries: list[Entry] = []
        self.faults: list[Fault] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._said.append
        self._parser.EntityDeclHandler = self._entity

    def fault(self, line: int | None, key: str, message: str, hint: str = "") -> None:
        """Take down what is wrong at a key."""
        self.faults.append(Fault(file=self._name, line=line, key=key, message=message, hint=hint))

    def read(self, content: bytes) -> None:
        """Read a whole file."""
        line = 1
        try:
            self._parser.Parse(content, True)  # noqa: FBT003 - expat's signature: the last piece
        except expat.ExpatError as error:
            hint = "Look for a missing < or > on this line or the one before."
            told = expat.ErrorString(error.code)
            self.fault(error.lineno, "", f"the text is not XML from here: {told}.", hint)
            return
        except _RefusedError as error:
            self.fault(self._parser.CurrentLineNumber, "", f"{error}.", "Choose another playlist.")
            return
        if not self._tracks and not self.faults:
            hint = "Add a <track> with the <location> of a sound file."
            self.fault(line, "trackList", "the playlist names no recording.", hint)

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if not self._path and name != "playlist":
            raise _RefusedError(f"this is no XSPF playlist; it begins with <{name}>")
        if len(self._path) >= DEEPEST:
            raise _RefusedError("it is nested too deeply")
        self._path.append(name)
        self._said.clear()
        if name == "track":
            self._track, self._lines = {}, {"track": self._parser.CurrentLineNumber}
        elif name in _TEXTS:
            self._lines.setdefault(name, self._parser.CurrentLineNumber)

    def _end(self, _tag: str) -> None:
        name, text = self._path.pop(), "".join(self._said).strip()
        self._said.clear()
        where = self._path[-1:] or [""]
        if name in _TEXTS and where == ["track"]:
            self._track.setdefault(name, text)
        elif name == "title" and self._path == ["playlist"]:
            self.title = text or None
        elif name == "track":
            self._take_track()

    def _entity(self, name: str, *_rest: object) -> None:
        raise _RefusedError(f"it declares the entity “{name[:40]}”, which is not read for safety")

    def _take_track(self) -> None:
        key, line = f"track[{self._tracks}]", self._lines["track"]
        self._tracks += 1
        location = self._track.get("location")
        if not location:
            self.fault(line, f"{key}.location", "it is missing.", "Add the address of its file.")
            return
        try:
            place = place_of_uri(location, self._folder)
        except NoPlaceError as error:
            at = self._lines.get("location", line)
            self.fault(at, f"{key}.location", f"{error}.", NOT_A_FILE)
            return
        self.entries.append(
            Entry(
                path=str(place),
                title=self._track.get("title") or None,
                artist=self._track.get("creator") or None,
                duration_s=self._duration(key),
                line=self._lines.get("location", line),
            )
        )

    def _duration(self, key: str) -> float | None:
        written = self._track.get("duration")
        if not written:
            return None
        try:
            milliseconds = float(written)
        except ValueError:
            milliseconds = math.nan
        if not (math.isfinite(milliseconds) and milliseconds >= 0):
            hint = "Write milliseconds, or leave it out."
            self.fault(
                self._lines.get("duration"),
                f"{key}.duration",
                f"“{written[:20]}” is no length.",
                hint,
            )
            return None
        return milliseconds / 1000 or None


def _text(value: str) -> str:
    """Write a text so that XML can hold it."""
    kept = "".join(sign if sign.isprintable() else " " for sign in value)
    return escape(" ".join(kept.split()))
