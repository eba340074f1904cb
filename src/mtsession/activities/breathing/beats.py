"""Reading a beat grid so that milliseconds of jitter decide nothing."""

import math

from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.units import MINUTE, Micros

WINDOW_BEATS = 8
TEMPO_BEATS_BEHIND = 8
TEMPO_BEATS_AHEAD = 16
TEMPO_STEP_BPM = 0.5
# Steps begin an eighth below whole and half BPM, so that no usual tempo lies on an edge.
TEMPO_EDGE_BPM = 0.125
# A breath at the floor exactly must not be shortened for a beat that is 2 ms late.
FLOOR_SLACK = 1.005


def when(grid: BeatGrid, beat: float) -> Micros:
    """Give the time of a beat; beyond the last one, at the mean tempo of the last few."""
    last = grid.last_beat
    if beat <= last:
        return grid.time_of(beat)
    back = max(grid.first_beat, last - WINDOW_BEATS)
    span = (grid.beats_us[-1] - grid.beats_us[back - grid.first_beat]) / (last - back)
    return Micros(round(grid.beats_us[-1] + (beat - last) * span))


def where(grid: BeatGrid, t_us: int) -> float:
    """Give the beat at a time: the inverse of `when`."""
    if t_us <= grid.beats_us[-1]:
        return grid.beat_at(t_us)
    last = grid.last_beat
    back = max(grid.first_beat, last - WINDOW_BEATS)
    span = (grid.beats_us[-1] - grid.beats_us[back - grid.first_beat]) / (last - back)
    return last + (t_us - grid.beats_us[-1]) / span


def tempo_from(grid: BeatGrid, beat: float) -> float:
    """Give the tempo about the middle of a breath from a beat on, in steps of half a BPM.

    A straight line through 24 beats (8 before the breath, 16 from its start) is
    some six times steadier under jitter than the ends of 8 beats are.

    Examples
    --------
    >>> tempo_from(BeatGrid(grid=1, revision=0, first_beat=0, beats_us=(0, 833_000)), 0)
    72.0
    """
    start = math.floor(beat) - grid.first_beat
    latest = max(0, len(grid.beats_us) - 1 - TEMPO_BEATS_AHEAD)
    low = min(max(start - TEMPO_BEATS_BEHIND, 0), latest)
    high = min(max(start, 0) + TEMPO_BEATS_AHEAD, len(grid.beats_us) - 1)
    times = grid.beats_us[low : high + 1]
    middle = (len(times) - 1) / 2
    spread = sum((place - middle) ** 2 for place in range(len(times)))
    # Times from the first keep the sums exact.
    rise = sum((place - middle) * (t_us - times[0]) for place, t_us in enumerate(times))
    bpm = MINUTE * spread / rise
    steps = math.floor((bpm + TEMPO_EDGE_BPM) / TEMPO_STEP_BPM)
    return max(1, steps) * TEMPO_STEP_BPM


def keeps_floor(
    grid: BeatGrid, beat: float, counts: int, *, unit: float, least: int, longest_us: int
) -> bool:
    """Tell whether a breath keeps to the floor, and the breaths after it can.

    The music may slow down. So the breath is followed by ones that are each a
    count shorter, as fast as the rules let the guide shorten, and all of them
    must be short enough.

    Parameters
    ----------
    unit : float
        Beats in a count.
    longest_us : int
        The longest breath that the floor allows.
    """
    start = when(grid, beat)
    while True:
        beat += counts * unit
        end = when(grid, beat)
        if end - start > longest_us * FLOOR_SLACK:
            return False
        if counts <= least:
            return True
        start, counts = end, counts - 1


def clock_bpm(start_rate: float, target_rate: float) -> int:
    """Give the count of the clock, 60 to 80 a minute, that fits both rates best.

    Examples
    --------
    >>> clock_bpm(12, 9), clock_bpm(12, 6)
    (72, 60)
    """

    def misfit(bpm: int) -> float:
        return sum(abs(bpm / rate - round(bpm / rate)) for rate in (start_rate, target_rate))

    return min(range(60, 81), key=lambda bpm: (round(misfit(bpm), 6), bpm))
