"""Figures of playing on the screen: the course of the last minutes, and every row explained."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from mtsession.app.explanations import explanation
from mtsession.protocol.metrics import MetricRow, PlayedSoFar
from mtsession.protocol.views import ImprovisationView
from mtsession.ui.draw import EIGHTHS, Row, clip, ends, mmss, shorten, wrap
from mtsession.ui.panels.roll import shape_of

NAME_WIDTH = 12
FULL_DENSITY, FULL_VELOCITY = 8.0, 127.0
LEAST_EXPLAINED, MOST_EXPLAINED = 3, 12
# From this width on a value has room for a reason in words; below, a dash must do for that.
WIDE, VALUE_WIDTH = 70, 28
LEAST_HEAD = 5
OF_THE_SESSION = " of the session"
COUNT_WIDTH = 9
NOTHING_YET = "Figures come with the first seconds of a take."


class Chosen(NamedTuple):
    """Which row of the list is chosen, and the first that is seen."""

    row: int = 0
    top: int = 0

    def moved(self, step: int) -> "Chosen":
        """Choose a row further on; the list holds it to its ends."""
        return self._replace(row=max(self.row + step, 0))


def course_rows(view: ImprovisationView, width: int, most: int) -> list[Row]:
    """Draw density, velocity and tempo of the last minutes, as far as there is room.

    One scale holds for all players and all times: 8 notes a second, velocity 127.
    """
    played = view.played
    names = {player.player: player.name for player in view.players}
    minutes = len(played.strands[0].density) * played.step_us / 60e6 if played.strands else 0
    if not minutes or most < len(played.strands) + 1:
        return []
    room = max(width - NAME_WIDTH - 12, 8)
    rows: list[Row] = []
    both = most >= 2 * len(played.strands) + 1
    for strand in played.strands:
        sign, _, tone = shape_of(strand.player)
        head = f"{sign} {shorten(names.get(strand.player, ''), NAME_WIDTH - 3)}".ljust(NAME_WIDTH)
        rows.append(_strand_row(head, tone, strand.density[-room:], FULL_DENSITY, "density"))
        if both:
            loud = strand.velocity[-room:]
            rows.append(_strand_row(" " * NAME_WIDTH, tone, loud, FULL_VELOCITY, "velocity"))
    tempi = [
        "–" if span.bpm is None else f"{span.bpm:.0f}" if span.steady else f"~{span.bpm:.0f}"
        for span in played.tempi
    ]
    line: Row = (("tempo".ljust(NAME_WIDTH), "faint"), ("  ".join(tempi), ""), (" BPM", "faint"))
    ago = f"each 30 s, last {max(minutes, 0.1):.0f} min" if minutes >= 1 else "each 30 s"
    rows.append(ends(clip(line, width), ((ago, "faint"),), width))
    return [clip(row, width) for row in rows]


def _strand_row(
    head: str, tone: str, values: tuple[float | None, ...], full: float, what: str
) -> Row:
    """Draw one strand in eighths of a row; a dot where nothing was captured or played."""
    signs = "".join(
        "·" if value is None else EIGHTHS[min(round(min(value / full, 1.0) * 8), 8)]
        for value in values
    )
    return ((head, tone), (signs, tone), (f" {what}", "faint"))


def list_rows(
    played: PlayedSoFar, chosen: Chosen, width: int, height: int
) -> tuple[Chosen, list[Row]]:
    """List every figure under whom it tells of, and beneath them explain the one that is chosen.

    Returns
    -------
    chosen : Chosen
        Held to the list's ends, and scrolled so that it is seen.
    rows : list of Row
    """
    if not played.rows:
        return Chosen(), [((NOTHING_YET, "faint"),)]
    place = min(chosen.row, len(played.rows) - 1)
    most = min(MOST_EXPLAINED, max(LEAST_EXPLAINED, height // 2 - 1))
    told = _at_most(_explained(played.rows[place], width), most, width)
    lines, at = _lines(played.rows, place, width)
    room = max(height - len(told) - 2, 1)
    # The first of somebody's figures is seen with their name above it.
    first = at - 1 if room > 1 and place in _begins(played.rows) else at
    top = min(max(chosen.top, at - room + 1), first, max(len(lines) - room, 0))
    span = "the whole take" if played.whole_take else "the last minutes"
    window = f"{span}: {mmss(played.from_us)} to {mmss(played.to_us)}"
    if len(window) + len(OF_THE_SESSION) <= width - COUNT_WIDTH:
        window += OF_THE_SESSION
    count = ((f"{place + 1}/{len(played.rows)}", "faint"),)
    rows: list[Row] = [ends(((window, "faint"),), count, width), *lines[top : top + room]]
    rows += [()] * (room - (len(rows) - 1))
    return Chosen(place, top), [*rows, ((("─" * width), "faint"),), *told]


def _begins(rows: Sequence[MetricRow]) -> list[int]:
    """Give where the figures of each player, or of each pair, begin."""
    return [place for place, row in enumerate(rows) if not place or row.who != rows[place - 1].who]


def _lines(rows: Sequence[MetricRow], chosen: int, width: int) -> tuple[list[Row], int]:
    """Write all figures, each player's under their name, and tell where the chosen one stands."""
    values = VALUE_WIDTH if width >= WIDE else width // 3
    longest = max(cell_len(row.label) for row in rows)
    label_width = max(min(longest, width - values - 3), 1)
    begins = set(_begins(rows))
    lines: list[Row] = []
    at = 0
    for place, row in enumerate(rows):
        if place in begins:
            lines.append(clip(((row.who, "faint"),), width))
        if place == chosen:
            at = len(lines)
        lines.append(_row(row, width, label_width, is_chosen=place == chosen))
    return lines, at


