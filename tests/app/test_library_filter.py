"""Filtering and sorting, as pure functions."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.app.library_filter import COLUMNS, matching, ordered, parse_filter
from mtsession.app.library_words import tempo_mark
from mtsession.errors import MusicError
from ui.memory_library import shelf_of

ALL = list(shelf_of(60).values())


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", lambda one: True),
        ("inga", lambda one: one.artist == "Inga Holm"),
        ("INGA harbour", lambda one: one.artist == "Inga Holm" and "Harbour" in one.title),
        ("bpm:58-66", lambda one: one.bpm is not None and 58 <= one.bpm <= 66),
        ("bpm:-60", lambda one: one.bpm is not None and one.bpm <= 60),
        ("bpm:90-", lambda one: one.bpm is not None and one.bpm >= 90),
        ("bpm:66", lambda one: one.bpm is not None and 65.5 <= one.bpm <= 66.5),
        ("key:am", lambda one: one.analysis is not None and one.analysis.key == "Am"),
        ("label:sleep", lambda one: "for sleep" in one.labels),
        ('label:"for sleep"', lambda one: "for sleep" in one.labels),
        ("words:no", lambda one: one.words is False),
        ("words:unknown", lambda one: one.words is None),
        ("locked", lambda one: one.decision.locked),
        ("faulty", lambda one: one.fault is not None),
        ("missing", lambda one: not one.present),
        ("length:3-5", lambda one: one.duration_s is not None and 180 <= one.duration_s <= 300),
    ],
)
def test_a_filter_lets_through_what_it_says(text, holds):
    found = matching(ALL, parse_filter(text))
    assert found == [one for one in ALL if holds(one)]
    assert found


def test_unsure_is_what_waits_for_an_ear():
    found = matching(ALL, parse_filter("unsure"))
    assert found
    assert all(tempo_mark(one) == "?" for one in found)


@pytest.mark.parametrize("text", ["tempo:60", "bpm:", "bpm:fast", "bpm:60-70-80", "words:maybe"])
def test_a_term_that_cannot_be_read_is_named(text):
    with pytest.raises(MusicError) as caught:
        parse_filter(text)
    assert caught.value.hint


@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_a_fault_of_one_sentence(text):
    with contextlib.suppress(MusicError):
        wanted = parse_filter(text)
        assert len(matching(ALL, wanted)) <= len(ALL)


@given(column=st.sampled_from([each.key for each in COLUMNS]), falling=st.booleans())
def test_sorting_loses_nobody_and_puts_the_unknown_last(column, falling):
    found = ordered(ALL, column, falling=falling)
    assert sorted(one.content for one in found) == sorted(one.content for one in ALL)
    sort = next(each.sort for each in COLUMNS if each.key == column)
    known = [sort(one) is not None for one in found]
    assert known == sorted(known, reverse=True)
