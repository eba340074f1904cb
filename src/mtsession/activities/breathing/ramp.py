"""How long a breath is to be as time goes on: own rate, three quarters of it, target."""

import bisect

from mtsession.activities.breathing.settings import THREE_QUARTERS, BreathingSettings
from mtsession.timeline.units import Micros, micros


class Ramp:
    """The wanted length of a breath over paced time.

    The length of a breath runs in straight lines, so that at a steady tempo
    beats are added at even times. Where the target is slower than three
    quarters of the start, the line leads through that point, and rests there
    for `stay_minutes`.

    Parameters
    ----------
    settings : BreathingSettings
        How long each part takes.
    start, target : float
        Length of a breath in microseconds where it starts, and where it goes to.
    """

    def __init__(self, settings: BreathingSettings, start: float, target: float) -> None:
        begin = settings.own_rate_minutes * 60
        ramp = settings.ramp_minutes * 60
        points = [(0.0, start), (begin, start)]
        between = start / THREE_QUARTERS
        if target > between:
            via = begin + ramp * (between - start) / (target - start)
            begin += settings.stay_minutes * 60
            points += [(via, between), (via + settings.stay_minutes * 60, between)]
        points.append((begin + ramp, target))
        self._times = [micros(seconds) for seconds, _ in points]
        self._lengths = [length for _, length in points]

    @property
    def ends_us(self) -> Micros:
        """Give the paced time at which the target is wanted."""
        return self._times[-1]

    def length_at(self, paced_us: int) -> float:
        """Give the wanted length of a breath in microseconds, after so much paced time."""
        index = bisect.bisect_right(self._times, paced_us) - 1
        if index < 0:
            return self._lengths[0]
        if index + 1 == len(self._times):
            return self._lengths[-1]
        span = self._times[index + 1] - self._times[index]
        share = (paced_us - self._times[index]) / span
        return self._lengths[index] + share * (self._lengths[index + 1] - self._lengths[index])
