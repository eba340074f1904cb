"""The Library: the therapist's own recordings, listened to, judged and put in order."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from mtsession.app.scan_words import fault_lines, progress_words, report_words
from mtsession.ui.draw import printable
from mtsession.ui.library_asks import ClientScreen, LineScreen, ReportScreen
from mtsession.ui.library_deciding import DecidingScreen
from mtsession.ui.library_hearing import AT_WORK
from mtsession.ui.library_scan import Scan, ScanEnded, ScanMoved

if TYPE_CHECKING:
    from mtsession.app.archive import Archive
    from mtsession.app.library import Library
    from mtsession.app.shell import Shell
    from mtsession.music.recording import Taste

SHOW_EVERY = 10
"""While a scan runs, the list is read anew after so many recordings."""

NO_CLIENT = "Choose a client first: c."
LOCKED = "The vault is locked: c opens it for {client}."
UNCLAIMED = "Likes are kept in the vault. It has no passphrase yet: r on home chooses one."
LEAVING_SECONDS = 5.0
STILL_SCANNING = (
    "A scan is running: Esc again leaves and stops it; what is done is kept. c cancels it."
)
TO_GO_ON = "Cancelled; what is done is kept, and s goes on from there. "
NO_VAULT = "Likes are kept in the vault, which begins with the first session."


class LibraryScreen(DecidingScreen):
    """The shelf with everything that a therapist decides there.

    Parameters
    ----------
    shell : Shell
        With an engine that no session uses.
    client : str, optional
        Whose taste is meant, until another is named.
    make_library : callable, optional
        Opens the library; this user's own by default.
    """

    # Twelve lines at most, so that all of them fit into 24 rows.
    KEYS = (
        ("Space [ ]", "hear it, again fades it out; softer, louder"),
        ("Left Right", "back or on by a bar, or by five seconds"),
        ("t", "tap along as it sounds; Enter takes it, Esc leaves"),
        ("x z b m", "tempo: double, halve, type it, as it was measured"),
        (", . n k", "bar's start earlier, later; beats in a bar; lock"),
        ("w e", "sung or not; labels"),
        ("c + - ! 0", "client; likes it, dislikes, never play, none of them"),
        ("/", "filter: bpm:58-66 key:Am label:x words:no unsure"),
        ("1 to 8", "sort by that column; again turns it round"),
        ("s f", "scan folders (c cancels); what could not be read"),
        ("p", "a programme along an arc, from what is shown"),
        ("BPM signs", "L locked   m mine   ? unsure   t from the file's tag"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "client_or_cancel", "Client"),
        Binding("plus,equals_sign", "taste('like')", "Likes"),
        Binding("minus", "taste('dislike')", "Dislikes"),
        Binding("exclamation_mark", "taste('never')", "Never"),
        Binding("0", "taste(None)", "No taste"),
        Binding("s", "scan", "Scan"),
        Binding("f", "faults", "Faults"),
        Binding("p", "programme", "Programme"),
        Binding("escape", "back", "Back"),
    ]

    def __init__(
        self,
        shell: "Shell",
        *,
        client: str | None = None,
        make_library: "Callable[[], Library] | None" = None,
    ) -> None:
        super().__init__(shell, make_library=make_library or _of(shell))
        self.client = client
        self._archive: Archive | None = None
        self._scan: Scan | None = None
        self._progress = ""
        self._shown_of_scan = 0
        self._leaving = False
        self._faults: tuple[str, list[str]] = ("Nothing has been scanned since this opened.", [])

    def head(self) -> Text:
        """Add the client, and plainly whether their taste can be read."""
        text = super().head()
        if self.client is not None:
            locked = " (vault locked)" if self._archive is None else ""
            text.append(f"  client {printable(self.client)}{locked}")
        return text

    # A client's taste

    def action_client_or_cancel(self) -> None:
        """Cancel a scan that runs; else choose whose taste is meant."""
        if self._scan is not None:
            self._scan.cancel()
            self._progress = "Cancelling; what is done is kept…"
        elif not self.shell.vault_claimed:
            self.tell(NO_VAULT if self.shell.vault_claimed is None else UNCLAIMED)
        else:
            asking = ClientScreen(client=self.client or "", locked=self._archive is None)
            self.app.push_screen(asking, self._client_named)

    def _client_named(self, given: tuple[str, str] | None) -> None:
        if given is None:
            return
        client, passphrase = given

        def work(_: "Library") -> "Taste":
            # Kept from here, so that it is closed even if nobody waits for the answer any more.
            self._archive = self._archive or self.shell.unlock(passphrase)
            return self._kept(client, self._archive.taste(client))

        self.tell("Opening the vault…")
        self.store.ask(self, work, lambda taste: self._take_taste(client, taste), self.tell)

    def _kept(self, client: str, taste: "Taste") -> "Taste":
        """Let sessions that begin after this keep to it as well."""
        self.shell.keep_taste(client, taste)
        return taste

    def _take_taste(self, client: str, taste: "Taste") -> None:
        self.client, self.taste = client, taste
        self.tell("")
        self.show_list()

    def action_taste(self, kind: Any) -> None:
        """Keep that the client likes, dislikes or must never be played it; again takes it back."""
        recording, client, archive = self.chosen, self.client, self._archive
        if recording is None:
            return
        if client is None:
            self.tell(NO_CLIENT)
        elif archive is None or self.taste is None:
            self.tell(LOCKED.format(client=printable(client)))
        else:
            content = recording.content
            wanted = None if kind == taste_kind(content, self.taste) else kind

            def work(_: "Library") -> "Taste":
                archive.set_taste(client, content, wanted)
                return self._kept(client, archive.taste(client))

            self.store.ask(self, work, lambda taste: self._take_taste(client, taste), self.tell)

    # Scanning

    def action_scan(self) -> None:
        """Ask which folders to scan."""
        if self._scan is None:
            self.store.ask(self, lambda lib: lib.folders, self._ask_folder, self.tell)

    def _ask_folder(self, folders: tuple[Path, ...]) -> None:
        if folders:
            known = "\n".join(f"  {printable(str(each))}" for each in folders)
            about = f"Remembered:\n{known}\nEnter scans these; or name another folder to add it."
        else:
            about = "Where is your music? Its files are only read, never changed."
        asking = LineScreen("Scan folders", about, example="a folder, such as ~/Music")
        self.app.push_screen(asking, lambda line: self._scan_with(folders, line))

    def _scan_with(self, folders: tuple[Path, ...], line: str | None) -> None:
        if line is None or not (line or folders):
            return
        chosen = None if not line else [*folders, Path(line).expanduser()]
        self._progress, self._shown_of_scan = "Looking for files…", 0
        self._leaving = False
        self._scan = Scan(self.store.make, chosen, self)
        self._scan.start()

    def busy_words(self) -> str:
        """Say how far the scan is."""
        return self._progress

    def on_scan_moved(self, message: ScanMoved) -> None:
        """Say how far the scan is."""
        if self._scan is None:
            return
        if not self._scan.cancelled and not self._leaving:
            self._progress = f"c cancels. {progress_words(message.progress)}"
        if message.progress.analysed >= self._shown_of_scan + SHOW_EVERY:
            self._shown_of_scan = message.progress.analysed
            self.reload()

    def on_scan_ended(self, message: ScanEnded) -> None:
        """Show what was found; faults are listed at once, and again with f."""
        self._scan, self._progress = None, ""
        if message.report is None:
            self.tell(message.sentence)
            return
        report = message.report
        lines = [f"{what}\n    {where}" for what, where in map(fault_lines, report.faults)]
        self._faults = (" ".join([*report.notices, report_words(report)]), lines)
        listed = " f lists them." if report.faults else ""
        self.tell((TO_GO_ON if report.cancelled else "") + self._faults[0] + listed)
        self.reload()
        if report.faults or report.notices:
            self.action_faults()

    def action_faults(self) -> None:
        """List what the last scan could not read."""
        self.app.push_screen(ReportScreen(*self._faults))

    # Programme, and leaving

    def action_programme(self) -> None:
        """Let a programme be planned from what is shown."""
        # The planner's own parts are not needed before.
        from mtsession.ui.library_planning import Chosen  # noqa: PLC0415
        from mtsession.ui.library_programme import ProgrammeScreen  # noqa: PLC0415

        chosen = None
        if self.filter_words:
            contents = frozenset(one.content for one in self.listing.recordings)
            chosen = Chosen(contents=contents, words=self.filter_words)
        self.app.push_screen(
            ProgrammeScreen(
                self.shell, self.store, taste=self.taste, client=self.client, chosen=chosen
            )
        )

    def action_back(self) -> None:
        """Leave the nearest thing: the filter, the taps, what sounds, the screen."""
        if self.clear_filter():
            return
        if self.tapping is not None:
            self.tapping = None
        elif self.view().state in AT_WORK:
            self.audition.stop()
        elif self._scan is not None and not self._leaving:
            self._leaving = True
            self._progress = STILL_SCANNING
            self.set_timer(LEAVING_SECONDS, self._stay)
        else:
            self.app.pop_screen()

    def _stay(self) -> None:
        """Let the scan's progress be told again; nobody pressed Esc a second time."""
        self._leaving = False

    def on_unmount(self) -> None:
        """Stop the scan and lock the vault, however this screen ends."""
        if self._scan is not None:
            self._scan.cancel()
        self.store.close(self._lock_vault)

    def _lock_vault(self) -> None:
        if self._archive is not None:
            self._archive.close()
            self._archive = None


def taste_kind(content: str, taste: "Taste") -> str | None:
    """Give what a client thinks of a recording, as the vault calls it."""
    lists = (("like", taste.likes), ("dislike", taste.dislikes), ("never", taste.never))
    return next((kind for kind, those in lists if content in those), None)


def _of(shell: "Shell") -> "Callable[[], Library]":
    def make() -> "Library":
        # The catalogue, and what reads files, are loaded on the library's own thread.
        from mtsession.app.library import Library  # noqa: PLC0415

        return Library(shell.folders)

    return make
