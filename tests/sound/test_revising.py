"""Programmes led otherwise while they play: what is heard of it, and where the beats then lie."""

import msgspec
import numpy as np
import pytest

from mtsession.protocol import commands as ask
from mtsession.protocol.sources import RatePoint
from mtsession.timeline.events import (
    BeatGridRevised,
    CommandApplied,
    CueSounded,
    MusicPaused,
    Noticed,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)
from mtsession.timeline.units import SECOND
from sound import stretch_measures as measure
from sound.fakes import RATE, constant, item, opened, play, ramp, sine, us


def rates(*pairs):
    return tuple(RatePoint(t_us=us(t), rate=rate) for t, rate in pairs)


def revise(*items, owner=1, asked=7):
    return ask.ReviseProgramme(owner=owner, items=items, asked=asked)


def faster(planned, *pairs, **more):
    return msgspec.structs.replace(planned, rate=rates(*pairs), **more)


def last_grid(studio, number=1):
    return [e.grid for e in studio.of(BeatGridRevised) if e.grid.grid == number][-1]


SETTINGS = [
    pytest.param(((0.0, 1.0),), ((0.0, 1.0), (4.0, 1.0), (7.0, 0.97)), id="glide from its own"),
    pytest.param((), ((0.0, 0.9),), id="step from unstretched"),
    pytest.param(((0.0, 0.9),), ((0.0, 0.93),), id="step"),
    pytest.param(((0.0, 0.9), (9.0, 1.0)), ((0.0, 0.93),), id="hold in a glide"),
    pytest.param(((0.0, 0.95),), (), id="back to its own"),
]


@pytest.mark.parametrize(("before", "after"), SETTINGS)
def test_clicks_lie_where_the_new_grid_says(before, after):
    made, times = measure.clicks(14.0, RATE, every=0.125)
    beats = times / RATE
    studio = opened({"a": made})
    planned = item(1, seconds=12.0, beats=beats, rate=rates(*before))
    studio.send(play(planned))
    studio.until(4.01)
    first = last_grid(studio)
    studio.send(revise(faster(planned, *after)))
    studio.until(9.0)
    grid = last_grid(studio)
    assert grid.revision == first.revision + 1
    past = [t for t in grid.beats_us if t < us(4.01)]
    assert past == list(first.beats_us[: len(past)])
    expected = np.array([t for t in grid.beats_us if us(0.5) < t < us(8.9)]) * RATE / SECOND
    figures = measure.click_figures(studio.heard, RATE, expected)
    assert figures["clicks"] > 50
    assert abs(figures["delay_ms"]) < 0.05
    assert figures["click_sd_ms"] < 0.05
    assert figures["worst_pre_echo_db"] < -50
    near = expected[(expected > 4.0 * RATE) & (expected < 4.5 * RATE)]
    figures = measure.click_figures(studio.heard, RATE, near)
    assert abs(figures["delay_ms"]) + 2 * figures["click_sd_ms"] < 0.1


@pytest.mark.parametrize(("before", "after"), SETTINGS)
def test_nothing_but_the_tempo_is_heard_of_it(before, after):
    hz = (311, 1_234, 4_321)
    made = sum(sine(f, 14.0, level=0.1) for f in hz)
    noise = np.random.default_rng(5).normal(0, 0.05, (14 * RATE, 2)).astype(np.float32)
    planned = [
        item(1, "a", seconds=12.0, rate=rates(*before)),
        item(2, "b", seconds=12.0, rate=rates(*before)),
    ]
    for one, name in zip(planned, "ab", strict=True):
        studio = opened({"a": made, "b": noise})
        studio.send(play(one))
        studio.until(4.0)
        studio.send(revise(faster(one, *after)))
        studio.until(8.0)
        part = studio.heard[round(3.5 * RATE) : round(5.5 * RATE), 0].astype(float)
        views = np.lib.stride_tricks.sliding_window_view(part, 4_800)[::480]
        level = 10 * np.log10((views**2).mean(axis=1))
        if name == "a":
            power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
            hertz = np.fft.rfftfreq(len(part), 1 / RATE)
            near = np.min([np.abs(hertz - f) for f in hz], axis=0) < 60
            assert 10 * np.log10(power[~near & (hertz > 100)].sum() / power.sum()) < -60
            assert np.ptp(level) < 0.5
        else:
            # Noise of itself wavers by some tenths of a decibel in a tenth of a second.
            untouched = 10 * np.log10((noise[: 8 * RATE].reshape(-1, 9_600) ** 2).mean(axis=1))
            assert np.ptp(level) < np.ptp(untouched) + 0.6


