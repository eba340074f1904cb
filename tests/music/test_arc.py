"""Arcs as a plan writes them, and the tempo that follows."""

import math
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.music.arc import (
    ArcPiece,
    arc_length,
    arc_tempo,
    check_arc,
    says_start,
    silences,
    sounding,
    unfold,
)
from mtsession.music.tempo_parts import jumps, slice_tempo
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE

SETTLE = [
    ArcPiece(hold=76, minutes=1),
    ArcPiece(to=66, minutes=7.5),
    ArcPiece(hold=66, minutes=1.5),
]


def test_a_glide_runs_straight_between_its_ends():
    tempo = arc_tempo(SETTLE)
    assert arc_length(SETTLE) == 10 * MINUTE
    assert tempo.bpm_at(MINUTE // 2) == 76
    assert tempo.bpm_at(round(4.75 * MINUTE)) == pytest.approx(71)
    assert tempo.bpm_at(9 * MINUTE) == 66
    assert jumps(tempo) == ()


def test_steps_are_even_and_end_at_the_tempo_asked_for():
    tempo = arc_tempo([ArcPiece(hold=74, minutes=1), ArcPiece(to=66, minutes=6, steps=4)])
    assert [tempo.bpm_at(round(minute * MINUTE)) for minute in (0, 1, 2.6, 4.1, 5.6, 7)] == [
        74, 72, 70, 68, 66, 66,
    ]  # fmt: skip
    assert jumps(tempo) == tuple(round(minute * MINUTE) for minute in (1, 2.5, 4, 5.5))


@pytest.mark.parametrize(
    ("piece", "key", "told"),
    [
        ({"hold": 0, "minutes": 1}, "hold", "0 is not a tempo"),
        ({"hold": -60, "minutes": 1}, "hold", "-60 is not a tempo"),
        ({"hold": math.nan, "minutes": 1}, "hold", "nan is not a tempo"),
        ({"to": math.inf, "minutes": 1}, "to", "inf is not a tempo"),
        ({"to": 60, "from": 0, "minutes": 1}, "from", "not a tempo"),
        ({"hold": 60, "minutes": 0}, "minutes", "0 minutes"),
        ({"hold": 60, "minutes": math.nan}, "minutes", "nan minutes"),
        ({"hold": 60, "minutes": 1, "steps": 3}, "steps", "no meaning"),
        ({"to": 60, "minutes": 1, "steps": 0}, "steps", "0 steps"),
        ({"hold": 60, "to": 50, "minutes": 1}, "", "either holds"),
        ({"minutes": 1}, "", "either holds"),
    ],
)
def test_what_is_no_piece_is_refused_with_its_key(piece, key, told):
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(piece, ArcPiece)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"`{key}`: " if key else "a piece")


