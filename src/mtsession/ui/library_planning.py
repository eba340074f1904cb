"""What a programme is asked for with, and the asking; runs on the library's thread."""

from typing import TYPE_CHECKING

import msgspec

from mtsession.music.arc import ArcPiece
from mtsession.music.recording import Taste

if TYPE_CHECKING:
    from mtsession.app.library import Library
    from mtsession.app.shell import Shell
    from mtsession.music.planning.values import Planned

RATES = ((0.95, 1.05), (0.9, 1.1), (0.85, 1.1))


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The recordings that a filter left, and the filter."""

    contents: frozenset[str]
    words: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """All that the planner is told.

    Attributes
    ----------
    start_bpm : float or None
        The tempo to begin with, where the arc does not say it.
    rates : (float, float)
        How far from its own tempo a recording may play.
    taste : Taste or None
        None where it is not known; with a client, a note says so.
    chosen : Chosen or None
        The only recordings that may be played.
    """

    arc: tuple[ArcPiece, ...]
    start_bpm: float | None
    rates: tuple[float, float]
    taste: Taste | None
    client: str | None
    chosen: Chosen | None

    def planned(self, library: "Library") -> "Planned":
        """Let the planner work.

        Raises
        ------
        MusicError
            If there is nothing to choose from.
        """
        # Loaded when first needed, and away from the screen.
        from mtsession.music.planner import Rules, material, plan_programme  # noqa: PLC0415

        recordings = library.recordings()
        if self.chosen is not None:
            contents = self.chosen.contents
            recordings = tuple(one for one in recordings if one.content in contents)
        usable, notes = material(recordings, self.taste)
        lowest, highest = self.rates
        rules = Rules(lowest_rate=lowest, highest_rate=highest)
        planned = plan_programme(usable, self.arc, rules, start_bpm=self.start_bpm)
        notes = (*self._caution(), *planned.notes, *notes)
        return msgspec.structs.replace(planned, notes=notes)

    def _caution(self) -> tuple[str, ...]:
        """Say plainly where what must never be played could not be looked up."""
        if self.client is None or self.taste is not None:
            return ()
        # Without the client's code: notes go into the file of a programme that is kept.
        from mtsession.app.plans import TASTE_LOCKED  # noqa: PLC0415  (as in `planned`)

        return (TASTE_LOCKED,)


def rates_words(rates: tuple[float, float]) -> str:
    """Say how far from its own tempo a recording may play."""
    return f"{rates[0] * 100:.0f} to {rates[1] * 100:.0f} %"


def plan_arcs(shell: "Shell") -> list[tuple[str, tuple[ArcPiece, ...]]]:
    """Give the arcs of the plans that there are, each once."""
    found: dict[tuple[ArcPiece, ...], str] = {}
    plans = [each.plan for each in shell.plans] + [each.plan for each in shell.own.plans]
    for plan in plans:
        for segment in plan.segments:
            for activity in segment.activities:
                arc = getattr(activity.settings, "arc", ())
                if arc and isinstance(arc[0], ArcPiece):
                    found.setdefault(tuple(arc), f"{plan.title}, {segment.title}")
    return [(title, arc) for arc, title in found.items()]