def test_all_before_it_stays_bit_for_bit_and_it_is_told_when_it_is_heard():
    made = ramp(10.0)
    planned = item(1, seconds=9.0)
    studio, untouched = opened({"a": made}), opened({"a": made})
    for each in (studio, untouched):
        each.send(play(planned))
        each.until(3.0)
    studio.send(revise(faster(planned, (0.0, 0.9)), asked=31))
    for each in (studio, untouched):
        each.until(5.0)
    (applied,) = studio.of(CommandApplied)
    assert applied.asked == 31
    differs = np.flatnonzero((studio.heard != untouched.heard).any(axis=1))[0] / RATE
    said = applied.t_us / SECOND
    assert 3.0 <= said <= differs + 1e-4 <= said + 0.011
    assert differs < 3.0 + 0.045


def test_stretched_music_answers_within_a_few_hundredths():
    made = measure.chord(10.0, RATE)
    planned = item(1, seconds=9.0, rate=rates((0.0, 0.9)))
    studio, untouched = opened({"a": made}), opened({"a": made})
    for each in (studio, untouched):
        each.send(play(planned))
        each.until(3.0)
    studio.send(revise(faster(planned, (0.0, 0.95))))
    for each in (studio, untouched):
        each.until(4.0)
    (applied,) = studio.of(CommandApplied)
    differs = np.flatnonzero((studio.heard != untouched.heard).any(axis=1))[0] / RATE
    said = applied.t_us / SECOND
    assert 3.0 <= said <= differs + 1e-4
    assert said < 3.0 + 0.022
    assert differs < said + 0.011


def test_many_in_a_row_leave_no_click_and_no_drift():
    made, times = measure.clicks(20.0, RATE, every=0.25)
    studio = opened({"a": made})
    planned = item(1, seconds=16.0, beats=times / RATE)
    studio.send(play(planned))
    rate = 1.0
    for number in range(30):
        studio.until(2.0 + 0.173 * number)
        rate = 0.9 if number % 7 == 0 else min(1.05, rate + 0.02)
        studio.send(revise(faster(planned, (0.0, rate)), asked=number))
    studio.until(12.0)
    assert [e.asked for e in studio.of(CommandApplied)] == list(range(30))
    grid = last_grid(studio)
    expected = np.array([t for t in grid.beats_us if us(0.6) < t < us(11.5)]) * RATE / SECOND
    figures = measure.click_figures(studio.heard, RATE, expected)
    assert abs(figures["delay_ms"]) < 0.05
    assert figures["click_sd_ms"] < 0.1


def test_what_is_to_come_is_replaced_and_keeps_its_distance():
    sounds = {"a": constant(0.5), "b": constant(0.25), "c": constant(0.125)}
    studio = opened(sounds)
    first = item(1, "a", seconds=6.0)
    studio.send(play(first, item(2, "b", start=6.0, seconds=3.0)))
    studio.until(2.0)
    shorter = msgspec.structs.replace(first, duration_us=us(4.0))
    studio.send(revise(shorter, item(3, "c", start=4.0, seconds=2.0)))
    studio.until(8.0)
    assert [(e.item, e.t_us) for e in studio.of(TrackStarted)] == [(1, 0), (3, us(4.0))]
    assert [(e.item, e.t_us) for e in studio.of(TrackEnded)] == [(1, us(4.0)), (3, us(6.0))]
    assert studio.heard[round(5.0 * RATE), 0] == 0.125
    assert not studio.heard[round(6.0 * RATE) :].any()


