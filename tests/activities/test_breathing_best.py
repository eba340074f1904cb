"""Half an hour of gliding music: the guide's counts against the best that its rules allow."""

from functools import cache
from itertools import pairwise

import pytest

from activities.test_breathing_harness import Room, make_grid, music, true_length
from mtsession.activities.breathing.counts import LAST_STEP, NEAR_HALF
from mtsession.activities.breathing.planner import BREATHS_A_LENGTHENING, READ_AFTER_US
from mtsession.activities.breathing.ramp import Ramp
from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.timeline.tempo_map import TempoMap

MINUTE = 60_000_000
PLAN = BreathingSettings(own_rate_minutes=1, ramp_minutes=5, target_rate=6, caution=False)
RAMP = Ramp(PLAN, MINUTE / 12, MINUTE / 6)
COURSES = {
    "76 to 58": TempoMap.of((0, 76), (30 * MINUTE, 58)),
    "58 to 80": TempoMap.of((0, 58), (30 * MINUTE, 80)),
    "led by hand": TempoMap.of(
        (0, 72), (8 * MINUTE, 68), (8 * MINUTE + 4_000_000, 66), (15 * MINUTE, 66),
        (15 * MINUTE + 4_000_000, 70), (22 * MINUTE, 62), (30 * MINUTE, 60),
    ),
}  # fmt: skip
# The tempo is read in steps of half a BPM, at most 3/8 off.
UNSURE_BPM = 0.375
LONGEST_BEATS = 18


def best_mean_error(times: tuple[int, ...], first_beat: int, first_count: int) -> float:
    """Search all sequences that the rules allow for the least mean error of the rate.

    The state is a beat, the counts of the breath before, and how many breaths ago one was
    longer. The mean is over time, in parts of the planned rate.
    """
    start_us, last = times[first_beat], len(times) - LONGEST_BEATS - 1

    def cost(beat: int, count: int) -> float:
        length = times[beat + count] - times[beat]
        wanted = RAMP.length_at(times[beat] - start_us + READ_AFTER_US)
        return abs(wanted / length - 1) * length

    @cache
    def least(beat: int, count: int, since: int) -> float:
        if beat >= last:
            return 0.0
        found = float("inf")
        for after in (count - 1, count, count + 1):
            longer = after > count
            if 2 <= after <= LONGEST_BEATS and not (longer and since < BREATHS_A_LENGTHENING):
                waited = 1 if longer else min(since + 1, BREATHS_A_LENGTHENING)
                rest = least(beat + after, after, waited)
                found = min(found, cost(beat, after) + rest)
        return found

    # From the end on, so that no call is deep.
    for beat in range(last, first_beat, -1):
        for count in range(3, LONGEST_BEATS - 1):
            for since in range(1, BREATHS_A_LENGTHENING + 1):
                least(beat, count, since)
    whole = cost(first_beat, first_count) + least(first_beat + first_count, first_count, 1)
    return whole / (times[last] - start_us)


@pytest.mark.parametrize("course", COURSES)
def test_thirty_minutes_keep_within_half_a_point_of_the_best_sequence(course):
    grid = make_grid(COURSES[course], seconds=1830)
    room = Room(PLAN, music(grid)).run(1800)
    first = room.breaths[0]
    start_us = grid.time_of(first.first_beat)
    last_us = grid.beats_us[-1 - LONGEST_BEATS]
    mine = spent = 0.0
    for breath in room.breaths:
        length = true_length(grid, breath)
        begins = grid.time_of(breath.first_beat)
        if begins < last_us:
            wanted = RAMP.length_at(begins - start_us + READ_AFTER_US)
            mine += abs(wanted / length - 1) * length
            spent += length
    best = best_mean_error(grid.beats_us, int(first.first_beat), sum(first.counts))
    assert 0 <= 100 * best <= 100 * mine / spent <= 100 * best + 0.5


@pytest.mark.parametrize("course", COURSES)
def test_every_settled_breath_is_the_nearest_allowed_count(course):
    """Allowed: one count more (after six breaths), as many, or one fewer; or it waits for a bar."""
    grid = make_grid(COURSES[course], seconds=1830)
    breaths = Room(PLAN, music(grid)).run(1800).breaths
    since, waits = 1, 0
    for before, breath in pairwise(breaths):
        count, previous = sum(breath.counts), sum(before.counts)
        longer = count > previous
        allowed = [previous - 1, previous]
        if since >= BREATHS_A_LENGTHENING:
            allowed.append(previous + 1)
        since = 1 if longer else since + 1
        assert count in allowed
        if breath.starts_us - breaths[0].starts_us < RAMP.ends_us:
            continue
        period = (grid.time_of(breath.first_beat + count) - grid.time_of(breath.first_beat)) / count
        wanted = 10e6 / period
        unsure = UNSURE_BPM / 6 + NEAR_HALF
        nearest = min(allowed, key=lambda n: abs(n - wanted))
        if abs(count - wanted) <= abs(nearest - wanted) + 2 * unsure:
            waits = 0
            continue
        waits += 1
        assert waits < 4
        assert (count, nearest % 4) == (previous, 0)
        assert breath.first_beat % 4 != 0
        assert abs(wanted - previous) <= LAST_STEP + unsure
