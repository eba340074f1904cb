"""What a player's notes amount to, kept up note by note and never gone over again."""

from mtsession.activities.improvisation.metrics.arrays import CHORD_US
from mtsession.activities.improvisation.metrics.basics import Basics
from mtsession.activities.improvisation.metrics.tallied import Intervals, Spread
from mtsession.activities.improvisation.note import Note


class Tally:
    """One player's figures as they grow; told of notes by a `NotePairing`.

    What it costs to take in a note or to give the live figures does not grow
    with the take.

    Parameters
    ----------
    from_us : int
        Where the player's window begins.
    captured_us : int
        How much of the window lies before that.
    """

    def __init__(self, from_us: int, captured_us: int = 0) -> None:
        self.intervals = Intervals()
        self.velocity = Spread()
        self.pitch = Spread()
        self.notes = 0
        self.onsets = 0
        self.longest_pause_us: int | None = None
        self._captured = captured_us
        self._capturing_from: int | None = from_us
        self._group_us: int | None = None
        self._sounding = 0
        self._sounding_from = 0
        self._active = 0
        self._fell_silent_us: int | None = None

    @property
    def capturing(self) -> bool:
        """Tell whether this player's notes can arrive."""
        return self._capturing_from is not None

    def halt(self, t_us: int) -> None:
        """Close the window at a time when nothing sounds any more; what comes later is apart."""
        if self._capturing_from is not None:
            self._captured += max(0, t_us - self._capturing_from)
            self._capturing_from = None
        self._group_us = self._fell_silent_us = None
        self.intervals.part()

    def go_on(self, t_us: int) -> None:
        """Open the window again."""
        if self._capturing_from is None:
            self._capturing_from = t_us

    def begin(self, note: Note) -> None:
        """Take in a note's onset."""
        t_us = note.start_us
        self.notes += 1
        self.pitch.add(note.pitch)
        if note.velocity:
            self.velocity.add(note.velocity)
        if self._group_us is None:
            self._group_us = t_us
            self.onsets += 1
        elif t_us - self._group_us > CHORD_US:
            self.intervals.add(t_us - self._group_us)
            self._group_us = t_us
            self.onsets += 1
        if not self._sounding:
            self._sounding_from = t_us
            if self._fell_silent_us is not None and t_us > self._fell_silent_us:
                pause = t_us - self._fell_silent_us
                self.longest_pause_us = max(pause, self.longest_pause_us or 0)
        self._sounding += 1

    def end(self, note: Note) -> None:
        """Take in that a note fell silent."""
        end_us = note.start_us if note.end_us is None else note.end_us
        self._sounding -= 1
        if not self._sounding:
            self._active += end_us - self._sounding_from
            self._fell_silent_us = end_us

    def reopen(self, note: Note) -> None:  # noqa: ARG002 - one sounding note is like another here
        """Let a note sound on that had ended in this very instant."""
        if not self._sounding and self._fell_silent_us is not None:
            self._sounding_from = self._fell_silent_us
        self._sounding += 1

    def louder(self, note: Note, before: int) -> None:
        """Exchange a note's velocity."""
        if before:
            self.velocity.replace(before, note.velocity)

    def window_us(self, at_us: int) -> int:
        """Give how long notes could be captured until a time."""
        running = 0 if self._capturing_from is None else max(0, at_us - self._capturing_from)
        return self._captured + running

    def active_us(self, at_us: int) -> int:
        """Give how long something sounded until a time."""
        return self._active + (max(0, at_us - self._sounding_from) if self._sounding else 0)

    def density_per_s(self, at_us: int) -> float | None:
        """Give notes a second of the window."""
        window = self.window_us(at_us)
        return self.notes / (window / 1_000_000) if window else None

    def active_share(self, at_us: int) -> float | None:
        """Give the share of the window in which something sounded."""
        window = self.window_us(at_us)
        return self.active_us(at_us) / window if window else None

    def figures(self, at_us: int) -> Basics:
        """Give every plain figure until a time; the median alone costs more in long takes."""
        return Basics(
            notes=self.notes,
            window_us=self.window_us(at_us),
            onsets=self.onsets,
            active_us=self.active_us(at_us),
            density_per_s=self.density_per_s(at_us),
            active_share=self.active_share(at_us),
            ioi=self.intervals.figures(),
            velocity=self.velocity.figures(),
            pitch=self.pitch.figures(),
            longest_pause_us=self.longest_pause_us,
        )
