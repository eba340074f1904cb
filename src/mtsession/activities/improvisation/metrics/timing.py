"""Timing against a beat: where strikes fall around it, and how a player comes back to it."""

import math

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import Real, Whole
from mtsession.activities.improvisation.metrics.value import (
    NOT_DEFINED,
    Value,
    Z,
    missing,
    student,
)

FEWEST_CIRCULAR = 20
MOST_SEN = 600


class Circular(msgspec.Struct, frozen=True, kw_only=True):
    """Strikes around a beat.

    Attributes
    ----------
    strength : float or None
        R, the length of the mean direction: 1 all at one place of the beat, 0 all around it.
    direction_ms : float or None
        Where that place is; negative before the beat.
    rayleigh_p : float or None
        How often strikes without any regard to the beat would give such an R or more.
    """

    n: int
    period_ms: float | None
    strength: float | None
    direction_ms: float | None
    mean_ms: float | None
    sd_ms: float | None
    rayleigh_p: float | None
    reason: str | None = None


def circular(asynchrony_s: Real, period_s: float) -> Circular:
    """Give the circular figures of signed asynchronies (Mardia & Jupp 2000).

    Parameters
    ----------
    asynchrony_s : ndarray, shape (n,)
        Strike minus beat, in seconds.
    period_s : float
        The beat.

    Examples
    --------
    >>> found = circular(np.array([-0.01, 0.01] * 10), 0.5)
    >>> round(found.strength, 3), found.rayleigh_p < 0.001
    (0.992, True)
    """
    n = len(asynchrony_s)
    if not n or not period_s > 0:
        return Circular(
            n=n, period_ms=None, strength=None, direction_ms=None, mean_ms=None, sd_ms=None,
            rayleigh_p=None, reason="no strike beside a beat",
        )  # fmt: skip
    angle = 2 * np.pi * asynchrony_s / period_s
    mean = complex(np.cos(angle).mean(), np.sin(angle).mean())
    strength = abs(mean)
    inside = 1 + 4 * n + 4 * (n * n - (n * strength) ** 2)
    p = math.exp(math.sqrt(max(inside, 0.0)) - (1 + 2 * n))
    place = math.atan2(mean.imag, mean.real) / (2 * math.pi) * period_s
    return Circular(
        n=n,
        period_ms=float(period_s) * 1000,
        strength=strength,
        direction_ms=place * 1000 if strength > 1e-9 else None,
        mean_ms=float(asynchrony_s.mean()) * 1000,
        sd_ms=float(asynchrony_s.std(ddof=1)) * 1000 if n > 1 else None,
        rayleigh_p=min(1.0, p),
    )


def to_nearest_beat(strikes_us: Whole, beats_us: Whole) -> Real:
    """Give each strike's distance from its nearest beat in seconds, negative before it.

    Strikes more than half a beat outside of the beats are left out.
    """
    if len(beats_us) < 2 or not len(strikes_us):
        return np.zeros(0)
    after = np.clip(np.searchsorted(beats_us, strikes_us), 1, len(beats_us) - 1)
    left, right = beats_us[after - 1], beats_us[after]
    nearer_left = strikes_us - left <= right - strikes_us
    away = np.where(nearer_left, strikes_us - left, strikes_us - right)
    half = float(np.median(np.diff(beats_us))) / 2
    return away[np.abs(away) <= half] / 1e6


def phase_correction(asynchrony_s: Real) -> Value:
    """Give what share of an asynchrony is gone at the next strike.

    ``a[k+1] = (1 - alpha) a[k] + e``, by regression (Repp 2005,
    doi 10.3758/BF03206433): 0 no correction, 1 all of it, above 1 too much. The
    estimate is corrected for the bias of a short series (Kendall 1954).
    """
    n = len(asynchrony_s) - 1
    if n < 4:
        return missing(max(n, 0))
    x = asynchrony_s[:-1] - asynchrony_s[:-1].mean()
    y = asynchrony_s[1:] - asynchrony_s[1:].mean()
    power = float(x @ x)
    if power < 1e-18:
        return missing(n, NOT_DEFINED)
    kept = float(x @ y) / power
    rest = y - kept * x
    error = math.sqrt(float(rest @ rest) / (n - 2) / power)
    kept += (1 + 3 * kept) / n
    # The plain interval of an autoregression is a little too narrow in short series.
    half = student(n - 2) * error * (1 + 8 / n)
    return Value(value=1 - kept, n=n, low=1 - kept - half, high=1 - kept + half)


def drift(beats_us: Whole) -> Value:
    """Give how the tempo moves, in beats a minute a minute.

    Theil and Sen's slope of 60/IBI over time, with Sen's interval (1968,
    doi 10.1080/01621459.1968.10480934). Of very many beats every so-many-th interval is taken.
    """
    intervals = np.diff(beats_us)
    if len(intervals) < 4 or (intervals <= 0).any():
        return missing(len(intervals))
    step = -(-len(intervals) // MOST_SEN)
    minutes = ((beats_us[:-1] + beats_us[1:]) / 2 - beats_us[0])[::step] / 60e6
    bpm = 60e6 / intervals[::step]
    n = len(bpm)
    each = ~np.tri(n, dtype=np.bool_)
    slopes = np.subtract.outer(bpm, bpm)[each] / np.subtract.outer(minutes, minutes)[each]
    # Neighbouring intervals share a beat, so that they swing against each other: that narrows.
    half = Z * math.sqrt(n * (n - 1) * (2 * n + 5) / 18) / 2
    count = len(slopes)
    places = [
        max(0, math.floor(count / 2 - half)),
        (count - 1) // 2,
        count // 2,
        min(count - 1, math.ceil(count / 2 + half)),
    ]
    # Sorting them all would take most of a live view's time.
    low, left, right, high = np.partition(slopes, places)[places].tolist()
    return Value(value=(left + right) / 2, n=n, low=low, high=high)
