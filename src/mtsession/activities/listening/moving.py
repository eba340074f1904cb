"""Programmes that are moved and planned anew while they play, as pure functions of values."""

import msgspec

from mtsession.activities.listening.events import ProgrammePlanned, ProgrammeRevised
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.timeline.units import Micros

MOST_NOTES = 2


def brief(notes: tuple[str, ...]) -> str:
    """Give what fits on a panel; the record has all of it."""
    shown = " ".join(notes[:MOST_NOTES])
    more = len(notes) - MOST_NOTES
    return shown if more <= 0 else f"{shown} (And {more} more in the record.)"


def name_of(item: ProgrammeItem) -> str:
    """Give the piece or the file that an item is made of."""
    source = item.source
    return source.path if isinstance(source, FileSource) else source.piece


def revised(programme: ProgrammePlanned, event: ProgrammeRevised) -> ProgrammePlanned:
    """Give a programme with what was planned anew of it; what is over stays as it was."""
    again = {item.item for item in event.items}
    over = tuple(
        item
        for item in programme.items
        if item.item not in again and item.start_us <= event.position_us
    )
    return msgspec.structs.replace(
        programme,
        items=(*over, *event.items),
        duration_us=event.duration_us,
        next_us=event.next_us,
    )


def first_of(programme: ProgrammePlanned) -> ProgrammeItem | None:
    """Give the item that a programme begins with."""
    position = programme.position_us
    left = (item for item in programme.items if item.start_us + item.duration_us > position)
    return next(left, None)


def shifted(programme: ProgrammePlanned, first: ProgrammeItem, by_us: int) -> ProgrammePlanned:
    """Give a programme with an item and all after it so much later."""
    items = tuple(
        msgspec.structs.replace(item, start_us=Micros(item.start_us + by_us))
        if item.start_us >= first.start_us
        else item
        for item in programme.items
    )
    return msgspec.structs.replace(programme, items=items)


def moved(programme: ProgrammePlanned, by_us: int) -> ProgrammePlanned:
    """Give a programme that lies so much later."""
    return msgspec.structs.replace(programme, at_us=Micros(programme.at_us + by_us))
