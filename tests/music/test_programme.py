"""Built-in pieces along an arc: in time, in tempo, one into the other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.errors import MusicError
from mtsession.media.composer.catalogue import PIECES
from mtsession.music.arc import ArcPiece, arc_length, arc_tempo
from mtsession.music.programme import Fades, plan_pieces
from mtsession.music.tempo_parts import jumps
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND

DOWN = [
    ArcPiece(hold=106, minutes=2),
    ArcPiece(to=80, minutes=14.5),
    ArcPiece(hold=80, minutes=3.5),
]


def planned(arc, pieces, **options):
    length = arc_length(arc)
    return plan_pieces(pieces, arc_tempo(arc), duration_us=length, first_number=1000, **options)


def test_one_piece_is_composed_along_the_whole_arc():
    programme = planned(DOWN, ["brook"])
    (item,) = programme.items
    assert (item.start_us, item.duration_us) == (0, 20 * MINUTE)
    assert item.source.tempo == arc_tempo(DOWN).points
    assert item.planned_bpm == (106.0, 80.0)
    assert item.fade_out_us == 8 * SECOND
    assert item.beats_us == tuple(arc_tempo(DOWN).beats_until(20 * MINUTE))


def test_several_pieces_share_the_time_evenly():
    programme = planned(DOWN, ["brook", "meadow", "harbour"])
    assert [item.title for item in programme.items] == ["Brook", "Meadow", "Harbour"]
    starts = [item.start_us / MINUTE for item in programme.items]
    assert starts == pytest.approx([0, 20 / 3, 40 / 3], abs=0.04)


def test_each_step_is_an_item_of_one_tempo():
    arc = [ArcPiece(hold=76, minutes=2), ArcPiece(to=66, minutes=8, steps=4)]
    items = planned(arc, ["harbour"]).items
    assert [item.planned_bpm for item in items] == [
        (76, 76), (73.5, 73.5), (71, 71), (68.5, 68.5), (66, 66),
    ]  # fmt: skip
    assert len({(item.source.key, item.source.seed) for item in items}) == 5
    assert items[0].source.key == PIECES["harbour"].default_key


def test_a_round_sounds_on_for_the_next_to_fade_over_it():
    programme = planned([ArcPiece(hold=64, minutes=30)], ["harbour", "meadow"], goes_round=True)
    last = programme.items[-1]
    assert programme.next_us == 30 * MINUTE
    assert last.start_us + last.duration_us == 30 * MINUTE + 16 * SECOND
    assert last.fade_out_us == 8 * SECOND


def test_what_cannot_be_planned_is_refused():
    with pytest.raises(MusicError, match="no piece"):
        planned(DOWN, [])
    with pytest.raises(MusicError, match="130"):
        plan_pieces(["brook"], TempoMap.constant(130), duration_us=MINUTE, first_number=1)


tempi = st.floats(40, 120)
lengths = st.integers(2, 24).map(lambda quarters: quarters / 4)
glides = st.builds(ArcPiece, to=tempi, minutes=lengths, steps=st.none() | st.integers(1, 4))
holds = st.builds(ArcPiece, hold=tempi, minutes=lengths)
arcs = st.builds(lambda first, rest: [first, *rest], holds, st.lists(glides | holds, max_size=3))
lists = st.lists(st.sampled_from(sorted(PIECES)), min_size=1, max_size=4)


@given(arcs, lists, st.integers(0, 12))
def test_items_are_contiguous_and_crossfades_lie_inside(arc, pieces, fade_s):
    fades = Fades(crossfade_us=fade_s * SECOND, end_us=8 * SECOND)
    programme = planned(arc, pieces, fades=fades)
    items = programme.items
    assert items[0].start_us == 0
    assert items[0].fade_in_us == 0
    assert [item.item for item in items] == [1000 + place for place in range(len(items))]
    for before, after in pairwise(items):
        overlap = before.start_us + before.duration_us - after.start_us
        assert overlap == before.fade_out_us == after.fade_in_us
        assert after.start_us - before.start_us >= before.fade_in_us
    last = items[-1]
    assert last.start_us + last.duration_us == arc_length(arc)
    assert all(item.fade_in_us + item.fade_out_us <= item.duration_us for item in items)


@given(arcs, lists)
def test_the_tempo_of_what_sounds_is_the_arcs(arc, pieces):
    tempo = arc_tempo(arc)
    items = planned(arc, pieces).items
    steps = jumps(tempo)
    ends = [item.start_us for item in items[1:]] + [arc_length(arc)]
    for item, end in zip(items, ends, strict=True):
        own = TempoMap(item.source.tempo)
        for share in (0.1, 0.5, 0.9):
            at = round(item.start_us + share * (end - item.start_us))
            # Steps wait for a downbeat: at most half a bar of four at 40 BPM, and half of it again.
            if all(abs(at - step) > 6 * SECOND for step in steps):
                assert own.bpm_at(at - item.start_us) == pytest.approx(tempo.bpm_at(at), rel=1e-9)


@given(arcs, lists)
def test_changes_fall_on_downbeats_of_what_sounds(arc, pieces):
    items = planned(arc, pieces).items
    for before, after in pairwise(items):
        downbeats = before.beats_us[:: before.beats_per_bar]
        assert after.start_us - before.start_us in downbeats


@given(arcs, lists)
def test_beats_are_those_of_the_tempo_that_is_composed(arc, pieces):
    for item in planned(arc, pieces).items:
        own = TempoMap(item.source.tempo)
        assert item.beats_us == tuple(own.beats_until(item.source.duration_us))
        assert item.source.duration_us == item.duration_us
        assert all(40 <= point.bpm <= 120 for point in item.source.tempo)


@given(arcs, lists, st.integers(0, 3))
def test_the_same_asking_gives_the_same_programme(arc, pieces, seed):
    assert planned(arc, pieces, seed=seed) == planned(arc, pieces, seed=seed)
