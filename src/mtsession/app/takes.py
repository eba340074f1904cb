"""Takes of a session as Standard MIDI Files."""

import io
from collections.abc import Sequence

from mtsession.activities.improvisation.events import TakeStarted
from mtsession.activities.improvisation.take import take_rows
from mtsession.errors import MidiError
from mtsession.midi.smf import write_take
from mtsession.timeline.event import Event


def takes_of(events: Sequence[Event]) -> list[TakeStarted]:
    """Give every take of a session, in order."""
    return [event for event in events if isinstance(event, TakeStarted)]


def take_file(events: Sequence[Event], number: int = 1) -> bytes:
    """Give one take as a MIDI file, players as tracks and markers as text.

    Parameters
    ----------
    events : sequence of Event
        The whole session.
    number : int
        Which of the session's takes, from 1.

    Raises
    ------
    MidiError
        If there is no such take.
    """
    takes = takes_of(events)
    if not takes:
        raise MidiError("This session holds no take.", "Takes are made while improvising.")
    if not 1 <= number <= len(takes):
        raise MidiError(
            f"This session has no take {number}.", f"Give a number from 1 to {len(takes)}."
        )
    started = takes[number - 1]
    take = take_rows(started.activity, started.take, events)
    file = io.BytesIO()
    write_take(file, take.rows, take.players, take.markers)
    return file.getvalue()
