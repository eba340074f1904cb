"""What the sound card really plays: every figure here is read from captured samples."""

import itertools
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from engine.processes import PATIENCE_SECONDS, Live
from mtsession.engine.offline import OfflineEngine
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import EngineReady, Status
from mtsession.protocol.sources import BuiltinSource, FileSource, ProgrammeItem
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.events import CueSounded, EngineLost, TrackStarted
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import SECOND, Bpm, Micros
from sound.fakes import RATE

pytestmark = pytest.mark.rig
soundfile = pytest.importorskip("soundfile")


def us(seconds):
    return Micros(round(seconds * SECOND))


@pytest.fixture
def written(tmp_path):
    def write(name, samples, rate=RATE):
        path = tmp_path / name
        soundfile.write(path, np.asarray(samples, dtype=np.float32), rate, subtype="FLOAT")
        return FileSource(path=str(path))

    return write


def sine(seconds, hz=220.0, level=0.4):
    wave = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave], axis=1)


def item(number, source, *, start=0.0, seconds, fade_in=0.0, fade_out=0.0, beats=None):
    return ProgrammeItem(
        item=number,
        source=source,
        title=f"piece {number}",
        start_us=us(start),
        duration_us=us(seconds),
        fade_in_us=us(fade_in),
        fade_out_us=us(fade_out),
        grid=None if beats is None else number,
        beats_us=() if beats is None else tuple(us(b) for b in beats),
    )


def play(*items, at=None, fade=0.0, owner=1):
    return ask.PlayProgramme(
        owner=owner, items=items, at_us=None if at is None else us(at), fade_in_us=us(fade)
    )


def rendered(commands, seconds):
    blocks = []
    engine = OfflineEngine(ManualClock(), sink=lambda block: blocks.append(block.copy()))
    engine.start(lambda report: None)
    engine.send(ask.OpenSession(offset_us=0, level_db=0.0))
    for command in commands:
        engine.send(command)
    engine.advance_to(us(seconds))
    return np.concatenate(blocks)


def lag_between(heard, made):
    """Give the frame of `heard` at which `made` begins, by correlation."""
    size = 1 << int(np.ceil(np.log2(len(heard) + len(made))))
    spectrum = np.fft.rfft(heard[:, 0], size) * np.conj(np.fft.rfft(made[:, 0], size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[: len(heard)]))


def decibels(samples):
    return 20 * np.log10(max(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))), 1e-12))


