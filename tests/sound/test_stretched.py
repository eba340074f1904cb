"""Items whose tempo is changed, through the same engine that renders files."""

import numpy as np
import pytest

from mtsession.engine.loading import LiveOpener
from mtsession.protocol import commands as ask
from mtsession.protocol.sources import RatePoint
from mtsession.sound.feed import Feed
from mtsession.sound.mixer import Mixer
from mtsession.sound.rates import RateMap
from mtsession.sound.stretch import Stretch
from mtsession.sound.stretched import StretchedStream
from mtsession.timeline.events import (
    BeatGridRevised,
    CueSounded,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)
from mtsession.timeline.units import SECOND
from rig_support import PATIENCE_SECONDS
from sound import stretch_measures as measure
from sound.fakes import RATE, Made, MadeStream, item, opened, play, ramp, sine, us


def rates(*pairs):
    return tuple(RatePoint(t_us=us(t), rate=rate) for t, rate in pairs)


def directly(samples, points, *, first=0, skip=0):
    """Stretch without an engine: what must be heard, sample for sample."""
    map_ = RateMap(points, RATE)
    place = skip + map_.source_at(first)
    stretch = Stretch(
        MadeStream(samples[round(place) :]),
        sample_rate=RATE,
        rate=lambda heard: map_.mean_rate(first + heard, 256),
        start=place - round(place),
    )
    return stretch.read(3 * len(samples))


def test_an_item_is_heard_at_its_rates_sample_for_sample():
    made = measure.kicks(4.0, RATE)[0]
    points = rates((0.0, 0.9), (2.0, 0.8))
    studio = opened({"a": made})
    studio.send(play(item(1, seconds=3.0, rate=points)))
    studio.until(4.0)
    np.testing.assert_array_equal(studio.heard[: 3 * RATE], directly(made, points)[: 3 * RATE])
    assert not studio.heard[3 * RATE :].any()
    assert [e.t_us for e in studio.of(TrackEnded)] == [us(3)]


def test_rates_of_one_leave_every_sample_alone():
    made = ramp(2.0)
    studio = opened({"a": made})
    studio.send(play(item(1, seconds=2.0, rate=rates((0.0, 1.0), (2.0, 1.0)))))
    studio.until(2.5)
    np.testing.assert_array_equal(studio.heard[: 2 * RATE], made)


def test_beats_and_cues_lie_where_the_beats_are_heard():
    made, times = measure.clicks(8.0, RATE)
    studio = opened({"a": made})
    beats = times / RATE
    skip = 0.7
    points = rates((0.0, 1.0), (2.0, 1.0), (6.0, 0.85))
    studio.send(
        play(item(1, seconds=7.0, beats=beats, rate=points, skip_us=us(skip))),
        ask.ScheduleCues(owner=1, cues=(ask.Cue(cue=1, grid=1, beat=12, sound="click"),)),
    )
    studio.until(8.0)
    (grid,) = {event.grid.revision: event.grid for event in studio.of(BeatGridRevised)}.values()
    said = np.array([t * RATE / SECOND for t in grid.beats_us])
    inside = said[(said > 0) & (said < 5.5 * RATE)]
    assert len(inside) >= 9
    figures = measure.click_figures(studio.heard, RATE, inside)
    assert figures["click_sd_ms"] < 0.05
    assert figures["drift_ms"] < 0.05
    assert abs(figures["delay_ms"]) < 0.1
    (cue,) = studio.of(CueSounded)
    assert abs(cue.t_us - grid.beats_us[12 - grid.first_beat]) <= 30


def test_an_item_may_begin_in_its_middle():
    made = sine(330, 6.0)
    points = rates((0.0, 0.9), (3.0, 0.8))
    studio = opened({"a": made})
    studio.send(play(item(1, seconds=4.0, rate=points, skip_us=us(0.3)), position=1.5))
    studio.until(2.1)
    wanted = directly(made, points, first=round(1.5 * RATE), skip=round(0.3 * RATE))
    np.testing.assert_array_equal(studio.heard[: 2 * RATE], wanted[: 2 * RATE])


def test_stretched_items_cross_at_equal_power():
    a, b = sine(330, 6.0), sine(220, 6.0)
    studio = opened({"a": a, "b": b})
    slower, faster = rates((0.0, 0.9)), rates((0.0, 1.05))
    studio.send(
        play(
            item(1, "a", seconds=3.0, fade_out=1.0, rate=slower),
            item(2, "b", start=2.0, seconds=3.0, fade_in=1.0, rate=faster),
        )
    )
    studio.until(5.0)
    x = np.pi / 2 * np.arange(RATE)[:, None] / RATE
    first = directly(a, slower)[2 * RATE : 3 * RATE] * np.cos(x)
    second = directly(b, faster)[:RATE] * np.sin(x)
    np.testing.assert_allclose(studio.heard[2 * RATE : 3 * RATE], first + second, atol=1e-6)


