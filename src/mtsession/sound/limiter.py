"""The last guard before the ear: nothing above -1 dBTP, nothing that is no number."""

import numpy as np
from numpy.typing import NDArray

from mtsession.media.stream import Samples

CEILING = float(np.float32(10.0 ** (-1.0 / 20.0)))

_HELD_AT = CEILING * 10.0 ** (-0.3 / 20.0)
"""A little lower: four points a sample do not meet every peak."""

_RECOVERY_SECONDS = 0.25
_ATTACK_SECONDS = 0.001
_REACH = 12
_PHASES = (0.25, 0.5, 0.75)
_BETA = 5.0

Weights = NDArray[np.float64]


def _between() -> NDArray[np.float32]:
    """Give the weights of samples -11 to 12 for points between 0 and 1, shape (24, 3)."""
    at = np.arange(1 - _REACH, _REACH + 1)
    columns = []
    for phase in _PHASES:
        taps = np.sinc(phase - at) * np.i0(
            _BETA * np.sqrt(1 - ((at - phase) / (_REACH + 0.5)) ** 2)
        )
        columns.append(taps / taps.sum())
    return np.stack(columns, axis=1).astype(np.float32)


_TAPS = _between()
_SAFE = _HELD_AT / float(np.abs(_TAPS).sum(axis=0).max())
"""Where no sample is above this, nothing between them is above the ceiling."""


class Limiter:
    """A gain that gives way before a peak comes and returns slowly.

    The peak is looked for between samples too, at four times the rate (the way of ITU-R BS.1770-4,
    annex 2). Below the ceiling samples pass untouched, bit for bit. Above it the gain
    goes down within a millisecond, ahead of the peak, and recovers in a straight line over a
    quarter of a second: both are too slow to be heard as distortion and too short to be heard as
    breathing. All comes `latency` frames later. The result does not depend on the block length.

    Parameters
    ----------
    sample_rate : int
        Frames a second.

    Attributes
    ----------
    latency : int
        Frames by which the output is later than the input.

    Examples
    --------
    >>> loud = np.full((4_800, 2), 2.0, dtype=np.float32)
    >>> float(abs(Limiter(48_000).process(loud)).max()) <= CEILING
    True
    """

    def __init__(self, sample_rate: int) -> None:
        self._step = 1.0 / (_RECOVERY_SECONDS * sample_rate)
        self._attack = max(2, round(_ATTACK_SECONDS * sample_rate))
        self.latency = self._attack + _REACH
        # What came last, as far back as the points between samples and the delay need it.
        self._past: Samples = np.zeros((self.latency + _REACH, 2), dtype=np.float32)
        # Of the last samples: what they allow, and what was made of that.
        self._allowed: Weights = np.ones(self._attack)
        self._eased: Weights = np.ones(self._attack)
        self._resting = True

    def process(self, samples: Samples) -> Samples:
        """Give as many frames as came, `latency` later and under the ceiling."""
        n = len(samples)
        if not n:
            return samples
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        known = np.concatenate([self._past, samples])
        self._past = known[n:]
        delayed = known[_REACH : _REACH + n]
        quiet = float(np.abs(known).max()) <= _SAFE
        if quiet and self._resting:
            return delayed
        gain = self._gain(self._allows(known, n))
        self._resting = bool((self._allowed == 1.0).all() and (self._eased == 1.0).all())
        if (gain == 1.0).all():
            return delayed
        guarded: Samples = np.clip(delayed * gain.astype(np.float32)[:, None], -CEILING, CEILING)
        return guarded

    def _allows(self, known: Samples, n: int) -> Weights:
        """Give the largest gain that each newly known sample may have, with what is beside it."""
        # One more than is new: what lies between two samples binds both.
        part = known[len(known) - n - 2 * _REACH :]
        windows = np.lib.stride_tricks.sliding_window_view(part, 2 * _REACH, axis=0)
        points = np.abs(windows @ _TAPS).max(axis=(1, 2))
        peaks = np.abs(part[_REACH : _REACH + n]).max(axis=1)
        peaks = np.maximum(peaks, np.maximum(points[:-1], points[1:]))
        allowed: Weights = _HELD_AT / np.maximum(peaks.astype(np.float64), _HELD_AT)
        return allowed

    def _gain(self, allowed: Weights) -> Weights:
        """Give the gain of as many samples: down ahead of a peak, up in a straight line."""
        n, attack = len(allowed), self._attack
        known = np.concatenate([self._allowed, allowed])
        self._allowed = known[n:]
        ahead = np.lib.stride_tricks.sliding_window_view(known, attack)[:n].min(axis=1)
        # The recovery is a line of slope `step`, so it is a running minimum once tilted.
        tilt = self._step * np.arange(1, n + 1)
        eased = np.minimum(np.minimum.accumulate(ahead - tilt), self._eased[-1]) + tilt
        eased = np.concatenate([self._eased, np.minimum(1.0, eased)])
        self._eased = eased[n:]
        sums = np.cumsum(eased)
        gain: Weights = np.minimum(1.0, (sums[attack:] - sums[:-attack]) / attack)
        return gain