def _row(row: MetricRow, width: int, label_width: int, *, is_chosen: bool) -> Row:
    """Write one figure with what it rests on, as far as that fits whole; a dash for none."""
    sign, tone = ("▶ ", "key") if is_chosen else ("  ", "")
    label = _label(row.label, label_width)
    label += " " * (label_width - cell_len(label))
    room = width - label_width - 3
    if row.value is None:
        reason = row.text if cell_len(row.text) <= room else "–"
        return clip(((sign, tone), (f"{label} ", tone), (reason, "faint")), width)
    rest = ""
    for part in _rests_on(row):
        more = f"{rest}, {part}" if rest else f"  {part}"
        rest = more if cell_len(row.text + more) <= room else rest
    return clip(
        ((sign, tone), (f"{label} ", tone), (row.text, tone or "strong"), (rest, "faint")), width
    )


def _label(label: str, width: int) -> str:
    """Fit a label: its end tells it from its neighbours, so it is cut before that.

    Examples
    --------
    >>> _label("onset interval, median", 16)
    'onset i…, median'
    """
    if cell_len(label) <= width:
        return label
    at = max(label.rfind(sign) for sign in (": ", ", "))
    room = width - cell_len(label[at:])
    return (
        shorten(label[:at], room) + label[at:]
        if at > 0 and room > LEAST_HEAD
        else shorten(label, width)
    )


def _rests_on(row: MetricRow) -> list[str]:
    """Say how many observations a figure rests on, how sure it is, and what chance gives."""
    if row.value is None:
        return []
    parts = [] if row.n is None else [f"n {row.n}"]
    if row.low is not None and row.high is not None:
        parts.append(f"95 % {row.low:.{row.digits}f} to {row.high:.{row.digits}f}")
    if row.chance is not None:
        parts.append(f"by chance {row.chance:.{row.digits}f}")
    return parts


def _explained(row: MetricRow, width: int) -> list[Row]:
    """Give one figure in full, explained in plain words, with its formula and what it counts."""
    value = ", ".join([row.text, *_rests_on(row)])
    rows: list[Row] = [((line, "strong"),) for line in wrap(f"{row.who}: {value}", width)]
    found = explanation(row.topic)
    if found is None:
        return [*rows, clip(((row.label, ""),), width)]
    rows += [((line, ""),) for line in wrap(f"{row.label}: {found.words}", width)]
    rows += [((line, "faint"),) for line in wrap(f"Formula: {found.formula}", width)]
    if found.counts:
        rows.append(clip(((f"n counts: {found.counts}", "faint"),), width))
    return rows


def _at_most(rows: list[Row], most: int, width: int) -> list[Row]:
    """Cut an explanation that is too long, and show that it was cut."""
    if len(rows) <= most:
        return rows
    text, tone = rows[most - 1][0]
    return [*rows[: most - 1], ((shorten(f"{text} …", width), tone),)]
