"""An arc as it is typed, and a programme along it as a plot, titles and notes; pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len

from mtsession.errors import MusicError
from mtsession.music.arc import ArcPiece
from mtsession.music.planning.values import Planned, PlannedItem
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.ui.draw import Row, figure, mmss, shorten, wrap
from mtsession.ui.plot import DOTTED_SIGN, GUTTER, SOLID_SIGN, two_lines

NUMBER = r"\d+(?:[.,]\d+)?"
MINUTES = rf"(?:in|for)?\s*(?P<minutes>{NUMBER})\s*(?:min|minutes|m)?"
FORMS = (
    (
        "to",
        rf"(?P<start>{NUMBER})?\s*(?:>|to|→)\s*(?P<bpm>{NUMBER})\s+in\s+(?P<minutes>{NUMBER})"
        rf"\s*(?:min|minutes|m)?(?:\s*,?\s*(?:in|with)?\s*(?P<steps>\d+)\s+steps)?",
    ),
    ("u", rf"(?P<start>{NUMBER})?\s*u\s+(?P<bpm>{NUMBER})\s+{MINUTES}"),
    ("hold", rf"(?:hold\s+)?(?P<bpm>{NUMBER})\s+(?:in|for)\s+(?P<minutes>{NUMBER})\s*(?:min|m)?"),
    ("silence", rf"silence\s+{MINUTES}"),
)
EXAMPLE = "80 > 60 in 20; 60 for 5"
FORMS_TOLD = (
    "Write such as 80 > 60 in 20, 66 for 5, 72 u 60 in 20 (there and back), silence 2; "
    "with ; between."
)


def parse_arc(text: str) -> tuple[ArcPiece, ...]:
    """Read an arc as a person types it, its pieces with semicolons between.

    Raises
    ------
    MusicError
        If a piece cannot be read, or is no arc.

    Examples
    --------
    >>> [piece.to for piece in parse_arc("80 > 60 in 20; 60 for 5")]
    [60.0, None]
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        raise MusicError("There is no arc yet.", FORMS_TOLD)
    return tuple(_piece(part) for part in parts)


def _piece(part: str) -> ArcPiece:
    for kind, form in FORMS:
        found = re.fullmatch(form, part, re.IGNORECASE)
        if found is None:
            continue
        given = {key: _number(value) for key, value in found.groupdict().items() if value}
        bpm, steps = given.get("bpm"), given.get("steps")
        fields: dict[str, object] = {"minutes": given["minutes"]}
        fields[kind] = True if kind == "silence" else bpm
        if "start" in given:
            fields["start"] = given["start"]
        if steps is not None:
            fields["steps"] = int(steps)
        try:
            return ArcPiece(**fields)  # type: ignore[arg-type]  # the form holds what it may be
        except ValueError as error:
            raise MusicError(str(error).replace("`", "").splitlines()[0], FORMS_TOLD) from error
    raise MusicError(f"“{part}” cannot be read.", FORMS_TOLD)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def arc_words(pieces: Sequence[ArcPiece]) -> str:
    """Write an arc as a person types it.

    Examples
    --------
    >>> arc_words(parse_arc("80 > 60 in 20; hold 60 for 5"))
    '80 > 60 in 20; 60 for 5'
    """
    said = []
    for piece in pieces:
        start = "" if piece.start is None else f"{piece.start:g} "
        if piece.silence:
            said.append(f"silence {piece.minutes:g}")
        elif piece.hold is not None:
            said.append(f"{piece.hold:g} for {piece.minutes:g}")
        elif piece.u is not None:
            said.append(f"{start}u {piece.u:g} in {piece.minutes:g}")
        else:
            steps = "" if piece.steps is None else f" in {piece.steps} steps"
            said.append(f"{start}> {piece.to:g} in {piece.minutes:g}{steps}")
    return "; ".join(said)


