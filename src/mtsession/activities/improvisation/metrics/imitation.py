"""Imitation: whether what one player played comes back from another within some seconds."""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import (
    NoteArrays,
    Real,
    Whole,
    group_starts,
)
from mtsession.activities.improvisation.metrics.phrases import phrases
from mtsession.activities.improvisation.metrics.steps import Steps, finish
from mtsession.activities.improvisation.metrics.surrogates import offsets
from mtsession.activities.improvisation.metrics.value import Value, missing, student

WITHIN_US = 8_000_000
SHIFTS_A_STEP = 5
STEPS = 3
WIDEST_STEP = 30
CONTOUR_WORTH = 0.5
FEWEST_PHRASES = 4
NO_FIGURE = "no figure of four notes"


class Imitation(msgspec.Struct, frozen=True, kw_only=True):
    """How far one player's figures of four notes come back from the other.

    Attributes
    ----------
    match : Value
        Mean over the figures of the best match within 8 s: 1 the same intervals,
        0.5 the same ups and downs, 0 neither; with the mean under shifts as its chance.
    excess : Value
        Match minus chance.
    exact_share : Value
        Share of figures whose very intervals came back, with its chance.
    """

    within_us: int
    match: Value
    excess: Value
    exact_share: Value


class Figures(NamedTuple):
    """Figures of four onset groups' top notes; every column has shape (n,).

    `end_us` is the strike of a figure's last note, `phrase` the number of its phrase.
    """

    start_us: Whole
    end_us: Whole
    intervals: Whole
    contour: Whole
    phrase: Whole


def figures_of(notes: NoteArrays) -> Figures:
    """Give the figures of a player's melody: the highest note of each onset group.

    A figure lies within one phrase.
    """
    starts = group_starts(notes.onset_us)
    count = len(starts) - STEPS
    if count < 1:
        none = np.zeros(0, dtype=np.int64)
        return Figures(none, none, none, none, none)
    at = notes.onset_us[starts]
    step = np.clip(np.diff(np.maximum.reduceat(notes.pitch, starts)), -WIDEST_STEP, WIDEST_STEP)
    intervals = np.zeros(count, dtype=np.int64)
    contour = np.zeros(count, dtype=np.int64)
    for place in range(STEPS):
        part = step[place : place + count]
        intervals = intervals * (2 * WIDEST_STEP + 1) + part + WIDEST_STEP
        contour = contour * 3 + np.sign(part) + 1
    phrase = np.searchsorted(phrases(notes).first, starts, side="right")
    whole = phrase[:count] == phrase[STEPS:]
    columns = (at[:count], at[STEPS:], intervals, contour, phrase[:count])
    return Figures(*(column[whole] for column in columns))


def imitation(
    model: NoteArrays, echo: NoteArrays, *, within_us: int = WITHIN_US, surrogates: int = 200
) -> Imitation:
    """Give how far one player's figures come back from another, at once."""
    return finish(imitation_steps(model, echo, within_us=within_us, surrogates=surrogates))


def imitation_steps(
    model: NoteArrays, echo: NoteArrays, *, within_us: int = WITHIN_US, surrogates: int = 200
) -> Steps[Imitation]:
    """Give how far one player's figures come back from another, beside chance.

    A figure comes back where one like it begins after its last strike and at most
    `within_us` later. Figures of one phrase hang together, so the interval counts
    phrases, not figures.

    Parameters
    ----------
    model, echo : NoteArrays
        Who plays first, and who may imitate; both of the same window.
    """
    ours, theirs = figures_of(model), figures_of(echo)
    n = len(ours.start_us)
    if not n or not len(theirs.start_us):
        gone = missing(n, NO_FIGURE)
        return Imitation(within_us=within_us, match=gone, excess=gone, exact_share=gone)
    start, span = model.from_us, model.span_us
    exact = _Echo(ours.intervals, ours.end_us - start, theirs.intervals, theirs.start_us - start)
    shape = _Echo(ours.contour, ours.end_us - start, theirs.contour, theirs.start_us - start)
    same = exact.found(0, span, within_us)
    alike = shape.found(0, span, within_us)
    best = np.where(same, 1.0, np.where(alike, CONTOUR_WORTH, 0.0))
    by = offsets(span, surrogates).tolist()
    means, shares = np.empty(len(by)), np.empty(len(by))
    for index, shift in enumerate(by):
        same_by_chance = exact.found(shift, span, within_us)
        any_by_chance = shape.found(shift, span, within_us)
        shares[index] = same_by_chance.mean()
        if index % SHIFTS_A_STEP == SHIFTS_A_STEP - 1:
            yield
        means[index] = CONTOUR_WORTH * any_by_chance.mean() + (1 - CONTOUR_WORTH) * shares[index]
    match, excess = _beside(best, means, ours.phrase)
    share, _ = _beside(same.astype(np.float64), shares, ours.phrase)
    return Imitation(within_us=within_us, match=match, excess=excess, exact_share=share)


class _Echo:
    """Finds for each code whether the same code begins soon after, under any shift.

    Codes and times are one key, so that one search serves all codes at once.
    """

    def __init__(self, codes: Whole, ends: Whole, other_codes: Whole, other_starts: Whole) -> None:
        known, both = np.unique(np.concatenate((codes, other_codes)), return_inverse=True)
        place, other = both[: len(codes)], both[len(codes) :]
        # Only codes that both played can be found.
        shared = np.intersect1d(place, other)
        self._mine = np.isin(place, shared)
        self._n = len(codes)
        kept = np.isin(other, shared)
        order = np.lexsort((other_starts[kept], other[kept]))
        self._codes, self._starts = other[kept][order], other_starts[kept][order]
        self._asked, self._ends = place[self._mine], ends[self._mine]
        self._room = len(known)

    def found(self, by_us: int, span_us: int, within_us: int) -> np.ndarray:
        """Tell for each figure whether it comes back, the other shifted by a time."""
        result = np.zeros(self._n, dtype=bool)
        if not len(self._starts):
            return result
        lane = span_us + within_us + 1
        moved = self._starts + by_us
        if by_us:
            moved = np.where(moved >= span_us, moved - span_us, moved)
        key = (
            np.sort(self._codes * lane + moved, kind="stable")
            if by_us
            else (self._codes * lane + moved)
        )
        want = self._asked * lane + self._ends
        index = np.searchsorted(key, want, side="right")
        following = key[np.minimum(index, len(key) - 1)]
        result[self._mine] = (index < len(key)) & (following - want <= within_us)
        return result


def _beside(best: Real, chance: Real, phrase: Whole) -> tuple[Value, Value]:
    """Give a mean beside chance, and how far it lies above."""
    n = len(best)
    mean = float(best.mean())
    _, member = np.unique(phrase, return_inverse=True)
    sizes = np.bincount(member)
    count = len(sizes)
    if count < FEWEST_PHRASES:
        return Value(value=mean, n=n), missing(n)
    apart = np.bincount(member, best) - mean * sizes
    error = math.sqrt(count / (count - 1) * float(apart @ apart)) / n
    half = student(count - 1) * error
    match = Value(value=mean, n=n, low=max(0.0, mean - half), high=min(1.0, mean + half))
    if not len(chance):
        return match, missing(n, "too short a window for chance")
    level, high = float(chance.mean()), float(np.quantile(chance, 0.95))
    match = msgspec.structs.replace(match, chance=level, chance_high=high)
    excess = Value(value=mean - level, n=n, low=mean - level - half, high=mean - level + half)
    return match, excess
