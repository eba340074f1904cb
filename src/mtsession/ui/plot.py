"""Two lines in one plot of braille dots, told apart by how they are drawn, not by colour; pure."""

from collections.abc import Sequence
from itertools import pairwise

from mtsession.ui.draw import BRAILLE, BRAILLE_DOTS, Row, figure, line_plot, place

Points = Sequence[tuple[float, float]]

GUTTER = 5
DOTTED_EVERY = 3
LEAST_SPAN = 6.0
FEWEST_ROWS = 3
SOLID_SIGN, DOTTED_SIGN = "⠒⠒⠒", "⠂⠐ ⠂"


def dotted_plot(
    points: Points,
    width: int,
    height: int,
    *,
    x_span: tuple[float, float],
    y_span: tuple[float, float],
) -> list[str]:
    """Draw a line as single dots with gaps between; otherwise as `line_plot` does."""
    cells = [[0] * width for _ in range(height)]
    for x in range(0, width * 2, DOTTED_EVERY):
        at = x_span[0] + (x_span[1] - x_span[0]) * x / max(width * 2 - 1, 1)
        value = value_at(points, at)
        if value is not None:
            down = round((1 - place(value, y_span)) * (height * 4 - 1))
            cells[down // 4][x // 2] |= BRAILLE_DOTS[down % 4][x % 2]
    return ["".join(chr(BRAILLE + cell) if cell else " " for cell in row) for row in cells]


def value_at(points: Points, at: float) -> float | None:
    """Give a line's height at a place; None outside it.

    Examples
    --------
    >>> value_at([(0.0, 80.0), (10.0, 60.0)], 5.0)
    70.0
    """
    for (x, y), (after, then) in pairwise(points):
        if x <= at < after:
            return y + (then - y) * (at - x) / (after - x)
    if points and at == points[-1][0]:
        return points[-1][1]
    return None


def two_lines(
    dotted: Sequence[Points], solid: Sequence[Points], width: int, height: int, *, length: float
) -> list[Row]:
    """Draw stretches of two lines over one time, with the tempi that the edges stand for.

    Parameters
    ----------
    dotted, solid : sequence of points
        Each stretch in order of its x.
    width, height : int
        Cells, labels included.
    length : float
        What the whole width stands for.
    """
    width -= GUTTER
    if width < 4 or height < FEWEST_ROWS:
        return []
    y_span = span_of([y for line in (*dotted, *solid) for _, y in line])
    spans = {"x_span": (0.0, length), "y_span": y_span}
    lower = _laid([dotted_plot(line, width, height, **spans) for line in dotted], width, height)
    upper = _laid([line_plot(line, width, height, **spans) for line in solid], width, height)
    middle = height // 2
    labels = {
        0: figure(y_span[1]),
        middle: figure(y_span[1] - (y_span[1] - y_span[0]) * middle / (height - 1)),
        height - 1: figure(y_span[0]),
    }
    rows: list[Row] = []
    for y, (below, above) in enumerate(zip(lower, upper, strict=True)):
        rows.append(((f"{labels.get(y, ''):>{GUTTER - 1}} ", "faint"), *_spans(below, above)))
    return rows


def span_of(values: Sequence[float]) -> tuple[float, float]:
    """Give the lowest and highest tempo of a plot, a little apart from what is drawn."""
    if not values:
        return 0.0, LEAST_SPAN
    low, high = min(values) - 1, max(values) + 1
    if high - low < LEAST_SPAN:
        middle = (low + high) / 2
        low, high = middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2
    return float(int(low)), float(-int(-high // 1))


def _laid(plots: Sequence[Sequence[str]], width: int, height: int) -> list[list[int]]:
    """Lay plots over one another, as the dots of each cell."""
    cells = [[0] * width for _ in range(height)]
    for plot in plots:
        for y, row in enumerate(plot):
            for x, sign in enumerate(row):
                cells[y][x] |= 0 if sign == " " else ord(sign) - BRAILLE
    return cells


def _spans(below: Sequence[int], above: Sequence[int]) -> Row:
    """Write a row, the solid line in one tone and the dotted in another."""
    spans: list[tuple[str, str]] = []
    for dots, over in zip(below, above, strict=True):
        cell = dots | over
        tone = "guide" if over else "faint"
        sign = chr(BRAILLE + cell) if cell else " "
        if spans and spans[-1][1] == tone:
            spans[-1] = (spans[-1][0] + sign, tone)
        else:
            spans.append((sign, tone))
    return tuple(spans)
