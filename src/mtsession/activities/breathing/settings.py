"""What a plan may ask of the breathing guide, and the rules that follow from it."""

import math
from typing import Literal

import msgspec

from mtsession.activities.breathing.patterns import Pattern, ratio_pattern, read_pattern
from mtsession.errors import PlanError
from mtsession.session.activity import Settings
from mtsession.timeline.units import MINUTE, Micros

Age = Literal["adult", "teen", "child", "younger"]
CueKind = Literal["none", "swell", "tone", "spoken", "click"]

FLOORS: dict[str, float] = {"adult": 5.0, "teen": 8.0, "child": 10.0}
LOWEST_FLOOR = 4.0
USUAL_TARGET = 9.0
FASTEST = 40.0
HIGHEST_FLOOR = 15.0
THREE_QUARTERS = 0.75
# A counted pattern that is too slow even on half beats of fast music can never be paced.
FASTEST_BPM = 120.0
SWAPS = ("2:4", "4-6", "5-5", "4-4-4-4", "4-7-8")


class Spoken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sound files of the therapist's own voice, one a phase; a phase without one is silent."""

    inhale: str = ""
    hold: str = ""
    exhale: str = ""
    rest: str = ""


class BreathingSettings(Settings, frozen=True, kw_only=True):
    """The breathing guide as a plan writes it.

    Attributes
    ----------
    ratio : tuple of float
        Inhale to exhale (2 numbers), or inhale, hold, exhale, rest (4 numbers;
        0 leaves a hold out). The exhale is never the shorter.
    pattern : str
        A pattern counted in beats, such as `4-6`, `4-7-8` or `box`, or a ratio such as `2:4`;
        where it is given, `ratio` is not looked at, and beats outrank `target_rate`.
    swaps : tuple of str
        The other patterns that can be swapped to while the guide runs.
    start_rate : float
        The client's own breaths a minute, where the guide starts.
    target_rate : float or None
        Breaths a minute to go towards; None is 9, or the floor where that is faster.
    own_rate_minutes, ramp_minutes : float
        How long it stays at the start, and how long it takes to the target.
    stay_minutes : float
        How long it stays on the way, at three quarters of the start.
    follow : bool
        Keep to the breaths that the therapist taps, and lead nowhere.
    age : str
        `adult`, `teen`, `child` (6 to 11) or `younger` (which is refused).
    floor : float or None
        Slowest breaths a minute; None is the age's own floor.
    max_beats : int or None
        Most beats in one breath.
    cue : str
        Sound with each phase: `none`, `swell` (as long as the phase), `tone` (a pair of
        soft tones), `spoken` (recordings), `click` (for measuring).
    spoken : Spoken
        The recordings for `spoken`.
    cue_db : float
        Level of the cue.
    caution : bool
        Show the caution card before the first breath.
    music : str
        `listening` follows what sounds; `clock` counts on the clock throughout.

    Examples
    --------
    >>> BreathingSettings(ratio=(4, 6), target_rate=6).start_rate
    12.0
    """

    ratio: tuple[float, ...] = (2, 4)
    pattern: str = ""
    swaps: tuple[str, ...] = SWAPS
    start_rate: float = 12.0
    target_rate: float | None = None
    own_rate_minutes: float = 1.0
    ramp_minutes: float = 4.0
    stay_minutes: float = 0.0
    follow: bool = False
    age: Age = "adult"
    floor: float | None = None
    max_beats: int | None = None
    cue: CueKind = "none"
    cue_db: float = -12.0
    spoken: Spoken = Spoken()
    caution: bool = True
    music: Literal["listening", "clock"] = "listening"
    title: str = "Breathing"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that were found sound, with what follows from them.

    Attributes
    ----------
    patterns : tuple of Pattern
        The plan's own, then those that can be swapped to.
    longest_us : Micros
        The longest breath that the floor allows.
    """

    patterns: tuple[Pattern, ...]
    start_rate: float
    target_rate: float
    floor: float
    longest_us: Micros
    max_counts: int | None

    def pattern(self, text: str | None) -> Pattern:
        """Give a pattern that was chosen by its text, the plan's own for None."""
        chosen = (each for each in self.patterns if each.text == text)
        return next(chosen, self.patterns[0])


