"""The Library's shelf: its recordings in a list that is sorted, filtered and kept up to date."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from mtsession.app.library_filter import COLUMNS, KNOWN, matching, ordered, parse_filter
from mtsession.errors import MusicError
from mtsession.music.recording import Recording, Taste
from mtsession.ui.draw import printable
from mtsession.ui.library_detail import Detail
from mtsession.ui.library_list import RecordingList, heading
from mtsession.ui.library_store import Answered, LibraryStore
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.library import Library
    from mtsession.app.shell import Shell

EMPTY = "No recordings yet: s scans a folder of your music."
NONE_FITS = "No recording fits the filter. Esc clears it."
EXAMPLE = "words, or bpm:58-66  key:Am  label:calm  words:no  unsure"


class ShelfScreen(SizedScreen[None]):
    """The list, and the recording under its cursor.

    Parameters
    ----------
    shell : Shell
        With an engine that no session uses.
    make_library : callable
        Opens the library, once for each thread that needs it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    def __init__(self, shell: "Shell", *, make_library: "Callable[[], Library]") -> None:
        super().__init__()
        self.shell = shell
        self.store = LibraryStore(make_library)
        self.taste: Taste | None = None
        self.recordings: list[Recording] = []
        self._loaded = False
        self._sorted_by, self._falling = "title", False
        self._whole: Recording | None = None
        self._asked_for: str | None = None
        self._texts: dict[str, Text] = {}
        self.told = ""

    def compose(self) -> ComposeResult:
        """Draw the frame; the recordings come behind it."""
        yield Static("", id="head")
        yield self.small_notice()
        yield Static("", id="columns", classes="roomy", markup=False)
        yield RecordingList(id="recordings", classes="roomy")
        yield Input(placeholder=EXAMPLE, id="filter", compact=True)
        yield Detail(id="detail", classes="roomy")
        yield Static("", id="told", markup=False)
        yield Static(footer(), classes="footer")

    def on_mount(self) -> None:
        """Ask for the recordings; the list has the keys."""
        self.query_one("#filter", Input).display = False
        self.listing.focus()
        self.tell("Reading the library…")
        self.reload()

    @property
    def listing(self) -> RecordingList:
        """Give the list."""
        return self.query_one("#recordings", RecordingList)

    @property
    def chosen(self) -> Recording | None:
        """Give the recording under the cursor, with its beats and outline once they are there."""
        light, whole = self.listing.chosen, self._whole
        return whole if light and whole and whole.content == light.content else light

    def tell(self, sentence: str) -> None:
        """Show a sentence above the keys until the next one."""
        self.told = sentence

    # What the library answers

    def reload(self) -> None:
        """Read the library anew."""
        self.store.ask(self, lambda lib: (lib.recordings(), lib.notices), self._fill, self.tell)

    def _fill(self, found: tuple[tuple[Recording, ...], tuple[str, ...]]) -> None:
        recordings, notices = found
        self.recordings, self._whole = list(recordings), None
        first, self._loaded = not self._loaded, True
        if first or not recordings:
            self.tell(" ".join(notices) if notices else "" if recordings else EMPTY)
        self.show_list()
        if self.listing.chosen is not None:
            self._fetch(self.listing.chosen.content)

    def on_answered(self, message: Answered) -> None:
        """Carry out what an answer of the library asks for."""
        message.stop()
        if self.is_attached:
            message.deliver()

    def on_recording_list_chosen(self, message: RecordingList.Chosen) -> None:
        """Fetch the rest of what is known of the recording under the cursor."""
        message.stop()
        self.moved()
        if message.recording is not None and self._asked_for is None:
            self._fetch(message.recording.content)

    def moved(self) -> None:
        """Do what the cursor's move asks for."""

    def _fetch(self, content: str) -> None:
        """Ask for one recording at a time: a cursor that runs asks for the last one only."""
        self._asked_for = content
        self.store.ask(self, lambda lib: lib.recording(content), self._fetched, self._not_fetched)

    def _fetched(self, recording: Recording) -> None:
        self._asked_for = None
        chosen = self.listing.chosen
        if chosen is not None and chosen.content != recording.content:
            self._fetch(chosen.content)
        elif chosen is not None:
            self._whole = recording

    def _not_fetched(self, sentence: str) -> None:
        self._asked_for = None
        self.tell(sentence)

    def changed(self, recording: Recording) -> None:
        """Show a recording after the therapist decided something of it."""
        for place, each in enumerate(self.recordings):
            if each.content == recording.content:
                self.recordings[place] = recording
        self.listing.replace(recording)
        chosen = self.listing.chosen
        if chosen is not None and chosen.content == recording.content:
            self._whole = recording

    # Order

    def show_list(self) -> None:
        """Filter and sort anew; the cursor stays on its recording."""
        text = self.query_one("#filter", Input).value
        try:
            found = matching(self.recordings, parse_filter(text))
        except MusicError as error:
            self.tell(f"{error.message} {error.hint or KNOWN}")
            return
        if text:
            self.tell("" if found else NONE_FITS)
        chosen = self.listing.chosen
        self.listing.show(
            ordered(found, self._sorted_by, falling=self._falling),
            taste=self.taste,
            keep=None if chosen is None else chosen.content,
        )
        self._set_columns()

    def on_key(self, event: events.Key) -> None:
        """Sort by the column whose digit is pressed."""
        character = event.character or ""
        typing = isinstance(self.focused, Input)
        if not typing and character.isdecimal() and 1 <= int(character) <= len(COLUMNS):
            column = COLUMNS[int(character) - 1].key
            self._falling = not self._falling if column == self._sorted_by else False
            self._sorted_by = column
            self.show_list()
            event.stop()

    def action_filter(self) -> None:
        """Type a filter; the list follows each letter."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Follow what is typed."""
        event.stop()
        self.show_list()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and give the keys back to the list."""
        event.stop()
        event.input.display = bool(event.value)
        self.listing.focus()

    @property
    def filter_words(self) -> str:
        """Give the filter that is typed; empty where there is none."""
        return printable(self.query_one("#filter", Input).value.strip())

    def clear_filter(self) -> bool:
        """Leave the filter; tell whether there was one."""
        field = self.query_one("#filter", Input)
        was, field.value, field.display = field.display, "", False
        self.listing.focus()
        if was:
            self.tell("")
        return was

    # Drawing

    def head(self) -> Text:
        """Say how many recordings there are, how many are shown, and in which order."""
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(" Library ", style="bold reverse")
        many, shown = len(self.recordings), self.listing.count
        if self._loaded:
            text.append(f"  {many} recording{'' if many == 1 else 's'}")
        if self.filter_words:
            text.append(f", {shown} shown: {self.filter_words}", style="bold")
        column = next(each for each in COLUMNS if each.key == self._sorted_by)
        text.append(f" by {column.name}", style="dim")
        return text

    def set_text(self, selector: str, text: Text) -> None:
        """Change a text only when it differs: a new one is a new layout of the whole screen."""
        if self._texts.get(selector) != text:
            self._texts[selector] = text
            self.query_one(selector, Static).update(text)

    def _set_columns(self) -> None:
        width = self.listing.size.width
        line = heading(width, self._sorted_by, falling=self._falling) if width else ""
        self.set_text("#columns", Text(line, no_wrap=True))

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002  (Textual's handler)
        """Lay out the headings for the new width."""
        self.call_after_refresh(self._set_columns)


def footer() -> Text:
    """Give the keys that matter most, in three lines of 80."""
    first = line_of_keys(
        ("Space", "hear"), ("← →", "bar"), ("t", "tap"), ("x", "double"), ("z", "halve"),
        ("b", "BPM"), (", . n", "bars"), ("k", "lock"),
    )  # fmt: skip
    second = line_of_keys(
        ("w", "sung"), ("e", "labels"), ("c", "client"), ("+ - !", "taste"), ("/", "filter"),
        ("1-8", "sort"), ("s", "scan"),
    )  # fmt: skip
    third = line_of_keys(
        ("p", "programme"), ("m", "measured"), ("[ ]", "level"), ("Esc", "home"),
        ("Esc Esc", "quiet now"), ("?", "keys"),
    )  # fmt: skip
    return Text("\n").join([first, second, third])
