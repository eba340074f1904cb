"""What the therapist decides of the recording under the cursor: its tempo, words and labels."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from mtsession.app.library_words import bpm_words
from mtsession.music.recording import Recording
from mtsession.ui.draw import printable
from mtsession.ui.library_asks import LineScreen
from mtsession.ui.library_hearing import HearingScreen

if TYPE_CHECKING:
    from mtsession.app.library import Library

USUAL_BARS = "Bars of four beats are taken; n sets another number."
NEXT_WORDS = {None: True, True: False, False: None}


class DecidingScreen(HearingScreen):
    """The shelf with sound, where the therapist has the last word."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "double", "Double"),
        Binding("z", "halve", "Halve"),
        Binding("b", "type_bpm", "BPM"),
        Binding("comma", "shift(-1)", "Bar earlier"),
        Binding("full_stop", "shift(1)", "Bar later"),
        Binding("n", "bar", "Beats in a bar"),
        Binding("k", "lock", "Lock"),
        Binding("m", "as_measured", "As measured"),
        Binding("w", "words", "Words"),
        Binding("e", "labels", "Labels"),
        Binding("enter", "take", "Take the taps"),
    ]

    # Tempo

    def change(self, work: "Callable[[Library, Recording], Recording]", *, say: str = "") -> None:
        """Let the library change the recording under the cursor, and show what it then is."""
        recording = self.chosen
        if recording is not None:
            self.store.ask(
                self,
                lambda lib: work(lib, recording),
                lambda then: self._decided(then, say),
                self.tell,
            )

    def _decided(self, recording: Recording, say: str = "") -> None:
        self.tell(say)
        self.changed(recording)

    def action_double(self) -> None:
        """Count twice as many beats."""
        self.change(lambda lib, one: lib.double(one.content))

    def action_halve(self) -> None:
        """Count half as many beats."""
        self.change(lambda lib, one: lib.halve(one.content))

    def action_shift(self, beats: int) -> None:
        """Move the bar's start."""
        guessed = self.chosen is not None and self.chosen.beats_per_bar is None
        self.change(
            lambda lib, one: lib.shift_downbeat(one.content, beats),
            say=USUAL_BARS if guessed else "",
        )

    def action_bar(self) -> None:
        """Type how many beats a bar has."""
        recording = self.chosen
        if recording is None:
            return
        now = "" if recording.beats_per_bar is None else str(recording.beats_per_bar)
        about = f"{printable(recording.title)}. Then , and . move where a bar begins."
        asking = LineScreen("Beats in a bar", about, value=now, example="4")
        self.app.push_screen(asking, lambda line: self._barred(recording.content, line))

    def _barred(self, content: str, line: str | None) -> None:
        if not line:
            return
        if line.isdecimal():
            bar = int(line)
            self.store.ask(self, lambda lib: lib.set_bar(content, bar), self._decided, self.tell)
        else:
            self.tell(f"{printable(line)} is no number of beats. Type one, such as 3.")

    def action_lock(self) -> None:
        """Lock the tempo, or unlock it."""
        self.change(lambda lib, one: lib.lock(one.content, not one.decision.locked))

    def action_as_measured(self) -> None:
        """Take the decision back."""
        self.change(lambda lib, one: lib.as_measured(one.content))

    def action_type_bpm(self) -> None:
        """Type an exact tempo."""
        recording = self.chosen
        if recording is None:
            return
        now = "" if recording.bpm is None else bpm_words(recording.bpm)
        about = f"{printable(recording.title)}, in beats a minute."
        asking = LineScreen("Its tempo", about, value=now, example="66.5")
        self.app.push_screen(asking, lambda line: self._typed(recording.content, line))

    def _typed(self, content: str, line: str | None) -> None:
        if not line:
            return
        try:
            bpm = float(line.replace(",", "."))
        except ValueError:
            self.tell(f"{printable(line)} is no tempo. Type beats a minute, such as 66.5.")
            return
        # The cursor may have moved on; what was typed is meant for what was asked about.
        self.store.ask(self, lambda lib: lib.type_bpm(content, bpm), self._decided, self.tell)

    def action_take(self) -> None:
        """Take the tempo that was tapped."""
        tapping = self.tapping
        if tapping is not None and tapping.fit is not None:
            self.tapping = None
            content, fit = tapping.content, tapping.fit
            self.store.ask(self, lambda lib: lib.tap(content, fit), self._decided, self.tell)

    # Words and labels

    def action_words(self) -> None:
        """Say whether it is sung: yes, no, not known, in turn."""
        self.change(lambda lib, one: lib.set_words(one.content, NEXT_WORDS[one.words]))

    def action_labels(self) -> None:
        """Type its labels."""
        recording = self.chosen
        if recording is None:
            return
        about = "Words of your own, with commas between them; a plan can ask for them."
        asking = LineScreen(
            "Labels", about, value=", ".join(recording.labels), example="calm, for sleep"
        )
        self.app.push_screen(asking, lambda line: self._labelled(recording, line))

    def _labelled(self, recording: Recording, line: str | None) -> None:
        if line is None:
            return
        wanted = dict.fromkeys(part.strip() for part in line.split(",") if part.strip())

        def work(library: "Library") -> Recording:
            for label in recording.labels:
                if label not in wanted:
                    library.remove_label(recording.content, label)
            for label in wanted:
                library.add_label(recording.content, label)
            return library.recording(recording.content)

        self.store.ask(self, work, self._decided, self.tell)
