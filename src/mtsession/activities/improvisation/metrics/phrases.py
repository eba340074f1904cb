"""Phrases and the pauses between them."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import (
    NO_BREAKS,
    NoteArrays,
    Whole,
    crossed,
    onset_groups,
)

SHORTEST_PAUSE_US = 1_000_000
PAUSE_IN_IOIS = 3


class Phrases(NamedTuple):
    """One player's phrases; every column has shape (n,).

    `first` is the index of a phrase's first note, `last_onset_us` its last strike,
    `end_us` when its last key was up. No phrase goes on across one of the `breaks`.
    """

    start_us: Whole
    end_us: Whole
    last_onset_us: Whole
    first: Whole
    pause_us: int
    breaks: Whole = NO_BREAKS

    @property
    def n(self) -> int:
        """Count the phrases."""
        return len(self.start_us)


class PhraseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many phrases, how long, how far apart; None where there is none."""

    n: int
    pause_longer_than_us: int
    median_length_us: float | None
    longest_length_us: int | None
    median_pause_us: float | None
    longest_pause_us: int | None


def phrases(notes: NoteArrays, pause_us: int | None = None) -> Phrases:
    """Part notes where no key was down for long.

    A phrase ends where the gap between the last key's end and the next onset is
    longer than a second and than three times the median interval between onsets.

    Parameters
    ----------
    pause_us : int, optional
        The gap to part at, where it is ruled from outside.
    """
    if not notes.n:
        none = np.zeros(0, dtype=np.int64)
        return Phrases(none, none, none, none, pause_us or SHORTEST_PAUSE_US, notes.breaks)
    if pause_us is None:
        groups = onset_groups(notes.onset_us)
        gaps = np.diff(groups)[~crossed(groups[:-1], groups[1:], notes.breaks)]
        typical = float(np.median(gaps)) if len(gaps) else 0.0
        pause_us = max(SHORTEST_PAUSE_US, round(PAUSE_IN_IOIS * typical))
    down_until = np.maximum.accumulate(notes.released_us)
    following = notes.onset_us[1:]
    parted = following - down_until[:-1] > pause_us
    parted |= crossed(down_until[:-1], following, notes.breaks)
    cuts = np.flatnonzero(parted) + 1
    first = np.concatenate(([0], cuts)).astype(np.int64)
    last = np.append(cuts, notes.n) - 1
    return Phrases(
        notes.onset_us[first],
        down_until[last],
        notes.onset_us[last],
        first,
        pause_us,
        notes.breaks,
    )


def phrase_figures(found: Phrases) -> PhraseFigures:
    """Give the figures of a player's phrases."""
    lengths = found.end_us - found.start_us
    ended, following = found.end_us[:-1], found.start_us[1:]
    pauses = (following - ended)[~crossed(ended, following, found.breaks)]
    return PhraseFigures(
        n=found.n,
        pause_longer_than_us=found.pause_us,
        median_length_us=float(np.median(lengths)) if found.n else None,
        longest_length_us=int(lengths.max()) if found.n else None,
        median_pause_us=float(np.median(pauses)) if len(pauses) else None,
        longest_pause_us=int(pauses.max()) if len(pauses) else None,
    )


def begun_after_silence(parts: Sequence[Phrases]) -> list[int]:
    """Tell who began each time after all had been silent.

    A joint silence is one in which nobody's phrase goes on, longer than the
    longest of the players' own pauses; the very first phrase counts, one after a break
    does not: nobody knows what was played before. Two who begin in one instant both count.

    Returns
    -------
    list of int
        How many beginnings each player has.
    """
    pause = max((part.pause_us for part in parts), default=SHORTEST_PAUSE_US)
    starts = np.concatenate([part.start_us for part in parts])
    ends = np.concatenate([part.end_us for part in parts])
    who = np.repeat(np.arange(len(parts)), [part.n for part in parts])
    if not len(starts):
        return [0] * len(parts)
    order = np.lexsort((who, starts))
    starts, ends, who = starts[order], ends[order], who[order]
    until = np.maximum.accumulate(ends)
    known = np.ones(len(starts) - 1, dtype=np.bool_)
    for part in parts:
        known &= ~crossed(until[:-1], starts[1:], part.breaks)
    first = np.concatenate(([True], (starts[1:] - until[:-1] > pause) & known))
    opened = np.maximum.accumulate(np.where(first, starts, np.iinfo(np.int64).min))
    begins = starts == opened
    return [int(count) for count in np.bincount(who[begins], minlength=len(parts))]
