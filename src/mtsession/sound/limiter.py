"""The last guard before the ear: no sample above -1 dBFS, nothing that is no number."""

import numpy as np

from mtsession.media.stream import Samples

CEILING = float(np.float32(10.0 ** (-1.0 / 20.0)))
_RECOVERY_SECONDS = 0.25


class Limiter:
    """A gain that gives way at once and comes back slowly.

    Below the ceiling samples pass untouched, bit for bit. Above it the gain is what
    holds the sample at the ceiling, and recovers in a straight line over a quarter of a
    second, so the output has no step that the input did not have. The result does not
    depend on the block length.

    Parameters
    ----------
    sample_rate : int
        Frames a second.

    Examples
    --------
    >>> loud = np.full((4, 2), 2.0, dtype=np.float32)
    >>> float(abs(Limiter(48_000).process(loud)).max()) <= CEILING
    True
    """

    def __init__(self, sample_rate: int) -> None:
        self._step = 1.0 / (_RECOVERY_SECONDS * sample_rate)
        self._gain = 1.0

    @property
    def gain(self) -> float:
        """The gain after the last frame: 1 while nothing is held back."""
        return self._gain

    def process(self, samples: Samples) -> Samples:
        """Give the samples under the ceiling; the array given is returned where nothing changes."""
        if not len(samples):
            return samples
        peak = float(np.abs(samples).max())
        if self._gain >= 1.0 and peak <= CEILING:
            return samples
        if not np.isfinite(peak):
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        peaks = np.abs(samples).max(axis=1).astype(np.float64)
        allowed = np.minimum(1.0, CEILING / np.maximum(peaks, CEILING))
        # The recovery is a line of slope `step`, so the gain is a running minimum once tilted.
        tilt = self._step * np.arange(1, len(samples) + 1)
        tilted = np.minimum(np.minimum.accumulate(allowed - tilt), self._gain)
        gain = np.minimum(1.0, tilted + tilt)
        self._gain = float(gain[-1])
        held = samples * gain.astype(np.float32)[:, None]
        guarded: Samples = np.clip(held, -CEILING, CEILING)
        return guarded
