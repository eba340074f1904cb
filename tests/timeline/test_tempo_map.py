"""Tempo maps: beats and times are inverse, and beats follow the tempo's integral."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.timeline.tempo_map import TempoMap

tempi = st.floats(20, 240)
gaps = st.integers(0, 300_000_000)


@st.composite
def maps(draw: st.DrawFn) -> TempoMap:
    times = [draw(st.integers(0, 5_000_000))]
    for gap in draw(st.lists(gaps, max_size=6)):
        times.append(times[-1] + gap)
    return TempoMap.of(*[(t, draw(tempi)) for t in times])


@given(maps(), st.integers(0, 3_000_000_000))
def test_time_to_beat_to_time(tempo: TempoMap, t_us: int):
    assert abs(tempo.time_of(tempo.beat_at(t_us)) - t_us) <= 1


@given(maps(), st.floats(0, 10_000))
def test_beat_to_time_to_beat(tempo: TempoMap, beat: float):
    # A microsecond at 240 BPM is four millionths of a beat.
    assert math.isclose(tempo.beat_at(tempo.time_of(beat)), beat, abs_tol=4e-6)


@given(maps(), st.lists(st.integers(0, 2_000_000_000), min_size=2, max_size=20))
def test_beats_rise_with_time(tempo: TempoMap, times: list[int]):
    beats = [tempo.beat_at(t) for t in sorted(times)]
    assert all(b >= a for a, b in itertools.pairwise(beats))


@given(maps(), st.integers(0, 600_000_000))
def test_the_tempo_is_the_slope_of_the_beats(tempo: TempoMap, t_us: int):
    if any(abs(t_us - p.t_us) <= 20_000 for p in tempo.points):
        return
    slope = (tempo.beat_at(t_us + 10_000) - tempo.beat_at(t_us - 10_000)) * 3_000
    assert math.isclose(slope, tempo.bpm_at(t_us), rel_tol=1e-5)


def test_known_answers():
    assert TempoMap.constant(60).time_of(3) == 3_000_000
    glide = TempoMap.of((0, 60.0), (60_000_000, 120.0))
    assert glide.beat_at(60_000_000) == 90
    assert glide.beat_at(120_000_000) == 210
    step = TempoMap.of((0, 60.0), (10_000_000, 60.0), (10_000_000, 120.0))
    assert step.bpm_at(9_999_999) == 60
    assert step.bpm_at(10_000_000) == 120
    assert [step.time_of(b) for b in (10, 11, 12)] == [10_000_000, 10_500_000, 11_000_000]
    assert list(TempoMap.constant(120).beats_until(1_500_000)) == [0, 500_000, 1_000_000]


@pytest.mark.parametrize("bpm", [0, -1, math.nan, math.inf])
def test_an_impossible_tempo_is_refused(bpm: float):
    with pytest.raises(ValueError, match="above 0"):
        TempoMap.constant(bpm)


def test_an_empty_or_backward_map_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        TempoMap(())
    with pytest.raises(ValueError, match="rise"):
        TempoMap.of((5, 60.0), (4, 60.0))
