"""How a breath falls to its phases: by shares of its length, or counted out in beats."""

import re

import msgspec

from mtsession.activities.breathing.counts import Counts, Shares
from mtsession.errors import PlanError

NAMED = {"box": "4-4-4-4"}
MOST_BEATS = 60
WRITE = (
    'Write beats as "4-6" (inhale, exhale), "4-7-8" (with a hold between) or "4-4-4-4" (with a '
    'rest too), a ratio as "2:4".'
)
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)
_DASHES = re.compile("[\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}]")


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One way to breathe.

    Attributes
    ----------
    text : str
        As it is written and shown: `4-6` counted in beats, `2:4` a ratio.
    parts : tuple of float
        Inhale, hold, exhale, rest; 0 leaves a hold out. Beats where `counted`.
    counted : bool
        The breath is to have just so many beats; else its length is the plan's.
    """

    text: str
    parts: tuple[float, float, float, float]
    counted: bool

    @property
    def shares(self) -> Shares:
        """Give the phases as shares of the breath; they add up to 1."""
        whole = sum(self.parts)
        inhale, hold, exhale, rest = self.parts
        return inhale / whole, hold / whole, exhale / whole, rest / whole

    @property
    def phases(self) -> int:
        """Give how many phases it has, and so the fewest counts of a breath."""
        return sum(part > 0 for part in self.parts)

    @property
    def beats(self) -> int:
        """Give the beats of a counted breath; a ratio has none of its own."""
        return round(sum(self.parts)) if self.counted else 0

    def is_met_by(self, counts: Counts) -> bool:
        """Tell whether a breath's counts are those that are counted out here."""
        return self.counted and counts == tuple(round(part) for part in self.parts)


def read_pattern(text: str) -> Pattern:
    """Read a pattern as a person writes it.

    Parameters
    ----------
    text : str
        Whole beats joined by hyphens, two numbers (inhale, exhale), three (inhale, hold,
        exhale) or four (inhale, hold, exhale, rest); a ratio joined by colons, two or four;
        or a name.

    Raises
    ------
    PlanError
        If it is no pattern, or none that can be breathed.

    Examples
    --------
    >>> read_pattern("box").parts, read_pattern("4-7-8").beats
    ((4.0, 4.0, 4.0, 4.0), 19)
    >>> read_pattern("2:4").counted
    False
    """
    written = _DASHES.sub("-", text.strip().lower())
    written = NAMED.get(written, written)
    counted = ":" not in written
    pieces = [piece.strip() for piece in written.split("-" if counted else ":")]
    allowed = {2, 3, 4} if counted else {2, 4}
    if len(pieces) not in allowed or not all(_NUMBER.fullmatch(piece) for piece in pieces):
        raise PlanError(f"“{text[:40]}” is no breathing pattern.", WRITE)
    parts = tuple(float(piece) for piece in pieces)
    if counted and not all(part.is_integer() for part in parts):
        raise PlanError(f"The breathing pattern {written} has parts of beats.", "Give whole beats.")
    if len(parts) == 3:
        parts = (*parts, 0.0)
    shown = ("-" if counted else ":").join(f"{float(piece):g}" for piece in pieces)
    return _checked(shown, parts, counted=counted)


def ratio_pattern(ratio: tuple[float, ...]) -> Pattern:
    """Make the pattern of a ratio.

    Raises
    ------
    PlanError
        If it cannot be breathed.
    """
    if len(ratio) not in {2, 4}:
        shown = ", ".join(f"{part:g}" for part in ratio)
        raise PlanError(
            f"`ratio` of the breathing is [{shown}].",
            "Give two numbers (inhale, exhale) or four (inhale, hold, exhale, rest).",
        )
    return _checked(":".join(f"{part:g}" for part in ratio), ratio, counted=False)


def _checked(shown: str, parts: tuple[float, ...], *, counted: bool) -> Pattern:
    inhale, hold, exhale, rest = parts if len(parts) == 4 else (parts[0], 0.0, parts[1], 0.0)
    fine = all(0 <= part <= MOST_BEATS for part in parts)
    if not (fine and inhale > 0 and exhale > 0):
        raise PlanError(
            f"The breathing pattern is {shown}.",
            f"Inhale and exhale must be above 0, holds 0 or more, all at most {MOST_BEATS}.",
        )
    if exhale < inhale:
        raise PlanError(
            f"The breathing pattern is {shown}: its exhale is shorter than its inhale.",
            "Make the exhale at least as long.",
        )
    return Pattern(text=shown, parts=(inhale, hold, exhale, rest), counted=counted)
