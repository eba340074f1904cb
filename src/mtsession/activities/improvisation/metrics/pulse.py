"""Tempo and beats of a stretch of playing, the rival tempo beside it, or no steady pulse.

Candidates come from the periodicity of the onsets; for each the best way through
the onsets is found (`beat_paths`), described (`beat_traits`), and the likeliest
taken. Which octave is "the beat" is often a matter of notation: the next
likeliest tempo in a simple ratio to the first is always given with it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.accents import Accents, accents
from mtsession.activities.improvisation.metrics.arrays import NoteArrays, Real
from mtsession.activities.improvisation.metrics.beat_candidates import (
    GRID,
    candidate_periods,
    periodicity,
)
from mtsession.activities.improvisation.metrics.beat_paths import Path, PathSearch, find_paths
from mtsession.activities.improvisation.metrics.beat_traits import WEIGHTS, traits
from mtsession.activities.improvisation.metrics.value import TOO_FEW

FEWEST_ONSETS = 9
FEWEST_HITS = 4
WAYS_A_STEP = 3
BATCH = 256
RATIOS = np.log([1 / 3, 0.5, 2.0, 3.0, 2 / 3, 1.5])
RATIO_NEAR = 0.06
STEADY_CV = 0.10
MOST_OFF = 0.085
FEWEST_HIT = 0.6
# Onsets at random reach a clarity of 0.1 in one window of fifty, and hardly ever so close a way.
CLEAR = 0.105
CLOSE = 0.06
CLOSE_HIT = 0.85
NO_PULSE = "no steady pulse"
NOT_LOOKED_FOR = "not looked for in so long a take"


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """The pulse of one window; times as the notes' own.

    Attributes
    ----------
    bpm : float or None
        Beats a minute, None where the onsets follow no beat that can be told from chance.
    rival_bpm : float or None
        The next likeliest tempo at a simple ratio: the octave that it may also be.
    steady : bool
        Whether the beat keeps so even that the tempo can be relied on.
    beats_us : tuple of int
        Beats, those on no onset between their neighbours in a straight line.
    cv : float or None
        Coefficient of variation of the beat intervals.
    clarity : float or None
        How strongly the onsets repeat at their best period: the peak of the normalised
        autocorrelation of the onsets over its first multiples, chance being about 0.05.
    """

    start_us: int
    end_us: int
    onsets: int
    bpm: float | None
    rival_bpm: float | None
    steady: bool
    beats_us: tuple[int, ...]
    cv: float | None
    clarity: float | None
    reason: str | None


class _Way(NamedTuple):
    """One candidate of one window."""

    path: Path
    score: float
    bpm: float
    off: float
    hit: float


def not_looked_for(start_us: int, end_us: int) -> Pulse:
    """Give what stands for a window whose pulse was not looked for, in a take of many hours."""
    return Pulse(
        start_us=start_us, end_us=end_us, onsets=0, bpm=None, rival_bpm=None, steady=False,
        beats_us=(), cv=None, clarity=None, reason=NOT_LOOKED_FOR,
    )  # fmt: skip


def find_pulse(notes: NoteArrays) -> Pulse:
    """Give the pulse of one window."""
    return find_pulses([notes])[0]


def find_pulses(windows: Sequence[NoteArrays]) -> list[Pulse]:
    """Give the pulse of each window; many at once cost much less than one by one."""
    heard = [_Heard(notes) for notes in windows]
    asked = [
        (index, period) for index, each in enumerate(heard) for period in range(len(each.periods))
    ]
    asked.sort(key=lambda pick: heard[pick[0]].onsets)
    ways: dict[int, list[_Way]] = {}
    for begin in range(0, len(asked), BATCH):
        batch = asked[begin : begin + BATCH]
        paths = find_paths(*_table([(heard[index], period) for index, period in batch]))
        for (index, period), path in zip(batch, paths, strict=True):
            if len(path.hits) >= FEWEST_HITS:
                ways.setdefault(index, []).append(heard[index].way(path, period))
    return [each.pulse(ways.get(index, [])) for index, each in enumerate(heard)]


class PulseSearch:
    """The pulse of one window in portions: the live screen has other things to do between.

    The outcome is that of `find_pulse`.
    """

    def __init__(self, notes: NoteArrays) -> None:
        self._heard = _Heard(notes)
        picks = [(self._heard, period) for period in range(len(self._heard.periods))]
        self._search = PathSearch(*_table(picks)) if picks else None
        self._paths: list[Path] | None = None
        self._described = 0
        self._ways: list[_Way] = []

    def advance(self, onsets: int) -> Pulse | None:
        """Take in so many more onsets, then weigh some ways; gives the pulse once all is done."""
        if self._search is None:
            return self._heard.pulse([])
        if self._paths is None:
            if self._search.advance(onsets):
                self._paths = self._search.paths()
            return None
        begin, self._described = self._described, self._described + WAYS_A_STEP
        self._ways += [
            self._heard.way(path, period)
            for period, path in enumerate(self._paths[begin : self._described], begin)
            if len(path.hits) >= FEWEST_HITS
        ]
        return self._heard.pulse(self._ways) if self._described >= len(self._paths) else None


class _Heard:
    """A window's onsets, and the tempi they may have."""

    def __init__(self, notes: NoteArrays) -> None:
        self.notes = notes
        self.accent = accents(notes)
        self.onsets = len(self.accent.times)
        self.periods = np.zeros(0)
        self._strength = np.zeros(len(GRID))
        self._clarity: float | None = None
        if self.onsets >= FEWEST_ONSETS:
            self._strength = periodicity(self.accent.times, self.accent.weights)
            self._clarity = float(max(self._strength.max(), 0.0))
            self.periods = candidate_periods(self._strength)

    def way(self, path: Path, period: int) -> "_Way":
        """Describe a path that was found from one of the periods."""
        at = float(np.interp(np.log(self.periods[period]), np.log(GRID), self._strength))
        return _way(path, self.accent, at)

    def pulse(self, ways: "Sequence[_Way]") -> Pulse:
        """Choose among the ways."""
        return _pulse(self.notes, self.accent, ways, self._clarity)


