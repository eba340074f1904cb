"""Standard MIDI Files as they are met: whole, wrapped, damaged, or counted in film frames.

What can be read is read, and what was left out is said in `notices`. A file that
holds nothing to read is a `MidiError`.
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.errors import MidiError

MOST_BYTES = 100_000_000
MOST_MESSAGES = 2_000_000
LAST_TICK = 1 << 36
LONGEST_NAME = 80
LONGEST_US = 48 * 3600 * 1_000_000
DEFAULT_TEMPO_US = 500_000
FILM_RATES = {24: (24, 1), 25: (25, 1), 29: (30_000, 1001), 30: (30, 1)}
META, END_OF_TRACK, TRACK_NAME, SET_TEMPO = 0xFF, 0x2F, 0x03, 0x51
SYSEX = (0xF0, 0xF7)
LENGTHS = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


class SmfTrack(NamedTuple):
    """One track's channel messages in order of time.

    `times_us` and `messages` have shape (n,); a message is status, first and second
    data byte as one number, the second 0 where there is none.
    """

    name: str
    times_us: NDArray[np.int64]
    messages: NDArray[np.int64]


class Smf(NamedTuple):
    """A file that was read; `end_us` is its last channel message's time."""

    kind: int
    tracks: tuple[SmfTrack, ...]
    end_us: int
    notices: tuple[str, ...]


class _Damaged(Exception):  # noqa: N818 - not an error: it ends one track's reading
    """What was met where a message should be."""


class _RawTrack:
    """What one chunk holds, in ticks."""

    def __init__(self) -> None:
        self.name = ""
        self.ticks: list[int] = []
        self.messages: list[int] = []
        self.tempi: list[tuple[int, int]] = []
        self.damage = ""


def open_smf(path: Path) -> Smf:
    """Read a Standard MIDI File of type 0 or 1, in beats or film frames, RIFF-wrapped or not.

    Raises
    ------
    MidiError
        If there is nothing that can be read; the sentence names the file.
    """
    data = _unwrapped(path, _bytes_of(path))
    if len(data) < 14 or data[:4] != b"MThd":
        raise unreadable(path)
    kind = int.from_bytes(data[8:10], "big")
    division = int.from_bytes(data[12:14], "big")
    if kind == 2:
        raise MidiError(f"{path.name} holds patterns, not one piece.", "Export it as type 0 or 1.")
    if kind > 2:
        raise unreadable(path)
    chunks = list(_chunks(data))
    if not chunks:
        raise unreadable(path)
    raw: list[_RawTrack] = []
    notices: list[str] = []
    room = MOST_MESSAGES
    for number, (chunk, whole) in enumerate(chunks, 1):
        track = _read_track(chunk, room, path)
        room -= len(track.messages)
        raw.append(track)
        if track.damage or not whole:
            what = track.damage or "it breaks off"
            notices.append(f"Track {number} is damaged ({what}); what comes before that is read.")
    promised = int.from_bytes(data[10:12], "big")
    if promised > len(chunks):
        notices.append(f"{len(chunks)} of {promised} tracks are there.")
    if notices and not any(track.messages for track in raw):
        raise unreadable(path)
    return _timed(path, kind, division, raw, notices)


def unreadable(path: Path) -> MidiError:
    """Give the sentence for what is no MIDI file."""
    return MidiError(
        f"{path.name} is no whole Standard MIDI File.", "Export it again, or choose another."
    )


def _bytes_of(path: Path) -> bytes:
    try:
        found = path.stat()
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise MidiError(f"{path.name} is no file but a device.", "Choose a MIDI file.")
        if found.st_size > MOST_BYTES:
            raise MidiError(
                f"{path.name} is larger than any take: over {MOST_BYTES // 1_000_000} MB.",
                "Choose another.",
            )
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "the disk refused").lower()
        raise MidiError(f"{path.name} cannot be read: {reason}.", "Check the path.") from error


def _unwrapped(path: Path, data: bytes) -> bytes:
    """Take a MIDI file out of a RIFF file (RMID)."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return data
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise unreadable(path)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Give each track's bytes, and whether all of them are there."""
    at = 8 + int.from_bytes(data[4:8], "big")
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"MTrk":
            yield data[at + 8 : at + 8 + size], at + 8 + size <= len(data)
        at += 8 + size


def _read_track(data: bytes, room: int, path: Path) -> _RawTrack:
    """Read messages until the track's end, or until something is no message."""
    track = _RawTrack()
    try:
        _read_messages(data, track, room, path)
    except IndexError:
        track.damage = "it breaks off"
    except _Damaged as met:
        track.damage = str(met)
    return track


