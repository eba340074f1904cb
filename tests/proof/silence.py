"""How soon and how smoothly it became quiet, by what the sound card played."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from rig_support import RATE

Samples = NDArray[np.float32]
SILENT = 10 ** (-60 / 20)
MORE_MS = 80.0
PLAN = """
version = 1
title = "To be quietened"
when = "In tests."

[[segment]]
title = "All at once"
minutes = 2

[[segment.activity]]
method = "listening"
pieces = ["brook"]
fade_in_s = 0.5
arc = [{ hold = 80, minutes = 2 }]

[[segment.activity]]
method = "breathing"
start_rate = 20
target_rate = 20
caution = false
cue = "swell"

[[segment.activity]]
method = "improvisation"
"""


class Hushed(msgspec.Struct, frozen=True, kw_only=True):
    """One command to be quiet, and what was heard of it.

    Attributes
    ----------
    before_dbfs : float
        Peak of the second before.
    silent_after_ms : float
        From the command to the last sample at or above -60 dBFS.
    step, usual_step : float
        Largest difference between neighbouring samples after the command, and in the second before.
    """

    before_dbfs: float
    silent_after_ms: float
    allowed_ms: float
    step: float
    usual_step: float
    silent_for_s: float

    @property
    def passed(self) -> bool:
        """Whether there was sound, then silence in time, and no click between."""
        return (
            self.before_dbfs > -45
            and self.silent_after_ms <= self.allowed_ms
            and self.step <= self.usual_step * 1.1
        )


def hushed(samples: Samples, frame: int, until: int, latency_ms: float) -> Hushed:
    """Measure from a command's frame to the frame at which something else begins."""
    before = samples[frame - RATE : frame]
    after = samples[frame:until]
    loud = np.flatnonzero(np.abs(after).max(axis=1) >= SILENT)
    silent_from = int(loud[-1]) + 1 if len(loud) else 0
    return Hushed(
        before_dbfs=round(float(20 * np.log10(np.abs(before).max() + 1e-9)), 1),
        silent_after_ms=round(silent_from / RATE * 1000, 1),
        allowed_ms=latency_ms + MORE_MS,
        step=round(float(np.abs(np.diff(samples[frame - 1 : until], axis=0)).max()), 5),
        usual_step=round(float(np.abs(np.diff(before, axis=0)).max()), 5),
        silent_for_s=round((len(after) - silent_from) / RATE, 2),
    )
