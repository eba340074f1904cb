"""The engine's process without a sound card: it keeps time, ends cleanly, and its loss is told."""

import os
import select
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from engine.processes import PATIENCE_SECONDS, Live
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import EngineReady, Status
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem
from mtsession.timeline.events import (
    BeatGridRevised,
    CueSounded,
    EngineLost,
    EngineStarted,
    MidiReceived,
    QuietCommanded,
    TrackEnded,
    TrackStarted,
)
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import Bpm, Micros


@pytest.fixture
def live():
    with Live(profile="silent") as engine:
        yield engine


def clicks(seconds=60, bpm=120.0):
    duration = Micros(seconds * 1_000_000)
    return ProgrammeItem(
        item=1,
        source=BuiltinSource(
            piece="clicks", tempo=(TempoPoint(t_us=Micros(0), bpm=Bpm(bpm)),), duration_us=duration
        ),
        title="Clicks",
        start_us=Micros(0),
        duration_us=duration,
        grid=1,
    )


def test_without_a_device_it_keeps_time_and_says_how_to_mend_it(live):
    assert live.ready.silent
    assert live.ready.message
    live.open()
    live.client.send(
        ask.PlayProgramme(owner=1, items=(clicks(),), at_us=Micros(500_000), fade_in_us=Micros(0))
    )
    live.client.send(
        ask.ScheduleCues(owner=1, cues=(ask.Cue(cue=1, grid=1, beat=3.0, sound="click"),))
    )
    assert live.event(EngineStarted).silent
    assert abs(live.event(TrackStarted).t_us - 500_000) <= 100
    assert abs(live.event(CueSounded).t_us - 2_000_000) <= 100
    assert live.event(BeatGridRevised).grid.bpm_at(0) == pytest.approx(120.0, abs=0.01)
    status = live.expect(lambda r: isinstance(r, Status))
    assert status.starved == 0


def test_a_broken_sound_system_leaves_a_silent_engine_with_the_mend(monkeypatch, tmp_path):
    empty = tmp_path / "asound.conf"
    empty.write_text("# no device here\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(empty))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    with Live() as engine:
        assert engine.ready.silent
        assert engine.ready.message
        assert engine.ready.hint
        engine.open()
        assert engine.event(EngineStarted).silent


def test_quiet_ends_the_music_and_the_next_programme_plays(live):
    live.open()
    live.client.send(ask.PlayProgramme(owner=1, items=(clicks(),)))
    live.event(TrackStarted)
    live.client.quiet()
    assert live.event(QuietCommanded).fade_us == 0
    assert live.event(TrackEnded).reason == "quiet"
    live.client.send(ask.PlayProgramme(owner=1, items=(clicks(),), fade_in_us=Micros(0)))
    heard = live.expect(lambda r: isinstance(r, Status) and (r.level_dbfs or -99.0) > -20.0)
    assert not heard.quiet


def test_computer_keys_come_back_as_midi(live):
    live.open()
    live.client.send(ask.PlayNote(note=60))
    on = live.event(MidiReceived)
    off = live.event(MidiReceived, lambda event: event.data[0] & 0xF0 == 0x80)
    assert off.t_us - on.t_us == 400_000


def test_a_killed_engine_is_told_at_once_and_restarts_in_the_same_session(live):
    live.open()
    live.event(EngineStarted)
    os.kill(live.client.pid, signal.SIGKILL)
    lost = live.event(EngineLost)
    assert abs(lost.t_us - live.now_us()) < PATIENCE_SECONDS * 1e6
    assert not live.client.alive
    live.client.restart()
    live.expect(lambda r: isinstance(r, EngineReady))
    assert live.event(EngineStarted, lambda event: event.restarted).t_us > lost.t_us
    assert live.client.alive
    assert len(live.lost) == 1


def test_closing_ends_the_process_and_is_no_loss():
    with Live(profile="silent") as engine:
        engine.open()
        process = engine.client._link.process
        engine.client.close()
        assert process.exitcode == 0
        assert not engine.client.alive
        engine.client.send(ask.PlayNote(note=60))
        engine.client.beat()
        assert engine.lost == []


def test_all_who_wait_for_the_end_learn_how_it_was(monkeypatch):
    reap = os.waitpid
    told_nothing = threading.Semaphore(0)

    def waitpid(pid, flag):
        try:
            reaped = reap(pid, flag)
        except ChildProcessError:
            told_nothing.release()
            raise
        if reaped[0]:
            # Who comes first is slow to write down what it learnt.
            for _ in range(4):
                told_nothing.acquire(timeout=PATIENCE_SECONDS)
        return reaped

    with Live(profile="silent") as engine:
        engine.open()
        process = engine.client._link.process
        monkeypatch.setattr(os, "waitpid", waitpid)
        engine.client.close()
        assert process.exitcode == 0


def test_without_a_heartbeat_it_fades_and_ends(live):
    live.open()
    live.client.send(ask.PlayProgramme(owner=1, items=(clicks(),)))
    live.event(TrackStarted)
    last = live.now_us()
    ended = live.event(TrackEnded, beating=False)
    assert ended.reason == "stopped"
    assert 9_000_000 < ended.t_us - last < 11_500_000
    live.event(EngineLost, beating=False)


PARENT = """
import os, sys, time
from mtsession.engine.client import EngineClient
from mtsession.protocol.commands import Beat

def main():
    client = EngineClient(profile="silent")
    client.start(lambda report: None)
    client.beat()
    print(client.pid, flush=True)
    sys.stdin.read()

if __name__ == "__main__":
    main()
"""


def test_an_engine_whose_session_was_killed_ends_by_itself(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    engine = int(parent.stdout.readline())
    ended = os.pidfd_open(engine)
    parent.kill()
    parent.wait(PATIENCE_SECONDS)
    assert select.select([ended], [], [], PATIENCE_SECONDS)[0]
    os.close(ended)


def test_engines_that_are_started_again_at_the_same_time_leave_one(live):
    live.open()
    starts = [threading.Thread(target=live.client.restart) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join(PATIENCE_SECONDS)
    children = [each for each in psutil.Process().children() if "spawn_main" in str(each.cmdline())]
    assert [each.pid for each in children] == [live.client.pid]
    assert live.client.alive
