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
    jumps,
    slice_tempo,
)
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
