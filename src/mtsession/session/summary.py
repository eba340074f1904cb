"""The summary of a session: a function of its events and nothing else."""

from collections.abc import Callable, Sequence
from typing import Any

from mtsession.protocol.sections import Section
from mtsession.protocol.summary import CourseLine, MarkLine, MeasureLine, NoticeLine, Summary
from mtsession.session.activity import Registry
from mtsession.session.state import SessionState
from mtsession.timeline import events as ev
from mtsession.timeline.clock import WallTime
from mtsession.timeline.event import Event
from mtsession.timeline.units import Micros

NEVER_CAPTURED = ("voice", "acoustic instruments")


def summarise(session: str, events: Sequence[Event], methods: Registry) -> Summary:
    """Make the summary of a session from its journal.

    Parameters
    ----------
    session : str
        The session's id.
    events : sequence of Event
        All events in journal order; the session may not have ended.
    methods : mapping of str to Method
        The methods whose sections are wanted; an activity of an unknown
        method keeps its line in the course and has no section.

    Returns
    -------
    Summary
    """
    state = SessionState()
    for event in events:
        state.apply(event)
    sections = _sections(events, state, methods)
    captured = tuple(dict.fromkeys(item for part in sections for item in part.captured))
    missing = [*(item for part in sections for item in part.not_captured), *NEVER_CAPTURED]
    started = state.started
    end_us = state.now_us if state.ended is None else state.ended.t_us
    return Summary(
        session=session,
        client=None if started is None else started.client,
        started=wall_at(state.anchors, 0),
        ended_at=wall_at(state.anchors, end_us),
        duration_us=Micros(end_us),
        plan_title="" if started is None else started.plan_title,
        course=_course(state),
        sections=sections,
        marks=tuple(
            MarkLine(t_us=mark.t_us, wall=wall_at(state.anchors, mark.t_us), label=mark.label)
            for mark in sorted(state.marks.values(), key=lambda mark: (mark.t_us, mark.marker))
        ),
        measures=_measures(tuple(state.measures.values())),
        notes=tuple(state.notes),
        notices=_notices(events),
        captured=captured,
        not_captured=tuple(dict.fromkeys(missing)),
        ended=state.reason,
        app_version="" if started is None else started.app_version,
    )


def wall_at(anchors: Sequence[ev.ClockAnchored], t_us: int) -> WallTime | None:
    """Give the wall time of a session time, from the last anchor before it.

    Examples
    --------
    >>> wall = WallTime(unix_us=10_000_000, utc_offset_s=0, zone="UTC")
    >>> anchor = ev.ClockAnchored(t_us=0, wall=wall, why="start")
    >>> wall_at([anchor], 2_000_000).unix_us
    12000000
    """
    if not anchors:
        return None
    best = anchors[0]
    for anchor in anchors:
        if anchor.t_us > t_us:
            break
        best = anchor
    return WallTime(
        unix_us=best.wall.unix_us + t_us - best.t_us,
        utc_offset_s=best.wall.utc_offset_s,
        zone=best.wall.zone,
    )


def _sections(
    events: Sequence[Event], state: SessionState, methods: Registry
) -> tuple[Section, ...]:
    return tuple(
        methods[activity.method].summarise(number, events)
        for number, activity in sorted(state.activities.items())
        if activity.method in methods
    )


def _course(state: SessionState) -> tuple[CourseLine, ...]:
    """Give planned segments in order, then what was started by hand beside them."""
    lines = [
        CourseLine(title=segment.title, planned_us=segment.planned_us, done_us=state.done_us(index))
        for index, segment in sorted(state.segments.items())
    ]
    for _, activity in sorted(state.activities.items()):
        if activity.segment is None:
            until = state.now_us if activity.ended_us is None else activity.ended_us
            done = Micros(until - activity.started_us)
            lines.append(CourseLine(title=activity.title, planned_us=None, done_us=done))
    return tuple(lines)


def _measures(taken: Sequence[ev.MeasureTaken]) -> tuple[MeasureLine, ...]:
    """Pair ratings before and after; the last of each counts."""
    pairs: dict[tuple[str, str], dict[str, float]] = {}
    for rating in taken:
        pairs.setdefault((rating.measure, rating.source), {})[rating.when] = rating.value
    return tuple(
        MeasureLine(
            measure=measure, source=source, before=pair.get("before"), after=pair.get("after")
        )
        for (measure, source), pair in pairs.items()
    )


def _notices(events: Sequence[Event]) -> tuple[NoticeLine, ...]:
    """Give what a reader of the record should know about sound, ports and the laptop."""
    lines = []
    for event in events:
        words = _NOTICES.get(type(event))
        text = None if words is None else words(event)
        if text:
            lines.append(NoticeLine(t_us=event.t_us, text=text))
    return tuple(lines)


def _engine_words(event: ev.EngineStarted) -> str | None:
    if event.silent:
        return "no sound was heard from the laptop"
    return "the sound was started again" if event.restarted else None


def _port_back_words(event: ev.PortOpened) -> str | None:
    return f"the MIDI port {event.name} came back" if event.restored else None


def _port_lost_words(event: ev.PortLost) -> str:
    return f"the MIDI port {event.name} went away; nothing of it was captured until it came back"


_NOTICES: dict[type[Event], Callable[[Any], str | None]] = {
    ev.EngineStarted: _engine_words,
    ev.EngineLost: lambda _: "the sound stopped by a fault",
    ev.OutputLost: lambda event: f"no sound from {event.output}: {event.why}",
    ev.PortLost: _port_lost_words,
    ev.PortOpened: _port_back_words,
    ev.TrackFailed: lambda event: event.message,
    ev.QuietCommanded: lambda _: "everything was made quiet by hand",
}
