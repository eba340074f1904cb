"""Outputs that go away, stand still or come back: what the engine says, and what it plays."""

import multiprocessing as mp
import os
import queue
import signal
import threading
import time
import types

import numpy as np
import pytest

from engine.processes import PATIENCE_SECONDS, Live
from mtsession.engine.callback import LastStage
from mtsession.engine.frame_clock import FittedClock
from mtsession.engine.host import Host
from mtsession.engine.lookout import Lookout, Sight
from mtsession.engine.output import CardOutput, Device
from mtsession.engine.outputs import OutputInfo, OutputList
from mtsession.engine.profiles import PROFILES, SoundChoice
from mtsession.engine.ring import Ring
from mtsession.errors import EngineError
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import EngineReady, Happened
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem
from mtsession.protocol.wire import decode_report, encode
from mtsession.sound.limiter import CEILING
from mtsession.sound.voices import VoiceBank
from mtsession.timeline.clock import WallTime
from mtsession.timeline.events import MusicPaused, Noticed, OutputLost, TrackStarted
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import Bpm, Micros
from sound.fakes import CODEC, RATE

HOUR_US = 3_600_000_000


class RefusedError(Exception):
    pass


class Stream:
    """Stands where PortAudio's stream does; the test makes the calls."""

    def __init__(self, *, callback, latency, **_):
        self.call = callback
        self.latency = latency
        self.active = True

    def start(self):
        """Begin with the first call."""

    def abort(self, ignore_errors):
        self.active = False

    close = abort


class Refusing(Stream):
    def start(self):
        raise RefusedError("Invalid sample rate")


def last_stage(ring):
    flag = types.SimpleNamespace(value=0)
    return LastStage(sample_rate=RATE, ring=ring, voices=VoiceBank(RATE), flag=flag)


def card(stream=Stream, *, now_us, ring=None):
    ring = ring or Ring(RATE)
    stage = last_stage(ring)
    library = types.SimpleNamespace(PortAudioError=RefusedError, OutputStream=stream)
    device = Device(0, "Speakers", "Speakers, ALSA", RATE)
    return CardOutput(
        library, device, profile=PROFILES["default"], ring=ring, stage=stage, now_us=now_us
    )


def call(output, seconds_ahead=0.04, frames=256):
    out = np.full((frames, 2), 9.0, dtype=np.float32)
    time = types.SimpleNamespace(outputBufferDacTime=seconds_ahead, currentTime=0.0)
    output._stream.call(out, frames, time, types.SimpleNamespace(output_underflow=False))
    return out


def run_card(output, clock, seconds, *, pace=1.0):
    """Let a card ask for sound at some pace."""
    until = clock.us + seconds * 1e6
    while clock.us < until:
        call(output)
        clock.us += 256 / RATE * 1e6 / pace
        output.settle()


class Now:
    us = 1_000_000.0

    def __call__(self):
        return round(self.us)


def test_a_card_that_stands_still_is_lost_after_two_seconds():
    clock = Now()
    output = card(now_us=clock)
    run_card(output, clock, 2.0)
    clock.us += 1_900_000
    assert output.lost() is None
    clock.us += 200_000
    assert output.lost() == "the device no longer asks for sound"


def test_a_card_that_ended_its_stream_is_lost_at_once():
    clock = Now()
    output = card(now_us=clock)
    run_card(output, clock, 1.0)
    output._stream.active = False
    assert output.lost() == "the device stopped"


@pytest.mark.parametrize(
    ("pace", "lost"), [(44_100 / 48_000, True), (2.0, True), (1.02, False), (1.0, False)]
)
def test_a_card_that_was_set_to_another_rate_is_lost_rather_than_out_of_time(pace, lost):
    clock = Now()
    output = card(now_us=clock)
    run_card(output, clock, 4.0)
    assert output.lost() is None
    run_card(output, clock, 5.0, pace=pace)
    assert output.lost() == ("the device changed its sample rate" if lost else None)


def test_a_card_that_hangs_for_moments_has_not_changed_its_rate():
    clock = Now()
    output = card(now_us=clock)
    for _ in range(8):
        run_card(output, clock, 1.0)
        clock.us += 400_000
        assert output.lost() is None


