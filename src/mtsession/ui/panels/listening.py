"""The listening panel: what sounds, its tempo against the plan, and where on the arc it is."""

from collections.abc import Sequence
from typing import ClassVar

from mtsession.protocol.views import ActivityPanel, ListeningView, View
from mtsession.ui.draw import (
    BRAILLE,
    Row,
    bar,
    centre,
    line_plot,
    mmss,
    pack,
    place,
    shorten,
    wrap,
)
from mtsession.ui.panels.base import Panel

GUTTER = 4
LEAST_SPAN_BPM = 4.0
MOST_PLOT_ROWS = 12
MOST_DOTS = 16

NARROW = 50

GROUPS = (
    (("slower", "faster"), "slower, faster", "3 %"),
    (("down", "up"), "by 2 BPM", "by 2"),
    (("hold tempo",), "hold", "hold"),
    (("re-join",), "to arc", "arc"),
    (("start tempo",), "start tempo", "start"),
    (("undo",), "undo", "undo"),
    (("skip",), "other piece", "other"),
    (("next",), "next", "next"),
    (("hold",), "hold music", "pause"),
    (("silence",), "silence", "silence"),
    (("live",), "own playing", "own"),
    (("outside",), "elsewhere", "room"),
)
"""Actions that share a label, in the order that they are shown in; the last word is for where two
panels share 80 columns."""

IN_THE_ROOM = (
    (("tap",), "tap the beat", "tap the beat"),
    (("live",), "own playing", "own playing"),
    (("outside",), "elsewhere", "elsewhere"),
)


class ListeningPanel(Panel[ListeningView]):
    """A calm title, the tempo, the bar's beats, the arc, and the time."""

    view_type: ClassVar[type[View]] = ListeningView

    def keys(self, panel: ActivityPanel) -> Sequence[tuple[str, str, str]]:
        """Give what can be asked now, keys that belong together under one label."""
        view = panel.view
        room = isinstance(view, ListeningView) and view.source in {"live", "outside"}
        known = {name: key for name, key, _ in panel.actions}
        narrow = self.size.width < NARROW
        return [
            (
                names[0],
                " ".join(known[name] for name in names),
                label_of(view, names[0], short if narrow else label),
            )
            for names, label, short in (IN_THE_ROOM if room else GROUPS)
            if all(name in known for name in names)
        ]

    def aside(self, view: ListeningView) -> Row:
        """Give how long the music has gone on."""
        return ((times(view), "faint"),)

    def body(self, view: ListeningView, width: int, height: int) -> list[Row]:
        """Give the rows that matter most first, then fill the height."""
        head = [
            centre(((view.title or "no music", "strong"),), width),
            centre(((tempo_words(view, width), ""),), width),
        ]
        progress: Row = (*_gutter(""), *_progress(view, width - GUTTER))
        if height < 4:
            return [*head, progress]
        head.append(centre(pulse_row(view), width))
        places = [centre(row, width) for row in pack(_places(view), width, gap=" · ")]
        message = [centre(((text, ""),), width) for text in wrap(view.message, width)[:2]]
        foot = [progress, *places[:1], *message][: height - len(head)]
        spare = height - len(head) - len(foot)
        plot = _plot(view, width, min(spare - 1, MOST_PLOT_ROWS))
        above = (spare - 1 - len(plot)) // 2 if spare > 1 else 0
        between = [()] * min(spare - above, 1)
        return [*[()] * above, *head, *between, *plot, *foot]


def label_of(view: View, name: str, label: str) -> str:
    """Say where a key would lead now: a second time it leads back."""
    back = isinstance(view, ListeningView) and view.source == name
    if back:
        return "back to the programme"
    if isinstance(view, ListeningView) and name == "hold tempo" and view.lead == "tempo held":
        return "let go"
    return label


def times(view: ListeningView) -> str:
    """Write the time that has passed, of the time that was planned."""
    if view.planned_us <= 0:
        return f"{mmss(view.elapsed_us)}, until stopped"
    return f"{mmss(view.elapsed_us)} of {mmss(view.planned_us)}"


def tempo_words(view: ListeningView, width: int) -> str:
    """Say the heard tempo, the one that was led to, and the planned one; the unit if it fits."""
    if view.source in {"live", "outside"}:
        return _tapped_words(view)
    tempi = (view.heard_bpm, "heard"), (view.target_bpm, "led"), (view.planned_bpm, "planned")
    said = [f"{bpm:.1f} {word}" for bpm, word in tempi if bpm is not None]
    if not said:
        return "tempo not known"
    whole = ", ".join([said[0].replace(" ", " BPM ", 1), *said[1:]])
    return whole if len(whole) <= width else " ".join(said)


def _tapped_words(view: ListeningView) -> str:
    if view.heard_bpm is None:
        return "no beat tapped yet"
    spread = "" if view.spread_ms is None else f", spread {view.spread_ms:.0f} ms"
    return f"{view.heard_bpm:.1f} BPM tapped{spread}"


