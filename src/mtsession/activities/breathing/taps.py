"""A client's rate of breathing, from the therapist's taps: one with each breath in."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import Literal

import msgspec

from mtsession.timeline.units import SECOND, Micros

LEAST_TAPS = 3
# The newest six breaths tell where the client is now.
LATEST_TAPS = 7
# Two taps so close are one tap of an unsteady finger.
BOUNCE_US = 1 * SECOND
# After so long nobody was tapping: counting begins anew.
SERIES_US = 25 * SECOND
# An interval about twice the usual one has a breath in it that was not tapped.
TWICE = (1.7, 2.3)
# Natural breathing varies by a tenth or two; farther apart than this is no rate.
WIDEST_SPREAD = 0.6
# How many breaths after the last tap the next one can still be told.
TOLD_BREATHS = 4


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a series of taps says.

    Attributes
    ----------
    state : str
        `none`; `few`, more taps are needed; `uneven`, they make no rate; or `steady`.
    taps : int
        Taps in the series.
    length_us : Micros or None
        Length of a breath, where they are steady.
    """

    state: Literal["none", "few", "uneven", "steady"]
    taps: int = 0
    length_us: Micros | None = None


def add_tap(taps: Sequence[Micros], tap_us: Micros) -> list[Micros]:
    """Give the series with one more tap: the newest few, or a new series after a long time."""
    if taps and tap_us - taps[-1] < BOUNCE_US:
        return list(taps)
    if taps and tap_us - taps[-1] > SERIES_US:
        return [tap_us]
    return [*taps, tap_us][-LATEST_TAPS:]


def read_taps(taps: Sequence[Micros]) -> Reading:
    """Read the length of a breath from a series of taps.

    An interval that holds a breath which was not tapped counts as two; one that stands far
    apart from the others is not counted, where at least three are left.

    Parameters
    ----------
    taps : sequence of Micros
        Rising times, as `add_tap` gives them.

    Examples
    --------
    >>> read_taps([0, 5_000_000, 10_000_000]).length_us
    5000000
    >>> read_taps([0, 5_000_000]).state, read_taps([0, 2_000_000, 20_000_000]).state
    ('few', 'uneven')
    """
    if len(taps) < LEAST_TAPS:
        return Reading(state="few" if taps else "none", taps=len(taps))
    steps = [float(late - early) for early, late in pairwise(taps)]
    # Of two, the longer one may hold a breath more.
    usual = min(steps) if len(steps) < LEAST_TAPS else median(steps)
    low, high = TWICE[0] * usual, TWICE[1] * usual
    steps = [step / 2 if low <= step <= high else step for step in steps]
    middle = median(steps)
    if len(steps) > LEAST_TAPS:
        farthest = max(steps, key=lambda step: abs(step - middle))
        if abs(farthest - middle) > WIDEST_SPREAD / 2 * middle:
            steps.remove(farthest)
    if max(steps) - min(steps) > WIDEST_SPREAD * median(steps):
        return Reading(state="uneven", taps=len(taps))
    return Reading(state="steady", taps=len(taps), length_us=Micros(round(fmean(steps))))


def next_breath(taps: Sequence[Micros], length_us: int, at_us: int) -> Micros | None:
    """Tell when the breath in nearest to a time is to be expected; None long after the taps.

    Examples
    --------
    >>> next_breath([0, 5_000_000, 10_000_000], 5_000_000, 21_000_000)
    20000000
    """
    if not taps or at_us - taps[-1] > TOLD_BREATHS * length_us:
        return None
    return Micros(taps[-1] + round((at_us - taps[-1]) / length_us) * length_us)
