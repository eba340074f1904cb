"""Things that come at a bad time: in a fade, in a hold, before what was asked for has begun."""

import numpy as np
import pytest

from mtsession.errors import MediaError
from mtsession.protocol import commands as ask
from mtsession.sound.envelope import Envelope
from mtsession.sound.mixer import Mixer
from mtsession.timeline.events import (
    CommandApplied,
    MusicPaused,
    MusicResumed,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)
from sound.fakes import RATE, START, Made, MadeStream, constant, item, opened, play, sine, us


def started(studio):
    return {event.item: event.t_us / 1e6 for event in studio.of(TrackStarted)}


def holds(studio):
    return [
        (type(event).__name__, event.t_us / 1e6)
        for event in studio.events
        if isinstance(event, MusicPaused | MusicResumed)
    ]


def step(studio, first=0.1):
    return float(np.abs(np.diff(studio.heard[round(first * RATE) :, 0])).max())


def bend(studio, first=0.1):
    return float(np.abs(np.diff(studio.heard[round(first * RATE) :, 0], 2)).max())


def hold(fade=0.5):
    return ask.PauseMusic(fade_us=us(fade))


def go_on(fade=0.5):
    return ask.ResumeMusic(fade_us=us(fade))


def skip(fade=4.0, asked=5):
    return ask.SkipItem(owner=1, fade_us=us(fade), asked=asked)


def test_a_track_that_ends_early_in_its_crossfade_brings_nothing_forward():
    studio = opened({"a": constant(0.2, 17.0), "b": constant(0.1, 60.0), "c": constant(0.1, 30.0)})
    studio.send(
        play(
            item(1, "a", seconds=20, fade_out=6),
            item(2, "b", start=14, seconds=40, fade_in=6, fade_out=6),
            item(3, "c", start=48, seconds=20, fade_in=6),
        )
    )
    studio.until(60)
    assert [event.item for event in studio.of(TrackFailed)] == [1]
    assert started(studio) == {1: 0.0, 2: 14.0, 3: 48.0}


def test_a_track_that_cannot_begin_in_a_crossfade_is_replaced_there():
    studio = opened(
        {"a": constant(0.2, 60.0), "b": MediaError("Gone.", ""), "c": constant(0.1, 60.0)}
    )
    studio.send(
        play(
            item(1, "a", seconds=20, fade_out=6),
            item(2, "b", start=14, seconds=40, fade_in=6, fade_out=6),
            item(3, "c", start=48, seconds=20, fade_in=6),
        )
    )
    studio.until(25)
    assert [event.item for event in studio.of(TrackFailed)] == [2]
    assert started(studio) == {1: 0.0, 3: 14.0}


def test_a_track_that_ends_early_leaves_the_silence_after_it_as_planned():
    studio = opened({"a": constant(0.2, 18.0), "b": constant(0.1, 30.0)})
    studio.send(play(item(1, "a", seconds=20), item(2, "b", start=40, seconds=10)))
    studio.until(45)
    assert started(studio) == {1: 0.0, 2: 40.0}


def test_a_skip_that_waits_for_its_beat_is_not_lost_to_what_is_planned_anew():
    beats = [0.5 + 0.8 * place for place in range(70)]
    studio = opened({"a": constant(0.2, 80.0), "b": constant(0.1, 60.0)})
    items = (
        item(1, "a", seconds=60, fade_out=4, beats=beats),
        item(2, "b", start=56, seconds=30, fade_in=4, beats=[0.3 + 0.8 * k for k in range(30)]),
    )
    studio.send(play(*items))
    studio.until(10.1)
    studio.send(skip())
    studio.until(10.2)
    assert 2 not in started(studio)
    studio.send(ask.ReviseProgramme(owner=1, items=items))
    studio.until(20)
    assert started(studio)[2] < 12.5
    assert np.abs(studio.heard[round(15.5 * RATE) :, 0]).min() > 0.05


def test_what_is_planned_after_the_last_was_skipped_comes_at_once():
    studio = opened({"a": constant(0.2, 80.0), "b": constant(0.1, 60.0)})
    first = item(1, "a", seconds=60)
    studio.send(play(first))
    studio.until(10)
    studio.send(skip())
    studio.until(11)
    studio.send(ask.ReviseProgramme(owner=1, items=(first, item(2, "b", start=60, seconds=30))))
    studio.until(20)
    assert started(studio)[2] == pytest.approx(11, abs=0.1)


