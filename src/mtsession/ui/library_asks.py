"""What the Library asks for: one line of text, or whose taste is meant; and what a scan found."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from mtsession.ui.words import line_of_keys


class LineScreen(ModalScreen[str | None]):
    """Asks for one line of text.

    Parameters
    ----------
    title, about : str
        What is asked, and what is to be known of it.
    value : str
        What stands there already.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, title: str, about: str, *, value: str = "", example: str = "") -> None:
        super().__init__()
        self._title, self._about = title, about
        self._value, self._example = value, example

    def compose(self) -> ComposeResult:
        """Draw the one field."""
        with Vertical(classes="asking"):
            yield Static(self._title, classes="heading", markup=False)
            yield Static(self._about, markup=False)
            yield Input(value=self._value, placeholder=self._example, id="line")
            yield Static(line_of_keys(("Enter", "take it"), ("Esc", "back")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the line back, an empty one too."""
        self.dismiss(event.value.strip())


class ClientScreen(ModalScreen[tuple[str, str] | None]):
    """Asks whose taste is meant, and for the passphrase while the vault is locked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, *, client: str, locked: bool) -> None:
        super().__init__()
        self._client, self._locked = client, locked

    def compose(self) -> ComposeResult:
        """Draw the fields that are needed."""
        with Vertical(classes="asking"):
            yield Static("Whose taste?", classes="heading")
            yield Static("What a client likes is kept in the vault, under the client's code.")
            yield Input(value=self._client, placeholder="the client's code", id="client")
            if self._locked:
                yield Input(placeholder="passphrase", password=True, id="passphrase")
            yield Static(line_of_keys(("Enter", "go on"), ("Esc", "back")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go from the code to the passphrase, and give both back."""
        client = self.query_one("#client", Input).value.strip()
        if event.input.id == "client" and self._locked:
            self.query_one("#passphrase", Input).focus()
        elif client:
            words = self.query_one("#passphrase", Input).value if self._locked else ""
            self.dismiss((client, words))


class ReportScreen(ModalScreen[None]):
    """A few sentences, then as many lines as there are; it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,space", "dismiss", "Back"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        """Draw the lines in a box that scrolls."""
        with Vertical(classes="asking wide"):
            yield Static(self._title, classes="heading", markup=False)
            with VerticalScroll(id="lines"):
                yield Static(Text("\n".join(self._lines)))
            yield Static(line_of_keys(("Up Down", "scroll"), ("Esc", "back")))

    def action_scroll(self, rows: int) -> None:
        """Show what is below or above."""
        self.query_one("#lines", VerticalScroll).scroll_relative(y=rows, animate=False)
