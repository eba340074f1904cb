"""Listening in a session: asked for in time, held, skipped, gone round, restored."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.listening_room import Room, happen, happenings
from mtsession.activities.listening.events import EVENTS
from mtsession.activities.listening.method import METHOD
from mtsession.activities.listening.settings import LEAD_US, ListeningSettings
from mtsession.errors import PlanError
from mtsession.music.arc import ArcPiece
from mtsession.music.track import Track
from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.activity import ActivityContext
from mtsession.timeline import events as ev
from mtsession.timeline.event import EventCodec
from mtsession.timeline.units import MINUTE, SECOND, Micros

SETTLE = ListeningSettings(
    pieces=("harbour", "lantern"),
    arc=(
        ArcPiece(hold=76, minutes=1),
        ArcPiece(to=66, minutes=7.5),
        ArcPiece(hold=66, minutes=1.5),
    ),
)
ROUND = ListeningSettings(pieces=("harbour",), arc=(ArcPiece(hold=60, minutes=2),), repeat=True)
FILES = ListeningSettings(
    track=tuple(
        Track(file=f"/music/{name}.flac", bpm=bpm, duration_s=120.0, first_beat_s=0.0)
        for name, bpm in (("a", 80.0), ("b", 70.0), ("c", 60.0))
    ),
    arc=(ArcPiece(hold=70, minutes=5),),
    order="as listed",
)


def test_the_start_is_placed_on_the_same_time_live_and_offline():
    for jitter in (0, 3_000, 100_000):
        step = METHOD.make(SETTLE, ActivityContext(activity=1)).start(Micros(4 * SECOND + jitter))
        (play,) = step.commands
        assert play.at_us == 4 * SECOND + LEAD_US
        assert (play.owner, play.fade_in_us, play.position_us) == (1, 6 * SECOND, 0)


def test_what_is_asked_for_is_in_the_record():
    room = Room(SETTLE)
    (play,), (planned,) = room.asked(), room.planned()
    assert planned.items == play.items
    assert planned.at_us == play.at_us
    codec = EventCodec(EVENTS)
    assert codec.decode(codec.encode(planned)) == planned


def test_the_music_is_over_at_its_segments_end():
    room = Room(SETTLE)
    (play,) = room.asked()
    last = play.items[-1]
    assert play.at_us + last.start_us + last.duration_us == 10 * MINUTE
    room.run(600)
    assert room.runner.running == {}
    (stop,) = [each for _, each in room.commands if isinstance(each, cmd.StopProgramme)]
    assert stop.owner == 1


def test_the_view_shows_what_is_heard_against_the_arc():
    room = Room(SETTLE)
    room.run(120)
    view = room.view()
    assert (view.title, view.next_title, view.item, view.items) == ("Harbour", "Lantern", 1, 2)
    assert view.elapsed_us == 118.5 * SECOND
    assert view.planned_us == 10 * MINUTE
    assert view.planned_bpm == pytest.approx(76 - 10 * (118.5 - 60) / 450)
    assert view.heard_bpm == pytest.approx(view.planned_bpm, abs=0.1)
    assert view.beats_per_bar == 4
    assert view.beat_in_bar in {1, 2, 3, 4}
    assert view.arc[0] == (0, 76.0)
    room.run(240)
    assert (room.view().title, room.view().item) == ("Lantern", 2)


def test_other_music_comes_on_a_beat_and_keeps_to_the_arc():
    room = Room(SETTLE)
    room.run(100)
    before = room.listening.state.grid()
    asked_at = room.now
    room.do(it.Act(activity=1, action="skip"))
    play = room.asked()[-1]
    assert LEAD_US <= play.at_us - asked_at <= LEAD_US + 2 * SECOND
    assert play.at_us in before.beats_us
    assert [item.title for item in play.items] == ["Lantern"]
    assert play.fade_in_us == 8 * SECOND
    room.run(3)
    assert room.view().title == "Lantern"
    assert room.view().heard_bpm == pytest.approx(room.view().planned_bpm, abs=0.1)
    numbers = [item.item for each in room.planned() for item in each.items]
    assert len(set(numbers)) == len(numbers)


def test_held_music_stands_still_and_goes_on():
    room = Room(SETTLE)
    room.run(60)
    room.do(it.Act(activity=1, action="hold"))
    held = room.view()
    room.run(30)
    assert room.view().paused
    assert room.view().elapsed_us == held.elapsed_us
    room.do(it.Act(activity=1, action="hold"))
    room.run(10)
    assert not room.view().paused
    assert room.view().elapsed_us == held.elapsed_us + 10 * SECOND


def test_a_session_that_goes_on_leaves_held_music_held():
    room = Room(SETTLE)
    room.run(60)
    room.do(it.Act(activity=1, action="hold"))
    room.do(it.Pause())
    room.run(5)
    room.do(it.Resume())
    room.run(5)
    assert room.view().paused
    resumed = [each for _, each in room.commands if isinstance(each, cmd.ResumeMusic)]
    assert resumed == []


def test_a_pause_of_the_session_holds_the_music():
    room = Room(SETTLE)
    room.run(60)
    room.do(it.Pause())
    room.run(20)
    assert room.view().paused
    room.do(it.Resume())
    room.run(1)
    assert room.view().elapsed_us == 59.5 * SECOND


def test_after_quiet_the_music_comes_back_only_when_asked():
    room = Room(SETTLE)
    room.run(60)
    room.do(it.Quiet(fade_us=Micros(0)))
    room.report(ev.QuietCommanded(t_us=room.now, fade_us=Micros(0)))
    room.run(30)
    assert len(room.asked()) == 1
    assert room.view().title is None
    room.do(it.Resume())
    play = room.asked()[-1]
    assert len(room.asked()) == 2
    assert play.items[0].planned_bpm[0] == pytest.approx(76.0, abs=0.1)
    assert room.planned()[-1].arc_from_us == 58.5 * SECOND
    assert play.fade_in_us == 6 * SECOND


def test_a_fresh_engine_is_asked_for_what_should_sound():
    room = Room(SETTLE)
    room.run(100)
    room.report(ev.EngineLost(t_us=room.now, why="it ended"))
    room.run(2)
    assert len(room.asked()) == 1
    room.report(
        ev.EngineStarted(
            t_us=room.now, output="x", silent=False, sample_rate=48_000,
            latency_us=Micros(40_000), restarted=True,
        )
    )  # fmt: skip
    first, play = room.asked()
    assert play.position_us == play.at_us - first.at_us
    assert [item.source for item in play.items] == [item.source for item in first.items]
    assert not {item.grid for item in play.items} & {item.grid for item in first.items}
    room.run(5)
    assert room.view().title == "Harbour"
    assert room.view().elapsed_us == 105.5 * SECOND


def test_a_fresh_engine_waits_while_the_music_is_held():
    room = Room(SETTLE)
    room.run(100)
    room.do(it.Act(activity=1, action="hold"))
    room.report(
        ev.EngineStarted(
            t_us=room.now, output="x", silent=False, sample_rate=48_000,
            latency_us=Micros(40_000), restarted=True,
        )
    )  # fmt: skip
    assert len(room.asked()) == 1
    room.run(10)
    room.do(it.Act(activity=1, action="hold"))
    assert room.asked()[-1].position_us == 98.5 * SECOND


def test_music_that_goes_round_joins_to_the_microsecond():
    room = Room(ROUND, planned_us=None)
    room.run(390)
    plays = room.asked()
    assert [play.at_us for play in plays] == [LEAD_US + turn * 2 * MINUTE for turn in range(4)]
    asked = [at for at, each in room.commands if isinstance(each, cmd.PlayProgramme)]
    assert all(
        play.at_us - at >= 10 * SECOND for at, play in zip(asked[1:], plays[1:], strict=True)
    )
    assert all(play.fade_in_us == 8 * SECOND for play in plays[1:])
    seeds = [play.items[0].source.seed for play in plays]
    assert len(set(seeds)) == len(seeds)
    assert room.view().elapsed_us == 28.5 * SECOND
    assert 1 in room.runner.running


def test_skipping_while_a_round_is_asked_for_takes_it_back():
    room = Room(ROUND, planned_us=None)
    room.run(110)
    assert len(room.asked()) == 2
    room.do(it.Act(activity=1, action="skip"))
    kinds = [type(each).__name__ for _, each in room.commands[-2:]]
    assert kinds == ["StopProgramme", "PlayProgramme"]
    room.run(30)
    (programme,) = room.listening.state.planned[:1]
    assert programme.why in {"skip", "round"}
    assert room.view().title == "Harbour"


def test_music_that_runs_on_ends_by_itself():
    wanted = msgspec.structs.replace(SETTLE, arc=(ArcPiece(hold=66, minutes=3),), runs_on=True)
    room = Room(wanted, planned_us=Micros(MINUTE))
    room.run(120)
    assert 1 in room.runner.running
    assert room.view().title == "Lantern"
    room.run(70)
    assert 1 not in room.runner.running
    (ended,) = [each for each in room.events if isinstance(each, ev.ActivityEnded)]
    assert ended.reason == "planned"
    assert 180 * SECOND <= ended.t_us <= 183 * SECOND


def test_a_track_that_fails_last_is_replaced_and_all_gone_is_said():
    room = Room(FILES, planned_us=Micros(5 * MINUTE))
    room.run(10)
    names = []
    for _ in range(3):
        programme = room.listening.state.current(room.now)
        for item in programme.items:
            failed = ev.TrackFailed(
                t_us=room.now, item=item.item, message=f"{item.title} is damaged.", hint="Copy it."
            )
            room.report(failed)
        names.append([item.title for item in programme.items])
        room.run(1)
        if room.listening.state.current(room.now) is None:
            break
    assert names == [["a", "b", "c"]]
    assert room.view().message.startswith("No music is left")
    assert "l again plays built-in music" in room.view().message
    assert room.view().elapsed_us > SECOND
    assert room.runner.state.course == "running"


def test_a_failed_track_gives_way_to_the_next_and_the_arc_goes_on():
    room = Room(FILES, planned_us=Micros(5 * MINUTE))
    room.run(10)
    first, second = room.planned()[0].items[:2]
    failed = ev.TrackFailed(t_us=room.now, item=first.item, message="It is damaged.", hint="")
    room.report(failed)
    room.due = []
    room.begin(second)
    begun = room.listening.state.position_us(room.now)
    room.run(5)
    assert len(room.asked()) == 1
    assert room.view().title == "b"
    assert room.view().message == "It is damaged."
    state = room.listening.state
    assert state.position_us(room.now) == begun + 5 * SECOND
    assert state.items[second.item].start_us == begun
    # What follows was planned anew to meet its end.
    after = next(item for item in state.current(room.now).items if item.title == "c")
    assert after.start_us < begun + state.items[second.item].duration_us


def test_listening_that_was_started_by_hand_plays_and_goes_round():
    wanted = ListeningSettings()
    assert (wanted.pieces, wanted.repeat) == (("harbour",), True)
    assert msgspec.convert(msgspec.to_builtins(wanted), ListeningSettings) == wanted
    (play,) = METHOD.make(wanted, ActivityContext(activity=1)).start(Micros(0)).commands
    assert play.items[0].planned_bpm == (66.0, 66.0)
    METHOD.make(wanted, ActivityContext(activity=1, planned_us=Micros(MINUTE)))


def test_an_arc_longer_than_its_segment_is_refused():
    with pytest.raises(PlanError, match="`arc`: it lasts 10 minutes, the segment 5"):
        METHOD.make(SETTLE, ActivityContext(activity=1, planned_us=Micros(5 * MINUTE)))


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({"pieces": []}, "`pieces`: there is no music"),
        ({"track": []}, "`track`: there is no music"),
        ({"pieces": ["harbour"]}, "need a tempo"),
        ({"pieces": ["nowhere"], "arc": [{"hold": 60, "minutes": 1}]}, "no built-in piece"),
        ({"pieces": ["harbour"], "arc": [{"hold": 30, "minutes": 1}]}, "cannot play at 30"),
        ({"pieces": ["harbour"], "arc": [{"hold": 0, "minutes": 1}]}, "0 is not a tempo"),
        ({"pieces": ["harbour"], "track": [{"file": "a"}]}, "do not share"),
        ({"track": [{"file": "a", "bpm": 0}]}, "0 is not a tempo"),
        ({"track": [{"file": " "}]}, "empty"),
        ({"track": [{"file": "a", "first_beat_s": -1}]}, "-1 cannot be"),
    ],
)
def test_settings_that_cannot_be_are_refused(plain, told):
    with pytest.raises(msgspec.ValidationError, match=told):
        msgspec.convert(plain, ListeningSettings)


# Whatever happens, a listening made from the record stands where the live one does.


@settings(max_examples=40)
@given(st.sampled_from([SETTLE, ROUND, FILES]), happenings)
def test_restoring_at_any_point_gives_the_live_state(wanted, course):
    planned_us = None if wanted is ROUND else Micros(10 * MINUTE)
    room = Room(wanted, planned_us=planned_us)
    for seconds, what in course:
        room.run(seconds)
        happen(room, what)
        if 1 not in room.runner.running:
            break
        restored = METHOD.restore(wanted, room.context, room.events)
        for later in (0, 250_000, 45 * SECOND):
            at = Micros(room.now + later)
            assert restored.view(at) == room.listening.view(at)
            assert restored.tick(at) == room.listening.tick(at)
    numbers = {}
    for each in room.planned():
        for item in each.items:
            assert numbers.setdefault(item.item, item) is item
    assert all(a.t_us <= b.t_us for a, b in pairwise(room.events))
