"""What was asked for by hand stands: no plan, no pause and no silence undoes it by itself."""

import msgspec
import pytest

from activities.listening_room import Room
from activities.test_listening import SETTLE
from activities.test_listening_room import tap
from mtsession.activities.listening.events import ListeningFailed, MusicTurned
from mtsession.activities.listening.method import METHOD
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.music.arc import ArcPiece
from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.plan import ActivityPlan, Plan, SegmentPlan
from mtsession.session.runner import SessionRunner
from mtsession.timeline import events as ev
from mtsession.timeline.units import MINUTE, SECOND, Micros

STEADY = ListeningSettings(pieces=("harbour",), arc=(ArcPiece(hold=66, minutes=1),))
QUIET_END = ListeningSettings(
    pieces=("harbour",),
    arc=(ArcPiece(hold=66, minutes=2), ArcPiece(silence=True, minutes=1)),
    repeat=True,
)


class Stretches(Room):
    """A session of two stretches of a minute, each with listening of its own."""

    def __init__(self, first=STEADY, second=STEADY):
        super().__init__(first, planned_us=Micros(MINUTE))
        segment = self.runner.plan.segments[0]
        then = SegmentPlan(
            title="More",
            planned_us=Micros(MINUTE),
            activities=(ActivityPlan(method="listening", settings=second),),
        )
        plan = Plan(name="t", title="T", when="Now.", segments=(segment, then))
        self.runner = SessionRunner(methods={"listening": METHOD}, plan=plan, level_db=-20.0)
        self.events, self.commands = [], []
        opening = ev.SessionStarted(
            t_us=Micros(0), app_version="0", platform="", plan_title="T", plan={}
        )
        self.take(self.runner.start((opening,)))


@pytest.mark.parametrize(
    ("key", "then"), [("silence", "silence"), ("live", "live"), ("outside", "outside"),
                      ("hold", "silence")]
)  # fmt: skip
def test_the_next_stretch_brings_no_music_into_what_was_asked_for_by_hand(key, then):
    room = Stretches()
    room.run(30)
    room.act(key)
    room.run(45)
    assert list(room.runner.running) == [2]
    turned = [event for event in room.events if isinstance(event, MusicTurned)][-1]
    assert (turned.activity, turned.to) == (2, then)
    about = cmd.PlayProgramme | cmd.StopProgramme
    last = [each for _, each in room.commands if isinstance(each, about)][-1]
    assert last == cmd.StopProgramme(owner=2, fade_us=last.fade_us)
    assert room.runner.running[2].activity.view(room.now).source == then


LIVE = msgspec.structs.replace(STEADY, source="live", title="Guitar")


@pytest.mark.parametrize(("first", "second"), [(STEADY, STEADY), (STEADY, LIVE), (LIVE, LIVE)])
def test_tapped_beats_run_on_into_the_next_stretch(first, second):
    room = Stretches(first, second)
    room.run(30)
    if first is STEADY:
        room.act("live")
    tap(room, [40 + 0.75 * beat for beat in range(6)])
    room.run(75 - room.now / SECOND)
    assert list(room.runner.running) == [2]
    about = cmd.StartPulse | cmd.StopPulse
    *_, before, stopped, after = [each for _, each in room.commands if isinstance(each, about)]
    assert room.runner.running[2].activity.view(room.now).source == "live"
    assert stopped == cmd.StopPulse(grid=before.grid)
    assert (after.owner, after.bpm) == (2, before.bpm)
    assert after.grid != before.grid
    beats = (after.at_us - before.at_us) * before.bpm / MINUTE
    assert beats == pytest.approx(round(beats), abs=1e-5)
    # The next tap agrees with them, and nothing jumps.
    tap(room, [40 + 0.75 * beat for beat in range(48, 54)])
    last = [each for _, each in room.commands if isinstance(each, cmd.StartPulse)][-1]
    assert last.grid == after.grid
    assert last.bpm == pytest.approx(80, abs=0.05)


