"""Tempo from tapping along: a straight line through the taps, whatever was missed or doubled."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import msgspec

FEWEST_TAPS = 3
LOWEST_BPM, HIGHEST_BPM = 20.0, 400.0
# Of a beat: two taps nearer than this are one tap that bounced.
_BOUNCE = 0.35
# Of a beat: a tap further from the line than this was a slip.
_SLIP = 0.25
_ROUNDS = 4
# A clock that says more than thirty years is no clock; nan is left out as well.
_LONGEST_S = 1e9


class TapFit(msgspec.Struct, frozen=True, kw_only=True):
    """The steady pulse that was tapped.

    Attributes
    ----------
    bpm : float
        Tempo of the fitted line.
    first_beat_s : float
        Time of the fitted beat nearest the first tap that counted.
    spread_ms : float
        Standard deviation of the taps around their beats.
    taps : int
        How many taps counted; slips and bounces are left out.
    """

    bpm: float
    first_beat_s: float
    spread_ms: float
    taps: int


def fit_taps(times_s: Sequence[float]) -> TapFit | None:
    """Fit a steady pulse to taps; a missed, doubled or wild tap does no harm.

    Parameters
    ----------
    times_s : sequence of float
        When each tap came, in seconds; the order does not matter.

    Returns
    -------
    TapFit or None
        None while fewer than three taps agree on a pulse of 20 to 400 a minute.

    Examples
    --------
    >>> fit = fit_taps([0.0, 1.0, 2.0, 4.0, 5.0])
    >>> round(fit.bpm, 2), fit.first_beat_s, fit.taps
    (60.0, 0.0, 5)
    """
    taps = sorted(time for time in times_s if abs(time) < _LONGEST_S)
    period = _first_period(taps)
    if period is None:
        return None
    line = None
    beats = _count_beats(taps, period)
    for _ in range(_ROUNDS):
        kept = _one_a_beat(beats, line)
        if len(kept) < FEWEST_TAPS:
            return None
        line = _straight_line(kept)
        start, period = line
        if not 60 / HIGHEST_BPM <= period <= 60 / LOWEST_BPM:
            return None
        beats = [(round((time - start) / period), time) for time in taps]
        beats = [(n, time) for n, time in beats if abs(time - start - n * period) < _SLIP * period]
    kept = _one_a_beat(beats, line)
    if line is None or len(kept) < FEWEST_TAPS:
        return None
    start, period = line
    squares = sum((time - start - n * period) ** 2 for n, time in kept)
    return TapFit(
        bpm=60 / period,
        first_beat_s=start + kept[0][0] * period,
        spread_ms=1000 * math.sqrt(squares / len(kept)),
        taps=len(kept),
    )


def _first_period(taps: list[float]) -> float | None:
    """Take the middle interval; bounces are shorter than any beat and do not count."""
    gaps = [after - before for before, after in pairwise(taps)]
    usual = median(gaps) if gaps else 0.0
    gaps = [gap for gap in gaps if gap > max(_BOUNCE * usual, 60 / HIGHEST_BPM / 2)]
    return median(gaps) if len(gaps) >= FEWEST_TAPS - 1 else None


def _count_beats(taps: list[float], period: float) -> list[tuple[int, float]]:
    """Count beats from tap to tap, so that a slightly wrong period does not add up."""
    beats = [(0, taps[0])]
    for time in taps[1:]:
        number, before = beats[-1]
        beats.append((number + round((time - before) / period), time))
    return beats


def _one_a_beat(
    beats: list[tuple[int, float]], line: tuple[float, float] | None
) -> list[tuple[int, float]]:
    """Keep one tap of each beat: the one nearest the line, the first while there is none."""
    best: dict[int, float] = {}
    for number, time in beats:
        if number not in best:
            best[number] = time
        elif line is not None:
            due = line[0] + number * line[1]
            if abs(time - due) < abs(best[number] - due):
                best[number] = time
    return sorted(best.items())


def _straight_line(beats: list[tuple[int, float]]) -> tuple[float, float]:
    """Give start and period of the line through (beat, time) by least squares."""
    count = len(beats)
    middle_n = sum(number for number, _ in beats) / count
    middle_t = sum(time for _, time in beats) / count
    spread = sum((number - middle_n) ** 2 for number, _ in beats)
    slope = sum((number - middle_n) * (time - middle_t) for number, time in beats) / spread
    return middle_t - slope * middle_n, slope
