"""Home: Enter starts a session with nothing filled in; client and plan are choices."""

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mtsession.errors import MtSessionError
from mtsession.ui.draw import printable
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.own_plans import OwnPlan
    from mtsession.app.shell import Shell
    from mtsession.records.marks import Interrupted
    from mtsession.session.plan import Plan

NO_PLAN_TITLE = "No plan: choose as you go"


class HomeScreen(SizedScreen[None]):
    """Where the app opens, and where it returns to between sessions."""

    KEYS = (
        ("Enter", "start a session"),
        ("Up Down", "choose a plan"),
        ("c", "type the client's code"),
        ("r", "review past sessions"),
        ("l", "the library of your own music"),
        ("s", "start the sound again"),
        ("O", "outputs: choose and try one"),
        ("g", "go on with an interrupted session"),
        ("x", "leave the interrupted session as it is"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start"),
        Binding("c", "client", "Client"),
        Binding("r", "review", "Review"),
        Binding("l", "library", "Library"),
        Binding("s", "app.sound_again", "Sound"),
        Binding("O", "app.outputs", "Outputs"),
        Binding("g", "go_on", "Go on"),
        Binding("x", "leave_it", "Leave it"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._plans: list[Plan | OwnPlan | None] = [None]
        self._own: tuple[OwnPlan, ...] = ()
        self._opening = False
        self._waiting_to_start = False
        self._interrupted: Interrupted | None = None
        self._claimed: bool | None = None
        self._told: object = None

    def compose(self) -> ComposeResult:
        """Draw at once, before anything is loaded."""
        yield Static("mtsession", id="title", classes="roomy")
        yield self.small_notice()
        with Horizontal(id="choices", classes="roomy"):
            with Vertical(id="plan-side"):
                yield Static("Plan", classes="heading")
                yield OptionList(Option(NO_PLAN_TITLE), id="plans", markup=False)
            with Vertical(id="client-side"):
                yield Static("Client", classes="heading")
                yield Input(placeholder="code, if you like", id="client", max_length=40)
                yield Static("", id="about-plan", markup=False)
        yield Static("", id="interrupted")
        yield Static("Getting the sound ready…", id="sound", markup=False)
        yield Static(
            line_of_keys(
                ("Enter", "start a session"), ("c", "client"), ("l", "library"),
                ("r", "review"), ("s", "sound again"), ("O", "outputs"), ("?", "keys"),
                ("Ctrl+Q", "leave"),
            ),
            classes="footer",
        )  # fmt: skip

    def on_mount(self) -> None:
        """Keys go to the plans first: Enter must start from the first moment."""
        plans = self.query_one("#plans", OptionList)
        plans.highlighted = 0
        plans.focus()

    def on_screen_resume(self) -> None:
        """Look for interrupted sessions and the therapist's own plans again when coming back."""
        shell = self._shell
        if shell is not None:
            self._offer(shell)
            self.run_worker(lambda: self._look(shell), thread=True)

    def _look(self, shell: "Shell") -> None:
        shell.look_for_plans()
        self.app.call_from_thread(self._list_own, shell)

    @property
    def _shell(self) -> "Shell | None":
        return getattr(self.app, "shell", None)

    def fill(self, shell: "Shell") -> None:
        """Take in what was loaded behind the first frame."""
        plans = self.query_one("#plans", OptionList)
        for shipped in shell.plans:
            self._plans.append(shipped.plan)
            plans.add_option(Option(shipped.plan.title))
        self._list_own(shell)
        self._offer(shell)
        if self._waiting_to_start:
            self._waiting_to_start = False
            self.action_start()

    def _list_own(self, shell: "Shell") -> None:
        """List the therapist's own plans after the others, and stay on the one that is chosen."""
        own = shell.own.plans
        if own == self._own:
            return
        plans = self.query_one("#plans", OptionList)
        chosen = self._plans[plans.highlighted or 0]
        for _ in self._own:
            plans.remove_option_at_index(len(self._plans) - 1)
            self._plans.pop()
        self._own = own
        self._plans += own
        plans.add_options([Option(printable(each.title)) for each in own])
        if plans.highlighted is None or self._plans[plans.highlighted] is not chosen:
            same = [place for place, each in enumerate(self._plans) if each == chosen]
            plans.highlighted = same[0] if same else 0

    def redraw(self, shell: "Shell") -> None:
        """Show how the sound stands, when that changes."""
        notices = (*shell.notices, *shell.own.notices)
        told = (shell.ready, notices, self._claimed, self._opening)
        if told != self._told:
            self._told = told
            self.query_one("#sound", Static).update("\n".join(self._sentences(shell)))

    def _sentences(self, shell: "Shell") -> list[str]:
        ready = shell.ready
        if ready is None:
            told = ["Getting the sound ready…"]
        elif ready.silent:
            told = [f"No sound: {ready.message} {ready.hint}", "A session runs all the same."]
        else:
            told = [f"Sound: {ready.output}. {ready.message} {ready.hint}".rstrip(". ")]
        notices = (*shell.notices, *shell.own.notices)
        told += [printable(f"{notice.message} {notice.hint}".strip()) for notice in notices]
        if self._claimed is False:
            told.append("No passphrase is chosen yet: r chooses one.")
        if self._opening:
            told.append("Choosing the music…")
        return told

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say when the highlighted plan is used."""
        one = self._plans[event.option_index] if event.option_index < len(self._plans) else None
        about = "Start, then begin any activity with its key."
        if one is not None:
            about = printable(one.when)
        self.query_one("#about-plan", Static).update(about)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Start with the plan under the cursor."""
        event.stop()
        self.action_start()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the code and go back to the plans; the next Enter starts."""
        event.stop()
        self.query_one("#plans", OptionList).focus()

    def on_key(self, event: events.Key) -> None:
        """Let Esc leave the client field."""
        if event.key == "escape":
            self.query_one("#plans", OptionList).focus()

    # Actions

    def action_start(self) -> None:
        """Start a session with what is chosen, or with nothing."""
        shell = self._shell
        if shell is None:
            self._waiting_to_start = True
            self.query_one("#sound", Static).update("Starting as soon as the desk is ready…")
            return
        index = self.query_one("#plans", OptionList).highlighted or 0
        client = self.query_one("#client", Input).value.strip()
        self.begin(self._plans[index], client or None)

    def begin(
        self,
        plan: "Plan | OwnPlan | None",
        client: str | None,
        resume: "Interrupted | None" = None,
    ) -> None:
        """Start a session and show it; for a plan of one's own as soon as its music is chosen."""
        shell = self._shell
        if shell is None or self._opening or shell.desk is not None:
            return
        from mtsession.app.own_plans import OwnPlan  # noqa: PLC0415  (loaded with the desk)
        from mtsession.app.plans import NO_PLAN  # noqa: PLC0415  (loaded with the desk)
        from mtsession.ui.session import SessionScreen  # noqa: PLC0415  (not needed at first)

        if isinstance(plan, OwnPlan):
            self._opening = True
            own = plan
            self.run_worker(lambda: self._open(shell, own, client, resume), thread=True)
            return
        while self.app.screen is not self and self in self.app.screen_stack:
            self.app.pop_screen()
        on_event = None if self.app.tour is None else self.app.tour.see  # type: ignore[attr-defined]
        try:
            shell.begin(plan=plan or NO_PLAN, client=client, resume=resume, on_event=on_event)
        except MtSessionError as error:
            self.notify(str(error), severity="error", timeout=60)
            return
        self.query_one("#client", Input).value = ""
        self.app.push_screen(SessionScreen(shell))

    def _open(
        self, shell: "Shell", own: "OwnPlan", client: str | None, resume: "Interrupted | None"
    ) -> None:
        """Choose the music of a plan, away from the screen's thread."""

        def say(text: str) -> None:
            self.app.call_from_thread(self.notify, f"{text} …", timeout=4, markup=False)

        try:
            plan = shell.open_plan(own, client, resume, say)
        except MtSessionError as error:
            self.app.call_from_thread(self._not_opened, str(error))
        else:
            self.app.call_from_thread(self._opened, plan, client, resume)

    def _opened(self, plan: "Plan", client: str | None, resume: "Interrupted | None") -> None:
        self._opening = False
        self.begin(plan, client, resume)

    def _not_opened(self, sentence: str) -> None:
        """Say what is wrong with a plan; an interrupted session is offered again."""
        self._opening = False
        self.notify(sentence, severity="error", timeout=60, markup=False)
        if self._shell is not None:
            self._offer(self._shell)

    def action_client(self) -> None:
        """Type a client's code."""
        self.query_one("#client", Input).focus()

    def action_review(self) -> None:
        """Open the past sessions."""
        if self._shell is not None:
            from mtsession.ui.review import ReviewScreen  # noqa: PLC0415  (not needed at first)

            self.app.push_screen(ReviewScreen(self._shell))

    def action_library(self) -> None:
        """Open the therapist's own music."""
        if self._shell is not None:
            from mtsession.ui.library import LibraryScreen  # noqa: PLC0415  (not needed at first)

            client = self.query_one("#client", Input).value.strip()
            self.app.push_screen(LibraryScreen(self._shell, client=client or None))

    def action_go_on(self) -> None:
        """Go on with the interrupted session in the same record."""
        one = self._interrupted
        if one is not None:
            self._interrupted = None
            index = self.query_one("#plans", OptionList).highlighted or 0
            self.begin(self._plans[index], None, resume=one)

    def action_leave_it(self) -> None:
        """Leave the interrupted session; it stays in the record as it is."""
        shell, one = self._shell, self._interrupted
        if shell is not None and one is not None:
            shell.leave(one)
            self._offer(shell)

    def _offer(self, shell: "Shell") -> None:
        """Offer the newest interrupted session, without asking anything."""
        self._claimed = shell.vault_claimed
        found = shell.interrupted()
        self._interrupted = found[-1] if found else None
        text = ""
        if self._interrupted is not None:
            began = self._interrupted.started.astimezone().strftime("%d %b %H:%M")
            text = (
                f"A session of {began} was interrupted; everything before that is kept.\n"
                "g  go on with it in the same record     x  leave it as it is"
            )
        offer = self.query_one("#interrupted", Static)
        offer.update(text)
        offer.display = bool(text)