def test_living_music_that_was_planned_gives_way_to_what_is_planned_next():
    room = Stretches(LIVE, STEADY)
    tap(room, [40 + 0.75 * beat for beat in range(6)])
    room.run(35)
    assert room.runner.running[2].activity.view(room.now).source == "programme"
    about = cmd.PlayProgramme | cmd.StartPulse | cmd.StopPulse
    stopped, plays = [each for _, each in room.commands if isinstance(each, about)][-2:]
    assert isinstance(stopped, cmd.StopPulse)
    assert isinstance(plays, cmd.PlayProgramme)


def test_a_title_that_was_typed_goes_with_the_music():
    room = Stretches()
    room.run(30)
    room.act("outside")
    room.do(it.Say(activity=1, action="outside", text="Rain on the window"))
    room.run(45)
    assert room.runner.running[2].activity.view(room.now).title == "Rain on the window"


def test_the_next_stretch_plays_where_nothing_else_was_asked_for():
    room = Stretches()
    room.run(75)
    assert not [event for event in room.events if isinstance(event, MusicTurned)]
    assert room.runner.running[2].activity.view(room.now).source == "programme"


@pytest.mark.parametrize("still", [it.Pause(), it.Quiet()])
def test_what_begins_in_a_session_that_stands_still_stands_still(still):
    room = Room(SETTLE)
    room.run(60)
    room.do(still)
    room.do(it.StopActivity(activity=1))
    room.run(5)
    room.do(it.StartActivity(method="listening", settings=STEADY))
    kinds = [type(each).__name__ for _, each in room.commands]
    assert kinds.index("PauseMusic", len(kinds) - 2) > 0
    assert room.runner.state.course == "paused"
    assert room.runner.running[2].activity.state.session_paused
    paused_at = room.runner.state.paused_at
    assert paused_at == 60 * SECOND
    room.do(it.Resume())
    assert type(room.commands[-1][1]).__name__ == "ResumeMusic"


@pytest.mark.parametrize("way", ["skip", "quiet"])
def test_in_a_planned_silence_music_that_goes_round_comes_back_at_its_time(way):
    room = Room(QUIET_END, planned_us=None)
    room.run(150)
    if way == "skip":
        room.act("skip")
    else:
        room.do(it.Quiet())
        room.run(10)
        room.do(it.Resume())
    assert not [event for event in room.events if isinstance(event, ListeningFailed)]
    event = room.planned()[-1]
    assert event.round == 1
    silent = 10 if way == "quiet" else 0
    assert event.at_us == pytest.approx((180 + 1.5 + silent) * SECOND, abs=2 * SECOND)


def test_when_its_time_is_over_music_does_not_come_back_for_a_moment():
    room = Room(STEADY, planned_us=None)
    room.run(30)
    room.act("silence")
    room.run(60)
    count = len(room.asked())
    room.act("silence")
    assert len(room.asked()) == count
    assert room.events[-1].message == "The music's time is over."
    room.run(2)
    assert 1 not in room.runner.running


def test_a_title_that_was_typed_too_late_is_kept_as_a_line():
    room = Room(STEADY)
    room.run(10)
    room.act("outside")
    room.do(it.StopActivity(activity=1))
    room.do(it.Say(activity=1, action="outside", text=" Moon River "))
    assert room.runner.state.notes == ["Moon River"]


def test_time_that_music_stood_still_is_not_counted_as_music():
    room = Room(SETTLE)
    room.run(60)
    room.act("hold")
    room.run(120)
    room.act("hold")
    room.run(60)
    room.do(it.StopActivity(activity=1))
    figures = {each.key: each for each in METHOD.summarise(1, room.events).figures}
    assert figures["music_minutes"].value == pytest.approx(2.0, abs=0.05)


def test_music_that_the_engine_took_with_it_is_not_counted():
    room = Room(SETTLE)
    room.run(61.5)
    room.report(ev.EngineLost(t_us=room.now, why="it ended"))
    room.run(120)
    figures = {each.key: each for each in METHOD.summarise(1, room.events).figures}
    assert figures["music_minutes"].value == pytest.approx(1.0, abs=0.05)


def test_one_bad_recording_is_one_that_was_not_played():
    room = Room(SETTLE)
    room.run(30)
    item = room.planned()[-1].items[0].item
    for _ in range(3):
        room.report(ev.TrackFailed(t_us=room.now, item=item, message="Damaged.", hint=""))
    assert METHOD.summarise(1, room.events).line.endswith("; not played: 1")