def pulse_row(view: ListeningView) -> Row:
    """Draw the beats of a bar as places, the present one filled."""
    if view.paused:
        return (("‖ paused", "strong"),)
    if view.beats_per_bar is None or view.beat_in_bar is None or view.source != "programme":
        return ((_no_pulse(view), "faint"),)
    beats = f"beat {view.beat_in_bar} of {view.beats_per_bar}"
    if view.beats_per_bar > MOST_DOTS:
        return ((beats, ""),)
    before = "○ " * (view.beat_in_bar - 1)
    after = "○ " * (view.beats_per_bar - view.beat_in_bar)
    return ((before, "faint"), ("● ", "guide"), (f"{after} {beats}", "faint"))


def _no_pulse(view: ListeningView) -> str:
    """Say why no beat is shown."""
    if view.source != "programme":
        return "silence" if view.source == "silence" else "tap the beat with Enter"
    if view.beats_per_bar is not None:
        return "waiting for the beat"
    return "the beat is not known" if view.heard_bpm is None else "the bars are not known"


def _places(view: ListeningView) -> list[Row]:
    """Say which item this is and what comes."""
    said: list[Row] = []
    if view.lead and view.source == "programme":
        said.append(((view.lead, "strong"),))
    if view.items:
        said.append(((f"item {view.item} of {view.items}", ""),))
    if view.next_title is not None:
        said.append((("next: ", "faint"), (shorten(view.next_title, 30), "")))
    return said


def _gutter(text: str) -> Row:
    return ((f"{text:>{GUTTER - 1}} ", "faint"),)


def _length_us(view: ListeningView) -> int:
    """Give what the whole width stands for."""
    return max(view.planned_us, view.arc[-1][0] if view.arc else 0, 1)


def _progress(view: ListeningView, width: int) -> Row:
    if view.planned_us <= 0 and not view.arc:
        return (("─" * width, "faint"),)
    done, ahead = bar(view.elapsed_us / _length_us(view), width)
    return ((done, "guide"), (ahead, "faint"))


def _plot(view: ListeningView, width: int, height: int) -> list[Row]:
    """Draw the arc over the progress line, on the same scale, the present place as a dot.

    Where the tempo was led, its course is the whole line, and the arc is dotted.
    """
    width -= GUTTER
    tempi = [bpm for _, bpm in (*view.arc, *view.led)]
    if not tempi or height < 2 or width < 8:
        return []
    length, low, high = _length_us(view), min(tempi), max(tempi)
    if high - low < LEAST_SPAN_BPM:
        low, high = (low + high - LEAST_SPAN_BPM) / 2, (low + high + LEAST_SPAN_BPM) / 2

    def drawn(line: Sequence[tuple[int, float]], start: float) -> list[str]:
        if not line:
            return [" " * width] * height
        points = [(start, line[0][1]), *((float(t), bpm) for t, bpm in line if t <= length)]
        spans = {"x_span": (0.0, float(length)), "y_span": (low, high)}
        return line_plot([*points, (length, line[-1][1])], width, height, **spans)

    arc = drawn(view.arc, 0.0)
    led = drawn(view.led, float(view.led[0][0]) if view.led else 0.0)
    labels = {0: f"{high:.0f}", height - 1: f"{low:.0f}"}
    rows: list[Row] = []
    for y in range(height):
        line = _overlaid(arc[y], led[y]) if view.led else ((arc[y], ""),)
        rows.append((*_gutter(labels.get(y, "")), *line))
    now = view.target_bpm if view.target_bpm is not None else view.planned_bpm
    if now is not None:
        x = round(place(view.elapsed_us, (0, length)) * (width - 1))
        y = round((1 - place(now, (low, high))) * (height * 4 - 1)) // 4
        rows[y] = _with_dot(rows[y], GUTTER + x)
    return rows


def _overlaid(arc: str, led: str) -> Row:
    """Draw the led course over every other cell of the arc."""
    spans: list[tuple[str, str]] = []
    for x, (below, above) in enumerate(zip(arc, led, strict=True)):
        if above != " ":
            both = ord(above) | (ord(below) if below != " " else BRAILLE)
            spans.append((chr(both), "second"))
        else:
            spans.append((below if x % 2 else " ", "faint"))
    return _merged(spans)


def _with_dot(row: Row, x: int) -> Row:
    """Put the present place into a row."""
    cells = [(sign, tone) for text, tone in row for sign in text]
    cells[x] = ("●", "guide")
    return _merged(cells)


def _merged(cells: Sequence[tuple[str, str]]) -> Row:
    """Join neighbours of one tone."""
    spans: list[tuple[str, str]] = []
    for sign, tone in cells:
        if spans and spans[-1][1] == tone:
            spans[-1] = (spans[-1][0] + sign, tone)
        else:
            spans.append((sign, tone))
    return tuple(spans)
