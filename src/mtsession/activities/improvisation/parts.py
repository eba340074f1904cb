"""A take as it grows: each player's part in it, and the notes that can still be seen."""

from collections import deque

from mtsession.activities.improvisation.metrics.basics import Basics
from mtsession.activities.improvisation.metrics.columns import Columns
from mtsession.activities.improvisation.note import Note
from mtsession.activities.improvisation.notes import NotePairing
from mtsession.activities.improvisation.tally import Tally

ROLL_US = 12_000_000


class Roll:
    """The notes of the last seconds, for drawing; never more than fit."""

    def __init__(self) -> None:
        self._sounding: dict[int, Note] = {}
        self._ended: deque[Note] = deque()

    def begin(self, note: Note) -> None:
        """Keep a note that sounds."""
        self._sounding[id(note)] = note

    def end(self, note: Note) -> None:
        """Keep a note that ended, and drop those that ended too long ago to be drawn."""
        self._sounding.pop(id(note), None)
        self._ended.append(note)
        while self._ended and (self._ended[0].end_us or 0) < (note.end_us or 0) - ROLL_US:
            self._ended.popleft()

    def reopen(self, note: Note) -> None:
        """Keep a note that sounds after all."""
        self._ended.remove(note)
        self._sounding[id(note)] = note

    def louder(self, note: Note, before: int) -> None:
        """Need nothing: the note itself tells its velocity."""

    def notes(self, from_us: int) -> list[Note]:
        """Give what sounded since a time, in order of beginning."""
        ended = [note for note in self._ended if (note.end_us or 0) >= from_us]
        return sorted([*ended, *self._sounding.values()], key=lambda note: note.start_us)


class Part:
    """One player's share in one take."""

    def __init__(self, take: "Take") -> None:
        self.tally = Tally(take.from_us, captured_us=take.ran_us)
        self.roll = Roll()
        self.columns = Columns(take.pauses)
        self.pairing = NotePairing(self.tally, self.roll, self.columns)
        self.cut = 0

    def figures(self, at_us: int) -> Basics:
        """Give the plain figures until a time."""
        return self.tally.figures(self.at(at_us))

    def halt(self, t_us: int) -> None:
        """Capture nothing from here."""
        self.tally.halt(self.at(t_us))
        self.columns.halt(self.at(t_us))

    def go_on(self, t_us: int) -> None:
        """Capture again from here."""
        self.tally.go_on(t_us)
        self.columns.go_on(t_us)

    def at(self, at_us: int) -> int:
        """Give a time, but none before the latest note."""
        return max(at_us, self.pairing.now_us)


class Take:
    """One stretch of playing, all players."""

    def __init__(self, number: int, start_us: int) -> None:
        self.number = number
        self.start_us = start_us
        self.ended_us: int | None = None
        self.paused_us: int | None = None
        self.outside = 0
        self.parts: dict[int, Part] = {}
        self.pauses: list[tuple[int, int]] = []
        self.ran_us = 0
        self.from_us = start_us

    @property
    def running(self) -> bool:
        """Tell whether the take goes on, paused or not."""
        return self.ended_us is None

    def receives(self, t_us: int) -> bool:
        """Tell whether a note of this time counts."""
        until = self.ended_us if self.paused_us is None else self.paused_us
        return t_us >= self.from_us and (until is None or t_us < until)

    def at(self, now_us: int) -> int:
        """Give now, or where the take stands still."""
        marks = [mark for mark in (self.paused_us, self.ended_us) if mark is not None]
        return min([now_us, *marks])

    def elapsed_us(self, now_us: int) -> int:
        """Give how long the take ran, pauses left out."""
        return self.ran_us + max(0, self.at(now_us) - self.from_us)

    def go_on(self, t_us: int) -> None:
        """Count from here again."""
        if self.paused_us is not None:
            self.ran_us += max(0, self.paused_us - self.from_us)
            if t_us > self.paused_us:
                self.pauses.append((self.paused_us, t_us))
            self.from_us, self.paused_us = t_us, None
