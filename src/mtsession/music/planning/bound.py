"""A lower bound of what the rest of a programme costs, whatever is played in it."""

import math
from collections.abc import Sequence

from mtsession.music.planning import cost
from mtsession.music.planning.following import Points
from mtsession.music.planning.layout import Candidate, Layout

CELL_SECONDS = 10.0
COARSE_CELL_SECONDS = 30.0
FEW = 40

NOTHING: frozenset[int] = frozenset()


class Bound:
    """For each moment of an arc, the least that what comes can cost.

    In each cell of time no recording costs less than the one that suits the arc there best.
    What was played before costs its repetition too, spread over all of its length. Music may
    also stop, for what the gap costs. Neither joins nor cuts are counted, so that no
    programme costs less.
    """

    def __init__(self, layout: Layout, candidates: Sequence[Candidate]) -> None:
        self._layout = layout
        self._candidates = candidates
        self._cell = CELL_SECONDS if len(candidates) <= FEW else COARSE_CELL_SECONDS
        self._minutes = [self._minutes_of(start, end) for start, end in layout.stretches]
        self._again = [
            cost.REPEATED / max(1e-9, each.length / each.rates[0] / 60) for each in candidates
        ]
        self._known: dict[frozenset[int], list[list[float]]] = {}

    def least(self, stretch: int, time: float, played: frozenset[int]) -> float:
        """Give a true lower bound from a time on; 0 for a complete programme.

        Parameters
        ----------
        played : frozenset of int
            The recordings that were played before, by index.
        """
        if stretch >= len(self._minutes):
            return 0.0
        values = self._values(played)[stretch]
        start = self._layout.stretches[stretch][0]
        place = int((time - start) / self._cell)
        return values[min(place + 1, len(values) - 1)] if time > start else values[0]

    def ahead(self, stretch: int, time: float) -> float:
        """Give much the same without steps, to compare programmes that end at different times."""
        if stretch >= len(self._minutes):
            return 0.0
        values = self._values(NOTHING)[stretch]
        share = (time - self._layout.stretches[stretch][0]) / self._cell
        place = min(int(share), len(values) - 2)
        rest = max(0.0, place + 1 - share)
        return values[place + 1] + rest * (values[place] - values[place + 1])

    def _values(self, played: frozenset[int]) -> list[list[float]]:
        """Give the bound at the start of each cell of each stretch."""
        known = self._known.get(played)
        if known is not None:
            return known
        again = [
            self._again[place] if each.index in played else 0.0
            for place, each in enumerate(self._candidates)
        ]
        found: list[list[float]] = []
        after = 0.0
        for (start, end), minutes in zip(
            reversed(self._layout.stretches), reversed(self._minutes), strict=True
        ):
            values = [after]
            for place in reversed(range(len(minutes))):
                ends = min(start + self._cell * (place + 1), end)
                lasts = (ends - start - self._cell * place) / 60
                rate = min(minutes[place])
                if played and len(minutes[place]) == len(again):
                    rates = zip(minutes[place], again, strict=True)
                    rate = min((one + more for one, more in rates), default=cost.GAP_MINUTE)
                stop = cost.gap_cost(end - ends) + after
                values.append(min(stop, rate * lasts + values[-1]))
            found.append(values[::-1])
            after = values[-1]
        self._known[played] = found[::-1]
        return self._known[played]

    def _minutes_of(self, start: float, end: float) -> list[list[float]]:
        """Give the least cost of a minute in each cell: of each recording, or of the best alone."""
        arc = Tempo(self._layout.arc)
        few = len(self._candidates) <= FEW
        found = []
        for place in range(max(1, math.ceil((end - start) / self._cell))):
            begins = start + self._cell * place
            low, high = arc.between(begins, min(begins + self._cell, end))
            costs = [each.minute_at(low, high) for each in self._candidates]
            found.append(costs if few and costs else [min(costs, default=cost.GAP_MINUTE)])
        return found


class Tempo:
    """The tempo of an arc in seconds, without steps."""

    def __init__(self, points: Points) -> None:
        self._points = points

    def between(self, start: float, end: float) -> tuple[float, float]:
        """Give the lowest and the highest tempo between two times."""
        inside = [bpm for t, bpm in self._points if start < t < end]
        values = [self.at(start), self.at(end), *inside]
        return min(values), max(values)

    def at(self, time: float) -> float:
        """Give the tempo at a time."""
        before = self._points[0]
        for point in self._points:
            if point[0] >= time:
                if point[0] == before[0]:
                    return point[1]
                share = (time - before[0]) / (point[0] - before[0])
                return before[1] + (point[1] - before[1]) * share
            before = point
        return before[1]
