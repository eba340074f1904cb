"""Music that is led by hand: the target, what sounds, what is to come, undone and restored."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.listening_room import Room, happen
from activities.test_listening import FILES, ROUND, SETTLE
from activities.test_listening_library import LIBRARY, LISTED
from mtsession.activities.listening import events as own
from mtsession.activities.listening.course import four_beats
from mtsession.activities.listening.method import METHOD
from mtsession.activities.listening.pace import COMPOSED_RATES, Player, reach_of
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.music.arc import ArcPiece
from mtsession.music.track import Track
from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.timeline import events as ev
from mtsession.timeline.event import EventCodec
from mtsession.timeline.units import MINUTE, SECOND, Micros

STEADY = ListeningSettings(pieces=("harbour",), arc=(ArcPiece(hold=66, minutes=10),))
ONE = ListeningSettings(pieces=("harbour",), arc=(ArcPiece(start=76, to=66, minutes=10),))
WAVED = ListeningSettings(
    track=(
        Track(file="/m/a.wav", bpm=70.0, duration_s=400.0, first_beat_s=0.4, beats_per_bar=4),
        Track(file="/m/b.wav", bpm=66.0, duration_s=400.0, first_beat_s=0.2, beats_per_bar=4),
    ),
    order="as listed",
)


def led(wanted, seconds=60, **more):
    room = Room(wanted, **more)
    room.run(seconds)
    return room


def revisions(room):
    return [each for _, each in room.commands if isinstance(each, cmd.ReviseProgramme)]


@pytest.mark.parametrize(
    ("action", "goal"),
    [
        ("slower", 66 * 0.97),
        ("faster", 66 * 1.03),
        ("down", 64.0),
        ("up", 68.0),
        ("hold tempo", 66.0),
    ],
)
def test_a_step_is_heard_four_beats_later_and_stays(action, goal):
    room = led(STEADY)
    room.act(action)
    (revise,) = revisions(room)
    assert revise.items[0].item == 1000
    room.run(5)
    view = room.view()
    assert view.target_bpm == pytest.approx(goal)
    room.run(60)
    assert room.view().heard_bpm == pytest.approx(goal, rel=0.0005)
    assert room.view().planned_bpm == 66


def test_steps_in_a_row_add_up_before_the_glide_is_over():
    room = led(STEADY)
    for _ in range(3):
        room.act("up")
    room.run(10)
    assert room.view().target_bpm == pytest.approx(72)
    assert room.view().heard_bpm == pytest.approx(72, rel=0.001)


def test_a_glide_takes_four_beats():
    room = led(STEADY)
    room.act("slower")
    (lead,) = [each for each in room.events if isinstance(each, own.TempoLed)]
    first, last = lead.target
    assert first.bpm == 66
    assert last.t_us - first.t_us == four_beats(66, 66 * 0.97)
    beats = (first.bpm + last.bpm) / 2 * (last.t_us - first.t_us) / MINUTE
    assert beats == pytest.approx(4, abs=1e-5)


def test_held_tempo_stays_while_the_arc_goes_down_and_is_let_go_again():
    room = led(ONE, 120)
    room.act("hold tempo")
    held = room.view().target_bpm
    room.run(180)
    view = room.view()
    assert view.target_bpm == pytest.approx(held)
    assert view.heard_bpm == pytest.approx(held, rel=0.001)
    assert view.planned_bpm == pytest.approx(held - 3, abs=0.05)
    assert view.lead == "tempo held"
    room.act("hold tempo")
    before = room.view().target_bpm
    room.run(10)
    assert before - 1 < room.view().target_bpm < before
    room.run(150)
    assert room.view().target_bpm == pytest.approx(room.view().planned_bpm)
    assert room.view().heard_bpm == pytest.approx(room.view().planned_bpm, rel=0.001)
    assert room.view().lead == ""


def test_a_long_way_back_is_gone_at_a_kind_pace():
    room = led(STEADY)
    for _ in range(4):
        room.act("up")
    room.run(10)
    room.act("re-join")
    room.run(30)
    # 4 % of 74 BPM in a minute.
    assert room.view().target_bpm == pytest.approx(74 - 74 * 0.04 / 2, abs=0.1)
    room.run(150)
    assert room.view().target_bpm == 66


def test_back_up_to_the_start_tempo():
    room = led(ONE, 300)
    room.act("start tempo")
    room.run(240)
    assert room.view().target_bpm == 76
    assert room.view().heard_bpm == pytest.approx(76, rel=0.001)


def test_what_is_undone_goes_to_where_it_would_be():
    room = led(ONE, 60)
    twin = led(ONE, 60)
    room.act("down")
    twin.act("down")
    room.run(20)
    twin.run(20)
    room.act("slower")
    room.run(10)
    room.act("undo")
    (undone,) = [each for each in room.events if isinstance(each, own.LeadUndone)]
    assert undone.undoes == 2
    room.run(60)
    twin.run(70)
    assert room.view().target_bpm == pytest.approx(twin.view().target_bpm)
    room.act("undo")
    room.run(120)
    assert room.view().target_bpm == pytest.approx(room.view().planned_bpm)
    assert room.view().heard_bpm == pytest.approx(room.view().planned_bpm, rel=0.001)
    before = len(room.events)
    room.act("undo")
    assert len(room.events) == before


def test_at_its_limit_a_piece_says_so_and_another_goes_further():
    room = led(STEADY)
    for _ in range(6):
        room.act("down")
    room.run(10)
    view = room.view()
    low = 66 * COMPOSED_RATES[0]
    assert view.heard_bpm == pytest.approx(low, rel=0.001)
    assert view.target_bpm == 54
    assert view.message == "This piece goes down to 56 BPM; a changes the piece."
    room.act("skip")
    room.run(10)
    assert room.view().heard_bpm == pytest.approx(54, rel=0.001)
    assert room.view().message == ""


def test_a_step_back_from_beyond_the_limit_is_heard_at_once():
    room = led(STEADY)
    for _ in range(8):
        room.act("down")
    room.run(10)
    room.act("up")
    room.run(10)
    assert room.view().heard_bpm == pytest.approx(66 * 0.85 + 2, rel=0.001)


@pytest.mark.parametrize(
    ("steps", "back"), [(5, "undo"), (8, "up"), (8, "faster"), (8, "re-join"), (8, "start tempo")]
)
def test_the_way_back_from_beyond_the_limit_begins_at_once(steps, back):
    room = led(STEADY)
    for _ in range(steps):
        room.act("down")
    room.run(10)
    low = room.view().heard_bpm
    room.act(back)
    room.run(0.5)
    assert room.view().heard_bpm > low + 0.02


def test_a_recording_keeps_to_the_rates_that_are_allowed():
    room = led(LIBRARY, 30)
    for _ in range(5):
        room.act("faster")
    room.run(10)
    (item,) = [i for i in revisions(room)[-1].items if i.start_us == 0]
    reach = reach_of(LIBRARY, item)
    assert (reach.lowest, reach.highest) == (0.95, 1.05)
    assert max(each.rate for each in item.rate) == pytest.approx(1.05)
    assert "up to" in room.view().message
    room.act("skip")
    room.run(15)
    bpm = LIBRARY.material_of(room.listening.state.heard.source.path).bpm
    assert room.view().heard_bpm == pytest.approx(bpm * 1.05, rel=0.002)


def test_what_is_to_come_follows_the_target_and_meets_on_a_downbeat():
    room = led(SETTLE, 120)
    room.act("hold tempo")
    held = room.view().target_bpm
    sounding, after = revisions(room)[-1].items[:2]
    assert after.title == "Lantern"
    assert {point.bpm for point in after.source.tempo} == {held}
    player = Player(SETTLE, sounding)
    beats = [sounding.start_us + player.heard_of(beat) for beat in sounding.beats_us[::4]]
    assert min(abs(beat - after.start_us) for beat in beats) <= 2
    assert after.fade_in_us == sounding.fade_out_us > 7 * SECOND
    room.run(200)
    assert room.view().title == "Lantern"
    assert room.view().heard_bpm == pytest.approx(held, rel=0.001)


def test_a_composed_piece_is_composed_anew_where_the_target_leaves_its_reach():
    steep = ListeningSettings(
        pieces=("harbour",), arc=(ArcPiece(start=100, to=66, minutes=10),), allow_fast=True
    )
    room = led(steep, 60)
    room.act("hold tempo")
    held = room.view().target_bpm
    room.run(480)
    assert room.view().heard_bpm == pytest.approx(held, rel=0.001)
    assert len({each.item for each in room.events if isinstance(each, ev.TrackStarted)}) > 1


def test_files_without_an_arc_are_led_from_the_tempo_that_is_heard():
    room = led(WAVED, 30)
    assert room.view().target_bpm is None
    room.act("up")
    room.run(20)
    assert room.view().target_bpm == pytest.approx(72)
    assert room.view().heard_bpm == pytest.approx(72, rel=0.0005)
    room.act("undo")
    room.run(20)
    assert room.view().heard_bpm == pytest.approx(70, rel=0.0005)


def test_a_tempo_that_is_not_known_cannot_be_led_and_that_is_said():
    unknown = ListeningSettings(track=(Track(file="/m/a.wav", duration_s=300.0),))
    room = led(unknown, 10)
    room.act("slower")
    said = room.events[-1]
    assert isinstance(said, ev.Noticed)
    assert said.message.startswith("The tempo of this music is not known")
    assert revisions(room) == []


def test_the_next_item_comes_at_once_and_the_arc_goes_on():
    room = led(SETTLE, 100)
    room.act("next")
    (skip,) = [each for _, each in room.commands if isinstance(each, cmd.SkipItem)]
    assert skip.asked == 1
    room.run(20)
    assert room.view().title == "Lantern"
    assert room.view().elapsed_us == 118.5 * SECOND
    assert room.view().heard_bpm == pytest.approx(room.view().planned_bpm, rel=0.002)
    last = revisions(room)[-1].items[-1]
    begun = room.listening.state.planned[0].at_us
    assert begun + last.start_us + last.duration_us == pytest.approx(10 * MINUTE, abs=SECOND)


def test_the_last_item_is_followed_by_other_music_when_it_is_skipped():
    room = led(ONE, 100)
    room.act("next")
    assert room.planned()[-1].why == "skip"


@pytest.mark.parametrize("key", ["skip", "next"])
def test_other_music_is_taken_back_and_what_was_left_comes_in_on_its_downbeat(key):
    room = led(SETTLE, 100)
    left = room.listening.state.due(room.now)
    room.act(key)
    room.run(12)
    assert room.view().title == "Lantern"
    room.act("undo")
    planned, play = room.planned()[-1], room.asked()[-1]
    assert (planned.why, play.gives_way) == ("undo", True)
    assert planned.at_us in room.listening.state.grid().beats_us
    item = next(item for item in planned.items if item.source == left.source)
    heard_at = planned.position_us - item.start_us
    player = Player(SETTLE, item)
    downbeats = [player.heard_of(beat) for beat in item.beats_us[:: item.beats_per_bar or 1]]
    assert min(abs(heard_at - each) for each in downbeats) <= 1
    room.run(20)
    view = room.view()
    assert view.title == "Harbour"
    assert view.heard_bpm == pytest.approx(view.planned_bpm, rel=0.003)
    room.act("undo")
    assert room.planned()[-1] == planned


def test_what_came_last_is_taken_back_first():
    room = led(SETTLE, 100)
    room.act("slower")
    room.run(10)
    room.act("skip")
    room.run(10)
    room.act("down")
    room.run(5)
    for _ in range(3):
        room.act("undo")
        room.run(10)
    told = [type(e).__name__ for e in room.events if isinstance(e, own.LeadUndone)]
    undone = [e for e in room.events if isinstance(e, own.LeadUndone)]
    back = next(e for e in room.events if isinstance(e, own.ProgrammePlanned) and e.why == "undo")
    assert len(told) == 2
    assert undone[0].t_us < back.t_us < undone[1].t_us
    view = room.view()
    assert view.title == "Harbour"
    assert view.heard_bpm == pytest.approx(view.planned_bpm, rel=0.003)


@pytest.mark.parametrize("what", ["long ago", "failed", "quiet"])
def test_what_cannot_come_back_is_not_asked_for(what):
    room = led(SETTLE, 100)
    item = room.listening.state.due(room.now).item
    room.act("skip")
    room.run(9 * 60 if what == "long ago" else 10)
    if what == "failed":
        room.report(ev.TrackFailed(t_us=room.now, item=item, message="Gone.", hint=""))
    elif what == "quiet":
        room.do(it.Quiet())
    count = len(room.planned())
    room.act("undo")
    assert len(room.planned()) == count


def test_the_summary_tells_what_was_taken_back():
    room = led(SETTLE, 100)
    room.act("skip")
    room.run(10)
    room.act("undo")
    room.run(10)
    section = METHOD.summarise(1, room.events)
    assert {f.key: f.text for f in section.figures}["skips"] == "1, taken back 1"


def test_silence_comes_and_goes_and_the_arc_goes_on_meanwhile():
    room = led(ONE, 60)
    room.act("silence")
    assert isinstance(room.commands[-1][1], cmd.StopProgramme)
    room.run(60)
    view = room.view()
    assert (view.source, view.heard_bpm) == ("silence", None)
    assert view.elapsed_us == 118.5 * SECOND
    assert "m brings it back" in view.message
    room.act("slower")
    room.act("silence")
    play = room.asked()[-1]
    assert play.fade_in_us == 6 * SECOND
    arc = 76 - 10 * (room.planned()[-1].arc_from_us / (10 * MINUTE))
    room.run(20)
    assert room.view().heard_bpm == pytest.approx(arc * 0.97, rel=0.003)


def test_leads_while_the_music_is_held_are_heard_when_it_goes_on():
    room = led(STEADY)
    room.act("hold")
    room.run(20)
    room.act("up")
    room.run(20)
    room.act("hold")
    room.run(10)
    assert room.view().heard_bpm == pytest.approx(68, rel=0.001)


def test_after_quiet_and_after_a_restart_the_led_course_goes_on():
    for what in ("quiet", "restart"):
        room = led(ONE, 60)
        room.act("down")
        room.run(10)
        goal = room.view().target_bpm
        happen(room, what)
        if what == "quiet":
            room.do(it.Resume())
        room.run(20)
        assert room.view().target_bpm == goal
        assert room.view().heard_bpm == pytest.approx(goal, rel=0.001)
        room.act("up")
        room.run(20)
        assert room.view().heard_bpm == pytest.approx(goal + 2, rel=0.001)


def test_a_round_goes_on_at_the_tempo_that_it_was_led_to():
    for at in (60, 105):
        room = led(ROUND, at, planned_us=None)
        room.act("up")
        room.run(125 - at)
        assert room.listening.state.current(room.now).round == 1
        room.run(10)
        assert room.view().target_bpm == pytest.approx(62)
        assert room.view().heard_bpm == pytest.approx(62, rel=0.001)
        room.act("re-join")
        room.run(120)
        assert room.view().heard_bpm == pytest.approx(60, rel=0.001)


def test_a_tempo_held_into_the_next_round_is_let_go_by_the_same_key():
    room = led(ROUND, 105, planned_us=None)
    room.act("hold tempo")
    room.run(25)
    assert (room.listening.state.current(room.now).round, room.view().lead) == (1, "tempo held")
    room.act("hold tempo")
    whats = [e.what for e in room.events if isinstance(e, own.TempoLed)]
    assert whats == ["hold", "carried", "let go"]


def test_a_lead_of_an_earlier_round_is_taken_back_by_one_step():
    room = led(ROUND, 40, planned_us=None)
    room.act("up")
    room.run(5)
    room.act("up")
    room.run(90)
    assert room.view().heard_bpm == pytest.approx(64)
    for bpm in (62, 60):
        room.act("undo")
        room.run(30)
        assert room.view().heard_bpm == pytest.approx(bpm)
    count = len(room.events)
    room.act("undo")
    assert len(room.events) == count


def test_a_way_back_that_a_round_cut_short_is_asked_for_once():
    arc = (ArcPiece(start=70, to=66, minutes=4),)
    room = led(ListeningSettings(pieces=("harbour",), arc=arc, repeat=True), 190, planned_us=None)
    room.act("faster")
    room.run(30)
    room.act("re-join")
    room.run(60)
    section = METHOD.summarise(1, room.events)
    assert "tempo led by hand 2 times" in section.line
    assert room.view().lead in {"", "back to the arc"}
    assert room.view().heard_bpm == pytest.approx(room.view().planned_bpm, rel=0.01)


def test_without_an_arc_what_is_taken_back_leaves_each_recording_its_own_tempo():
    room = led(WAVED, 30, planned_us=None)
    room.act("up")
    room.run(20)
    room.act("undo")
    room.run(30)
    assert room.view().heard_bpm == pytest.approx(70, rel=0.002)
    room.run(360)
    assert room.view().title == "b"
    assert room.view().heard_bpm == pytest.approx(66, rel=0.002)


def test_what_is_led_is_in_the_record():
    room = led(SETTLE, 100)
    for action in ("hold tempo", "slower", "undo", "next"):
        room.act(action)
        room.run(2)
    codec = EventCodec(own.EVENTS)
    kept = [each for each in room.events if type(each) in own.EVENTS]
    assert [codec.decode(codec.encode(each)) for each in kept] == kept
    wishes = {each.asked: each.what for each in room.events if isinstance(each, ev.WishMade)}
    assert list(wishes.values()) == ["hold tempo", "slower", "undo", "next"]
    told = [each.asked for _, each in room.commands if each.asked is not None]
    assert told == list(wishes)


# Whatever is asked in whatever order, these hold.

WISHES = [
    "slower", "faster", "down", "up", "hold tempo", "re-join", "start tempo", "undo", "skip",
    "next", "silence",
]  # fmt: skip
MUSIC = {
    "pieces": SETTLE, "round": ROUND, "files": FILES, "library": LIBRARY, "playlist": LISTED,
    "one piece": STEADY, "no arc": WAVED,
}  # fmt: skip
wishes = st.lists(
    st.tuples(
        st.floats(0.25, 90),
        st.sampled_from([*WISHES, *WISHES, "hold", "pause", "resume", "quiet", "restart", "fail"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MUSIC)), wishes)
def test_however_it_is_led(name, course):
    wanted = MUSIC[name]
    room = Room(wanted, planned_us=None if wanted is ROUND else Micros(10 * MINUTE))
    for seconds, what in course:
        room.run(seconds)
        if 1 not in room.runner.running:
            break
        before, edge = target(room), within_reach(room, target(room))
        begun = room.sounding is not None
        if what in WISHES:
            room.act(what)
        else:
            happen(room, what)
        if 1 not in room.runner.running:
            break
        if before is not None and target(room) is not None:
            # Music that was asked for and held before it began begins where it was to begin.
            apart = 1e-6 if what in WISHES and begun else 2.5
            # The way back from beyond what the music can reach sets out from what is heard.
            nearest = min((before, edge), key=lambda bpm: abs(bpm - target(room)))
            assert target(room) == pytest.approx(nearest, abs=apart)
        check_restored(wanted, room)
    for _, command in room.commands:
        if isinstance(command, cmd.ReviseProgramme | cmd.PlayProgramme):
            check_items(wanted, command.items)
    assert all(a.t_us <= b.t_us for a, b in pairwise(room.events))


def target(room):
    """Give the tempo that is aimed at now, where the music has one of its own."""
    listening = room.listening
    if not listening.settings.arc or not listening.state.planned:
        return None
    course = listening._steering.leading.course(room.now)
    return None if course is None else course.bpm_at(listening.state.arc_position_us(room.now))


def within_reach(room, bpm):
    """Give what is heard of a tempo that is aimed at."""
    reach = room.listening._steering.leading.reach(room.now)
    return bpm if bpm is None or reach is None else min(max(bpm, reach[0]), reach[1])


def check_restored(wanted, room):
    restored = METHOD.restore(wanted, room.context, room.events)
    for later in (0, 250_000, 45 * SECOND):
        at = Micros(room.now + later)
        assert restored.view(at) == room.listening.view(at)
        assert restored.tick(at) == room.listening.tick(at)
        assert restored.act(at, "undo") == room.listening.act(at, "undo")


def check_items(wanted, items):
    numbers = [item.item for item in items]
    assert len(set(numbers)) == len(numbers)
    for item in items:
        reach = reach_of(wanted, item)
        assert item.duration_us > 0
        assert item.fade_in_us + item.fade_out_us <= item.duration_us + 2
        assert all(a.t_us <= b.t_us for a, b in pairwise(item.rate))
        for each in item.rate:
            assert reach.lowest - 0.06 <= each.rate <= reach.highest + 0.06
    for before, after in pairwise(items):
        assert before.start_us <= after.start_us
        silent = any(piece.silence for piece in wanted.arc)
        assert silent or after.start_us <= before.start_us + before.duration_us


def test_rates_keep_exactly_within_reach():
    room = led(LIBRARY, 100)
    for action in ("faster", "faster", "faster", "slower", "slower", "re-join"):
        room.act(action)
        room.run(15)
    for revise in revisions(room):
        for item in revise.items:
            reach = reach_of(LIBRARY, item)
            least, most = reach.lowest - 1e-9, reach.highest + 1e-9
            assert all(least <= r.rate <= most for r in item.rate)


def test_settings_say_who_plays_at_first():
    live = msgspec.convert({"source": "live", "title": "Guitar"}, ListeningSettings)
    assert (live.source, live.title, live.pieces) == ("live", "Guitar", ("harbour",))


def test_what_was_to_be_silent_after_the_last_track_stays_silent():
    room = led(msgspec.structs.replace(FILES, arc=(ArcPiece(hold=70, minutes=9),)), 300)
    room.act("down")
    room.run(200)
    titles = [each.title for each in room.events if isinstance(each, ev.TrackStarted)]
    assert titles == ["a", "b", "c"]


def test_a_track_that_is_slowed_is_heard_to_its_end():
    room = led(WAVED, 30, planned_us=None)
    for _ in range(2):
        room.act("slower")
    room.run(772)
    assert 1 in room.runner.running
    assert room.view().title == "b"
    room.run(30)
    assert 1 not in room.runner.running


def test_the_library_is_chosen_from_anew_once_a_lead_has_settled():
    room = led(LIBRARY, 30)
    for _ in range(5):
        room.act("up")
        room.run(1)
    assert not [each for each in room.events if getattr(each, "chosen", False)]
    room.run(5)
    (chosen,) = [each for each in room.events if getattr(each, "chosen", False)]
    goal = room.view().target_bpm
    off = [abs(item.planned_bpm[0] - goal) for item in chosen.items[1:]]
    before = [each for each in room.events if isinstance(each, own.ProgrammeRevised)][-2]
    assert sum(off) < sum(abs(item.planned_bpm[0] - goal) for item in before.items[1:])
    wishes = [each.asked for _, each in room.commands if isinstance(each, cmd.ReviseProgramme)]
    assert wishes[-1] is None


def test_files_of_unknown_tempo_end_by_themselves_after_one_failed():
    tracks = tuple(Track(file=f"/m/{n}.wav", duration_s=60.0) for n in "abc")
    room = led(ListeningSettings(track=tracks), 10, planned_us=None)
    room.report(ev.TrackFailed(t_us=room.now, item=room.sounding, message="No.", hint=""))
    room.skip()
    room.run(200)
    assert 1 not in room.runner.running


def over_us(room):
    """Give when the last of the music ends, in session time."""
    programme = room.listening.state.current(room.now)
    last = programme.items[-1]
    return programme.at_us - programme.position_us + last.start_us + last.duration_us


@pytest.mark.parametrize(
    ("at_s", "actions"),
    [
        (20, ["faster", "undo"]),
        (400, ["up"] * 4),
        (520, ["faster"] * 3),
        (560, ["faster"] * 5),
        (570, ["faster"]),
    ],
)
@pytest.mark.parametrize("wanted", [STEADY, SETTLE])
def test_composed_music_that_is_quickened_lasts_until_the_time_is_over(wanted, at_s, actions):
    room = led(wanted, at_s)
    for action in actions:
        room.act(action)
        room.run(5)
    assert 0 <= 10 * MINUTE - over_us(room) <= 2 * SECOND
    room.run(10 * 60 - room.now // SECOND - 1)
    assert 0 <= 10 * MINUTE - over_us(room) <= 2 * SECOND


def test_what_a_lead_took_from_a_composed_piece_comes_back_with_the_next():
    room = led(STEADY, 20)
    room.act("faster")
    assert len(revisions(room)[-1].items) == 2
    room.run(20)
    room.act("undo")
    assert len(revisions(room)[-1].items) == 1


def test_recordings_that_begin_with_a_pickup_last_until_the_time_is_over():
    late = tuple(msgspec.structs.replace(track, first_beat_s=6.0) for track in WAVED.track)
    room = led(msgspec.structs.replace(WAVED, track=late), 30)
    room.act("faster")
    room.run(8)
    assert abs(10 * MINUTE - over_us(room)) <= SECOND // 100
