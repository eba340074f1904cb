"""Music whose sound is not there when its frame comes: it begins late, and little is said of it."""

import numpy as np
import pytest

from mtsession.engine import loading
from mtsession.engine.core import EngineCore
from mtsession.engine.frame_clock import NominalClock
from mtsession.media.composer.catalogue import PIECES
from mtsession.protocol import commands as ask
from mtsession.protocol.sources import FileSource
from mtsession.sound.sources import rehearse
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.events import BeatGridRevised, CueSounded, TrackStarted
from mtsession.timeline.units import SECOND, Micros
from sound.fakes import RATE, MadeStream, constant, item

BLOCK = 256
MOST_A_SECOND = 4


class Desk:
    """A core whose sources open when their time has come, not before."""

    def __init__(self, ready_at):
        self.clock = ManualClock(0)
        self.ready_at = ready_at
        self.events = []
        self.heard = []
        self.core = EngineCore(
            sample_rate=RATE,
            clock=NominalClock(RATE, origin_us=0),
            now_us=self.clock.now_us,
            opener=self._open,
            emit=lambda event: self.events.append((self.clock.now_us(), event)),
            inject=lambda *_: None,
        )
        self.core.handle(ask.OpenSession(offset_us=0, level_db=0.0))

    def _open(self, source, _first):
        desk = self

        class Opening:
            def __init__(self):
                self.stream = MadeStream(constant(0.5, seconds=60.0))

            def poll(self):
                return self.stream if desk.clock.now_us() >= desk.ready_at[source.path] else None

            def close(self):
                self.stream.close()

        return Opening()

    def until(self, seconds):
        while self.core.frame < seconds * RATE:
            self.heard.append(self.core.render(BLOCK))
            self.clock.set(int(self.core.frame * SECOND / RATE))
            self.core.settle()

    def of(self, kind):
        return [(at, event) for at, event in self.events if isinstance(event, kind)]

    def busiest_second(self, grid):
        """Give the most revisions of one grid within any second."""
        at = np.array([at for at, e in self.of(BeatGridRevised) if e.grid.grid == grid])
        return max(int(((at >= first) & (at < first + SECOND)).sum()) for first in at)


def beats(seconds):
    return [0.5 * beat for beat in range(2 * seconds)]


def play(desk, *items, at=1.0):
    desk.core.handle(ask.PlayProgramme(owner=1, items=items, at_us=Micros(round(at * SECOND))))


@pytest.mark.parametrize("held", [False, True])
def test_first_item_late_by_three_seconds_tells_its_beats_now_and_then(held):
    desk = Desk({"a": 4 * SECOND})
    play(desk, item(1, "a", seconds=40.0, beats=beats(40)))
    cue = ask.Cue(cue=7, grid=1, beat=8.0, beats=2.0, sound="click")
    desk.core.handle(ask.ScheduleCues(owner=2, cues=(cue,)))
    desk.until(0.5)
    assert len(desk.of(BeatGridRevised)) == 1
    if held:
        desk.core.handle(ask.PauseMusic())
        desk.until(6.0)
        desk.core.handle(ask.ResumeMusic())
    desk.until(12.0)
    ((_, started),) = desk.of(TrackStarted)
    begun = np.flatnonzero(np.abs(np.concatenate(desk.heard)[:, 0]) > 0)[0]
    assert abs(started.t_us - begun * SECOND / RATE) < 50
    assert abs(started.t_us - (6 if held else 4) * SECOND) < 20_000
    assert desk.busiest_second(1) <= MOST_A_SECOND
    assert len(desk.of(BeatGridRevised)) <= (5 if held else 2 + 3 * MOST_A_SECOND)
    said_at, last = desk.of(BeatGridRevised)[-1]
    assert said_at <= started.t_us + 10_000
    assert abs(last.grid.beats_us[0] - started.t_us) <= 1_000
    ((_, sounded),) = desk.of(CueSounded)
    assert abs(sounded.t_us - last.grid.beats_us[8]) <= 1_000


def test_next_item_late_by_three_seconds_moves_with_all_after_it():
    desk = Desk({"a": 0, "b": 8 * SECOND, "c": 0})
    play(
        desk,
        item(1, "a", seconds=4.0, beats=beats(4)),
        item(2, "b", start=4.0, seconds=6.0, beats=beats(6)),
        item(3, "c", start=10.0, seconds=6.0, beats=beats(6)),
    )
    desk.until(16.0)
    starts = [event.t_us for _, event in desk.of(TrackStarted)]
    assert [round(t / SECOND, 1) for t in starts] == [1.0, 8.0, 14.0]
    for number, started in zip((1, 2, 3), starts, strict=True):
        said = [e.grid for _, e in desk.of(BeatGridRevised) if e.grid.grid == number]
        assert abs(said[-1].beats_us[0] - started) <= 1_000
        assert desk.busiest_second(number) <= MOST_A_SECOND
    assert len(desk.of(BeatGridRevised)) <= 3 + 2 * (1 + 3 * MOST_A_SECOND)


def test_a_source_that_is_asked_for_ends_the_rehearsal_of_the_others(monkeypatch):
    opener = loading.LiveOpener(RATE, lambda *_: MadeStream(constant(0.5, seconds=1.0)))
    steps = []

    def rehearse(sample_rate):
        for step in range(10):
            steps.append((step, sample_rate))
            if step == 3:
                opener(FileSource(path="a"), 0)
            yield "piece"

    monkeypatch.setattr(loading, "rehearse", rehearse)
    monkeypatch.setattr(loading, "_IDLE_SECONDS", 0.0)
    opener.rehearse()
    assert steps == [(step, RATE) for step in range(4)]
    opener.rehearse()
    assert len(steps) == 4
    opener.close()


def test_rehearsal_begins_every_built_in_piece():
    assert set(rehearse(RATE)) == set(PIECES)
