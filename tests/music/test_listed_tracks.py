"""The therapist's own recordings along an arc, as a plan lists them."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.activities.listening.settings import LEAD_US, ListeningSettings
from mtsession.music.arc import ArcPiece
from mtsession.music.planning.values import Rules
from mtsession.music.playlist import END_OF_TIME_S, materials_of, order_by_arc
from mtsession.music.track import Track
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND, Micros

ARC = (ArcPiece(start=80, to=60, minutes=10),)
DOWN = TempoMap.of((0, 80.0), (10 * MINUTE, 60.0))


def track(name, bpm, seconds=150.0, **more):
    return Track(file=f"/music/{name}.flac", bpm=bpm, duration_s=seconds, **more)


def planned(tracks, arc=ARC, minutes=10, **options):
    options = {"allow_fast": True, "track": tuple(tracks), "arc": arc, **options}
    lasts = None if minutes is None else Micros(round(minutes * MINUTE) + LEAD_US)
    return ListeningSettings(**options).programme(planned_us=lasts, first_number=2000, seed=0)


def titles(programme):
    return [item.title for item in programme.items]


def end_of(item):
    return item.start_us + item.duration_us


def test_tracks_are_put_in_the_order_of_the_arc():
    tracks = [track("c", 66), track("a", 78), track("d", 61), track("b", 71)]
    programme = planned(tracks)
    assert titles(programme) == ["a", "b", "c", "d"]


def test_tracks_follow_the_arc_within_their_rates():
    first, second = planned([track("a", 78, 200.0), track("b", 70, 300.0)]).items
    assert first.planned_bpm[0] == 80
    assert first.rate[0].rate == pytest.approx(80 / 78)
    assert min(point.rate for point in second.rate) == pytest.approx(0.95)
    wide = planned([track("b", 70, 700.0)], lowest_rate=0.85, highest_rate=1.1).items[0]
    assert wide.rate[0].rate == pytest.approx(1.1)
    assert wide.planned_bpm[1] == 60


def test_what_is_sung_and_what_has_no_tempo_plays_as_it_is():
    programme = planned([track("a", 78, words=True), track("b", None)])
    assert [item.rate for item in programme.items] == [(), ()]
    assert "The tempo of “b” is not known, so it plays as it is." in programme.notes


def test_tracks_stay_as_listed_where_that_is_asked_or_there_is_no_arc():
    tracks = [track("c", 66), track("a", 78), track("d", 61), track("b", 71)]
    assert titles(planned(tracks, order="as listed")) == ["c", "a", "d", "b"]
    assert titles(planned(tracks, arc=())) == ["c", "a", "d", "b"]
    assert all(item.rate == () for item in planned(tracks, arc=()).items)


def test_the_last_track_is_trimmed_with_a_fade_at_the_end():
    programme = planned([track("a", 78, 400.0), track("b", 62, 400.0)])
    last = programme.items[-1]
    assert programme.duration_us == end_of(last) == 10 * MINUTE
    assert last.fade_out_us == 8 * SECOND


def test_too_little_music_is_said():
    programme = planned([track("a", 70, 180.0), track("b", 70, 180.0)], arc=())
    assert programme.duration_us == 352 * SECOND
    assert programme.notes == ("The music ends at 5:52, 4:08 min before its time.",)
    along = planned([track("a", 70, 180.0)], arc=(ArcPiece(hold=70, minutes=10),))
    assert along.notes[-1].startswith("The music ends at 3:00, 7:00 min before its time.")


def test_too_little_music_goes_round_where_that_is_asked():
    arc = (ArcPiece(hold=70, minutes=10),)
    programme = planned([track("a", 70, 180.0), track("b", 70, 180.0)], arc=arc, repeat=True)
    assert titles(programme) == ["a", "b", "a", "b"]
    assert programme.duration_us == 10 * MINUTE


def test_what_is_not_played_is_said():
    programme = planned([track("a", 70, 700.0), track("b", 70, 180.0)], order="as listed")
    assert "“b” is not played: the time is full before it." in programme.notes


def test_what_begins_in_the_last_seconds_is_left_out():
    arc = (ArcPiece(hold=70, minutes=5),)
    tracks = [track("a", 70, 298.0), track("b", 70, 100.0)]
    programme = planned(tracks, arc=arc, minutes=5, order="as listed")
    assert titles(programme) == ["a"]
    assert "“b” is not played: the time is full before it." in programme.notes


def test_a_tempo_far_from_the_arc_is_said():
    (note, *_) = planned([track("fast", 140, 600.0)]).notes
    assert note.startswith("No track between")
    assert "left at 133 (“fast”)" in note


def test_an_unknown_tempo_comes_last():
    assert titles(planned([track("x", None), track("a", 78)])) == ["a", "x"]


def test_without_an_end_each_track_is_played_once():
    tracks = [track("a", 70, 180.0), track("b", 70, 180.0)]
    programme = planned(tracks, arc=(), minutes=None, repeat=True)
    assert programme.duration_us == 352 * SECOND
    assert programme.next_us == 344 * SECOND


def test_known_beats_become_a_grid_and_unknown_ones_none():
    beats = track("a", 60, 30.2, first_beat_s=0.5, beats_per_bar=4)
    first, second = planned([beats, track("b", 60, 30.0)], arc=(), minutes=None).items
    assert first.beats_us == tuple(500_000 + beat * SECOND for beat in range(30))
    assert (first.grid, first.beats_per_bar) == (2000, 4)
    assert (second.grid, second.beats_us, second.beats_per_bar) == (None, (), None)


def test_no_track_is_refused():
    with pytest.raises(ValueError, match="no music"):
        planned([])


def test_planned_silence_is_kept_and_what_comes_after_it_begins_softly():
    arc = (ArcPiece(hold=66, minutes=3), ArcPiece(silence=True, minutes=1),
           ArcPiece(hold=64, minutes=3))  # fmt: skip
    tracks = [track("a", 66, 200.0), track("b", 65, 300.0)]
    before, after = planned(tracks, arc=arc, minutes=7, fade_in_s=4).items
    assert end_of(before) == 3 * MINUTE
    assert before.fade_out_us == 8 * SECOND
    assert (after.start_us, after.fade_in_us) == (4 * MINUTE, 4 * SECOND)


@given(st.lists(st.floats(50, 90), min_size=1, max_size=5), st.integers(100, 200))
def test_few_tracks_are_ordered_as_well_as_can_be(tempi, seconds):
    few = materials_of([track(str(n), bpm, float(seconds)) for n, bpm in enumerate(tempi)])
    rules = Rules()

    def cost(order):
        total, at = 0.0, 0.0
        for one in order:
            arc = DOWN.bpm_at(round((at + seconds / 2) * SECOND))
            heard = min(max(arc, one.bpm * 0.95), one.bpm * 1.05)
            total += abs(arc - heard) + 0.1 * abs(heard - one.bpm)
            at += seconds - 8
        return total

    chosen = order_by_arc(few, DOWN, rules, lasts_s=END_OF_TIME_S)
    assert cost(chosen) == pytest.approx(min(cost(order) for order in permutations(few)))


any_track = st.builds(
    lambda bpm, seconds, first: track(f"{bpm}-{seconds}", bpm, seconds, first_beat_s=first,
                                      beats_per_bar=4),
    st.none() | st.floats(40, 160),
    st.floats(20, 400),
    st.none() | st.floats(0, 5),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(any_track, min_size=1, max_size=10), st.integers(10, 30), st.booleans())
def test_items_are_contiguous_and_crossfades_lie_inside(tracks, minutes, repeat):
    programme = planned(tracks, minutes=minutes, repeat=repeat)
    items = programme.items
    assert items[0].start_us == 0
    assert programme.duration_us <= minutes * MINUTE
    for before, after in pairwise(items):
        overlap = end_of(before) - after.start_us
        assert overlap == before.fade_out_us == after.fade_in_us
    for item in items:
        assert item.fade_in_us + item.fade_out_us <= item.duration_us
    if repeat:
        assert minutes * MINUTE - programme.duration_us <= 15 * SECOND
