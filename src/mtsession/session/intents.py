"""What the therapist asks for, whatever key, pedal or command line it came from."""

from typing import Literal

import msgspec

from mtsession.session.activity import Settings
from mtsession.timeline.events import EndReason
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import Micros


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all intents."""


class StartActivity(Intent, frozen=True, kw_only=True):
    """Begin a method now, beside what runs."""

    method: str
    settings: Settings


class StopActivity(Intent, frozen=True, kw_only=True):
    """End one running activity; the others go on."""

    activity: int
    reason: EndReason = "by hand"


class Act(Intent, frozen=True, kw_only=True):
    """One of a running activity's own actions."""

    activity: int
    action: str


class Say(Intent, frozen=True, kw_only=True):
    """A line of text for one of a running activity's own actions."""

    activity: int
    action: str
    text: str


class PlaceMarker(Intent, frozen=True, kw_only=True):
    """Mark this moment."""

    label: str


class UndoMarker(Intent, frozen=True, kw_only=True):
    """Take back the newest marker that still stands."""


class Rate(Intent, frozen=True, kw_only=True):
    """Note a rating: the client's, or the therapist's own."""

    measure: str
    when: Literal["before", "after"]
    value: float
    source: Literal["client", "therapist"] = "client"


class TakeRatingBack(Intent, frozen=True, kw_only=True):
    """Take back every rating that was noted of a measure."""

    measure: str
    source: Literal["client", "therapist"] = "client"


class WriteNote(Intent, frozen=True, kw_only=True):
    """Note a line of the therapist's."""

    text: str


class NextSegment(Intent, frozen=True, kw_only=True):
    """Go on to the next planned stretch."""


class Pause(Intent, frozen=True, kw_only=True):
    """Let the session's course and its music stand still."""


class Resume(Intent, frozen=True, kw_only=True):
    """Go on, after a pause or after quiet."""


class SetLevel(Intent, frozen=True, kw_only=True):
    """Set how loud the music is, in dB below full level."""

    level_db: float


class ToggleDuck(Intent, frozen=True, kw_only=True):
    """Lower the music to speak over it, or bring it back."""


class HoldDuck(Intent, frozen=True, kw_only=True):
    """Lower the music while a MIDI control is held."""

    on: bool


class LearnDuckControl(Intent, frozen=True, kw_only=True):
    """Take the MIDI control that is pressed next for lowering the music; asked again, none."""


class ChooseDuckControl(Intent, frozen=True, kw_only=True):
    """Lower the music with this MIDI control, which is held now."""

    control: MidiControl


class Quiet(Intent, frozen=True, kw_only=True):
    """Make everything silent: at once (0) or over a fade; the course waits."""

    fade_us: Micros = Micros(0)


class End(Intent, frozen=True, kw_only=True):
    """End the session."""

    reason: EndReason = "by hand"


class GiveReason(Intent, frozen=True, kw_only=True):
    """Say, after the end, why the session ended; the last reason given counts."""

    reason: EndReason


NOTING = (PlaceMarker, UndoMarker, Rate, TakeRatingBack, WriteNote, GiveReason)
DUCKING = (ToggleDuck, HoldDuck, LearnDuckControl, ChooseDuckControl)
