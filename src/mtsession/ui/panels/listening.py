"""The listening panel: what sounds, its tempo against the plan, and where on the arc it is."""

from typing import ClassVar

from mtsession.protocol.views import ListeningView, View
from mtsession.ui.draw import (
    Row,
    bar,
    centre,
    figure,
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


class ListeningPanel(Panel[ListeningView]):
    """A calm title, the tempo, the bar's beats, the arc, and the time."""

    view_type: ClassVar[type[View]] = ListeningView

    def aside(self, view: ListeningView) -> Row:
        """Give how long the music has gone on."""
        return ((times(view), "faint"),)

    def body(self, view: ListeningView, width: int, height: int) -> list[Row]:
        """Give the rows that matter most first, then fill the height."""
        head = [
            centre(((view.title or "no music yet", "strong"),), width),
            centre(((tempo_words(view), ""),), width),
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


def times(view: ListeningView) -> str:
    """Write the time that has passed, of the time that was planned."""
    if view.planned_us <= 0:
        return f"{mmss(view.elapsed_us)}, until stopped"
    return f"{mmss(view.elapsed_us)} of {mmss(view.planned_us)}"


def tempo_words(view: ListeningView) -> str:
    """Say the heard and the planned tempo."""
    heard, planned = view.heard_bpm, view.planned_bpm
    if heard is not None and planned is not None:
        return f"{heard:.1f} BPM heard, {planned:.1f} planned"
    if heard is not None:
        return f"{heard:.1f} BPM heard"
    if planned is not None:
        return f"{planned:.1f} BPM planned"
    return "tempo not known"


def pulse_row(view: ListeningView) -> Row:
    """Draw the beats of a bar as places, the present one filled."""
    if view.paused:
        return (("‖ paused", "strong"),)
    if view.beats_per_bar is None:
        return (("the beat is not known", "faint"),)
    if view.beat_in_bar is None:
        return (("waiting for the beat", "faint"),)
    beats = f"beat {view.beat_in_bar} of {view.beats_per_bar}"
    if view.beats_per_bar > MOST_DOTS:
        return ((beats, ""),)
    before = "○ " * (view.beat_in_bar - 1)
    after = "○ " * (view.beats_per_bar - view.beat_in_bar)
    return ((before, "faint"), ("● ", "guide"), (f"{after} {beats}", "faint"))


def _places(view: ListeningView) -> list[Row]:
    """Say which item this is and what comes."""
    said: list[Row] = []
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
    """Draw the arc over the progress line, on the same scale, the present place as a dot."""
    width -= GUTTER
    if not view.arc or height < 2 or width < 8:
        return []
    length = _length_us(view)
    first, last = view.arc[0], view.arc[-1]
    points = [(0.0, first[1]), *((float(t), bpm) for t, bpm in view.arc), (length, last[1])]
    low = min(bpm for _, bpm in view.arc)
    high = max(bpm for _, bpm in view.arc)
    if high - low < LEAST_SPAN_BPM:
        low, high = (low + high - LEAST_SPAN_BPM) / 2, (low + high + LEAST_SPAN_BPM) / 2
    lines = line_plot(points, width, height, x_span=(0, length), y_span=(low, high))
    labels = {0: figure(high), height - 1: figure(low)}
    rows: list[Row] = [(*_gutter(labels.get(y, "")), (line, "")) for y, line in enumerate(lines)]
    if view.planned_bpm is not None:
        x = round(place(view.elapsed_us, (0, length)) * (width - 1))
        y = round((1 - place(view.planned_bpm, (low, high))) * (height * 4 - 1)) // 4
        line = lines[y]
        rows[y] = (
            *_gutter(labels.get(y, "")),
            (line[:x], ""),
            ("●", "guide"),
            (line[x + 1 :], ""),
        )
    return rows
