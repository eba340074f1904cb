"""One line of the therapist's own, typed while the session goes on."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from mtsession.ui.words import line_of_keys


class NoteScreen(ModalScreen[str | None]):
    """Takes one line of text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def compose(self) -> ComposeResult:
        """Draw the one field."""
        with Vertical(id="note"):
            yield Static("For the record", classes="heading")
            yield Input(placeholder="a line, in the client's hearing", id="line")
            yield Static(line_of_keys(("Enter", "keep"), ("Esc", "back")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the line back."""
        self.dismiss(event.value.strip() or None)
