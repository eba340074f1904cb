"""Which music sounds, and on which beats, as far as the events have told."""

import msgspec

from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event
from mtsession.timeline.events import (
    BeatGridRevised,
    EngineLost,
    EngineStarted,
    MusicPaused,
    MusicResumed,
    QuietCommanded,
    TrackEnded,
    TrackStarted,
)
from mtsession.timeline.units import SECOND, Micros

# A grid whose end is not known is taken to sound a little beyond its last known beat.
GRACE_US = 2 * SECOND
# Beats kept that a revision no longer holds: a breath under way began on them.
PAST_BEATS = 96


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """A piece that sounds: since when, and which grid holds its beats, if one does."""

    item: int
    grid: int | None
    since_us: Micros


class Music(msgspec.Struct, kw_only=True):
    """The music that sounds, folded from core events.

    A grid without a `TrackStarted` (tapped by the therapist, or begun before
    this activity) counts as sounding while its beats run.

    Attributes
    ----------
    paused_us : Micros or None
        Since when the music is held.
    quiet_us : Micros or None
        When quiet was last commanded.
    """

    grids: dict[int, BeatGrid] = {}
    first_seen_us: dict[int, Micros] = {}
    tracks: dict[int, Track] = {}
    silent: set[int] = set()
    stale: set[int] = set()
    pulses: set[int] = set()
    paused_us: Micros | None = None
    quiet_us: Micros | None = None

    def take(self, event: Event) -> None:
        """Fold one event in."""
        match event:
            case BeatGridRevised(grid=grid):
                self._take_grid(grid)
            case TrackStarted():
                if event.grid is not None:
                    self.silent.discard(event.grid)
                self.tracks[event.item] = Track(
                    item=event.item, grid=event.grid, since_us=event.t_us
                )
            case TrackEnded():
                track = self.tracks.pop(event.item, None)
                if track is not None and track.grid is not None:
                    self.silent.add(track.grid)
            case MusicPaused():
                self.paused_us = event.t_us
            case MusicResumed():
                self.paused_us = None
            case QuietCommanded():
                self.quiet_us = event.t_us
                self._forget()
            case EngineLost() | EngineStarted():
                self._forget()
                self.stale = set(self.grids) - self.pulses
            case _:
                pass

    def _take_grid(self, grid: BeatGrid) -> None:
        """Keep a grid's newest beats; an engine that was restarted counts revisions anew."""
        held = self.grids.get(grid.grid)
        if grid.grid in self.stale:
            self.stale.discard(grid.grid)
            self.silent.discard(grid.grid)
            self.first_seen_us.pop(grid.grid, None)
        elif held is not None and grid.revision < held.revision:
            return
        self.grids[grid.grid] = grid if held is None else _with_past(grid, held)
        self.first_seen_us.setdefault(grid.grid, grid.beats_us[0])

    def _forget(self) -> None:
        """Let go of all that sounded; what comes back says so itself."""
        self.tracks = {}
        self.silent |= set(self.grids) - self.pulses
        self.paused_us = None

    def heard(self, t_us: int) -> BeatGrid | None:
        """Give the beats of the music that began last and sounds at a time; None if held."""
        newest = self._newest(t_us) if self.paused_us is None else None
        return None if newest is None or newest.grid is None else self.grids.get(newest.grid)

    def without_beats(self, t_us: int) -> bool:
        """Tell whether music sounds whose beats nobody knows."""
        newest = self._newest(t_us)
        return newest is not None and newest.grid is None

    def since(self, grid: int) -> Micros | None:
        """Give when a grid's music began, if it is known."""
        for track in self.tracks.values():
            if track.grid == grid:
                return track.since_us
        return self.first_seen_us.get(grid)

    def sounds(self, grid: int, t_us: int) -> bool:
        """Tell whether a grid's music has not ended by a time."""
        held = self.grids.get(grid)
        if held is None or grid in self.silent:
            return False
        if held.ends_us is not None:
            return t_us < held.ends_us
        tracked = any(track.grid == grid for track in self.tracks.values())
        return tracked or t_us <= held.beats_us[-1] + GRACE_US

    def _newest(self, t_us: int) -> Track | None:
        """Give what began last of all that sounds."""
        found = [
            track
            for track in self.tracks.values()
            if track.since_us <= t_us
            and (track.grid not in self.grids or self.sounds(track.grid, t_us))
        ]
        tracked = {track.grid for track in self.tracks.values()}
        found += [
            Track(item=-1, grid=grid, since_us=since)
            for grid, since in self.first_seen_us.items()
            if grid not in tracked and grid not in self.pulses
            if since <= t_us and self.sounds(grid, t_us)
        ]
        return max(found, key=lambda track: (track.since_us, track.item), default=None)


def _with_past(grid: BeatGrid, held: BeatGrid) -> BeatGrid:
    """Give a revision with the beats before it that the one before still held."""
    missing = grid.first_beat - held.first_beat
    if not 0 < missing <= len(held.beats_us):
        return grid
    past = held.beats_us[max(0, missing - PAST_BEATS) : missing]
    if past[-1] >= grid.beats_us[0]:
        return grid
    return msgspec.structs.replace(
        grid, first_beat=grid.first_beat - len(past), beats_us=past + grid.beats_us
    )
