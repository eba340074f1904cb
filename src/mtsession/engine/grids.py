"""Which beat grids the session should know, and when a revision is due."""

from collections.abc import Mapping

import numpy as np

from mtsession.engine.frame_clock import FrameClock
from mtsession.sound.beats import Frames64, GridFrames
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.units import Micros

WHOLE_GRID_BEATS = 400
_BEHIND_US = 5_000_000
_AHEAD_US = 90_000_000
_LOW_US = 45_000_000
_MOVED_US = 1_000
_MOVED_FRAMES = 2
_NEAR_US = 500_000
_LATE_APART_US = 400_000


class _Published:
    """What was last said of a grid, and the beats and frames it was said of."""

    def __init__(self, grid: BeatGrid, now_us: int, source: GridFrames) -> None:
        self.grid = grid
        self.at_us = now_us
        self.times = np.array(grid.beats_us, dtype=np.int64)
        first = grid.first_beat - source.first_beat
        self.frames = source.frames[first : first + len(self.times)]


class GridPublisher:
    """Compares what is planned with what was said.

    A grid is published once it begins within a minute and a half, and again when a beat to
    come lies on other frames, when it or the end has moved by more than a millisecond (the clock
    of a sound card wavers by less), or when few beats are left ahead.
    Beats whose sound is late move with every block: of those it tells now and then, and of
    where they really lie as soon as they begin. Beats that will not sound may lie anywhere.
    """

    def __init__(self) -> None:
        self._published: dict[int, _Published] = {}
        self._revisions: dict[int, int] = {}

    def revise(
        self, grids: Mapping[int, GridFrames], clock: FrameClock, *, now_us: int, offset_us: int
    ) -> list[BeatGrid]:
        """Give the grids that the session must hear of now, in session time.

        Parameters
        ----------
        now_us : int
            Monotonic time now.
        offset_us : int
            Monotonic time less session time.
        """
        revised = []
        for number, source in grids.items():
            times = clock.us_of_all(source.frames)
            if len(times) < 2 or clock.us_of(source.start) > now_us + _AHEAD_US:
                continue
            end_us = None if source.end is None else clock.us_of(source.end)
            first, last = _window(times, end_us, now_us)
            ends_us = None if end_us is None else Micros(end_us - offset_us)
            planned = times - offset_us
            before = self._published.get(number)
            if before is not None and (
                (source.waiting and now_us < before.at_us + _LATE_APART_US)
                or not _is_due(before, source, planned, ends_us, now_us - offset_us)
            ):
                continue
            grid = self._publish(source, planned[first:last], first, ends_us)
            self._published[number] = _Published(grid, now_us, source)
            revised.append(grid)
        for number in set(self._published) - set(grids):
            last_word = self._end(number, now_us - offset_us)
            if last_word is not None:
                revised.append(last_word)
        return revised

    def forget(self) -> None:
        """Begin anew: another session."""
        self._published = {}
        self._revisions = {}

    def _publish(
        self, source: GridFrames, times: Frames64, first: int, ends_us: Micros | None
    ) -> BeatGrid:
        revision = self._revisions.get(source.grid, -1) + 1
        self._revisions[source.grid] = revision
        return BeatGrid(
            grid=source.grid,
            revision=revision,
            first_beat=source.first_beat + first,
            beats_us=tuple(Micros(int(t)) for t in times),
            beats_per_bar=source.beats_per_bar,
            ends_us=ends_us,
        )

    def _end(self, number: int, session_us: int) -> BeatGrid | None:
        """Say that a grid is over, where its end was not yet said or lay ahead."""
        grid = self._published.pop(number).grid
        if grid.ends_us is not None and grid.ends_us <= session_us + _NEAR_US:
            return None
        revision = self._revisions[number] + 1
        self._revisions[number] = revision
        return BeatGrid(
            grid=number,
            revision=revision,
            first_beat=grid.first_beat,
            beats_us=grid.beats_us,
            beats_per_bar=grid.beats_per_bar,
            ends_us=Micros(session_us),
        )


def _window(times: Frames64, end_us: int | None, now_us: int) -> tuple[int, int]:
    """Give the slice of beats worth telling: two at least, the whole where that is short."""
    count = len(times)
    stop = count
    if end_us is not None:
        stop = max(2, int(np.searchsorted(times, end_us)))
    if count <= WHOLE_GRID_BEATS:
        return 0, stop
    first = int(np.searchsorted(times, now_us - _BEHIND_US))
    first = max(0, min(first, stop - 2))
    last = int(np.searchsorted(times, now_us + _AHEAD_US))
    return first, max(first + 2, min(last, stop))


def _is_due(
    before: _Published,
    source: GridFrames,
    times: Frames64,
    ends_us: Micros | None,
    session_us: int,
) -> bool:
    """Tell whether what was said no longer holds or no longer reaches far enough."""
    said = before.grid
    if (said.ends_us is None) != (ends_us is None):
        return True
    if ends_us is not None and said.ends_us is not None and abs(ends_us - said.ends_us) > _MOVED_US:
        return True
    first = max(said.first_beat, source.first_beat)
    last = min(said.last_beat, source.first_beat + len(times) - 1)
    if last < first:
        return True
    old = before.times[first - said.first_beat : last + 1 - said.first_beat]
    new = times[first - source.first_beat : last + 1 - source.first_beat]
    ahead = old > session_us
    if ends_us is not None:
        ahead &= (old < ends_us) | (new < ends_us)
    planned = source.frames[first - source.first_beat : last + 1 - source.first_beat]
    moved = planned - before.frames[first - said.first_beat : last + 1 - said.first_beat]
    if ahead.any() and (
        np.abs(moved[ahead]).max() > _MOVED_FRAMES or np.abs(old - new)[ahead].max() > _MOVED_US
    ):
        return True
    more = source.first_beat + len(times) - 1 > said.last_beat
    beyond_end = ends_us is not None and said.beats_us[-1] + _MOVED_US >= ends_us
    low = said.beats_us[-1] < session_us + _LOW_US
    next_known = bool(more and (ends_us is None or times[last + 1 - source.first_beat] < ends_us))
    return low and next_known and not beyond_end
