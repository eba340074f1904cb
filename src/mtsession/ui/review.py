"""Past sessions: reading needs the passphrase, recording never does."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mtsession.errors import MtSessionError
from mtsession.report.page import as_text, minutes
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.archive import Archive
    from mtsession.app.shell import Shell
    from mtsession.records.index import SessionEntry

CHOOSE = (
    "Choose a passphrase. It opens the record from now on; without it nothing can be read,\n"
    "by anyone. Recording goes on without it."
)
UNLOCK = "The passphrase opens the record."


class ReviewScreen(SizedScreen[None]):
    """A list of the sessions, and the summary of the one chosen.

    Parameters
    ----------
    shell : Shell
        Knows where the vault is.
    """

    KEYS = (
        ("Up Down", "choose a session"),
        ("Enter", "show its summary"),
        ("Esc", "back home, and lock the record"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    def __init__(self, shell: "Shell") -> None:
        super().__init__()
        self._shell = shell
        self._archive: Archive | None = None
        self._entries: list[SessionEntry] = []
        self._first = ""
        self._choosing = shell.vault_claimed is False

    def compose(self) -> ComposeResult:
        """Ask for the passphrase; the list comes after."""
        yield Static("Past sessions", id="head")
        yield self.small_notice()
        with Vertical(id="lock"):
            yield Static(self._asking(), id="ask")
            yield Input(password=True, id="passphrase")
        yield OptionList(id="sessions")
        with VerticalScroll(id="page"):
            yield Static("", id="summary", markup=False)
        yield Static(
            line_of_keys(("Enter", "show"), ("Up Down", "choose"), ("Esc", "home")),
            classes="footer",
        )

    def _asking(self) -> str:
        if self._shell.vault_claimed is None:
            return "No session has been recorded yet."
        return CHOOSE if self._choosing else UNLOCK

    def on_mount(self) -> None:
        """Show only what can be done now."""
        self.query_one("#sessions").display = False
        self.query_one("#page").display = False
        field = self.query_one("#passphrase", Input)
        field.display = self._shell.vault_claimed is not None
        if field.display:
            field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the passphrase; a first one is typed twice."""
        event.stop()
        text, event.input.value = event.value, ""
        if not text:
            return
        if self._choosing and not self._first:
            self._first = text
            self.query_one("#ask", Static).update("Once more, so that no slip is kept.")
            return
        if self._choosing and text != self._first:
            self._first = ""
            self.query_one("#ask", Static).update("The two differ; nothing was changed.\n" + CHOOSE)
            return
        self._first = ""
        self.query_one("#ask", Static).update("Opening…")
        event.input.disabled = True
        self.run_worker(lambda: self._open(text), thread=True)

    def _open(self, passphrase: str) -> None:
        """Open the vault away from the screen: it is slow on purpose."""
        try:
            archive = self._shell.unlock(passphrase)
        except MtSessionError as error:
            self.app.call_from_thread(self._refused, str(error))
            return
        self.app.call_from_thread(self._opened, archive)

    def _refused(self, sentence: str) -> None:
        self.query_one("#ask", Static).update(sentence)
        field = self.query_one("#passphrase", Input)
        field.disabled = False
        field.focus()

    def _opened(self, archive: "Archive") -> None:
        self._archive, self._entries = archive, archive.sessions()
        self.query_one("#lock").display = False
        listing = self.query_one("#sessions", OptionList)
        for entry in self._entries:
            listing.add_option(Option(_row(entry)))
        listing.display = self.query_one("#page").display = True
        if self._entries:
            listing.highlighted = 0
        else:
            self.query_one("#summary", Static).update("No sessions yet.")
        listing.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the session that was chosen."""
        if self._archive is None:
            return
        try:
            summary, fault = self._archive.summary(self._entries[event.option_index])
        except MtSessionError as error:
            self.query_one("#summary", Static).update(str(error))
            return
        text = as_text(summary)
        if fault is not None:
            text = f"{fault} What comes before it is shown.\n\n{text}"
        self.query_one("#summary", Static).update(text)

    def action_back(self) -> None:
        """Lock the record and go home."""
        self.app.pop_screen()

    def on_unmount(self) -> None:
        """Lock the record however this screen ends."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None


def _row(entry: "SessionEntry") -> str:
    started = (entry.started or "time unknown")[:16].replace("T", " ")
    length = "?" if entry.duration_us is None else minutes(entry.duration_us)
    ending = "" if entry.ended else "  (interrupted)"
    client = entry.client or "no client"
    return f"{started}  {length:>3} min  {client:<12}  {entry.plan_title or ''}{ending}"
