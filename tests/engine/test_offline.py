import subprocess
import sys

import numpy as np
import pytest

from mtsession.engine.offline import OfflineEngine
from mtsession.engine.port import Engine
from mtsession.errors import EngineError
from mtsession.protocol import commands as ask
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.events import EngineStarted, MidiReceived, Noticed, PortOpened, TrackEnded
from mtsession.timeline.units import Micros
from sound.fakes import RATE, Studio, constant, item

START = 7_000_003


def test_a_script_arrives_like_a_performance_and_sounds_where_wanted():
    studio = Studio({})
    studio.send(ask.OpenSession(offset_us=START, level_db=0.0), ask.SetVoice(on=True))
    notes = ((0, (0x90, 60, 90)), (500_000, (0x80, 60, 0)), (600_000, (0x90, 64, 90)))
    studio.send(
        ask.PlayScript(
            port_name="Demo keyboard",
            at_us=Micros(1_000_000),
            messages=tuple(
                ask.ScriptedMessage(t_us=Micros(t), data=bytes(data)) for t, data in notes
            ),
        )
    )
    studio.until(3.0)
    assert [event.name for event in studio.of(PortOpened)] == ["Demo keyboard"]
    assert [e.t_us for e in studio.of(MidiReceived)] == [1_000_000, 1_500_000, 1_600_000]
    first = np.flatnonzero(studio.heard[:, 0])[0]
    assert RATE <= first <= RATE + 512


def test_a_key_of_the_computer_plays_a_whole_note():
    studio = Studio({})
    studio.send(ask.OpenSession(offset_us=START, level_db=0.0))
    studio.until(1.0)
    studio.send(ask.PlayNote(note=64))
    studio.until(2.0)
    received = studio.of(MidiReceived)
    assert [(e.t_us, e.data[0] & 0xF0) for e in received] == [(1_000_000, 0x90), (1_400_000, 0x80)]
    assert not studio.heard.any()


def test_after_quiet_notes_are_taken_in_but_not_heard_until_the_voice_is_asked_for():
    studio = Studio({})
    studio.send(ask.OpenSession(offset_us=START, level_db=0.0), ask.SetVoice(on=True))
    studio.send(ask.PlayNote(note=64, length_us=Micros(5_000_000)))
    studio.until(1.0)
    studio.engine.quiet()
    studio.until(2.0)
    studio.send(ask.PlayNote(note=65))
    studio.until(3.0)
    assert not studio.heard[round(1.05 * RATE) :].any()
    studio.send(ask.SetVoice(on=True), ask.PlayNote(note=66))
    studio.until(3.5)
    assert studio.heard[3 * RATE :].any()
    assert len([e for e in studio.of(MidiReceived) if e.data[0] & 0xF0 == 0x90]) == 3


def test_a_closed_session_fades_and_says_no_more():
    studio = Studio({"a": constant(0.5)})
    studio.send(ask.OpenSession(offset_us=START, level_db=0.0))
    studio.send(ask.PlayProgramme(owner=1, items=(item(1, seconds=20),), at_us=Micros(0)))
    studio.until(8.0)
    studio.send(ask.CloseSession())
    studio.until(10.0)
    assert [e.t_us for e in studio.of(TrackEnded)] == [9_000_000]
    said = len(studio.reports)
    studio.send(ask.SetLevel(level_db=-3.0))
    studio.until(11.0)
    assert len(studio.reports) == said


def test_a_session_opens_once_more():
    studio = Studio({"a": constant(0.5)})
    for offset in (START, START + 5_000_000):
        studio.clock.set(max(offset, studio.clock.now_us()))
        studio.send(ask.OpenSession(offset_us=offset, level_db=0.0))
        studio.send(ask.PlayProgramme(owner=1, items=(item(1, seconds=1),), at_us=Micros(500_000)))
        studio.until(2.0)
        studio.send(ask.CloseSession())
        studio.until(5.0)
    assert len(studio.of(EngineStarted)) == 2


def test_a_rendered_cue_lies_on_its_frame_and_is_not_rounded():
    blocks = []
    engine: Engine = OfflineEngine(ManualClock(), sink=blocks.append)
    engine.start(lambda report: None)
    engine.send(ask.OpenSession(offset_us=0, level_db=0.0))
    engine.send(ask.StartPulse(owner=1, grid=1, bpm=60.0, at_us=Micros(0)))
    cue = ask.Cue(cue=1, grid=1, beat=1.0, sound="click")
    engine.send(ask.ScheduleCues(owner=1, cues=(cue,)))
    engine.advance_to(Micros(2_000_000))
    heard = np.concatenate(blocks)
    assert np.flatnonzero(heard[:, 0]).tolist() == [RATE]
    np.testing.assert_array_equal(heard[RATE], np.float32([0.8, -0.6]))


def test_an_engine_that_was_not_started_says_so():
    engine = OfflineEngine(ManualClock())
    assert not engine.alive
    with pytest.raises(EngineError):
        engine.advance_to(Micros(1))


def test_the_sessions_process_loads_no_sound_library():
    program = (
        "import sys, mtsession.engine.client, mtsession.engine.port\n"
        "print([m for m in ('sounddevice', 'rtmidi', 'numpy', 'soundfile') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_soundfont_that_is_not_there_is_told_and_notes_sound_all_the_same():
    studio = Studio({})
    studio.send(ask.OpenSession(offset_us=START, level_db=0.0))
    studio.send(ask.SetVoice(on=True, voice="soundfont", soundfont="/no/such.sf2"))
    assert ["soundfont" in event.message for event in studio.of(Noticed)] == [True]
    studio.send(ask.PlayNote(note=66))
    studio.until(0.5)
    assert np.abs(studio.heard).max() > 0.01


def test_the_ceiling_holds_for_notes():
    studio = Studio({})
    studio.send(ask.OpenSession(offset_us=START, level_db=-30.0, ceiling_db=-30.0))
    studio.send(ask.SetVoice(on=True, voice="drum"))
    studio.send(*(ask.PlayNote(note=note, velocity=127) for note in range(40, 80)))
    studio.until(0.5)
    assert 0.001 < np.abs(studio.heard).max() <= 10 ** (-30 / 20) * 1.001
