"""The state of a session as a fold over its events: the same live, replayed and in the summary."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import Micros

START_US = Micros(0)


@dataclass
class SegmentState:
    """What became of one planned stretch."""

    title: str
    planned_us: Micros | None
    started_us: Micros
    ended_us: Micros | None = None
    paused_us: int = 0


@dataclass
class ActivityState:
    """What became of one activity."""

    method: str
    title: str
    segment: int | None
    started_us: Micros
    ended_us: Micros | None = None
    reason: ev.EndReason | None = None


@dataclass
class SessionState:
    """Everything about a session that does not belong to one method.

    Notes
    -----
    `apply` takes the events in journal order. Nothing else changes the state.
    """

    course: str = "ready"
    now_us: Micros = START_US
    started: ev.SessionStarted | None = None
    anchors: list[ev.ClockAnchored] = field(default_factory=list)
    segments: dict[int, SegmentState] = field(default_factory=dict)
    segment: int | None = None
    activities: dict[int, ActivityState] = field(default_factory=dict)
    marks: dict[int, ev.MarkerPlaced] = field(default_factory=dict)
    measures: dict[int, ev.MeasureTaken] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    quiet: bool = False
    paused_at: Micros | None = None
    level_db: float | None = None
    ducked_by: tuple[Literal["key", "control"], ...] = ()
    duck_control: MidiControl | None = None
    engine: ev.EngineStarted | None = None
    latencies: dict[tuple[str, str], ev.LatencyMeasured] = field(default_factory=dict)
    ports: dict[int, ev.PortOpened] = field(default_factory=dict)
    tracks: dict[int, ev.TrackStarted] = field(default_factory=dict)
    grids: dict[int, ev.BeatGridRevised] = field(default_factory=dict)
    music_paused: ev.MusicPaused | None = None
    waits_for_sound: bool = False
    notices: list[ev.Noticed] = field(default_factory=list)
    ended: ev.SessionEnded | None = None
    reason: ev.EndReason | None = None
    marker_count: int = 0
    last_us: Micros | None = None

    def apply(self, event: Event) -> None:
        """Take in one event."""
        self.last_us, self.now_us = self.now_us, Micros(max(self.now_us, event.t_us))
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def standing(self) -> tuple[Event, ...]:
        """Give the events that still hold: what an activity that begins now must know."""
        held: list[Event] = [*self.ports.values(), *self.tracks.values(), *self.grids.values()]
        held += self.latencies.values()
        if self.engine is not None:
            held.insert(0, self.engine)
        if self.music_paused is not None:
            held.append(self.music_paused)
        return tuple(held)

    def segment_elapsed(self, now_us: int) -> Micros:
        """Give how long the current segment has run, pauses left out."""
        if self.segment is None:
            return Micros(0)
        segment = self.segments[self.segment]
        until = self.paused_at if self.paused_at is not None else now_us
        return Micros(max(0, until - segment.started_us - segment.paused_us))

    def done_us(self, index: int) -> Micros:
        """Give how long a segment lasted or has lasted so far, pauses left out."""
        segment = self.segments[index]
        until = self.now_us if segment.ended_us is None else segment.ended_us
        return Micros(max(0, until - segment.started_us - segment.paused_us))


def _started(state: SessionState, event: ev.SessionStarted) -> None:
    """Begin, or go on after an interruption: what was open then ended where the journal did."""
    cut_us = state.now_us if state.last_us is None else state.last_us
    for segment in state.segments.values():
        segment.ended_us = cut_us if segment.ended_us is None else segment.ended_us
    for activity in state.activities.values():
        if activity.ended_us is None:
            activity.ended_us, activity.reason = cut_us, "interrupted"
    state.segment, state.paused_at, state.quiet, state.ducked_by = None, None, False, ()
    if state.started is None:
        state.started = event
    state.course, state.ended, state.reason = "running", None, None


def _segment_started(state: SessionState, event: ev.SegmentStarted) -> None:
    state.segment = event.segment
    state.segments[event.segment] = SegmentState(event.title, event.planned_us, event.t_us)


def _segment_ended(state: SessionState, event: ev.SegmentEnded) -> None:
    _count_pause(state, event.t_us)
    state.segments[event.segment].ended_us = event.t_us
    if state.segment == event.segment:
        state.segment = None


def _activity_started(state: SessionState, event: ev.ActivityStarted) -> None:
    state.activities[event.activity] = ActivityState(
        event.method, event.title, event.segment, event.t_us
    )


def _activity_ended(state: SessionState, event: ev.ActivityEnded) -> None:
    activity = state.activities.get(event.activity)
    if activity is not None and activity.ended_us is None:
        activity.ended_us, activity.reason = event.t_us, event.reason


def _count_pause(state: SessionState, now_us: Micros) -> None:
    """Take the pause so far off the running segment, and let the rest count from here."""
    if state.paused_at is None:
        return
    if state.segment is not None:
        state.segments[state.segment].paused_us += max(0, now_us - state.paused_at)
    state.paused_at = now_us


def _paused(state: SessionState, event: ev.SessionPaused) -> None:
    if state.course != "paused":
        # Said again for an activity that began meanwhile, it changes nothing.
        state.course, state.paused_at = "paused", event.t_us


def _resumed(state: SessionState, event: ev.SessionResumed) -> None:
    _count_pause(state, event.t_us)
    state.course, state.paused_at, state.quiet = "running", None, False
    state.waits_for_sound = False


def _ended(state: SessionState, event: ev.SessionEnded) -> None:
    state.course, state.ended, state.reason = "ended", event, event.reason


def _explained(state: SessionState, event: ev.EndingExplained) -> None:
    state.reason = event.reason


def _marked(state: SessionState, event: ev.MarkerPlaced) -> None:
    state.marks[event.marker] = event
    state.marker_count = max(state.marker_count, event.marker)


def _undone(state: SessionState, event: ev.Undone) -> None:
    if event.undoes == "marker":
        state.marks.pop(event.number, None)
    elif event.undoes == "measure":
        state.measures.pop(event.number, None)


def _measured(state: SessionState, event: ev.MeasureTaken) -> None:
    state.measures[max(state.measures, default=0) + 1] = event


def _quiet(state: SessionState, _event: ev.QuietCommanded) -> None:
    state.quiet, state.waits_for_sound = True, False


def _level(state: SessionState, event: ev.LevelChanged) -> None:
    state.level_db = event.level_db


def _ducked(state: SessionState, event: ev.MusicDucked) -> None:
    state.ducked_by = event.by


def _control(state: SessionState, event: ev.DuckControlChosen) -> None:
    state.duck_control = event.control


def _engine(state: SessionState, event: ev.EngineStarted) -> None:
    state.engine = event


def _latency(state: SessionState, event: ev.LatencyMeasured) -> None:
    state.latencies[event.input, event.output] = event


def _output_lost(state: SessionState, event: ev.OutputLost) -> None:
    state.waits_for_sound = state.waits_for_sound or (event.held and state.course == "running")


def _engine_lost(state: SessionState, _event: ev.EngineLost) -> None:
    """With the engine go its ports, its music and its beats."""
    state.engine, state.music_paused = None, None
    state.ports.clear()
    state.tracks.clear()
    state.grids.clear()


def _port_opened(state: SessionState, event: ev.PortOpened) -> None:
    state.ports[event.port] = event


def _port_lost(state: SessionState, event: ev.PortLost) -> None:
    state.ports.pop(event.port, None)


def _track_started(state: SessionState, event: ev.TrackStarted) -> None:
    state.tracks[event.item] = event


def _track_ended(state: SessionState, event: ev.TrackEnded) -> None:
    track = state.tracks.pop(event.item, None)
    if track is not None and track.grid is not None:
        state.grids.pop(track.grid, None)


def _grid_revised(state: SessionState, event: ev.BeatGridRevised) -> None:
    state.grids[event.grid.grid] = event


def _music_paused(state: SessionState, event: ev.MusicPaused) -> None:
    state.music_paused = event


def _music_resumed(state: SessionState, _event: ev.MusicResumed) -> None:
    state.music_paused = None


_HANDLERS: dict[type[Event], Callable[[SessionState, Any], None]] = {
    ev.SessionStarted: _started,
    ev.ClockAnchored: lambda s, e: s.anchors.append(e),
    ev.SegmentStarted: _segment_started,
    ev.SegmentEnded: _segment_ended,
    ev.ActivityStarted: _activity_started,
    ev.ActivityEnded: _activity_ended,
    ev.SessionPaused: _paused,
    ev.SessionResumed: _resumed,
    ev.SessionEnded: _ended,
    ev.EndingExplained: _explained,
    ev.MarkerPlaced: _marked,
    ev.MeasureTaken: _measured,
    ev.NoteWritten: lambda s, e: s.notes.append(e.text),
    ev.Undone: _undone,
    ev.QuietCommanded: _quiet,
    ev.LevelChanged: _level,
    ev.MusicDucked: _ducked,
    ev.DuckControlChosen: _control,
    ev.EngineStarted: _engine,
    ev.LatencyMeasured: _latency,
    ev.EngineLost: _engine_lost,
    ev.OutputLost: _output_lost,
    ev.TrackStarted: _track_started,
    ev.TrackEnded: _track_ended,
    ev.BeatGridRevised: _grid_revised,
    ev.MusicPaused: _music_paused,
    ev.MusicResumed: _music_resumed,
    ev.PortOpened: _port_opened,
    ev.PortLost: _port_lost,
    ev.Noticed: lambda s, e: s.notices.append(e),
}
