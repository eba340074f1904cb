"""How the tempo was led, as a fold over events: the course so far, and what can be undone."""

from typing import NamedTuple

from mtsession.activities.listening.course import Points, led, point
from mtsession.activities.listening.events import (
    Lead,
    LeadUndone,
    ProgrammePlanned,
    ProgrammeRevised,
    TempoLed,
)
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import SECOND, Micros

BACK: frozenset[Lead] = frozenset({"let go", "re-join", "carried back"})
"""Leads after which the tempo is the arc's again."""

BY_ITSELF: frozenset[Lead] = frozenset({"carried", "carried back"})
"""Leads that nobody asked for: the music went round."""

CALM_US = 3 * SECOND


class Standing(NamedTuple):
    """A lead that was not taken back, and what held before it."""

    led: TempoLed
    before: TempoMap | None
    settles_us: Micros


class LedState:
    """The course that the music was led along.

    Attributes
    ----------
    leads : int
        How many leads there were, those taken back and the taking back included.
    round : int
        Which round of the music the last one belongs to.
    settles_us : Micros
        When the last glide is over, in the arc's time.
    choose_at_us : Micros or None
        When it is time to choose anew from the library, in session time: after a lead, once no
        other has followed for a moment.
    standing : list of Standing
        Leads that were not taken back, the newest last.
    """

    def __init__(self) -> None:
        self.leads = 0
        self.round = 0
        self.settles_us = Micros(0)
        self.standing: list[Standing] = []
        self.choose_at_us: Micros | None = None
        self._courses: dict[int, TempoMap] = {}
        self._planned_for: dict[int, int] = {}

    def course(self, number: int) -> TempoMap | None:
        """Give the course of a round; None where it is the arc."""
        return self._courses.get(number)

    @property
    def asked(self) -> Standing | None:
        """Give the newest lead that stands and that somebody asked for."""
        asked = (each for each in reversed(self.standing) if each.led.what not in BY_ITSELF)
        return next(asked, None)

    @property
    def last(self) -> Lead | None:
        """Give what was asked for last and stands."""
        return None if self.asked is None else self.asked.led.what

    @property
    def steered(self) -> bool:
        """Tell whether the tempo is the therapist's rather than the arc's."""
        return self.last is not None and self.last not in BACK

    def settling(self, number: int, at_us: int) -> bool:
        """Tell whether the last glide still goes on in a round, at a place of its arc."""
        return number == self.round and at_us < self.settles_us

    def stale(self, number: int) -> bool:
        """Tell whether the music of a round was planned before the last lead."""
        return self._planned_for.get(number, 0) < self.leads

    def carried(self, number: int) -> Points:
        """Give the target of a round that follows another: a tempo of the therapist's is kept."""
        before = self._courses.get(number - 1)
        if before is None or not self.steered:
            return ()
        return (point(0, before.points[-1].bpm),)

    def planned(self, event: ProgrammePlanned) -> None:
        """Take in what was planned, and which leads it knows of."""
        self.choose_at_us = None
        self._planned_for[event.round] = event.leads
        if event.target and event.round not in self._courses:
            self._courses[event.round] = TempoMap(event.target)

    def revised(self, event: ProgrammeRevised) -> None:
        """Take in that music follows the leads so far."""
        self.choose_at_us = None if event.chosen else Micros(event.t_us + CALM_US)
        self._planned_for[event.round] = event.leads

    def led(self, event: TempoLed) -> None:
        """Take in a lead."""
        before = self._courses.get(event.round)
        self.standing.append(Standing(event, before, self.settles_us))
        self._follow(event)

    def undone(self, event: LeadUndone) -> None:
        """Take in that a lead was taken back."""
        # What it was carried on with since goes with it.
        self.standing = [each for each in self.standing if each.led.lead < event.undoes]
        self._follow(event)

    def _follow(self, event: TempoLed | LeadUndone) -> None:
        before = self._courses.get(event.round)
        target = TempoMap(event.target)
        now = target if before is None else led(before, event.target)
        self._courses[event.round] = now
        self.leads, self.round, self.settles_us = event.lead, event.round, event.settles_us
