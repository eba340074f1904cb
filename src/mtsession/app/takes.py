"""Takes of a session as Standard MIDI Files and as tables; nothing in them says who played."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from mtsession.activities.improvisation.events import TakeStarted
from mtsession.activities.improvisation.tables import NoteRow, WindowRow, note_rows, window_rows
from mtsession.activities.improvisation.take import take_rows
from mtsession.errors import MidiError
from mtsession.midi.smf import write_take
from mtsession.timeline.event import Event

TableName = Literal["notes", "windows"]


class _Table(NamedTuple):
    """A kind of table: its columns, and how a take's rows are made."""

    columns: tuple[str, ...]
    rows: Callable[[int, int, int, Sequence[Event]], Sequence[tuple[object, ...]]]


TABLES: dict[TableName, _Table] = {
    "notes": _Table(NoteRow._fields, note_rows),
    "windows": _Table(WindowRow._fields, window_rows),
}


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
    ((_, started),) = _chosen(events, number)
    take = take_rows(started.activity, started.take, events)
    file = io.BytesIO()
    write_take(file, take.rows, take.players, take.markers, end_us=take.length_us)
    return file.getvalue()


def take_table(events: Sequence[Event], name: TableName, number: int | None = None) -> str:
    """Give takes as a table of comma-separated values, times in microseconds from each start.

    Parameters
    ----------
    events : sequence of Event
        The whole session.
    name : {"notes", "windows"}
        Every note, or the figures of every window of 30 s.
    number : int, optional
        Which of the session's takes, from 1; every one by default.

    Raises
    ------
    MidiError
        If there is no such take.
    """
    table = TABLES[name]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    for each, started in _chosen(events, number):
        writer.writerows(table.rows(started.activity, started.take, each, events))
    return text.getvalue()


def _chosen(events: Sequence[Event], number: int | None) -> list[tuple[int, TakeStarted]]:
    """Give the takes that are meant, with their numbers in the session."""
    takes = [*enumerate(takes_of(events), 1)]
    if not takes:
        raise MidiError("This session holds no take.", "Takes are made while improvising.")
    if number is None:
        return takes
    if not 1 <= number <= len(takes):
        raise MidiError(
            f"This session has no take {number}.", f"Give a number from 1 to {len(takes)}."
        )
    return [takes[number - 1]]
