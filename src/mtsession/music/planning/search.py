"""Looks for the cheapest programme: labels in order of their time, few kept at each.

A label is a programme up to a time. Labels that end at about the same time are
compared by what they cost, with a lower bound of what is to come, and the best go
on. Where few recordings are to be had, every choice that could still win is then
looked at too, against the best that was found; then nothing is cheaper.
"""

from collections.abc import Iterator, Sequence

from mtsession.music.planning import cost
from mtsession.music.planning.bound import Bound, Tempo
from mtsession.music.planning.layout import EDGE, SHORTEST_SECONDS, Candidate, Layout, Spot

BUCKET_SECONDS = 20.0
FEW = 40
FEW_KEPT, KEPT, QUICK_KEPT = (6, 24), (5, 20), (2, 8)
"""Labels of about the same time that go on, and recordings that each tries: of few, of many."""

SOON_SECONDS, LATER_SECONDS = 20.0, 140.0
"""Where in a recording that begins now the arc is looked at, to choose the few that are tried."""

MOST_FOR_EXACT = 12
"""With more recordings than this no proof is tried."""

EXACT_STEPS = 12_000
"""The proof is given up after so many steps: labels times recordings."""


class Label:
    """A programme up to a time.

    Attributes
    ----------
    stretch : int
        The stretch of music that it has come to; the number of stretches when it is complete.
    time : float
        Where the last recording ends, or the stretch begins.
    spot : Spot or None
        The last recording; None at the start of a stretch.
    last : Label or None
        What came before it.
    """

    __slots__ = ("added", "cost", "last", "played", "spot", "stretch", "time")

    def __init__(
        self,
        *,
        stretch: int,
        time: float,
        total: float = 0.0,
        spot: Spot | None = None,
        added: Spot | None = None,
        played: tuple[int, ...] = (),
        last: "Label | None" = None,
    ) -> None:
        self.stretch = stretch
        self.time = time
        self.cost = total
        self.spot = spot
        self.added = added
        self.played = played
        self.last = last

    def spots(self) -> list[tuple[int, Spot]]:
        """Give what is played, in order, each with its stretch of music."""
        found: list[tuple[int, Spot]] = []
        label: Label | None = self
        while label is not None and label.last is not None:
            if label.added is not None:
                found.append((label.last.stretch, label.added))
            label = label.last
        return found[::-1]


