"""The core session events, which every activity may read."""

from typing import Any, Literal

import msgspec

from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.clock import WallTime
from mtsession.timeline.event import Event
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import Micros

EndReason = Literal[
    "planned", "by hand", "client stopped", "asleep", "called away", "distress", "medical",
    "interrupted", "failed",
]  # fmt: skip


# The session's course


class SessionStarted(Event, frozen=True, kw_only=True):
    """A session began; all that a reader needs to know of it is here or after it."""

    app_version: str
    platform: str
    plan_title: str
    plan: dict[str, Any]
    client: str | None = None
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    continues: str | None = None


class ClockAnchored(Event, frozen=True, kw_only=True):
    """Session time was tied to the wall clock."""

    wall: WallTime
    why: Literal["start", "resume", "wake", "minute"]


class SegmentStarted(Event, frozen=True, kw_only=True):
    """A planned stretch of the session began."""

    segment: int
    title: str
    planned_us: Micros | None


class SegmentEnded(Event, frozen=True, kw_only=True):
    """A planned stretch of the session ended."""

    segment: int
    reason: EndReason


class ActivityStarted(Event, frozen=True, kw_only=True):
    """One therapy method began to work."""

    activity: int
    method: str
    title: str
    settings: dict[str, Any]
    planned: bool
    segment: int | None = None


class ActivityEnded(Event, frozen=True, kw_only=True):
    """One therapy method ended."""

    activity: int
    reason: EndReason


class SessionPaused(Event, frozen=True, kw_only=True):
    """The session's course stood still from here."""


class SessionResumed(Event, frozen=True, kw_only=True):
    """The session's course went on from here."""


class SessionEnded(Event, frozen=True, kw_only=True):
    """The session was over."""

    reason: EndReason


class EndingExplained(Event, frozen=True, kw_only=True):
    """The therapist said why the session ended; the last one counts."""

    reason: EndReason


# What people note


class MarkerPlaced(Event, frozen=True, kw_only=True):
    """Something was seen or heard, and marked with one key."""

    marker: int
    label: str


class MeasureTaken(Event, frozen=True, kw_only=True):
    """A rating was given before or after."""

    measure: str
    when: Literal["before", "after"]
    value: float
    source: str = "client"


class NoteWritten(Event, frozen=True, kw_only=True):
    """The therapist wrote a line for the record."""

    text: str


class Undone(Event, frozen=True, kw_only=True):
    """An earlier marker, rating or note was taken back; it stays in the record."""

    undoes: Literal["marker", "measure", "note"]
    number: int


# Sound


class EngineStarted(Event, frozen=True, kw_only=True):
    """The sound engine came up, and how it is heard; where it is silent, why, and the mend."""

    output: str
    silent: bool
    sample_rate: int
    latency_us: Micros
    restarted: bool = False
    message: str = ""
    hint: str = ""


class EngineLost(Event, frozen=True, kw_only=True):
    """The sound engine ended without being asked to."""

    why: str


class OutputLost(Event, frozen=True, kw_only=True):
    """The device that was playing went away.

    Attributes
    ----------
    held : bool
        Whether there was music, which waits where it was.
    """

    output: str
    why: str
    held: bool = False


class LevelChanged(Event, frozen=True, kw_only=True):
    """The therapist set how loud the music is."""

    level_db: float


class MusicDucked(Event, frozen=True, kw_only=True):
    """Who asks for softer music to speak over changed; where nobody does, it came back."""

    by: tuple[Literal["key", "control"], ...]


class QuietCommanded(Event, frozen=True, kw_only=True):
    """Everything was made quiet: at once or over a fade."""

    fade_us: Micros


class TrackStarted(Event, frozen=True, kw_only=True):
    """A piece of music became audible (`t_us`), with all that identifies it."""

    activity: int
    item: int
    title: str
    source: str
    content_hash: str | None
    planned_bpm: tuple[float, float] | None
    grid: int | None


