"""An audition against the engine that renders: what is said to be heard is what sounds."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mtsession.app.audition import FADE_US, Audition, audition_item, gain_db
from mtsession.engine.offline import OfflineEngine
from mtsession.music.recording import Analysis, Recording
from mtsession.protocol import commands as cmd
from mtsession.protocol import reports as rep
from mtsession.timeline import events as ev
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.event import EventCodec
from mtsession.timeline.units import SECOND, Micros, micros

FILE_RATE = 44_100
PER_SECOND = 0.01
"""The made file rises by this much in each of its seconds, so that a sample tells its place."""


def recording(path: Path, seconds: float = 20.0) -> Recording:
    return Recording(
        content="ab" * 32, path=str(path), title="Rise", analysis=Analysis(duration_s=seconds)
    )


@pytest.fixture
def rising(tmp_path: Path) -> Recording:
    path = tmp_path / "rise.wav"
    seconds = np.arange(20 * FILE_RATE) / FILE_RATE
    soundfile.write(path, (seconds * PER_SECOND).astype(np.float32), FILE_RATE, subtype="FLOAT")
    return recording(path)


class Room:
    """An engine that renders, and the audition on it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.blocks: list[np.ndarray] = []
        self.engine = OfflineEngine(self.clock, sink=lambda block: self.blocks.append(block.copy()))
        self.audition = Audition(
            self.engine, level_db=0.0, ceiling_db=0.0, now_us=self.clock.now_us
        )
        self.engine.start(self.audition.report)
        self.opened = False

    def wait(self, seconds: float) -> None:
        """Let time pass as the screen does: in small steps, each looked at."""
        until = self.clock.now_us() + micros(seconds)
        while self.clock.now_us() < until:
            offset = self.audition._opened_us or 0
            step = min(until, self.clock.now_us() + 50_000)
            self.engine.advance_to(Micros(step - offset))
            self.audition.pump()

    @property
    def sounding_s(self) -> float:
        """Give the place in the file that the newest sample comes from."""
        return float(self.blocks[-1][-1, 0]) / PER_SECOND

    @property
    def loudest(self) -> float:
        return float(np.abs(self.blocks[-1]).max())


@pytest.fixture
def room() -> Room:
    return Room()


def test_it_fades_in_and_knows_what_is_audible_to_the_millisecond(room, rising):
    room.wait(0.3)
    room.audition.play(rising, from_s=6.0)
    assert room.audition.view().state == "starting"
    assert room.audition.view().position_s == 6.0
    room.wait(0.2)
    assert room.loudest < 0.3 * 0.062
    room.wait(2.5)
    view = room.audition.view()
    assert view.state == "playing"
    assert view.content == rising.content
    assert view.position_s == pytest.approx(room.sounding_s, abs=2e-3)
    assert room.audition.heard_before(0.5) == pytest.approx(view.position_s - 0.5, abs=1e-3)


def test_space_again_fades_out_and_it_goes_on_from_there(room, rising):
    room.audition.play(rising, from_s=3.0)
    room.wait(3.0)
    room.audition.stop()
    assert room.audition.view().state == "fading"
    room.wait(1.0)
    assert room.loudest > 0
    room.wait(1.2)
    view = room.audition.view()
    assert (view.state, room.loudest) == ("still", 0.0)
    assert view.position_s == pytest.approx(8.0, abs=0.1)
    room.audition.play(rising, from_s=view.position_s)
    room.wait(3.0)
    assert room.audition.view().position_s == pytest.approx(room.sounding_s, abs=2e-3)


def test_a_held_arrow_key_opens_only_the_place_it_rests_at(room, rising):
    asked = []
    send = room.engine.send
    room.engine.send = lambda command: (asked.append(command), send(command))
    room.audition.play(rising, from_s=0.0)
    room.wait(2.5)
    for place in (5.0, 7.0, 9.0, 11.0):
        room.audition.seek(place)
        room.wait(0.05)
        assert room.audition.view().position_s == place
        assert room.audition.heard_before(0.0) is None
    room.wait(1.0)
    played = [command for command in asked if isinstance(command, cmd.PlayProgramme)]
    assert [one.items[0].skip_us for one in played] == [0, 11 * SECOND]
    assert room.audition.view().position_s == pytest.approx(room.sounding_s, abs=2e-3)


