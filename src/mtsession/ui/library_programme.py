"""A programme from the library: an arc is typed, and what the planner makes of it is seen."""

from collections.abc import Sequence
from pathlib import Path
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
from mtsession.ui.arc_plot import EXAMPLE, arc_words, parse_arc
from mtsession.ui.draw import printable, shorten
from mtsession.ui.library_asks import LineScreen
from mtsession.ui.library_plot import Plot, Titles
from mtsession.ui.library_store import Answered, LibraryStore
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.library import Library
    from mtsession.app.shell import Shell
    from mtsession.music.planning.values import Planned

FILE_NAME = "programme.toml"
RATES = ((0.95, 1.05), (0.9, 1.1), (0.85, 1.1))
NOT_LOOKED_UP = (
    "What {client} must never be played is locked in the vault and was not looked up: "
    "c in the library opens it."
)
HOW = (
    "Type an arc and press Enter, or choose one of a plan below. Minutes after “in”: "
    "80 > 60 in 20; 60 for 5"
)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The recordings that a filter left, and the filter."""

    contents: frozenset[str]
    words: str


class ProgrammeScreen(SizedScreen[None]):
    """Arc, plot, titles and notes.

    Parameters
    ----------
    store : LibraryStore
        Plans on the library's thread.
    taste : Taste, optional
        What the client likes and must not be played; None where it is not known.
    chosen : Chosen, optional
        Plans from these recordings alone.
    """

    KEYS = (
        ("Enter", "plan the arc that is typed, or the one of a plan"),
        ("Tab", "from the arc to the plans' arcs and back"),
        ("a", "type another arc"),
        ("r", "how far from its own tempo a recording may play"),
        ("f", "keep it as a file that can be edited and played"),
        ("Up Down", "scroll the titles"),
        ("Esc", "back to the library"),
    )
    # Coming back to the plot must not put the keys into the arc's field.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "arc", "Arc"),
        Binding("f", "freeze", "Keep"),
        Binding("r", "rates", "Rates"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("escape", "back", "Back"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    def __init__(
        self,
        shell: "Shell",
        store: LibraryStore,
        *,
        taste: Taste | None,
        client: str | None,
        chosen: Chosen | None = None,
    ) -> None:
        super().__init__()
        self._chosen = chosen
        self._arc: Sequence[ArcPiece] = ()
        self._rates = RATES[0]
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
                ("Enter", "plan"), ("Tab", "plans' arcs"), ("a", "arc"), ("r", "rates"),
                ("f", "keep it"), ("Esc", "library"), ("?", "keys"),
            ),
            classes="footer",
        )  # fmt: skip

    def _title(self) -> str:
        title = " A programme"
        if self._client is not None:
            locked = "" if self._taste is not None else " (vault locked)"
            title += f" for {printable(self._client)}{locked}"
        if self._chosen is None:
            return f"{title}, from the whole library"
        return f"{title}, from {len(self._chosen.contents)} recordings: {self._chosen.words}"

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
        self.query_one("#told", Static).update(shorten(sentence, max((self.size.width - 4) * 2, 8)))

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
        self._arc = arc
        taste, chosen, (lowest, highest) = self._taste, self._chosen, self._rates

        def work(library: "Library") -> "Planned":
            # Loaded when first needed, and away from the screen.
            from mtsession.music.planner import Rules, material, plan_programme  # noqa: PLC0415

            recordings = library.recordings()
            if chosen is not None:
                recordings = tuple(one for one in recordings if one.content in chosen.contents)
            usable, notes = material(recordings, taste)
            rules = Rules(lowest_rate=lowest, highest_rate=highest)
            planned = plan_programme(usable, arc, rules)
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
        said = f"{many} recording{'' if many == 1 else 's'} at {_rates_words(self._rates)}."
        if notes:
            said += f" {notes} note{'' if notes == 1 else 's'} below: Down scrolls."
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

    def action_rates(self) -> None:
        """Let recordings play further from their own tempo, or as near as before."""
        self._rates = RATES[(RATES.index(self._rates) + 1) % len(RATES)]
        if self._arc:
            self.plan(self._arc)
        else:
            self.tell(f"{_rates_words(self._rates)} of their own tempo are allowed.")

    def action_scroll(self, rows: int) -> None:
        """Show titles below or above."""
        self.query_one("#titles", VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_freeze(self) -> None:
        """Ask for a file to keep the programme in."""
        if self.planned is None or not self.planned.items:
            self.tell("There is no programme yet: type an arc and press Enter.")
            return
        asking = LineScreen(
            "Keep the programme",
            "A text file that can be edited by hand, and played.",
            value=str(Path.home() / FILE_NAME),
        )
        self.app.push_screen(asking, self._freeze)

    def _freeze(self, line: str | None) -> None:
        planned = self.planned
        if not line or planned is None:
            return
        path = Path(line).expanduser()
        title = self.query_one("#arc", Input).value

        def work(_: "Library") -> Path:
            from mtsession.app.programmes import freeze_file  # noqa: PLC0415  (not before)

            return freeze_file(planned, path, title=title)

        self._store.ask(self, work, lambda kept: self.tell(f"Kept as {kept}."), self.tell)

    def action_back(self) -> None:
        """Go back to the library."""
        self.app.pop_screen()


def _rates_words(rates: tuple[float, float]) -> str:
    return f"{rates[0] * 100:.0f} to {rates[1] * 100:.0f} %"


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
