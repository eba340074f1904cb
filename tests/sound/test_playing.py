"""Programmes as they are heard, through the same engine that renders files."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.errors import MediaError
from mtsession.protocol import commands as ask
from mtsession.sound.limiter import CEILING
from mtsession.timeline.events import (
    BeatGridRevised,
    CueMissed,
    CueSounded,
    LevelChanged,
    MusicPaused,
    MusicResumed,
    QuietCommanded,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)
from mtsession.timeline.units import SECOND
from sound.fakes import (
    RATE,
    START,
    MadeStream,
    Studio,
    constant,
    item,
    opened,
    play,
    ramp,
    sine,
    us,
)


def click(number, beat, grid=1, **more):
    return ask.Cue(cue=number, grid=grid, beat=beat, sound="click", **more)


@settings(max_examples=15)
@given(at=st.integers(0, 2_000_000), start=st.integers(0, 500_000))
def test_a_planned_item_sounds_on_its_frame_bit_for_bit(at, start):
    made = ramp(1.0)
    studio = opened({"a": made})
    studio.send(play(item(1, seconds=1.0, start=start / SECOND), at=at / SECOND))
    studio.until(4.0)
    frame = round((at * RATE) / SECOND + 1e-9) + round(start * RATE / SECOND + 1e-9)
    first = np.flatnonzero(studio.heard[:, 0])[0] - 1
    assert abs(first - frame) <= 1
    np.testing.assert_array_equal(studio.heard[first : first + RATE], made)
    (started,) = studio.of(TrackStarted)
    assert abs(started.t_us - at - start) <= 30


def test_the_frames_where_commands_fall_do_not_change_the_samples():
    def render(steps):
        studio = opened({"a": sine(330), "b": sine(220)})
        studio.send(
            play(
                item(1, "a", seconds=4, fade_out=2),
                item(2, "b", start=2, seconds=4, fade_in=2),
                at=0.5,
                fade=1.0,
            )
        )
        for moment in steps:
            studio.until(moment)
        studio.until(7.0)
        return studio.heard

    np.testing.assert_array_equal(render([]), render([0.1234, 1.00003, 2.7, 3.33333]))


def test_overlapping_items_cross_at_equal_power():
    studio = opened({"a": constant(0.5), "b": constant(0.5)})
    studio.send(
        play(item(1, "a", seconds=4, fade_out=2), item(2, "b", start=2, seconds=4, fade_in=2))
    )
    studio.until(7.0)
    x = np.arange(2 * RATE) / (2 * RATE)
    wanted = 0.5 * np.cos(np.pi / 2 * x) + 0.5 * np.sin(np.pi / 2 * x)
    np.testing.assert_allclose(studio.heard[2 * RATE : 4 * RATE, 0], wanted, atol=1e-5)
    assert [e.item for e in studio.of(TrackEnded)] == [1, 2]
    assert [e.t_us for e in studio.of(TrackEnded)] == [us(4), us(6)]


def test_the_music_enters_softly_over_silence():
    studio = opened({"a": constant(0.5)})
    studio.send(play(item(1, seconds=10), fade=6.0))
    studio.until(8.0)
    heard = studio.heard[:, 0]
    assert heard[0] == 0.0
    assert (np.diff(heard[: 6 * RATE]) >= -1e-7).all()
    assert np.diff(heard).max() < 1e-4
    assert 0.15 < heard[round(1.5 * RATE)] < 0.25
    assert heard[6 * RATE] == 0.5


def test_another_programme_takes_over_at_equal_power():
    studio = opened({"a": constant(0.5), "b": constant(0.25)})
    studio.send(play(item(1, "a", seconds=20)))
    studio.until(2.0)
    studio.send(play(item(2, "b", seconds=10), at=3.0, fade=2.0, owner=2))
    studio.until(6.0)
    x = 0.5
    middle = studio.heard[4 * RATE, 0]
    assert middle == pytest.approx(
        0.5 * np.cos(np.pi / 2 * x) + 0.25 * np.sin(np.pi / 2 * x), abs=1e-4
    )
    (ended,) = studio.of(TrackEnded)
    assert (ended.item, ended.reason, ended.t_us) == (1, "stopped", us(5))


def test_skip_crosses_to_the_next_and_moves_the_rest_up():
    studio = opened({"a": constant(0.5), "b": constant(0.25), "c": constant(0.125)})
    studio.send(
        play(
            item(1, "a", seconds=10),
            item(2, "b", start=10, seconds=3),
            item(3, "c", start=13, seconds=2),
        )
    )
    studio.until(1.0)
    studio.send(ask.SkipItem(owner=1, fade_us=us(1.0)))
    studio.until(8.0)
    assert [(e.item, e.t_us) for e in studio.of(TrackStarted)] == [(1, 0), (2, us(1)), (3, us(4))]
    assert [(e.item, e.reason, e.t_us) for e in studio.of(TrackEnded)] == [
        (1, "stopped", us(2)), (2, "end", us(4)), (3, "end", us(6)),
    ]  # fmt: skip
    assert studio.heard[3 * RATE, 0] == 0.25


def test_held_music_goes_on_where_it_was():
    made = ramp(10.0)
    studio = opened({"a": made})
    studio.send(play(item(1, seconds=10, beats=range(10))))
    studio.until(1.0)
    studio.send(ask.PauseMusic(fade_us=us(0.5)))
    studio.until(3.0)
    studio.send(ask.ResumeMusic(fade_us=us(0.5)))
    studio.until(6.0)
    heard = studio.heard
    assert not heard[round(1.5 * RATE) : 3 * RATE].any()
    at = 4 * RATE
    np.testing.assert_array_equal(heard[at : at + 100], made[at - round(1.5 * RATE) :][:100])
    assert [e.t_us for e in studio.of(MusicPaused)] == [us(1.5)]
    assert [e.t_us for e in studio.of(MusicResumed)] == [us(3.0)]
    grids = [e.grid for e in studio.of(BeatGridRevised)]
    assert [g.revision for g in grids] == [0, 1, 2]
    assert grids[1].ends_us == us(1.5)
    assert grids[1].beats_us == (0, us(1))
    assert grids[2].time_of(2) == us(3.5)


def test_stopped_music_fades_to_nothing_without_a_step():
    studio = opened({"a": constant(0.5)})
    studio.send(play(item(1, seconds=20)))
    studio.until(1.0)
    studio.send(ask.StopProgramme(owner=1, fade_us=us(1.0), at_us=us(1.5)))
    studio.until(4.0)
    heard = studio.heard[:, 0]
    assert heard[round(1.5 * RATE)] == 0.5
    assert not heard[round(2.5 * RATE) :].any()
    assert np.abs(np.diff(heard[RATE:])).max() < 1e-4
    (ended,) = studio.of(TrackEnded)
    assert (ended.reason, ended.t_us) == ("stopped", us(2.5))


def test_an_item_that_cannot_be_opened_leaves_its_place_to_the_next():
    gone = MediaError("“b” is not there.", "Check whether it was moved.")
    studio = opened({"a": constant(0.5), "b": gone, "c": constant(0.25)})
    studio.send(
        play(
            item(1, "a", seconds=2),
            item(2, "b", start=2, seconds=5),
            item(3, "c", start=7, seconds=2),
        )
    )
    studio.until(6.0)
    (failed,) = studio.of(TrackFailed)
    assert (failed.item, failed.message, failed.hint) == (2, gone.message, gone.hint)
    assert [(e.item, e.t_us) for e in studio.of(TrackStarted)] == [(1, 0), (3, us(2))]
    assert studio.heard[3 * RATE, 0] == 0.25


def test_an_item_that_breaks_gives_way_at_once_and_softly():
    broken = MadeStream(constant(0.5), breaks_at=RATE)
    studio = opened({"a": broken, "b": constant(0.25)})
    studio.send(play(item(1, "a", seconds=10, beats=range(10)), item(2, "b", start=9, seconds=3)))
    studio.until(6.0)
    heard = studio.heard[:, 0]
    assert np.abs(np.diff(heard[: round(3.9 * RATE)])).max() < 0.005
    assert heard[round(2.5 * RATE)] == 0.25
    assert [(e.item, e.reason) for e in studio.of(TrackEnded)] == [(1, "failed"), (2, "end")]
    assert studio.of(TrackFailed)[0].t_us == us(1)
    assert studio.of(TrackStarted)[1].t_us == us(1)
    assert broken.closed


def test_only_broken_items_end_in_silence_and_words():
    gone = MediaError("It is not there.", "")
    studio = opened({"a": gone, "b": gone})
    studio.send(play(item(1, "a"), item(2, "b", start=4), at=None))
    studio.until(1.0)
    assert [e.item for e in studio.of(TrackFailed)] == [1, 2]
    assert not studio.heard.any()


def test_cues_fall_on_the_frames_of_their_beats():
    studio = opened({"a": constant(0.0)})
    beats = [0.1, 1.1, 1.9, 3.0]
    studio.send(play(item(1, seconds=4, beats=beats), at=0.25))
    studio.send(ask.ScheduleCues(owner=5, cues=(click(1, 1.0), click(2, 1.5), click(3, 3.0))))
    studio.until(5.0)
    frames = np.flatnonzero(studio.heard[:, 0])
    assert frames.tolist() == [round(t * RATE) for t in (1.35, 1.75, 3.25)]
    sounded = studio.of(CueSounded)
    assert [(e.cue, e.owner, e.beat) for e in sounded] == [(1, 5, 1.0), (2, 5, 1.5), (3, 5, 3.0)]
    assert [e.t_us for e in sounded] == [us(1.35), us(1.75), us(3.25)]


def test_cues_follow_beats_that_move():
    studio = opened({"a": constant(0.0)})
    studio.send(play(item(1, seconds=10, beats=range(10))))
    studio.send(ask.ScheduleCues(owner=5, cues=(click(1, 4.0),)))
    studio.until(2.0)
    studio.send(ask.PauseMusic(fade_us=us(0.5)))
    studio.until(5.0)
    studio.send(ask.ResumeMusic())
    studio.until(9.0)
    assert np.flatnonzero(studio.heard[:, 0]).tolist() == [round(6.5 * RATE)]


@pytest.mark.parametrize(
    ("cue", "why"),
    [
        (click(1, 1.0), "it came too late for its beat"),
        (click(1, 40.0), "its beat does not sound"),
        (click(1, 3.0, grid=9), "its beats are not known, or their music is over"),
    ],
)
def test_a_cue_without_its_beat_is_told(cue, why):
    studio = opened({"a": constant(0.0)})
    studio.send(play(item(1, seconds=10, beats=range(10))))
    studio.until(2.0)
    studio.send(ask.ScheduleCues(owner=5, cues=(cue,)))
    studio.until(3.0)
    assert [(e.cue, e.why) for e in studio.of(CueMissed)] == [(1, why)]
    assert not studio.heard.any()


def test_cancelled_cues_are_forgotten_without_a_word():
    studio = opened({"a": constant(0.0)})
    studio.send(play(item(1, seconds=5, beats=range(5))))
    studio.send(ask.ScheduleCues(owner=5, cues=(click(1, 2.0),)))
    studio.send(ask.CancelCues(owner=5))
    studio.until(5.0)
    assert not studio.heard.any()
    assert studio.of(CueMissed) == []


def test_a_pulse_has_beats_and_carries_cues():
    studio = opened({})
    studio.send(ask.StartPulse(owner=2, grid=8, bpm=72.0, at_us=us(0.5), beats_per_bar=4))
    studio.send(ask.ScheduleCues(owner=2, cues=(click(1, 3.0, grid=8),)))
    studio.until(4.0)
    grid = studio.of(BeatGridRevised)[0].grid
    assert grid.beats_us[0] == us(0.5)
    assert grid.bpm_at(us(1.0)) == pytest.approx(72.0, abs=0.01)
    assert grid.ends_us is None
    assert np.flatnonzero(studio.heard[:, 0]).tolist() == [round((0.5 + 2.5) * RATE)]
    studio.send(ask.StopPulse(grid=8))
    studio.until(4.1)
    assert studio.of(BeatGridRevised)[-1].grid.ends_us == us(4.0)


def test_a_long_grid_is_told_in_windows_that_never_run_out():
    beats = [0.5 * k for k in range(1200)]
    studio = opened({"a": constant(0.0, 600.0)})
    studio.send(play(item(1, seconds=600, beats=beats)))
    studio.until(200.0)
    for event in studio.of(BeatGridRevised):
        grid = event.grid
        assert grid.beats_us[0] == us(0.5 * grid.first_beat)
    revised = studio.of(BeatGridRevised)
    ahead = [old.grid.beats_us[-1] - new.t_us for old, new in itertools.pairwise(revised)]
    assert len(ahead) >= 3
    assert min(ahead) > us(40)


def test_level_stays_under_the_ceiling_and_glides():
    studio = Studio({"a": constant(0.5)})
    studio.send(ask.OpenSession(offset_us=START, level_db=-10.0, ceiling_db=-6.0))
    studio.send(play(item(1, seconds=10)))
    studio.until(1.0)
    studio.send(ask.SetLevel(level_db=3.0))
    studio.until(3.0)
    heard = studio.heard[:, 0]
    assert heard[RATE // 2] == pytest.approx(0.5 * 10 ** (-10 / 20))
    assert heard[-1] == pytest.approx(0.5 * 10 ** (-6 / 20))
    assert np.abs(np.diff(heard[RATE // 2 :])).max() < 1e-4
    assert [e.level_db for e in studio.of(LevelChanged)] == [-6.0]


def test_ducking_is_counted_by_owner():
    studio = opened({"a": constant(0.5)})
    studio.send(play(item(1, seconds=20)))
    studio.until(1.0)
    studio.send(ask.SetDuck(owner=1, on=True), ask.SetDuck(owner=2, on=True))
    studio.until(2.0)
    studio.send(ask.SetDuck(owner=1, on=False))
    studio.until(3.0)
    studio.send(ask.SetDuck(owner=2, on=False))
    studio.until(4.0)
    heard = studio.heard[:, 0]
    ducked = 0.5 * 10 ** (-9 / 20)
    assert heard[round(1.3 * RATE)] == pytest.approx(ducked)
    assert heard[round(2.9 * RATE)] == pytest.approx(ducked)
    assert heard[round(3.3 * RATE)] == pytest.approx(0.5)


def test_quiet_ends_everything_at_once_without_a_click_and_music_comes_back():
    studio = opened({"a": sine(220, level=0.5), "b": constant(0.25)})
    studio.send(play(item(1, "a", seconds=20, beats=range(20))))
    studio.send(ask.ScheduleCues(owner=5, cues=(click(1, 3.0),)))
    studio.send(play(item(3, "a", seconds=5), at=10.0, owner=3))
    studio.until(2.0)
    studio.engine.quiet()
    studio.send(ask.GoQuiet())
    studio.until(4.0)
    heard = studio.heard[:, 0]
    assert not heard[round(2.025 * RATE) :].any()
    slope = np.abs(np.diff(heard[:RATE])).max()
    assert np.abs(np.diff(heard[round(1.9 * RATE) :])).max() <= slope * 1.2
    assert [e.fade_us for e in studio.of(QuietCommanded)] == [0]
    assert [(e.item, e.reason) for e in studio.of(TrackEnded)] == [(1, "quiet")]
    studio.send(play(item(2, "b", seconds=2), at=None))
    studio.until(12.0)
    assert studio.heard[round(4.5 * RATE), 0] == 0.25
    assert not studio.heard[round(6.1 * RATE) :].any()


def test_a_programme_may_begin_in_its_middle():
    made = ramp(10.0)
    studio = opened({"a": made, "b": constant(0.25)})
    studio.send(
        play(
            item(1, "a", seconds=4),
            item(2, "a", start=4, seconds=4, beats=range(4), skip_us=us(1)),
            position=6.0,
            at=1.0,
        )
    )
    studio.until(5.0)
    np.testing.assert_array_equal(studio.heard[RATE : RATE + 100], made[3 * RATE :][:100])
    assert [e.item for e in studio.of(TrackStarted)] == [2]
    grid = studio.of(BeatGridRevised)[0].grid
    assert grid.time_of(3) == us(1.0)


def test_no_input_makes_a_sample_that_is_too_large_or_no_number():
    wild = constant(4.0, 5.0)
    wild[RATE : RATE + 50] = np.inf
    wild[2 * RATE : 2 * RATE + 50] = np.nan
    studio = opened({"a": wild})
    studio.send(ask.SetLevel(level_db=float("nan")))
    studio.send(play(item(1, seconds=5, gain_db=30.0)))
    studio.until(5.0)
    assert np.isfinite(studio.heard).all()
    assert np.abs(studio.heard).max() <= CEILING


def test_a_breath_swells_and_sinks_softly():
    studio = opened({})
    studio.send(ask.StartPulse(owner=2, grid=8, bpm=60.0, at_us=us(0)))
    cues = (
        ask.Cue(cue=1, grid=8, beat=1.0, sound="inhale", beats=4.0),
        ask.Cue(cue=2, grid=8, beat=5.0, sound="exhale", beats=6.0),
    )
    studio.send(ask.ScheduleCues(owner=2, cues=cues))
    studio.until(14.0)
    heard = studio.heard

    def loudness(a, b):
        return float(np.sqrt(np.mean(heard[round(a * RATE) : round(b * RATE)] ** 2)))

    rising = [loudness(1 + k, 2 + k) for k in range(4)]
    falling = [loudness(5 + k, 6 + k) for k in range(6)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert loudness(11.5, 14) < 1e-9
    assert np.abs(heard).max() < 0.25
    assert len(studio.of(CueSounded)) == 2
