"""The breathing panel: a swell that rises and sinks, the word, and the counts."""

from collections.abc import Sequence
from typing import ClassVar

from mtsession.protocol.views import ActivityPanel, BreathingView, View
from mtsession.ui.draw import Row, centre, figure, growing_bar, pack, swell, wrap
from mtsession.ui.panels.base import Panel

WIDEST, HIGHEST = 96, 16
INSTRUCTION = "easy and shallow; stop if dizzy"
ARROWS = {"inhale": "↑", "hold": "•", "exhale": "↓", "rest": "•"}
NAMES = {2: ("in", "out"), 4: ("in", "hold", "out", "rest")}
SHORT = {
    "begin": "begin", "easier": "easier", "slower": "slower", "hold": "keep", "tap": "tap breath",
    "rate": "type a rate", "follow": "follow", "swap": "pattern", "clock": "clock", "stop": "stop",
}  # fmt: skip
PACING_ONLY = {"easier", "slower", "hold", "clock", "stop"}
BEFORE = {"caution", "unpaced", "ended"}
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

    def keys(self, panel: ActivityPanel) -> Sequence[tuple[str, str, str]]:
        """Give what can be asked now, in the fewest words; `?` says it all in full."""
        view = panel.view
        state = view.state if isinstance(view, BreathingView) else ""
        left_out = {"pacing": {"begin"}}.get(state, PACING_ONLY if state in BEFORE else set())
        return [
            (name, key, SHORT.get(name, label))
            for name, key, label in panel.actions
            if name not in left_out
        ]

    def aside(self, view: BreathingView) -> Row:
        """Give how many breaths were paced; before that, the client's own rate where known."""
        if view.state == "caution":
            own = view.own_rate
            return () if own is None else ((f"the client's own {figure(own)} a minute", "faint"),)
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


def figures(view: BreathingView, width: int) -> list[Row]:
    """Say the counts and their pattern, the rate, and what the counts follow."""
    pieces: list[str] = []
    if view.counts:
        pieces.append(_counts(view, width))
    if view.rate is not None:
        aim = f", aim {figure(view.target_rate)}" if view.target_rate > 0 else ""
        aim = ", by taps" if view.following else aim
        pieces.append(f"{figure(view.rate)} a minute{aim}")
    pieces.append("on the beat" if view.on_the_beat else "on the clock")
    return [((piece, ""),) for piece in pieces]


def _counts(view: BreathingView, width: int) -> str:
    """Write the counts in words where there is room, else as numbers alone."""
    halved = "half beats" if view.half_beats else ""
    told = ", ".join(part for part in (view.pattern, halved) if part)
    told = f" ({told})" if told else ""
    names = NAMES.get(len(view.counts))
    numbers = "-".join(str(count) for count in view.counts)
    if names is None:
        return numbers + told
    pairs = zip(view.counts, names, strict=True)
    words = ", ".join(f"{count} {name}" for count, name in pairs if count)
    return words + told if len(words + told) <= width else numbers + told


def _notes(view: BreathingView, width: int, most: int) -> list[Row]:
    """Say what the therapist should know: what stands last, and before it as much as fits whole."""
    said = view.message or INSTRUCTION
    parts = said.split("; ")
    last = len(INSTRUCTION.split("; ")) if said.endswith(INSTRUCTION) else 1
    parts, kept = parts[:-last], parts[-last:]
    rows: list[Row] = []
    for count in range(len(parts), -1, -1):
        lines = (line for part in (*parts[:count], *kept) for line in wrap(part, width))
        rows = pack((((line, "faint"),) for line in lines), width, gap="; ")
        if len(rows) <= most:
            break
    return [centre(row, width) for row in rows[:most]]


def _guide(view: BreathingView, width: int, height: int) -> list[Row]:
    """Draw the swell as high as the words leave room for, or a bar where they leave none.

    The words have as many rows whatever they say, so that the shape keeps its size.
    """
    word = centre(word_row(view), width)
    facts = [centre(row, width) for row in pack(figures(view, width), width, gap=" · ")]
    if view.state == "paused":
        facts = []
    if height < 6:
        shape: Row = ((growing_bar(view.fullness, width), "guide"),)
        words = [word, *facts, *_notes(view, width, 1)][: max(height - 1, 0)]
        return [shape, *([shape] if len(words) + 2 <= height else []), *words][:height]
    fact_rows = 2 if height >= 9 else 1
    note_rows = max(min(3, height - 8), 1)
    said = [*_rows(facts, fact_rows), *_rows(_notes(view, width, note_rows), note_rows)]
    tail = [word, *said]
    if height >= 10:
        tail = [(), word, *([()] if height >= 14 else []), *said]
    rows = min(height - len(tail), HIGHEST)
    across = min(width, WIDEST)
    shape_rows = [centre(((line, "guide"),), width) for line in swell(view.fullness, across, rows)]
    above = max(height - len(tail) - rows, 0) // 2
    return [()] * above + shape_rows + tail


def _rows(rows: list[Row], count: int) -> list[Row]:
    """Give just so many rows."""
    return [*rows[:count], *[()] * (count - len(rows))]


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
