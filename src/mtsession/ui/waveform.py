"""A recording's outline in characters, its beats and bars below it, and where it sounds; pure."""

import bisect
from collections.abc import Sequence
from functools import lru_cache

from mtsession.ui.draw import EIGHTHS, Row

WINDOW_S = 20.0
PLAYHEAD = "┃"


@lru_cache(maxsize=8)
def columns(
    peaks: bytes, width: int, *, rate: float, from_s: float, span_s: float
) -> tuple[float, ...]:
    """Give the highest peak under each column of a stretch; 1 is the recording's highest.

    Parameters
    ----------
    peaks : bytes
        `rate` peaks a second, full scale at 255.
    width : int
        Columns.
    from_s, span_s : float
        The stretch, in seconds; where there is no recording the columns are 0.
    """
    found = []
    highest = max(peaks, default=0) or 1
    for x in range(width):
        low = (from_s + span_s * x / width) * rate
        high = (from_s + span_s * (x + 1) / width) * rate
        part = peaks[max(0, int(low)) : max(0, int(low) + 1, int(high))]
        found.append(max(part, default=0) / highest)
    return tuple(found)


def outline(heights: Sequence[float], height: int) -> list[str]:
    """Draw columns as blocks to an eighth of a row, the highest row first.

    Examples
    --------
    >>> outline([0.0, 0.5, 1.0], 1)
    [' ▄█']
    """
    rows = []
    for y in range(height - 1, -1, -1):
        row = ""
        for value in heights:
            eighths = round(value * height * 8) - y * 8
            row += EIGHTHS[min(max(eighths, 0), 8)]
        rows.append(row)
    return rows


def window_start(position_s: float, length_s: float) -> float:
    """Give where the close view begins: it turns like a page, so that little moves at once."""
    if length_s <= WINDOW_S:
        return 0.0
    page = int(position_s // WINDOW_S) * WINDOW_S
    return min(page, max(0.0, length_s - WINDOW_S))


def beat_marks(
    beats_s: Sequence[float],
    width: int,
    *,
    from_s: float,
    span_s: float,
    downbeat: int | None,
    beats_per_bar: int | None,
) -> str:
    """Draw the beats of a stretch: counted where bars are known, else a dot each.

    Examples
    --------
    >>> beat_marks([0, 1, 2, 3, 4], 10, from_s=0, span_s=5, downbeat=1, beats_per_bar=3)
    '3 1 2 3 1 '
    """
    marks = [" "] * width
    first = bisect.bisect_left(beats_s, from_s)
    for index in range(first, len(beats_s)):
        x = int((beats_s[index] - from_s) / span_s * width)
        if x >= width:
            break
        count = 0 if beats_per_bar is None else (index - (downbeat or 0)) % beats_per_bar + 1
        if marks[x] != "1":  # where two fall together, the bar's start is shown
            marks[x] = str(count) if 1 <= count <= 9 else "·"
    return "".join(marks)


def tap_marks(taps_s: Sequence[float], width: int, *, from_s: float, span_s: float) -> str:
    """Draw the therapist's taps of a stretch."""
    marks = [" "] * width
    for tap in taps_s:
        x = int((tap - from_s) / span_s * width)
        if 0 <= x < width:
            marks[x] = "▲"
    return "".join(marks)


def with_tone(line: str, tones: dict[str, str], plain: str) -> Row:
    """Give a row whose signs each have a tone; runs of one tone are one span."""
    spans: list[tuple[str, str]] = []
    for sign in line:
        tone = tones.get(sign, plain)
        if spans and spans[-1][1] == tone:
            spans[-1] = (spans[-1][0] + sign, tone)
        else:
            spans.append((sign, tone))
    return tuple(spans)


def put(row: Row, x: int, sign: str, tone: str) -> Row:
    """Set one sign into a row."""
    spans: list[tuple[str, str]] = []
    at = 0
    for text, own in row:
        if at <= x < at + len(text):
            cut = x - at
            spans += [(text[:cut], own), (sign, tone), (text[cut + 1 :], own)]
        else:
            spans.append((text, own))
        at += len(text)
    return tuple(span for span in spans if span[0])


def whole(peaks: bytes, width: int, *, rate: float, length_s: float) -> str:
    """Draw a whole recording on one row."""
    return outline(columns(peaks, width, rate=rate, from_s=0.0, span_s=length_s), 1)[0]
