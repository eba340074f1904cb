"""A session whose sound goes and comes: what the journal says, and what is heard again."""

import msgspec
import numpy as np
import pytest
from scipy.signal import correlate

from mtsession.app.compose import Choices, live_desk, make_engine
from mtsession.app.config import Config, Remembered
from mtsession.app.drive import Unattended, Waker
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.app.sound_watch import MOST_LOSSES, SoundWatch
from mtsession.protocol import commands as cmd
from mtsession.protocol.reports import EngineReady
from mtsession.session import intents as it
from mtsession.timeline import events as ev
from mtsession.timeline.clock import ManualClock, ManualWall, SessionClock
from mtsession.timeline.units import MINUTE, SECOND, Micros
from rig_support import Capture, find_rig

RATE = 48_000
PLAN = """
version = 1
title = "One recording"
when = "In tests."

[[segment]]
title = "Music"
minutes = 5

[[segment.activity]]
method = "listening"
track = [{ file = "noise.wav" }]
fade_in_s = 0.0
"""


class StillEngine:
    """An engine whose every word the test says."""

    alive = True

    def __init__(self):
        self.sent = []
        self.starts = 0

    def start(self, on_report):
        self.on_report = on_report
        self.starts += 1
        self.ready(silent=False)

    def restart(self):
        self.starts += 1

    def ready(self, *, silent):
        self.on_report(
            EngineReady(output="Speakers", silent=silent, sample_rate=RATE, latency_us=Micros(0))
        )

    def send(self, command):
        self.sent.append(command)

    def asked(self, kind):
        return [command for command in self.sent if isinstance(command, kind)]

    def quiet(self):
        """Nothing sounds."""

    def beat(self):
        """Nobody listens for it."""

    def close(self):
        """Nothing to end."""


class Wall(ManualWall):
    """A time of day that also passes while the counter stands still."""

    slept_us = 0

    def read(self):
        told = super().read()
        return msgspec.structs.replace(told, unix_us=told.unix_us + self.slept_us)


@pytest.fixture
def noise(tmp_path):
    """Write a minute of noise, of which every moment can be told from every other."""
    soundfile = pytest.importorskip("soundfile")
    samples = np.random.default_rng(1).normal(0.0, 0.05, (60 * RATE, 1)).astype(np.float32)
    soundfile.write(tmp_path / "noise.wav", samples, RATE, subtype="FLOAT")
    (tmp_path / "plan.toml").write_text(PLAN)
    return samples[:, 0]


def make_desk(tmp_path, engine, **more):
    choices = Choices(plan=load_plan(tmp_path / "plan.toml"), config=Config(), level_db=-3.0)
    return live_desk(choices, data=tmp_path / "data", engine=engine, **more)


@pytest.fixture
def desk(tmp_path, noise):
    """Give a session that has begun and plays, on clocks that the test moves."""
    desk = make_desk(tmp_path, StillEngine())
    desk.hand = ManualClock(1)
    desk.wall = Wall(desk.hand)
    desk.clock = SessionClock(desk.hand, desk.wall)
    desk.open()
    desk.pump()
    desk.begin()
    desk.hand.advance(10 * SECOND)
    desk.pump()
    yield desk
    desk.close()


def lose(desk, *, held=True):
    desk.notice(
        ev.OutputLost(t_us=desk.clock.now_us(), output="Speakers", why="it went", held=held)
    )
    desk.ready = msgspec.structs.replace(desk.ready, silent=True)


def started(desk, *, silent=False, message=""):
    """Let another engine come up, as the desk hears of it."""
    desk.engine.ready(silent=silent)
    desk.pump()
    engine = ev.EngineStarted(
        t_us=desk.clock.now_us(), output="Headphones", silent=silent, sample_rate=RATE,
        latency_us=Micros(0), restarted=True, message=message, hint="",
    )  # fmt: skip
    desk._take_in_event(engine)


def test_music_waits_when_its_output_is_lost_and_goes_on_with_the_sound(desk):
    lose(desk)
    assert desk.runner.state.course == "paused"
    assert desk.runner.state.waits_for_sound
    assert desk.view().sound_waits
    assert desk.engine.asked(cmd.PauseMusic)
    desk.let_go_of_sound()
    desk.restart_engine()
    started(desk)
    assert desk.runner.state.course == "running"
    assert not desk.runner.state.waits_for_sound
    assert len(desk.engine.asked(cmd.PlayProgramme)) == 2


def test_without_sound_it_goes_on_waiting(desk):
    lose(desk)
    desk.let_go_of_sound()
    started(desk, silent=True)
    assert desk.runner.state.course == "paused"
    started(desk)
    assert desk.runner.state.course == "paused"
    desk.let_go_of_sound()
    started(desk)
    assert desk.runner.state.course == "running"


def test_a_pause_by_hand_outlives_the_loss_of_the_output(desk):
    desk.do(it.Pause())
    lose(desk)
    assert not desk.runner.state.waits_for_sound
    desk.let_go_of_sound()
    started(desk)
    assert desk.runner.state.course == "paused"


def test_a_session_without_music_goes_on_when_the_output_is_lost(desk):
    lose(desk, held=False)
    assert desk.runner.state.course == "running"


