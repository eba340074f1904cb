"""A programme from the library: an arc is typed, and what the planner makes of it is seen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mtsession.errors import MusicError
from mtsession.music.arc import ArcPiece
from mtsession.music.recording import Taste
from mtsession.ui.arc_plot import (
    EXAMPLE,
    arc_words,
    parse_arc,
    programme_lines,
    programme_plot,
)
from mtsession.ui.draw import Row, printable, shorten
from mtsession.ui.library_store import Answered, LibraryStore
from mtsession.ui.panels.base import Rows
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.library import Library
    from mtsession.app.shell import Shell
    from mtsession.music.planning.values import Planned

NOT_LOOKED_UP = (
    "What {client} must never be played is locked in the vault and was not looked up: "
    "c in the library opens it."
)
HOW = (
    "Type an arc and press Enter, or choose one of a plan below. Minutes after “in”: "
    "80 > 60 in 20; 60 for 5"
)


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


class ProgrammeScreen(SizedScreen[None]):
    """Arc, plot, titles and notes.

    Parameters
    ----------
    store : LibraryStore
        Plans on the library's thread.
    taste : Taste, optional
        What the client likes and must not be played; None where it is not known.
    """

    KEYS = (
        ("Enter", "plan the arc that is typed, or the one of a plan"),
        ("Tab", "from the arc to the plans' arcs and back"),
        ("a", "type another arc"),
        ("Up Down", "scroll the titles"),
        ("Esc", "back to the library"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "arc", "Arc"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("escape", "back", "Back"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    def __init__(
        self, shell: "Shell", store: LibraryStore, *, taste: Taste | None, client: str | None
    ) -> None:
        super().__init__()
        self._shell, self._store = shell, store
        self._taste, self._client = taste, client
        self._arcs = plan_arcs(shell)
        self.planned: Planned | None = None

    def compose(self) -> ComposeResult:
        """Draw the field and the plans' arcs; the plot comes in their place."""
        yield Static(self._title(), id="head", markup=False)
        yield self.small_notice()
        yield Input(placeholder=EXAMPLE, id="arc", compact=True)
        yield Static(HOW, id="how", classes="roomy", markup=False)
        yield OptionList(
            *(Option(f"{title}: {arc_words(arc)}") for title, arc in self._arcs),
            id="arcs",
            classes="roomy",
            markup=False,
        )
        yield Plot(id="plot", classes="roomy")
        with VerticalScroll(id="titles", classes="roomy", can_focus=False):
            yield Titles(id="rows")
        yield Static("", id="told", markup=False)
        yield Static(
            line_of_keys(
                ("Enter", "plan it"), ("Tab", "plans' arcs"), ("a", "new arc"),
                ("Esc", "library"), ("?", "keys"),
            ),
            classes="footer",
        )  # fmt: skip

    def _title(self) -> str:
        if self._client is None:
            return " A programme from the library"
        known = "" if self._taste is not None else ", whose likes are locked in the vault"
        return f" A programme from the library for {printable(self._client)}{known}"

    def on_mount(self) -> None:
        """Begin with the arc."""
        self._show_plot(on=False)
        self.query_one("#arc", Input).focus()

    def _show_plot(self, *, on: bool) -> None:
        for name in ("#plot", "#titles"):
            self.query_one(name).display = on
        for name in ("#arcs", "#how"):
            self.query_one(name).display = not on

    def tell(self, sentence: str) -> None:
        """Show a sentence above the keys."""
        self.query_one("#told", Static).update(shorten(sentence, max(self.size.width - 2, 8)))

    # Planning

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Plan the arc that was typed."""
        event.stop()
        try:
            self.plan(parse_arc(event.value))
        except MusicError as error:
            self.tell(str(error))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Plan the arc of a plan."""
        event.stop()
        arc = self._arcs[event.option_index][1]
        self.query_one("#arc", Input).value = arc_words(arc)
        self.plan(arc)

    def plan(self, arc: Sequence[ArcPiece]) -> None:
        """Let the planner work on the library's thread."""
        taste = self._taste

        def work(library: "Library") -> "Planned":
            # Loaded when first needed, and away from the screen.
            from mtsession.music.planner import material, plan_programme  # noqa: PLC0415

            usable, notes = material(library.recordings(), taste)
            planned = plan_programme(usable, arc)
            return msgspec.structs.replace(
                planned, notes=(*self._caution(), *planned.notes, *notes)
            )

        self.tell("Planning…")
        self._store.ask(self, work, self.planned_is, self.tell)

    def _caution(self) -> tuple[str, ...]:
        """Say plainly where what must never be played could not be looked up."""
        if self._client is None or self._taste is not None:
            return ()
        return (NOT_LOOKED_UP.format(client=printable(self._client)),)

    def planned_is(self, planned: "Planned") -> None:
        """Show a programme."""
        self.planned = planned
        self._show_plot(on=True)
        plot = self.query_one("#plot", Plot)
        plot.planned = planned
        plot.redraw()
        self.query_one("#rows", Titles).show(planned, self.size.width - 4)
        # The keys are this screen's own now, and no longer letters of the arc.
        self.set_focus(None)
        many = len(planned.items)
        notes = len(planned.notes)
        said = f"{many} recording{'' if many == 1 else 's'} planned."
        if notes:
            said += f" {notes} note{'' if notes == 1 else 's'} below (Down scrolls)."
        self.tell(said)

    def on_answered(self, message: Answered) -> None:
        """Carry out what an answer of the library asks for."""
        message.stop()
        if self.is_attached:
            message.deliver()

    # Keys

    def action_arc(self) -> None:
        """Type another arc."""
        self._show_plot(on=False)
        self.query_one("#arc", Input).focus()

    def action_scroll(self, rows: int) -> None:
        """Show titles below or above."""
        self.query_one("#titles", VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_back(self) -> None:
        """Go back to the library."""
        self.app.pop_screen()


def plan_arcs(shell: "Shell") -> list[tuple[str, tuple[ArcPiece, ...]]]:
    """Give the arcs of the plans that there are, each once."""
    found: dict[tuple[ArcPiece, ...], str] = {}
    for shipped in shell.plans:
        for segment in shipped.plan.segments:
            for activity in segment.activities:
                arc = getattr(activity.settings, "arc", ())
                if arc and isinstance(arc[0], ArcPiece):
                    found.setdefault(tuple(arc), f"{shipped.plan.title}, {segment.title}")
    return [(title, arc) for arc, title in found.items()]
