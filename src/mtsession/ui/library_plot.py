"""The widgets that a programme is seen in: its plot, and its titles with what is to be said."""

from typing import TYPE_CHECKING

from mtsession.ui.arc_plot import programme_lines, programme_plot
from mtsession.ui.draw import Row
from mtsession.ui.panels.base import Rows

if TYPE_CHECKING:
    from mtsession.music.planning.values import Planned


class Plot(Rows):
    """The programme's plot."""

    planned: "Planned | None" = None

    def draw(self, width: int, height: int) -> list[Row]:
        """Give the plot, where there is a programme."""
        return [] if self.planned is None else programme_plot(self.planned, width, height)


class Titles(Rows):
    """Notes and titles, as many rows as there are."""

    planned: "Planned | None" = None

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002  (as high as it needs)
        """Give all rows."""
        return [] if self.planned is None else programme_lines(self.planned, width)

    def show(self, planned: "Planned", width: int) -> None:
        """Take another programme, and the height that it needs."""
        self.planned = planned
        self.styles.height = max(len(programme_lines(planned, width)), 1)
        self.refresh()
