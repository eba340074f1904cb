"""What happens in a session, told on the command line in one plain line each."""

from collections.abc import Callable
from typing import Any

from mtsession.activities.listening.events import ListeningFailed, ProgrammePlanned
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event


def tell(event: Event) -> str | None:
    """Give the line to print for an event; None for those too small to tell.

    Examples
    --------
    >>> tell(ev.MarkerPlaced(t_us=65_000_000, marker=1, label="laughed"))
    '01:05  marked: laughed'
    """
    words = _WORDS.get(type(event))
    told = None if words is None else words(event)
    return None if told is None else f"{time_of(event.t_us)}  {told}"


def time_of(t_us: int) -> str:
    """Give session time as minutes and seconds."""
    whole = max(0, t_us) // 1_000_000
    return f"{whole // 60:02d}:{whole % 60:02d}"


def _segment(event: ev.SegmentStarted) -> str:
    length = "" if event.planned_us is None else f" ({event.planned_us / 60e6:g} min)"
    return f"{event.title} begins{length}"


def _track(event: ev.TrackStarted) -> str:
    if event.planned_bpm is None:
        return f"playing {event.title}"
    start, end = event.planned_bpm
    tempo = f"{start:.0f}" if round(start) == round(end) else f"{start:.0f} to {end:.0f}"
    return f"playing {event.title}, {tempo} BPM"


def _sound(event: ev.EngineStarted) -> str:
    if event.silent:
        why = f". {_said(event)}" if event.message else ""
        return f"no sound from this laptop: the session runs in silence{why}"
    return f"sound: {event.output}, {event.latency_us / 1000:.0f} ms"


def _said(event: Any) -> str:
    return f"{event.message} {event.hint}".strip()


_WORDS: dict[type[Event], Callable[[Any], str | None]] = {
    ev.SessionStarted: lambda event: f"session begins: {event.plan_title}",
    ev.EngineStarted: _sound,
    ev.EngineLost: lambda event: f"the sound stopped: {event.why}",
    ev.OutputLost: lambda event: f"no sound from {event.output}: {event.why}",
    ev.SegmentStarted: _segment,
    ev.ActivityEnded: lambda event: None if event.reason == "planned" else f"ended {event.reason}",
    ev.TrackStarted: _track,
    ev.TrackFailed: _said,
    ListeningFailed: _said,
    ProgrammePlanned: lambda event: " ".join(event.notes) or None,
    ev.PortOpened: lambda event: f"MIDI: {event.name}" + (" is back" if event.restored else ""),
    ev.PortLost: lambda event: f"MIDI: {event.name} went away; the take goes on",
    ev.MarkerPlaced: lambda event: f"marked: {event.label}",
    ev.MeasureTaken: lambda event: f"{event.measure} {event.when}: {event.value:g}",
    ev.QuietCommanded: lambda _: "quiet",
    ev.SessionPaused: lambda _: "paused",
    ev.SessionResumed: lambda _: "going on",
    ev.Noticed: _said,
    ev.SessionEnded: lambda event: f"session ends ({event.reason})",
}