def test_an_open_source_is_used_again_where_it_is_named_again():
    opens = []
    studio = opened({"a": sine(220), "b": sine(330), "c": sine(440)})
    kept = studio._open

    def counting(source, rate):
        opens.append(source.path)
        return kept(source, rate)

    studio.engine._core._mixer._opener._open_stream = counting
    first, second = item(1, "a", seconds=6.0), item(2, "b", start=6.0, seconds=3.0)
    studio.send(play(first, second))
    studio.until(1.0)
    studio.send(revise(first, second))
    studio.send(revise(first, faster(second, (0.0, 0.9))))
    studio.until(6.5)
    assert opens == ["a", "b"]
    wanted = opened({"b": sine(330)})
    wanted.send(play(item(2, "b", seconds=3.0, rate=rates((0.0, 0.9)))))
    wanted.until(0.5)
    heard = studio.heard[6 * RATE : round(6.5 * RATE)]
    np.testing.assert_array_equal(heard, wanted.heard[: len(heard)])


def test_the_end_and_its_fade_move_without_a_step():
    studio = opened({"a": constant(0.5, 30.0)})
    planned = item(1, seconds=8.0, fade_out=4.0)
    studio.send(play(planned))
    for moment, seconds, fade in [(3.0, 20.0, 6.0), (5.0, 9.0, 2.0), (7.5, 12.0, 3.0), (8.0, 1, 0)]:
        studio.until(moment)
        studio.send(revise(item(1, seconds=seconds, fade_out=fade)))
    studio.until(10.0)
    heard = studio.heard[:, 0]
    assert np.abs(np.diff(heard)).max() < 0.001
    assert heard[round(6.9 * RATE)] == 0.5
    (ended,) = studio.of(TrackEnded)
    assert ended.reason == "end"
    assert us(8.0) < ended.t_us < us(8.1)


def test_both_that_cross_bend_together():
    made, times = measure.clicks(12.0, RATE, every=0.25, first=0.25)
    beats = times / RATE
    studio = opened({"a": made, "b": made})
    one = item(1, "a", seconds=6.0, fade_out=4.0, beats=beats, rate=rates((0.0, 0.9)))
    two = item(2, "b", start=2.0, seconds=6.0, fade_in=4.0, beats=beats, rate=rates((0.0, 1.0)))
    studio.send(play(one, two))
    studio.until(3.0)
    studio.send(revise(faster(one, (0.0, 0.96)), faster(two, (0.0, 1.04))))
    studio.until(8.0)
    for number in (1, 2):
        grid = last_grid(studio, number)
        there = [t for t in grid.beats_us if us(3.5) < t < us(5.5)]
        bpm = 60 / (np.diff(there).mean() / SECOND)
        assert bpm == pytest.approx(240 * (0.96 if number == 1 else 1.04), rel=1e-4)
    assert [e.item for e in studio.of(TrackEnded)] == [1, 2]


def test_cues_follow_the_beats_that_moved():
    studio = opened({"a": constant(0.0, 20.0)})
    planned = item(1, seconds=18.0, beats=range(20))
    studio.send(play(planned))
    cue = ask.Cue(cue=1, grid=1, beat=6.0, sound="click")
    studio.send(ask.ScheduleCues(owner=5, cues=(cue,)))
    studio.until(3.0)
    studio.send(revise(faster(planned, (0.0, 0.8))))
    studio.until(10.0)
    (sounded,) = studio.of(CueSounded)
    assert sounded.t_us == pytest.approx(last_grid(studio).time_of(6.0), abs=30)
    assert sounded.t_us == pytest.approx(us(3.05 + 2.95 / 0.8), abs=20_000)
    frames = np.flatnonzero(studio.heard[:, 0])
    assert frames.tolist() == [round(sounded.t_us * RATE / SECOND)]


def test_held_music_takes_it_over_and_tells_of_it_once_it_goes_on():
    made, times = measure.clicks(14.0, RATE, every=0.25)
    studio = opened({"a": made})
    planned = item(1, seconds=12.0, beats=times / RATE, rate=rates((0.0, 0.95)))
    studio.send(play(planned))
    studio.until(2.0)
    studio.send(ask.PauseMusic(fade_us=us(0.1)))
    studio.until(4.0)
    studio.send(revise(faster(planned, (0.0, 0.9))))
    studio.until(5.0)
    assert studio.of(MusicPaused)
    assert studio.of(CommandApplied) == []
    studio.send(ask.ResumeMusic(fade_us=us(0.1)))
    studio.until(9.0)
    (applied,) = studio.of(CommandApplied)
    assert us(5.0) <= applied.t_us < us(5.1)
    grid = last_grid(studio)
    assert grid.bpm_at(us(8.0)) == pytest.approx(240 * 0.9, rel=1e-3)
    expected = np.array([t for t in grid.beats_us if us(5.4) < t < us(8.9)]) * RATE / SECOND
    figures = measure.click_figures(studio.heard, RATE, expected)
    assert abs(figures["delay_ms"]) < 0.05
    assert figures["click_sd_ms"] < 0.05


