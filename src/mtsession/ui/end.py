"""The end of a session: its summary, with ratings and a reason for whoever wants to give them."""

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from mtsession.errors import MtSessionError
from mtsession.report.page import as_text
from mtsession.session import intents as it
from mtsession.timeline.events import EndReason
from mtsession.ui.notes import NoteScreen
from mtsession.ui.own_ratings import ASPECTS, OwnRatingsScreen
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.shell import Shell

REASONS: dict[str, EndReason] = {
    "p": "planned", "s": "client stopped", "a": "asleep", "c": "called away", "d": "distress",
    "m": "medical",
}  # fmt: skip
SEEMED = "Kept: how the playing seemed to you"
RECKONING = "The summary is being put together…"


class EndScreen(SizedScreen[None]):
    """Nothing here has to be answered: Enter goes home.

    Parameters
    ----------
    shell : Shell
        With the session that has just ended.
    """

    KEYS = (
        ("Enter", "done: back home"),
        ("b f", "rating before, rating after"),
        ("p s a", "ended as planned, client stopped, asleep"),
        ("c d m", "called away, distress, medical"),
        ("o", "how the playing seemed to you, 0 to 10"),
        ("v", "write a line for the record"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "Done"),
        Binding("b", "rate('before')", "Before"),
        Binding("f", "rate('after')", "After"),
        Binding("o", "own_ratings", "Own ratings"),
        Binding("v", "note", "Note"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    class Closed(Message):
        """The record is closed."""

    class Reckoned(Message):
        """The summary is made, of the events there were when the worker began."""

        def __init__(self, number: int, page: str) -> None:
            self.number = number
            self.page = page
            super().__init__()

    def __init__(self, shell: "Shell") -> None:
        super().__init__()
        self._shell = shell
        self._putting_away = False
        self._asked = 0
        self._rated: dict[str, float] = {}

    def compose(self) -> ComposeResult:
        """Draw the page and the two fields under it."""
        yield Static(
            "The session is over and kept. Nothing more is needed.", id="head", markup=False
        )
        yield self.small_notice()
        with VerticalScroll(id="page"):
            yield Static(RECKONING, id="summary", markup=False)
        measure = self._shell.config.measure
        with Horizontal(id="ratings", classes="roomy"):
            yield Static(f"{measure}:  before", classes="label")
            yield Input(id="before", type="number", max_length=5, valid_empty=True)
            yield Static("after", classes="label")
            yield Input(id="after", type="number", max_length=5, valid_empty=True)
        yield Static(
            line_of_keys(
                ("Enter", "home"), ("b", "before"), ("f", "after"), ("o", "how it seemed to you"),
                ("v", "note"), ("?", "keys"),
            ),
            classes="footer",
        )  # fmt: skip
        yield Static(
            line_of_keys(
                ("p", "as planned"), ("s", "client stopped"), ("a", "asleep"),
                ("c", "called away"), ("d", "distress"), ("m", "medical"),
            ),
            classes="footer roomy",
        )  # fmt: skip

    def on_mount(self) -> None:
        """Show the summary; keys go to the page."""
        self._show()
        self.query_one("#page").focus()

    def on_key(self, event: events.Key) -> None:
        """Take a reason's key, and let Esc leave a field as it was."""
        if event.key == "escape":
            if isinstance(self.focused, Input):
                self._show_rating(self.focused)
            self.query_one("#page").focus()
        elif event.key in REASONS and not isinstance(self.focused, Input):
            reason = REASONS[event.key]
            said = "as planned" if reason == "planned" else reason
            self._do(it.GiveReason(reason=reason), f"Kept: {said}")
            event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep a rating that was typed."""
        event.stop()
        self._keep_rating(event.input)
        self.query_one("#page").focus()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Keep what stands in a field that is left: what is seen is what is kept."""
        event.stop()
        self._keep_rating(event.input)

    def _keep_rating(self, field: Input) -> None:
        """Keep what was typed, take back what was emptied, and leave out what is no number."""
        measure, when = self._shell.config.measure, "before" if field.id == "before" else "after"
        said = f"{measure}, {when}"
        try:
            value = float(field.value)
        except ValueError:
            if field.value.strip() or when not in self._rated:
                self._show_rating(field)
                return
            del self._rated[when]
            self._do(it.TakeRatingBack(measure=measure), f"Taken back: {said}")
            for other, kept in self._rated.items():
                self._rate(other, kept, f"Taken back: {said}")
        else:
            if self._rated.get(when) != value:
                self._rated[when] = value
                self._rate(when, value, f"Kept: {said} {value:g}")

    def _rate(self, when: str, value: float, said: str) -> None:
        place: Literal["before", "after"] = "before" if when == "before" else "after"
        self._do(it.Rate(measure=self._shell.config.measure, when=place, value=value), said)

    def _show_rating(self, field: Input) -> None:
        """Let a field say what is kept of it."""
        kept = self._rated.get(field.id or "")
        field.value = "" if kept is None else f"{kept:g}"

    def action_rate(self, when: str) -> None:
        """Go to a rating's field."""
        self.query_one(f"#{when}", Input).focus()

    def action_note(self) -> None:
        """Write a line for the record."""
        self.app.push_screen(NoteScreen(), self._keep_note)

    def action_own_ratings(self) -> None:
        """Rate how the playing seemed, or change that."""
        desk = self._shell.desk
        if desk is None:
            return
        taken = desk.runner.state.measures.values()
        given = {each.measure: round(each.value) for each in taken if each.source == "therapist"}

        def keep(kept: dict[str, int] | None) -> None:
            if kept is not None:
                self._keep_own(given, kept)

        self.app.push_screen(OwnRatingsScreen(given), keep)

    def _keep_own(self, given: dict[str, int], kept: dict[str, int]) -> None:
        for aspect in ASPECTS:
            value = kept.get(aspect)
            if value is None and aspect in given:
                self._do(it.TakeRatingBack(measure=aspect, source="therapist"), SEEMED)
            elif value is not None and value != given.get(aspect):
                rated = it.Rate(measure=aspect, when="after", value=value, source="therapist")
                self._do(rated, SEEMED)

    def _keep_note(self, text: str | None) -> None:
        if text:
            self._do(it.WriteNote(text=text), "Kept: your line")

    def _do(self, intent: it.Intent, said: str) -> None:
        """Note something more, and say so where it is seen: its line may lie below the page."""
        desk = self._shell.desk
        if desk is not None and not self._putting_away:
            desk.do(intent)
            self.query_one("#head", Static).update(f"{said}. Nothing more is needed.")
            self._show()

    def _show(self) -> None:
        """Have the summary made away from the screen: of a long improvisation it takes a while."""
        desk = self._shell.desk
        if desk is None:
            return
        self._asked += 1
        number = self._asked

        def reckon() -> None:
            self.post_message(self.Reckoned(number, as_text(desk.summary())))

        self.run_worker(reckon, thread=True)

    def on_end_screen_reckoned(self, message: Reckoned) -> None:
        """Show the newest summary; one that was overtaken is left out."""
        message.stop()
        if message.number == self._asked:
            self.query_one("#summary", Static).update(message.page)

    def action_done(self) -> None:
        """Close the record away from the screen, then go home."""
        if not self._putting_away:
            self._putting_away = True
            self.query_one("#head", Static).update("Closing the record…")
            self.run_worker(self._close, thread=True)

    def _close(self) -> None:
        try:
            tour = getattr(self.app, "tour", None)
            if tour is not None and self._shell.desk is not None:
                tour.leave(self._shell.desk)
            self._shell.finish()
        except MtSessionError as error:
            self._putting_away = False
            self.app.call_from_thread(self.app.notify, str(error), severity="error", timeout=60)
            return
        self.post_message(self.Closed())

    def on_end_screen_closed(self, message: Closed) -> None:
        """Go home; not from the worker, which this screen waits for when it goes."""
        message.stop()
        self._shell.put_away()
        if getattr(self.app, "tour", None) is not None:
            self.app.exit(0)
        else:
            self.app.pop_screen()
