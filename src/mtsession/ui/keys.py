"""The keys of a screen, and the one question the app asks: whether to leave a running session."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

Section = tuple[str, tuple[tuple[str, str], ...]]

EVERYWHERE = (
    ("Esc Esc", "quiet now: everything silent at once"),
    ("q", "fade to quiet over 8 seconds"),
    ("Q", "fade to quiet over 1 second"),
    ("?", "these keys"),
    ("Ctrl+Q", "leave (asks while a session runs)"),
)


class KeysScreen(ModalScreen[None]):
    """Every key of the screen below, in plain words; those of running methods first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter,space", "dismiss", "Back"),
    ]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        """Draw one line a key."""
        told: Sequence[Section] = getattr(self._below, "keys_of_methods", tuple)()
        keys = (*getattr(self._below, "KEYS", ()), *EVERYWHERE)
        with Vertical(id="keys"):
            with VerticalScroll(id="all-keys"):
                for title, own in (*told, ("Keys", keys)):
                    yield Static(title, classes="heading")
                    yield Static(_lines(own))
            yield Static(Text("Esc goes back, arrows show more.", style="dim"), id="keys-foot")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one("#all-keys").focus()


def _lines(keys: Iterable[tuple[str, str]]) -> Text:
    text = Text()
    for key, words in keys:
        text.append(f"{key:>10}  ", style="bold")
        text.append(f"{words}\n")
    return text


class LeaveScreen(ModalScreen[bool]):
    """Asks before a running session is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", "End and leave"),
        Binding("escape,n", "answer(False)", "Stay"),
    ]

    def compose(self) -> ComposeResult:
        """Say what leaving does; the session goes on meanwhile."""
        with Vertical(id="leave"):
            yield Static("A session is running.", classes="heading")
            yield Static("Leaving ends it. Everything up to here is kept.\n")
            yield Static("Enter  end the session and leave\nEsc    stay")

    def action_answer(self, sure: bool) -> None:  # noqa: FBT001  (Textual's action)
        """Give the answer."""
        self.dismiss(sure)
