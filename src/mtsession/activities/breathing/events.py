"""What happens in a breathing activity, for the record."""

from typing import Literal

from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason
from mtsession.timeline.units import Micros

PauseReason = Literal["session", "music", "quiet"]
Lead = Literal["easier", "slower", "hold", "go on", "clock", "music", "follow", "lead"]


class BreathingCautionShown(Event, frozen=True, kw_only=True):
    """The caution card was on the screen."""

    activity: int


class BreathingCautionDismissed(Event, frozen=True, kw_only=True):
    """The therapist put the caution card away."""

    activity: int


class PacingAsked(Event, frozen=True, kw_only=True):
    """The guide was asked to begin, from the client's own rate."""

    activity: int


class PacingStarted(Event, frozen=True, kw_only=True):
    """The guide found what to count on; its first breath begins at `starts_us`."""

    activity: int
    grid: int
    starts_us: Micros
    on_the_beat: bool


class BreathTapped(Event, frozen=True, kw_only=True):
    """The therapist tapped as the client breathed in."""

    activity: int


class OwnRateTapped(Event, frozen=True, kw_only=True):
    """The taps gave the client's own rate; the guide starts from there, or keeps to it.

    Attributes
    ----------
    taps : int
        How many taps it was read from.
    length_us : Micros
        Length of a breath.
    """

    activity: int
    taps: int
    length_us: Micros


class OwnRateTyped(Event, frozen=True, kw_only=True):
    """The therapist counted the client's own rate and typed it; the guide starts from there.

    Attributes
    ----------
    length_us : Micros
        Length of a breath.
    """

    activity: int
    length_us: Micros


class PatternChosen(Event, frozen=True, kw_only=True):
    """Another pattern was chosen, from the next breath on.

    Attributes
    ----------
    pattern, before : str
        As they are written: `4-6` in beats, `2:4` a ratio.
    """

    activity: int
    pattern: str
    before: str


class CountsOnClock(Event, frozen=True, kw_only=True):
    """There was no beat to follow; counts on the clock began.

    Attributes
    ----------
    first_us : Micros
        When count 0 is.
    why : str
        The reason in plain words.
    """

    activity: int
    grid: int
    bpm: float
    first_us: Micros
    why: str


class ClockCountsEnded(Event, frozen=True, kw_only=True):
    """Counts on the clock were no longer needed."""

    activity: int
    grid: int


class BreathPaced(Event, frozen=True, kw_only=True):
    """The next breath of the guide was decided, a little before it begins.

    Attributes
    ----------
    breath : int
        Counts up from 1.
    grid, first_beat
        The beat it begins on.
    counts : tuple of int
        Counts of inhale, hold, exhale and rest; 0 where a phase is left out.
    beats_per_count : float
        1 on whole beats, 0.5 on half beats.
    starts_us : Micros
        When it begins, as far as the beats were known then.
    tempo_bpm : float
        The tempo heard, in steps of half a BPM.
    planned_rate : float
        Breaths a minute that the plan has at this point.
    wanted_rate : float
        Breaths a minute asked for: the plan's, or the therapist's since.
    place_us, paced_us : Micros
        How far along the ramp it is, and how long the guide has paced since the ramp began.
    on_the_beat : bool
        Counts are the music's beats; False on the clock.
    joined : bool
        It begins on the very beat on which the breath before ends.
    pattern : str
        What its counts follow.
    """

    activity: int
    breath: int
    grid: int
    first_beat: float
    counts: tuple[int, int, int, int]
    starts_us: Micros
    tempo_bpm: float
    planned_rate: float
    wanted_rate: float
    place_us: Micros
    paced_us: Micros
    on_the_beat: bool
    joined: bool
    beats_per_count: float = 1.0
    pattern: str = ""

    @property
    def beats(self) -> float:
        """Give how many beats it lasts."""
        return sum(self.counts) * self.beats_per_count

    @property
    def end_beat(self) -> float:
        """Give the beat on which it ends."""
        return self.first_beat + self.beats

    @property
    def nominal_us(self) -> Micros:
        """Give its length at the tempo heard at its start."""
        return Micros(round(self.beats * 60_000_000 / self.tempo_bpm))


class PacingLed(Event, frozen=True, kw_only=True):
    """The therapist led the guide by hand, from the next breath on.

    Attributes
    ----------
    wanted_us : Micros or None
        Length of a breath to keep to; None follows the plan.
    """

    activity: int
    asked: Lead
    wanted_us: Micros | None = None


class PacingPaused(Event, frozen=True, kw_only=True):
    """The guide stood still."""

    activity: int
    why: PauseReason


class PacingResumed(Event, frozen=True, kw_only=True):
    """The guide was to go on, with a new breath."""

    activity: int


class PacingEnded(Event, frozen=True, kw_only=True):
    """The guide stopped; the music may go on.

    Attributes
    ----------
    reason : str or None
        Why the whole activity ended; None where the guide alone was stopped,
        so that it may begin again.
    """

    activity: int
    reason: EndReason | None = None


BREATHING_EVENTS: tuple[type[Event], ...] = (
    BreathingCautionShown, BreathingCautionDismissed, PacingAsked, PacingStarted, CountsOnClock,
    ClockCountsEnded, BreathPaced, PacingLed, PacingPaused, PacingResumed, PacingEnded,
    BreathTapped, OwnRateTapped, OwnRateTyped, PatternChosen,
)  # fmt: skip

OwnEvent = (
    BreathingCautionShown | BreathingCautionDismissed | PacingAsked | PacingStarted
    | CountsOnClock | ClockCountsEnded | BreathPaced | PacingLed | PacingPaused | PacingResumed
    | PacingEnded | BreathTapped | OwnRateTapped | OwnRateTyped | PatternChosen
)  # fmt: skip
