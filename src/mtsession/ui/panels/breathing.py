"""The breathing panel: a swell that rises and sinks, the word, and the counts."""

from typing import ClassVar

from mtsession.protocol.views import BreathingView, View
from mtsession.ui.draw import Row, centre, figure, growing_bar, pack, swell, wrap
from mtsession.ui.panels.base import Panel

WIDEST, HIGHEST = 96, 16
INSTRUCTION = "easy and shallow; stop if dizzy"
ARROWS = {"inhale": "↑", "hold": "•", "exhale": "↓", "rest": "•"}
NAMES = {2: ("in", "out"), 4: ("in", "hold", "out", "rest")}
HEADING = "Before you begin"
CAUTION = (
    "Breathing with a guide does not suit everyone at all times. Think of: panic, breathlessness, "
    "dizziness, trauma or dissociation, psychosis or delirium, recent surgery, seizures brought on "
    "by music."
)
CAUTION_SHORT = "Panic, breathlessness, trauma, psychosis, delirium, surgery, seizures?"
CAUTION_SHORTEST = "Any reason to be careful?"


class BreathingPanel(Panel[BreathingView]):
    """The guide that a client may follow over the therapist's shoulder."""

    view_type: ClassVar[type[View]] = BreathingView

    def aside(self, view: BreathingView) -> Row:
        """Give how many breaths were paced."""
        if view.state == "caution":
            return ()
        return ((f"{view.breaths} {'breath' if view.breaths == 1 else 'breaths'}", "faint"),)

    def body(self, view: BreathingView, width: int, height: int) -> list[Row]:
        """Give the card, the guide, or a sentence where there is nothing to follow."""
        if view.state == "caution":
            return caution_card(view.message, self.key_of("begin"), width, height)
        if view.state in {"unpaced", "ended"} or view.phase is None:
            return _resting(view, self.key_of("begin"), width, height)
        return _guide(view, width, height)


def caution_card(message: str, key: str | None, width: int, height: int) -> list[Row]:
    """Remind of the cautions, in the longest form that fits, and say how to begin."""
    begins: list[Row] = []
    if key is not None:
        begins = [centre(((key, "key"), (" begins, when you are ready", "")), width)]
    inner = min(width, 64)
    card: list[str] = []
    for text in (message, CAUTION, CAUTION_SHORT, CAUTION_SHORTEST):
        card = wrap(text, inner)
        said = f" {key} " in text
        if card and len(card) + (0 if said else len(begins)) <= height:
            begins = [] if said else begins
            break
    margin = " " * ((width - inner) // 2)
    rows: list[Row] = [((margin + line, ""),) for line in card]
    spare = height - len(rows) - len(begins)
    airy = spare >= 3
    heading = [centre(((HEADING, "strong"),), width)] if spare >= 1 else []
    rows = [*heading, *([()] if airy else []), *rows, *([()] if airy and begins else []), *begins]
    return [()] * ((height - len(rows)) // 2) + rows


def word_row(view: BreathingView) -> Row:
    """Say what to do, and for how many counts more."""
    if view.state == "paused":
        return (("‖ paused", "strong"),)
    arrow = ARROWS.get(view.phase or "", "")
    return ((f"{arrow} {view.word}", "strong"), ("  ", ""), (str(view.beats_left), "strong"))


def figures(view: BreathingView) -> list[Row]:
    """Say the counts, the rate, and what the counts follow."""
    pieces: list[str] = []
    names = NAMES.get(len(view.counts))
    if names is not None:
        pairs = zip(view.counts, names, strict=True)
        pieces.append(", ".join(f"{count} {name}" for count, name in pairs if count))
    elif view.counts:
        pieces.append("-".join(str(count) for count in view.counts))
    if view.rate is not None:
        aim = f", aim {figure(view.target_rate)}" if view.target_rate > 0 else ""
        aim = ", following the taps" if view.following else aim
        pieces.append(f"{figure(view.rate)} a minute{aim}")
    if view.pattern:
        pieces.append(f"pattern {view.pattern}")
    pieces.append("on the beat" if view.on_the_beat else "on the clock")
    return [((piece, ""),) for piece in pieces]


def _guide(view: BreathingView, width: int, height: int) -> list[Row]:
    """Draw the swell as high as the words leave room for, or a bar where they leave none."""
    word = centre(word_row(view), width)
    said_figures = [] if view.state == "paused" else figures(view)
    facts = [centre(row, width) for row in pack(said_figures, width, gap=" · ")]
    said = (view.message or INSTRUCTION).split("; ")
    parts: list[Row] = [((line, "faint"),) for part in said for line in wrap(part, width)]
    notes = [centre(row, width) for row in pack(parts, width, gap="; ")]
    if height < 6:
        shape: Row = ((growing_bar(view.fullness, width), "guide"),)
        words = [word, *facts, *notes][: max(height - 1, 0)]
        return [shape, *([shape] if len(words) + 2 <= height else []), *words][:height]
    notes = notes[-max(min(3, height - 8), 1) :]
    facts = facts[: 2 if height >= 9 else 1]
    tail = [word, *facts, *notes]
    if height >= 10:
        tail = [(), word, *([()] if height >= 14 else []), *facts, *notes]
    rows = min(height - len(tail), HIGHEST)
    across = min(width, WIDEST)
    shape_rows = [centre(((line, "guide"),), width) for line in swell(view.fullness, across, rows)]
    above = max(height - len(tail) - rows, 0) // 2
    return [()] * above + shape_rows + tail


def _resting(view: BreathingView, key: str | None, width: int, height: int) -> list[Row]:
    """Say why nothing is paced."""
    said, more = {
        "waiting": (view.message or "waiting for the beat", ""),
        "paused": ("‖ paused", view.message),
        "unpaced": ("breathing on, without the guide", view.message or "each at their own pace"),
        "ended": ("the guide has ended", view.message),
    }.get(view.state, ("one moment", view.message))
    if view.state == "unpaced" and key is not None:
        more = f"{more}; {key} begins again" if view.breaths else f"{more}; {key} begins"
    rows = [centre(((line, "strong"),), width) for line in wrap(said, width)]
    rows += [centre(((line, "faint"),), width) for line in wrap(more, min(width, 64))]
    return [()] * max((height - len(rows)) // 2, 0) + rows
