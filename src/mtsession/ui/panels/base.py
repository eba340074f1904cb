"""What all panels share: rows of toned text, a title line, and the keys in the last row."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from mtsession.protocol.views import ActivityPanel, View
from mtsession.timeline.units import Micros
from mtsession.ui.draw import Row, clip, ends, pack, row_width, shorten

LABEL_WIDTHS = (40, 24, 18, 14, 10, 8, 6, 4, 0)
# The keys may take one row in every five, and never more than three.
KEY_ROW_PER, MOST_KEY_ROWS = 5, 3

V = TypeVar("V", bound=View)


class Rows(Widget):
    """A widget that is nothing but rows of toned text, and redraws only those that changed.

    A tone is the part of a component class after `tone--`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tone--title",
        "tone--strong",
        "tone--faint",
        "tone--key",
        "tone--guide",
        "tone--first",
        "tone--second",
        "tone--third",
        "tone--fourth",
    }
    DEFAULT_CSS = """
    Rows {
        & > .tone--title { color: $text-primary; text-style: bold; }
        & > .tone--strong { text-style: bold; }
        & > .tone--faint { color: $text-muted; }
        & > .tone--key { text-style: bold; }
        & > .tone--guide { color: $text-primary; }
        & > .tone--first { color: $text-primary; }
        & > .tone--second { color: $text-warning; }
        & > .tone--third { color: $text-secondary; }
        & > .tone--fourth { color: $text-accent; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = []
        self._drawn_for = (0, 0)

    def draw(self, width: int, height: int) -> list[Row]:
        """Give what is to be seen, at most `height` rows of at most `width` cells."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew, and ask the screen for the rows that differ."""
        width, height = size = (self.size.width, self.size.height)
        if not width or not height:
            self._drawn_for = size
            return
        before, same_size = self._rows, size == self._drawn_for
        self._rows, self._drawn_for = self._fitted(width, height), size
        if not same_size:
            self.refresh()
            return
        changed = [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(before, self._rows, strict=True))
            if old != new
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """Give one row in the colours of the theme."""
        width, height = size = (self.size.width, self.size.height)
        if size != self._drawn_for:
            self._rows, self._drawn_for = self._fitted(width, height), size
        plain = self.rich_style
        if y >= len(self._rows):
            return Strip.blank(width, plain)
        segments = [
            Segment(text, self.get_component_rich_style(f"tone--{tone}") if tone else plain)
            for text, tone in self._rows[y]
        ]
        return Strip(segments).adjust_cell_length(width, plain)

    def _fitted(self, width: int, height: int) -> list[Row]:
        """Hold what was drawn to the size, so that nothing can spill."""
        rows = [
            row if row_width(row) <= width else clip(row, width)
            for row in self.draw(width, height)[:height]
        ]
        return rows + [()] * (height - len(rows))


class Panel(Rows, Generic[V]):
    """One running activity's panel: its title, what the method draws, its keys."""

    DEFAULT_CSS = """
    Panel {
        width: 1fr;
        height: 1fr;
        min-height: 5;
        padding: 0 1;
    }
    """
    view_type: ClassVar[type[View]]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id, classes=classes)
        self.panel: ActivityPanel | None = None
        self.now_us = Micros(0)

    def show(self, panel: ActivityPanel, now_us: Micros) -> None:
        """Take the newest snapshot.

        Parameters
        ----------
        panel : ActivityPanel
            The activity as it is.
        now_us : Micros
            The session time of the snapshot.

        Raises
        ------
        TypeError
            If the view is another method's.
        """
        if not isinstance(panel.view, self.view_type):
            raise TypeError(f"{type(self).__name__} draws {self.view_type.__name__} alone")
        self.panel, self.now_us = panel, now_us
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        """Give the title line, the method's rows and the keys."""
        panel = self.panel
        if panel is None:
            return []
        view: V = panel.view  # type: ignore[assignment]  # show() has looked
        most = min(max(height // KEY_ROW_PER, 1), MOST_KEY_ROWS)
        keys = key_rows(self.keys(panel), width, most)
        title = ends(((panel.title, "title"),), self.aside(view), width)
        room = max(height - 1 - len(keys), 0)
        body = self.body(view, width, room)[:room]
        rows = [title, *body, *[()] * (room - len(body)), *keys]
        return rows[:height]

    def keys(self, panel: ActivityPanel) -> Sequence[tuple[str, str, str]]:
        """Give the actions that are shown with their keys; several may share a label."""
        return panel.actions

    def own_keys(self) -> Sequence[tuple[str, str]]:
        """Give the keys that only change how this panel looks, with what they do."""
        return ()

    def aside(self, view: V) -> Row:
        """Give what stands at the right end of the title line."""
        raise NotImplementedError

    def body(self, view: V, width: int, height: int) -> list[Row]:
        """Give the method's own rows."""
        raise NotImplementedError

    def take_key(self, key: str) -> bool:  # noqa: ARG002 - for panels with keys of their own
        """Take a key that only changes how this panel looks; tells whether it was one."""
        return False

    def key_of(self, action: str) -> str | None:
        """Find the key of one of the activity's actions."""
        actions = self.panel.actions if self.panel is not None else ()
        return next((key for name, key, _ in actions if name == action), None)


def key_rows(actions: Sequence[tuple[str, str, str]], width: int, most: int) -> list[Row]:
    """Write each action as its key and label, the labels shortened until they fit.

    Parameters
    ----------
    actions : sequence of (name, key, label)
        The activity's actions.
    width : int
        Cells a row.
    most : int
        Rows at most.
    """
    rows: list[Row] = []
    for label_width in LABEL_WIDTHS:
        pieces: list[Row] = [
            ((key, "key"), (f" {shorten(label, label_width)}".rstrip(), "faint"))
            for _, key, label in actions
        ]
        rows = pack(pieces, width)
        if len(rows) <= most:
            return rows
    return rows[:most]