def _read_messages(data: bytes, track: _RawTrack, room: int, path: Path) -> None:
    at, tick, running, end = 0, 0, 0, len(data)
    ticks, messages, lengths = track.ticks, track.messages, LENGTHS
    while at < end and len(messages) <= room:
        delta = data[at]
        at += 1
        if delta >= 0x80:
            delta, at = _long_number(data, delta, at)
        tick += delta
        if tick > LAST_TICK:
            raise _Damaged("a time beyond all measure")
        status = data[at]
        if status >= 0xF0:
            at = _read_system(data, at, tick, track)
            running = 0
            if at < 0:
                return
            continue
        if status >= 0x80:
            running = status
            at += 1
        elif not running:
            raise _Damaged("a message without a beginning")
        second_at = at + lengths[running & 0xF0] - 1
        first, second = data[at], data[second_at] if second_at > at else 0
        at = second_at + 1
        if (first | second) >= 0x80:
            raise _Damaged("a byte that is no message's")
        ticks.append(tick)
        messages.append(running << 16 | first << 8 | second)
    if len(messages) > room:
        raise MidiError(
            f"{path.name} holds more than {MOST_MESSAGES:,} messages, more than any take.",
            "Cut it into shorter files.",
        )


def _read_system(data: bytes, at: int, tick: int, track: _RawTrack) -> int:
    """Read a meta or system message; gives where to go on, or -1 at the track's end."""
    status = data[at]
    if status == META:
        kind = data[at + 1]
        size, at = _long_number(data, 0x80, at + 2)
        body = data[at : at + size]
        if len(body) < size:
            raise _Damaged("it breaks off")
        if kind == END_OF_TRACK:
            return -1
        if kind == SET_TEMPO and size == 3 and any(body):
            track.tempi.append((tick, int.from_bytes(body, "big")))
        elif kind == TRACK_NAME and not track.name:
            track.name = body.decode("utf-8", "replace").strip("\x00 \r\n\t")[:LONGEST_NAME]
        return at + size
    if status in SYSEX:
        size, at = _long_number(data, 0x80, at + 1)
        if at + size > len(data):
            raise _Damaged("it breaks off")
        return at + size
    raise _Damaged("a byte that is no message's")


def _long_number(data: bytes, first: int, at: int) -> tuple[int, int]:
    """Read a number of up to four bytes with seven bits each, after its first."""
    value = first & 0x7F
    for _ in range(4 if first == 0x80 else 3):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    raise _Damaged("a time that cannot be")


def _timed(path: Path, kind: int, division: int, raw: list[_RawTrack], notices: list[str]) -> Smf:
    """Turn ticks into microseconds."""
    clock = _Clock(path, division, [tempo for track in raw for tempo in track.tempi])
    tracks = []
    late = False
    for track in raw:
        times = clock.times_us(np.array(track.ticks, dtype=np.int64))
        kept = int(np.searchsorted(times, LONGEST_US, side="right"))
        late |= kept < len(times)
        messages = np.array(track.messages[:kept], dtype=np.int64)
        tracks.append(SmfTrack(track.name, times[:kept], messages))
    if late:
        notices.append(f"What lies after {LONGEST_US // 3_600_000_000} hours is left out.")
    end = max((int(track.times_us[-1]) for track in tracks if len(track.times_us)), default=0)
    return Smf(kind, tuple(tracks), end, tuple(notices))


class _Clock:
    """Ticks to microseconds, through every change of tempo."""

    def __init__(self, path: Path, division: int, tempi: list[tuple[int, int]]) -> None:
        if division & 0x8000:
            rate = FILM_RATES.get(256 - (division >> 8))
            per_frame = division & 0xFF
            if rate is None or not per_frame:
                raise unreadable(path)
            # So many microseconds in so many ticks; a film has no tempo.
            self._whole, tempi = rate[0] * per_frame, []
            first = 1_000_000 * rate[1]
        else:
            if not division:
                raise unreadable(path)
            self._whole, first = division, DEFAULT_TEMPO_US
        known = {0: first} | dict(sorted(tempi, key=lambda tempo: tempo[0]))
        self._from = np.array(list(known), dtype=np.int64)
        self._tempo = np.array(list(known.values()), dtype=np.int64)
        passed = [0]
        for index in range(1, len(self._from)):
            ticks = int(self._from[index] - self._from[index - 1])
            passed.append(passed[-1] + ticks * int(self._tempo[index - 1]))
        # What lies beyond all takes is left out later; here it must only stay a number.
        self._passed = np.array([min(each, 1 << 61) for each in passed], dtype=np.int64)

    def times_us(self, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give each tick's time, to the nearest microsecond."""
        place = np.searchsorted(self._from, ticks, side="right") - 1
        parts = self._passed[place] + (ticks - self._from[place]) * self._tempo[place]
        times: NDArray[np.int64] = (parts + self._whole // 2) // self._whole
        return times
