"""Takes as Standard MIDI Files, and files as timed messages."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import mido
import numpy as np

from mtsession.errors import MidiError
from mtsession.midi.reading import TWO_BYTES
from mtsession.midi.smf_reading import open_smf
from mtsession.timeline.units import Micros

# At 120 beats a minute one tick is 0.5 ms, so no time moves by more than 0.25 ms.
DIVISION = 1000
TEMPO_US = 500_000
TICK_US = TEMPO_US // DIVISION

Row = tuple[int, int, bytes]
"""A player's index from 0, a time in microseconds from the take's start, a channel message."""


def write_take(
    target: Path | BinaryIO,
    rows: Iterable[Row],
    players: Sequence[str],
    markers: Iterable[tuple[int, str]] = (),
    *,
    end_us: int = 0,
) -> None:
    """Write a take as a Standard MIDI File of type 1.

    The first track holds the tempo (120) and the markers, then each player has
    a track. Nothing else is written: no program name, no date, no path.

    Parameters
    ----------
    target : Path or binary file
        A path is written whole or not at all.
    rows : iterable of (int, int, bytes)
        Player, time in microseconds from the take's start, message; times are
        kept to 0.25 ms, messages of one time in their given order.
    players : sequence of str
        Track names; give roles, not names of people.
    markers : iterable of (int, str)
        Time in microseconds and label, kept as marker events.
    end_us : int
        The take's length: silence after the last message belongs to it.

    Raises
    ------
    MidiError
        If a row names no player or holds no channel message, or the file cannot be written.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> note = [(0, 0, bytes([0x90, 60, 64])), (0, 500_000, bytes([0x80, 60, 0]))]
    >>> write_take(file, note, ["Client"])
    >>> file.getvalue()[:4]
    b'MThd'
    """
    song = mido.MidiFile(type=1, ticks_per_beat=DIVISION, charset="utf-8")
    signs = [(t_us, mido.MetaMessage("marker", text=label)) for t_us, label in markers]
    head = [(0, mido.MetaMessage("set_tempo", tempo=TEMPO_US)), *signs]
    song.tracks.append(_track(head, end_us))
    voices: list[list[tuple[int, mido.Message]]] = [[] for _ in players]
    for player, t_us, data in rows:
        if not 0 <= player < len(voices):
            raise MidiError(f"The take holds a note of player {player + 1}, who is not named.")
        try:
            voices[player].append((t_us, mido.Message.from_bytes(data)))
        except ValueError:
            raise MidiError("The take holds a message that is not MIDI.") from None
    for name, voice in zip(players, voices, strict=True):
        named = [(0, mido.MetaMessage("track_name", name=name)), *voice]
        song.tracks.append(_track(named, end_us))
    if isinstance(target, Path):
        _write_whole(target, song)
    else:
        song.save(file=target)


def _track(timed: Sequence[tuple[int, mido.Message]], end_us: int) -> mido.MidiTrack:
    """Put messages in order of time, each with the ticks since the one before; end not before."""
    track, now = mido.MidiTrack(), 0
    for t_us, message in sorted(timed, key=lambda entry: entry[0]):
        tick = max(0, (t_us + TICK_US // 2) // TICK_US)
        track.append(message.copy(time=tick - now))
        now = tick
    last = max(now, (end_us + TICK_US // 2) // TICK_US)
    track.append(mido.MetaMessage("end_of_track", time=last - now))
    return track


def _write_whole(path: Path, song: mido.MidiFile) -> None:
    """Write beside the place and move there, so that a half-written file never stands."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".take-")
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                song.save(file=file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or "the disk refused").lower()
        raise MidiError(
            f"The take cannot be written to {path.name}: {reason}.", "Choose another folder."
        ) from error


def read_smf(path: Path) -> list[tuple[Micros, bytes]]:
    """Read a Standard MIDI File as channel messages with their times.

    All tracks are merged; every tempo change counts, whichever track holds it.
    Of a damaged file what comes before the damage is given.

    Returns
    -------
    list of (Micros, bytes)
        In order of time, from the file's start.

    Raises
    ------
    MidiError
        If nothing of the file can be read.
    """
    tracks = open_smf(path).tracks
    if not tracks:
        return []
    times = np.concatenate([track.times_us for track in tracks])
    messages = np.concatenate([track.messages for track in tracks])
    order = np.argsort(times, kind="stable")
    return [
        (Micros(t_us), message_bytes(message))
        for t_us, message in zip(times[order].tolist(), messages[order].tolist(), strict=True)
    ]


def message_bytes(message: int) -> bytes:
    """Give a message of an `SmfTrack` as the bytes that a port would have sent."""
    whole = message.to_bytes(3, "big")
    return whole[:2] if whole[0] & 0xF0 in TWO_BYTES else whole
