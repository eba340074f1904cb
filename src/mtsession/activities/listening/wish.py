"""What a plan may ask of the therapist's library."""

from typing import Literal

import msgspec

from mtsession.music.planning.values import Material, Rules

LOWEST_ALLOWED, HIGHEST_ALLOWED = 0.85, 1.10


class LibraryWish(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Which recordings may be chosen, and how far they may be slowed and quickened.

    Attributes
    ----------
    labels : tuple of str
        Only recordings with one of these labels; none asks for no label.
    words : {"any", "without", "with"}
        Whether they may, must not or must be sung.
    lowest_rate, highest_rate : float
        Heard tempo over a recording's own. What is sung plays at 1 and whole, whatever these say.
    words_may_change : bool
        Lets these rates hold for what is sung, and lets it be cut, too.
    near_keys : bool
        Prefer neighbours in keys that are close to one another.
    seed : int
        Another seed chooses otherwise among what fits equally well.
    """

    labels: tuple[str, ...] = ()
    words: Literal["any", "without", "with"] = "any"
    lowest_rate: float = 0.95
    highest_rate: float = 1.05
    words_may_change: bool = False
    near_keys: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse rates at which music sounds changed."""
        for key, rate in (("lowest_rate", self.lowest_rate), ("highest_rate", self.highest_rate)):
            if not LOWEST_ALLOWED <= rate <= HIGHEST_ALLOWED:
                raise ValueError(
                    f"`{key}`: {rate:g} is further than music is stretched here.\n"
                    f"Write {LOWEST_ALLOWED} to {HIGHEST_ALLOWED:.2f}; 1 is as recorded."
                )
        if self.lowest_rate > self.highest_rate:
            raise ValueError("`lowest_rate`: it is above highest_rate.\nSwap the two.")
        if any(not label.strip() for label in self.labels):
            raise ValueError("`labels`: one of them is empty.\nLeave it out.")

    def rules(self, *, crossfade_s: float, end_fade_s: float) -> Rules:
        """Give what the planner must keep to."""
        rates = (self.lowest_rate, self.highest_rate) if self.words_may_change else (1.0, 1.0)
        return Rules(
            lowest_rate=self.lowest_rate,
            highest_rate=self.highest_rate,
            words_lowest_rate=rates[0],
            words_highest_rate=rates[1],
            words_whole=not self.words_may_change,
            crossfade_s=crossfade_s,
            end_fade_s=end_fade_s,
            near_keys=self.near_keys,
            seed=self.seed,
        )

    def wants(self, material: Material, labels: tuple[str, ...]) -> bool:
        """Tell whether a recording with these labels may be chosen."""
        if self.words != "any" and material.words != (self.words == "with"):
            return False
        wanted = {label.strip().casefold() for label in self.labels}
        return not wanted or bool(wanted & {label.strip().casefold() for label in labels})
