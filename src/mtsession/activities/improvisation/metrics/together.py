"""Two players beside one another: whose strikes belong together, and who leads."""

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import Real, Whole
from mtsession.activities.improvisation.metrics.steps import Steps, finish
from mtsession.activities.improvisation.metrics.surrogates import shifts
from mtsession.activities.improvisation.metrics.value import (
    Value,
    beside_chance,
    correlation_value,
    mean_value,
    missing,
    sd_value,
    share_value,
)

FEWEST_MATCHED = 20
PART_OF_BEAT = 8
SHIFTS_A_STEP = 10
NO_BEAT = "no steady pulse to match strikes by"


class Asynchrony(msgspec.Struct, frozen=True, kw_only=True):
    """How two players' strikes lie to one another; positive where the first is later.

    Attributes
    ----------
    matched_share : Value
        Matched strikes of both over all strikes of both, beside chance.
    """

    within_us: int | None
    mean_ms: Value
    sd_ms: Value
    mean_absolute_ms: Value
    matched_share: Value


class LeadFollow(msgspec.Struct, frozen=True, kw_only=True):
    """Correlation of both players' intervals at matched strikes.

    Attributes
    ----------
    same : Value
        Both intervals at once (lag 0).
    first_follows : Value
        The first player's interval with the second's before (lag -1).
    second_follows : Value
        The second player's interval with the first's before (lag +1).
    """

    same: Value
    first_follows: Value
    second_follows: Value


def matches(a_us: Whole, b_us: Whole, within_us: Whole | int) -> tuple[Whole, Whole]:
    """Match strikes one to one: each the other's nearest, at most `within_us` apart.

    Parameters
    ----------
    a_us, b_us : ndarray, shape (n,) and (m,)
        Rising times.
    within_us : int or ndarray, shape (n,)
        How far apart at most, for each strike of the first player.

    Returns
    -------
    ia, ib : ndarray
        Indices of those that belong together, rising.

    Examples
    --------
    >>> a, b = matches(np.array([0, 100]), np.array([10, 40, 500]), 50)
    >>> a.tolist(), b.tolist()
    ([0], [0])
    """
    if not len(a_us) or not len(b_us):
        none = np.zeros(0, dtype=np.int64)
        return none, none
    to_b, to_a = _nearest(a_us, b_us), _nearest(b_us, a_us)
    mine = np.arange(len(a_us))
    mutual = (to_a[to_b] == mine) & (np.abs(a_us - b_us[to_b]) <= within_us)
    return mine[mutual], to_b[mutual]


def _nearest(from_us: Whole, to_us: Whole) -> Whole:
    """Give the index of what lies nearest to each; of two as near the earlier."""
    after = np.clip(np.searchsorted(to_us, from_us), 1, max(len(to_us) - 1, 1))
    if len(to_us) == 1:
        return np.zeros(len(from_us), dtype=np.int64)
    left = from_us - to_us[after - 1] <= to_us[after] - from_us
    return np.where(left, after - 1, after)


def asynchrony(
    a_us: Whole, b_us: Whole, beat_us: int | None, *, span_us: int, surrogates: int = 200
) -> Asynchrony:
    """Give the asynchrony of two players at once."""
    return finish(asynchrony_steps(a_us, b_us, beat_us, span_us=span_us, surrogates=surrogates))


def asynchrony_steps(
    a_us: Whole, b_us: Whole, beat_us: int | None, *, span_us: int, surrogates: int = 200
) -> Steps[Asynchrony]:
    """Give the asynchrony of two players (Clayton et al. 2020, doi 10.1525/mp.2020.38.2.136).

    Parameters
    ----------
    a_us, b_us : ndarray
        Times of onset groups, from the window's start.
    beat_us : int or None
        The shared beat; strikes match within an eighth of it.
    span_us : int
        The window, around which one player is shifted for the chance level.
    """
    total = len(a_us) + len(b_us)
    if beat_us is None:
        gone = missing(total, NO_BEAT)
        return Asynchrony(
            within_us=None, mean_ms=gone, sd_ms=gone, mean_absolute_ms=gone, matched_share=gone
        )
    within = beat_us // PART_OF_BEAT
    ia, ib = matches(a_us, b_us, within)
    apart = (a_us[ia] - b_us[ib]) / 1000
    found = of_pairs(apart, within)
    if not total:
        return found
    share = share_value(2 * len(ia), total)
    other = []
    for index, shifted in enumerate(shifts(b_us, span_us, surrogates)):
        other.append(2 * len(matches(a_us, shifted, within)[0]) / total)
        if index % SHIFTS_A_STEP == SHIFTS_A_STEP - 1:
            yield
    return msgspec.structs.replace(found, matched_share=beside_chance(share, np.array(other)))


def of_pairs(apart_ms: Real, within_us: int | None = None) -> Asynchrony:
    """Give the asynchrony of strikes that are known to belong together."""
    return Asynchrony(
        within_us=within_us,
        mean_ms=mean_value(apart_ms),
        sd_ms=sd_value(apart_ms),
        mean_absolute_ms=mean_value(np.abs(apart_ms)),
        matched_share=missing(len(apart_ms)),
    )


def lead_follow(a_us: Whole, b_us: Whole, within_us: int | None) -> LeadFollow:
    """Give who follows whom (Heggli et al. 2019, doi 10.1371/journal.pcbi.1007371).

    Intervals count where both players' strikes of both ends are matched; a gap of
    more than three times the typical interval parts the series.
    """
    if within_us is None:
        gone = missing(0, NO_BEAT)
        return LeadFollow(same=gone, first_follows=gone, second_follows=gone)
    ia, ib = matches(a_us, b_us, within_us)
    x, y = np.diff(a_us[ia]).astype(np.float64), np.diff(b_us[ib]).astype(np.float64)
    if not len(x):
        gone = missing(0)
        return LeadFollow(same=gone, first_follows=gone, second_follows=gone)
    whole = x <= 3 * np.median(x)
    next_whole = whole[1:] & whole[:-1]
    return LeadFollow(
        same=correlation_value(x[whole], y[whole]),
        first_follows=correlation_value(x[1:][next_whole], y[:-1][next_whole]),
        second_follows=correlation_value(y[1:][next_whole], x[:-1][next_whole]),
    )
