"""Who plays what in a Standard MIDI File: by track, channel or range of keys."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, note_arrays
from mtsession.activities.improvisation.note import NoteList
from mtsession.activities.improvisation.notes import NotePairing
from mtsession.errors import MidiError
from mtsession.midi.smf import message_bytes
from mtsession.midi.smf_reading import Smf

SEAT = re.compile(
    r"\s*(?P<name>[^=]+?)\s*=\s*(?:(?P<kind>track|channel|keys):)?(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?\s*"
)

Chooser = Callable[[int, int], bool]
"""Tells from a track's number (from 1) and a message whether it is a player's."""


class Seat(NamedTuple):
    """A player, and which of a file's messages are theirs."""

    name: str
    has: Chooser


class Played(NamedTuple):
    """A player's notes, and what was odd about the messages."""

    name: str
    notes: NoteArrays
    doubled: int
    unmatched: int
    stuck: int


def seats_of(song: Smf, players: str | None) -> list[Seat]:
    """Give who plays what in a file."""
    if players == "one":
        return [Seat("Player 1", lambda _track, _message: True)]
    if players:
        return [_seat(part, len(song.tracks)) for part in players.split(",")]
    voiced = [
        number for number, track in enumerate(song.tracks, 1) if (track.messages >> 20 == 0x9).any()
    ]
    if len(voiced) > 1:
        return [
            Seat(song.tracks[number - 1].name or f"Track {number}", _track_is(number))
            for number in voiced
        ]
    if not voiced:
        return [Seat("Player 1", lambda _track, _message: True)]
    track = song.tracks[voiced[0] - 1]
    strikes = track.messages[track.messages >> 20 == 0x9]
    channels = np.unique(strikes >> 16 & 0x0F).tolist()
    if len(channels) == 1:
        return [Seat(track.name or "Player 1", _track_is(voiced[0]))]
    return [Seat(f"Channel {channel + 1}", _channel_is(channel)) for channel in channels]


def _seat(text: str, tracks: int) -> Seat:
    """Read one `NAME=WHAT`."""
    found = SEAT.fullmatch(text)
    if found is None:
        raise _not_players(text)
    name, kind, number = found["name"], found["kind"] or "track", int(found["first"])
    if kind == "keys":
        return Seat(name, _keys_are(number, int(found["last"] or number)))
    if found["last"] is not None:
        raise _not_players(text)
    if kind == "channel" and 1 <= number <= 16:
        return Seat(name, _channel_is(number - 1))
    if kind == "track" and 1 <= number <= tracks:
        return Seat(name, _track_is(number))
    if kind == "track":
        raise MidiError(
            f"There is no track {number}: the file has {tracks}.", "Give another number."
        )
    raise _not_players(text)


def _not_players(text: str) -> MidiError:
    return MidiError(
        f"{text!r} does not say who plays what.",
        "Write client=1,therapist=2 (tracks), client=channel:1, or client=keys:0-59.",
    )


def _track_is(number: int) -> Chooser:
    return lambda track, _message: track == number


def _channel_is(channel: int) -> Chooser:
    return lambda _track, message: message >> 16 & 0x0F == channel


def _keys_are(low: int, high: int) -> Chooser:
    """Take the notes of a range of keys, and every pedal: it is one instrument's."""

    def has(_track: int, message: int) -> bool:
        return message >> 20 not in (0x8, 0x9) or low <= (message >> 8 & 0x7F) <= high

    return has


def play(song: Smf, seat: Seat) -> Played:
    """Pair one player's messages; what still sounds at the end ends there."""
    kept = NoteList()
    pairing = NotePairing(kept)
    rows = [
        (t_us, number, message)
        for number, track in enumerate(song.tracks, 1)
        for t_us, message in zip(track.times_us.tolist(), track.messages.tolist(), strict=True)
        if seat.has(number, message)
    ]
    rows.sort(key=lambda row: row[0])
    for t_us, number, message in rows:
        pairing.take_in(number, message_bytes(message), t_us)
    stuck = pairing.held
    # A note at the very end of the file belongs to it.
    notes = note_arrays(kept.notes, 0, song.end_us + 1)
    return Played(seat.name, notes, pairing.doubled, pairing.unmatched, stuck)
