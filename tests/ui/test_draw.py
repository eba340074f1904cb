"""Drawing helpers: never wider than asked, and true to what they draw."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mtsession.ui import draw

widths = st.integers(0, 130)
texts = st.text(max_size=60)
shares = st.floats(-1, 2)
rows = st.lists(st.tuples(texts.map(draw.printable), st.sampled_from(["", "faint"]))).map(tuple)


@given(texts, widths)
def test_a_shortened_text_fits_and_is_whole_where_it_can_be(text: str, width: int) -> None:
    short = draw.shorten(text, width)
    assert cell_len(short) <= width
    if cell_len(draw.printable(text)) <= width:
        assert short == draw.printable(text)


@given(texts)
def test_nothing_that_steers_a_terminal_gets_through(text: str) -> None:
    assert draw.printable(text).replace(" ", "").isprintable()


def test_titles_with_escapes_wide_letters_and_line_ends() -> None:
    assert draw.shorten("a\x1b[2Jb\nc", 20) == "a [2Jb c"
    assert draw.shorten("海海海海", 5) == "海海…"
    assert draw.shorten("Harbour", 0) == ""


@given(texts, st.integers(1, 80))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    lines = draw.wrap(text, width)
    assert all(0 < cell_len(line) <= width for line in lines)
    words = [word for word in draw.printable(text).split() if cell_len(word)]
    if all(cell_len(word) <= width for word in words):
        assert " ".join(lines).split() == words


def test_a_sign_without_width_of_its_own_makes_no_line() -> None:
    assert draw.wrap("\U000e0100", 1) == []
    assert draw.wrap("a \u0301 b", 9) == ["a b"]


@given(st.lists(rows, max_size=12), st.integers(1, 90), st.integers(0, 4))
def test_packed_rows_fit(pieces: list[draw.Row], width: int, indent: int) -> None:
    packed = draw.pack(pieces, width, indent=indent)
    assert all(draw.row_width(row) <= width for row in packed)
    assert len(packed) <= len(pieces)


@given(rows, rows, widths)
def test_centred_clipped_and_two_ended_rows_fit(
    left: draw.Row, right: draw.Row, width: int
) -> None:
    assert draw.row_width(draw.clip(left, width)) <= width
    assert draw.row_width(draw.centre(left, width)) <= width
    both = draw.ends(left, right, width)
    assert draw.row_width(both) <= width
    if draw.row_width(left) + draw.row_width(right) < width:
        assert draw.row_text(both).startswith(draw.row_text(left))
        assert draw.row_text(both).endswith(draw.row_text(right))
        assert draw.row_width(both) == width


@given(st.integers(-10, 400_000))
def test_minutes_and_seconds_say_the_whole_time(seconds: int) -> None:
    parts = [int(part) for part in draw.mmss(seconds * 1_000_000 + 999_999).split(":")]
    total = 0
    for part in parts:
        total = total * 60 + part
    assert total == max(seconds, 0)


@pytest.mark.parametrize(
    ("us", "text"), [(0, "0:00"), (59_999_999, "0:59"), (3_600_000_000, "1:00:00")]
)
def test_known_times(us: int, text: str) -> None:
    assert draw.mmss(us) == text


@given(st.integers(0, 127))
def test_note_names_lead_back_to_the_pitch(pitch: int) -> None:
    name = draw.note_name(pitch)
    letters = name.rstrip("-0123456789")
    octave = int(name[len(letters) :])
    assert (octave + 1) * 12 + draw.NOTE_NAMES.index(letters) == pitch


def test_known_note_names() -> None:
    assert [draw.note_name(pitch) for pitch in (0, 21, 60, 69, 108)] == [
        "C-1",
        "A0",
        "C4",
        "A4",
        "C8",
    ]


@given(shares, widths)
def test_a_bar_has_its_width_and_grows(share: float, width: int) -> None:
    done, ahead = draw.bar(share, width)
    assert cell_len(done + ahead) == width
    assert len(draw.bar(min(share + 0.3, 2), width)[0]) >= len(done)
    assert draw.bar(1, width) == ("━" * width, "")
    assert draw.bar(0, width) == ("", "─" * width)


@given(shares, st.integers(1, 130))
def test_a_growing_bar_fits_and_is_never_empty(share: float, width: int) -> None:
    text = draw.growing_bar(share, width)
    assert len(text) == cell_len(text) == width
    assert text.strip()
    assert draw.growing_bar(1, width) == "█" * width


def filled(lines: list[str]) -> int:
    """Count the eighths of a swell."""
    return sum(draw.EIGHTHS.index(sign) for line in lines for sign in line)


@given(shares, st.integers(1, 120), st.integers(1, 20))
def test_a_swell_has_its_size_and_only_grows_with_fullness(
    fullness: float, width: int, height: int
) -> None:
    lines = draw.swell(fullness, width, height)
    assert [len(line) for line in lines] == [width] * height
    more = draw.swell(fullness + 0.05, width, height)
    assert filled(more) >= filled(lines) >= width


def test_a_swell_moves_at_every_frame_of_a_slow_breath() -> None:
    # Four seconds at 20 frames a second, at the steady middle of the phase.
    frames = [filled(draw.swell(0.2 + 0.6 * frame / 80, 38, 7)) for frame in range(81)]
    steps = [late - early for early, late in itertools.pairwise(frames)]
    assert min(steps) > 0
    assert max(steps) < 38


def test_an_empty_and_a_full_swell() -> None:
    assert draw.swell(0, 4, 2) == ["    ", "▁▁▁▁"]
    assert draw.swell(1, 3, 2)[0][1] == "█"


points = st.lists(st.tuples(st.floats(0, 100), st.floats(40, 120)), max_size=12).map(sorted)


@given(points, st.integers(0, 100), st.integers(0, 20))
def test_a_plot_has_its_size(dots: list[tuple[float, float]], width: int, height: int) -> None:
    lines = draw.line_plot(dots, width, height, x_span=(0, 100), y_span=(60, 80))
    if width and height:
        assert [len(line) for line in lines] == [width] * height
    assert bool("".join(lines).strip()) == bool(dots and width and height)


def test_a_falling_line_goes_from_the_upper_left_to_the_lower_right() -> None:
    lines = draw.line_plot([(0, 80), (10, 60)], 4, 2, x_span=(0, 10), y_span=(60, 80))
    assert lines[0][0] != " "
    assert lines[1][-1] != " "
    assert lines[0][-1] == lines[1][0] == " "


def test_a_level_line_stays_in_one_row() -> None:
    lines = draw.line_plot([(0, 66), (10, 66)], 6, 3, x_span=(0, 10), y_span=(66, 66))
    assert [line.strip() for line in (lines[0], lines[2])] == ["", ""]
    assert " " not in lines[1]
