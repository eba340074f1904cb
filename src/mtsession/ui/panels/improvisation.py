"""The improvisation panel: the last seconds as a piano roll, and each player's own figures.

Players stand in the order of their numbers and are told apart by shape as well
as by colour. Nothing is sorted, compared or totalled.
"""

from collections.abc import Sequence
from typing import ClassVar

from mtsession.protocol.views import (
    ImprovisationView,
    PlayerView,
    RollNote,
    View,
)
from mtsession.ui.draw import Row, clip, ends, mmss, note_name, pack, shorten, wrap
from mtsession.ui.panels.base import Panel

SHAPES = (("●", "━"), ("○", "─"), ("◆", "╍"), ("◇", "┄"), ("■", "═"), ("□", "-"))
TONES = ("first", "second", "third", "fourth")
TOGETHER, SOUNDING = "◉", "▸"
GUTTER = 6
LEAST_SEMITONES = 12
LEAST_ROLL, MOST_ROLL = 3, 25

Cell = tuple[str, str, int, int]
"""A sign, its tone, the player, and 2 for an onset, 1 for what follows it."""


class ImprovisationPanel(Panel[ImprovisationView]):
    """A take as it grows."""

    view_type: ClassVar[type[View]] = ImprovisationView

    def aside(self, view: ImprovisationView) -> Row:
        """Give the take and its time."""
        if view.take is None:
            return (("no take yet", "faint"),)
        return ((f"take {view.take} · {mmss(view.elapsed_us)}", "faint"),)

    def body(self, view: ImprovisationView, width: int, height: int) -> list[Row]:
        """Give the roll as much room as the figures leave."""
        foot: list[Row] = [((line, ""),) for line in wrap(view.message, width)[:2]]
        roll_and_times = LEAST_ROLL + 1
        spare = height - len(foot) - min(len(view.players), 2)
        most = height - len(foot) - (roll_and_times if spare >= roll_and_times else 0)
        if most > len(view.players):
            foot.insert(0, clip((("plays in: ", "faint"), (_ports(view), "faint")), width))
            most -= 1
        figures = figure_rows(view.players, width, most)
        room = min(height - len(figures) - len(foot) - 1, MOST_ROLL)
        roll = roll_rows(view, width, room) if room >= LEAST_ROLL else []
        rows = [*roll, *figures, *foot]
        return rows[:height]


def _ports(view: ImprovisationView) -> str:
    return ", ".join(view.ports) if view.ports else "no MIDI port"


def shape_of(player: int) -> tuple[str, str, str]:
    """Give a player's onset sign, line sign and tone."""
    onset, line = SHAPES[(player - 1) % len(SHAPES)]
    return onset, line, TONES[(player - 1) % len(TONES)]


def player_rows(player: PlayerView, width: int) -> list[Row]:
    """Say one player's figures, each with its unit, on as many rows as they need."""
    sign, _, tone = shape_of(player.player)
    name = shorten(player.name, max(min(16, width // 3), 4))
    notes = f"{player.notes} {'note' if player.notes == 1 else 'notes'}"
    head: Row = ((f"{sign} ", tone), (name, "strong"), (f"  {notes}", ""))
    pieces: list[str] = []
    if player.density_per_s is not None:
        pieces.append(f"{player.density_per_s:.1f}/s")
    if player.active_share is not None:
        pieces.append(f"sounding {player.active_share * 100:.0f} %")
    if player.ioi_mean_ms is not None:
        cv = f" CV {player.ioi_cv:.2f}" if player.ioi_cv is not None else ""
        pieces.append(f"IOI {player.ioi_mean_ms:.0f} ms{cv}")
    if player.velocity is not None:
        pieces.append(f"vel {player.velocity[0]}–{player.velocity[1]}")
    if player.pitch is not None:
        pieces.append(f"{note_name(player.pitch[0])}–{note_name(player.pitch[1])}")
    if player.reason:
        pieces.append(player.reason)
    rows: list[Row] = [((piece, ""),) for piece in pieces]
    return pack([head, *rows], width, gap=" · ", indent=2)


def figure_rows(players: Sequence[PlayerView], width: int, most: int) -> list[Row]:
    """Say all players' figures, or each one's first row, or as many as there is room for."""
    each = [player_rows(player, width) for player in players]
    if sum(len(rows) for rows in each) <= most:
        return [row for rows in each for row in rows]
    heads = [rows[0] for rows in each]
    if len(heads) <= most:
        return heads
    shown = max(most - 1, 0)
    return [*heads[:shown], ((f"and {len(heads) - shown} more players", "faint"),)]


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
