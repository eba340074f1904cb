"""The summary is a function of the events alone."""

from plain_activity import METHODS, Ticked

from mtsession.session.summary import summarise, wall_at
from mtsession.timeline import events as ev
from mtsession.timeline.clock import WallTime
from mtsession.timeline.event import Event
from mtsession.timeline.units import MINUTE

WALL = WallTime(unix_us=1_800_000_000_000_000, utc_offset_s=3600, zone="CET")


def start(t_us: int = 0, **fields) -> list[Event]:
    return [
        ev.SessionStarted(
            t_us=t_us, app_version="1", platform="", plan_title="A plan", plan={}, **fields
        ),
        ev.ClockAnchored(t_us=t_us, wall=wall_of(t_us), why="start"),
    ]


def wall_of(t_us: int) -> WallTime:
    return WallTime(unix_us=WALL.unix_us + t_us, utc_offset_s=3600, zone="CET")


def activity(number: int, t_us: int, segment: int | None = None) -> ev.ActivityStarted:
    return ev.ActivityStarted(
        t_us=t_us, activity=number, method="plain", title="Plain", settings={},
        planned=segment is not None, segment=segment,
    )  # fmt: skip


def test_planned_and_done_stand_beside_one_another_in_order():
    events = [
        *start(client="K-17"),
        ev.SegmentStarted(t_us=0, segment=0, title="Listen", planned_us=5 * MINUTE),
        ev.SegmentEnded(t_us=7 * MINUTE, segment=0, reason="by hand"),
        activity(1, 7 * MINUTE),
        Ticked(t_us=8 * MINUTE, activity=1),
        ev.ActivityEnded(t_us=9 * MINUTE, activity=1, reason="client stopped"),
        ev.SessionEnded(t_us=10 * MINUTE, reason="planned"),
    ]
    summary = summarise("s", events, METHODS)
    assert [(line.title, line.planned_us, line.done_us) for line in summary.course] == [
        ("Listen", 5 * MINUTE, 7 * MINUTE),
        ("Plain", None, 2 * MINUTE),
    ]
    assert summary.client == "K-17"
    assert summary.duration_us == 10 * MINUTE
    assert summary.sections[0].line == "Ticks: 1"
    assert summary.ended == "planned"


def test_ratings_are_paired_and_the_last_of_each_counts():
    events = start()
    for when, value in (("before", 7), ("after", 6), ("after", 5)):
        events.append(ev.MeasureTaken(t_us=1, measure="Tension", when=when, value=value))
    (line,) = summarise("s", events, METHODS).measures
    assert (line.before, line.after) == (7, 5)


def test_the_therapists_own_ratings_stand_apart_and_can_be_taken_back():
    def own(measure, value):
        return ev.MeasureTaken(
            t_us=1, measure=measure, when="after", value=value, source="therapist"
        )

    events = [*start(), own("interest", 6), own("response", 3), own("interest", 7)]
    lines = summarise("s", events, METHODS).measures
    assert [(line.measure, line.source, line.after) for line in lines] == [
        ("interest", "therapist", 7),
        ("response", "therapist", 3),
    ]
    events += [ev.Undone(t_us=2, undoes="measure", number=number) for number in (1, 3)]
    (left,) = summarise("s", events, METHODS).measures
    assert left.measure == "response"


def test_an_interrupted_session_ends_nowhere_and_says_so():
    summary = summarise("s", [*start(), activity(1, 5)], METHODS)
    assert summary.ended is None


def test_a_session_that_went_on_closes_what_the_interruption_cut():
    again = 20 * MINUTE
    events = [
        *start(client="K-17"),
        ev.SegmentStarted(t_us=0, segment=0, title="Listen", planned_us=30 * MINUTE),
        activity(1, 0, segment=0),
        Ticked(t_us=3 * MINUTE, activity=1),
        *start(again, continues="s"),
        activity(1201, again),
        ev.SessionEnded(t_us=again + MINUTE, reason="by hand"),
    ]
    summary = summarise("s", events, METHODS)
    assert summary.course[0].done_us == 3 * MINUTE
    assert summary.client == "K-17"
    assert summary.ended == "by hand"
    assert [section.activity for section in summary.sections] == [1, 1201]


def test_a_mark_taken_back_is_not_in_the_summary_but_the_others_are():
    events = [
        *start(),
        ev.MarkerPlaced(t_us=MINUTE, marker=1, label="laughed"),
        ev.MarkerPlaced(t_us=2 * MINUTE, marker=2, label="slip"),
        ev.Undone(t_us=2 * MINUTE, undoes="marker", number=2),
    ]
    (mark,) = summarise("s", events, METHODS).marks
    assert mark.label == "laughed"
    assert mark.wall == wall_of(MINUTE)


def test_what_went_wrong_technically_is_told():
    events = [
        *start(),
        ev.EngineStarted(t_us=0, output="none", silent=True, sample_rate=48_000, latency_us=0),
        ev.PortLost(t_us=1, port=1, name="keys"),
        ev.EngineLost(t_us=2, why="it broke off"),
    ]
    told = [notice.text for notice in summarise("s", events, METHODS).notices]
    assert len(told) == 3
    assert "keys" in told[1]


def test_wall_time_comes_from_the_last_anchor_before():
    anchors = [
        ev.ClockAnchored(t_us=0, wall=wall_of(0), why="start"),
        ev.ClockAnchored(t_us=MINUTE, wall=wall_of(3 * MINUTE), why="wake"),
    ]
    assert wall_at(anchors, MINUTE - 1) == wall_of(MINUTE - 1)
    assert wall_at(anchors, MINUTE + 1) == wall_of(3 * MINUTE + 1)
    assert wall_at([], 5) is None