@pytest.mark.parametrize("uneven", [True, False])
def test_a_machine_out_of_breath_is_no_other_rate(uneven):
    clock = Now()
    output = card(now_us=clock)
    run_card(output, clock, 4.0)
    chance = np.random.default_rng(4)
    for _ in range(60):
        run_card(output, clock, 0.2, pace=chance.uniform(0.8, 1.0) if uneven else 0.89)
        assert output.lost() is None


def test_pace_is_not_known_before_it_was_measured():
    assert FittedClock(RATE).pace is None


def test_a_card_that_was_given_up_gets_silence_when_it_comes_to_itself():
    ring = Ring(RATE)
    ring.write(np.full((4_800, 2), 0.5, dtype=np.float32))
    output = card(now_us=Now(), ring=ring)
    assert call(output).max() == 0.5
    output.let_go()
    assert not call(output).any()
    assert ring.read == 256


def test_a_refused_card_is_told_with_its_mend():
    with pytest.raises(EngineError) as told:
        card(Refusing, now_us=Now())
    assert told.value.message == "The sound output Speakers cannot be opened."
    assert told.value.hint


@pytest.mark.parametrize("burst", [1.0, 50.0, np.nan, np.inf, -np.inf])
def test_no_burst_of_the_renderer_reaches_the_card(burst):
    ring = Ring(RATE)
    samples = np.full((2_560, 2), 0.1, dtype=np.float32)
    samples[700:900] = burst
    ring.write(samples)
    output = card(now_us=Now(), ring=ring)
    heard = np.concatenate([call(output) for _ in range(10)])
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= CEILING
    assert heard[:512].max() == pytest.approx(0.1)


def test_levels_are_those_since_they_were_last_taken():
    ring = Ring(RATE)
    ring.write(np.tile(np.array([[0.5, 0.0], [-0.8, 0.0]], dtype=np.float32), (256, 1)))
    stage = last_stage(ring)
    out = np.zeros((256, 2), dtype=np.float32)
    stage.fill(out)
    stage.take_levels()
    stage.fill(out)
    peak, rms = stage.take_levels()
    assert peak == pytest.approx(0.8)
    assert rms == pytest.approx(np.sqrt((0.5**2 + 0.8**2) / 4))
    assert stage.take_levels() == (0.0, 0.0)
    for _ in range(2):
        stage.take_levels()
        stage.fill(out)
    assert stage.take_levels() == (0.0, 0.0)


def outputs(*names):
    return OutputList(
        outputs=tuple(
            OutputInfo(index=k, name=name, system="ALSA", rate=RATE, default=k == 0)
            for k, name in enumerate(names)
        )
    )


def test_what_comes_and_goes_is_told_once_each():
    looks = iter([outputs("Speakers")] * 2 + [outputs()] + [outputs("Speakers", "Headphones")] * 3)
    seen = queue.SimpleQueue()
    done = threading.Event()

    def look():
        try:
            return next(looks)
        except StopIteration:
            done.set()
            return outputs("Speakers", "Headphones")

    lookout = Lookout("Headphones, ALSA", seen.put, look, every_seconds=0.0)
    assert done.wait(PATIENCE_SECONDS)
    lookout.close()
    told = [seen.get_nowait() for _ in range(seen.qsize())]
    assert told == [Sight(False, "Speakers"), Sight(False, None), Sight(True, "Speakers")]


class JumpingWall:
    """A time of day that the test sets forward, as a sleep does."""

    slept_us = 0

    def read(self):
        now_us = time.perf_counter_ns() // 1000 + self.slept_us
        return WallTime(unix_us=now_us, utc_offset_s=0, zone="UTC")


def clicks(seconds=60):
    duration = Micros(seconds * 1_000_000)
    return ProgrammeItem(
        item=1,
        source=BuiltinSource(
            piece="clicks",
            tempo=(TempoPoint(t_us=Micros(0), bpm=Bpm(120.0)),),
            duration_us=duration,
        ),
        title="Clicks",
        start_us=Micros(0),
        duration_us=duration,
        grid=1,
    )


