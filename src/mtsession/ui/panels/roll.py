"""The piano roll: who played what and when, in shapes as well as colours."""

from mtsession.protocol.views import ImprovisationView, RollNote
from mtsession.ui.draw import Row, ends, note_name, place

SHAPES = (("●", "━"), ("○", "─"), ("◆", "╍"), ("◇", "┄"), ("■", "═"), ("□", "-"))
TONES = ("first", "second", "third", "fourth")
TOGETHER, SOUNDING, MARK = "◉", "▸", "▾"
GUTTER = 6
LEAST_SEMITONES = 12

Cell = tuple[str, str, int, int]
"""A sign, its tone, the player, and 2 for an onset, 1 for what follows it."""


def shape_of(player: int) -> tuple[str, str, str]:
    """Give a player's onset sign, line sign and tone."""
    onset, line = SHAPES[(player - 1) % len(SHAPES)]
    return onset, line, TONES[(player - 1) % len(TONES)]


def roll_rows(view: ImprovisationView, width: int, height: int) -> list[Row]:
    """Draw the roll with its pitches at the left and its times beneath.

    Parameters
    ----------
    view : ImprovisationView
        The take.
    width, height : int
        Cells of the roll, and one row more for the times.
    """
    low, step = pitch_scale(view, height)
    columns = max(width - GUTTER, 1)
    grid: list[list[Cell | None]] = [[None] * columns for _ in range(height)]
    span = (view.roll_from_us, max(view.roll_to_us, view.roll_from_us + 1))
    for note in sorted(view.roll, key=lambda note: note.start_us):
        row = height - 1 - min(max((note.pitch - low) // step, 0), height - 1)
        _draw_note(grid[row], note, span)
    rows: list[Row] = []
    for index, cells in enumerate(grid):
        pitch = low + (height - 1 - index) * step
        label = note_name(pitch) if _labelled(index, height) else ""
        rows.append(((f"{label:>{GUTTER - 2}} ", "faint"), ("│", "faint"), *_spans(cells)))
    seconds = round((span[1] - span[0]) / 1_000_000)
    legend = f"{SOUNDING} sounding  {TOGETHER} together" if width >= 60 else ""
    gap = " " * GUTTER
    before = f"{gap}{seconds} s ago"
    marks = [at for at, _ in view.marks if span[0] <= at <= span[1]]
    if marks:
        line = [" "] * columns
        for at in marks:
            line[round(place(at, span) * (columns - 1))] = MARK
        rows[0] = (rows[0][0], rows[0][1], *_marked(grid[0], line))
    middle = max((width - len(legend)) // 2 - len(before), 1)
    rows.append(ends(((before + " " * middle + legend, "faint"),), (("now", "faint"),), width))
    return rows


def pitch_scale(view: ImprovisationView, height: int) -> tuple[int, int]:
    """Give the lowest pitch and the semitones a row, from all that was played in the take."""
    pitches = [note.pitch for note in view.roll]
    pitches += [pitch for player in view.players for pitch in player.pitch or ()]
    low, high = (min(pitches), max(pitches)) if pitches else (60, 72)
    missing = max(LEAST_SEMITONES - (high - low), 0)
    low = max(low - missing // 2, 0)
    high = max(high, low + LEAST_SEMITONES)
    step = -(-(high - low + 1) // height)
    spare = height * step - (high - low + 1)
    return max(low - spare // 2, 0), step


def _labelled(index: int, height: int) -> bool:
    """Tell whether a row bears its pitch: the edges, and some between where there is room."""
    return index in {0, height - 1} or (height >= 8 and index % 4 == 0 and index < height - 2)


def _draw_note(cells: list[Cell | None], note: RollNote, span: tuple[int, int]) -> None:
    """Draw one note into its row; an onset is never hidden by a line."""
    from_us, to_us = span
    end_us = to_us if note.end_us is None else note.end_us
    if end_us < from_us or note.start_us > to_us:
        return
    onset, line, tone = shape_of(note.player)
    scale = (len(cells) - 1) / (to_us - from_us)
    first = round((max(note.start_us, from_us) - from_us) * scale)
    final = max(round((min(end_us, to_us) - from_us) * scale), first)
    body = (line, tone, note.player, 1)
    for x in range(first, final + 1):
        held = cells[x]
        if held is None or held[3] < 2:
            cells[x] = body
    if note.end_us is None and final > first:
        cells[final] = (SOUNDING, tone, note.player, 2)
    if note.start_us >= from_us:
        held = cells[first]
        both = held is not None and held[3] == 2 and held[2] != note.player
        cells[first] = (TOGETHER, "strong", 0, 2) if both else (onset, tone, note.player, 2)


def _spans(cells: list[Cell | None]) -> Row:
    """Join neighbours of one tone."""
    spans: list[tuple[str, str]] = []
    for cell in cells:
        sign, tone = (" ", "") if cell is None else cell[:2]
        if spans and spans[-1][1] == tone:
            spans[-1] = (spans[-1][0] + sign, tone)
        else:
            spans.append((sign, tone))
    return tuple(spans)


def _marked(cells: list[Cell | None], marks: list[str]) -> Row:
    """Write marks over a row of the roll."""
    return _spans(
        [
            (mark, "strong", 0, 2) if mark != " " else cell
            for cell, mark in zip(cells, marks, strict=True)
        ]
    )
