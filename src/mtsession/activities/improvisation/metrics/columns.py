"""One player's notes kept as columns while they play, so that anything can be reckoned of them."""

from array import array
from bisect import bisect_left

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import NO_BREAKS, NoteArrays, Whole, clipped
from mtsession.activities.improvisation.note import Note

MOST_NOTES = 1_000_000
"""More than two hands play in twelve hours; it bounds what a take keeps in memory."""


class Columns:
    """Keeps a player's notes, 26 bytes each; told of them by a `NotePairing`.

    Parameters
    ----------
    breaks : sequence of (int, int), optional
        Stretches before now in which nothing could be captured.

    Attributes
    ----------
    lost : int
        Notes that came after the columns were full; they count in the plain figures alone.
    """

    def __init__(self, breaks: list[tuple[int, int]] | None = None, most: int = MOST_NOTES) -> None:
        self._onset = array("q")
        self._released = array("q")
        self._end = array("q")
        self._pitch = array("B")
        self._velocity = array("B")
        self._sounding: dict[int, Note] = {}
        self._breaks = list(breaks or ())
        self._broken_us: int | None = None
        self._most = most
        self.lost = 0

    def __len__(self) -> int:
        return len(self._onset)

    @property
    def last_us(self) -> int:
        """Give the latest onset, 0 without a note."""
        return self._onset[-1] if self._onset else 0

    def begin(self, note: Note) -> None:
        """Keep a note that sounds."""
        if len(self._onset) >= self._most:
            self.lost += 1
            return
        self._onset.append(note.start_us)
        self._released.append(-1)
        self._end.append(-1)
        self._pitch.append(note.pitch)
        self._velocity.append(note.velocity)
        self._sounding[note.number] = note

    def end(self, note: Note) -> None:
        """Keep when a note ended."""
        if self._sounding.pop(note.number, None) is not None:
            self._released[note.number] = -1 if note.released_us is None else note.released_us
            self._end[note.number] = -1 if note.end_us is None else note.end_us

    def reopen(self, note: Note) -> None:
        """Let a note sound on after all."""
        if note.number < len(self._onset):
            self._end[note.number] = -1
            self._sounding[note.number] = note

    def louder(self, note: Note, before: int) -> None:  # noqa: ARG002 - the note tells it now
        """Exchange a note's velocity."""
        if note.number < len(self._onset):
            self._velocity[note.number] = note.velocity

    def halt(self, t_us: int) -> None:
        """Begin a stretch in which nothing can be captured."""
        if self._broken_us is None:
            self._broken_us = t_us

    def go_on(self, t_us: int) -> None:
        """End such a stretch."""
        if self._broken_us is not None:
            if t_us > self._broken_us:
                self._breaks.append((self._broken_us, t_us))
            self._broken_us = None

    def arrays(self, from_us: int, to_us: int) -> NoteArrays:
        """Give the notes that begin in a window.

        What this costs depends on the window alone.
        """
        first, last = bisect_left(self._onset, from_us), bisect_left(self._onset, to_us)
        onset, released, end = (
            np.array(column[first:last], dtype=np.int64)
            for column in (self._onset, self._released, self._end)
        )
        for number, note in self._sounding.items():
            if first <= number < last and note.released_us is not None:
                released[number - first] = note.released_us
        pitch, velocity = (
            np.array(column[first:last], dtype=np.int64) for column in (self._pitch, self._velocity)
        )
        for ends in (released, end):
            np.minimum(np.where(ends < 0, to_us, ends), to_us, out=ends)
        order = np.lexsort((end, released, velocity, pitch, onset))
        return NoteArrays(
            from_us=from_us,
            to_us=to_us,
            onset_us=onset[order],
            released_us=released[order],
            end_us=end[order],
            pitch=pitch[order],
            velocity=velocity[order],
            breaks=self._broken(from_us, to_us),
        )

    def since(self, most: int, to_us: int) -> int:
        """Give the onset of the note so many before a time, 0 where there are fewer."""
        last = bisect_left(self._onset, to_us)
        return self._onset[last - most] if last > most else 0

    def _broken(self, from_us: int, to_us: int) -> Whole:
        spans = list(self._breaks)
        if self._broken_us is not None and self._broken_us < to_us:
            spans.append((self._broken_us, to_us))
        return clipped(np.array(spans, dtype=np.int64), from_us, to_us) if spans else NO_BREAKS
