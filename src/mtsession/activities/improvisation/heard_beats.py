"""The beats of the music that was heard while people played, from the session's events."""

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import Whole
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event
from mtsession.timeline.events import (
    BeatGridRevised,
    EngineLost,
    MusicPaused,
    MusicResumed,
    SessionStarted,
    TrackEnded,
    TrackStarted,
)


class HeardBeats:
    """Keeps when each beat of sounding music was audible.

    Beats that nothing sounds on (tapped ones, the clock's) are none of these. Where one piece
    passes into the next, the beats are those of the piece that came last.
    """

    def __init__(self) -> None:
        self._beats: dict[int, dict[int, int]] = {}
        self._grid_of: dict[int, int] = {}
        self._sounding: tuple[int, int] | None = None
        self._held: int | None = None
        self._spans: list[tuple[int, int, int]] = []
        self._last_us = 0

    def take_in(self, event: Event) -> None:
        """Take in an event of the session; those of no concern change nothing."""
        match event:
            case BeatGridRevised(grid=grid):
                self._revise(grid, event.t_us)
            case TrackStarted(grid=int() as number):
                self._grid_of[event.item] = number
                self._stop(event.t_us)
                self._sounding, self._held = (number, event.t_us), None
            case TrackEnded():
                self._end(self._grid_of.pop(event.item, None), event.t_us)
            case MusicPaused() if self._sounding is not None:
                self._held = self._sounding[0]
                self._stop(event.t_us)
            case MusicResumed() if self._held is not None:
                self._sounding, self._held = (self._held, event.t_us), None
            case EngineLost():
                self._stop(event.t_us)
                self._held = None
            case SessionStarted():
                self._stop(self._last_us)
                self._held = None
        self._last_us = max(self._last_us, event.t_us)

    def between(self, from_us: int, to_us: int) -> Whole:
        """Give the audible beats of a window, rising.

        What this costs depends on the music of that window alone.
        """
        spans = list(self._spans)
        if self._sounding is not None:
            spans.append((*self._sounding, self._last_us + 1))
        found = {
            beat_us
            for grid, start, end in spans
            if start < to_us and end > from_us
            for beat_us in self._beats.get(grid, {}).values()
            if max(start, from_us) <= beat_us < min(end, to_us)
        }
        return np.array(sorted(found), dtype=np.int64)

    def _revise(self, grid: BeatGrid, now_us: int) -> None:
        """Keep the beats that are over; those to come are what is said of them last."""
        known = self._beats.get(grid.grid, {})
        past = {number: t_us for number, t_us in known.items() if t_us <= now_us}
        said = {grid.first_beat + place: int(t_us) for place, t_us in enumerate(grid.beats_us)}
        ends_us = grid.ends_us
        self._beats[grid.grid] = past | {
            number: t_us for number, t_us in said.items() if ends_us is None or t_us < ends_us
        }

    def _end(self, grid: int | None, t_us: int) -> None:
        if self._sounding is not None and self._sounding[0] == grid:
            self._stop(t_us)
        if self._held == grid:
            self._held = None

    def _stop(self, t_us: int) -> None:
        if self._sounding is not None:
            self._spans.append((*self._sounding, t_us))
            self._sounding = None
