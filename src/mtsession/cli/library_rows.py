"""Recordings of the library as lines, as paragraphs and as rows of JSON."""

import os
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from mtsession.app.library_filter import ordered, parse_filter
from mtsession.app.library_words import (
    MARKS,
    bpm_words,
    sound_sentence,
    tempo_mark,
    tempo_sentence,
)
from mtsession.music.recording import Recording
from mtsession.timeline.units import micros
from mtsession.ui.draw import mmss, printable

NAME_LETTERS = 8
"""Letters of the content shown; enough to find it by."""

LABEL_WIDTH = 8
WORDS = {True: "yes", False: "no", None: "not known"}


def chosen(recordings: Iterable[Recording], *, sort: str, text: str) -> list[Recording]:
    """Give the recordings that a filter lets through, in order.

    Raises
    ------
    MusicError
        If the filter cannot be read.
    """
    wanted = parse_filter(text)
    return ordered((each for each in recordings if wanted(each)), sort, falling=False)


def line(recording: Recording, *, namesake: bool = False) -> str:
    """Give a recording's line in the list: name, tempo, length, key, title.

    Parameters
    ----------
    recording : Recording
        To be listed.
    namesake : bool
        Whether another of the list has its title, so that the file's name tells them apart.
    """
    bpm = "" if recording.bpm is None else f"{recording.bpm:.2f}"
    analysis = recording.analysis
    key = "" if analysis is None else analysis.key or ""
    length = "" if recording.duration_s is None else _length(recording.duration_s)
    name = recording.content[:NAME_LETTERS]
    figures = f"{name}  {bpm:>6} {tempo_mark(recording):<1} {length:>7}  {key:<3}"
    file = printable(f" ({PurePath(recording.path).name})") if namesake else ""
    return f"{figures}  {titled(recording)}{file}{_aside(recording)}".rstrip()


def titled(recording: Recording) -> str:
    """Give title and artist, without anything that would steer a terminal."""
    artist = f", {recording.artist}" if recording.artist else ""
    return printable(f"{recording.title}{artist}").strip()


def legend(found: Sequence[Recording], *, among: int) -> str:
    """Say how many recordings a list shows, and what its marks mean."""
    count = f"{len(found)} of {among}" if len(found) < among else f"{among}"
    used = {tempo_mark(each) for each in found}
    meanings = [f"{mark} {meaning}" for mark, meaning in MARKS if mark in used]
    told = f"{count} recording{'' if among == 1 else 's'}"
    return f"{told}. Tempo: {'; '.join(meanings)}." if meanings else f"{told}."


def story(recording: Recording, paths: Sequence[str]) -> list[str]:
    """Tell all that is known of a recording, found at these paths, a line each."""
    facts = _facts(recording, [path for path in paths if path != recording.path])
    return [
        titled(recording),
        *(f"  {label:<{LABEL_WIDTH}}{text}" for label, text in facts if text),
    ]


def _facts(recording: Recording, copies: Sequence[str]) -> list[tuple[str, str]]:
    analysis = recording.analysis
    gone = "" if recording.present else " (not there at the last scan)"
    labels = ", ".join(printable(label) for label in recording.labels)
    tempo = "not measured" if analysis is None else tempo_sentence(recording)
    if analysis is None and recording.bpm is not None:
        tempo = f"{bpm_words(recording.bpm)} BPM; not measured"
    return [
        ("name", recording.content[: 2 * NAME_LETTERS]),
        ("file", f"{printable(recording.path)}{gone}"),
        *(("copy" if os.path.lexists(path) else "before", printable(path)) for path in copies),
        ("album", printable(recording.album or "")),
        ("length", "" if recording.duration_s is None else _length(recording.duration_s)),
        ("tempo", tempo),
        ("beats", _beats(recording)),
        ("sound", "" if analysis is None else sound_sentence(analysis)),
        ("words", WORDS[recording.words]),
        ("labels", labels),
        ("fault", printable(recording.fault or "")),
    ]


def _beats(recording: Recording) -> str:
    beats = recording.beats_s
    if not beats:
        return ""
    told = f"{len(beats)}, the first at {beats[0]:.2f} s"
    if recording.beats_per_bar is None:
        return told
    told += f"; {recording.beats_per_bar} to a bar"
    if recording.downbeat is None:
        return told
    return f"{told}, a bar begins at {beats[recording.downbeat]:.2f} s"


def row(recording: Recording) -> dict[str, Any]:
    """Give what the list says of a recording, for JSON and spreadsheets."""
    analysis = recording.analysis
    return {
        "content": recording.content,
        "path": text_of_path(recording.path),
        "present": recording.present,
        "title": recording.title,
        "artist": recording.artist,
        "album": recording.album,
        "duration_s": None if recording.duration_s is None else round(recording.duration_s, 3),
        "bpm": recording.bpm,
        "confidence": None if analysis is None else analysis.confidence,
        "how": recording.decision.how,
        "locked": recording.decision.locked,
        "steady": None if analysis is None else analysis.steady,
        "key": None if analysis is None else analysis.key,
        "lufs": None if analysis is None else analysis.lufs,
        "true_peak_db": None if analysis is None else analysis.true_peak_db,
        "words": recording.words,
        "labels": recording.labels,
        "fault": recording.fault,
    }


def whole_row(recording: Recording, paths: Iterable[str]) -> dict[str, Any]:
    """Give all that is known of a recording but its picture, for JSON."""
    values: dict[str, Any] = msgspec.to_builtins(recording)
    if values["analysis"] is not None:
        del values["analysis"]["overview"]
    where = {"path": text_of_path(recording.path), "paths": [text_of_path(each) for each in paths]}
    return values | where


def text_of_path(path: str | os.PathLike[str]) -> str:
    """Give a path as text that any reader takes: a byte that is no letter becomes a sign for it."""
    return os.fsencode(path).decode("utf-8", "replace")


def _aside(recording: Recording) -> str:
    """Say what else matters in a list: labels, a file that is gone, a fault."""
    notes = [printable(label) for label in recording.labels]
    if not recording.present:
        notes.append("file gone")
    if recording.analysis is None:
        notes.append("not measured")
    elif recording.analysis.fault is not None:
        notes.append("damaged")
    return f"  [{', '.join(notes)}]" if notes else ""


def _length(seconds: float) -> str:
    return mmss(micros(seconds))
