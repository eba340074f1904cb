"""A lower bound of what the rest of a programme costs, whatever is played in it."""

import math
from collections.abc import Sequence

from mtsession.music.planning import cost
from mtsession.music.planning.layout import Candidate, Layout

CELL_SECONDS = 10.0
FEW = 40


class Bound:
    """For each moment of an arc, the least that what comes can cost.

    In each cell of time no recording costs less than the one that suits the arc there best;
    music may also stop, for what the gap costs.
    """

    def __init__(self, layout: Layout, candidates: Sequence[Candidate]) -> None:
        self._layout = layout
        self._candidates = candidates
        self._cell = CELL_SECONDS if len(candidates) <= FEW else 3 * CELL_SECONDS
        self._known: dict[tuple[float, float], float] = {}
        self._cells: list[list[float]] = []
        self._rates: list[list[float]] = []
        after = 0.0
        for start, end in reversed(layout.stretches):
            values, rates = self._stretch(start, end, after)
            self._cells.insert(0, values)
            self._rates.insert(0, rates)
            after = values[0]

    def least(self, stretch: int, time: float) -> float:
        """Give a true lower bound from a time on; 0 for a complete programme."""
        if stretch >= len(self._cells):
            return 0.0
        values = self._cells[stretch]
        place = int((time - self._layout.stretches[stretch][0]) / self._cell)
        return values[min(place + 1, len(values) - 1)] if time > self._start(stretch) else values[0]

    def ahead(self, stretch: int, time: float) -> float:
        """Give much the same without steps, to compare programmes that end at different times."""
        if stretch >= len(self._cells):
            return 0.0
        values, rates = self._cells[stretch], self._rates[stretch]
        share = (time - self._start(stretch)) / self._cell
        place = min(int(share), len(rates) - 1)
        return values[place + 1] + rates[place] * max(0.0, place + 1 - share) * self._cell / 60

    def _start(self, stretch: int) -> float:
        return self._layout.stretches[stretch][0]

    def _stretch(self, start: float, end: float, after: float) -> tuple[list[float], list[float]]:
        """Give the bound at each cell's start, and the least cost of a minute in each cell."""
        count = max(1, math.ceil((end - start) / self._cell))
        edges = [min(start + self._cell * place, end) for place in range(count + 1)]
        arc = _Tempo(self._layout.arc)
        values = [after]
        rates: list[float] = []
        for place in reversed(range(count)):
            begins, ends = edges[place], edges[place + 1]
            rate = self._least_minute(*arc.between(begins, ends))
            rates.insert(0, rate)
            stop = cost.gap_cost(end - ends) + after
            values.insert(0, min(stop, rate * (ends - begins) / 60 + values[0]))
        return values, rates

    def _least_minute(self, low: float, high: float) -> float:
        known = self._known.get((low, high))
        if known is None:
            rules = self._layout.rules
            known = min(
                (
                    cost.least_minute(each.material, rules.rates(each.material), low, high)
                    for each in self._candidates
                ),
                default=cost.GAP_MINUTE,
            )
            self._known[low, high] = known
        return known


class _Tempo:
    """The lowest and highest tempo of an arc between two times."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self._points = points

    def between(self, start: float, end: float) -> tuple[float, float]:
        inside = [bpm for t, bpm in self._points if start < t < end]
        values = [self._at(start), self._at(end), *inside]
        return min(values), max(values)

    def _at(self, time: float) -> float:
        before = self._points[0]
        for point in self._points:
            if point[0] >= time:
                if point[0] == before[0]:
                    return point[1]
                share = (time - before[0]) / (point[0] - before[0])
                return before[1] + (point[1] - before[1]) * share
            before = point
        return before[1]
