"""Turns: how the floor passes between players, and which phrases are answered."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.activities.improvisation.metrics.arrays import Real, Whole, crossed
from mtsession.activities.improvisation.metrics.phrases import Phrases
from mtsession.activities.improvisation.metrics.steps import Steps, finish
from mtsession.activities.improvisation.metrics.surrogates import offsets
from mtsession.activities.improvisation.metrics.value import (
    Value,
    beside_chance,
    median_value,
    missing,
    share_value,
)

ANSWER_US = 8_000_000
SHIFTS_A_STEP = 10


class Turns(msgspec.Struct, frozen=True, kw_only=True):
    """How the floor passes.

    Attributes
    ----------
    transfer_ms : Value
        Median of the next player's start minus the last one's end: a gap above 0, an overlap below.
    switches_per_min : float or None
        Passings of the floor a minute.
    overlap_share : float or None
        Of the time in which anybody's phrase goes on, the share in which more than one's does.
    """

    switches: int
    switches_per_min: float | None
    transfer_ms: Value
    overlap_share: float | None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Which of a player's phrases another answered.

    Attributes
    ----------
    share : Value
        Answered phrases over phrases, beside chance.
    delay_ms : Value
        Median time from a phrase's end to its answer's start.
    """

    phrases: int
    answered: int
    within_us: int
    share: Value
    delay_ms: Value


def turns(parts: Sequence[Phrases], span_us: int) -> Turns:
    """Give how the floor passes between players (Heldner & Edlund 2010,
    doi 10.1016/j.wocn.2010.08.002).

    A phrase that begins and ends within another's takes no floor.
    """  # noqa: D205 - the source belongs to the sentence
    offsets_ms = floor_transfers(parts) / 1000
    return Turns(
        switches=len(offsets_ms),
        switches_per_min=len(offsets_ms) / (span_us / 60e6) if span_us else None,
        transfer_ms=median_value(offsets_ms),
        overlap_share=overlap(parts),
    )


def floor_transfers(parts: Sequence[Phrases]) -> Real:
    """Give each floor transfer's offset in microseconds, in order of time; none across a break."""
    rows = sorted(
        (start, end, player)
        for player, part in enumerate(parts)
        for start, end in zip(part.start_us.tolist(), part.end_us.tolist(), strict=True)
    )
    found: list[tuple[int, int]] = []
    holder, until = -1, 0
    for start, end, player in rows:
        if holder in (player, -1):
            holder, until = player, max(until, end) if holder == player else end
        elif end > until:
            found.append((until, start))
            holder, until = player, end
    ended, begun = np.array(found, dtype=np.int64).reshape(-1, 2).T
    broken = np.zeros(len(found), dtype=np.bool_)
    for part in parts:
        broken |= crossed(ended, begun, part.breaks)
    return (begun - ended)[~broken].astype(np.float64)


def overlap(parts: Sequence[Phrases]) -> float | None:
    """Give the share of the sounding time in which several players' phrases go on."""
    starts = np.concatenate([part.start_us for part in parts])
    ends = np.concatenate([part.end_us for part in parts])
    if not len(starts):
        return None
    times = np.concatenate((starts, ends))
    change = np.repeat((1, -1), (len(starts), len(ends)))
    order = np.lexsort((-change, times))
    depth = np.cumsum(change[order])[:-1]
    length = np.diff(times[order])
    any_us = int(length[depth > 0].sum())
    return int(length[depth > 1].sum()) / any_us if any_us else None


def response(
    asked: Phrases,
    others: Sequence[Phrases],
    *,
    span_us: int,
    within_us: int = ANSWER_US,
    surrogates: int = 200,
) -> Response:
    """Give which phrases of one player were answered by another, at once."""
    return finish(
        response_steps(asked, others, span_us=span_us, within_us=within_us, surrogates=surrogates)
    )


def response_steps(
    asked: Phrases,
    others: Sequence[Phrases],
    *,
    span_us: int,
    within_us: int = ANSWER_US,
    surrogates: int = 200,
) -> Steps[Response]:
    """Give which phrases of one player were answered by another.

    A phrase is answered where another player's phrase begins after its last
    strike and at most `within_us` after its end. What is settable is settable
    because slowed or sedated people answer later. A phrase after which a break
    came before any answer is left out.

    Parameters
    ----------
    span_us : int
        The window, from which times count; the others' phrases are shifted around it for chance.
    """
    starts = np.sort(np.concatenate([other.start_us for other in others]))
    asked = _answerable(asked, starts, others, within_us)
    n = asked.n
    if not n or not len(starts):
        return Response(
            phrases=n,
            answered=0,
            within_us=within_us,
            share=share_value(0, n) if n else missing(0, "no phrase"),
            delay_ms=missing(0, "no answer"),
        )
    first = _first_after(starts, asked)
    delay = first - asked.end_us
    hit = (first >= 0) & (delay <= within_us)
    chance = []
    for index, by_us in enumerate(offsets(span_us, surrogates).tolist()):
        chance.append(_share(np.sort((starts + by_us) % span_us), asked, within_us))
        if index % SHIFTS_A_STEP == SHIFTS_A_STEP - 1:
            yield
    return Response(
        phrases=n,
        answered=int(hit.sum()),
        within_us=within_us,
        share=beside_chance(share_value(int(hit.sum()), n), np.array(chance)),
        delay_ms=median_value(delay[hit] / 1000) if hit.any() else missing(0, "no answer"),
    )


def _answerable(
    asked: Phrases, starts: Whole, others: Sequence[Phrases], within_us: int
) -> Phrases:
    """Leave out the phrases of which a break keeps us from knowing whether they were answered."""
    unknown: NDArray[np.bool_] = np.zeros(asked.n, dtype=np.bool_)
    for part in (asked, *others):
        if len(part.breaks):
            begun = part.breaks[:, 0]
            first = np.append(begun, np.iinfo(np.int64).max)[np.searchsorted(begun, asked.end_us)]
            answer = _first_after(starts, asked)
            answered = (answer >= 0) & (answer <= first)
            unknown |= (first - asked.end_us <= within_us) & ~answered
    if not unknown.any():
        return asked
    return asked._replace(
        start_us=asked.start_us[~unknown],
        end_us=asked.end_us[~unknown],
        last_onset_us=asked.last_onset_us[~unknown],
        first=asked.first[~unknown],
    )


def _first_after(starts: Whole, asked: Phrases) -> Whole:
    """Give when the first answer to each phrase begins, -1 where none does."""
    index = np.searchsorted(starts, asked.last_onset_us, side="right")
    padded = np.append(starts, -1)
    return padded[index]


def _share(starts: Whole, asked: Phrases, within_us: int) -> float:
    first = _first_after(starts, asked)
    return float(((first >= 0) & (first - asked.end_us <= within_us)).mean())
