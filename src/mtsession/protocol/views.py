"""Frozen snapshots that the screen draws; a later one replaces an earlier."""

from typing import Literal

import msgspec

from mtsession.protocol.metrics import PlayedSoFar
from mtsession.timeline.units import Micros


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all views."""


class Question(View, frozen=True, kw_only=True):
    """What the therapist may answer in a line, if they like."""

    text: str
    about: str
    example: str = ""


class ListeningView(View, frozen=True, kw_only=True):
    """The music that is playing, against its arc.

    Attributes
    ----------
    planned_bpm, target_bpm : float or None
        The arc's tempo now, and the one that the therapist led to; None where nobody did.
    led : tuple of (Micros, float)
        The course since the first lead, in the arc's time.
    lead : str
        What holds, in a few words: "tempo held", "led by hand".
    source : str
        Who makes the music.
    taps, spread_ms
        Taps in the row that goes on, and how far they lie around their beats.
    asks : Question or None
        What a line may be typed for.
    """

    title: str | None
    next_title: str | None
    heard_bpm: float | None
    planned_bpm: float | None
    item: int
    items: int
    elapsed_us: Micros
    planned_us: Micros
    beat_in_bar: int | None = None
    beats_per_bar: int | None = None
    paused: bool = False
    arc: tuple[tuple[Micros, float], ...] = ()
    message: str = ""
    target_bpm: float | None = None
    led: tuple[tuple[Micros, float], ...] = ()
    lead: str = ""
    source: Literal["programme", "silence", "live", "outside"] = "programme"
    taps: int = 0
    spread_ms: float | None = None
    asks: Question | None = None


class BreathingView(View, frozen=True, kw_only=True):
    """The breathing guide at this moment.

    Attributes
    ----------
    fullness : float
        How far the shape has grown: 0 empty, 1 full.
    beats_left : int
        Beats (or clock counts) until the phase ends.
    on_the_beat : bool
        True where the counts are the music's beats, False on the clock.
    pattern : str
        What the counts follow: `4-6` in beats, `2:4` a ratio.
    half_beats : bool
        A count is half a beat.
    following : bool
        The guide keeps to the client's tapped breaths, and leads nowhere.
    own_rate : float or None
        The client's own rate, where it was tapped or typed.
    asks : Question or None
        What a line may be typed for.
    """

    state: Literal["caution", "waiting", "pacing", "unpaced", "paused", "ended"]
    phase: Literal["inhale", "hold", "exhale", "rest"] | None
    word: str
    fullness: float
    beats_left: int
    counts: tuple[int, ...]
    rate: float | None
    target_rate: float
    breaths: int
    on_the_beat: bool
    message: str = ""
    pattern: str = ""
    half_beats: bool = False
    following: bool = False
    own_rate: float | None = None
    asks: Question | None = None


class GuidePhase(View, frozen=True, kw_only=True):
    """One phase of a breath as the client's screen shows it, in session time."""

    phase: Literal["inhale", "hold", "exhale", "rest"]
    word: str
    starts_us: Micros
    ends_us: Micros
    counts: int


class ClientGuide(View, frozen=True, kw_only=True):
    """The breathing guide for the client's own screen: what is known ahead, and no figures.

    Attributes
    ----------
    phases : tuple of GuidePhase
        Of the breath that goes on and those already decided, in order.
    """

    state: Literal["waiting", "pacing", "paused"]
    phases: tuple[GuidePhase, ...] = ()


class RollNote(View, frozen=True, kw_only=True):
    """One note of the piano roll; `end_us` None while it sounds."""

    player: int
    pitch: int
    velocity: int
    start_us: Micros
    end_us: Micros | None


class PlayerView(View, frozen=True, kw_only=True):
    """One player's figures; None with a reason while there are too few notes."""

    player: int
    name: str
    notes: int
    density_per_s: float | None
    active_share: float | None
    ioi_mean_ms: float | None
    ioi_cv: float | None
    velocity: tuple[int, int] | None
    pitch: tuple[int, int] | None
    reason: str = ""


class ImprovisationView(View, frozen=True, kw_only=True):
    """A take as it grows."""

    take: int | None
    elapsed_us: Micros
    players: tuple[PlayerView, ...]
    roll: tuple[RollNote, ...]
    roll_from_us: Micros
    roll_to_us: Micros
    ports: tuple[str, ...]
    message: str = ""
    played: PlayedSoFar = PlayedSoFar()
    marks: tuple[tuple[Micros, str], ...] = ()
    voice: str = ""


class WordsView(View, frozen=True, kw_only=True):
    """A stretch of talk or check-in: only its time."""

    title: str
    elapsed_us: Micros
    planned_us: Micros | None


AnyActivityView = ListeningView | BreathingView | ImprovisationView | WordsView


class ActivityPanel(View, frozen=True, kw_only=True):
    """One running activity and what its panel shows.

    `actions` holds (name, key, label) for each of the method's own actions.
    """

    activity: int
    method: str
    title: str
    view: AnyActivityView
    actions: tuple[tuple[str, str, str], ...] = ()


class CourseSegment(View, frozen=True, kw_only=True):
    """One planned stretch in the session's course."""

    title: str
    planned_us: Micros | None
    state: Literal["ahead", "now", "done", "skipped"]
    done_us: Micros = Micros(0)
    methods: tuple[str, ...] = ()


class MarkView(View, frozen=True, kw_only=True):
    """A marker that was placed."""

    marker: int
    t_us: Micros
    label: str


class SessionView(View, frozen=True, kw_only=True):
    """The whole session at this moment.

    `sound_waits`: it stands still because its sound was lost.
    """

    t_us: Micros
    state: Literal["ready", "running", "paused", "ended"]
    plan_title: str
    client: str | None
    wall_time: str
    course: tuple[CourseSegment, ...]
    panels: tuple[ActivityPanel, ...]
    marks: tuple[MarkView, ...]
    level_db: float
    meter_dbfs: float | None
    quiet: bool
    ducked: bool
    sound: str
    sound_silent: bool
    notices: tuple[str, ...]
    battery: str | None
    record: str
    sound_waits: bool = False
    meter_rms_dbfs: float | None = None
