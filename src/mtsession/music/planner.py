"""The therapist's own recordings, chosen and put in order so that what is heard follows an arc.

Each recording plays at a rate within what is allowed for it, and its heard tempo is
the arc's wherever that rate lets it. `docs/programmes.md` says what is weighed
against what, and what is never done.
"""

from collections.abc import Sequence

import msgspec

from mtsession.errors import MusicError
from mtsession.music.arc import ArcPiece, arc_length, arc_tempo, silences, sounding
from mtsession.music.planning.layout import Layout, Spot
from mtsession.music.planning.materials import material
from mtsession.music.planning.notes import notes_on
from mtsession.music.planning.search import Search
from mtsession.music.planning.values import Material, Planned, PlannedItem, Rules
from mtsession.protocol.sources import FileSource, ProgrammeItem, RatePoint
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import SECOND, Bpm, Micros, micros

__all__ = [
    "Material", "Planned", "PlannedItem", "Rules",
    "lay_out", "material", "plan_programme", "to_items",
]  # fmt: skip

NO_RULES = Rules()
STEADY_RATE = 1e-4
"""A rate nearer to 1 than this all along is left out: nobody hears it."""


def plan_programme(
    material: Sequence[Material],
    arc: Sequence[ArcPiece],
    rules: Rules = NO_RULES,
    *,
    start_bpm: float | None = None,
    duration_us: Micros | None = None,
    from_us: int = 0,
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
    asked = _Asked(arc, start_bpm, duration_us, from_us)
    layout = asked.layout(material, rules)
    if not layout.stretches:
        return asked.planned(layout, (), total=0.0, exact=True)
    label, exact = Search(layout).best()
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

    What `plan_programme` chose comes out the same again, to the microsecond.

    Raises
    ------
    MusicError
        If there is no material at all, or the arc does not say where it begins.
    """
    if not material:
        raise MusicError("The playlist names no recording.", "Add at least one.")
    asked = _Asked(arc, start_bpm, duration_us, from_us)
    layout = asked.layout(material, rules)
    spots: list[tuple[int, Spot]] = []
    stretch, before = 0, None
    left: list[str] = []
    for candidate in layout.candidates:
        if candidate.material.after_silence and any(place == stretch for place, _ in spots):
            stretch, before = stretch + 1, None
        if stretch >= len(layout.stretches):
            left.append(f"“{candidate.material.title}” is not played: the time is full before it.")
            continue
        start, meets = layout.next_start(before, candidate, stretch)
        before = layout.spot(candidate, start, stretch, meets=meets)
        spots.append((stretch, before))
        if before.end >= layout.stretches[stretch][1] - 1e-6:
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


class _Asked:
    """An arc and how much of it is to be filled."""

    def __init__(
        self,
        arc: Sequence[ArcPiece],
        start_bpm: float | None,
        duration_us: Micros | None,
        from_us: int,
    ) -> None:
        try:
            self.tempo = arc_tempo(arc, start_bpm)
        except ValueError as error:
            message, _, hint = str(error).partition("\n")
            raise MusicError(message, hint) from None
        self.from_us = from_us
        self.until_us = from_us + duration_us if duration_us is not None else arc_length(arc)
        self.silences = silences(arc)
        self.stretches = sounding(arc, self.until_us, from_us)

    def layout(self, material: Sequence[Material], rules: Rules) -> Layout:
        """Make the layout of some recordings, in seconds of the arc."""
        points = [(point.t_us / SECOND, float(point.bpm)) for point in self.tempo.points]
        stretches = [(start / SECOND, end / SECOND) for start, end in self.stretches]
        return Layout(material, points, stretches, rules)

    def planned(
        self, layout: Layout, spots: Sequence[tuple[int, Spot]], *, total: float, exact: bool
    ) -> Planned:
        """Make the plan of what was placed, in microseconds from the programme's start."""
        items: list[PlannedItem] = []
        for place, (stretch, spot) in enumerate(spots):
            before = spots[place - 1] if place else None
            after = spots[place + 1] if place + 1 < len(spots) else None
            begins_stretch = before is None or before[0] != stretch
            fade_in_us = 0
            if not begins_stretch and items:
                fade_in_us = items[-1].fade_out_us
            elif stretch > 0:
                fade_in_us = micros(min(layout.rules.fade_in_s, (spot.end - spot.start) / 4))
            if after is not None and after[0] == stretch:
                fade_out_us = self._us(spot.end) - self._us(after[1].start)
            elif spot.cut or spot.leave_s is not None or spot.candidate.material.to_s is not None:
                fade_out_us = micros(min(layout.rules.end_fade_s, (spot.end - spot.start) / 4))
            else:
                fade_out_us = 0
            items.append(
                self._item(
                    spot,
                    fades=(Micros(fade_in_us), Micros(fade_out_us)),
                    after_silence=begins_stretch and stretch > 0,
                )
            )
        return Planned(
            items=tuple(items),
            arc=self._points(),
            silences=tuple(
                (Micros(max(0, start - self.from_us)), Micros(end - self.from_us))
                for start, end in self.silences
                if self.from_us < end and start < self.until_us
            ),
            duration_us=Micros(self.until_us - self.from_us),
            end_us=items[-1].end_us if items else Micros(0),
            notes=notes_on(layout, spots),
            cost=total,
            exact=exact,
        )

    def _us(self, seconds: float) -> Micros:
        return Micros(round(seconds * SECOND) - self.from_us)

    def _points(self) -> tuple[TempoPoint, ...]:
        inside = [p for p in self.tempo.points if self.from_us < p.t_us <= self.until_us]
        first = TempoPoint(t_us=Micros(0), bpm=self.tempo.bpm_at(self.from_us))
        points = [TempoPoint(t_us=Micros(p.t_us - self.from_us), bpm=p.bpm) for p in inside]
        return (first, *points)

    def _item(
        self, spot: Spot, *, fades: tuple[Micros, Micros], after_silence: bool
    ) -> PlannedItem:
        candidate, one = spot.candidate, spot.candidate.material
        curve, start_us, end_us = candidate.curve, self._us(spot.start), self._us(spot.end)
        ends = candidate.ends if spot.leave_s is None else spot.leave_s
        whole = candidate.begins == 0 and ends == one.duration_s
        played = msgspec.structs.replace(
            one,
            from_s=None if whole and one.from_s is None else candidate.begins,
            to_s=None if whole and one.to_s is None else ends,
            after_silence=after_silence,
        )
        item = PlannedItem(
            material=played,
            start_us=start_us,
            duration_us=Micros(end_us - start_us),
            fade_in_us=fades[0],
            fade_out_us=fades[1],
        )
        if one.bpm is None:
            return item
        bends = curve.bends(spot.start, spot.end)
        rate = tuple(
            RatePoint(t_us=Micros(self._us(t) - start_us), rate=curve.heard_at(t) / one.bpm)
            for t in bends
        )
        plain = all(abs(point.rate - 1) < STEADY_RATE for point in rate)
        off = curve.at(spot.end).off - curve.at(spot.start).off
        return msgspec.structs.replace(
            item,
            rate=() if plain else rate,
            tempo=tuple(TempoPoint(t_us=self._us(t), bpm=Bpm(curve.heard_at(t))) for t in bends),
            off_bpm=round((max(0.0, off) / (spot.end - spot.start)) ** 0.5, 3),
        )
