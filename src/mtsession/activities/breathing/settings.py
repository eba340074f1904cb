"""What a plan may ask of the breathing guide, and the rules that follow from it."""

import math
from typing import Literal

import msgspec

from mtsession.errors import PlanError
from mtsession.session.activity import Settings
from mtsession.timeline.units import Micros

Age = Literal["adult", "teen", "child", "younger"]
CueKind = Literal["none", "swell", "tone", "click"]

FLOORS: dict[str, float] = {"adult": 5.0, "teen": 8.0, "child": 10.0}
LOWEST_FLOOR = 4.0
USUAL_TARGET = 9.0
FASTEST = 40.0
HIGHEST_FLOOR = 15.0
THREE_QUARTERS = 0.75


class BreathingSettings(Settings, frozen=True, kw_only=True):
    """The breathing guide as a plan writes it.

    Attributes
    ----------
    ratio : tuple of float
        Inhale to exhale (2 numbers), or inhale, hold, exhale, rest (4 numbers;
        0 leaves a hold out). The exhale is never the shorter.
    start_rate : float
        The client's own breaths a minute, where the guide starts.
    target_rate : float or None
        Breaths a minute to go towards; None is 9, or the floor where that is faster.
    own_rate_minutes, ramp_minutes : float
        How long it stays at the start, and how long it takes to the target.
    stay_minutes : float
        How long it stays on the way, at three quarters of the start.
    age : str
        `adult`, `teen`, `child` (6 to 11) or `younger` (which is refused).
    floor : float or None
        Slowest breaths a minute; None is the age's own floor.
    max_beats : int or None
        Most beats in one breath.
    cue : str
        Sound with each phase: `none`, `swell` (as long as the phase), `tone`
        (one beat), `click` (for measuring).
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
    start_rate: float = 12.0
    target_rate: float | None = None
    own_rate_minutes: float = 1.0
    ramp_minutes: float = 4.0
    stay_minutes: float = 0.0
    age: Age = "adult"
    floor: float | None = None
    max_beats: int | None = None
    cue: CueKind = "none"
    cue_db: float = -12.0
    caution: bool = True
    music: Literal["listening", "clock"] = "listening"
    title: str = "Breathing"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that were found sound, with what follows from them.

    Attributes
    ----------
    shares : tuple of float
        Inhale, hold, exhale, rest as shares of the breath; they add up to 1.
    longest_us : Micros
        The longest breath that the floor allows.
    """

    shares: tuple[float, float, float, float]
    start_rate: float
    target_rate: float
    floor: float
    longest_us: Micros
    max_counts: int | None

    @property
    def least_counts(self) -> int:
        """Give the fewest counts of a breath: one to each phase."""
        return sum(share > 0 for share in self.shares)


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
    rules = Rules(
        shares=_shares(settings.ratio),
        start_rate=settings.start_rate,
        target_rate=target,
        floor=floor,
        longest_us=Micros(round(60_000_000 / floor)),
        max_counts=settings.max_beats,
    )
    if settings.max_beats is not None and settings.max_beats < rules.least_counts:
        raise PlanError(
            f"`max_beats` of the breathing is {settings.max_beats}.",
            f"Its pattern needs at least {rules.least_counts}, one to each phase.",
        )
    return rules


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


def _shares(ratio: tuple[float, ...]) -> tuple[float, float, float, float]:
    """Give the four phases as shares of a breath."""
    shown = ", ".join(f"{part:g}" for part in ratio)
    if len(ratio) not in {2, 4}:
        raise PlanError(
            f"`ratio` of the breathing is [{shown}].",
            "Give two numbers (inhale, exhale) or four (inhale, hold, exhale, rest).",
        )
    inhale, hold, exhale, rest = ratio if len(ratio) == 4 else (ratio[0], 0.0, ratio[1], 0.0)
    fine = all(math.isfinite(part) and 0 <= part <= 60 for part in ratio)
    if not (fine and inhale > 0 and exhale > 0):
        raise PlanError(
            f"`ratio` of the breathing is [{shown}].",
            "Inhale and exhale must be above 0, holds 0 or more, all at most 60.",
        )
    if exhale < inhale:
        raise PlanError(
            f"`ratio` of the breathing is [{shown}]: its exhale is shorter than its inhale.",
            "Make the exhale at least as long.",
        )
    whole = inhale + hold + exhale + rest
    return inhale / whole, hold / whole, exhale / whole, rest / whole
