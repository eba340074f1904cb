"""Beats that no music makes, told again as somebody taps them."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mtsession.protocol import commands as ask
from mtsession.sound.pulse import Pulse
from mtsession.timeline.events import BeatGridRevised, CueSounded
from sound.fakes import RATE, opened, us

runs = st.lists(
    st.tuples(st.floats(30.0, 240.0), st.integers(0, 40), st.integers(0, 30 * RATE)),
    min_size=1,
    max_size=8,
)


@given(runs, st.integers(0, 60 * RATE))
def test_however_it_is_told_its_beats_rise(told, frame):
    pulse = Pulse(grid=1, sample_rate=RATE)
    for bpm, beat, at in told:
        pulse.run(bpm, beat=beat, at=at, beats_per_bar=None)
    grid = pulse.grid_frames(frame)
    assert (np.diff(grid.frames) > 0).all()
    bpm, beat, at = told[-1]
    if grid.first_beat <= beat < grid.first_beat + len(grid.frames):
        assert grid.frames[beat - grid.first_beat] == at


@given(runs)
def test_beats_before_the_newest_run_stay_where_they_do_not_overtake(told):
    pulse = Pulse(grid=1, sample_rate=RATE)
    at = beat = 0
    seen: dict[int, int] = {}
    for bpm, more, _ in told:
        beat += more + 1
        at += (more + 1) * RATE
        pulse.run(bpm, beat=beat, at=at, beats_per_bar=None)
        seen[beat] = at
    assert all(pulse.beat(number) == frame for number, frame in seen.items())


def test_a_tapped_grid_goes_on_where_it_is_told_to():
    studio = opened({})
    studio.send(ask.StartPulse(owner=1, grid=4, bpm=60.0, at_us=us(1.0)))
    studio.send(ask.ScheduleCues(owner=1, cues=(ask.Cue(cue=1, grid=4, beat=8.0, sound="click"),)))
    studio.until(4.0)
    studio.send(ask.StartPulse(owner=1, grid=4, bpm=72.0, beat=4, at_us=us(4.9)))
    studio.until(12.0)
    first, second, *more = [event.grid for event in studio.of(BeatGridRevised)]
    assert not more
    assert second.revision == first.revision + 1
    assert [second.time_of(k) for k in range(4)] == [first.time_of(k) for k in range(4)]
    assert second.time_of(4) == us(4.9)
    assert abs(second.bpm_at(us(6.0)) - 72.0) < 0.01
    assert all(b > a for a, b in itertools.pairwise(second.beats_us))
    (cue,) = studio.of(CueSounded)
    assert abs(cue.t_us - second.time_of(8.0)) < 30


def test_it_may_begin_at_any_beat():
    studio = opened({})
    studio.send(ask.StartPulse(owner=1, grid=4, bpm=60.0, beat=12, at_us=us(2.0)))
    studio.until(3.0)
    (grid,) = [event.grid for event in studio.of(BeatGridRevised)]
    assert (grid.first_beat, grid.beats_us[0]) == (12, us(2.0))
