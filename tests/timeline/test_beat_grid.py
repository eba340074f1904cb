"""Beat grids: times and beats are inverse; bars are told only where known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.timeline.beat_grid import BeatGrid


@st.composite
def grids(draw: st.DrawFn) -> BeatGrid:
    times = [draw(st.integers(-(10**7), 10**9))]
    for gap in draw(st.lists(st.integers(200_000, 3_000_000), min_size=1, max_size=40)):
        times.append(times[-1] + gap)
    return BeatGrid(
        grid=1,
        revision=0,
        first_beat=draw(st.integers(-5, 500)),
        beats_us=tuple(times),
        beats_per_bar=draw(st.sampled_from([None, 3, 4])),
        downbeat=draw(st.integers(-4, 4)),
    )


@given(grids(), st.integers(-(10**8), 2 * 10**9))
def test_time_to_beat_to_time(grid: BeatGrid, t_us: int):
    assert abs(grid.time_of(grid.beat_at(t_us)) - t_us) <= 1


@given(grids())
def test_every_beat_lies_at_its_time(grid: BeatGrid):
    for number, t_us in enumerate(grid.beats_us, start=grid.first_beat):
        assert grid.time_of(number) == t_us
        assert grid.beat_at(t_us) == number


@given(grids(), st.integers(-(10**8), 2 * 10**9))
def test_the_next_beat_is_not_before_now_and_within_a_beat(grid: BeatGrid, t_us: int):
    beat = grid.next_beat(t_us)
    assert grid.time_of(beat) >= t_us - 1
    assert grid.time_of(beat - 1) < t_us


@given(grids(), st.integers(0, 10**9))
def test_the_next_downbeat_starts_a_bar_where_bars_are_known(grid: BeatGrid, t_us: int):
    beat = grid.next_downbeat(t_us)
    assert beat >= grid.next_beat(t_us)
    assert grid.is_downbeat(beat) is (grid.beats_per_bar is not None)


def test_a_grid_no_time_can_be_read_from_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        BeatGrid(grid=1, revision=0, first_beat=0, beats_us=(1,))
    with pytest.raises(ValueError, match="rise"):
        BeatGrid(grid=1, revision=0, first_beat=0, beats_us=(1, 1))
