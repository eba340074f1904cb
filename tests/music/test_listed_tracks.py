"""The therapist's own recordings along an arc."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.errors import MusicError
from mtsession.music.playlist import order_by_arc, plan_tracks
from mtsession.music.programme import Fades
from mtsession.music.track import Track
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND

DOWN = TempoMap.of((0, 80.0), (10 * MINUTE, 60.0))


def track(name, bpm, seconds=150.0, **more):
    return Track(file=f"/music/{name}.flac", bpm=bpm, duration_s=seconds, **more)


def planned(tracks, tempo=DOWN, minutes=10, **options):
    duration = None if minutes is None else round(minutes * MINUTE)
    return plan_tracks(tracks, tempo, duration_us=duration, first_number=2000, **options)


def titles(programme):
    return [item.title for item in programme.items]


def test_tracks_are_put_in_the_order_of_the_arc():
    tracks = [track("c", 66), track("a", 78), track("d", 61), track("b", 71)]
    programme = planned(tracks)
    assert titles(programme) == ["a", "b", "c", "d"]
    assert programme.items[0].planned_bpm == (78, 78)


def test_tracks_stay_as_listed_where_that_is_asked_or_there_is_no_arc():
    tracks = [track("c", 66), track("a", 78), track("d", 61), track("b", 71)]
    assert titles(planned(tracks, order="as listed")) == ["c", "a", "d", "b"]
    assert titles(planned(tracks, tempo=None)) == ["c", "a", "d", "b"]


def test_the_last_track_is_trimmed_with_a_fade_at_the_end():
    programme = planned([track("a", 78, 400.0), track("b", 62, 400.0)])
    last = programme.items[-1]
    assert programme.duration_us == last.start_us + last.duration_us == 10 * MINUTE
    assert last.fade_out_us == 8 * SECOND


def test_too_little_music_is_said():
    programme = planned([track("a", 70, 180.0), track("b", 70, 180.0)])
    assert programme.duration_us == 352 * SECOND
    assert "The tracks last 5:52 of 10:00; after that it is silent." in programme.notes


def test_too_little_music_goes_round_where_that_is_asked():
    programme = planned([track("a", 70, 180.0), track("b", 70, 180.0)], repeat=True)
    assert titles(programme) == ["a", "b", "a", "b"]
    assert programme.duration_us == 10 * MINUTE
    assert any("played again" in note for note in programme.notes)


def test_what_is_not_played_is_said():
    programme = planned([track("a", 70, 700.0), track("b", 70, 180.0)], order="as listed")
    assert programme.notes == ("“b” is not played: the time is full before it.",)


def test_a_tempo_far_from_the_arc_is_said():
    programme = planned([track("fast", 140, 600.0)])
    assert programme.notes == ("“fast” is at 140 BPM where the arc is at 70.",)


def test_an_unknown_tempo_comes_last_and_is_said():
    programme = planned([track("x", None), track("a", 78)])
    assert titles(programme) == ["a", "x"]
    assert "The tempo of “x” is not known, so it has no place in the arc." in programme.notes


def test_without_an_end_each_track_is_played_once():
    programme = planned([track("a", 70, 180.0), track("b", 70, 180.0)], minutes=None, repeat=True)
    assert programme.duration_us == 352 * SECOND
    assert programme.next_us == 344 * SECOND


def test_known_beats_become_a_grid_and_unknown_ones_none():
    beats = track("a", 60, 10.2, first_beat_s=0.5, beats_per_bar=4)
    first, second = planned([beats, track("b", 60, 30.0)], tempo=None, minutes=None).items
    assert first.beats_us == tuple(500_000 + beat * SECOND for beat in range(10))
    assert (first.grid, first.beats_per_bar) == (2000, 4)
    assert (second.grid, second.beats_us, second.beats_per_bar) == (None, (), None)


def test_known_bars_meet_in_the_crossfade():
    one = track("a", 60, 100.0, first_beat_s=1.0, beats_per_bar=4)
    two = track("b", 66, 100.0, first_beat_s=0.75, beats_per_bar=4)
    before, after = planned([one, two], tempo=None, minutes=None).items
    meeting = after.start_us + after.beats_us[0] - before.start_us
    assert meeting in before.beats_us[::4]
    assert before.start_us + before.duration_us == after.start_us + 8 * SECOND


def test_no_track_is_refused():
    with pytest.raises(MusicError, match="no track"):
        planned([])


@given(st.lists(st.floats(50, 90), min_size=1, max_size=5), st.integers(100, 200))
def test_few_tracks_are_ordered_as_well_as_can_be(tempi, seconds):
    tracks = [track(str(place), bpm, float(seconds)) for place, bpm in enumerate(tempi)]

    def cost(order):
        step = seconds - 8
        middles = [(place * step + seconds / 2) * SECOND for place in range(len(order))]
        return sum(
            abs(each.bpm - DOWN.bpm_at(round(at))) for each, at in zip(order, middles, strict=True)
        )

    chosen = order_by_arc(tracks, DOWN, duration_us=None, overlap_us=8 * SECOND)
    assert cost(chosen) == pytest.approx(min(cost(order) for order in permutations(tracks)))


any_track = st.builds(
    lambda bpm, seconds, first: track(f"{bpm}-{seconds}", bpm, seconds, first_beat_s=first,
                                      beats_per_bar=4),
    st.none() | st.floats(40, 160),
    st.floats(20, 400),
    st.none() | st.floats(0, 5),
)  # fmt: skip


@given(st.lists(any_track, min_size=1, max_size=10), st.integers(1, 30), st.booleans())
def test_items_are_contiguous_and_crossfades_lie_inside(tracks, minutes, repeat):
    fades = Fades()
    programme = planned(tracks, minutes=minutes, repeat=repeat, fades=fades)
    items = programme.items
    assert items[0].start_us == 0
    assert programme.duration_us <= minutes * MINUTE
    for before, after in pairwise(items):
        overlap = before.start_us + before.duration_us - after.start_us
        assert overlap == before.fade_out_us == after.fade_in_us <= fades.crossfade_us
    lengths = {each.file: each.duration_us for each in tracks}
    for item in items:
        assert item.fade_in_us + item.fade_out_us <= item.duration_us
        assert item.duration_us <= lengths[item.source.path]
    if repeat:
        assert programme.duration_us == minutes * MINUTE
