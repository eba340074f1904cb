"""The panel of a talk or check-in: only its time, so that nothing draws the eye."""

from typing import ClassVar

from mtsession.protocol.views import View, WordsView
from mtsession.ui.draw import Row, centre, mmss
from mtsession.ui.panels.base import Panel


class WordsPanel(Panel[WordsView]):
    """Title and time, in the middle."""

    view_type: ClassVar[type[View]] = WordsView

    def aside(self, view: WordsView) -> Row:
        """Say where no end was planned."""
        return (("until stopped", "faint"),) if view.planned_us is None else ()

    def body(self, view: WordsView, width: int, height: int) -> list[Row]:
        """Give the title, unless the title line says it, and the time."""
        time = mmss(view.elapsed_us)
        if view.planned_us is not None:
            time += f" of {mmss(view.planned_us)}"
        rows = [centre(((time, "strong"),), width)]
        if self.panel is None or view.title != self.panel.title:
            rows = [centre(((view.title, ""),), width), *([()] if height > 4 else []), *rows]
        above = max((height - len(rows)) // 2, 0)
        return [()] * above + rows