def worst_residual(heard, made, window=RATE // 10):
    """Give the loudest 100 ms of what differs, against the programme's own loudness."""
    lag = lag_between(heard, made)
    rest = heard[lag : lag + len(made)] - made[: len(heard) - lag]
    whole = len(rest) // window * window
    windows = rest[:whole].reshape(-1, window, 2)
    return max(decibels(part) for part in windows) - decibels(made)


@pytest.mark.soak
def test_live_sound_is_the_rendered_sound_sample_for_sample(capture, written, shared_data):
    recordings = sorted((shared_data / "audio").glob("*.*"))
    files = [path for path in recordings if path.suffix in {".wav", ".flac", ".ogg", ".mp3"}][:2]
    assert len(files) == 2
    piece = BuiltinSource(
        piece="harbour",
        tempo=(TempoPoint(t_us=Micros(0), bpm=Bpm(72.0)), TempoPoint(t_us=us(20), bpm=Bpm(60.0))),
        duration_us=us(6),
    )
    programme = play(
        item(1, FileSource(path=str(files[0])), seconds=6, fade_out=2),
        item(2, piece, start=4, seconds=6, fade_in=2, fade_out=2, beats=range(6)),
        item(3, FileSource(path=str(files[1])), start=8, seconds=6, fade_in=2),
        at=1.5,
        fade=1.0,
    )
    cues = tuple(
        ask.Cue(cue=n, grid=2, beat=1.0 + 2 * n, sound=sound, beats=2.0)
        for n, sound in enumerate(("inhale", "exhale"))
    )
    commands = (programme, ask.ScheduleCues(owner=2, cues=cues))
    with Live(profile="soak") as live, capture() as heard:
        live.open()
        for command in commands:
            live.client.send(command)
        live.pass_time(16.0)
    made = rendered(commands, 15.5)
    assert len(heard.samples) > 15 * RATE
    assert worst_residual(heard.samples, made[RATE:]) < -60.0


def test_quiet_is_heard_in_time_and_without_a_click(capture, written):
    music = written("music.wav", sine(30))
    with Live() as live, capture() as heard:
        live.open()
        live.client.send(play(item(1, music, seconds=30)))
        live.event(TrackStarted)
        live.pass_time(1.0)
        asked_second = time.perf_counter()
        live.client.quiet()
        live.pass_time(1.0)
        live.client.send(play(item(2, music, seconds=30)))
        live.event(TrackStarted, lambda event: event.item == 2)
        live.pass_time(0.5)
    samples = heard.samples
    allowed = live.ready.latency_us / 1e6 + 0.080
    silent_from = heard.frame_at(asked_second + allowed)
    after = samples[silent_from : silent_from + RATE // 2]
    assert 20 * np.log10(max(np.abs(after).max(), 1e-9)) < -60.0
    around = samples[heard.frame_at(asked_second) - RATE // 4 : silent_from + RATE // 2, 0]
    steepest = np.abs(np.diff(sine(1)[:, 0])).max()
    assert np.abs(np.diff(around)).max() < steepest * 1.2
    assert decibels(samples[-RATE // 2 :]) > -20.0


@pytest.mark.soak
def test_cues_fall_on_the_very_samples_of_their_beats(capture, written):
    beats = [0.5 + 0.61 * k for k in range(12)]
    frames = [round(b * RATE) for b in beats]
    samples = np.zeros((9 * RATE, 2))
    samples[frames, 0] = 0.2
    music = written("clicks.wav", samples)
    cues = tuple(
        ask.Cue(cue=k, grid=1, beat=float(k), sound="click", gain_db=-6.0) for k in range(2, 12, 3)
    )
    with Live(profile="soak") as live, capture() as heard:
        live.open()
        live.client.send(play(item(1, music, seconds=9, beats=beats), at=1.0))
        live.client.send(ask.ScheduleCues(owner=2, cues=cues))
        sounded = [
            live.event(CueSounded, lambda event, cue=cue: event.cue == cue.cue) for cue in cues
        ]
        live.pass_time(0.5)
    music_at = np.flatnonzero(np.abs(heard.samples[:, 0]) > 0.1)
    cue_at = np.flatnonzero(np.abs(heard.samples[:, 1]) > 0.1)
    assert len(cue_at) == len(cues)
    assert cue_at.tolist() == music_at[[2, 5, 8, 11]].tolist()
    assert np.diff(music_at).tolist() == np.diff(frames).tolist()
    said = np.array([(live.offset_us + event.t_us) / 1e6 for event in sounded])
    truly = np.array([heard.second_of(int(frame)) for frame in cue_at])
    assert np.abs(said - truly).max() < 0.010


@pytest.mark.soak
def test_no_gap_in_twenty_seconds_with_a_busy_session(capture, written):
    made = sine(21, hz=331.0)
    music = written("long.wav", made)
    with Live(profile="soak") as live, capture() as heard:
        live.open()
        live.client.send(play(item(1, music, seconds=21)))
        live.event(TrackStarted)
        before = live.expect(lambda report: isinstance(report, Status))
        while live.now_us() < us(21):
            sum(k * k for k in range(1_000_000))
            live.client.beat()
        live.pass_time(0.0)
        after = [report for report in live.reports if isinstance(report, Status)][-1]
    assert (after.underruns, after.starved) == (before.underruns, 0)
    samples = heard.samples[:, 0]
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    played = samples[loud[0] : loud[0] + 20 * RATE].astype(np.float64)
    # A sine obeys x[n+1] = 2 cos(w) x[n] - x[n-1]; any gap, repeat or step breaks that.
    bend = 2 * np.cos(2 * np.pi * 331.0 / RATE)
    broken = np.abs(played[2:] - bend * played[1:-1] + played[:-2])
    assert broken.max() < 1e-5


def test_a_killed_engine_is_heard_again_after_its_restart(capture, written):
    music = written("music.wav", sine(30))
    with Live(profile="soak") as live, capture() as heard:
        live.open()
        live.client.send(play(item(1, music, seconds=30)))
        live.event(TrackStarted)
        live.pass_time(0.5)
        os.kill(live.client.pid, signal.SIGKILL)
        live.event(EngineLost)
        live.client.restart()
        live.reports.clear()
        live.expect(lambda report: isinstance(report, EngineReady))
        again = ask.PlayProgramme(
            owner=1, items=play(item(1, music, seconds=30)).items, position_us=us(5)
        )
        live.client.send(again)
        live.event(TrackStarted)
        live.pass_time(2.0)
    samples = heard.samples
    assert decibels(samples[-RATE // 2 :]) > -25.0
    entrance = samples[-2 * RATE :, 0]
    assert np.abs(np.diff(entrance)).max() < np.abs(np.diff(sine(1)[:, 0])).max() * 1.2


PARENT = """
import sys
from mtsession.engine.client import EngineClient
from mtsession.protocol.commands import OpenSession, PlayProgramme
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.timeline.clock import RealClock

def main():
    client = EngineClient(profile="soak")
    client.start(lambda report: None)
    source = FileSource(path=sys.argv[1])
    item = ProgrammeItem(item=1, source=source, title="x", start_us=0, duration_us=30_000_000)
    client.send(OpenSession(offset_us=RealClock().now_us(), level_db=0.0))
    client.send(PlayProgramme(owner=1, items=(item,), fade_in_us=0))
    print(client.pid, flush=True)
    sys.stdin.read()

if __name__ == "__main__":
    main()
"""


def test_music_fades_over_five_seconds_when_its_session_is_killed(capture, written, tmp_path):
    music = written("music.wav", sine(30))
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with capture() as heard:
        parent = subprocess.Popen(
            [sys.executable, str(script), music.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        parent.stdout.readline()
        for _ in range(80):
            heard.wait_seconds(0.25)
            if decibels(heard.samples[-RATE // 8 :]) > -14.0:
                break
        heard.wait_seconds(0.5)
        killed_at = heard.frames
        parent.kill()
        parent.wait(PATIENCE_SECONDS)
        heard.wait_seconds(6.5)
    samples = heard.samples
    loudness = [decibels(samples[killed_at + k * RATE // 2 :][: RATE // 2]) for k in range(12)]
    assert loudness[0] > -14.0
    assert all(a > b for a, b in itertools.pairwise(loudness[1:10]))
    assert loudness[4] > -25.0
    assert loudness[-1] < -100.0
    steepest = np.abs(np.diff(sine(1)[:, 0])).max()
    assert np.abs(np.diff(samples[killed_at:, 0])).max() < steepest * 1.2
