"""The pulse of a recording: tempo, rivals, confidence, beats and bars."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.music.analysis.bars import find_bars
from mtsession.music.analysis.beats import find_beats
from mtsession.music.analysis.confidence import Evidence, calibrate, pulse_is_heard
from mtsession.music.analysis.onsets import Onsets
from mtsession.music.analysis.periodicity import measure_periodicity
from mtsession.music.analysis.tempo import as_candidates, choose_candidates, weigh_periods
from mtsession.music.recording import TempoCandidate

Floats = NDArray[Any]

STEADY_CV = 0.08
_SHORTEST_S = 4.0
_FEWEST_BEATS = 4
_UNHEARD_DB = -60.0
# A sound's own beginning and end are not what it holds.
_EDGE_S = 2.0
# What a chord that is held makes, by the beating of its own partials, stays below all of these:
# of 108 measured, .47, .59 and .013. The softest music had .028 of the last.
_HELD = {"strength": 0.53, "slow": 0.75, "harmony": 0.02}
_MOST_TIMES = 0.95


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; fields as in `Analysis`, None with its reason in `reasons`."""

    bpm: float | None = None
    candidates: tuple[TempoCandidate, ...] = ()
    confidence: float | None = None
    steady: bool | None = None
    ibi_cv: float | None = None
    beats_s: tuple[float, ...] = ()
    downbeat: int | None = None
    beats_per_bar: int | None = None
    reasons: dict[str, str] = msgspec.field(default_factory=dict)


def find_pulse(onsets: Onsets) -> Pulse:
    """Find tempo, beats and bars.

    Parameters
    ----------
    onsets : Onsets
        From `OnsetMeter.finish`.

    Returns
    -------
    Pulse
        `bpm` None, with its reason, where no steady pulse is heard. Never raises for
        any recording, however short or silent.

    Examples
    --------
    >>> import numpy as np
    >>> from mtsession.music.analysis.onsets import ANALYSIS_RATE, OnsetMeter
    >>> meter = OnsetMeter()
    >>> meter.add(np.zeros(10 * ANALYSIS_RATE, np.float32))
    >>> find_pulse(meter.finish()).reasons["bpm"]
    'nothing begins in it: silence, or one unchanging sound'
    """
    if onsets.duration_s < _SHORTEST_S:
        return _no_pulse("too short to hear a pulse")
    if not _something_begins(onsets):
        return _no_pulse("nothing begins in it: silence, or one unchanging sound")
    periodicity = measure_periodicity(onsets)
    shares = weigh_periods(periodicity.features)
    tempi = choose_candidates(shares)
    period, weight = tempi[0]
    beats = find_beats(onsets, periodicity, period)
    if len(beats.times_s) < _FEWEST_BEATS:
        return _no_pulse("too short to hear a pulse")
    evidence = Evidence.of(onsets, periodicity, beats, shares=shares, weight=weight)
    if not pulse_is_heard(evidence):
        return _no_pulse("no steady pulse: what begins in it does not come back evenly")
    candidates = as_candidates(
        [(60 / beats.period_s, weight)] + [(60 / p, w) for p, w in tempi[1:]]
    )
    times = _sounding(beats.times_s, onsets)
    if len(times) < _FEWEST_BEATS:
        return _no_pulse("too short to hear a pulse")
    gaps = np.diff(times)
    # Of the beats as they are given: the evened ones, which confidence reads, hide what hands do.
    varies = float(gaps.std() / gaps.mean())
    bars = find_bars(onsets, times)
    reasons = {} if bars else dict.fromkeys(("downbeat", "beats_per_bar"), "no bars stand out")
    return Pulse(
        bpm=candidates[0].bpm,
        candidates=candidates,
        confidence=round(calibrate(evidence), 3),
        steady=varies < STEADY_CV,
        ibi_cv=round(varies, 4),
        beats_s=tuple(times.tolist()),
        downbeat=bars[1] if bars else None,
        beats_per_bar=bars[0] if bars else None,
        reasons=reasons,
    )


def _something_begins(onsets: Onsets) -> bool:
    """Tell what moves from silence and from a sound that is held throughout."""
    frames = len(onsets.strength)
    edge = min(round(_EDGE_S / onsets.hop_s), frames // 4)
    inside = slice(edge, frames - edge)
    return any(
        float(np.quantile(getattr(onsets, name)[inside], _MOST_TIMES)) >= most
        for name, most in _HELD.items()
    )


def _no_pulse(reason: str) -> Pulse:
    """Say why there is no pulse, for every field that has none."""
    fields = ("bpm", "confidence", "steady", "ibi_cv", "downbeat", "beats_per_bar")
    return Pulse(reasons=dict.fromkeys(fields, reason))


def _sounding(times_s: Floats, onsets: Onsets) -> Floats:
    """Keep the beats from the first sound to the last, to a tenth of a millisecond."""
    heard = np.flatnonzero(onsets.level_db > _UNHEARD_DB) * onsets.hop_s
    first, last = (heard[0], heard[-1]) if len(heard) else (0.0, onsets.duration_s)
    slack = 2 * onsets.hop_s
    inside = (times_s >= max(0.0, first - slack)) & (times_s <= last + slack)
    inside &= times_s < onsets.duration_s
    kept: Floats = np.unique(np.round(times_s[inside], 4))
    return kept
