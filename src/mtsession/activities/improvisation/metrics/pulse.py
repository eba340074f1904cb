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
from mtsession.activities.improvisation.metrics.beat_paths import Path, find_paths
from mtsession.activities.improvisation.metrics.beat_traits import WEIGHTS, traits
from mtsession.activities.improvisation.metrics.value import TOO_FEW

FEWEST_ONSETS = 9
FEWEST_HITS = 4
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


def find_pulse(notes: NoteArrays) -> Pulse:
    """Give the pulse of one window."""
    return find_pulses([notes])[0]


def find_pulses(windows: Sequence[NoteArrays]) -> list[Pulse]:
    """Give the pulse of each window; many at once cost much less than one by one."""
    heard = [accents(notes) if notes.n else None for notes in windows]
    asked: list[tuple[int, Accents, float, float]] = []
    clarity: dict[int, float] = {}
    for index, accent in enumerate(heard):
        if accent is None or len(accent.times) < FEWEST_ONSETS:
            continue
        strength = periodicity(accent.times, accent.weights)
        clarity[index] = float(max(strength.max(), 0.0))
        for period in candidate_periods(strength):
            at = float(np.interp(np.log(period), np.log(GRID), strength))
            asked.append((index, accent, float(period), at))
    asked.sort(key=lambda each: len(each[1].times))
    ways: dict[int, list[_Way]] = {}
    for begin in range(0, len(asked), BATCH):
        batch = asked[begin : begin + BATCH]
        for (index, accent, _, strength_at), path in zip(batch, _paths(batch), strict=True):
            if len(path.hits) >= FEWEST_HITS:
                ways.setdefault(index, []).append(_way(path, accent, strength_at))
    return [
        _pulse(notes, accent, ways.get(index, []), clarity.get(index))
        for index, (notes, accent) in enumerate(zip(windows, heard, strict=True))
    ]


def _paths(batch: Sequence[tuple[int, Accents, float, float]]) -> list[Path]:
    longest = max(len(accent.times) for _, accent, _, _ in batch)
    times = np.full((len(batch), longest), np.inf)
    weights = np.zeros((len(batch), longest))
    for row, (_, accent, _, _) in enumerate(batch):
        times[row, : len(accent.times)] = accent.times
        weights[row, : len(accent.times)] = accent.weights
    return find_paths(times, weights, np.array([period for _, _, period, _ in batch]))


def _way(path: Path, accent: Accents, strength: float) -> _Way:
    described = traits(path, accent.times, accent.weights, accent.lowness, strength)
    intervals = np.diff(_beats(path, accent.times))
    return _Way(
        path=path,
        score=float(described @ WEIGHTS),
        bpm=60 / float(np.median(intervals)),
        off=float(described[2]) / 10,
        hit=float(described[1]),
    )


def _beats(path: Path, times: Real) -> Real:
    """Give all beats in seconds, those between hits in a straight line."""
    at = np.concatenate(([0], np.cumsum(path.steps)))
    return np.interp(np.arange(at[-1] + 1), at, times[path.hits])


def _pulse(
    notes: NoteArrays, accent: Accents | None, ways: Sequence[_Way], clarity: float | None
) -> Pulse:
    """Choose among a window's candidates."""
    onsets = 0 if accent is None else len(accent.times)
    if accent is None or not ways:
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