@pytest.mark.parametrize(
    ("arc", "told"),
    [
        ([], "empty"),
        ([ArcPiece(to=60, minutes=5)], "`arc[0].from`"),
        ([ArcPiece(hold=70, minutes=1), ArcPiece(to=60, minutes=5)], "`arc[1].to`: from 70 to 60"),
        ([ArcPiece(hold=60, minutes=1), ArcPiece(to=70, minutes=5)], "3.1 % a minute"),
        ([ArcPiece(hold=70, minutes=1), ArcPiece(hold=60, minutes=5)], "`arc[1].hold`"),
        ([ArcPiece(hold=70, minutes=1), ArcPiece(start=60, to=61, minutes=5)], "`arc[1].from`"),
        ([ArcPiece(start=70, to=60, minutes=2, steps=2)], "`arc[0].to`"),
    ],
)
def test_what_is_too_fast_to_follow_is_refused(arc, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        check_arc(arc, allow_fast=False)


def test_what_is_meant_to_be_fast_is_let_pass():
    fast = [ArcPiece(hold=70, minutes=1), ArcPiece(hold=60, minutes=5), ArcPiece(to=90, minutes=1)]
    assert check_arc(fast, allow_fast=True) is None
    assert arc_tempo(fast).bpm_at(7 * MINUTE) == 90


tempi = st.floats(40, 120)
lengths = st.integers(1, 40).map(lambda quarters: quarters / 4)
glides = st.builds(ArcPiece, to=tempi, minutes=lengths, steps=st.none() | st.integers(1, 6))
holds = st.builds(ArcPiece, hold=tempi, minutes=lengths)
arcs = st.builds(lambda first, rest: [first, *rest], holds, st.lists(glides | holds, max_size=4))


@given(arcs)
def test_an_arc_reaches_each_tempo_in_its_time(arc):
    tempo, at = arc_tempo(arc), 0
    for piece in arc:
        at += piece.duration_us
        before = tempo.bpm_at(at - 1)
        assert before == pytest.approx(piece.end_bpm, abs=1e-3)
    assert arc_length(arc) == at == tempo.points[-1].t_us


@given(arcs, st.floats(0, 1), st.floats(0, 1))
def test_a_slice_has_the_tempo_of_the_whole(arc, a, b):
    tempo, whole = arc_tempo(arc), arc_length(arc)
    start, end = sorted((round(a * whole), round(b * whole) + 1))
    part = slice_tempo(tempo, start, end)
    for share in (0.0, 0.3, 0.8):
        at = round(share * (end - start - 1))
        assert part.bpm_at(at) == pytest.approx(tempo.bpm_at(start + at), abs=1e-6)
    beats = tempo.beat_at(end) - tempo.beat_at(start)
    assert part.beat_at(end - start) == pytest.approx(beats, abs=1e-6)


def test_a_slice_past_the_end_holds_the_last_tempo():
    part = slice_tempo(arc_tempo(SETTLE), 20 * MINUTE, 21 * MINUTE)
    assert part == TempoMap.constant(66.0)


QUIET = ArcPiece(silence=True, minutes=2)


def test_a_u_is_short_for_three_pieces():
    short = [ArcPiece(start=72, u=62, minutes=20)]
    there, stay = ArcPiece(start=72, to=62, minutes=8), ArcPiece(hold=62, minutes=4)
    long = [there, stay, ArcPiece(to=72, minutes=8)]
    assert unfold(short) == tuple(long)
    assert arc_tempo(short) == arc_tempo(long)
    assert arc_length(short) == arc_length(long)
    other = [ArcPiece(hold=72, minutes=1), ArcPiece(u=62, back_to=66, minutes=20)]
    assert arc_tempo(other).bpm_at(21 * MINUTE) == 66
    assert arc_tempo(other).bpm_at(11 * MINUTE) == 62


@pytest.mark.parametrize(
    ("piece", "key"),
    [
        ({"u": 0, "minutes": 9}, "u"),
        ({"u": 60, "back_to": -1, "minutes": 9}, "back_to"),
        ({"u": 60, "steps": 2, "minutes": 9}, "steps"),
        ({"to": 60, "back_to": 70, "minutes": 9}, "back_to"),
        ({"silence": True, "from": 70, "minutes": 9}, "from"),
        ({"silence": True, "minutes": 0}, "minutes"),
        ({"silence": True, "hold": 66, "minutes": 1}, ""),
        ({"u": 60, "to": 66, "minutes": 1}, ""),
    ],
)
def test_keys_that_do_not_go_together_are_refused(piece, key):
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(piece, ArcPiece)
    assert str(caught.value).startswith(f"`{key}`: " if key else "a piece")


@pytest.mark.parametrize(
    ("arc", "told"),
    [
        ([ArcPiece(start=72, u=60, minutes=10)], "`arc[0].u`: from 72 to 60 BPM in 4 min is 4.6 %"),
        ([ArcPiece(start=70, u=66, back_to=80, minutes=10)], "`arc[0].back_to`: from 66 to 80"),
        ([QUIET], "silence alone"),
        ([QUIET, ArcPiece(to=60, minutes=5)], "`arc[0].from`: the arc does not say where"),
        ([QUIET, ArcPiece(hold=70, minutes=1), ArcPiece(hold=60, minutes=1)], "`arc[2].hold`"),
    ],
)
def test_a_fault_of_a_u_or_around_silence_has_its_key(arc, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        check_arc(arc, allow_fast=False)


def test_after_silence_music_may_begin_anew():
    arc = [ArcPiece(hold=80, minutes=2), QUIET, ArcPiece(hold=60, minutes=2)]
    assert check_arc(arc, allow_fast=False) is None
    assert arc_tempo(arc).bpm_at(3 * MINUTE) == 80
    assert arc_tempo(arc).bpm_at(4 * MINUTE) == 60
    assert silences(arc) == ((2 * MINUTE, 4 * MINUTE),)
    assert sounding(arc, 10 * MINUTE) == ((0, 2 * MINUTE), (4 * MINUTE, 10 * MINUTE))
    assert sounding(arc, 5 * MINUTE, 3 * MINUTE) == ((4 * MINUTE, 5 * MINUTE),)


def test_silence_at_the_end_goes_on_and_at_the_start_waits():
    arc = [QUIET, ArcPiece(hold=60, minutes=2), QUIET, QUIET]
    assert silences(arc) == ((0, 2 * MINUTE), (4 * MINUTE, 8 * MINUTE))
    assert sounding(arc, 20 * MINUTE) == ((2 * MINUTE, 4 * MINUTE),)
    assert arc_tempo(arc).bpm_at(MINUTE) == 60


@given(st.floats(50, 110), st.floats(50, 110), st.integers(2, 40))
def test_an_arc_begins_where_it_is_told(start, to, minutes):
    arc = [ArcPiece(to=to, minutes=minutes)]
    assert not says_start(arc)
    assert arc_tempo(arc, start) == arc_tempo([ArcPiece(start=start, to=to, minutes=minutes)])
    assert says_start(unfold(arc, start))
    said = [ArcPiece(hold=to, minutes=1)]
    assert arc_tempo(said, start) == arc_tempo(said)