def test_music_that_goes_on_before_it_stands_never_stood():
    studio = opened({"a": constant(0.2, 30.0)})
    studio.send(play(item(1, "a", seconds=30)))
    studio.until(2.0)
    studio.send(hold())
    studio.until(2.1)
    studio.send(go_on())
    studio.until(5)
    assert holds(studio) == []
    assert studio.heard[-1, 0] == pytest.approx(0.2)


@pytest.mark.parametrize("way", ["stopped first", "played over"])
def test_held_music_that_is_gone_is_held_no_longer(way):
    studio = opened({"a": constant(0.2, 30.0), "b": constant(0.1, 30.0)})
    studio.send(play(item(1, "a", seconds=30)))
    studio.until(5.0)
    studio.send(hold())
    studio.until(8.0)
    if way == "stopped first":
        studio.send(ask.StopProgramme(owner=1, fade_us=us(0)), go_on(0.0))
    studio.send(play(item(2, "b", seconds=20), at=9.0))
    studio.until(12)
    told = [name for name, _ in holds(studio)]
    assert told == ["MusicPaused", "MusicResumed"]
    assert started(studio)[2] == 9.0


def test_other_music_that_comes_as_a_hold_begins_makes_no_step():
    studio = opened({"a": constant(0.3, 30.0), "b": constant(0.1, 30.0)})
    studio.send(play(item(1, "a", seconds=30)))
    studio.until(2.0)
    studio.send(hold(), play(item(2, "b", seconds=20), at=2.3, fade=1.0))
    studio.until(6)
    assert step(studio) < 1e-3
    assert np.all(np.diff(np.abs(studio.heard[round(2.0 * RATE) : round(2.3 * RATE), 0])) <= 1e-6)


def test_music_that_fades_already_is_not_cut_by_what_comes_as_a_hold_begins():
    studio = opened({"a": constant(0.3, 30.0), "b": constant(0.2, 30.0), "c": constant(0.1, 30.0)})
    studio.send(play(item(1, "a", seconds=30)))
    studio.until(2.0)
    studio.send(play(item(2, "b", seconds=20), at=2.0, fade=1.0))
    studio.until(2.4)
    studio.send(hold(1.0), play(item(3, "c", seconds=20), at=2.6, fade=1.0))
    studio.until(6)
    assert step(studio) < 1e-3


def test_a_hold_does_not_cut_music_that_fades_as_other_music_waits():
    studio = opened({"a": constant(0.3, 30.0), "b": constant(0.1, 30.0)})
    studio.send(play(item(1, "a", seconds=30)))
    studio.until(2.0)
    studio.send(ask.StopProgramme(owner=1, fade_us=us(4.0)))
    studio.until(3.0)
    studio.send(play(item(2, "b", seconds=20), at=4.5, fade=1.0), hold())
    studio.until(8)
    assert step(studio) < 1e-3
    assert np.all(studio.heard[round(5 * RATE) :] == 0)
    studio.send(go_on())
    studio.until(12)
    assert step(studio) < 1e-3
    assert 2 in started(studio)


def test_a_fault_that_no_decoder_is_known_to_have_ends_only_its_track():
    class Odd(MadeStream):
        def read(self, n, *, wait=None):
            if self.at > 2 * RATE:
                raise OSError("the drive is gone")
            return super().read(n)

    studio = opened({"a": Odd(constant(0.2, 10.0)), "b": constant(0.1, 10.0)})
    studio.send(play(item(1, "a", seconds=10), item(2, "b", start=10, seconds=5)))
    studio.until(8)
    (failed,) = studio.of(TrackFailed)
    assert failed.message == "The music cannot be played further (OSError)."
    assert started(studio)[2] < 2.5


class Slow:
    """A mixer whose sources may be late; what it said, and what was heard."""

    def __init__(self, streams):
        self.marks, self.blocks = [], []
        self.mixer = Mixer(
            sample_rate=RATE,
            opener=lambda source, first: streams[source.path],
            mark=lambda frame, event: self.marks.append((frame, event)),
        )

    def until(self, seconds):
        while self.mixer.frame < seconds * RATE:
            self.blocks.append(self.mixer.render(256))

    def started(self):
        return {e.item: frame / RATE for frame, e in self.marks if isinstance(e, TrackStarted)}


