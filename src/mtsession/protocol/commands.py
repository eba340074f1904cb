"""What the session asks of the engine. Times are session time unless said otherwise."""

from typing import Literal

import msgspec

from mtsession.protocol.sources import ProgrammeItem
from mtsession.timeline.units import Micros


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The base of all commands; the class name is the tag on the wire.

    Attributes
    ----------
    asked : int or None
        The number of the wish that it carries out, where its first sample is to be told:
        see `CommandApplied`.
    """

    asked: int | None = None


class OpenSession(Command, frozen=True, kw_only=True):
    """Tie the engine's frames to session time, and listen to MIDI.

    From here, a planned time lies at one frame: the frame audible at session
    time 0 plus the time at the nominal rate. So the same plan gives the same
    samples live and offline.

    Attributes
    ----------
    offset_us : int
        Monotonic time less session time.
    level_db : float
        Music level, never above `ceiling_db`.
    """

    offset_us: int
    level_db: float
    ceiling_db: float = 0.0


class CloseSession(Command, frozen=True, kw_only=True):
    """Fade what sounds, close the MIDI inputs, report no more."""

    fade_us: Micros = Micros(1_000_000)


class SetSessionClock(Command, frozen=True, kw_only=True):
    """Follow the session clock after sleep."""

    offset_us: int


class PlayProgramme(Command, frozen=True, kw_only=True):
    """Play items in time; what another programme plays is crossfaded into it.

    Attributes
    ----------
    owner : int
        The activity that asks.
    at_us : Micros or None
        When the programme starts; None is as soon as it can.
    position_us : Micros
        Where in the programme to start.
    fade_in_us : Micros
        Fade over what sounds before.
    gives_way : bool
        Whether what the activity plays falls a little at once, so that a wish for other music is
        answered before that comes.
    """

    owner: int
    items: tuple[ProgrammeItem, ...]
    at_us: Micros | None = None
    position_us: Micros = Micros(0)
    fade_in_us: Micros = Micros(6_000_000)
    gives_way: bool = False


class StopProgramme(Command, frozen=True, kw_only=True):
    """Fade an activity's programme and forget it."""

    owner: int
    fade_us: Micros
    at_us: Micros | None = None


class SkipItem(Command, frozen=True, kw_only=True):
    """Crossfade to the next item now; the items after it move up."""

    owner: int
    fade_us: Micros


class ReviseProgramme(Command, frozen=True, kw_only=True):
    """Let an owner's programme go on otherwise, without a seam.

    What sounds keeps its place and its source, and follows its new rates from here; what has
    not begun is replaced. All stay on the programme's own timeline.

    Attributes
    ----------
    items : tuple of ProgrammeItem
        From what sounds on. Of an item that has begun, `rate`, `duration_us` and `fade_out_us`
        are taken over. Its rates are by heard time from its start; where they say something
        else of what was heard already, the source goes on from where it is all the same.
    """

    owner: int
    items: tuple[ProgrammeItem, ...]


class PauseMusic(Command, frozen=True, kw_only=True):
    """Fade the music and hold it where it is."""

    fade_us: Micros = Micros(500_000)


class ResumeMusic(Command, frozen=True, kw_only=True):
    """Go on from where the music was held."""

    fade_us: Micros = Micros(1_000_000)


class StartPulse(Command, frozen=True, kw_only=True):
    """Publish a beat grid that no music makes: silent beats on the clock, or tapped ones.

    Asked for again under the same grid, its beats run on otherwise from there.

    Attributes
    ----------
    at_us : Micros
        When beat `beat` is.
    """

    owner: int
    grid: int
    bpm: float
    at_us: Micros
    beat: int = 0
    beats_per_bar: int | None = None


class StopPulse(Command, frozen=True, kw_only=True):
    """End a silent pulse."""

    grid: int


CueSound = Literal["inhale", "exhale", "tone in", "tone hold", "tone out", "spoken", "click"]


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """A sound that belongs to a beat.

    Attributes
    ----------
    cue : int
        Unique in the session.
    beats : float
        How long it lasts, in beats of its grid.
    recording : str
        The sound file of a `spoken` cue.
    """

    cue: int
    grid: int
    beat: float
    sound: CueSound
    beats: float = 1.0
    gain_db: float = 0.0
    recording: str = ""


class ScheduleCues(Command, frozen=True, kw_only=True):
    """Sound cues at their beats."""

    owner: int
    cues: tuple[Cue, ...]


class CancelCues(Command, frozen=True, kw_only=True):
    """Forget an owner's cues that have not begun, and fade those that have."""

    owner: int


class SetLevel(Command, frozen=True, kw_only=True):
    """Glide the music level; it stays under the session's ceiling."""

    level_db: float
    glide_us: Micros = Micros(300_000)


class SetDuck(Command, frozen=True, kw_only=True):
    """Lower the music for an owner's sake; it comes back when no owner asks."""

    owner: int
    on: bool


class GoQuiet(Command, frozen=True, kw_only=True):
    """Fade everything to silence, stop it all, release every note.

    With `fade_us` 0 the shortest fade that does not click is used.
    """

    fade_us: Micros = Micros(0)


class PlayNote(Command, frozen=True, kw_only=True):
    """A note from the computer's keys, of fixed length, as if from a MIDI port."""

    note: int
    velocity: int = 72
    length_us: Micros = Micros(400_000)


class ScriptedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One MIDI message of a built-in performance."""

    t_us: Micros
    data: bytes


class PlayScript(Command, frozen=True, kw_only=True):
    """Let a built-in performance arrive on a named port through the capture path.

    Attributes
    ----------
    at_us : Micros
        Session time that the messages' times count from.
    """

    port_name: str
    at_us: Micros
    messages: tuple[ScriptedMessage, ...]


MadeVoice = Literal["piano", "pad", "drum"]
VoiceName = MadeVoice | Literal["soundfont"]


class SetVoice(Command, frozen=True, kw_only=True):
    """Let incoming notes sound from the laptop, or not.

    Attributes
    ----------
    voice : VoiceName or None
        What they sound like from here on; None leaves that as it is.
    soundfont : str
        Path of the file that the voice "soundfont" plays with; empty for none.
    """

    on: bool
    voice: VoiceName | None = None
    soundfont: str = ""


class Beat(Command, frozen=True, kw_only=True):
    """A heartbeat: the session's process is alive and not stuck."""


class Shutdown(Command, frozen=True, kw_only=True):
    """Fade what sounds and end the process."""

    fade_us: Micros = Micros(300_000)


AnyCommand = (
    OpenSession | CloseSession | SetSessionClock | PlayProgramme | StopProgramme | SkipItem
    | ReviseProgramme | PauseMusic | ResumeMusic | StartPulse | StopPulse | ScheduleCues
    | CancelCues | SetLevel | SetDuck | GoQuiet | PlayNote | PlayScript | SetVoice | Beat | Shutdown
)  # fmt: skip
