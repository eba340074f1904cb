"""Programmes that were asked for and have not begun."""

from collections.abc import Iterator
from dataclasses import dataclass

from mtsession.sound.lineup import PATIENCE_SECONDS, EndedBecause
from mtsession.sound.programme import Applied, Programme


@dataclass(eq=False)
class Wanted:
    """A programme that waits for its frame or for its first sound."""

    programme: Programme
    at: int | None
    fade_frames: int
    applied: Applied
    held: bool = False
    late_from: int | None = None


class Waiting:
    """The programmes that wait, in the order in which they were asked for."""

    def __init__(self, sample_rate: int) -> None:
        self._patience = round(PATIENCE_SECONDS * sample_rate)
        self._wanted: list[Wanted] = []

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def __iter__(self) -> Iterator[Wanted]:
        return iter(self._wanted)

    @property
    def held(self) -> bool:
        """Whether any waits for held music to go on."""
        return any(wanted.held for wanted in self._wanted)

    def add(self, wanted: Wanted) -> None:
        """Let one wait behind the others."""
        self._wanted.append(wanted)

    def hold(self, *, on: bool) -> None:
        """Let all wait for the music to go on, or no longer."""
        for wanted in self._wanted:
            wanted.held = on

    def end(self, frame: int, why: EndedBecause, *, owner: int | None = None) -> None:
        """Forget an owner's programmes, or all."""
        for wanted in [w for w in self._wanted if owner in (None, w.programme.owner)]:
            self._wanted.remove(wanted)
            wanted.programme.end(frame, why)

    def come(self, frame: int) -> Iterator[Wanted]:
        """Give those whose frame has come and whose first sound is ready, and let go of them.

        What was asked for before one of them, and is late, must not come over it later.
        """
        for wanted in list(self._wanted):
            ready = wanted.programme.prepare(frame)
            if wanted.at is not None and wanted.at > frame:
                continue
            if not ready or wanted.held:
                if wanted.at is not None:
                    wanted.programme.delay(frame)
                self._lose_patience(wanted, frame)
                continue
            place = self._wanted.index(wanted)
            for older in self._wanted[:place]:
                older.programme.end(frame, "stopped")
            del self._wanted[: place + 1]
            yield wanted

    def _lose_patience(self, wanted: Wanted, frame: int) -> None:
        """Let the next item come in place of one that does not open."""
        if wanted.held or wanted.late_from is None:
            wanted.late_from = frame
        elif frame - wanted.late_from > self._patience:
            wanted.late_from = frame
            wanted.programme.give_up(frame)