class TrackEnded(Event, frozen=True, kw_only=True):
    """A piece of music was no longer audible."""

    item: int
    reason: Literal["end", "stopped", "failed", "quiet"]


class TrackFailed(Event, frozen=True, kw_only=True):
    """A piece of music could not be played, or not to its end."""

    item: int
    message: str
    hint: str


class MusicPaused(Event, frozen=True, kw_only=True):
    """The music was held; its beats stand still."""


class MusicResumed(Event, frozen=True, kw_only=True):
    """The music goes on from where it was held."""


class BeatGridRevised(Event, frozen=True, kw_only=True):
    """The engine learnt or planned when beats are audible."""

    grid: BeatGrid


class WishMade(Event, frozen=True, kw_only=True):
    """The therapist asked for something that is heard; see `CommandApplied`.

    Attributes
    ----------
    what : str
        The kind of the wish, or the name of an activity's own action.
    """

    asked: int
    what: str
    activity: int | None = None


class CommandApplied(Event, frozen=True, kw_only=True):
    """The first sample that a wish changed was audible (`t_us`).

    Attributes
    ----------
    asked : int
        The number of the wish.
    """

    asked: int


class CueSounded(Event, frozen=True, kw_only=True):
    """A cue was audible (`t_us`) at its beat."""

    cue: int
    owner: int
    grid: int
    beat: float


class CueMissed(Event, frozen=True, kw_only=True):
    """A cue came too late for its beat, or its beat never sounded; it was left out."""

    cue: int
    owner: int
    why: str


# MIDI


class PortOpened(Event, frozen=True, kw_only=True):
    """A MIDI input port is being listened to."""

    port: int
    name: str
    restored: bool = False


class PortLost(Event, frozen=True, kw_only=True):
    """A MIDI input port went away; takes go on, with a gap from here."""

    port: int
    name: str


class MidiReceived(Event, frozen=True, kw_only=True):
    """A MIDI message arrived, stamped on arrival.

    Attributes
    ----------
    port : int
        The port's number in this session.
    data : bytes
        The message as it came (channel messages; no active sensing, no clock).
    delta_us : Micros or None
        The driver's own time since the message before, as a second clock.
    """

    port: int
    data: bytes
    delta_us: Micros | None = None


class LatencyMeasured(Event, frozen=True, kw_only=True):
    """How late a keyboard and an output are together was tapped before, and holds here.

    Attributes
    ----------
    input, output : str
        The port's and the output's name.
    latency_us, spread_us : Micros
        Median of tap minus audible click, and the taps' scaled median deviation from it.
    taps : int
        How many taps it rests on.
    """

    input: str
    output: str
    latency_us: Micros
    spread_us: Micros
    taps: int


class DuckControlChosen(Event, frozen=True, kw_only=True):
    """A MIDI control was chosen that lowers the music while it is held; None for none."""

    control: MidiControl | None


# The room around


class Noticed(Event, frozen=True, kw_only=True):
    """Something that the therapist was told in a sentence, with its mend."""

    topic: Literal["sound", "midi", "disk", "power", "plan", "screen", "engine"]
    message: str
    hint: str = ""


CORE_EVENTS: tuple[type[Event], ...] = (
    SessionStarted, ClockAnchored, SegmentStarted, SegmentEnded, ActivityStarted, ActivityEnded,
    SessionPaused, SessionResumed, SessionEnded, EndingExplained, MarkerPlaced,
    MeasureTaken, NoteWritten, Undone,
    EngineStarted, EngineLost, OutputLost, LevelChanged, MusicDucked, QuietCommanded, TrackStarted,
    TrackEnded, TrackFailed, MusicPaused, MusicResumed, BeatGridRevised, WishMade, CommandApplied,
    CueSounded, CueMissed, PortOpened, PortLost, MidiReceived, LatencyMeasured, DuckControlChosen,
    Noticed,
)  # fmt: skip
