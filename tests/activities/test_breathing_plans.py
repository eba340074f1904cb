"""The table's plans give the table's numbers."""

import pytest

from activities.test_breathing_harness import Room, counts, make_grid, music, starts_at
from mtsession.activities.breathing.method import METHOD
from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.timeline.tempo_map import TempoMap

BREATHE_12 = BreathingSettings(
    ratio=(2, 4),
    start_rate=12,
    target_rate=9,
    own_rate_minutes=2,
    ramp_minutes=2,
    max_beats=8,
    caution=False,
)
RESONANCE_15 = BreathingSettings(
    ratio=(4, 6),
    start_rate=12,
    target_rate=6,
    own_rate_minutes=0,
    ramp_minutes=4,
    caution=False,
)


def test_breathe_12_goes_from_six_beats_to_eight_over_two_minutes():
    room = Room(BREATHE_12, music(make_grid(TempoMap.constant(72)))).run(8 * 60 + 10)
    assert counts(room)[:24] == [(2, 0, 4, 0)] * 24
    assert sorted({sum(c) for c in counts(room)}) == [6, 7, 8]
    assert counts(room)[-1] == (3, 0, 5, 0)
    assert starts_at(room.breaths, 7) == pytest.approx(2.5, abs=0.15)
    assert starts_at(room.breaths, 8) == pytest.approx(3.5, abs=0.15)
    assert all(breath.joined for breath in room.breaths[1:])


def test_resonance_15_reaches_ten_beats_within_four_minutes():
    room = Room(RESONANCE_15, music(make_grid(TempoMap.constant(60), seconds=900))).run(11 * 60)
    assert counts(room)[0] == (2, 0, 3, 0)
    assert counts(room)[-1] == (4, 0, 6, 0)
    assert starts_at(room.breaths, 10) <= 4.0
    assert all(sum(c) == 10 for c in counts(room)[-30:])


def test_the_line_reads_as_the_page_has_it():
    settings = BreathingSettings(start_rate=18, target_rate=14.4, ramp_minutes=1, caution=False)
    room = Room(settings, music(make_grid(TempoMap.constant(72)))).run(150)
    room.act("end")
    section = METHOD.summarise(2, room.events)
    assert section.line == "Guide (not the client's breathing): 18, then 14.4/min"
