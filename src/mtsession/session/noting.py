"""What the therapist notes: marks, ratings, lines, and why the session ended."""

from mtsession.session import intents as it
from mtsession.session.activity import Step
from mtsession.session.state import SessionState
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.units import Micros


class Noting:
    """Makes events of what is noted.

    Parameters
    ----------
    state : SessionState
        What stands so far.
    """

    def __init__(self, state: SessionState) -> None:
        self._state = state

    def do(self, now_us: Micros, intent: it.Intent) -> Step:
        """Note it, or take it back."""
        state = self._state
        events: tuple[Event, ...] = ()
        match intent:
            case it.PlaceMarker(label=label):
                number = state.marker_count + 1
                events = (ev.MarkerPlaced(t_us=now_us, marker=number, label=label),)
            case it.UndoMarker() if state.marks:
                events = (ev.Undone(t_us=now_us, undoes="marker", number=max(state.marks)),)
            case it.Rate():
                events = (_measured(now_us, intent),)
            case it.TakeRatingBack():
                events = tuple(
                    ev.Undone(t_us=now_us, undoes="measure", number=number)
                    for number, taken in state.measures.items()
                    if (taken.measure, taken.source) == (intent.measure, intent.source)
                )
            case it.WriteNote(text=text):
                events = (ev.NoteWritten(t_us=now_us, text=text),)
            case it.GiveReason(reason=reason):
                events = (ev.EndingExplained(t_us=now_us, reason=reason),)
        return Step(events=events)


def _measured(now_us: Micros, intent: it.Rate) -> ev.MeasureTaken:
    return ev.MeasureTaken(
        t_us=now_us,
        measure=intent.measure,
        when=intent.when,
        value=float(intent.value),
        source=intent.source,
    )
