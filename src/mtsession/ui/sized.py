"""A screen that says so when its window is too small to show anything well."""

from textual import events
from textual.geometry import Size
from textual.screen import Screen, ScreenResultType
from textual.widgets import Static

SMALLEST = Size(60, 16)
SMALL = "Make the window larger (80 by 24). Everything goes on; Esc Esc is quiet."


class SizedScreen(Screen[ScreenResultType]):
    """Hides what is of class `roomy` in a small window, and shows `#small` in its place."""

    def small_notice(self) -> Static:
        """Give the line to compose at the top of the screen."""
        return Static(SMALL, id="small")

    def on_mount(self) -> None:
        """Fit the window it opens in."""
        self._fit(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the window's new size; everything goes on meanwhile."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        small = size.width < SMALLEST.width or size.height < SMALLEST.height
        self.set_class(small, "-small")
