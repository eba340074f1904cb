"""When each frame is audible: the tie between the sound card's count and the clock."""

import statistics
from collections import deque
from typing import Protocol

import numpy as np

from mtsession.sound.beats import Frames64

_GROUP_US = 250_000
_GROUPS = 240
_SLOPE_AFTER_US = 20_000_000
_OFFSET_GROUPS = 16
_LARGEST_DRIFT = 500e-6
_STEP_US = 4_000
_PACES = 16
_EVEN = 0.01


class FrameClock(Protocol):
    """Anything that ties frames to the monotonic clock."""

    def us_of(self, frame: int) -> int:
        """Give the monotonic time at which a frame is audible."""
        ...

    def us_of_all(self, frames: Frames64) -> Frames64:
        """Give the monotonic times of many frames."""
        ...

    def frame_of(self, us: int) -> int:
        """Give the frame that is audible at a monotonic time."""
        ...


class NominalClock:
    """Frames at exactly the nominal rate: rendering to a file, and silence in real time.

    Examples
    --------
    >>> NominalClock(48_000, origin_us=1_000_000).us_of(48_000)
    2000000
    """

    def __init__(self, sample_rate: int, *, origin_us: int, origin_frame: int = 0) -> None:
        self._rate = sample_rate
        self._origin_us = origin_us
        self._origin_frame = origin_frame

    def us_of(self, frame: int) -> int:
        """Give the monotonic time at which a frame is audible."""
        ahead = (frame - self._origin_frame) * 1_000_000
        return self._origin_us + (ahead + self._rate // 2) // self._rate

    def us_of_all(self, frames: Frames64) -> Frames64:
        """Give the monotonic times of many frames."""
        ahead = (frames - self._origin_frame) * 1_000_000
        times: Frames64 = self._origin_us + (ahead + self._rate // 2) // self._rate
        return times

    def frame_of(self, us: int) -> int:
        """Give the frame that is audible at a monotonic time."""
        ahead = (us - self._origin_us) * self._rate
        return self._origin_frame + (ahead + 500_000) // 1_000_000


class FittedClock:
    """A line through what the sound card says of each block, deaf to outliers.

    Each report of the card is off by some milliseconds. Reports are gathered in groups
    of a quarter of a second whose median counts; the line's height is the median of the last
    four seconds, its slope the regression over the last minute once there are 20 s of it, and
    nominal until then. So the line stays calm enough to promise beats a minute ahead.

    Parameters
    ----------
    sample_rate : int
        The nominal rate.
    """

    def __init__(self, sample_rate: int) -> None:
        self._period_us = 1e6 / sample_rate
        self._reports: deque[tuple[int, float]] = deque(maxlen=4096)
        self._group: list[tuple[int, float]] = []
        self._groups: deque[tuple[float, float]] = deque(maxlen=_GROUPS)
        self._paces: deque[float] = deque(maxlen=_PACES)
        self._line = (0.0, 0.0, self._period_us)

    @property
    def known(self) -> bool:
        """Whether the card has reported often enough to be believed."""
        return bool(self._groups)

    @property
    def pace(self) -> float | None:
        """How fast the card runs against its nominal rate, of late; None until that is known.

        The median over groups, each measured in itself, where they agree: a card that stood still
        for a moment has not changed its rate, nor has one that a busy machine keeps waiting.
        """
        if len(self._paces) < _PACES:
            return None
        low, middle, high = statistics.quantiles(self._paces)
        return middle if high - low < _EVEN * middle else None

    def report(self, frame: int, audible_us: float) -> None:
        """Take one block's word on when its first frame is audible; called by the callback."""
        self._reports.append((frame, audible_us))

    def settle(self, *, at_once: bool = False) -> None:
        """Fit the line to what was reported since; called now and then by the renderer."""
        while self._reports:
            self._group.append(self._reports.popleft())
        if not self._group:
            return
        span_us = (self._group[-1][0] - self._group[0][0]) * self._period_us
        if span_us < _GROUP_US and not (at_once and not self._groups):
            return
        if span_us >= _GROUP_US:
            took_us = self._group[-1][1] - self._group[0][1]
            self._paces.append(span_us / max(took_us, 1.0))
        frame = statistics.median(f for f, _ in self._group)
        late = statistics.median(us - f * self._period_us for f, us in self._group)
        self._group = []
        if self._stepped(late):
            self._groups.clear()
        self._groups.append((frame, late))
        self._fit()

    def us_of(self, frame: int) -> int:
        """Give the monotonic time at which a frame is audible."""
        at, us, period = self._line
        return round(us + (frame - at) * period)

    def us_of_all(self, frames: Frames64) -> Frames64:
        """Give the monotonic times of many frames."""
        at, us, period = self._line
        times: Frames64 = np.rint(us + (frames - at) * period).astype(np.int64)
        return times

    def frame_of(self, us: int) -> int:
        """Give the frame that is audible at a monotonic time."""
        at, origin, period = self._line
        return round(at + (us - origin) / period)

    def _stepped(self, late: float) -> bool:
        """Tell whether the card's count has jumped for good: it stood still, or was moved."""
        recent = [value for _, value in list(self._groups)[-2:]]
        return len(recent) == 2 and all(abs(late - value) > 10 * _STEP_US for value in recent)

    def _fit(self) -> None:
        frames = np.array([frame for frame, _ in self._groups])
        lates = np.array([late for _, late in self._groups])
        drift = 0.0
        if (frames[-1] - frames[0]) * self._period_us >= _SLOPE_AFTER_US:
            off = np.abs(lates - np.median(lates))
            good = off <= max(_STEP_US, 4 * float(np.median(off)))
            x = frames[good] - frames[good].mean()
            slope = float((x * (lates[good] - lates[good].mean())).sum() / (x * x).sum())
            largest = _LARGEST_DRIFT * self._period_us
            drift = min(max(slope, -largest), largest)
        at = float(frames[-1])
        recent = slice(-_OFFSET_GROUPS, None)
        height = float(np.median(lates[recent] - drift * (frames[recent] - at)))
        self._line = (at, at * self._period_us + height, self._period_us + drift)
