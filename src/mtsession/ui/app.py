"""The Textual app: opens at once, loads the desk behind the first frame, keeps quiet at hand."""

import asyncio
import contextlib
import logging
import multiprocessing.resource_tracker
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import textual.constants
from rich.segment import Segment, Segments
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.message import Message
from textual.screen import Screen

from mtsession.errors import MtSessionError
from mtsession.ui.home import HomeScreen
from mtsession.ui.keys import KeysScreen, LeaveScreen
from mtsession.ui.terminal import ESCAPE_SECONDS, prompt_driver

if TYPE_CHECKING:
    from mtsession.app.shell import Shell
    from mtsession.session.plan import Plan
    from mtsession.ui.tour import Tour

log = logging.getLogger(__name__)

TWICE_SECONDS = 0.6
REDRAW_SECONDS = 1 / 20
LOOK_AROUND_SECONDS = 20.0
FAULT = (
    "This is a fault of mtsession ({name}), not yours. Everything up to here is kept:\n"
    "start mtsession again, and it offers the session. The log tells where it happened.\n"
)
SLOW_FADE_US, FAST_FADE_US = 8_000_000, 1_000_000


class MtSessionApp(App[int]):
    """One window on the desk.

    Parameters
    ----------
    shell : Shell, optional
        Ready made, for tests; else it is made on a worker after the first frame.
    plan, client, level_db, output : optional
        What to start with at once, without the home screen's key.
    tour : Tour, optional
        The demo's own hands.
    """

    CSS_PATH = "theme.tcss"
    TITLE = "mtsession"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Leave", priority=True),
        Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("question_mark", "keys", "Keys"),
    ]

    class Opened(Message):
        """The desk behind the screen is there."""

        def __init__(self, shell: "Shell") -> None:
            self.shell = shell
            super().__init__()

    class OpeningFailed(Message):
        """The desk could not be opened."""

        def __init__(self, error: MtSessionError) -> None:
            self.error = error
            super().__init__()

    class Closed(Message):
        """Record and engine are closed."""

    def __init__(
        self,
        *,
        shell: "Shell | None" = None,
        plan: "Plan | None" = None,
        client: str | None = None,
        level_db: float | None = None,
        output: str | None = None,
        tour: "Tour | None" = None,
    ) -> None:
        super().__init__()
        self.shell: Shell | None = None
        self.start_plan = plan
        self.start_client = client
        self.start_level_db = level_db
        self.start_output = output
        self.tour = tour
        self._given_shell = shell
        self._escaped_at = -TWICE_SECONDS
        self._leaving = False
        self._alone = False
        self.clock: Callable[[], float] = time.monotonic

    def get_default_screen(self) -> Screen[Any]:
        """Open with home at once, without an empty screen below it."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Load the rest behind the first frame."""
        if not self.is_headless:
            self._listen_for_the_end()
        self.set_interval(REDRAW_SECONDS, self._turn)
        self.set_interval(LOOK_AROUND_SECONDS, self._look_around)
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        if self._given_shell is not None:
            self.post_message(self.Opened(self._given_shell))
        else:
            self.run_worker(self._load, thread=True)

    def _load(self) -> None:
        """Import and make the desk away from the screen's thread."""
        # Processes started later (the engine, and it again) need the tracker, and it needs a
        # standard error of its own, which Textual holds back from everybody else.
        with contextlib.redirect_stderr(sys.__stderr__):
            multiprocessing.resource_tracker.ensure_running()
        from mtsession.app.shell import Shell  # noqa: PLC0415  (after the first frame)

        folders = None if self.tour is None else self.tour.folders
        try:
            self.post_message(self.Opened(Shell(folders, output=self.start_output)))
        except MtSessionError as error:
            self.post_message(self.OpeningFailed(error))

    def on_mt_session_app_opened(self, message: Opened) -> None:
        """Start the engine and let the home screen fill itself."""
        self.shell = message.shell
        if self.start_level_db is not None:
            self.shell.start_at(self.start_level_db)
        try:
            self.shell.open()
        except MtSessionError as error:
            self.notify(str(error), severity="error", timeout=60)
        home = self.screen
        if isinstance(home, HomeScreen):
            home.fill(message.shell)
            if self.start_plan is not None:
                home.begin(self.start_plan, self.start_client)

    def on_mt_session_app_opening_failed(self, message: OpeningFailed) -> None:
        """Say what stands in the way."""
        self.notify(str(message.error), severity="error", timeout=60)

    def _turn(self) -> None:
        """Take in what happened and redraw: nothing here waits."""
        if self.shell is None:
            return
        self.shell.pump()
        if self.tour is not None and self.shell.desk is not None:
            self.tour.act(self.shell.desk)
        for screen in self.screen_stack:
            redraw = getattr(screen, "redraw", None)
            if redraw is not None and screen.is_mounted:
                # A screen that is just going may already have lost what it draws on.
                with contextlib.suppress(NoMatches):
                    redraw(self.shell)

    def _look_around(self) -> None:
        if self.shell is not None:
            self.shell.look_around()

    def get_driver_class(self) -> type[Driver]:
        """Read keys so that a lone Esc is told at once."""
        return prompt_driver(super().get_driver_class(), self._terminal_gone)

    def _listen_for_the_end(self) -> None:
        """Take a closed window or a shutdown as the session's end, not as a fault."""
        loop = asyncio.get_running_loop()
        for name in ("SIGHUP", "SIGTERM"):
            if hasattr(signal, name) and sys.platform != "win32":
                loop.add_signal_handler(getattr(signal, name), self._terminal_gone)

    def _terminal_gone(self) -> None:
        """End the session and leave: nobody can see or end it any more."""
        self._alone = True
        self.call_later(self._leave_if, True)  # noqa: FBT003  (as the question would answer)

    # Quiet

    async def on_event(self, event: events.Event) -> None:
        """Watch for Esc Esc before any widget has a say in it."""
        if isinstance(event, events.Key) and not event.is_forwarded and event.key == "escape":
            now = self.clock()
            if now - self._escaped_at <= TWICE_SECONDS:
                now -= TWICE_SECONDS
                self.quiet(0)
            self._escaped_at = now
        await super().on_event(event)

    def quiet(self, fade_us: int) -> None:
        """Make everything silent, whatever is on the screen."""
        if self.shell is not None:
            self.shell.quiet(fade_us)

    def action_quiet_slowly(self) -> None:
        """Fade to quiet over eight seconds."""
        self.quiet(SLOW_FADE_US)

    def action_quiet_soon(self) -> None:
        """Fade to quiet over one second."""
        self.quiet(FAST_FADE_US)

    def action_sound_again(self) -> None:
        """Start the sound engine again: after a device was plugged in, or when it plays up."""
        if self.shell is not None:
            self.shell.let_go_of_sound()
            self.run_worker(self.shell.restart_sound, thread=True)

    def action_outputs(self) -> None:
        """Open the list of outputs."""
        if self.shell is not None:
            from mtsession.ui.outputs import OutputsScreen  # noqa: PLC0415  (not needed at first)

            self.push_screen(OutputsScreen(self.shell))

    # Leaving

    def _fatal_error(self) -> None:
        """End on a fault of the program with one sentence: values never leave the program.

        The usual report draws every local value, and those may be a client's words.
        """
        kind, _, trace = sys.exc_info()
        frames = "".join(traceback.format_tb(trace))
        name = "unknown" if kind is None else kind.__name__
        log.critical("%s\n%s", name, frames)
        self._exit_renderables.append(Segments([Segment(FAULT.format(name=name))]))
        self._close_messages_no_wait()

    def action_keys(self) -> None:
        """Show the keys of this screen."""
        if not isinstance(self.screen, KeysScreen):
            self.push_screen(KeysScreen(self.screen))

    def action_leave(self) -> None:
        """Leave; asks while a session runs."""
        running = self.shell is not None and self.shell.desk is not None
        if running and not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(), self._leave_if)
        elif not running:
            self._leave_if(sure=True)

    def _leave_if(self, sure: bool | None) -> None:  # noqa: FBT001  (Textual's callback)
        if not sure or self._leaving:
            return
        self._leaving = True
        if self.shell is not None:
            self.shell.end()
        self.run_worker(self._close, thread=True)

    def _close(self) -> None:
        """Close the record and the engine; the disk may take its time."""
        if self.shell is not None:
            try:
                self.shell.finish()
            except MtSessionError as error:
                if not self._alone:
                    self._leaving = False
                    self.call_from_thread(self.notify, str(error), severity="error", timeout=60)
                    return
                # Nobody is there to make room on the disk: the next start offers the session.
                log.error("the record could not be closed: %s", error.message)  # noqa: TRY400
            self.shell.close()
        self.post_message(self.Closed())

    def on_mt_session_app_closed(self) -> None:
        """Leave, now that everything is kept."""
        if self.shell is not None:
            self.shell.put_away()
        self.exit(0)


def run_app(**arguments: Any) -> int:
    """Run the app until it is left.

    Returns
    -------
    int
        The exit code.
    """
    textual.constants.ESCAPE_DELAY = ESCAPE_SECONDS  # type: ignore[misc]
    app = MtSessionApp(**arguments)
    code = app.run()
    return code if code is not None else app.return_code or 0


def run_demo(*, out: Path, output: str | None = None) -> int:
    """Run the tour on the screen, with a vault that is thrown away."""
    from mtsession.ui.tour import Tour  # noqa: PLC0415  (only the demo needs it)

    with Tour(out) as tour:
        return run_app(tour=tour, plan=tour.plan, client=tour.client, output=output)
