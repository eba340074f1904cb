"""Listening to recordings that were chosen along an arc: skipped, failed, held, restored."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.listening_room import Room, happen, happenings
from mtsession.activities.listening.method import METHOD
from mtsession.activities.listening.settings import LEAD_US, ListeningSettings
from mtsession.activities.listening.wish import LibraryWish
from mtsession.app.choosing import choose
from mtsession.errors import PlanError
from mtsession.music.arc import ArcPiece
from mtsession.music.recording import Analysis, Recording
from mtsession.music.track import Track
from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.activity import ActivityContext
from mtsession.timeline import events as ev
from mtsession.timeline.units import MINUTE, SECOND, Micros

ARC = (ArcPiece(start=76, to=66, minutes=10),)
QUIET = ArcPiece(silence=True, minutes=1)


def known(name, bpm, seconds=180.0):
    beats = tuple(0.5 + beat * 60 / bpm for beat in range(int((seconds - 1) * bpm / 60)))
    analysis = Analysis(duration_s=seconds, bpm=bpm, steady=True, lufs=-23.0, beats_s=beats)
    return Recording(
        content=f"{name:0>64}", path=f"/music/{name}.flac", title=name, analysis=analysis, bpm=bpm,
        beats_s=beats, downbeat=0, beats_per_bar=4,
    )  # fmt: skip


MANY = [known(f"t{place}", 64.0 + place) for place in range(14)]


def chosen(arc=ARC, **more):
    wanted = ListeningSettings(library=LibraryWish(), arc=arc, **more)
    planned_us = Micros(10 * MINUTE)
    wish = wanted.library
    return choose(wanted, wish, planned_us=planned_us, recordings=MANY, taste=None)[0]


LIBRARY = chosen()
LISTED = msgspec.structs.replace(LIBRARY, library=None, playlist="kept.toml", spare=())


def names(play):
    return [item.title for item in play.items]


def test_what_was_chosen_plays_with_its_rates_along_the_arc():
    room = Room(LIBRARY)
    (play,) = room.asked()
    assert names(play) == [each.title for each in LIBRARY.material]
    assert play.items[0].planned_bpm[0] == 76
    assert all(item.rate for item in play.items)
    last = play.items[-1]
    assert play.at_us + last.start_us + last.duration_us <= 10 * MINUTE
    room.run(300)
    view = room.view()
    assert view.planned_bpm == pytest.approx(76 - 10 * (300 - 1.5) / 600)
    assert view.next_title is not None


def test_a_skip_plans_anew_from_where_the_arc_is_without_what_was_heard():
    room = Room(LIBRARY)
    room.run(200)
    heard = [each.title for each in room.events if isinstance(each, ev.TrackStarted)]
    room.do(it.Act(activity=1, action="skip"))
    play, planned = room.asked()[-1], room.planned()[-1]
    assert not set(names(play)) & set(heard)
    arc_at = 76 - 10 * (planned.arc_from_us / (10 * MINUTE))
    assert play.items[0].planned_bpm[0] == pytest.approx(arc_at, abs=0.3)
    last = play.items[-1]
    left = 10 * MINUTE - play.at_us
    assert last.start_us + last.duration_us <= left


def test_skipping_again_and_again_finds_other_music_for_long():
    room = Room(LIBRARY)
    begun = []
    for _ in range(8):
        room.run(10)
        begun.append(room.view().title)
        room.do(it.Act(activity=1, action="skip"))
    assert len(set(begun)) == len(begun)
    for _ in range(10):
        room.run(10)
        room.do(it.Act(activity=1, action="skip"))
    assert room.view().title is not None


def test_a_recording_that_fails_last_is_replaced_by_another_of_the_library():
    room = Room(LIBRARY)
    room.run(10)
    for item in room.planned()[0].items:
        room.report(
            ev.TrackFailed(t_us=room.now, item=item.item, message="It is damaged.", hint="")
        )
    room.run(1)
    play = room.asked()[-1]
    assert set(names(play)) <= {each.title for each in LIBRARY.spare}
    assert room.planned()[-1].why == "failed"


def test_a_panel_shows_a_few_notes_and_the_record_has_all():
    many = tuple(f"Note {place}." for place in range(4))
    room = Room(msgspec.structs.replace(LIBRARY, notes=many))
    assert room.planned()[0].notes[:4] == many
    assert room.view().message.startswith("Note 0. Note 1. (And ")


def test_after_quiet_the_arc_goes_on_where_it_stood():
    room = Room(LIBRARY)
    room.run(200)
    room.do(it.Quiet(fade_us=Micros(0)))
    room.report(ev.QuietCommanded(t_us=room.now, fade_us=Micros(0)))
    room.run(30)
    room.do(it.Resume())
    planned = room.planned()[-1]
    assert planned.arc_from_us == 200 * SECOND - LEAD_US
    assert planned.items[0].planned_bpm[0] == pytest.approx(76 - 10 * 198.5 / 600, abs=0.3)


def test_a_playlist_keeps_its_order_when_music_is_skipped():
    room = Room(LISTED)
    order = names(room.asked()[0])
    room.run(200)
    now = room.view().title
    room.do(it.Act(activity=1, action="skip"))
    assert names(room.asked()[-1])[0] == order[order.index(now) + 1]


@pytest.mark.parametrize("source", ["library", "pieces", "track"])
def test_planned_silence_is_silent_and_said(source):
    arc = (ArcPiece(hold=70, minutes=3), QUIET, ArcPiece(hold=68, minutes=6))
    wanted = chosen(arc)
    if source == "pieces":
        wanted = ListeningSettings(pieces=("harbour",), arc=arc)
    elif source == "track":
        files = tuple(Track(file=f"/m/{n}.wav", bpm=70, duration_s=150.0) for n in range(5))
        wanted = ListeningSettings(track=files, arc=arc)
    room = Room(wanted)
    (play,) = room.asked()
    for item in play.items:
        end = item.start_us + item.duration_us
        assert end <= 3 * MINUTE + 1 or item.start_us >= 4 * MINUTE
    softly = next(item for item in play.items if item.start_us >= 4 * MINUTE)
    assert softly.start_us == 4 * MINUTE
    assert softly.fade_in_us == 6 * SECOND
    numbers = [item.item for item in play.items]
    assert numbers == sorted(set(numbers))
    room.run(200)
    for each in [each for each in play.items if each.start_us < 3 * MINUTE]:
        room.report(ev.TrackEnded(t_us=room.now, item=each.item, reason="end"))
    assert room.view().message == "Silence, as planned; 0:42 left."
    room.run(60)
    assert not room.view().message.startswith("Silence")
    assert room.view().title is not None


def test_silence_at_the_end_belongs_to_the_music():
    wanted = ListeningSettings(
        pieces=("harbour",), arc=(ArcPiece(hold=66, minutes=1), QUIET), runs_on=True
    )
    room = Room(wanted, planned_us=Micros(30 * SECOND))
    room.run(110)
    assert 1 in room.runner.running
    room.run(20)
    assert 1 not in room.runner.running


def test_a_u_comes_back_up():
    wanted = ListeningSettings(pieces=("harbour",), arc=(ArcPiece(start=72, u=64, minutes=16),))
    programme = wanted.programme(planned_us=None, first_number=1, seed=0)
    assert programme.items[0].planned_bpm == (72, 72)
    assert wanted.tempo.bpm_at(8 * MINUTE) == 64


def test_an_arc_without_a_start_needs_one():
    arc = (ArcPiece(to=64, minutes=10),)
    wanted = ListeningSettings(pieces=("harbour",), arc=arc)
    with pytest.raises(PlanError, match=r"`arc\[0\].from`"):
        METHOD.make(wanted, ActivityContext(activity=1))
    begun = msgspec.structs.replace(wanted, start_bpm=70.0)
    (play,) = METHOD.make(begun, ActivityContext(activity=1)).start(Micros(0)).commands
    assert play.items[0].planned_bpm == (70, 64)


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({"library": {}}, "chosen from by tempo"),
        ({"library": {}, "pieces": ["harbour"]}, "does not share a programme with `library`"),
        ({"playlist": "a.toml", "track": [{"file": "a"}]}, "does not share .* `playlist`"),
        ({"library": {"lowest_rate": 0.8}}, "further than music is stretched"),
        ({"library": {"lowest_rate": 1.05, "highest_rate": 1.0}}, "above highest_rate"),
        ({"library": {"labels": [" "]}}, "empty"),
        ({"library": {"words": "some"}}, "Invalid enum"),
        ({"start_bpm": 5}, "start_bpm"),
    ],
)
def test_wishes_that_cannot_be_are_refused(plain, told):
    with pytest.raises(msgspec.ValidationError, match=told):
        msgspec.convert(plain, ListeningSettings)


@settings(max_examples=20)
@given(st.sampled_from([LIBRARY, LISTED]), happenings)
def test_restoring_chosen_music_at_any_point_gives_the_live_state(wanted, course):
    room = Room(wanted)
    for seconds, what in course:
        room.run(seconds)
        happen(room, what)
        if 1 not in room.runner.running:
            break
        restored = METHOD.restore(wanted, room.context, room.events)
        assert restored.view(room.now) == room.listening.view(room.now)
        assert restored.tick(room.now) == room.listening.tick(room.now)
    assert all(a.t_us <= b.t_us for a, b in pairwise(room.events))
    plays = [each for _, each in room.commands if isinstance(each, cmd.PlayProgramme)]
    assert all(play.items for play in plays)
