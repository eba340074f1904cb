"""Where the music is heard: the outputs there are, a soft tone to try one, and the choice."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from mtsession.engine.outputs import pick
from mtsession.ui.draw import printable
from mtsession.ui.sized import SizedScreen
from mtsession.ui.words import line_of_keys

if TYPE_CHECKING:
    from mtsession.app.shell import Shell
    from mtsession.engine.outputs import OutputList

PROFILES = {
    None: "as the settings say",
    "default": "the usual",
    "low": "answers sooner; for notes played on the laptop",
    "soak": "most patient; for a slow or busy computer",
}


class OutputsScreen(SizedScreen[None]):
    """Lists the outputs, lets one be tried, and plays on the one that is chosen.

    Parameters
    ----------
    shell : Shell
        With or without a session: music that plays goes on with the new output.
    """

    KEYS = (
        ("Up Down", "go to an output"),
        ("Enter", "play on it, now and from now on"),
        ("t", "a soft tone on it, to hear which it is"),
        ("a", "how far ahead sound is made; holds once an output is taken"),
        ("r", "look for outputs again"),
        ("Esc", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Back"),
        Binding("t", "tone", "Tone"),
        Binding("a", "profile", "Ahead"),
        Binding("r", "look", "Look again"),
        Binding("q", "app.quiet_slowly", "Quiet"),
        Binding("Q", "app.quiet_soon", show=False),
    ]

    def __init__(self, shell: "Shell") -> None:
        super().__init__()
        self._shell = shell
        self._names: list[str] = []
        self._profile = shell.remembered.profile
        self._tone = ""
        self._told = ""

    def compose(self) -> ComposeResult:
        """Draw the frame; the list comes as soon as the machine was asked."""
        yield Static("Sound outputs", id="head")
        yield self.small_notice()
        yield OptionList(Option("Looking for outputs…", disabled=True), id="outputs", markup=False)
        yield Static("", id="ahead", markup=False)
        yield Static("", id="told", markup=False)
        yield Static(
            line_of_keys(
                ("Enter", "play on it"), ("t", "soft tone"), ("a", "how far ahead"),
                ("r", "look again"), ("Esc", "back"), ("?", "keys"),
            ),
            classes="footer",
        )  # fmt: skip

    def on_mount(self) -> None:
        """Look at once."""
        self.query_one("#outputs", OptionList).focus()
        self._show_profile()
        self.action_look()

    def redraw(self, shell: "Shell") -> None:
        """Show how the sound stands, when that changes."""
        ready = shell.ready
        if ready is None:
            told = "The sound is starting…"
        elif ready.silent:
            told = f"No sound: {ready.message} {ready.hint}"
        else:
            told = f"Playing on {ready.output}. {ready.message} {ready.hint}".strip()
        told = "\n".join(printable(line) for line in (told, self._tone) if line)
        if told != self._told:
            self._told = told
            self.query_one("#told", Static).update(told)

    # The list

    def action_look(self) -> None:
        """Ask the machine again; it takes a moment."""
        self.run_worker(self._look, thread=True, exclusive=True, group="look")

    def _look(self) -> None:
        found = self._shell.outputs()
        self.app.call_from_thread(self._show, found)

    def _show(self, found: "OutputList") -> None:
        if not self.is_attached:
            return
        remembered = self._shell.remembered.output
        known = pick(found.outputs, remembered) if remembered else None
        chosen = remembered if known is None else known.full
        default = "none at present" if found.default is None else found.default.name
        self._names = ["", *(each.full for each in found.outputs)]
        words = [f"The system's own choice ({default})"]
        words += [
            f"{each.name}   {each.system}{', the default' if each.default else ''}"
            for each in found.outputs
        ]
        if chosen and chosen not in self._names:
            self._names.append(chosen)
            words.append(f"{chosen}   not there now")
        listed = self.query_one("#outputs", OptionList)
        listed.clear_options()
        listed.add_options(
            [
                Option(printable(f"{'●' if name == chosen else ' '} {line}"))
                for name, line in zip(self._names, words, strict=True)
            ]
        )
        listed.highlighted = self._names.index(chosen)
        self._tone = f"{found.message} {found.hint}".strip()

    # Keys

    @property
    def _here(self) -> str | None:
        """The name of the output under the cursor; None while they are looked for."""
        place = self.query_one("#outputs", OptionList).highlighted
        return None if place is None or not self._names else self._names[place]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Play on the output under the cursor; music that plays goes on there."""
        event.stop()
        if (name := self._here) is None:
            return
        self._shell.choose_sound(output=name, profile=self._profile)
        self.app.action_sound_again()  # type: ignore[attr-defined]
        self.action_look()

    def action_tone(self) -> None:
        """Let a soft tone rise and fall on the output under the cursor."""
        if (name := self._here) is None:
            return
        self._tone = "A soft tone…"
        self.run_worker(lambda: self._play(name), thread=True, exclusive=True, group="tone")

    def _play(self, name: str) -> None:
        fault = self._shell.try_output(name)
        self.app.call_from_thread(self._played, fault)

    def _played(self, fault: str) -> None:
        self._tone = fault or "The tone was played. Enter plays the music there."

    def action_profile(self) -> None:
        """Go to the next way of making sound ahead."""
        names = list(PROFILES)
        self._profile = names[(names.index(self._profile) + 1) % len(names)]
        self._show_profile()

    def _show_profile(self) -> None:
        changed = self._profile != self._shell.remembered.profile
        then = "  (Enter takes it)" if changed else ""
        words = (
            f"Sound is made ahead: {self._profile or 'settings'}, {PROFILES[self._profile]}{then}"
        )
        self.query_one("#ahead", Static).update(words)
