"""How the playing seemed to the therapist, from 0 to 10: apart from all that is counted."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from mtsession.ui.words import line_of_keys

ASPECTS = ("interest", "response", "initiation", "involvement", "enjoyment")
MOST = 10


class OwnRatingsScreen(ModalScreen[dict[str, int] | None]):
    """Gives what was rated, by aspect; None where it was left.

    Parameters
    ----------
    given : mapping of str to int
        What was rated before, which may be changed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("enter", "keep", "Keep"),
        Binding("up", "go(-1)", "Up"),
        Binding("down", "go(1)", "Down"),
        Binding("left", "move(-1)", "Less"),
        Binding("right", "move(1)", "More"),
        Binding("backspace,delete", "clear", "None"),
    ]

    def __init__(self, given: dict[str, int]) -> None:
        super().__init__()
        self._values = dict(given)
        self._row = 0
        self._one = False

    def compose(self) -> ComposeResult:
        """Draw five rows."""
        with Vertical(classes="asking"):
            yield Static("How did the playing seem to you?", classes="heading")
            yield Static("0 not at all, 10 very much. Leave out what you like.\n")
            yield Static(id="own-ratings")
            yield Static(
                line_of_keys(
                    ("↑ ↓", "row"), ("0-10 ← →", "rate"), ("Del", "clear"),
                    ("Enter", "keep"), ("Esc", "back"),
                )
            )  # fmt: skip

    def on_mount(self) -> None:
        """Show the rows."""
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """Take a digit; 1 and then 0 is 10."""
        if event.character is None or event.character not in "0123456789":
            self._one = False
            return
        digit = int(event.character)
        ten = self._one and digit == 0
        self._one = digit == 1
        self._values[ASPECTS[self._row]] = MOST if ten else digit
        self._draw()
        event.stop()

    def action_go(self, by: int) -> None:
        """Go to another row."""
        self._row = (self._row + by) % len(ASPECTS)
        self._draw()

    def action_move(self, by: int) -> None:
        """Rate one more or one less; what was not rated begins at 0 or at 10."""
        aspect = ASPECTS[self._row]
        value = self._values.get(aspect, -1 if by > 0 else MOST + 1)
        self._values[aspect] = min(max(value + by, 0), MOST)
        self._draw()

    def action_clear(self) -> None:
        """Take the row's rating back."""
        self._values.pop(ASPECTS[self._row], None)
        self._draw()

    def action_keep(self) -> None:
        """Give what was rated."""
        self.dismiss(self._values)

    def _draw(self) -> None:
        rows = Text("\n").join(
            _row(aspect, self._values.get(aspect), here=row == self._row)
            for row, aspect in enumerate(ASPECTS)
        )
        self.query_one("#own-ratings", Static).update(Text("\n").join([rows, Text()]))


def _row(aspect: str, value: int | None, *, here: bool) -> Text:
    """Draw an aspect with its scale, and the number beside it."""
    text = Text(f"{'›' if here else ' '} {aspect:<12} ", style="bold" if here else "")
    text.append("".join("●" if place == value else "·" for place in range(MOST + 1)))
    text.append("  not rated" if value is None else f"  {value} of {MOST}")
    return text
