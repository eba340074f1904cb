"""How recordings lie in the catalogue's rows."""

import os
import sys
from array import array
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from mtsession.music.library.pulse import effective
from mtsession.music.library.walk import last_part
from mtsession.music.recording import Analysis, Decision, Recording

_decode_analysis = msgspec.json.Decoder(Analysis).decode
_decode_decision = msgspec.json.Decoder(Decision).decode
_AS_MEASURED = Decision()


class UnreadableError(Exception):
    """A row holds what no version of this program wrote."""


class RecordingRow(NamedTuple):
    """What is kept of one content, `overview` empty where it was not asked for."""

    content: str
    path: str
    fault: str | None
    analysis: bytes | None
    beats: bytes | None
    overview: bytes | None
    decision: bytes | None
    words: int | None


class FileRow(NamedTuple):
    """What one file says of its content."""

    content: str
    path: str
    present: int
    title: str | None
    artist: str | None
    album: str | None
    bpm: float | None
    words: int | None


def packed(analysis: Analysis) -> tuple[bytes, bytes, bytes]:
    """Give an analysis as its figures, its beats and its overview, apart from one another.

    A thousand recordings are listed without their overviews, and beats are read far faster as
    numbers than as text.
    """
    bare = msgspec.structs.replace(analysis, beats_s=(), overview=b"")
    beats = array("d", analysis.beats_s)
    if sys.byteorder == "big":
        beats.byteswap()
    return msgspec.json.encode(bare), beats.tobytes(), analysis.overview


def unpacked(body: bytes, beats: bytes | None, overview: bytes | None) -> Analysis:
    """Put an analysis together again.

    Raises
    ------
    UnreadableError
        If it is damaged.
    """
    try:
        times, bare = array("d", beats or b""), _decode_analysis(body)
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        raise UnreadableError from error
    if sys.byteorder == "big":
        times.byteswap()
    return msgspec.structs.replace(bare, beats_s=tuple(times), overview=overview or b"")


def packed_decision(decision: Decision) -> bytes:
    """Give a decision as it is kept."""
    return msgspec.json.encode(decision)


def unpacked_decision(body: bytes | None) -> Decision:
    """Read a decision; without one all is as measured.

    Raises
    ------
    UnreadableError
        If it is damaged.
    """
    try:
        return _AS_MEASURED if body is None else _decode_decision(body)
    except (TypeError, msgspec.MsgspecError) as error:
        raise UnreadableError from error


def without_name(fault: str | None, path: str) -> str | None:
    """Take a file's name off the sentence on its fault: other files may hold the same.

    Examples
    --------
    >>> without_name("“a.wav” is silent.", "/music/a.wav")
    ' is silent.'
    """
    return fault and fault.removeprefix(f"“{last_part(path)}”")


def with_name(fault: str | None, path: str) -> str | None:
    """Put the name of a file before the sentence on its content's fault.

    Examples
    --------
    >>> with_name(" is silent.", "/music/b.wav")
    '“b.wav” is silent.'
    """
    return f"“{last_part(path)}”{fault}" if fault and fault.startswith(" ") else fault


def file_title(path: str) -> str:
    """Give a file's name without its ending; `PurePath.stem` takes long for a thousand of them."""
    name = os.path.basename(path)  # noqa: PTH119
    return os.path.splitext(name)[0]  # noqa: PTH122


def to_recording(row: RecordingRow, file: FileRow | None, labels: Iterable[str]) -> Recording:
    """Make one value of what was measured, tagged and said."""
    path = row.path if file is None else file.path
    analysis = None if row.analysis is None else unpacked(row.analysis, row.beats, row.overview)
    decision = unpacked_decision(row.decision)
    tag_bpm = None if file is None else file.bpm
    words = row.words if row.words is not None or file is None else file.words
    pulse = effective(analysis, decision, tag_bpm)
    title = None if file is None else file.title
    return Recording(
        content=row.content,
        path=path,
        present=file is not None and bool(file.present),
        title=title or file_title(path),
        artist=None if file is None else file.artist,
        album=None if file is None else file.album,
        tag_bpm=tag_bpm,
        words=None if words is None else bool(words),
        labels=tuple(labels),
        analysis=analysis,
        fault=with_name(row.fault, path),
        decision=decision,
        bpm=pulse.bpm,
        beats_s=pulse.beats_s,
        downbeat=pulse.downbeat,
        beats_per_bar=pulse.beats_per_bar,
    )
