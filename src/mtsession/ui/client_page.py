"""The client's page from the desk: one key opens it, and a card says who can see it."""

import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from mtsession.errors import DisplayError
from mtsession.protocol.views import ClientGuide
from mtsession.timeline.units import Micros
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.display.server import ClientPage

LOOK_SECONDS = 0.5
NO_NETWORK = "This laptop is on no network, so no other device can reach it."
HERE = "Only this laptop can reach the page."
WIDE = "Any device on this network can try the address; it lets in the first, and nobody after."


class Desk(Protocol):
    """What is needed of the desk."""

    def client_guide(self) -> ClientGuide | None:
        """Give what the client's page may show now."""


class Showing:
    """The client's page of one session: served from when it is first asked for to the end.

    Parameters
    ----------
    now_us : callable
        The session's time.
    """

    def __init__(self, now_us: Callable[[], Micros]) -> None:
        self._now_us = now_us
        self.page: ClientPage | None = None

    def open(self) -> "ClientPage":
        """Serve to this laptop; loads the server, so it is a worker's task.

        Raises
        ------
        DisplayError
            If nothing can be listened on.
        """
        if self.page is None:
            from mtsession.display.server import ClientPage  # noqa: PLC0415 - few sessions need it

            page = ClientPage(self._now_us)
            page.open()
            self.page = page
        return self.page

    def follow(self, desk: Desk) -> None:
        """Let the page know how the guide stands; nothing while none is open."""
        if self.page is not None:
            self.page.publish(desk.client_guide())

    def close_soon(self) -> None:
        """Let every screen go, on a thread: the app itself may be on its way out."""
        page, self.page = self.page, None
        if page is not None:
            threading.Thread(target=page.close, daemon=True).start()


def has_windows() -> bool:
    """Tell whether a browser would open in a window of its own, not in this terminal."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class ClientPageCard(ModalScreen[None]):
    """Says where the client's page is and who can reach it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,D", "dismiss", "Back"),
        Binding("o", "browse", "Open here"),
        Binding("w", "move", "Other devices"),
        Binding("n", "renew", "New address"),
        Binding("x", "close_page", "Close the page"),
    ]

    def __init__(self, showing: Showing) -> None:
        super().__init__()
        self._showing = showing
        self._said = ""

    def compose(self) -> ComposeResult:
        """Draw the card; what it says comes as it is known."""
        with VerticalScroll(id="client-page"):
            yield Static("The client's page", classes="heading")
            with Horizontal(id="client-page-where"):
                yield Static("", id="client-page-code")
                yield Static("It is being opened.", id="client-page-text", markup=False)
            yield Static("", id="client-page-keys")

    def on_mount(self) -> None:
        """Open the page where it is not yet, and keep what is said true."""
        if self._showing.page is None:
            self._work(self._first)
        else:
            self._tell()
        self.set_interval(LOOK_SECONDS, self._tell)

    def action_browse(self) -> None:
        """Open it in this laptop's browser."""
        page = self._showing.page
        if page is not None and not has_windows():
            self._said = "There is no desktop here to open a browser on."
            self._tell()
        elif page is not None:
            self._work(lambda: _browse(page))

    def action_move(self) -> None:
        """Let other devices of this network reach it, or this laptop alone again."""
        self._work(self._move)

    def action_renew(self) -> None:
        """Make an address for one more screen."""
        if self._showing.page is not None:
            self._showing.page.renew()
            self._tell()

    def action_close_page(self) -> None:
        """Serve no more."""
        self._showing.close_soon()
        self.dismiss()

    def _work(self, task: Callable[[], None]) -> None:
        app = self.app  # a thread asks for it in vain once this card is gone
        self.app.run_worker(lambda: self._try(task, app), thread=True)

    def _try(self, task: Callable[[], None], app: App[object]) -> None:
        try:
            self._said = ""
            task()
        except DisplayError as error:
            self._said = str(error)
        if app.is_running:
            app.call_from_thread(self._tell)

    def _first(self) -> None:
        page = self._showing.open()
        if has_windows():
            _browse(page)

    def _move(self) -> None:
        # Loaded with the page; importing the module by itself would load it too early.
        from mtsession.display.address import LOOPBACK, network_address  # noqa: PLC0415

        page = self._showing.page
        if page is None:
            return
        host = LOOPBACK if page.on_network else network_address()
        if host is None:
            self._said = NO_NETWORK
        else:
            page.move(host)

    def _tell(self) -> None:
        page = self._showing.page
        if not self.is_attached or (page is None and not self._said):
            return
        text = Text(self._said + "\n\n" if self._said else "", style="bold")
        if page is not None:
            text.append_text(_about(page))
        self.query_one("#client-page-text", Static).update(text)
        wide = page is not None and page.on_network
        code = self.query_one("#client-page-code", Static)
        code.display = page is not None and wide and not page.spent
        if page is not None and code.display:
            code.update(_code(page))
        self.query_one("#client-page-keys", Static).update(
            line_of_keys(
                ("o", "open here"),
                ("w", "this laptop only" if wide else "other devices"),
                ("n", "new address"),
                ("x", "close it"),
                ("Esc", "back"),
            )
        )


def _about(page: "ClientPage") -> Text:
    """Say where it is, who can reach it and who is there."""
    text = Text()
    if page.viewers:
        screens = "1 screen" if page.viewers == 1 else f"{page.viewers} screens"
        text.append(f"Shown on {screens}.\n", style="bold")
    else:
        text.append("No screen shows it yet.\n", style="bold")
    text.append(f"{WIDE if page.on_network else HERE}\n")
    if page.spent:
        text.append("Its address has been used; n makes one for another screen.\n", style="dim")
        return text
    text.append(f"\n{page.address}\n")
    return text


def _code(page: "ClientPage") -> Text:
    """Draw the address for a camera; the blocks are its light parts."""
    from mtsession.display.address import drawn  # noqa: PLC0415 - as above

    return Text(drawn(page.address), style="#ffffff on #000000")


def _browse(page: "ClientPage") -> None:
    webbrowser.open(page.address)
