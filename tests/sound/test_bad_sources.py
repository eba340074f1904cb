"""Real files of every shape, whole and not, played at other tempi than their own."""

import numpy as np
import pytest
import soundfile

from mtsession.engine.offline import OfflineEngine
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import Happened
from mtsession.protocol.sources import FileSource, ProgrammeItem, RatePoint
from mtsession.sound.limiter import CEILING
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.events import TrackEnded, TrackFailed, TrackStarted
from sound.fakes import CODEC, RATE, us

SLOWER = (RatePoint(t_us=us(0.0), rate=0.9), RatePoint(t_us=us(2.0), rate=0.9))


class Player:
    """The engine that renders files, on files of this test's own."""

    def __init__(self):
        self.blocks, self.reports = [], []
        self.engine = OfflineEngine(ManualClock(), sink=lambda b: self.blocks.append(b.copy()))
        self.engine.start(self.reports.append)
        self.engine.send(ask.OpenSession(offset_us=0, level_db=0.0))

    def play(self, *paths, seconds=2.0):
        items = tuple(
            ProgrammeItem(
                item=number,
                source=FileSource(path=str(path)),
                title="a",
                start_us=us(seconds * number),
                duration_us=us(seconds),
                rate=SLOWER,
            )
            for number, path in enumerate(paths)
        )
        self.engine.send(ask.PlayProgramme(owner=1, items=items, at_us=us(0.0), fade_in_us=us(0.0)))

    def until(self, seconds):
        self.engine.advance_to(us(seconds))
        self.engine.close()
        return np.concatenate(self.blocks)

    def of(self, kind):
        events = [CODEC.decode(r.event) for r in self.reports if isinstance(r, Happened)]
        return [event for event in events if isinstance(event, kind)]


def write(path, *, rate=RATE, channels=2, seconds=4.0):
    t = np.arange(round(seconds * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * 440 * t)
    soundfile.write(path, np.repeat(tone[:, None], channels, axis=1), rate)
    return path


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_files_of_every_rate_keep_their_pitch(tmp_path, rate, channels):
    player = Player()
    player.play(write(tmp_path / "a.wav", rate=rate, channels=channels))
    heard = player.until(2.5)
    part = heard[RATE // 2 : RATE // 2 + RATE, 1]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    assert np.fft.rfftfreq(len(part), 1 / RATE)[power.argmax()] == pytest.approx(440, abs=1)
    assert np.abs(part).max() == pytest.approx(0.3, abs=0.02)
    assert not heard[round(2.1 * RATE) :].any()
    assert player.of(TrackFailed) == []


def test_a_file_that_was_cut_off_is_said_and_gives_way(tmp_path):
    whole = write(tmp_path / "b.wav")
    cut = write(tmp_path / "a.wav")
    cut.write_bytes(cut.read_bytes()[: 44 + 4 * RATE])
    player = Player()
    player.play(cut, whole, seconds=3.0)
    heard = player.until(5.0)
    (failed,) = player.of(TrackFailed)
    assert failed.item == 0
    assert failed.message
    assert [e.item for e in player.of(TrackStarted)] == [0, 1]
    assert us(1.0) < failed.t_us < us(1.3)
    assert np.abs(np.diff(heard[:, 0], n=2)).max() < 0.02
    assert heard[4 * RATE :].any()


def test_a_file_that_shrinks_while_it_is_played_ends_in_silence_and_words(tmp_path):
    path = write(tmp_path / "a.wav", seconds=60.0)
    player = Player()
    player.play(path, seconds=50.0)
    player.engine.advance_to(us(1.0))
    with path.open("r+b") as file:
        file.truncate(44 + 4 * 8 * RATE)
    heard = player.until(20.0)
    assert [e.item for e in player.of(TrackFailed)] == [0]
    assert [e.reason for e in player.of(TrackEnded)] == ["failed"]
    assert np.abs(heard).max() <= 0.35
    assert not heard[-RATE:].any()


def test_noise_that_calls_itself_a_recording_is_never_heard(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(np.random.default_rng(1).bytes(200_000))
    empty = tmp_path / "b.wav"
    empty.write_bytes(b"")
    player = Player()
    player.play(path, empty, tmp_path / "gone.ogg")
    heard = player.until(3.0)
    assert [e.item for e in player.of(TrackFailed)] == [0, 1, 2]
    assert all(e.message and e.hint for e in player.of(TrackFailed))
    assert player.of(TrackStarted) == []
    assert not heard.any()


def test_a_full_scale_burst_stays_under_the_ceiling(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.random.default_rng(2).choice([-1.0, 1.0], (4 * RATE, 2)), RATE)
    player = Player()
    player.play(path)
    heard = player.until(2.5)
    assert heard.any()
    assert np.abs(heard).max() <= CEILING
