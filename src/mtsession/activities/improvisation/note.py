"""A note, and whoever is told of notes as they begin and end."""

from typing import Protocol

Channel = tuple[int, int]
"""A port's number and a MIDI channel from 0."""


class Note:
    """One note of a player's.

    Attributes
    ----------
    number : int
        Its place among the player's notes, from 0.
    velocity : int
        How fast the key was struck, 0 where that is not known.
    released_us, end_us : int or None
        The key's end, and the sound's, with the pedals.
    caught : bool
        Whether the sostenuto pedal holds it.
    """

    __slots__ = (
        "caught", "channel", "end_us", "number", "pitch", "released_us", "start_us", "velocity",
    )  # fmt: skip

    def __init__(
        self, channel: Channel, pitch: int, velocity: int, start_us: int, number: int = 0
    ) -> None:
        self.number = number
        self.caught = False
        self.channel = channel
        self.pitch = pitch
        self.velocity = velocity
        self.start_us = start_us
        self.released_us: int | None = None
        self.end_us: int | None = None


class NoteListener(Protocol):
    """Told of each note as it begins and ends."""

    def begin(self, note: Note) -> None:
        """Take in a note that starts to sound."""
        ...

    def end(self, note: Note) -> None:
        """Take in that a note no longer sounds, key and pedal up."""
        ...

    def reopen(self, note: Note) -> None:
        """Take back an end of this very instant: the pedal caught the note."""
        ...

    def louder(self, note: Note, before: int) -> None:
        """Take in that a note is louder than was said: struck twice in one instant."""
        ...


class NoteList:
    """Keeps every note, for reckoning over whole files."""

    def __init__(self) -> None:
        self.notes: list[Note] = []

    def begin(self, note: Note) -> None:
        """Keep a note."""
        self.notes.append(note)

    def end(self, note: Note) -> None:
        """Need nothing: the note itself tells its end."""

    def reopen(self, note: Note) -> None:
        """Need nothing: the note itself tells its end."""

    def louder(self, note: Note, before: int) -> None:
        """Need nothing: the note itself tells its velocity."""
