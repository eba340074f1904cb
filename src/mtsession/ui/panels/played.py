"""Figures of playing on the screen: the course of the last minutes, and every row explained."""

from typing import NamedTuple

from mtsession.app.explanations import explanation
from mtsession.protocol.metrics import MetricRow, PlayedSoFar
from mtsession.protocol.views import ImprovisationView
from mtsession.ui.draw import EIGHTHS, Row, clip, ends, mmss, shorten, wrap
from mtsession.ui.panels.roll import shape_of

NAME_WIDTH = 12
FULL_DENSITY, FULL_VELOCITY = 8.0, 127.0
LEAST_EXPLAINED, MOST_EXPLAINED = 3, 8
LABEL_WIDTH = 38
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
    """List every figure, and beneath them explain the one that is chosen.

    Returns
    -------
    chosen : Chosen
        Held to the list's ends, and scrolled so that it is seen.
    rows : list of Row
    """
    if not played.rows:
        return Chosen(), [((NOTHING_YET, "faint"),)]
    place = min(chosen.row, len(played.rows) - 1)
    told = _explained(played.rows[place], width)
    told = told[: min(MOST_EXPLAINED, max(LEAST_EXPLAINED, height // 2 - 1))]
    room = max(height - len(told) - 2, 1)
    top = min(max(chosen.top, place - room + 1), place, max(len(played.rows) - room, 0))
    span = "the whole take" if played.whole_take else "the last minutes"
    window = f"{span}: {mmss(played.from_us)} to {mmss(played.to_us)} of the session"
    rows: list[Row] = [
        clip(((window, "faint"), (f"  {place + 1}/{len(played.rows)}", "faint")), width)
    ]
    rows += [
        _row(row, width, is_chosen=index == place)
        for index, row in enumerate(played.rows[top : top + room], top)
    ]
    rows += [()] * (room - (len(rows) - 1))
    return Chosen(place, top), [*rows, ((("─" * width), "faint"),), *told]


def _row(row: MetricRow, width: int, *, is_chosen: bool) -> Row:
    """Write one figure: whom it tells of, what it is, its value with what it rests on."""
    sign, tone = ("▶ ", "key") if is_chosen else ("  ", "")
    label_width, who_width = min(LABEL_WIDTH, width * 2 // 5), max(width // 6, 8)
    who = shorten(row.who, who_width).ljust(who_width)
    label = shorten(row.label, label_width).ljust(label_width)
    more = []
    if row.n is not None and row.value is not None:
        more.append(f"n {row.n}")
    if row.low is not None and row.high is not None:
        more.append(f"95 % {row.low:.{row.digits}f} to {row.high:.{row.digits}f}")
    if row.chance is not None:
        more.append(f"by chance {row.chance:.{row.digits}f}")
    rest = f"  {', '.join(more)}" if more else ""
    value = (row.text, tone or "strong") if row.value is not None else (row.text, "faint")
    return clip(
        ((sign, tone), (who, "faint"), (" ", ""), (label, tone), (" ", ""), value, (rest, "faint")),
        width,
    )


def _explained(row: MetricRow, width: int) -> list[Row]:
    """Explain one figure in plain words, with its formula and what it counts."""
    found = explanation(row.topic)
    if found is None:
        return [((row.label, "strong"),)]
    rows: list[Row] = [((line, ""),) for line in wrap(f"{row.label}: {found.words}", width)]
    rows += [((line, "faint"),) for line in wrap(f"Formula: {found.formula}", width)]
    if found.counts:
        rows.append(clip(((f"n counts: {found.counts}", "faint"),), width))
    return rows
