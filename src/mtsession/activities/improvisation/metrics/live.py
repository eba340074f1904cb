"""Everything that is reckoned of a take, over its last two minutes, while it goes on.

A round takes the notes of the last windows as columns and goes through every metric in
portions of some milliseconds; whoever draws the screen gives it a little time now and then.
Pulses of windows that are over are kept, so that what a round costs depends on what was
played in two minutes, not on the length of the take. Once the take is over a last round
goes over all of it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import (
    NoteArrays,
    from_rows,
    merged,
    window,
)
from mtsession.activities.improvisation.metrics.columns import Columns
from mtsession.activities.improvisation.metrics.pulse import (
    Pulse,
    PulseSearch,
    not_looked_for,
)
from mtsession.activities.improvisation.metrics.steps import Steps, finish
from mtsession.activities.improvisation.metrics.whole import (
    SURROGATES,
    TakeWhole,
    analysis_steps,
)
from mtsession.activities.improvisation.metrics.windows import (
    WINDOW_US,
    Cut,
    Pulses,
    looked_for,
    pulses_of,
    windows_of,
)

WINDOWS = 4
SHIFTS = 40
EVERY_US = 900_000
LATE_US = 1_000_000
PORTION = 8
MOST_NOTES = 4_000
MOST_COMPARED = 4
BUDGET_SECONDS = 0.0018
YOUNG_US = 200_000
LATE_BUDGET_SECONDS = 0.0028
STEP_US, STEPS = 5_000_000, 60
ALL = -1


class Strand(NamedTuple):
    """One player's last minutes in steps of 5 s; None where nothing was captured or played."""

    density: tuple[float | None, ...]
    velocity: tuple[float | None, ...]


class Round(NamedTuple):
    """What one round found: the figures of the window, and the course up to its end."""

    from_us: int
    to_us: int
    players: tuple[int, ...]
    whole: TakeWhole
    strands: tuple[Strand, ...]
    tempi: tuple[Pulse, ...]
    final: bool


