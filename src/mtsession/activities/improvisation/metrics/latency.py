"""How late a keyboard and an output are together, from tapping along with clicks."""

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import Whole
from mtsession.activities.improvisation.metrics.together import matches

LEAD_IN = 4
FEWEST_TAPS = 16
MOST_TAPS_PER_CLICK = 1.3
WIDEST_MS = 40.0
FURTHEST_MS = 200.0
MOST_DRIFT_MS = 25.0
NORMAL_OF_MAD = 1.4826


class TapLatency(msgspec.Struct, frozen=True, kw_only=True):
    """What tapping along told.

    Attributes
    ----------
    taps : int
        Taps that belong to a click.
    latency_ms : float or None
        Median of tap minus click: what device, output and the tapper's own habit are late by
        together; None where the taps were too wild to rely on, and `reason` says how.
    spread_ms : float or None
        Scaled median absolute deviation of the taps around it: 1.48 times, as an SD.
    """

    taps: int
    latency_ms: float | None
    spread_ms: float | None
    reason: str | None = None


def tap_latency(taps_us: Whole, clicks_us: Whole) -> TapLatency:
    """Give the latency that taps along with clicks tell of; the first four clicks are a lead-in.

    Parameters
    ----------
    taps_us, clicks_us : ndarray
        Rising times, when taps arrived and clicks were audible.

    Examples
    --------
    >>> clicks = np.arange(28) * 750_000
    >>> found = tap_latency(clicks + 30_000 + 2_000 * (np.arange(28) % 3), clicks)
    >>> found.taps, found.latency_ms
    (24, 32.0)
    """
    if len(clicks_us) <= LEAD_IN:
        return TapLatency(taps=0, latency_ms=None, spread_ms=None, reason="no click was heard")
    clicks = clicks_us[LEAD_IN:]
    half = int(np.median(np.diff(clicks_us))) // 2
    taps = taps_us[(taps_us >= clicks[0] - half) & (taps_us < clicks[-1] + half)]
    mine, theirs = matches(taps, clicks, half)
    late_ms = (taps[mine] - clicks[theirs]) / 1000
    n = len(late_ms)
    if n < FEWEST_TAPS:
        few = f"{n} taps on the clicks; at least {FEWEST_TAPS} are needed"
        return TapLatency(taps=n, latency_ms=None, spread_ms=None, reason=few)
    middle = float(np.median(late_ms))
    spread = float(np.median(np.abs(late_ms - middle))) * NORMAL_OF_MAD
    drift = abs(float(np.median(late_ms[n // 2 :]) - np.median(late_ms[: n // 2])))
    reason: str | None = None
    if len(taps) > MOST_TAPS_PER_CLICK * len(clicks):
        reason = "many more taps than clicks; give one tap for each"
    elif spread > WIDEST_MS:
        reason = f"the taps lie too far apart (spread {spread:.0f} ms)"
    elif abs(middle) > FURTHEST_MS:
        reason = f"the taps lie far from the clicks ({middle:.0f} ms)"
    elif drift > MOST_DRIFT_MS:
        reason = f"the taps moved by {drift:.0f} ms from the first half to the second"
    return TapLatency(
        taps=n, latency_ms=None if reason else middle, spread_ms=spread, reason=reason
    )