def _table(picks: Sequence[tuple[_Heard, int]]) -> tuple[Real, Real, Real]:
    """Lay windows and their tempi beside one another."""
    longest = max(heard.onsets for heard, _ in picks)
    times = np.full((len(picks), longest), np.inf)
    weights = np.zeros((len(picks), longest))
    for row, (heard, _) in enumerate(picks):
        times[row, : heard.onsets] = heard.accent.times
        weights[row, : heard.onsets] = heard.accent.weights
    return times, weights, np.array([heard.periods[period] for heard, period in picks])


def _way(path: Path, accent: Accents, strength: float) -> _Way:
    described = traits(path, accent, strength)
    intervals = np.diff(_beats(path, accent.times))
    return _Way(
        path=path,
        score=float(described @ WEIGHTS),
        bpm=60 / float(np.median(intervals)),
        off=float(described[1]),
        hit=float(described[0]),
    )


def _beats(path: Path, times: Real) -> Real:
    """Give all beats in seconds, those between hits in a straight line."""
    at = np.concatenate(([0], np.cumsum(path.steps)))
    return np.interp(np.arange(at[-1] + 1), at, times[path.hits])


def _pulse(
    notes: NoteArrays, accent: Accents, ways: Sequence[_Way], clarity: float | None
) -> Pulse:
    """Choose among a window's candidates."""
    onsets = len(accent.times)
    if not ways:
        why = "silence" if not onsets else TOO_FEW if onsets < FEWEST_ONSETS else NO_PULSE
        return Pulse(
            start_us=notes.from_us, end_us=notes.to_us, onsets=onsets, bpm=None, rival_bpm=None,
            steady=False, beats_us=(), cv=None, clarity=clarity, reason=why,
        )  # fmt: skip
    ranked = sorted(ways, key=lambda way: -way.score)
    best = ranked[0]
    beats = _beats(best.path, accent.times)
    intervals = np.diff(beats)
    cv = float(intervals.std() / intervals.mean())
    close = best.off <= CLOSE and best.hit >= CLOSE_HIT
    found = close or (clarity is not None and clarity >= CLEAR and best.hit >= FEWEST_HIT)
    rival = next((way.bpm for way in ranked[1:] if _simple_ratio(way.bpm / best.bpm)), None)
    first = int(notes.onset_us[0])
    steady = found and cv <= STEADY_CV and best.off <= MOST_OFF
    return Pulse(
        start_us=notes.from_us,
        end_us=notes.to_us,
        onsets=onsets,
        bpm=best.bpm if found else None,
        rival_bpm=rival if found else None,
        steady=steady,
        beats_us=tuple(first + round(beat * 1e6) for beat in beats.tolist()) if found else (),
        cv=cv if found else None,
        clarity=clarity,
        reason=None if steady else NO_PULSE,
    )


def _simple_ratio(ratio: float) -> bool:
    return bool(np.abs(np.log(ratio) - RATIOS).min() < RATIO_NEAR)