def resolve(settings: BreathingSettings) -> Rules:
    """Check settings and draw the rules from them.

    Raises
    ------
    PlanError
        If they ask for what the guide will not do.

    Examples
    --------
    >>> resolve(BreathingSettings()).floor
    5.0
    """
    floor = _floor(settings)
    target = settings.target_rate
    if target is None:
        target = max(USUAL_TARGET, floor)
    for name, rate in (("start_rate", settings.start_rate), ("target_rate", target)):
        if not (math.isfinite(rate) and floor <= rate <= FASTEST):
            raise PlanError(
                f"`{name}` of the breathing is {rate:g} a minute.",
                f"Choose a rate from {floor:g} (the floor) to {FASTEST:g}.",
            )
    for name, minutes in (
        ("own_rate_minutes", settings.own_rate_minutes),
        ("ramp_minutes", settings.ramp_minutes),
        ("stay_minutes", settings.stay_minutes),
    ):
        if not 0 <= minutes <= 120:
            raise PlanError(f"`{name}` of the breathing is {minutes:g}.", "Choose 0 to 120.")
    if not -60 <= settings.cue_db <= 0:
        raise PlanError(f"`cue_db` of the breathing is {settings.cue_db:g}.", "Choose -60 to 0.")
    if settings.cue == "spoken" and not (settings.spoken.inhale and settings.spoken.exhale):
        raise PlanError(
            "`cue` of the breathing is `spoken`, but its recordings are not named.",
            'Name them: spoken = { inhale = "in.wav", exhale = "out.wav" }.',
        )
    own = read_pattern(settings.pattern) if settings.pattern else ratio_pattern(settings.ratio)
    rules = Rules(
        patterns=_patterns(settings, own),
        start_rate=settings.start_rate,
        target_rate=target,
        floor=floor,
        longest_us=Micros(round(MINUTE / floor)),
        max_counts=settings.max_beats,
    )
    needed = own.beats or own.phases
    if settings.max_beats is not None and settings.max_beats < needed:
        raise PlanError(
            f"`max_beats` of the breathing is {settings.max_beats}.",
            f"Its pattern {own.text} needs at least {needed}.",
        )
    fastest = 2 * FASTEST_BPM / own.beats if own.counted else FASTEST
    if fastest < floor:
        raise PlanError(
            f"The breathing pattern {own.text} is slower than {floor:g} a minute even on half "
            f"beats of fast music.",
            "Choose a shorter pattern, or a ratio.",
        )
    return rules


def _patterns(settings: BreathingSettings, own: Pattern) -> tuple[Pattern, ...]:
    """Give the plan's own pattern and the others, each once."""
    found = {own.text: own}
    for text in settings.swaps:
        other = read_pattern(text)
        found.setdefault(other.text, other)
    return tuple(found.values())


def _floor(settings: BreathingSettings) -> float:
    """Give the slowest rate for the age; a plan may lower only an adult's, and not below 4."""
    if settings.age == "younger":
        raise PlanError(
            "Breathing is not paced for children under six.",
            "Leave `breathing` out of this segment, or set `age` if that is wrong.",
        )
    usual = FLOORS[settings.age]
    if settings.floor is None:
        return usual
    lowest = LOWEST_FLOOR if settings.age == "adult" else usual
    if not (math.isfinite(settings.floor) and lowest <= settings.floor <= HIGHEST_FLOOR):
        raise PlanError(
            f"`floor` of the breathing is {settings.floor:g} a minute.",
            f"For age `{settings.age}` choose {lowest:g} to {HIGHEST_FLOOR:g}.",
        )
    return settings.floor
