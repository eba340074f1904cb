"""Drawing with characters: bars, plots, swells and rows of toned text, all pure.

A row is a tuple of spans, a span is a text with the name of its tone. Tones
are names, not colours: the theme decides how each one looks, and what a screen
says never hangs on it.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from mtsession.app.plain_text import printable as printable  # noqa: PLC0414 - screens draw with it

Span = tuple[str, str]
"""A text and its tone ("" for the plain one)."""

Row = tuple[Span, ...]
"""One line on the screen."""

EIGHTHS = " ▁▂▃▄▅▆▇█"
ASIDE_EIGHTHS = " ▏▎▍▌▋▊▉█"
NOTE_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
BRAILLE = 0x2800
BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def shorten(text: str, width: int) -> str:
    """Fit a text into a width, with an ellipsis where it was cut.

    Parameters
    ----------
    text : str
        Any text; control characters become spaces.
    width : int
        Cells at most.

    Examples
    --------
    >>> shorten("Harbour at night", 10)
    'Harbour a…'
    """
    text = printable(text)
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    return set_cell_size(text, width - 1).rstrip() + "…"


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines at its spaces; a word wider than a line is cut.

    Examples
    --------
    >>> wrap("easy and shallow; stop if dizzy", 18)
    ['easy and shallow;', 'stop if dizzy']
    """
    lines: list[str] = []
    for word in printable(text).split():
        piece = shorten(word, width)
        if not cell_len(piece):
            continue  # a sign that only changes others, with none to change
        if lines and cell_len(lines[-1]) + 1 + cell_len(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines


def pack(pieces: Iterable[Row], width: int, *, gap: str = "  ", indent: int = 0) -> list[Row]:
    """Set pieces side by side, on as many rows as they need; one wider than a row is clipped."""
    rows: list[Row] = []
    for piece in pieces:
        if rows and row_width(rows[-1]) + cell_len(gap) + row_width(piece) <= width:
            rows[-1] = (*rows[-1], (gap, "faint"), *piece)
        elif rows and indent:
            rows.append(clip(((" " * indent, ""), *piece), width))
        else:
            rows.append(clip(piece, width))
    return rows


def row_width(row: Row) -> int:
    """Give the cells that a row takes."""
    return sum(cell_len(text) for text, _ in row)


def row_text(row: Row) -> str:
    """Give a row without its tones."""
    return "".join(text for text, _ in row)


def clip(row: Row, width: int) -> Row:
    """Cut a row to a width."""
    room, kept = width, []
    for text, tone in row:
        if room <= 0:
            break
        piece = shorten(text, room)
        kept.append((piece, tone))
        room -= cell_len(piece)
    return tuple(kept)


def centre(row: Row, width: int) -> Row:
    """Set a row in the middle of a width."""
    row = clip(row, width)
    margin = (width - row_width(row)) // 2
    return ((" " * margin, ""), *row) if margin > 0 else row


def ends(left: Row, right: Row, width: int) -> Row:
    """Set rows at both ends of a line; the right one is left out where room is short."""
    left = clip(left, width)
    room = width - row_width(left) - row_width(right)
    if room < 1:
        return left
    return (*left, (" " * room, ""), *right)


def mmss(us: int) -> str:
    """Write a duration as minutes and seconds, with hours where there are any.

    Parameters
    ----------
    us : int
        Microseconds; below 0 counts as 0.

    Examples
    --------
    >>> mmss(192_000_000), mmss(3_723_000_000)
    ('3:12', '1:02:03')
    """
    minutes, seconds = divmod(max(us, 0) // 1_000_000, 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours}:{rest:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def figure(value: float) -> str:
    """Write a number with at most one decimal, and none where it is whole.

    Examples
    --------
    >>> figure(9.0), figure(7.25)
    ('9', '7.2')
    """
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def note_name(pitch: int) -> str:
    """Name a MIDI pitch, with middle C as C4.

    Examples
    --------
    >>> note_name(60), note_name(21), note_name(66)
    ('C4', 'A0', 'F♯4')
    """
    return f"{NOTE_NAMES[pitch % 12]}{pitch // 12 - 1}"


def bar(share: float, width: int) -> tuple[str, str]:
    """Draw how far something has come: a heavy line, and the light one still ahead.

    Parameters
    ----------
    share : float
        0 to 1; beyond is taken as the end.
    width : int
        Cells of both parts together.

    Examples
    --------
    >>> bar(0.5, 6)
    ('━━━', '───')
    >>> bar(0.25, 6)
    ('━╸', '────')
    """
    width = max(width, 0)
    halves = math.floor(_share(share) * width * 2 + 1e-9)
    done = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return done, "─" * (width - len(done))


def growing_bar(share: float, width: int) -> str:
    """Draw a solid bar that grows from the middle to both sides; never quite empty.

    Notes
    -----
    Blocks that are filled from the right come in halves only, those filled from
    the left in eighths: the right side moves in smaller steps.
    """
    width = max(width, 1)
    left_room = width // 2
    right_room = width - left_room
    halves = int(_share(share) * left_room * 2 + 1e-9)
    eighths = max(int(_share(share) * right_room * 8 + 1e-9), 1)
    left = ("▐" if halves % 2 else "") + "█" * (halves // 2)
    right = "█" * (eighths // 8) + ASIDE_EIGHTHS[eighths % 8].strip()
    return left.rjust(left_room) + right.ljust(right_room)


def swell(fullness: float, width: int, height: int) -> list[str]:
    """Draw a swell of water that rises to a height, to an eighth of a row.

    Parameters
    ----------
    fullness : float
        0, a thin line, to 1, the whole height in the middle.
    width, height : int
        Cells.

    Returns
    -------
    list of str
        `height` rows of `width` cells, the highest first.
    """
    if width < 1 or height < 1:
        return []
    top = _share(fullness) * (height * 8 - 1)
    # The right half steps half an eighth later than its mirror image: twice as many small moves.
    columns = [
        _column(1 + int(top * part + (0.5 if x * 2 >= width else 0.0) + 1e-9), height)
        for x, part in enumerate(_profile(width))
    ]
    return ["".join(row) for row in zip(*columns, strict=True)]


@lru_cache(maxsize=8)
def _profile(width: int) -> tuple[float, ...]:
    """Give the swell's height across a width, 0 to 1: one wave of a cosine."""
    return tuple(0.5 - 0.5 * math.cos(2 * math.pi * (x + 0.5) / width) for x in range(width))


@lru_cache(maxsize=1024)
def _column(eighths: int, height: int) -> str:
    """Give one column of a swell, the highest cell first."""
    whole, rest = divmod(eighths, 8)
    filled = (EIGHTHS[rest] if rest else "") + "█" * whole
    return filled.rjust(height)


def line_plot(
    points: Sequence[tuple[float, float]],
    width: int,
    height: int,
    *,
    x_span: tuple[float, float],
    y_span: tuple[float, float],
) -> list[str]:
    """Draw straight lines between points in braille dots, two across and four down a cell.

    Parameters
    ----------
    points : sequence of (x, y)
        In order of x; two of the same x make a step.
    width, height : int
        Cells.
    x_span, y_span : (low, high)
        What the edges stand for; what lies outside is drawn at the edge.

    Returns
    -------
    list of str
        `height` rows of `width` cells, the highest first.
    """
    cells = [[0] * width for _ in range(height)]
    if width < 1 or height < 1:
        return []

    def dot(x: float, y: float) -> tuple[int, int]:
        across = round(place(x, x_span) * (width * 2 - 1))
        return across, round((1 - place(y, y_span)) * (height * 4 - 1))

    spots = [dot(x, y) for x, y in points]
    for start, end in zip(spots, spots[1:] or spots, strict=False):
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            across = round(start[0] + (end[0] - start[0]) * step / steps)
            down = round(start[1] + (end[1] - start[1]) * step / steps)
            cells[down // 4][across // 2] |= BRAILLE_DOTS[down % 4][across % 2]
    return ["".join(chr(BRAILLE + cell) if cell else " " for cell in row) for row in cells]


def place(value: float, span: tuple[float, float]) -> float:
    """Give where a value lies in a span, 0 to 1; the middle of one that is empty."""
    low, high = span
    return _share((value - low) / (high - low)) if high > low else 0.5


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
