"""Whole counts: how many make a breath, and how they fall to its phases."""

import math
from collections.abc import Callable

Counts = tuple[int, int, int, int]
"""Counts of inhale, hold, exhale and rest; 0 where a phase is left out."""

Shares = tuple[float, float, float, float]
"""Inhale, hold, exhale and rest as shares of a breath; they add up to 1."""

# Just past the half: a wish for exactly x.5 counts must not hang on a rounding error.
UPWARDS_FROM = 0.5137
NEAR_HALF = 0.05
# Only the last step to what is wished for waits for a downbeat: not one of several.
LAST_STEP = 1.01


def split(total: int, shares: Shares) -> Counts:
    """Share out a breath's counts to its phases.

    Each phase that is wanted gets at least one count, and the exhale is never
    shorter than the inhale; within that, the phases are as near to their
    shares as whole counts can be, and what is left over goes to the exhale first.

    Parameters
    ----------
    total : int
        Counts in the breath, at least one to each phase.
    shares : tuple of float
        Inhale, hold, exhale, rest; 0 leaves a phase out.

    Raises
    ------
    ValueError
        If there are fewer counts than phases.

    Examples
    --------
    >>> split(8, (2 / 6, 0, 4 / 6, 0)), split(10, (0.4, 0, 0.6, 0))
    ((3, 0, 5, 0), (4, 0, 6, 0))
    """
    wanted = [share > 0 for share in shares]
    if total < sum(wanted):
        raise ValueError("a breath needs one count to each phase")
    counts = [int(there) for there in wanted]
    # The exhale comes first among equals: left over counts lengthen it.
    order = (2, 0, 1, 3)
    for _ in range(total - sum(counts)):
        short = {place: shares[place] * total - counts[place] for place in order if wanted[place]}
        if counts[0] >= counts[2]:
            short.pop(0, None)
        most = max(short.values())
        counts[next(place for place in order if short.get(place, -math.inf) > most - 1e-9)] += 1
    return counts[0], counts[1], counts[2], counts[3]


def nearest(wanted: float, beats_per_bar: int | None) -> int:
    """Give the nearest whole count; about half-way between two, whole bars are preferred.

    Examples
    --------
    >>> nearest(7.2, 4), nearest(7.5, 4), nearest(7.5, None), nearest(8.49, 4)
    (7, 8, 7, 8)
    """
    low = math.floor(wanted)
    part = wanted - low
    if beats_per_bar is not None and abs(part - 0.5) < NEAR_HALF:
        for count in (low, low + 1):
            if count % beats_per_bar == 0:
                return count
    return low if part < UPWARDS_FROM else low + 1


def await_downbeat(
    count: int, previous: int, wanted: float, *, beat: float, beats_per_bar: int | None
) -> int:
    """Put a change to whole bars off until a breath begins on a downbeat.

    The breaths before have a beat more or less than whole bars, so that within a bar's number
    of breaths one begins on a downbeat, and from then on all do.

    Parameters
    ----------
    count, previous : int
        What was chosen, and the counts of the breath before.
    wanted : float
        Counts that are wished for; far from the breath before, nothing is put off.
    beat : float
        The beat on which the breath begins, in counts; downbeats are multiples of the bar.

    Examples
    --------
    >>> await_downbeat(8, 7, 7.6, beat=21, beats_per_bar=4)
    7
    >>> await_downbeat(8, 7, 7.6, beat=28, beats_per_bar=4)
    8
    """
    if beats_per_bar is None or count == previous or abs(count - previous) > 1:
        return count
    if count % beats_per_bar or beat % beats_per_bar == 0:
        return count
    return previous if abs(wanted - previous) <= LAST_STEP else count


def choose(
    wanted: float,
    previous: int | None,
    *,
    may_lengthen: bool,
    least: int,
    most: int | None,
    beats_per_bar: int | None,
    beat: float,
    allowed: Callable[[int], bool],
) -> int:
    """Choose the counts of the next breath.

    Parameters
    ----------
    wanted : float
        Counts that the ramp asks for.
    previous : int or None
        Counts of the breath before; None before the first.
    may_lengthen : bool
        Whether enough breaths have gone by since the last lengthening.
    least, most : int
        Fewest counts (one to each phase) and most counts of a breath.
    beat : float
        The beat on which it begins, in counts.
    allowed : callable
        Whether so many counts keep to the floor. The floor outranks the rest:
        the breath is shortened until they do, or until `least`.
    """
    count = nearest(wanted, beats_per_bar)
    if previous is not None:
        count = max(previous - 1, min(count, previous + int(may_lengthen)))
        count = await_downbeat(count, previous, wanted, beat=beat, beats_per_bar=beats_per_bar)
    if most is not None:
        count = min(count, most)
    count = max(count, least)
    while count > least and not allowed(count):
        count -= 1
    return count