def test_a_skip_of_held_music_cuts_nothing_where_the_next_is_late():
    late = Made(MadeStream(sine(330, 30.0)), after=1_100)
    slow = Slow({"a": Made(MadeStream(sine(220, 30.0))), "b": late})
    items = (item(1, "a", seconds=30), item(2, "b", start=30, seconds=10))
    slow.mixer.play(owner=1, items=items, at=0, position_us=0, fade_in_us=0)
    slow.until(2.0)
    slow.mixer.pause(us(0.5))
    slow.until(3.0)
    slow.mixer.skip(1, us(4.0))
    slow.until(4.0)
    slow.mixer.resume(us(0.5))
    slow.until(12)
    assert slow.started()[2] > 5
    heard = np.concatenate(slow.blocks)[RATE // 10 :, 0]
    assert np.abs(np.diff(heard, 2)).max() < 1e-3


def test_a_skip_leaves_music_alone_that_fades_already():
    studio = opened({name: constant(0.1, 40.0) for name in "abcd"})
    studio.send(play(item(1, "a", seconds=30), item(2, "b", start=30, seconds=10)))
    studio.until(9.0)
    more = (item(11, "c", seconds=30), item(12, "d", start=30, seconds=10))
    studio.send(play(*more, at=10.0, fade=6.0))
    studio.until(11.0)
    studio.send(skip())
    studio.until(20)
    assert 2 not in started(studio)
    assert [event.asked for event in studio.of(CommandApplied)] == [5]


def test_a_skip_in_a_crossfade_does_not_wait_for_its_end():
    studio = opened({name: constant(0.1, 60.0) for name in "abc"})
    studio.send(
        play(
            item(1, "a", seconds=30, fade_out=8),
            item(2, "b", start=22, seconds=30, fade_in=8),
            item(3, "c", start=52, seconds=30),
        )
    )
    studio.until(23.0)
    studio.send(skip())
    studio.until(30)
    assert started(studio)[3] == pytest.approx(23.0, abs=0.1)


def test_a_skip_in_a_planned_silence_ends_it():
    studio = opened({"a": constant(0.2, 10.0), "b": constant(0.1, 30.0)})
    studio.send(play(item(1, "a", seconds=10), item(2, "b", start=60, seconds=20)))
    studio.until(20.0)
    studio.send(skip())
    studio.until(30)
    assert started(studio)[2] == pytest.approx(20.0, abs=0.1)
    assert step(studio, 12.0) < 1e-3
    assert [event.asked for event in studio.of(CommandApplied)] == [5]


def test_of_two_that_wait_the_one_asked_for_later_stays():
    streams = {
        "a": Made(MadeStream(constant(0.2)), after=400),
        "b": Made(MadeStream(constant(0.1))),
    }
    slow = Slow(streams)
    for at, name, number in ((0.0, "a", 1), (0.6, "b", 2)):
        slow.until(at)
        asked = (item(number, name, seconds=15),)
        slow.mixer.play(owner=1, items=asked, at=round(at * RATE), position_us=0, fade_in_us=0)
    slow.until(8)
    assert list(slow.started()) == [2]
    assert not any(isinstance(event, TrackEnded) for _, event in slow.marks)


def test_plans_made_anew_again_and_again_leave_nothing_behind():
    envelope = Envelope(frames=48_000 * 60, fade_out=48_000)
    for turn in range(300):
        at = 1_600 * turn
        envelope = envelope.replanned(at, frames=48_000 * 60 + turn, fade_out=48_000, span=24_000)
    depth, each = 0, envelope
    while each is not None:
        depth, each = depth + 1, each.before
    assert depth <= 18


def test_fades_of_a_programme_stand_with_the_music():
    studio = opened({"a": constant(0.2, 90.0), "b": constant(0.2, 90.0)})
    studio.send(play(item(1, "a", seconds=90)))
    studio.until(9.0)
    studio.send(play(item(2, "b", seconds=60), at=10.0, fade=6.0))
    studio.until(11.0)
    studio.send(hold(0.1))
    studio.until(30.0)
    studio.send(go_on(0.1))
    studio.until(40)
    (ended,) = [event for event in studio.of(TrackEnded) if event.item == 1]
    assert ended.t_us / 1e6 == pytest.approx(16.0 + 18.9, abs=0.01)
    assert step(studio) < 1e-3


def test_a_fade_to_quiet_lasts_as_long_as_was_asked_though_the_session_waits():
    studio = opened({"a": constant(0.2, 90.0)})
    studio.send(play(item(1, "a", seconds=60)))
    studio.until(5.0)
    studio.send(ask.GoQuiet(fade_us=us(8.0)), hold())
    studio.until(20)
    heard = studio.heard[:, 0]
    assert heard[round(9.0 * RATE)] == pytest.approx(0.1, rel=0.02)
    assert np.all(heard[round(13.1 * RATE) :] == 0)
    assert holds(studio) == []


class Stuck(MadeStream):
    """Gives sound for two seconds, then none, and is never ready again."""

    def read(self, n, *, wait=None):
        if self.at < 2 * RATE:
            return super().read(n)
        self.ready = False
        self.starvations += 1
        return np.zeros((n, 2), dtype=np.float32)


@pytest.mark.parametrize(
    ("bad", "told", "by_s"),
    [
        (Made(MadeStream(constant(0.2)), after=1 << 40), "does not open", 11),
        (Made(Stuck(constant(0.2))), "gives no more sound", 8),
    ],
)
def test_music_whose_drive_never_answers_is_replaced_and_said(bad, told, by_s):
    slow = Slow({"a": bad, "b": Made(MadeStream(constant(0.1, 30.0)))})
    items = (item(1, "a", seconds=15), item(2, "b", start=15, seconds=10))
    slow.mixer.play(owner=1, items=items, at=0, position_us=0, fade_in_us=0)
    slow.until(by_s + 2)
    (failed,) = [event for _, event in slow.marks if isinstance(event, TrackFailed)]
    assert told in failed.message
    assert slow.started()[2] <= by_s
    assert np.concatenate(slow.blocks)[-1, 0] == pytest.approx(0.1)


def test_a_session_that_begins_over_fading_music_makes_no_jump_and_hears_nothing_of_it():
    studio = opened({"a": constant(0.3, 30.0)}, level_db=-20.0)
    studio.send(play(item(1, "a", seconds=30, beats=range(30))))
    studio.until(3.0)
    studio.send(ask.SetDuck(owner=1, on=True))
    studio.until(4.0)
    studio.send(ask.CloseSession(fade_us=us(1.0)))
    studio.until(4.2)
    before = len(studio.events)
    studio.send(ask.OpenSession(offset_us=START + us(4.2), level_db=0.0))
    studio.until(8)
    assert {type(e).__name__ for e in studio.events[before:]} <= {"EngineStarted"}
    assert np.abs(studio.heard[round(4.1 * RATE) :, 0]).max() < 0.05
    assert np.all(studio.heard[round(4.3 * RATE) :] == 0)


@pytest.mark.parametrize("gain_db", [float("nan"), float("inf"), float("-inf")])
def test_a_level_that_is_no_number_is_said(gain_db):
    studio = opened({"a": constant(0.3), "b": constant(0.1)})
    bad = item(1, "a", gain_db=gain_db)
    studio.send(play(bad, item(2, "b", start=4, seconds=5)))
    studio.until(2)
    assert [event.item for event in studio.of(TrackFailed)] == [1]
    assert studio.heard[-1, 0] == pytest.approx(0.1)


def test_numbers_that_are_none_end_no_engine():
    studio = opened({"a": constant(0.1, 20.0)})
    studio.send(play(item(1, "a", seconds=20, beats=[0.0, 0.00001, 0.5, 1.0, 1.5])))
    nan = float("nan")
    cues = [ask.Cue(cue=1, grid=1, beat=nan, sound="click"),
            ask.Cue(cue=2, grid=1, beat=1.0, beats=nan, sound="click"),
            ask.Cue(cue=3, grid=1, beat=1.0, gain_db=7_000.0, sound="click")]  # fmt: skip
    pulses = [ask.StartPulse(owner=2, grid=9, bpm=bpm, at_us=us(0)) for bpm in (1e-300, 1e300, nan)]
    studio.send(ask.ScheduleCues(owner=2, cues=tuple(cues)), *pulses)
    studio.until(3)
    assert np.isfinite(studio.heard).all()
    assert np.abs(studio.heard).max() <= 1.0