def test_it_ends_with_the_recording_and_begins_anew(room, rising):
    room.audition.play(rising, from_s=18.0)
    room.wait(1.0)
    assert room.audition.heard_before(0.0) == pytest.approx(19.0, abs=0.05)
    room.wait(2.0)
    view = room.audition.view()
    assert (view.state, view.position_s, view.message) == ("still", 0.0, "")


def test_quiet_is_quiet_even_while_a_place_is_being_sought(room, rising):
    room.audition.play(rising, from_s=2.0)
    room.wait(2.5)
    room.audition.seek(9.0)
    room.audition.hush()
    room.engine.quiet()
    room.wait(1.0)
    assert room.loudest == 0.0
    assert room.audition.view().state == "still"


def test_stop_before_the_first_sound_stays_silent(room, rising):
    room.audition.play(rising, from_s=2.0)
    room.audition.stop()
    room.wait(3.0)
    assert room.audition.view().state == "still"
    assert room.loudest == 0.0


def test_a_file_that_cannot_be_played_says_so(room, tmp_path):
    room.audition.play(recording(tmp_path / "gone.wav"), from_s=0.0)
    room.wait(0.5)
    view = room.audition.view()
    assert view.state == "still"
    assert "gone.wav" in view.message or "file" in view.message.lower()


class LostEngine:
    """Remembers what it was asked; its process is gone until it is started again."""

    def __init__(self) -> None:
        self.sent: list[cmd.Command] = []
        self.restarts = 0

    def send(self, command: cmd.Command) -> None:
        self.sent.append(command)

    def restart(self) -> None:
        self.restarts += 1


def test_a_lost_engine_is_started_again_at_the_next_wish_only(rising):
    engine = LostEngine()
    audition = Audition(
        engine, level_db=-12.0, ceiling_db=-3.0, now_us=lambda: 5, restart=engine.restart
    )
    audition.play(rising, from_s=0.0)
    lost = ev.EngineLost(t_us=Micros(1), why="the sound engine ended")
    audition.report(rep.Happened(event=EventCodec(ev.CORE_EVENTS).encode(lost)))
    audition.pump()
    assert audition.view().state == "still"
    assert "broke off" in audition.view().message
    assert engine.restarts == 0
    audition.play(rising, from_s=0.0)
    assert engine.restarts == 1
    assert audition.view().message == ""


def test_closing_lets_go_of_the_engine_and_an_unused_one_is_left_alone(rising):
    engine = LostEngine()
    unused = Audition(engine, level_db=-12.0, ceiling_db=-3.0)
    unused.close()
    assert engine.sent == []
    unused.play(rising, from_s=0.0)
    unused.close()
    assert isinstance(engine.sent[-1], cmd.CloseSession)
    opening = engine.sent[0]
    assert isinstance(opening, cmd.OpenSession)
    assert opening.level_db == -12.0


@pytest.mark.parametrize(
    ("lufs", "peak", "gain"),
    [(-13.0, -0.5, -10.0), (-30.0, -12.0, 7.0), (-30.0, -5.0, 4.0), (-60.0, -40.0, 12.0),
     (None, None, 0.0)],
)  # fmt: skip
def test_recordings_are_heard_alike_in_loudness(lufs, peak, gain):
    analysis = Analysis(duration_s=3.0, lufs=lufs, true_peak_db=peak)
    one = Recording(content="00" * 32, path="/a.wav", title="A", analysis=analysis)
    assert gain_db(one) == gain
    item = audition_item(one, number=3, from_s=1.0)
    assert (item.gain_db, item.grid, item.skip_us) == (gain, 3, SECOND)


def test_the_fade_is_two_seconds():
    assert FADE_US == 2 * SECOND