class LiveReckoning:
    """Reckons one take as it grows.

    Parameters
    ----------
    from_us : int
        The take's start.
    clock : callable, optional
        Seconds of work, only for keeping portions short: it decides nothing but when a round
        is done.

    Attributes
    ----------
    latest : Round or None
        The last round that was finished.
    """

    def __init__(self, from_us: int, clock: Callable[[], float] = time.thread_time) -> None:
        self._from = from_us
        self._clock = clock
        self._closed: dict[tuple[int, int], Pulse] = {}
        self._players = 0
        self._steps: Steps[Round] | None = None
        self._begun_us: int | None = None
        self.latest: Round | None = None

    def advance(
        self,
        columns: Mapping[int, Columns],
        now_us: int,
        *,
        over: bool = False,
        seconds: float | None = None,
    ) -> bool:
        """Go on for a little while; tells whether a round was finished.

        A round that has gone on for a while is given more at a time, so that figures come anew
        each second.

        Parameters
        ----------
        columns : mapping of int to Columns
            Each player's notes so far.
        now_us : int
            Now, or the take's end.
        over : bool
            Whether the take has ended: then the next round goes over all of it and is the last.
        """
        if self.latest is not None and self.latest.final:
            return False
        begin = self._clock()
        if self._steps is None:
            if not self._due(columns, now_us, over=over):
                return False
            self._begun_us = now_us
            self._steps = self._round(dict(sorted(columns.items())), now_us, final=over)
        if seconds is None:
            young = self._begun_us is not None and now_us - self._begun_us < YOUNG_US
            seconds = BUDGET_SECONDS if young else LATE_BUDGET_SECONDS
        try:
            next(self._steps)
            while self._clock() - begin < seconds:
                next(self._steps)
        except StopIteration as done:
            self._steps, self.latest = None, done.value
            return True
        return False

    def _due(self, columns: Mapping[int, Columns], now_us: int, *, over: bool) -> bool:
        if not columns or now_us <= self._from:
            return False
        return over or self._begun_us is None or now_us - self._begun_us >= EVERY_US

    def _round(self, known: Mapping[int, Columns], now_us: int, *, final: bool) -> Steps[Round]:
        players, columns = tuple(known), tuple(known.values())
        from_us = self._from if final else self._begin_of(columns, now_us)
        if len(columns) != self._players:
            self._players = len(columns)
            # The beat of all together is another's once someone joins.
            self._closed = {key: each for key, each in self._closed.items() if key[0] != ALL}
        parts = []
        for column in columns:
            parts.append(column.arrays(from_us, now_us))
            yield
        cuts = windows_of(now_us - from_us, WINDOW_US, from_us)
        pulses = yield from self._pulses(parts, cuts, now_us)
        whole = yield from analysis_steps(
            parts, pulses, surrogates=SURROGATES if final else SHIFTS, compared=MOST_COMPARED
        )
        strands = []
        for column in columns:
            strands.append(_strand(column, self._from, now_us))
            yield
        return Round(from_us, now_us, players, whole, tuple(strands), self._tempi(pulses), final)

    def _begin_of(self, columns: Sequence[Columns], now_us: int) -> int:
        """Give where the window begins: on the grid of the take's windows, later in a storm."""
        passed = (now_us - self._from) // WINDOW_US
        from_us = self._from + max(0, passed - (WINDOWS - 1)) * WINDOW_US
        return max(from_us, *(column.since(MOST_NOTES, now_us) for column in columns))

    def _pulses(
        self, parts: Sequence[NoteArrays], cuts: Sequence[Cut], now_us: int
    ) -> Steps[Pulses]:
        rows: list[tuple[Pulse, ...]] = []
        everybody = [*enumerate(parts)]
        if len(parts) > 1:
            everybody.append((ALL, merged(parts)))
        for who, part in everybody:
            found: tuple[Pulse, ...] = ()
            for index, cut in enumerate(cuts):
                if not looked_for(index, len(cuts)):
                    found += (not_looked_for(*cut),)
                    continue
                found += ((yield from self._pulse(who, part, cut, now_us)),)
            rows.append(found)
        return Pulses(tuple(rows[: len(parts)]), rows[-1])

    def _pulse(self, who: int, part: NoteArrays, cut: Cut, now_us: int) -> Steps[Pulse]:
        """Find one window's pulse, or remember it."""
        start, end = cut
        known = self._closed.get((who, start))
        if known is not None and known.end_us == end:
            return known
        search = PulseSearch(window(part, start, end))
        yield
        while True:
            pulse = search.advance(PORTION)
            yield
            if pulse is not None:
                break
        # A window counts as over a second after its end: notes may be told a little late.
        if end + LATE_US <= now_us and (start - self._from) % WINDOW_US == 0:
            self._closed[who, start] = pulse
        return pulse

    def _tempi(self, pulses: Pulses) -> tuple[Pulse, ...]:
        """Give the tempo of the last minutes' windows."""
        who = ALL if len(pulses.players) > 1 else 0
        known = {start: pulse for (player, start), pulse in self._closed.items() if player == who}
        known |= {pulse.start_us: pulse for pulse in pulses.together}
        last = max(known)
        return tuple(known[start] for start in sorted(known) if start > last - STEP_US * STEPS)


@cache
def warm_up() -> None:
    """Go through everything once: what is only done the first time may take some 10 ms."""
    rows = [(at, 60, 64, at + 90_000, at + 90_000) for at in range(0, 20_000_000, 500_000)]
    finish(
        analysis_steps(
            [from_rows(rows, 0, WINDOW_US)] * 2,
            pulses_of([from_rows(rows, 0, WINDOW_US)] * 2, [(0, WINDOW_US)]),
            surrogates=1,
        )
    )


def _strand(column: Columns, take_us: int, now_us: int) -> Strand:
    """Give density and velocity in steps over the last minutes; steps lie on the take's grid."""
    last = take_us + -(-(now_us - take_us) // STEP_US) * STEP_US
    first = max(last - STEPS * STEP_US, take_us)
    part = column.arrays(max(first, column.since(10 * MOST_NOTES, now_us)), now_us)
    count = (last - first) // STEP_US
    place = (part.onset_us - first) // STEP_US
    notes = np.bincount(place, minlength=count)
    known = part.velocity > 0
    loud = np.bincount(place[known], part.velocity[known], count)
    struck = np.bincount(place[known], minlength=count)
    edges = np.minimum(first + STEP_US * np.arange(count + 1), now_us)
    gone = np.zeros(count)
    for begin, end in part.breaks.tolist():
        gone += np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin), 0, None)
    heard = np.diff(edges) - gone
    return Strand(
        tuple(
            round(n * 1e6 / us, 3) if us >= STEP_US / 10 else None
            for n, us in zip(notes.tolist(), heard.tolist(), strict=True)
        ),
        tuple(
            round(sum_ / n, 1) if n else None
            for sum_, n in zip(loud.tolist(), struck.tolist(), strict=True)
        ),
    )