def test_space_goes_on_without_sound(desk):
    lose(desk)
    desk.do(it.Resume())
    assert desk.runner.state.course == "running"
    assert not desk.view().sound_waits


def test_another_output_than_the_chosen_one_is_said_in_the_session(desk):
    started(desk, message="The chosen sound output Headphones is not there.")
    said = [event.message for event in desk.events if isinstance(event, ev.Noticed)]
    assert "The chosen sound output Headphones is not there." in said


def test_sleep_is_no_part_of_a_stretch_and_the_music_waits_after_it(desk):
    before = desk.clock.now_us()
    segment = desk.runner.state.segment
    desk.wall.slept_us = 60 * MINUTE
    desk.hand.advance(SECOND)
    desk.pump()
    state = desk.runner.state
    assert state.course == "paused"
    assert state.waits_for_sound
    (lost,) = [event for event in desk.events if isinstance(event, ev.OutputLost)]
    assert before <= lost.t_us <= before + SECOND
    anchors = [event.why for event in desk.events if isinstance(event, ev.ClockAnchored)]
    assert anchors == ["start", "wake"]
    assert desk.clock.now_us() >= before + 60 * MINUTE
    assert state.segment_elapsed(desk.clock.now_us()) <= 12 * SECOND
    desk.do(it.Resume())
    desk.hand.advance(SECOND)
    desk.pump()
    assert state.segment == segment
    assert state.segment_elapsed(desk.clock.now_us()) <= 13 * SECOND


def test_where_nobody_sits_the_sound_is_tried_again_every_ten_seconds(desk):
    unattended = Unattended(desk)
    lose(desk)
    starts = desk.engine.starts
    unattended.look()
    assert desk.engine.starts == starts + 1
    started(desk, silent=True)
    desk.hand.advance(9 * SECOND)
    unattended.look()
    assert desk.engine.starts == starts + 1
    desk.hand.advance(2 * SECOND)
    unattended.look()
    assert desk.engine.starts == starts + 2
    started(desk)
    assert desk.runner.state.course == "running"


def test_where_nobody_sits_a_session_goes_on_after_sleep(desk):
    lose(desk)
    desk.ready = msgspec.structs.replace(desk.ready, silent=False)
    Unattended(desk).look()
    assert desk.runner.state.course == "running"


def test_an_engine_that_keeps_breaking_off_stays_off():
    watch = SoundWatch()
    assert all(watch.lost(Micros(k * SECOND)) for k in range(MOST_LOSSES))
    assert not watch.lost(Micros(9 * SECOND))
    assert watch.lost(Micros(3 * MINUTE))


def until(desk, waker, holds, seconds=20):
    limit = desk.clock.now_us() + seconds * SECOND
    while not holds():
        assert desk.clock.now_us() < limit, desk.events[-6:]
        waker.wait(0.05)
        desk.pump()


def place_of(heard, noise):
    """Give the frame of the noise at which what was heard begins."""
    found = correlate(noise, heard, mode="valid", method="fft")
    place = int(np.argmax(found))
    assert found[place] > 8 * np.sqrt(np.mean(found**2))
    return place


def test_the_music_is_heard_again_from_where_it_broke_off_rising_from_silence(
    own_rig, tmp_path, noise
):
    folders, waker = places(tmp_path), Waker()
    engine = make_engine(folders, Config(), Remembered(profile="default"))
    desk = make_desk(tmp_path, engine, wake=waker.wake)
    try:
        desk.open()
        until(desk, waker, lambda: desk.ready is not None)
        with Capture(find_rig(), tail_seconds=0.0) as before:
            desk.begin()
            until(desk, waker, lambda: desk.runner.state.tracks)
            limit = desk.clock.now_us() + 2 * SECOND
            until(desk, waker, lambda: desk.clock.now_us() > limit)
            own_rig.pull()
        until(desk, waker, lambda: desk.runner.state.waits_for_sound)
        own_rig.plug()
        until(desk, waker, lambda: "default is there." in desk.ready.message)
        with Capture(find_rig()) as after:
            desk.let_go_of_sound()
            desk.restart_engine()
            until(desk, waker, lambda: desk.runner.state.tracks)
            limit = desk.clock.now_us() + 3 * SECOND
            until(desk, waker, lambda: desk.clock.now_us() > limit)
        assert desk.runner.state.course == "running"
    finally:
        desk.close()
    first, again = before.samples[:, 0], after.samples[:, 0]
    broke_off = np.flatnonzero(np.abs(first) > 1e-4)[-1] + 1
    stopped = place_of(first[broke_off - RATE // 2 : broke_off], noise) + RATE // 2
    begins = np.flatnonzero(np.abs(again) > 1e-6)[0]
    went_on = place_of(again[begins + RATE : begins + 3 * RATE // 2], noise) - RATE
    assert 0 <= (went_on - stopped) / RATE < 0.4
    level = [np.sqrt(np.mean(again[begins + k * 4_800 :][:4_800] ** 2)) for k in range(20)]
    full = np.sqrt(np.mean(first[broke_off - RATE : broke_off] ** 2))
    assert level[0] < 0.1 * full
    assert np.abs(again).max() < 1.1 * np.abs(first).max()
