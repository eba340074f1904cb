"""Going on to the next item at once: on the beat, at one tempo, without a hole."""

import msgspec
import numpy as np
import pytest

from mtsession.errors import MediaError
from mtsession.protocol import commands as ask
from mtsession.protocol.sources import RatePoint
from mtsession.sound.mixer import Mixer
from mtsession.timeline.events import (
    BeatGridRevised,
    CommandApplied,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)
from mtsession.timeline.units import SECOND
from sound import stretch_measures as measure
from sound.fakes import RATE, Made, MadeStream, constant, item, opened, play, sine, us


def plays_at(rate):
    return (RatePoint(t_us=0, rate=rate),)


def grids(studio):
    return {event.grid.grid: event.grid for event in studio.of(BeatGridRevised)}


def levels(heard, first, last, seconds=0.05):
    size = round(seconds * RATE)
    part = heard[round(first * RATE) : round(last * RATE)]
    part = part[: len(part) // size * size].reshape(-1, size * 2)
    return 10 * np.log10((part.astype(float) ** 2).mean(axis=1) + 1e-12)


def skip(fade=3.0, asked=5):
    return ask.SkipItem(owner=1, fade_us=us(fade), asked=asked)


@pytest.mark.parametrize("bars", [None, 3])
@pytest.mark.parametrize("own", [0.96, 1.0])
def test_its_first_downbeat_falls_on_a_beat_and_its_tempo_agrees(bars, own):
    studio = opened({"a": constant(0.0), "b": constant(0.0, 30.0)})
    beats = [0.31 + 0.8 * k for k in range(60)]
    others = [0.47 + 0.77 * k for k in range(40)]
    studio.send(
        play(
            item(1, "a", seconds=18.0, beats=beats, rate=plays_at(0.97)),
            item(2, "b", start=18.0, seconds=20.0, beats=others, beats_per_bar=bars,
                 rate=plays_at(own)),
            item(3, "b", start=38.0, seconds=5.0),
        )
    )  # fmt: skip
    studio.until(5.0)
    studio.send(skip())
    studio.until(12.0)
    (applied,) = studio.of(CommandApplied)
    assert (applied.asked, applied.t_us) == (5, us(5.0))
    started = [e for e in studio.of(TrackStarted) if e.item == 2]
    assert us(5.0) <= started[0].t_us <= us(6.2)
    one, two = grids(studio)[1], grids(studio)[2]
    first = two.time_of(0)
    assert first > started[0].t_us
    nearest = round(one.beat_at(first))
    assert abs(one.time_of(nearest) - first) < 200
    # At one tempo through the fade, so that the beats after it agree as well.
    for beat in range(1, 4):
        assert abs(one.time_of(nearest + beat) - two.time_of(beat)) < 400
    assert two.bpm_at(us(11.9)) == pytest.approx(60 / 0.77 * own, rel=2e-3)
    assert [e.item for e in studio.of(TrackEnded)] == [1]


def test_an_item_to_be_heard_as_it_is_keeps_its_own_tempo():
    made = measure.chord(20.0, RATE)
    studio = opened({"a": constant(0.0), "b": made})
    studio.send(
        play(
            item(1, "a", seconds=18.0, beats=[0.5 * k for k in range(60)]),
            item(2, "b", start=18.0, seconds=9.0, beats=[0.52 * k for k in range(40)]),
        )
    )
    studio.until(5.1)
    studio.send(skip(1.0))
    studio.until(9.0)
    first = round(studio.of(TrackStarted)[1].t_us * RATE / SECOND)
    assert first == round(5.5 * RATE)
    at = first + RATE
    np.testing.assert_array_equal(studio.heard[at : at + RATE], made[RATE : 2 * RATE])


@pytest.mark.parametrize("at", [5.0, 5.3, 5.77])
def test_there_is_no_hole_between_them(at):
    rng = np.random.default_rng(1)
    noise = {
        name: np.repeat(rng.normal(0, 0.05, (25 * RATE, 1)).astype(np.float32), 2, axis=1)
        for name in "ab"
    }
    studio = opened(noise)
    beats = [1.0 * k for k in range(30)]
    studio.send(
        play(
            item(1, "a", seconds=18.0, beats=beats),
            item(2, "b", start=18.0, seconds=7.0, beats=beats[:7]),
        )
    )
    studio.until(at)
    studio.send(skip(2.0))
    studio.until(10.0)
    heard = levels(studio.heard, at - 1.0, at + 4.0, 0.1)
    normal = levels(studio.heard, 1.0, at - 0.5, 0.1).mean()
    assert heard.min() > normal - 1.2 - 0.4
    assert heard.max() < normal + 0.4


def test_who_is_not_ready_is_waited_for_under_music():
    late = Made(MadeStream(constant(0.25)), after=600)
    streams = {"a": Made(MadeStream(constant(0.5))), "b": late}
    marks = []
    mixer = Mixer(
        sample_rate=RATE,
        opener=lambda source, first: streams[source.path],
        mark=lambda frame, event: marks.append((frame, event)),
    )
    items = (item(1, "a", seconds=15.0), item(2, "b", start=15.0, seconds=3.0))
    mixer.play(owner=1, items=items, at=0, position_us=0, fade_in_us=0)
    heard = [mixer.render(256) for _ in range(100)]
    mixer.skip(1, us(1.0))
    heard += [mixer.render(256) for _ in range(1_000)]
    left = np.concatenate(heard)[:, 0]
    (started,) = [frame for frame, e in marks if isinstance(e, TrackStarted) and e.item == 2]
    assert 1.5 * RATE < started < 4 * RATE
    waiting = left[100 * 256 + RATE // 2 : started]
    np.testing.assert_allclose(waiting, 0.5 * 10 ** (-1.2 / 20), rtol=1e-5)
    assert np.abs(np.diff(left[: started + 2 * RATE])).max() < 1e-4
    assert left[started + RATE] == 0.25


def test_held_music_goes_on_with_the_next():
    studio = opened({"a": constant(0.5), "b": constant(0.25)})
    studio.send(play(item(1, "a", seconds=15.0), item(2, "b", start=15.0, seconds=3.0)))
    studio.until(2.0)
    studio.send(ask.PauseMusic(fade_us=us(0.1)))
    studio.until(3.0)
    studio.send(skip())
    studio.until(4.0)
    studio.send(ask.ResumeMusic(fade_us=us(0.5)))
    studio.until(6.0)
    heard = studio.heard[:, 0]
    assert heard[round(4.05 * RATE) :].max() == 0.25
    assert heard[round(4.6 * RATE)] == 0.25
    assert np.abs(np.diff(heard[round(1.9 * RATE) :])).max() < 1e-3
    assert [(e.item, e.reason) for e in studio.of(TrackEnded)] == [(1, "stopped")]


def test_without_a_next_the_music_fades_away():
    studio = opened({"a": sine(220)})
    studio.send(play(item(1, "a", seconds=15.0)))
    studio.until(2.0)
    studio.send(skip(1.0))
    studio.until(5.0)
    assert not studio.heard[round(3.01 * RATE) :].any()
    assert [e.reason for e in studio.of(TrackEnded)] == ["stopped"]


def test_a_next_that_cannot_be_opened_gives_way_to_the_one_after():
    gone = MediaError("It is not there.", "Choose another.")
    studio = opened({"a": constant(0.5), "b": gone, "c": constant(0.25)})
    studio.send(
        play(
            item(1, "a", seconds=15.0),
            item(2, "b", start=15.0, seconds=3.0),
            item(3, "c", start=18.0, seconds=8.0),
        )
    )
    studio.until(2.0)
    studio.send(skip(1.0))
    studio.until(5.0)
    assert [e.item for e in studio.of(TrackFailed)] == [2]
    assert [e.item for e in studio.of(TrackStarted)] == [1, 3]
    assert studio.heard[4 * RATE, 0] == 0.25
    assert np.abs(np.diff(studio.heard[:, 0])).max() < 1e-3


def other(*items, at, fade, asked=6):
    asks = play(*items, at=at, fade=fade)
    return msgspec.structs.replace(asks, gives_way=True, asked=asked)


def test_what_plays_gives_way_at_once_to_other_music_that_comes_later():
    studio = opened({"a": constant(0.5, 30.0), "b": constant(0.25, 30.0)})
    studio.send(play(item(1, "a", seconds=30.0)))
    studio.until(5.0)
    studio.send(other(item(2, "b", seconds=20.0), at=7.5, fade=2.0))
    studio.until(12.0)
    heard = studio.heard[:, 0]
    assert [(e.asked, e.t_us) for e in studio.of(CommandApplied)] == [(6, us(5.0))]
    assert heard[round(4.99 * RATE)] == pytest.approx(0.5)
    yielded = 0.5 * 10 ** (-1.2 / 20)
    assert heard[round(5.31 * RATE) : round(7.5 * RATE)] == pytest.approx(yielded)
    assert heard[round(9.6 * RATE)] == pytest.approx(0.25)
    assert np.abs(np.diff(heard[RATE:])).max() < 1e-4


def test_giving_way_in_the_midst_of_the_first_fade_makes_nothing_louder():
    studio = opened({"a": constant(0.5, 30.0), "b": constant(0.25, 30.0)})
    studio.send(play(item(1, "a", seconds=30.0), fade=6.0))
    studio.until(2.0)
    studio.send(other(item(2, "b", seconds=20.0), at=4.0, fade=2.0))
    studio.until(3.9)
    plain = opened({"a": constant(0.5, 30.0)})
    plain.send(play(item(1, "a", seconds=30.0), fade=6.0))
    plain.until(3.9)
    assert np.all(studio.heard <= plain.heard + 1e-6)
    assert [e.t_us for e in studio.of(CommandApplied)] == [us(2.0)]


def test_held_music_gives_way_unheard_and_the_wish_is_told_of_with_the_new_music():
    studio = opened({"a": constant(0.5, 30.0), "b": constant(0.25, 30.0)})
    studio.send(play(item(1, "a", seconds=30.0)))
    studio.until(2.0)
    studio.send(ask.PauseMusic(fade_us=us(0.1)))
    studio.until(4.0)
    studio.send(other(item(2, "b", seconds=20.0), at=5.0, fade=1.0))
    studio.send(ask.ResumeMusic(fade_us=us(0.1)))
    studio.until(8.0)
    assert [e.t_us for e in studio.of(CommandApplied)] == [us(5.0)]
