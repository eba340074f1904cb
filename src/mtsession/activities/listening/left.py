"""The music that was left for other music, which can be brought back while it would still play."""

from bisect import bisect_right
from typing import NamedTuple

from mtsession.activities.listening.events import ProgrammePlanned
from mtsession.activities.listening.moving import moved
from mtsession.activities.listening.pace import Player
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.protocol.sources import ProgrammeItem
from mtsession.timeline.units import SECOND, Micros

LEAST_US = 15 * SECOND
"""Music that would be over sooner is not brought back: it would only be left again."""


class Left(NamedTuple):
    """What played as other music was asked for.

    Attributes
    ----------
    programme : ProgrammePlanned
        As it was planned then; `at_us` is moved by what was held since.
    item : ProgrammeItem
        What sounded.
    t_us : Micros
        When it was left.
    """

    programme: ProgrammePlanned
    item: ProgrammeItem
    t_us: Micros

    def later(self, by_us: int) -> "Left":
        """Give it moved by a time that the music was held for."""
        return self._replace(programme=moved(self.programme, by_us))

    def position_at(self, t_us: int) -> int | None:
        """Give where its programme would be at a time; None where it would soon be over."""
        programme, item = self.programme, self.item
        position = t_us - programme.at_us + programme.position_us
        ends_us = item.start_us + item.duration_us - item.fade_out_us
        return position if item.start_us <= position <= ends_us - LEAST_US else None

    def downbeat_at(self, settings: ListeningSettings, position: int) -> int:
        """Give the place of its last downbeat (beat where bars are not known) before a place."""
        item, player = self.item, Player(settings, self.item)
        bar = item.beats_per_bar or 1
        source_us = player.source_at(position - item.start_us)
        beats = item.beats_us[::bar]
        found = bisect_right(beats, source_us) - 1
        return position if found < 0 else item.start_us + max(0, player.heard_of(beats[found]))


def leaving(
    programme: ProgrammePlanned | None, item: ProgrammeItem | None, t_us: Micros
) -> Left | None:
    """Give what is left, where there is something."""
    return None if programme is None or item is None else Left(programme, item, t_us)
