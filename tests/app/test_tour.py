"""A whole session offline, looked at from every side: the record tells what was live."""

import msgspec
import numpy as np
import pytest

from mtsession.activities.breathing.events import BreathPaced
from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config
from mtsession.app.demo import DUET_BPM, DUET_KEY, DUET_US, Attendant
from mtsession.app.drive import run_offline
from mtsession.app.plans import find_plan, load_plan
from mtsession.app.registry import METHODS, event_codec
from mtsession.app.replay import replay
from mtsession.engine.offline import OfflineEngine
from mtsession.midi.duet import duet
from mtsession.protocol.metrics import PlayedSoFar
from mtsession.protocol.views import ImprovisationView
from mtsession.report.page import as_text
from mtsession.session.summary import summarise
from mtsession.timeline import events as ev
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.units import SECOND

EVERY_US = 10 * SECOND


class Tour:
    """The demo, run once, with everything that came out of it."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.stored = []
        clock = ManualClock()
        hands = Attendant()
        engine = OfflineEngine(clock, sink=lambda block: self.blocks.append(block.copy()))
        choices = Choices(
            plan=load_plan(find_plan("demo")), client="K-17", config=Config(), level_db=-12.0
        )
        self.desk = offline_desk(
            choices, engine=engine, clock=clock, on_event=hands.see,
            sink=lambda seq, event: self.stored.append((seq, event)),
        )  # fmt: skip
        self.shown = {}

        def each():
            if self.desk.clock.now_us() % EVERY_US == 0:
                panels = self.desk.view().panels
                self.shown[self.desk.clock.now_us()] = {p.activity: p.view for p in panels}
            return hands.act(self.desk)

        run_offline(self.desk, clock, engine, each=each)
        self.summary = self.desk.summary()
        self.events = tuple(self.desk.events)
        self.sound = np.concatenate(self.blocks)

    def of(self, kind):
        return [event for event in self.events if type(event) is kind]


@pytest.fixture(scope="module")
def tour() -> Tour:
    return Tour()


def test_the_plan_ran_to_its_end_on_time(tour):
    assert [event.t_us / SECOND for event in tour.of(ev.SegmentStarted)] == [0, 45, 105, 165]
    assert tour.of(ev.SessionEnded)[0].t_us == 180 * SECOND
    assert tour.summary.ended == "planned"


def test_a_replay_of_it_shows_what_every_method_showed(tour):
    again = {}
    for moment in replay(tour.events, METHODS, every_us=EVERY_US):
        again.setdefault(moment.t_us, {})[moment.activity] = unplayed(moment.view)
    end_us = tour.of(ev.SessionEnded)[0].t_us
    assert len(tour.shown) >= 17
    for t_us, views in tour.shown.items():
        if t_us < end_us:
            assert again[t_us] == {n: unplayed(view) for n, view in views.items()}, t_us


def unplayed(view):
    """Leave out the figures that take several looks of the screen."""
    if isinstance(view, ImprovisationView):
        return msgspec.structs.replace(view, played=PlayedSoFar())
    return view


def test_the_record_alone_gives_the_same_summary(tour):
    codec = event_codec()
    assert [seq for seq, _ in tour.stored] == list(range(1, len(tour.stored) + 1))
    replayed = [codec.decode(stored) for _, stored in tour.stored]
    assert [codec.encode(event) for event in replayed] == [stored for _, stored in tour.stored]
    assert list(map(type, replayed)) == list(map(type, tour.events))
    again = summarise(tour.summary.session, replayed, METHODS)
    assert msgspec.json.encode(again) == msgspec.json.encode(tour.summary)


def test_every_note_of_both_players_is_in_the_record(tour):
    parts = duet(seed=7, duration_us=DUET_US, bpm=DUET_BPM, key=DUET_KEY)
    sent = sorted(bytes(message.data) for part in parts for message in part)
    assert sorted(event.data for event in tour.of(ev.MidiReceived)) == sent
    notes = sum(data[0] & 0xF0 == 0x90 and data[2] > 0 for data in sent)
    (section,) = [part for part in tour.summary.sections if part.method == "improvisation"]
    counted = [figure.value for figure in section.figures if figure.key.endswith("notes")]
    assert sum(value for value in counted if value is not None) == notes


def test_every_breath_cue_sounded_on_the_beat_of_the_music(tour):
    grids = {}
    for event in tour.events:
        if isinstance(event, ev.BeatGridRevised):
            grids[event.grid.grid] = event.grid
        if isinstance(event, ev.CueSounded):
            assert abs(event.t_us - grids[event.grid].time_of(event.beat)) <= 21
    breaths = tour.of(BreathPaced)
    assert len(breaths) >= 10
    assert all(breath.on_the_beat for breath in breaths[1:-1])


def test_the_sound_starts_softly_never_clips_and_never_jumps(tour):
    level = np.abs(tour.sound).max(axis=1)
    assert 0.01 < level.max() <= 10 ** (-1 / 20)
    assert level[: 48_000 * 3 // 2].max() == 0
    half_seconds = level[: len(level) // 24_000 * 24_000].reshape(-1, 24_000).max(axis=1)
    assert half_seconds[3] < half_seconds[20:60].max()
    assert np.abs(np.diff(tour.sound, axis=0)).max() < 0.1


def test_the_page_names_what_was_done_and_what_was_not_captured(tour):
    page = as_text(tour.summary)
    for words in (
        "DRAFT. K-17", "listen 0.75/0.75", "Music: Harbour 72 to 70; Lantern 66",
        "Guide (not the client's breathing): 11.7/min", "Client: ", "Not captured: ", "voice",
        "Tension 0-10 (client): 6 before, 4 after", "joined in", "Ended as planned.",
    ):  # fmt: skip
        assert words in page
