"""What runs inside the sound card's callback: copy, add the instruments, obey the quiet flag."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from mtsession.engine.priority import raise_thread
from mtsession.engine.ring import Ring
from mtsession.media.stream import Samples
from mtsession.sound.limiter import Limiter
from mtsession.sound.ramp import CLICKLESS_US, Ramp
from mtsession.sound.voices import VoiceBank
from mtsession.timeline.units import frames_at


class Flag(Protocol):
    """A number that two processes share: how often quiet was asked for."""

    value: int


class LastStage:
    """Turns the ring into what is heard.

    Quiet begins here, one block after the flag was raised, whatever the other threads do.
    It is lifted when the renderer has dropped everything and the ring holds nothing older.

    Attributes
    ----------
    latency : int
        Frames by which its output is later than the ring.
    """

    def __init__(self, *, sample_rate: int, ring: Ring, voices: VoiceBank, flag: Flag) -> None:
        self._ring = ring
        self._voices = voices
        self._flag = flag
        self._limiter = Limiter(sample_rate)
        self.latency = self._limiter.latency
        self._fade_frames = int(frames_at(CLICKLESS_US, sample_rate))
        self._gain = Ramp(1.0)
        self._obeyed = 0
        self._lifted = (0, 0)
        self._peak = 0.0
        self._energy = 0.0
        self._metered = 0

    @property
    def quiet(self) -> bool:
        """Whether the sound is held down."""
        return self._gain.target == 0.0

    def lift(self, asked: int, frame: int) -> None:
        """Let sound through again from a frame on, for the flag as it stood at `asked`."""
        self._lifted = (asked, frame)

    def fill(self, out: Samples) -> None:
        """Give the next frames."""
        frame = self._ring.read
        self._ring.take(out)
        if self._voices.sounding:
            self._voices.render(out)
        self._obey(frame)
        gain = self._gain.over(frame, len(out))
        if isinstance(gain, np.ndarray) or gain != 1.0:
            out *= gain
        guarded = self._limiter.process(out)
        if guarded is not out:
            out[:] = guarded
        self._peak = max(self._peak, float(out.max()), -float(out.min()))
        self._energy += float(np.vdot(out, out))
        self._metered += out.size

    def take_levels(self) -> tuple[float, float]:
        """Give the largest sample since the last call, and the RMS of all of them.

        Called by another thread than `fill`: at worst a block is missing from one reading.
        """
        peak, energy, metered = self._peak, self._energy, self._metered
        self._peak, self._energy, self._metered = 0.0, 0.0, 0
        return peak, math.sqrt(energy / metered) if metered else 0.0

    def _obey(self, frame: int) -> None:
        asked = self._flag.value
        if asked != self._obeyed:
            self._obeyed = asked
            if self._gain.target != 0.0:
                self._gain.to(0.0, frame=frame, frames=self._fade_frames)
                self._voices.quiet()
        if self._gain.target == 0.0:
            lifted, at = self._lifted
            if lifted >= self._obeyed and frame >= max(at, self._gain.end):
                self._gain = Ramp(1.0)


def audio_callback(
    stage: LastStage,
    ring: Ring,
    *,
    report: Callable[[int, float], None],
    now_us: Callable[[], int],
    fallback_us: float,
) -> Callable[[Samples, int, Any, Any], None]:
    """Make the function that the sound card calls for each block.

    Parameters
    ----------
    report : callable
        Takes a frame and the monotonic time at which the card says it is audible.
    fallback_us : float
        Latency to assume where the card does not say.
    """
    raised = False

    def callback(out: Samples, _frames: int, time: Any, status: Any) -> None:
        nonlocal raised
        now = now_us()
        if not raised:
            # The card's thread can be reached from nowhere else.
            raised = True
            raise_thread()
        if status.output_underflow:
            # The card went without: no less a gap for being none of the ring's.
            ring.underruns += 1
        ahead = (time.outputBufferDacTime - time.currentTime) * 1e6
        if not 0.0 < ahead < 5e6:
            ahead = fallback_us
        report(ring.read - stage.latency, now + ahead)
        stage.fill(out)

    return callback