def test_a_programme_that_waits_to_start_is_replaced():
    studio = opened({"a": constant(0.5), "b": constant(0.25)})
    studio.send(play(item(1, "a", seconds=3.0), at=2.0))
    studio.until(1.0)
    studio.send(revise(item(2, "b", seconds=3.0)))
    studio.until(4.0)
    assert [(e.item, e.t_us) for e in studio.of(TrackStarted)] == [(2, us(2.0))]
    assert studio.heard[3 * RATE, 0] == 0.25
    assert [e.t_us for e in studio.of(CommandApplied)] == [us(2.0)]


def test_what_has_ended_meanwhile_is_not_played_again():
    studio = opened({"a": constant(0.5), "b": constant(0.25)})
    one, two = item(1, "a", seconds=2.0), item(2, "b", start=2.0, seconds=3.0)
    studio.send(play(one, two))
    studio.until(2.5)
    studio.send(revise(one, two, item(3, "a", start=5.0, seconds=1.0)))
    studio.until(7.0)
    started = [(e.item, e.t_us) for e in studio.of(TrackStarted)]
    assert started == [(1, 0), (2, us(2.0)), (3, us(5.0))]


def test_where_no_programme_is_nothing_happens():
    studio = opened({"a": constant(0.5)})
    studio.send(revise(item(1)))
    studio.until(1.0)
    studio.send(play(item(1, seconds=3.0), at=1.0))
    studio.until(2.0)
    studio.send(revise(item(2), owner=9))
    studio.until(4.5)
    assert studio.of(CommandApplied) == []
    assert [e.t_us for e in studio.of(TrackEnded)] == [us(4.0)]


def test_a_revision_that_changes_nothing_is_not_heard():
    made = measure.chord(6.0, RATE)
    planned = item(1, seconds=5.0, rate=rates((0.0, 0.9)))
    studio, untouched = opened({"a": made}), opened({"a": made})
    studio.send(play(planned))
    untouched.send(play(planned))
    studio.until(2.0)
    studio.send(revise(planned))
    studio.until(5.0)
    untouched.until(5.0)
    np.testing.assert_array_equal(studio.heard, untouched.heard)
    assert studio.of(CommandApplied) == []


PLANNED = (
    item(1, seconds=3.0, rate=rates((0.0, 0.9))),
    item(2, start=3.0, seconds=2.0, rate=rates((0.0, 0.9))),
)


def led_music():
    studio = opened({"a": measure.chord(6.0, RATE)})
    studio.send(play(*PLANNED))
    studio.until(2.0)
    return studio


@pytest.fixture(scope="module")
def untouched():
    """Give what is heard of two items that nobody leads."""
    studio = led_music()
    studio.until(6.0)
    return studio.heard


@pytest.mark.parametrize(
    "bad",
    [rates((0.0, 0.0)), rates((0.0, -1.0)), rates((0.0, float("nan"))), rates((0.0, 10.0)),
     rates((2.0, 1.0), (1.0, 1.0))],
)  # fmt: skip
@pytest.mark.parametrize("which", [0, 1])
def test_rates_that_cannot_be_played_are_refused_and_the_music_goes_on(bad, which, untouched):
    studio = led_music()
    wanted = list(PLANNED)
    wanted[which] = msgspec.structs.replace(PLANNED[which], rate=bad)
    studio.send(revise(*wanted))
    studio.until(6.0)
    np.testing.assert_array_equal(studio.heard, untouched)
    (said,) = studio.of(Noticed)
    assert said.topic == "sound"
    assert said.message.startswith("The music goes on as it was")
    assert said.hint
    assert studio.of(TrackFailed) == []
    assert studio.of(CommandApplied) == []
