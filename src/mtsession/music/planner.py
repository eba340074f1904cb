"""The therapist's own recordings, chosen and put in order so that what is heard follows an arc.

Each recording plays at a rate within what is allowed for it, and its heard tempo is
the arc's wherever that rate lets it. `docs/programmes.md` says what is weighed
against what, and what is never done.
"""

from collections.abc import Sequence

import msgspec

from mtsession.errors import MusicError
from mtsession.music.arc import ArcPiece
from mtsession.music.planning.asked import Asked
from mtsession.music.planning.layout import EDGE, Spot, begins_too_late
from mtsession.music.planning.materials import material
from mtsession.music.planning.search import Search
from mtsession.music.planning.values import Material, Planned, PlannedItem, Rules
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.timeline.units import Micros, micros

__all__ = [
    "Material", "Planned", "PlannedItem", "Rules",
    "lay_out", "material", "plan_programme", "to_items",
]  # fmt: skip

NO_RULES = Rules()
NO_ROOM = "the time is full before it."


def plan_programme(
    material: Sequence[Material],
    arc: Sequence[ArcPiece],
    rules: Rules = NO_RULES,
    *,
    start_bpm: float | None = None,
    duration_us: Micros | None = None,
    from_us: int = 0,
    quick: bool = False,
) -> Planned:
    """Choose recordings and lay them out along an arc.

    Parameters
    ----------
    material : sequence of Material
        What may be played.
    arc : sequence of ArcPiece
        The tempo over time.
    start_bpm : float, optional
        The tempo to begin with, where the arc does not say it.
    duration_us : Micros, optional
        How long there is to be music, if not as long as the arc, which holds its last tempo.
    from_us : int
        Where in the arc the programme begins.
    quick : bool
        Look at fewer choices: for a key that must be answered at once.

    Returns
    -------
    Planned
        Without items where no recording suits the arc anywhere; `notes` say what would help.

    Raises
    ------
    MusicError
        If there is no material at all, or the arc does not say where it begins.

    Examples
    --------
    >>> one = Material(content="a", path="a.flac", title="A", bpm=62.0, duration_s=240.0)
    >>> planned = plan_programme([one], [ArcPiece(start=63, to=60, minutes=4)])
    >>> [(item.material.title, item.planned_bpm) for item in planned.items]
    [('A', (63.0, 60.0))]
    """
    if not material:
        raise MusicError(
            "There is no recording to choose from.",
            "Scan a folder of recordings (mtsession library scan), or allow more of them.",
        )
    asked = Asked(arc, start_bpm, duration_us, from_us)
    # Programmes of equal cost are told apart by place: it must not hang on how a library sorts.
    layout = asked.layout(sorted(material, key=lambda each: each.content), rules)
    if not layout.stretches:
        return asked.planned(layout, (), total=0.0, exact=True)
    label, exact = Search(layout, quick=quick).best()
    return asked.planned(layout, label.spots(), total=label.cost, exact=exact)


def lay_out(
    material: Sequence[Material],
    arc: Sequence[ArcPiece],
    rules: Rules = NO_RULES,
    *,
    start_bpm: float | None = None,
    duration_us: Micros | None = None,
    from_us: int = 0,
) -> Planned:
    """Lay recordings out in the order that they come in; else as `plan_programme`.

    What `plan_programme` chose comes out the same again, to the microsecond. Without an
    arc they play one after the other as they are.

    Raises
    ------
    MusicError
        If there is no material at all, or the arc does not say where it begins.
    """
    if not material:
        raise MusicError("The playlist names no recording.", "Add at least one.")
    asked = Asked(arc, start_bpm, duration_us, from_us)
    layout = asked.layout(material, rules)
    spots: list[tuple[int, Spot]] = []
    stretch, before = 0, None
    left: list[str] = []
    for candidate in layout.candidates:
        earliest = candidate.material.after_silence - asked.passed
        if earliest > stretch:
            stretch, before = earliest, None
        if stretch >= len(layout.stretches):
            left.append(f"“{candidate.material.title}” is not played: {NO_ROOM}")
            continue
        spot = layout.spot(before, candidate, stretch)
        if begins_too_late(before, spot):
            left.append(f"“{candidate.material.title}” is not played: {NO_ROOM}")
            continue
        before = spot
        spots.append((stretch, before))
        if before.end >= layout.stretches[stretch][1] - EDGE:
            stretch, before = stretch + 1, None
    total = layout.cost_of(spots)
    planned = asked.planned(layout, spots, total=total, exact=False)
    return msgspec.structs.replace(planned, notes=(*planned.notes, *left))


def to_items(planned: Planned, first_number: int) -> tuple[ProgrammeItem, ...]:
    """Make what the engine plays of a plan.

    Parameters
    ----------
    first_number : int
        Number of the first item and its grid; the others follow.
    """
    return tuple(
        _programme_item(item, first_number + place) for place, item in enumerate(planned.items)
    )


def _programme_item(item: PlannedItem, number: int) -> ProgrammeItem:
    one = item.material
    begins = one.from_s or 0.0
    beats = one.beats_s
    known = one.downbeat is not None and one.beats_per_bar is not None
    if known:
        # Bars count from the first beat of the list; a pickup before it is left out.
        beats = beats[(one.downbeat or 0) % (one.beats_per_bar or 1) :]
    beats = beats if len(beats) > 1 else ()
    return ProgrammeItem(
        item=number,
        source=FileSource(path=one.path),
        title=one.title,
        start_us=item.start_us,
        duration_us=item.duration_us,
        skip_us=micros(begins),
        fade_in_us=item.fade_in_us,
        fade_out_us=item.fade_out_us,
        gain_db=one.gain_db,
        rate=item.rate,
        grid=number if beats else None,
        beats_us=tuple(micros(beat) for beat in beats),
        beats_per_bar=one.beats_per_bar if beats and known else None,
        planned_bpm=item.planned_bpm,
        content_hash=one.content,
    )
