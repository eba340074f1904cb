"""Hearing the recording under the cursor, and tapping along to it."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from mtsession.app.audition import Audition, AuditionView
from mtsession.music.recording import Recording
from mtsession.ui.draw import shorten
from mtsession.ui.library_detail import Beside, Detail, next_place
from mtsession.ui.library_shelf import ShelfScreen
from mtsession.ui.library_tapping import Tapping

if TYPE_CHECKING:
    from mtsession.app.shell import Shell

LEVEL_STEP_DB = 2.0
HEAR_FIRST = "Space lets you hear it; once it sounds, tap t on each beat."
AT_WORK = {"playing", "starting"}


class HearingScreen(ShelfScreen):
    """The shelf, with sound."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "hear", "Hear"),
        Binding("left", "seek(-1)", "Back"),
        Binding("right", "seek(1)", "On"),
        Binding("left_square_bracket", "louder(-1)", "Softer"),
        Binding("right_square_bracket", "louder(1)", "Louder"),
    ]

    client: str | None = None
    tapping: Tapping | None = None
    _rests_s = 0.0

    def moved(self) -> None:
        """Begin anew with another recording."""
        self.tapping = None
        self._rests_s = 0.0

    # Drawing

    def redraw(self, shell: "Shell") -> None:  # noqa: ARG002  (as the app calls every screen)
        """Show how things stand; what has not changed is not touched."""
        if not self.is_attached:
            return
        view, recording, tapping = self.view(), self.chosen, self.tapping
        heard = self.is_heard(view, recording)
        self.query_one("#detail", Detail).show(
            Beside(
                recording=recording,
                audition=view if heard else AuditionView(),
                position_s=self._position_s(view, recording),
                taps=None if tapping is None else tuple(tapping.taps_s),
                fit=None if tapping is None else tapping.fit,
                taste=self.taste,
                client=self.client,
            )
        )
        self.set_text("#head", self.head())
        said = self.busy_words() or view.message or self.told or self._elsewhere(view, heard=heard)
        self.set_text("#told", Text(shorten(said, (self.size.width - 4) * 2)))

    def busy_words(self) -> str:
        """Say what is going on beside."""
        return ""

    def _elsewhere(self, view: AuditionView, *, heard: bool) -> str:
        """Name what sounds while the cursor is on something else."""
        if heard or not view.sounds:
            return ""
        titles = (each.title for each in self.recordings if each.content == view.content)
        return f"Still sounding: {next(titles, 'a recording')}. Space goes over to this one."

    # Hearing

    @property
    def audition(self) -> Audition:
        """Give what plays; it is made when first needed."""
        return self.shell.open_audition()

    def view(self) -> AuditionView:
        """Give how the audition stands, without making one."""
        audition = self.shell.audition
        return AuditionView() if audition is None else audition.view()

    @staticmethod
    def is_heard(view: AuditionView, recording: Recording | None) -> bool:
        """Tell whether a recording is the one that sounds or sounded last."""
        return recording is not None and view.content == recording.content

    def _position_s(self, view: AuditionView, recording: Recording | None) -> float:
        return view.position_s if self.is_heard(view, recording) else self._rests_s

    def action_hear(self) -> None:
        """Fade the recording under the cursor in, or out where it is what sounds."""
        recording, view = self.chosen, self.view()
        if recording is None:
            return
        self.tapping = None
        if view.state in AT_WORK and self.is_heard(view, recording):
            self.audition.stop()
        elif not recording.present:
            self.tell("Its file was not found: s scans its folder again.")
        elif recording.analysis is None:
            self.tell(f"It cannot be played. {recording.fault or ''}".strip())
        else:
            self.tell("")
            self.audition.play(recording, from_s=self._position_s(view, recording))

    def action_seek(self, sign: int) -> None:
        """Go back or on, to the start of a bar where bars are known."""
        recording, view = self.chosen, self.view()
        if recording is None or recording.duration_s is None:
            return
        wanted = next_place(recording, self._position_s(view, recording), sign)
        wanted = min(max(wanted, 0.0), recording.duration_s)
        if self.is_heard(view, recording):
            self.audition.seek(wanted)
        else:
            self._rests_s = wanted

    def action_louder(self, sign: int) -> None:
        """Make the audition louder or softer; sessions keep their own level."""
        self.audition.set_level(self.audition.level_db + sign * LEVEL_STEP_DB)
        self.tell(f"Level {self.audition.level_db:+.0f} dB.")

    # Tapping

    def on_key(self, event: events.Key) -> None:
        """Take a tap for the moment its key was pressed, however late it is looked at."""
        if event.key == "t" and not isinstance(self.focused, Input):
            self._tap(max(Message().time - event.time, 0.0))
            event.stop()

    def _tap(self, ago_s: float) -> None:
        recording, view = self.chosen, self.view()
        heard = recording is not None and self.is_heard(view, recording)
        heard_s = self.audition.heard_before(ago_s) if heard else None
        if recording is None or heard_s is None:
            self.tell(HEAR_FIRST)
            return
        if self.tapping is None:
            self.tapping = Tapping(recording.content)
            self.tell("")
        self.tapping.tap(heard_s)

    def on_unmount(self) -> None:
        """Let go of the engine however this screen ends."""
        self.shell.close_audition()
