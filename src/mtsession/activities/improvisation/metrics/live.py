"""One player's figures window by window while they play: what is closed is never gone over again.

The cost of an update depends on what was played in one window, not on the length
of the take; the closed rows are those that the whole take gives.
"""

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, note_arrays
from mtsession.activities.improvisation.metrics.pulse import Pulse, PulseSearch
from mtsession.activities.improvisation.metrics.whole import WINDOW_US, PlayerWindow, player_window
from mtsession.activities.improvisation.notes import Note

LATE_US = 1_000_000
PORTION = 24


class LiveWindows:
    """Keeps a player's windows; told of notes by a `NotePairing`.

    Parameters
    ----------
    from_us : int
        The take's start.
    window_us : int
        Length of a window.

    Attributes
    ----------
    closed : list of PlayerWindow
        Windows that are over.
    pulses : list of Pulse
        The pulse of each closed window, as far as it has been found.
    """

    def __init__(self, from_us: int, window_us: int = WINDOW_US) -> None:
        self._start = from_us
        self._window = window_us
        self._notes: list[Note] = []
        self._waiting: list[NoteArrays] = []
        self._search: PulseSearch | None = None
        self.closed: list[PlayerWindow] = []
        self.pulses: list[Pulse] = []

    def begin(self, note: Note) -> None:
        """Keep a note."""
        self._notes.append(note)

    def end(self, note: Note) -> None:
        """Need nothing: the note itself tells its end."""

    def reopen(self, note: Note) -> None:
        """Need nothing: the note itself tells its end."""

    def louder(self, note: Note, before: int) -> None:
        """Need nothing: the note itself tells its velocity."""

    def update(self, now_us: int) -> PlayerWindow:
        """Give the window that goes on, as it stands now.

        A window closes a second after its end: notes may be told a little late.
        """
        while now_us >= self._start + self._window + LATE_US:
            self._close(self._start + self._window)
        self._look_for_pulse(PORTION)
        until = max(self._start + 1, min(now_us, self._start + self._window))
        return player_window(self._heard(until), self._start, until)

    def finish(self, end_us: int) -> None:
        """Close all windows of a take that has ended, the last as long as it is."""
        while self._start + self._window < end_us:
            self._close(self._start + self._window)
        if end_us > self._start:
            self._close(end_us)
        while self._search is not None or self._waiting:
            self._look_for_pulse(1_000_000)

    def _close(self, end_us: int) -> None:
        heard = self._heard(end_us)
        self.closed.append(player_window(heard, self._start, end_us))
        fresh = [_cut(note, end_us) for note in self._notes if note.start_us >= self._start]
        self._waiting.append(note_arrays(fresh, self._start, end_us))
        self._notes = [note for note in self._notes if note.end_us is None or note.end_us > end_us]
        self._start = end_us

    def _heard(self, until_us: int) -> NoteArrays:
        """Give what began or still sounds in the window, as columns."""
        first = min((note.start_us for note in self._notes), default=self._start)
        return note_arrays(self._notes, min(first, self._start), until_us)

    def _look_for_pulse(self, onsets: int) -> None:
        """Go on with the search of the earliest window that has no pulse yet."""
        if self._search is None:
            if not self._waiting:
                return
            self._search = PulseSearch(self._waiting.pop(0))
        found = self._search.advance(onsets)
        if found is not None:
            self.pulses.append(found)
            self._search = None


def _cut(note: Note, end_us: int) -> Note:
    """Give a note as it stood at a time."""
    copy = Note(note.channel, note.pitch, note.velocity, note.start_us)
    copy.released_us = end_us if note.released_us is None else min(note.released_us, end_us)
    copy.end_us = end_us if note.end_us is None else min(note.end_us, end_us)
    return copy
