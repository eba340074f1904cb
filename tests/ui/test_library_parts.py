"""What the Library draws, as pure functions."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_library import made, shelf_of
from rich.cells import cell_len

from mtsession.errors import MusicError
from mtsession.music.arc import ArcPiece
from mtsession.music.planner import material, plan_programme
from mtsession.music.recording import Recording, Taste
from mtsession.ui import waveform
from mtsession.ui.arc_plot import arc_words, parse_arc, programme_lines, programme_plot
from mtsession.ui.draw import row_text, row_width
from mtsession.ui.library_detail import next_place, tap_sentence
from mtsession.ui.library_list import heading, row_words, widths
from mtsession.ui.plot import two_lines

ALL = list(shelf_of(60).values())


def changed(recording: Recording, **fields: object) -> Recording:
    return msgspec.structs.replace(recording, **fields)


# The list's rows


@given(number=st.integers(0, 500), width=st.integers(58, 200))
def test_a_row_fits_its_width_exactly(number, width):
    assert cell_len(row_words(made(number), width, None)) == width - 1
    assert cell_len(heading(width, "bpm", falling=True)) == width
    assert sum(widths(width).values()) + 3 == width


@given(title=st.text(max_size=80), artist=st.text(max_size=80))
def test_any_title_keeps_the_columns_in_their_place(title, artist):
    row = row_words(changed(made(0), title=title, artist=artist), 79, Taste())
    assert cell_len(row) == 78
    assert row.isprintable()


# Sentences


def test_tapping_is_told_from_the_first_tap():
    assert tap_sentence([1.0], None).startswith("Tap t on each beat: 1 of 4")
    assert "not yet one pulse" in tap_sentence([1.0] * 5, None)


# The outline


@given(
    peaks=st.binary(max_size=400),
    width=st.integers(1, 120),
    start=st.floats(0, 30),
    span=st.floats(0.1, 60),
)
def test_an_outline_fills_its_cells_and_no_more(peaks, width, start, span):
    heights = waveform.columns(peaks, width, rate=20, from_s=start, span_s=span)
    assert len(heights) == width
    assert all(0 <= value <= 1 for value in heights)
    rows = waveform.outline(heights, 3)
    assert [len(row) for row in rows] == [width] * 3


def test_beats_are_counted_where_bars_are_known():
    beats = [0.5 * beat for beat in range(9)]
    drawn = waveform.beat_marks(beats, 16, from_s=0, span_s=4, downbeat=2, beats_per_bar=4)
    assert drawn == "3 4 1 2 3 4 1 2 "
    drawn = waveform.beat_marks(beats, 16, from_s=0, span_s=4, downbeat=None, beats_per_bar=None)
    assert drawn == "· · · · · · · · "
    crowded = waveform.beat_marks(beats, 4, from_s=0, span_s=4, downbeat=0, beats_per_bar=2)
    assert crowded == "1111"


@given(position=st.floats(0, 4000), length=st.floats(0.1, 4000))
def test_the_close_view_always_holds_the_place_that_sounds(position, length):
    position = min(position, length)
    start = waveform.window_start(position, length)
    assert 0 <= start <= position <= start + max(waveform.WINDOW_S, length - start)


@given(st.lists(st.tuples(st.text("ab·1", min_size=1, max_size=5), st.just("")), max_size=4),
       st.integers(0, 30))  # fmt: skip
def test_a_sign_put_into_a_row_keeps_its_width(row, x):
    before = row_text(tuple(row))
    after = row_text(waveform.put(tuple(row), x, "┃", "strong"))
    assert len(after) == len(before)
    assert after[x : x + 1] in {"", "┃"}


def test_arrows_go_from_bar_to_bar_and_end_at_the_ends():
    one = made(0)
    bars = one.beats_s[1::4]
    assert next_place(one, 0.0, 1) == bars[0]
    assert next_place(one, bars[0], 1) == bars[1]
    assert next_place(one, bars[1] + 0.3, -1) == bars[0]
    assert next_place(one, bars[0], -1) == pytest.approx(bars[0] - 5)
    assert next_place(changed(one, beats_per_bar=None), 10.0, -1) == 5.0


# Arcs and plots


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("80 > 60 in 20", [ArcPiece(start=80, to=60, minutes=20)]),
        ("80>60 in 20 min", [ArcPiece(start=80, to=60, minutes=20)]),
        ("80 to 60 in 20 in 5 steps", [ArcPiece(start=80, to=60, minutes=20, steps=5)]),
        ("hold 66 for 5", [ArcPiece(hold=66, minutes=5)]),
        ("72 u 60 in 20", [ArcPiece(start=72, u=60, minutes=20)]),
        (
            "66,5 for 2; > 60 in 7.5; silence 1; 60 for 2",
            [
                ArcPiece(hold=66.5, minutes=2),
                ArcPiece(to=60, minutes=7.5),
                ArcPiece(silence=True, minutes=1),
                ArcPiece(hold=60, minutes=2),
            ],
        ),
    ],
)
def test_an_arc_is_read_as_it_is_typed_and_written_back(text, pieces):
    assert list(parse_arc(text)) == pieces
    assert list(parse_arc(arc_words(pieces))) == pieces


@pytest.mark.parametrize("text", ["", ";", "fast", "80 > 60", "80 > 0 in 20", "60 for 0", "> in 3"])
def test_what_is_no_arc_is_told_with_an_example(text):
    with pytest.raises(MusicError) as caught:
        parse_arc(text)
    assert "80 > 60 in 20" in caught.value.hint


@given(st.text(max_size=20))
def test_any_text_is_an_arc_or_a_fault(text):
    with contextlib.suppress(MusicError):
        assert parse_arc(text)


def planned(text: str):
    usable, _ = material(ALL, None)
    return plan_programme(usable, parse_arc(text))


@pytest.mark.parametrize("size", [(78, 9), (116, 18), (30, 6)])
@pytest.mark.parametrize("arc", ["80 > 60 in 20", "66 for 3; silence 2; 60 for 5"])
def test_a_programme_is_drawn_within_its_size(arc, size):
    width, height = size
    rows = programme_plot(planned(arc), width, height)
    assert len(rows) == height
    assert all(row_width(row) <= width for row in rows[1:])
    assert "planned tempo" in row_text(rows[0])
    assert row_text(rows[-2]).split()[0] == "1"
    assert row_text(rows[-1]).split()[0] == "0:00"


def dots(text: str) -> int:
    """Count the dots of braille signs."""
    return sum((ord(sign) - 0x2800).bit_count() for sign in text if sign != " ")


def test_the_arc_and_the_plan_differ_without_colour():
    along = [(0.0, 70.0), (100.0, 70.0)]
    solid = "".join(row_text(row)[5:] for row in two_lines([], [along], 35, 3, length=100))
    dotted = "".join(row_text(row)[5:] for row in two_lines([along], [], 35, 3, length=100))
    assert dots(solid) == 60
    assert dots(dotted) == 20


def test_what_could_not_be_done_stands_below_the_titles():
    far = planned("140 > 120 in 10")
    lines = [row_text(row) for row in programme_lines(far, 78)]
    assert any(line.startswith("! ") for line in lines)
    assert all(len(line) <= 78 for line in lines)
