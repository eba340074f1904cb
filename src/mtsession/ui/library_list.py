"""The list of recordings: any number of rows, of which only those in sight are ever drawn."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mtsession.app.library_filter import COLUMNS
from mtsession.app.library_words import (
    bpm_words,
    length_words,
    taste_sign,
    tempo_mark,
)
from mtsession.music.recording import Recording, Taste
from mtsession.ui.draw import shorten

CURSOR = "›"
FIXED = {"bpm": 9, "length": 7, "key": 6, "lufs": 7, "words": 7}
TASTE_WIDTH = 2
LEAST_LABELS = 9
TITLE_SHARE, ARTIST_SHARE = 0.5, 0.28
RISING, FALLING = "▲", "▼"
RIGHT = {"bpm", "length", "lufs"}
SUNG = {True: "yes", False: "no", None: ""}


def widths(width: int) -> dict[str, int]:
    """Give the width of each column; title, artist and labels share what the others leave."""
    room = max(width - sum(FIXED.values()) - TASTE_WIDTH - 1, 0)
    title = int(room * TITLE_SHARE)
    artist = min(int(room * ARTIST_SHARE), max(room - title - LEAST_LABELS, 0))
    return {"title": title, "artist": artist, **FIXED, "labels": room - title - artist}


def heading(width: int, column: str, *, falling: bool) -> str:
    """Write the names of the columns, each with the digit that sorts by it, or how it is sorted."""
    parts = [" " * (1 + TASTE_WIDTH)]
    for number, each in enumerate(COLUMNS, 1):
        sign = (FALLING if falling else RISING) if each.key == column else str(number)
        room = widths(width)[each.key]
        parts.append(_cell(f"{sign} {each.name}", room, right=each.key in RIGHT))
    return "".join(parts)


def row_words(recording: Recording, width: int, taste: Taste | None) -> str:
    """Write one recording on one line, without the cursor."""
    room = widths(width)
    analysis = recording.analysis
    lufs = None if analysis is None else analysis.lufs
    cells = {
        "title": recording.title if recording.present else f"missing: {recording.title}",
        "artist": recording.artist or "",
        "bpm": _tempo(recording),
        "length": length_words(recording) if analysis is not None else "",
        "key": "" if analysis is None else analysis.key or "",
        "lufs": "" if lufs is None else f"{lufs:.1f}",
        "words": SUNG[recording.words],
        "labels": ", ".join(recording.labels) or _standing(recording),
    }
    sign = f"{taste_sign(recording.content, taste):<{TASTE_WIDTH}}"
    return sign + "".join(_cell(text, room[key], right=key in RIGHT) for key, text in cells.items())


def _standing(recording: Recording) -> str:
    """Say in a word where a file gives nothing, or less than all."""
    if recording.fault is None:
        return ""
    if recording.analysis is None:
        return "cannot be read"
    return "" if recording.analysis.fault is None else "damaged"


def _tempo(recording: Recording) -> str:
    if recording.bpm is None:
        return "" if recording.analysis is None else "no pulse"
    return f"{bpm_words(recording.bpm)} {tempo_mark(recording) or ' '}"


def _cell(text: str, width: int, *, right: bool = False) -> str:
    """Fit a text into its column, one blank between columns."""
    text = shorten(text, max(width - 1, 0))
    blank = " " * (width - cell_len(text) - 1)
    return f"{blank}{text} " if right else f"{text}{blank} "


class RecordingList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows of recordings with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--cursor", "list--unfit"}
    DEFAULT_CSS = """
    RecordingList {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .list--cursor { text-style: bold reverse; }
        & > .list--unfit { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False),
        Binding("end", "edge(1)", show=False),
    ]

    class Chosen(Message):
        """Another recording is under the cursor, or none is."""

        def __init__(self, recording: Recording | None) -> None:
            self.recording = recording
            super().__init__()

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id, classes=classes)
        self._recordings: list[Recording] = []
        self._taste: Taste | None = None
        self._cursor = 0

    @property
    def chosen(self) -> Recording | None:
        """Give the recording under the cursor."""
        return self._recordings[self._cursor] if self._recordings else None

    @property
    def recordings(self) -> Sequence[Recording]:
        """Give what is shown, in its order."""
        return self._recordings

    @property
    def count(self) -> int:
        """Give how many rows there are."""
        return len(self._recordings)

    def show(
        self, recordings: Sequence[Recording], *, taste: Taste | None, keep: str | None
    ) -> None:
        """Show other rows; the cursor stays on the recording `keep`, or near where it was."""
        before = self.chosen
        self._recordings, self._taste = list(recordings), taste
        places = (n for n, one in enumerate(self._recordings) if one.content == keep)
        self._cursor = next(places, min(self._cursor, max(len(self._recordings) - 1, 0)))
        self.virtual_size = Size(self.size.width, len(self._recordings))
        self.refresh()
        self._see_cursor()
        if self.chosen is not before:
            self.post_message(self.Chosen(self.chosen))

    def replace(self, recording: Recording) -> None:
        """Show one recording's new state where it stands, and draw that row alone."""
        for place, each in enumerate(self._recordings):
            if each.content == recording.content:
                self._recordings[place] = recording
                self._refresh_row(place)
                return

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self.virtual_size = Size(self.size.width, len(self._recordings))
        self._see_cursor()

    def render_line(self, y: int) -> Strip:
        """Draw one row in sight."""
        width = self.size.width
        place = y + self.scroll_offset.y
        plain = self.rich_style
        if place >= len(self._recordings):
            return Strip.blank(width, plain)
        recording = self._recordings[place]
        here = place == self._cursor
        text = (CURSOR if here else " ") + row_words(recording, width, self._taste)
        return Strip([Segment(text, self._style_of(recording, here=here))]).adjust_cell_length(
            width, plain
        )

    def _style_of(self, recording: Recording, *, here: bool) -> Style:
        if here:
            return self.get_component_rich_style("list--cursor")
        if recording.fault is not None or not recording.present:
            return self.get_component_rich_style("list--unfit")
        return self.rich_style

    # Moving

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._go(self._cursor + rows)

    def action_page(self, sign: int) -> None:
        """Move by as many rows as are in sight."""
        self._go(self._cursor + sign * max(self.size.height - 1, 1))

    def action_edge(self, sign: int) -> None:
        """Go to the first or the last row."""
        self._go(0 if sign < 0 else len(self._recordings) - 1)

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        self._go(event.y + self.scroll_offset.y)

    def _go(self, place: int) -> None:
        place = min(max(place, 0), len(self._recordings) - 1)
        if place < 0 or place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        self._refresh_row(before)
        self._refresh_row(place)
        self._see_cursor()
        self.post_message(self.Chosen(self.chosen))

    def _refresh_row(self, place: int) -> None:
        self.refresh(Region(0, place - self.scroll_offset.y, self.size.width, 1))

    def _see_cursor(self) -> None:
        if self._recordings and self.size.height:
            row = Region(0, self._cursor, self.size.width, 1)
            self.scroll_to_region(row, animate=False, immediate=True)
