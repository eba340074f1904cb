"""Where music that was led ends, so that there is music until the time is over."""

from collections.abc import Sequence

import msgspec

from mtsession.activities.listening.pace import Player
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.protocol.sources import ProgrammeItem
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import SECOND, Micros

SHORTEST_US = 20 * SECOND
"""What is left of a programme is filled with recordings from this length on."""

UNNOTICED_US = 2 * SECOND
"""A composed piece may be over so much early; it fades by then."""

STAYS_US = 60 * SECOND
"""A composed piece that the target leaves sounds so long at least before it is composed anew."""


def composed_end(player: Player, target: TempoMap, at: int, end: int, until: int | None) -> int:
    """Give when a composed piece is left for what is composed after it.

    Parameters
    ----------
    target : TempoMap
        By heard time from the item's start, as are the times.
    at, end : int
        Where it is, and where its source is over.
    until : int or None
        Where the music is to be over; None where something else follows already.
    """
    if until is None:
        return end
    end = min(end, _out_of_reach(player, target, at, end))
    if UNNOTICED_US < until - end < SHORTEST_US:
        # Left a little earlier, so that what follows has time to be heard.
        end = min(end, max(until - SHORTEST_US, at + SHORTEST_US))
    return end


def _out_of_reach(player: Player, target: TempoMap, at: int, end: int) -> int:
    """Give where the target leaves a composed piece's reach."""
    source = player.source_at(at)
    if not player.follows(target, at + STAYS_US // 2, source):
        # That the piece is at its limit was said already; the therapist decides.
        return end
    for look in range(at + STAYS_US, end - STAYS_US, SECOND):
        if not player.follows(target, look, source + (look - at)):
            return look
    return end


def lengthened(
    settings: ListeningSettings, items: Sequence[ProgrammeItem], by_us: int
) -> tuple[ProgrammeItem, ...]:
    """Let the last of some items, where the time cuts it, sound so much longer.

    Items that begin earlier than they were planned for, so that beats meet, would be over early.
    """
    if not items or by_us <= 0 or not items[-1].fade_out_us:
        return tuple(items)
    last = items[-1]
    return (*items[:-1], _longer(settings, last, by_us))


def _longer(settings: ListeningSettings, item: ProgrammeItem, by_us: int) -> ProgrammeItem:
    rate = item.rate[-1].rate if item.rate else 1.0
    left_us = Player(settings, item).left_after(item.duration_us)
    more_us = min(by_us, int(left_us / rate))
    return msgspec.structs.replace(item, duration_us=Micros(item.duration_us + more_us))