def test_after_a_sleep_the_music_is_held_and_the_engine_makes_room_for_another():
    ours, theirs = mp.Pipe()
    wall = JumpingWall()
    host = Host(
        theirs,
        types.SimpleNamespace(value=0),
        choice=SoundChoice(profile="silent"),
        restarted=True,
        broken=False,
        wall=wall,
    )
    thread = threading.Thread(target=host.run)
    thread.start()

    def expect(wanted):
        while ours.poll(PATIENCE_SECONDS):
            ours.send_bytes(encode(ask.Beat()))
            report = decode_report(ours.recv_bytes())
            if isinstance(report, Happened):
                event = CODEC.decode(report.event)
                if isinstance(event, wanted):
                    return event
        raise AssertionError(f"no {wanted.__name__}")

    ours.send_bytes(encode(ask.OpenSession(offset_us=0, level_db=0.0)))
    ours.send_bytes(encode(ask.PlayProgramme(owner=1, items=(clicks(),), fade_in_us=Micros(0))))
    expect(TrackStarted)
    wall.slept_us = HOUR_US
    lost = expect(OutputLost)
    assert lost.why == "the computer was asleep"
    assert lost.held
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert host.slept


# With real PortAudio


def test_a_pulled_output_holds_the_music_and_its_return_is_told(own_rig):
    with Live() as live:
        assert (live.ready.output, live.ready.silent) == ("default", False)
        live.open()
        live.client.send(ask.PlayProgramme(owner=1, items=(clicks(),), fade_in_us=Micros(0)))
        live.event(TrackStarted)
        pulled_us = live.now_us()
        own_rig.pull()
        lost = live.event(OutputLost)
        assert lost.held
        assert lost.t_us - pulled_us < 2_000_000
        held = live.event(MusicPaused)
        assert abs(held.t_us - lost.t_us) < 300_000
        other = live.event(Noticed)
        assert other.message == "The sound output default was lost; system is there."
        own_rig.plug()
        told = live.event(Noticed, lambda event: event != other)
        assert told.message == "The sound output default is there."
        assert told.hint
        # It plays on when it is asked to, and on the output that is there then.
        live.client.restart()
        live.reports.clear()
        again = live.expect(lambda r: isinstance(r, EngineReady))
        assert (again.output, again.silent) == ("default", False)


@pytest.mark.soak
def test_an_output_that_stands_still_is_lost_within_two_seconds_and_stays_silent(rig, capture):
    with Live() as live:
        live.open()
        live.client.send(ask.PlayProgramme(owner=1, items=(clicks(),), fade_in_us=Micros(0)))
        live.event(TrackStarted)
        live.pass_time(0.5)
        os.kill(rig.sound_server, signal.SIGSTOP)
        stopped_us = live.now_us()
        try:
            lost = live.event(OutputLost)
        finally:
            os.kill(rig.sound_server, signal.SIGCONT)
        assert lost.why == "the device no longer asks for sound"
        assert 900_000 < lost.t_us - stopped_us < 2_000_000
        with capture() as heard:
            live.pass_time(2.0)
    # What the server still held when it stood still is heard; nothing after it.
    assert np.abs(heard.samples[RATE // 2 :]).max() == 0.0


def test_a_chosen_output_that_is_not_there_is_told_and_the_default_plays(rig):
    with Live(output="Headphones, ALSA") as live:
        assert (live.ready.output, live.ready.silent) == ("default", False)
        assert "Headphones" in live.ready.message
        assert live.ready.hint == "default is used in its place."


def test_the_output_that_was_chosen_is_the_one_that_plays(rig):
    with Live(output="system, JACK Audio Connection Kit") as live:
        assert (live.ready.output, live.ready.silent) == ("system", False)
        live.client.choose(output="default, ALSA", profile="soak")
        live.client.restart()
        again = live.expect(lambda r: isinstance(r, EngineReady))
        assert (again.output, again.silent) == ("default", False)
        assert again.latency_us > live.ready.latency_us
