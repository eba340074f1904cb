"""A programme from the library: an arc is typed, and what the planner makes of it is seen."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mtsession.app.own_plans import free_path
from mtsession.errors import MusicError
from mtsession.music.analysis.taps import TapFit
from mtsession.music.arc import ArcPiece, says_start
from mtsession.music.recording import Taste
from mtsession.ui.arc_plot import EXAMPLE, arc_words, parse_arc
from mtsession.ui.draw import printable, shorten
from mtsession.ui.home import HomeScreen
from mtsession.ui.library_asks import LineScreen
from mtsession.ui.library_planning import RATES, Asked, Chosen, plan_arcs, rates_words
from mtsession.ui.library_plot import Plot, Titles
from mtsession.ui.library_store import Answered, LibraryStore
from mtsession.ui.library_tapping import FEWEST_TAPS, Tapping
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.library import Library
    from mtsession.app.shell import Shell
    from mtsession.music.planning.values import Planned
    from mtsession.session.plan import Plan

REST_SECONDS = 4.0
TAP_START = "At which tempo does it begin? Tap t on its beats, or write it before the arc."
FILE_NAME = "programme.toml"
NO_PROGRAMME = "There is no programme yet: type an arc and press Enter."
HOW = (
    "Type an arc and press Enter, or choose one of a plan below. Minutes after “in”: "
    "80 > 60 in 20; 60 for 5"
)


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
        ("t", "tap the tempo that an arc such as > 60 in 20 begins with"),
        ("r", "how far from its own tempo a recording may play"),
        ("g", "start a session with it"),
        ("f", "keep it as a file: home lists it"),
        ("Up Down", "scroll the titles"),
        ("Esc", "back to the library"),
    )
    # Coming back to the plot must not put the keys into the arc's field.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "arc", "Arc"),
        Binding("f", "freeze", "Keep"),
        Binding("g", "start", "Start"),
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
        self._tapping = Tapping("")
        self._start_bpm: float | None = None
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
                ("Enter", "plan"), ("Tab", "plans"), ("a", "arc"), ("t", "tap"), ("r", "rates"),
                ("g", "start it"), ("f", "keep it"), ("Esc", "library"), ("?", "keys"),
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
        count = len(self._chosen.contents)
        many = "" if count == 1 else "s"
        return f"{title}, from {count} recording{many}: {self._chosen.words}"

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
        if not says_start(arc) and self._start_bpm is None:
            self.set_focus(None)
            self.tell(TAP_START)
            return
        start_bpm = None if says_start(arc) else self._start_bpm
        asked = Asked(
            arc=tuple(arc),
            start_bpm=start_bpm,
            rates=self._rates,
            taste=self._taste,
            client=self._client,
            chosen=self._chosen,
        )
        self.tell("Planning…")
        self._store.ask(self, asked.planned, self.planned_is, self.tell)

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
        said = f"{many} recording{'' if many == 1 else 's'} at {rates_words(self._rates)}."
        if not says_start(self._arc) and self._start_bpm is not None:
            said = f"From {self._start_bpm:g} BPM, as tapped. {said}"
        if notes:
            said += f" {notes} note{'' if notes == 1 else 's'} below: Down scrolls."
        self.tell(said)

    def on_answered(self, message: Answered) -> None:
        """Carry out what an answer of the library asks for."""
        message.stop()
        if self.is_attached:
            message.deliver()

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Take a tap for the moment its key was pressed."""
        if event.key == "t" and not isinstance(self.focused, Input):
            event.stop()
            self._tap(event.time)

    def _tap(self, at_s: float) -> None:
        """Begin anew after a rest; the tempo is taken as soon as there is one, and made surer."""
        taps = self._tapping.taps_s
        if taps and at_s - taps[-1] > REST_SECONDS:
            self._tapping = Tapping("")
        self._tapping.tap(at_s)
        fit = self._tapping.fit
        if fit is None:
            self.tell(f"{len(self._tapping.taps_s)} of {FEWEST_TAPS} taps.")
        else:
            self._begin_at(fit)

    def _begin_at(self, fit: TapFit) -> None:
        self._start_bpm = round(fit.bpm, 1)
        if self._arc and not says_start(self._arc):
            self.plan(self._arc)
        else:
            self.tell(f"{self._start_bpm:g} BPM tapped: an arc such as > 60 in 20 begins there.")

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
            self.tell(f"{rates_words(self._rates)} of their own tempo are allowed.")

    def action_scroll(self, rows: int) -> None:
        """Show titles below or above."""
        self.query_one("#titles", VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_start(self) -> None:
        """Start a session with the programme, for the client chosen in the library."""
        planned = self.planned
        if planned is None or not planned.items:
            self.tell(NO_PROGRAMME)
            return
        title = self.query_one("#arc", Input).value

        def work(_: "Library") -> "Plan":
            from mtsession.app.programmes import plan_of_programme  # noqa: PLC0415  (not before)

            return plan_of_programme(planned, title=title)

        self._store.ask(self, work, self._start, self.tell)

    def _start(self, plan: "Plan") -> None:
        """Go by way of home, so that the session ends there."""
        home = self.app.screen_stack[0]
        if isinstance(home, HomeScreen):
            home.begin(plan, self._client)

    def action_freeze(self) -> None:
        """Ask for a file to keep the programme in."""
        if self.planned is None or not self.planned.items:
            self.tell(NO_PROGRAMME)
            return
        asking = LineScreen(
            "Keep the programme",
            "A text file that can be edited by hand, and played.",
            value=str(free_path(self._shell.folders.plans / FILE_NAME)),
        )
        self.app.push_screen(asking, self._freeze)

    def _freeze(self, line: str | None) -> None:
        planned = self.planned
        if not line or planned is None:
            return
        path = Path(line).expanduser()
        title = self.query_one("#arc", Input).value
        own = self._shell.folders.plans

        def work(_: "Library") -> Path:
            from mtsession.app.programmes import freeze_file  # noqa: PLC0415  (not before)

            if path.parent == own:
                with contextlib.suppress(OSError):  # writing into it tells what is wrong
                    own.mkdir(parents=True, exist_ok=True, mode=0o700)
            return freeze_file(planned, path, title=title)

        self._store.ask(self, work, lambda kept: self.tell(f"Kept as {kept}."), self.tell)

    def action_back(self) -> None:
        """Go back to the library."""
        self.app.pop_screen()
