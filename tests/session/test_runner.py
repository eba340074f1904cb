"""The session's state machine: segments, activities and intents, without any device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_activity import METHODS, PlainSettings, Ticked, plan

from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.plan import Plan
from mtsession.session.runner import TICK_US, SessionRunner
from mtsession.session.state import SessionState
from mtsession.timeline import events as ev
from mtsession.timeline.clock import WallTime
from mtsession.timeline.event import Event
from mtsession.timeline.units import SECOND

ONE = (PlainSettings(),)


class Played:
    """A runner, and every event and command it ever gave."""

    def __init__(self, what: Plan, first: int = 0) -> None:
        self.runner = SessionRunner(methods=METHODS, plan=what, level_db=-12.0, first=first)
        self.events: list[Event] = []
        self.commands: list[cmd.Command] = []
        self.now = 0
        wall = WallTime(unix_us=10**15, utc_offset_s=0, zone="UTC")
        opening = [
            ev.SessionStarted(t_us=0, app_version="0", platform="", plan_title=what.title, plan={}),
            ev.ClockAnchored(t_us=0, wall=wall, why="start"),
        ]
        self._keep(self.runner.start(opening))

    def _keep(self, step) -> None:
        self.events.extend(step.events)
        self.commands.extend(step.commands)

    def run_to(self, seconds: float) -> None:
        while self.now + TICK_US <= seconds * SECOND:
            self.now += TICK_US
            self._keep(self.runner.tick(self.now))

    def do(self, intent: it.Intent) -> None:
        self._keep(self.runner.do(self.now, intent))

    def handle(self, event: Event) -> None:
        self._keep(self.runner.handle(event))

    def times(self, kind: type[Event]) -> list[float]:
        return [event.t_us / SECOND for event in self.events if type(event) is kind]


def test_segments_follow_one_another_at_their_planned_times():
    played = Played(plan(("A", 3, ONE), ("B", 2, ONE)))
    played.run_to(10)
    assert played.times(ev.SegmentStarted) == [0, 3]
    assert played.times(ev.SegmentEnded) == [3, 5]
    assert played.times(ev.ActivityStarted) == [0, 3]
    assert played.times(ev.ActivityEnded) == [3, 5]
    assert played.runner.plan_done
    assert played.runner.state.course == "running"


def test_an_activity_that_runs_on_outlives_its_segment_until_its_like_begins():
    on = (PlainSettings(runs_on=True),)
    played = Played(plan(("A", 2, on), ("B", 2, ()), ("C", 2, ONE)))
    played.run_to(3)
    assert [running.method.name for running in played.runner.running.values()] == ["plain"]
    played.run_to(5)
    assert played.times(ev.ActivityEnded) == [4]
    assert list(played.runner.running) == [2]


def test_a_pause_moves_the_rest_of_the_course_by_its_length():
    played = Played(plan(("A", 3, ONE), ("B", 2, ONE)))
    played.run_to(1)
    played.do(it.Pause())
    played.run_to(6)
    played.do(it.Resume())
    played.run_to(20)
    assert played.times(ev.SegmentStarted) == [0, 8]
    assert played.runner.state.done_us(0) == 3 * SECOND
    activity_calls = list(played.runner.state.activities)
    assert activity_calls == [1, 2]


def test_quiet_is_sent_at_once_and_the_course_waits_until_told():
    played = Played(plan(("A", 3, ONE)))
    played.run_to(1)
    played.do(it.Quiet())
    assert cmd.GoQuiet(asked=1, fade_us=0) in played.commands
    played.handle(ev.QuietCommanded(t_us=played.now, fade_us=25_000))
    assert played.runner.state.quiet
    played.run_to(60)
    assert played.times(ev.SegmentEnded) == []
    played.do(it.Resume())
    assert not played.runner.state.quiet
    played.run_to(70)
    assert played.times(ev.SegmentEnded) == [62]


def test_activities_start_and_end_by_hand_in_any_order():
    played = Played(plan())
    played.do(it.StartActivity(method="plain", settings=PlainSettings()))
    played.do(it.StartActivity(method="other", settings=PlainSettings()))
    played.do(it.StopActivity(activity=1))
    assert list(played.runner.running) == [2]
    started = [event for event in played.events if isinstance(event, ev.ActivityStarted)]
    assert [event.planned for event in started] == [False, False]


def test_what_begins_late_is_told_what_already_holds():
    played = Played(plan())
    port = ev.PortOpened(t_us=0, port=1, name="keys")
    lost = ev.PortOpened(t_us=0, port=2, name="pads")
    for event in (port, lost, ev.PortLost(t_us=0, port=2, name="pads")):
        played.handle(event)
    played.do(it.StartActivity(method="plain", settings=PlainSettings()))
    (running,) = played.runner.running.values()
    assert running.activity.seen[0] == port
    assert lost not in running.activity.seen


def test_an_activitys_events_reach_every_activity_in_order():
    played = Played(plan(("A", 9, (PlainSettings(), PlainSettings()))))
    played.run_to(2)
    first, second = (running.activity for running in played.runner.running.values())
    wanted = [(1, 1), (1, 2), (2, 1), (2, 2)]
    for activity in (first, second):
        ticks = [event for event in activity.seen if isinstance(event, Ticked)]
        assert [(tick.t_us // SECOND, tick.activity) for tick in ticks] == wanted


def test_a_marker_can_be_taken_back_and_numbers_are_never_used_twice():
    played = Played(plan())
    played.do(it.PlaceMarker(label="laughed"))
    played.do(it.UndoMarker())
    played.do(it.PlaceMarker(label="spoke"))
    assert [mark.label for mark in played.runner.state.marks.values()] == ["spoke"]
    assert list(played.runner.state.marks) == [2]


def test_after_the_end_only_what_may_be_said_of_it_is_taken():
    played = Played(plan(("A", 9, ONE)))
    played.do(it.End(reason="by hand"))
    count = len(played.events)
    played.do(it.Pause())
    played.do(it.PlaceMarker(label="late"))
    assert len(played.events) == count
    played.do(it.Rate(measure="Tension", when="after", value=3))
    played.do(it.GiveReason(reason="asleep"))
    assert played.runner.state.reason == "asleep"
    assert isinstance(played.events[-2], ev.MeasureTaken)


def test_the_level_stays_in_its_range():
    played = Played(plan())
    played.do(it.SetLevel(level_db=40))
    assert played.runner.state.level_db == 0


@pytest.mark.parametrize("first", [0, 5000])
def test_numbers_begin_where_they_are_told(first: int):
    played = Played(plan(("A", 2, ONE), ("B", 2, ONE)), first=first)
    played.do(it.PlaceMarker(label="x"))
    played.run_to(3)
    assert list(played.runner.state.segments) == [first, first + 1]
    assert list(played.runner.state.activities) == [first + 1, first + 2]
    assert list(played.runner.state.marks) == [first + 1]


intents = st.sampled_from(
    [
        it.Pause(), it.Resume(), it.NextSegment(), it.Quiet(), it.PlaceMarker(label="m"),
        it.UndoMarker(), it.StartActivity(method="other", settings=PlainSettings()),
        it.StopActivity(activity=1), it.StopActivity(activity=2), it.ToggleDuck(),
        it.SetLevel(level_db=-20.0), it.Act(activity=1, action="go"),
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 30), intents), max_size=25))
def test_whatever_is_asked_the_fold_of_the_events_is_the_live_state(asked):
    played = Played(plan(("A", 5, ONE), ("B", 4, ONE), ("C", None, ONE)))
    for ticks, intent in asked:
        played.run_to(played.now / SECOND + ticks * TICK_US / SECOND)
        played.do(intent)
    played.do(it.End(reason="by hand"))
    replayed = SessionState(level_db=-12.0)
    for event in played.events:
        replayed.apply(event)
    assert replayed == played.runner.state
    assert not played.runner.running
    assert all(activity.ended_us is not None for activity in replayed.activities.values())
    assert all(segment.ended_us is not None for segment in replayed.segments.values())


def test_every_wish_that_is_heard_has_a_number_and_its_kind_in_the_record():
    played = Played(plan(("A", 3, ONE)))
    played.run_to(1)
    before = len(played.commands)
    played.do(it.SetLevel(level_db=-10.0))
    played.do(it.PlaceMarker(label="laughed"))
    played.do(it.ToggleDuck())
    assert [each.asked for each in played.commands[before:]] == [1, 2]
    wishes = [each for each in played.events if isinstance(each, ev.WishMade)]
    assert [(each.asked, each.what) for each in wishes] == [(1, "SetLevel"), (2, "ToggleDuck")]