def test_the_frames_where_commands_fall_do_not_change_the_samples():
    def render(steps):
        studio = opened({"a": measure.kicks(4.0, RATE)[0], "b": sine(220)})
        studio.send(
            play(
                item(1, "a", seconds=2.0, rate=rates((0.0, 0.9))),
                item(2, "b", start=2.0, seconds=2.0, rate=rates((0.5, 1.0), (1.5, 0.95))),
            )
        )
        for moment in steps:
            studio.until(moment)
        studio.until(4.0)
        return studio.heard

    np.testing.assert_array_equal(render([]), render([0.1234, 1.00003, 2.7, 3.33333]))


def test_what_sounds_live_is_what_is_rendered():
    # Short enough that all of it is read ahead before the first block.
    made = sine(330, 0.29)
    wanted = item(1, seconds=0.3, rate=rates((0.0, 0.9)))
    opener = LiveOpener(RATE, lambda source, rate: MadeStream(made))

    def opened_first(source, first):
        # Blocks that no sound card waits for would be over before the thread has opened it.
        opening = opener(source, first)
        while (stream := opening.poll()) is None:
            pass
        assert stream.wait_ready(PATIENCE_SECONDS)
        return opening

    mixer = Mixer(sample_rate=RATE, opener=opened_first, mark=lambda frame, event: None)
    mixer.play(owner=1, items=(wanted,), at=None, position_us=0, fade_in_us=0)
    blocks = [mixer.render(256)]
    while not blocks[-1].any():
        blocks = [mixer.render(256)]
    blocks += [mixer.render(n) for n in (100, 1_000, 57, 20_000)]
    opener.close()
    studio = opened({"a": made})
    studio.send(play(wanted))
    studio.until(0.4)
    live = np.concatenate(blocks)[: round(0.3 * RATE)]
    np.testing.assert_array_equal(live, studio.heard[: len(live)])


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), 10.0])
def test_an_item_at_a_rate_that_cannot_be_played_gives_way_to_the_next(rate):
    studio = opened({"a": sine(330), "b": sine(220)})
    studio.send(
        play(
            item(1, "a", seconds=2.0, rate=rates((0.0, rate))),
            item(2, "b", start=2.0, seconds=2.0, rate=rates((0.0, 0.9))),
        )
    )
    studio.until(3.0)
    (failed,) = studio.of(TrackFailed)
    assert failed.item == 1
    assert "cannot be played at" in failed.message
    assert [e.item for e in studio.of(TrackStarted)] == [2]
    assert studio.heard[: 2 * RATE].any()


def test_a_source_that_ends_or_breaks_before_its_time_ends_softly():
    for made in (sine(330, 1.0), MadeStream(sine(330), breaks_at=RATE)):
        studio = opened({"a": made})
        studio.send(play(item(1, seconds=4.0, rate=rates((0.0, 0.8)))))
        studio.until(2.0)
        (failed,) = studio.of(TrackFailed)
        assert abs(failed.t_us - us(1.25)) < 20_000
        assert not studio.heard[round(1.26 * RATE) :].any()
        assert np.abs(studio.heard).max() < 0.35
        assert np.abs(np.diff(studio.heard[:, 0], n=2)).max() < 0.02


def test_a_reader_that_falls_behind_is_silent_and_comes_back_in_its_place():
    made = sine(330, 8.0)
    stream = MadeStream(made, starves={120})
    map_ = RateMap(rates((0.0, 0.8)), RATE)
    stretched = StretchedStream(stream, rates=map_, skipped=0, first=0, sample_rate=RATE)
    feed = Feed(Made(stretched), first=0, frames=6 * RATE, sample_rate=RATE)
    assert feed.ready
    heard = np.concatenate([feed.take(256) for _ in range(6 * RATE // 256)])
    assert feed.starved == 1
    silent = np.flatnonzero(np.abs(heard[5_000:]).max(axis=1) == 0) + 5_000
    assert 0.3 * RATE < len(silent) < 0.6 * RATE
    back = silent[-1] + round(0.2 * RATE)
    again = directly(made, rates((0.0, 0.8)))
    assert np.abs(np.diff(heard[:, 0], n=2)).max() < 0.01
    level = np.abs(heard[back : back + RATE]).max() / np.abs(again[back : back + RATE]).max()
    assert level == pytest.approx(1.0, abs=0.02)


class Filling(MadeStream):
    """A stream that another thread reads ahead: so much is there, and more with every look."""

    there = 0.3 * RATE

    @property
    def ready(self):
        self.there += 100
        return self.there >= 0.3 * RATE

    @ready.setter
    def ready(self, value):
        pass

    def read(self, n):
        if n > self.there:
            self.starvations += 1
            return np.zeros((n, 2), dtype=np.float32)
        self.there -= n
        return super().read(n)


@pytest.mark.parametrize("rate", [0.5, 0.9, 1.1, 2.0])
def test_it_is_ready_only_when_its_first_windows_need_no_more_than_is_there(rate):
    made = sine(330, 3.0)
    points = rates((0.0, rate))
    stream = Filling(made)
    map_ = RateMap(points, RATE)
    stretched = StretchedStream(stream, rates=map_, skipped=0, first=0, sample_rate=RATE)
    for _ in range(1_000):
        if stretched.ready:
            break
        stretched.warm()
    heard = stretched.read(1_024)
    assert stream.starvations == 0
    np.testing.assert_array_equal(heard, directly(made, points)[:1_024])
