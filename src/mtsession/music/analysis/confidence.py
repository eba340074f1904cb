"""How often an answer is right, and whether there is a pulse at all.

Both are logistic rules on a few figures of the answer, fitted by ``benchmarks/tempo_fit.py``
on answers for recordings that had been left out of the fit of the tempo.
"""

import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.music.analysis.beats import Beats, peakiness
from mtsession.music.analysis.onsets import Onsets
from mtsession.music.analysis.periodicity import Periodicity
from mtsession.music.analysis.weights import Rule, weights

Floats = NDArray[Any]

_LEAST, _MOST = 0.02, 0.99
# Of hands that swell and hold back, nine in ten were never right, however clear it seemed.
_BY_HAND_CV, _MOST_BY_HAND = 0.02, 0.88
# A share below this of recordings like it had a pulse: then none is claimed.
_HEARD = 0.25
# Where every tempo is as good as any and no beat is like the last, a pulse is a guess: sounds that
# swell as they like resemble themselves at short lags, which the rule takes for a pulse.
_SCATTERED, _UNLIKE = 3.7, 0.05


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks for an answer.

    Attributes
    ----------
    weight : float
        Share of the chosen tempo among all.
    spread : float
        How many tempi share the rest: the entropy of their shares, in nats.
    clarity : float
        How alike the onsets are from beat to beat, as in `Beats`.
    clearest : float
        The same at whatever period is clearest in each window.
    peakiness : float
        How far the strongest onsets stand out from the mean of all moments.
    ibi_cv : float
        As in `Beats`.
    """

    weight: float
    spread: float
    clarity: float
    clearest: float
    peakiness: float
    ibi_cv: float

    @classmethod
    def of(
        cls,
        onsets: Onsets,
        periodicity: Periodicity,
        beats: Beats,
        *,
        shares: Floats,
        weight: float,
    ) -> "Evidence":
        """Gather it from everything that led to an answer."""
        return cls(
            weight=weight,
            spread=float(-(shares * np.log(shares + 1e-9)).sum()),
            clarity=beats.clarity,
            clearest=float(periodicity.pulse.max(axis=1).mean()),
            peakiness=peakiness(onsets),
            ibi_cv=beats.ibi_cv,
        )

    def figures(self) -> tuple[float, ...]:
        """Give the figures that the rules weigh."""
        share = min(max(self.weight, 0.001), 0.999)
        return (
            math.log(share / (1 - share)),
            self.spread,
            self.clarity,
            self.clearest,
            math.log(self.peakiness + 0.1),
            math.log(max(self.ibi_cv, 0.003)),
        )


def calibrate(evidence: Evidence) -> float:
    """Give how often such an answer is right, 0 to 1."""
    most = _MOST if evidence.ibi_cv < _BY_HAND_CV else _MOST_BY_HAND
    return float(np.clip(apply_rule(weights().right, evidence), _LEAST, most))


def pulse_is_heard(evidence: Evidence) -> bool:
    """Tell music with a pulse from sound without one."""
    if evidence.spread > _SCATTERED and evidence.clarity < _UNLIKE:
        return False
    return apply_rule(weights().heard, evidence) >= _HEARD


def apply_rule(rule: Rule, evidence: Evidence) -> float:
    """Give what a rule makes of the figures, 0 to 1."""
    figures = (np.array(evidence.figures()) - rule.mean) / rule.spread
    score = float(terms(np.clip(figures, -3, 3)[None])[0] @ np.array(rule.terms))
    return 1 / (1 + math.exp(-min(max(score, -40.0), 40.0)))


def terms(figures: Floats) -> Floats:
    """Give a constant, the figures and their products.

    Parameters
    ----------
    figures : ndarray, shape (n, figures)

    Returns
    -------
    ndarray, shape (n, terms)
    """
    first, second = np.triu_indices(figures.shape[1])
    ones = np.ones((len(figures), 1))
    return np.hstack([ones, figures, figures[:, first] * figures[:, second]])
