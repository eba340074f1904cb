"""What listening adds to the record."""

from typing import Literal

from mtsession.protocol.sources import ProgrammeItem
from mtsession.timeline.event import Event
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import Micros

Why = Literal["start", "round", "skip", "undo", "failed", "restart", "again", "back"]

Lead = Literal[
    "hold", "let go", "slower", "faster", "down", "up", "start tempo", "re-join", "carried",
    "carried back",
]  # fmt: skip
"""What was asked of the tempo; by itself, where the music goes round, it goes on at the tempo that
it was led to ("carried"), or on its way back to the arc ("carried back")."""

Source = Literal["programme", "silence", "live", "outside"]
"""Who makes the music: the programme, nobody, the therapist, or something else in the room."""


class ProgrammePlanned(Event, frozen=True, kw_only=True):
    """Music was planned and asked for, with all that identifies it.

    Attributes
    ----------
    why : str
        "start"; "round", it goes round again; "skip", the therapist asked for other music;
        "undo", what was left for other music came back;
        "failed", a track could not be played; "restart", the sound engine was; "again",
        after quiet; "back", after silence or other music.
    round : int
        How many times the music has gone round before.
    at_us : Micros
        When it was to start, in session time.
    position_us : Micros
        Where in the programme it was to start.
    arc_from_us : Micros
        Where in the arc the programme begins.
    duration_us : Micros
        When the programme is over, in its own time.
    next_us : Micros or None
        When the next round begins; None where there will be none.
    skipped : int
        How many times other music was asked for so far.
    target : tuple of TempoPoint
        The tempo that it follows, by the arc's time, where that is not the arc's own.
    leads : int
        How many leads had been given when it was planned.
    """

    activity: int
    why: Why
    round: int
    at_us: Micros
    position_us: Micros
    arc_from_us: Micros
    items: tuple[ProgrammeItem, ...]
    duration_us: Micros
    next_us: Micros | None
    fade_in_us: Micros
    skipped: int = 0
    notes: tuple[str, ...] = ()
    target: tuple[TempoPoint, ...] = ()
    leads: int = 0


class ProgrammeRevised(Event, frozen=True, kw_only=True):
    """What sounds goes on otherwise, and what is to come was planned anew.

    Attributes
    ----------
    round : int
        Which round of the music it belongs to.
    position_us : Micros
        Where the programme was.
    items : tuple of ProgrammeItem
        What sounds there, and what follows; what began before stands.
    chosen : bool
        Whether recordings of the library were chosen anew, and not only laid out.
    """

    activity: int
    round: int
    position_us: Micros
    items: tuple[ProgrammeItem, ...]
    duration_us: Micros
    next_us: Micros | None
    leads: int
    chosen: bool = False


class TempoLed(Event, frozen=True, kw_only=True):
    """The therapist led the tempo away from where it was going.

    Attributes
    ----------
    lead : int
        Counts leads of this activity from 1; undoing counts as well.
    what : str
        What was asked.
    round : int
        Which round of the music it belongs to.
    target : tuple of TempoPoint
        The tempo from here on, by the arc's time; it begins with the tempo of this moment.
    settles_us : Micros
        When the glide is over, in the arc's time.
    """

    activity: int
    lead: int
    what: Lead
    round: int
    target: tuple[TempoPoint, ...]
    settles_us: Micros


class LeadUndone(Event, frozen=True, kw_only=True):
    """A lead was taken back: the tempo goes to where it would be without it.

    Attributes
    ----------
    undoes : int
        The lead that was taken back.
    """

    activity: int
    lead: int
    undoes: int
    round: int
    target: tuple[TempoPoint, ...]
    settles_us: Micros


class ItemSkipped(Event, frozen=True, kw_only=True):
    """The therapist went on to the next item."""

    activity: int
    item: int


class MusicTurned(Event, frozen=True, kw_only=True):
    """From here the music comes from elsewhere, or from nowhere.

    Attributes
    ----------
    title : str
        What is played, where it was said.
    """

    activity: int
    to: Source
    title: str = ""


class MusicNamed(Event, frozen=True, kw_only=True):
    """The therapist said what is played in the room."""

    activity: int
    title: str


class BeatTapped(Event, frozen=True, kw_only=True):
    """The therapist tapped a beat of music that the app does not make."""

    activity: int


class PulseFitted(Event, frozen=True, kw_only=True):
    """Taps gave a pulse: its beats from `beat` on.

    Attributes
    ----------
    at_us : Micros
        When `beat` is.
    spread_ms : float
        Standard deviation of the taps around their beats.
    taps : int
        How many taps it rests on.
    """

    activity: int
    grid: int
    bpm: float
    at_us: Micros
    beat: int
    spread_ms: float
    taps: int


class ListeningHeld(Event, frozen=True, kw_only=True):
    """The therapist held the music; the session's course went on."""

    activity: int


class ListeningReleased(Event, frozen=True, kw_only=True):
    """The therapist let the music go on."""

    activity: int


class ListeningFailed(Event, frozen=True, kw_only=True):
    """No music was left that could be played."""

    activity: int
    message: str
    hint: str


EVENTS: tuple[type[Event], ...] = (
    ProgrammePlanned,
    ProgrammeRevised,
    TempoLed,
    LeadUndone,
    ItemSkipped,
    MusicTurned,
    MusicNamed,
    BeatTapped,
    PulseFitted,
    ListeningHeld,
    ListeningReleased,
    ListeningFailed,
)