def programme_plot(planned: Planned, width: int, height: int) -> list[Row]:
    """Draw the arc and what is planned to be heard, item numbers and minutes below.

    Parameters
    ----------
    planned : Planned
        What the planner gave.
    width, height : int
        Cells, legend and axis included.
    """
    length = float(max(planned.duration_us, planned.end_us, 1))
    arc = [_points(part) for part in _without_silence(planned)]
    heard = [_points(item.tempo) for item in planned.items if item.tempo]
    plot = two_lines(arc, heard, width, height - 3, length=length)
    if not plot:
        return []
    legend: Row = (
        (" " * GUTTER, ""),
        (SOLID_SIGN, "guide"),
        (" planned tempo    ", ""),
        (DOTTED_SIGN, "faint"),
        (" the arc    BPM upwards", ""),
    )
    return [legend, *plot, _numbers(planned.items, width, length), _minutes(length, width)]


def _points(points: Sequence[TempoPoint]) -> list[tuple[float, float]]:
    return [(float(point.t_us), float(point.bpm)) for point in points]


def _without_silence(planned: Planned) -> list[list[TempoPoint]]:
    """Cut the arc where silence is planned, and draw it to the end of the time."""
    points = list(planned.arc)
    if points and points[-1].t_us < planned.duration_us:
        points.append(TempoPoint(t_us=planned.duration_us, bpm=points[-1].bpm))
    parts: list[list[TempoPoint]] = [[]]
    for point, after in pairwise(points):
        quiet = any(low <= point.t_us and after.t_us <= high for low, high in planned.silences)
        if quiet:
            parts.append([])
        elif after.t_us > point.t_us:
            parts[-1] += [point, after]
    return [part for part in parts if part]


def _numbers(items: Sequence[PlannedItem], width: int, length: float) -> Row:
    """Write each item's number where it begins; where two fall together, the first."""
    room = width - GUTTER
    marks = [" "] * room
    for number, item in enumerate(items, 1):
        x = min(int(item.start_us / length * room), room - 1)
        sign = str(number)
        if x + len(sign) <= room and not "".join(marks[max(x - 1, 0) : x + len(sign) + 1]).strip():
            marks[x : x + len(sign)] = sign
    return ((" " * GUTTER, ""), ("".join(marks), "strong"))


def _minutes(length: float, width: int) -> Row:
    """Write the time axis: its start, middle and end."""
    room = width - GUTTER
    start, middle, end = ("0:00", mmss(int(length / 2)), mmss(int(length)))
    line = start + " " * max(room // 2 - len(start) - len(middle) // 2, 1) + middle
    return ((" " * GUTTER, ""), (line + end.rjust(max(room - len(line), len(end) + 1)), "faint"))


def programme_lines(planned: Planned, width: int) -> list[Row]:
    """Write the titles with their times and tempi, then what could not be done."""
    rows = [_item_row(number, item, width) for number, item in enumerate(planned.items, 1)]
    for note in planned.notes:
        first, *more = wrap(note, max(width - 2, 8)) or [""]
        rows.append((("! ", "strong"), (first, "strong")))
        rows += [(("  ", ""), (text, "strong")) for text in more]
    return rows


def _item_row(number: int, item: PlannedItem, width: int) -> Row:
    material = item.material
    left = f"{number:>3} {mmss(item.start_us):>6}  "
    right = f"{_tempo_words(item):>14}  {_rate_words(item):>11}"
    signs = {1: "+ ", -1: "- "}.get(material.liking, "")
    room = max(width - len(left) - len(right) - 1, 8)
    title = shorten(f"{signs}{material.title}", room)
    return ((left, "faint"), (title + " " * (room + 1 - cell_len(title)), ""), (right, "faint"))


def _tempo_words(item: PlannedItem) -> str:
    tempi = item.planned_bpm
    if tempi is None:
        return "no tempo"
    first, last = figure(tempi[0]), figure(tempi[1])
    return f"{first} BPM" if first == last else f"{first} > {last} BPM"


def _rate_words(item: PlannedItem) -> str:
    """Say how much faster or slower than the recording itself."""
    rates = [point.rate for point in item.rate]
    if not rates or all(abs(rate - 1) < 0.0005 for rate in rates):
        return "as it is"
    low, high = min(rates), max(rates)
    if high - low < 0.001:
        return f"{(low - 1) * 100:+.1f} %"
    return f"{(low - 1) * 100:+.1f} to {(high - 1) * 100:+.1f} %"