class Search:
    """One search for the cheapest programme of a layout.

    Parameters
    ----------
    quick : bool
        Keep few labels and prove nothing.
    kept : tuple of int, optional
        How many labels of about the same time go on, and to how many recordings each.
    """

    def __init__(
        self, layout: Layout, *, quick: bool = False, kept: tuple[int, int] | None = None
    ) -> None:
        usual = FEW_KEPT if len(layout.candidates) <= FEW else KEPT
        self._layout = layout
        self._quick = quick
        self._breadth, self._choices = kept or (QUICK_KEPT if quick else usual)
        self._usable = [each for each in layout.candidates if each.length >= SHORTEST_SECONDS]
        self._bound = Bound(layout, self._usable)
        self._tempo = Tempo(layout.arc)

    def best(self) -> tuple[Label, bool]:
        """Give the cheapest programme that was found, and whether nothing can be cheaper."""
        best = self._beam()
        if self._quick or len(self._usable) > MOST_FOR_EXACT:
            return best, False
        return self._prove(best)

    @property
    def least(self) -> float:
        """Give a cost that no programme is below."""
        return self._least(self.start())

    def start(self) -> Label:
        """Give the empty programme."""
        return Label(stretch=0, time=self._layout.stretches[0][0])

    def done(self, label: Label) -> bool:
        """Tell whether a programme is complete."""
        return label.stretch == len(self._layout.stretches)

    def steps(self, label: Label, among: Sequence[Candidate] | None = None) -> Iterator[Label]:
        """Give every way to go on: one more recording, or no more music in this stretch."""
        yield self._stopped(label)
        alone = len(self._usable) == 1
        for candidate in self._usable if among is None else among:
            if label.played and label.played[-1] == candidate.index and not alone:
                continue
            again = cost.REPEATED if candidate.index in label.played else 0.0
            for spot in self._layout.spots(label.spot, candidate, label.stretch):
                join = self._layout.join_cost(label.spot, spot)
                total = label.cost + again + join + self._layout.spot_cost(spot)
                yield self._added(label, spot, total)

    def _added(self, label: Label, spot: Spot, total: float) -> Label:
        until = self._layout.stretches[label.stretch][1]
        played = (*label.played, spot.candidate.index)
        if spot.end < until - EDGE:
            return Label(
                stretch=label.stretch, time=spot.end, total=total, spot=spot, added=spot,
                played=played, last=label,
            )  # fmt: skip
        return self._onward(label, total, added=spot, played=played)

    def _stopped(self, label: Label) -> Label:
        """Leave the rest of a stretch without music."""
        missing = self._layout.stretches[label.stretch][1] - label.time
        return self._onward(label, label.cost + cost.gap_cost(missing), played=label.played)

    def _onward(
        self, label: Label, total: float, *, played: tuple[int, ...], added: Spot | None = None
    ) -> Label:
        stretch = label.stretch + 1
        stretches = self._layout.stretches
        time = stretches[stretch][0] if stretch < len(stretches) else stretches[-1][1]
        return Label(
            stretch=stretch, time=time, total=total, added=added, played=played, last=label
        )

    def _beam(self) -> Label:
        """Go through time, keeping the best labels of each moment."""
        waiting: dict[tuple[int, int], list[Label]] = {}
        self._file(waiting, self.start())
        best: Label | None = None
        while waiting:
            place = min(waiting)
            labels = waiting.pop(place)
            labels.sort(
                key=lambda label: (
                    label.cost + self._bound.ahead(label.stretch, label.time),
                    label.played,
                )
            )
            ranked = self._ranked(place[0], labels[0].time)
            for label in labels[: self._breadth]:
                for after in self.steps(label, self._choice(label, ranked)):
                    if self.done(after):
                        if best is None or (after.cost, after.played) < (best.cost, best.played):
                            best = after
                    elif best is None or after.cost < best.cost:
                        self._file(waiting, after)
        if best is None:
            raise AssertionError("leaving a stretch without music is always a way on")
        return best

    @staticmethod
    def _file(waiting: dict[tuple[int, int], list[Label]], label: Label) -> None:
        place = label.stretch, int(label.time / BUCKET_SECONDS)
        waiting.setdefault(place, []).append(label)

    def _ranked(self, stretch: int, time: float) -> list[Candidate]:
        """Give recordings by what a minute of them costs at the least, soon and later."""
        if len(self._usable) <= self._choices:
            return self._usable
        until = self._layout.stretches[stretch][1]
        soon = self._tempo.at(min(time + SOON_SECONDS, until))
        later = self._tempo.at(min(time + LATER_SECONDS, until))
        return sorted(
            self._usable,
            key=lambda each: (
                each.minute_at(soon, soon) + each.minute_at(later, later) + each.variety
            ),
        )

    def _choice(self, label: Label, ranked: Sequence[Candidate]) -> Sequence[Candidate]:
        """Give the recordings that a label tries: the best few, near keys before others."""
        if len(ranked) <= self._choices:
            return ranked
        played = frozenset(label.played)
        fresh = [each for each in ranked[: 4 * self._choices] if each.index not in played]
        if label.spot is None or not self._layout.rules.near_keys:
            return fresh[: self._choices]
        key = label.spot.candidate.material.key
        places = {
            each.index: place / self._choices + cost.key_cost(key, each.material.key)
            for place, each in enumerate(fresh)
        }
        return sorted(fresh, key=lambda each: places[each.index])[: self._choices]

    def _prove(self, best: Label) -> tuple[Label, bool]:
        """Look at every programme that could be cheaper than the best so far."""
        looked = 0
        stack = [self.start()]
        while stack:
            label = stack.pop()
            if self._least(label) >= best.cost - 1e-12:
                continue
            looked += len(self._usable)
            if looked > EXACT_STEPS:
                return best, False
            ways = []
            for after in self.steps(label):
                if not self.done(after):
                    ways.append((self._least(after), after))
                elif after.cost < best.cost:
                    best = after
            ways.sort(key=lambda way: -way[0])
            stack += [way for least, way in ways if least < best.cost - 1e-12]
        return best, True

    def _least(self, label: Label) -> float:
        """Give the least that a programme which begins like this can cost in all."""
        played = frozenset(label.played)
        return label.cost + self._bound.least(label.stretch, label.time, played)
