"""The live session: a panel an activity, the course, marks, and every key in sight."""

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal
from textual.widgets import Static

from mtsession.protocol.commands import PlayNote
from mtsession.protocol.views import SessionView
from mtsession.session import intents as it
from mtsession.ui.client_page import ClientPageCard, Showing
from mtsession.ui.course import Course
from mtsession.ui.library_asks import LineScreen
from mtsession.ui.meter import Meter
from mtsession.ui.notes import NoteScreen
from mtsession.ui.panels.base import Panel
from mtsession.ui.panels.registry import PANELS
from mtsession.ui.session_lines import head_line, told_lines
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys, session_time

if TYPE_CHECKING:
    from mtsession.app.desk import Desk
    from mtsession.app.shell import Shell

LEVEL_STEP_DB = 2.0
AGAIN_US = 2_000_000
START_KEYS = {"l": "listening", "b": "breathing", "i": "improvisation", "w": "words"}
# The row of white keys from middle C, as computer keyboards show it on most tutors.
PLAY_KEYS = "awsedftgyhujkolp;"
FIRST_NOTE = 60
TWO_COLUMNS = 80
ENTER = "Enter"


class SessionScreen(SizedScreen[None]):
    """What the therapist sees while a session runs.

    Parameters
    ----------
    shell : Shell
        With the session that was just begun.
    """

    KEYS = (
        ("Space", "pause, or go on"),
        ("n", "next stretch of the plan"),
        ("l b i w", "start or end: listen, breathe, improvise, words"),
        ("1 to 9", "mark this moment (0 lists them)"),
        ("u", "take back the last mark"),
        ("v", "write a line for the record"),
        ("+ -", "music louder, softer"),
        ("d", "lower the music to speak, and back"),
        ("K", "choose a pedal that lowers it while held"),
        ("k", "play notes on the computer's keys; Esc ends it"),
        ("S", "start the sound again; go on where it was lost"),
        ("O", "outputs: choose and try one"),
        ("D", "a page for the client's own screen"),
        ("e e", "end the session (twice)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause"),
        Binding("n", "next", "Next"),
        Binding("e", "end", "End"),
        Binding("u", "undo", "Undo mark"),
        Binding("v", "note", "Note"),
        Binding("d", "duck", "Duck"),
        Binding("K", "duck_control", "Pedal"),
        Binding("k", "play", "Play"),
        Binding("D", "client_page", "Client's page"),
        Binding("S", "app.sound_again", "Sound"),
        Binding("O", "app.outputs", "Outputs"),
        Binding("plus,equals_sign", "louder(1)", "Louder"),
        Binding("minus", "louder(-1)", "Softer"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    def __init__(self, shell: "Shell") -> None:
        super().__init__()
        self._shell = shell
        self._panels: dict[int, Panel[Any]] = {}
        self._texts: dict[str, Text] = {}
        self._playing_keys = False
        self._end_asked_us = -AGAIN_US
        self._listing_marks = False
        self._over = False
        self._client_page: Showing | None = None

    def compose(self) -> ComposeResult:
        """Draw the frame; panels come and go with their activities."""
        with Horizontal(id="top"):
            yield Static("", id="head")
            yield Meter()
        yield self.small_notice()
        yield Course(id="course", classes="roomy")
        yield Grid(id="panels", classes="roomy")
        yield Static("", id="told", classes="roomy")
        yield Static("", id="marks")
        yield Static(self._footer(), id="foot", classes="footer")

    def redraw(self, shell: "Shell") -> None:
        """Show the newest snapshot, and leave for the end screen when it is over."""
        desk = shell.desk
        if desk is None or not self.is_attached:
            return
        if self._client_page is not None:
            self._client_page.follow(desk)
        view = desk.view()
        self._set("#head", head_line(view, self.query_one("#head").size.width))
        self.query_one(Meter).show(view)
        self.query_one(Course).show(view.course)
        self._show_panels(view)
        self._set("#told", told_lines(view))
        self._set("#marks", self._marks(view))
        self._set("#foot", self._footer(view))
        if view.state == "ended" and not self._over:
            self._over = True
            from mtsession.ui.end import EndScreen  # noqa: PLC0415  (not needed before)

            self.app.switch_screen(EndScreen(shell))

    def _set(self, selector: str, text: Text) -> None:
        """Change a text only when it differs: a new one is a new layout of the whole screen."""
        if self._texts.get(selector) != text:
            self._texts[selector] = text
            self.query_one(selector, Static).update(text)

    def _show_panels(self, view: SessionView) -> None:
        grid = self.query_one("#panels", Grid)
        wanted = {panel.activity: panel for panel in view.panels}
        for gone in self._panels.keys() - wanted.keys():
            self._panels.pop(gone).remove()
        for number, panel in wanted.items():
            if number not in self._panels:
                kind = PANELS.get(panel.method)
                if kind is None:
                    continue
                self._panels[number] = kind()
                grid.mount(self._panels[number])
            self._panels[number].show(panel, view.t_us)
        columns = 2 if len(self._panels) > 1 and self.size.width >= TWO_COLUMNS else 1
        if grid.styles.grid_size_columns != columns:
            grid.styles.grid_size_columns = columns

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Take the keys that are not fixed: marks, starts, an activity's own, notes."""
        desk, key = self._desk, event.key
        if desk is None:
            return
        character = event.character or ""
        if self._playing_keys:
            self._play_key(desk, event)
        elif any(panel.take_key(character or key) for panel in self._panels.values()):
            event.stop()
        elif character.isdigit():
            self._mark(desk, int(character))
            event.stop()
        elif key in START_KEYS and not self._own_action(desk, key):
            self._toggle(desk, START_KEYS[key])
            event.stop()
        elif self._own_action(desk, key) or self._own_action(desk, character):
            event.stop()

    def on_improvisation_panel_figures_hidden(self, message: Any) -> None:
        """Remember that figures are hidden, or are shown."""
        self._shell.hide_figures(hidden=message.hidden)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While computer keys play notes, only quiet and leaving keep their keys."""
        return not self._playing_keys or action in {"app.quiet_slowly", "app.quiet_soon"}

    @property
    def _desk(self) -> "Desk | None":
        return self._shell.desk

    def _own_action(self, desk: "Desk", key: str) -> bool:
        """Let the running activities have the key, the newest first."""
        for number, running in reversed(tuple(desk.runner.running.items())):
            for action in running.method.actions:
                if action.key == (ENTER if key == "enter" else key):
                    desk.do(it.Act(activity=number, action=action.name))
                    if action.takes_text:
                        self._ask_line(desk, number, action.name)
                    return True
        return False

    def _ask_line(self, desk: "Desk", number: int, action: str) -> None:
        """Let a line be typed for what was just done; nothing has to be answered."""
        running = desk.runner.running.get(number)
        view = None if running is None else running.activity.view(desk.clock.now_us())
        question = getattr(view, "asks", None)
        if question is not None:
            self.app.push_screen(
                LineScreen(question.text, question.about, example=question.example),
                lambda text: desk.do(it.Say(activity=number, action=action, text=text or "")),
            )

    def keys_of_methods(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Give the title of each running activity, and its keys in plain words."""
        running = {} if self._desk is None else self._desk.runner.running
        told = []
        for number, each in running.items():
            panel = self._panels.get(number)
            keys = tuple((act.key, act.label) for act in each.method.actions)
            told.append((each.method.title, (*keys, *(panel.own_keys() if panel else ()))))
        return tuple(told)

    def _toggle(self, desk: "Desk", method: str) -> None:
        """Start a method with its plain settings, or end it where it runs."""
        for number, running in desk.runner.running.items():
            if running.method.name == method:
                desk.do(it.StopActivity(activity=number))
                return
        desk.do(it.StartActivity(method=method, settings=self._shell.methods[method].settings()))

    def _mark(self, desk: "Desk", digit: int) -> None:
        markers = self._shell.config.markers
        if digit == 0:
            self._listing_marks = not self._listing_marks
        elif digit <= len(markers):
            desk.do(it.PlaceMarker(label=markers[digit - 1]))

    def _play_key(self, desk: "Desk", event: events.Key) -> None:
        if event.key == "escape":
            self._playing_keys = False
            self.refresh_bindings()
        else:
            place = PLAY_KEYS.find((event.character or " ").lower())
            if place >= 0:
                desk.tell(PlayNote(note=FIRST_NOTE + place))
        event.stop()

    # Actions

    def action_pause(self) -> None:
        """Pause, or go on after a pause or after quiet."""
        if self._desk is not None:
            paused = self._desk.runner.state.course == "paused"
            self._desk.do(it.Resume() if paused else it.Pause())

    def action_next(self) -> None:
        """Go on to the next stretch."""
        if self._desk is not None:
            self._desk.do(it.NextSegment())

    def action_end(self) -> None:
        """End the session at the second press, so that one slip ends nothing."""
        desk = self._desk
        if desk is None:
            return
        now = desk.clock.now_us()
        done = desk.runner.plan_done and bool(desk.runner.plan.segments)
        if done or now - self._end_asked_us <= AGAIN_US:
            desk.do(it.End(reason="planned" if done else "by hand"))
        self._end_asked_us = now

    def action_undo(self) -> None:
        """Take back the newest mark."""
        if self._desk is not None:
            self._desk.do(it.UndoMarker())

    def action_note(self) -> None:
        """Write a line for the record; the session goes on."""
        self.app.push_screen(NoteScreen(), self._keep_note)

    def _keep_note(self, text: str | None) -> None:
        if text and self._desk is not None:
            self._desk.do(it.WriteNote(text=text))

    def action_duck(self) -> None:
        """Lower the music to speak over it, or bring it back."""
        if self._desk is not None:
            self._desk.do(it.ToggleDuck())

    def action_duck_control(self) -> None:
        """Take the pedal or button that is pressed next for lowering the music."""
        if self._desk is not None:
            self._desk.do(it.LearnDuckControl())

    def action_client_page(self) -> None:
        """Serve the guide to a screen of the client's, and say who can see it."""
        if self._desk is not None:
            self._client_page = self._client_page or Showing(self._desk.clock.now_us)
            self.app.push_screen(ClientPageCard(self._client_page))

    def on_unmount(self) -> None:
        """Let the client's screens go with the session."""
        if self._client_page is not None:
            self._client_page.close_soon()

    def action_play(self) -> None:
        """Let the computer's keys play notes, until Esc."""
        self._playing_keys = True
        self.refresh_bindings()

    def action_louder(self, sign: int) -> None:
        """Move the music's level by a step."""
        if self._desk is not None:
            level = self._desk.runner.state.level_db or 0.0
            self._desk.do(it.SetLevel(level_db=level + sign * LEVEL_STEP_DB))

    # Drawing

    def _marks(self, view: SessionView) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        if self._listing_marks:
            names = (f"{n} {label}" for n, label in enumerate(self._shell.config.markers, 1))
            text.append("Marks: " + "  ".join(names))
        elif view.marks:
            recent = (f"{session_time(mark.t_us)} {mark.label}" for mark in view.marks[-4:])
            text.append("Marked: " + "; ".join(recent))
        return text

    def _footer(self, view: SessionView | None = None) -> Text:
        if self._playing_keys:
            text = Text("PLAYING ON THE COMPUTER'S KEYS  ", style="bold reverse")
            text.append_text(line_of_keys(("a to ;", "notes"), ("Esc", "back to the desk")))
            return text
        if view is not None and view.t_us - self._end_asked_us <= AGAIN_US:
            return line_of_keys(("e", "again ends the session"))
        if self.has_class("-small"):
            return line_of_keys(("Esc Esc", "quiet"), ("e e", "end"), ("?", "keys"))
        paused = view is not None and view.state == "paused"
        first = line_of_keys(
            ("Space", "go on" if paused else "pause"), ("n", "next"), ("l", "listen"),
            ("b", "breathe"), ("i", "improvise"), ("w", "words"), ("1-9", "mark"),
        )  # fmt: skip
        second = line_of_keys(
            ("Esc Esc", "quiet now"), ("q", "fade"), ("+ -", "level"), ("d", "speak"),
            ("v", "note"), ("k", "play"), ("e e", "end"), ("?", "keys"),
        )  # fmt: skip
        return Text("\n").join([first, second])
