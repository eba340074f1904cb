"""What is asked of the planner, in its own units, and the plan made of what was placed."""

from collections.abc import Sequence

import msgspec

from mtsession.errors import MusicError
from mtsession.music.arc import ArcPiece, arc_length, arc_tempo, silences, sounding
from mtsession.music.planning.joins import Join, heard_of
from mtsession.music.planning.layout import Layout, Spot
from mtsession.music.planning.notes import notes_on, short_notes
from mtsession.music.planning.values import Material, Planned, PlannedItem, Rules
from mtsession.protocol.sources import RatePoint
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import SECOND, Bpm, Micros, micros

STEADY_RATE = 1e-6
"""A rate nearer to 1 than this all along is left out: it moves no beat."""

ANY_BPM = 60.0

Spots = Sequence[tuple[int, Spot]]


class Asked:
    """An arc and how much of it is to be filled.

    Parameters
    ----------
    arc : sequence of ArcPiece
        None of them lets recordings play as they are, one after the other.

    Raises
    ------
    MusicError
        If the arc does not say where it begins.
    """

    def __init__(
        self,
        arc: Sequence[ArcPiece],
        start_bpm: float | None,
        duration_us: Micros | None,
        from_us: int,
    ) -> None:
        try:
            self.tempo = arc_tempo(arc, start_bpm) if arc else None
        except ValueError as error:
            message, _, hint = str(error).partition("\n")
            raise MusicError(message, hint) from None
        self._arc = tuple(arc)
        self._start_bpm = start_bpm
        self.from_us = from_us
        lasts = arc_length(arc) - from_us if duration_us is None else duration_us
        self.until_us = from_us + max(0, lasts)
        self._open_ended = self.tempo is None and duration_us is None

    @property
    def passed(self) -> int:
        """Give how many stretches of music are over before the programme begins."""
        whole = sounding(self._arc, self.until_us)
        return len(whole) - len(sounding(self._arc, self.until_us, self.from_us))

    def layout(self, material: Sequence[Material], rules: Rules) -> Layout:
        """Make the layout of some recordings, in seconds of the arc."""
        if self.tempo is None:
            rules = msgspec.structs.replace(
                rules, lowest_rate=1.0, highest_rate=1.0, words_lowest_rate=1.0,
                words_highest_rate=1.0, leave_early=False,
            )  # fmt: skip
        if self._open_ended:
            self.until_us = self.from_us + sum(micros(each.duration_s) for each in material) + 1
        points = [(0.0, ANY_BPM)]
        if self.tempo is not None:
            points = [(point.t_us / SECOND, float(point.bpm)) for point in self.tempo.points]
        stretches = [
            (start / SECOND, end / SECOND)
            for start, end in sounding(self._arc, self.until_us, self.from_us)
        ]
        return Layout(material, points, stretches, rules)

    def planned(self, layout: Layout, spots: Spots, *, total: float, exact: bool) -> Planned:
        """Make the plan of what was placed, in microseconds from the programme's start."""
        items: list[PlannedItem] = []
        for place, (stretch, spot) in enumerate(spots):
            after = spots[place + 1] if place + 1 < len(spots) else None
            joined = after[1].join if after is not None and after[0] == stretch else None
            item = self._item(spot, joined, after_silence=self.passed + stretch)
            quarter = item.duration_us / SECOND / 4
            fade_in_us = micros(min(layout.rules.fade_in_s, quarter)) if stretch else Micros(0)
            if spot.join is not None:
                fade_in_us = items[-1].fade_out_us
            fade_out_us = Micros(0)
            if joined is not None:
                fade_out_us = Micros(item.end_us - self._us(joined.start))
            elif spot.cut or spot.leave_s is not None or spot.candidate.material.to_s is not None:
                fade_out_us = micros(min(layout.rules.end_fade_s, quarter))
            items.append(
                msgspec.structs.replace(item, fade_in_us=fade_in_us, fade_out_us=fade_out_us)
            )
        end_us = items[-1].end_us if items else Micros(0)
        return Planned(
            items=tuple(items),
            arc=self._points(),
            silences=tuple(
                (Micros(max(0, start - self.from_us)), Micros(end - self.from_us))
                for start, end in silences(self._arc)
                if self.from_us < end and start < self.until_us
            ),
            duration_us=end_us if self._open_ended else Micros(self.until_us - self.from_us),
            end_us=end_us,
            notes=self._notes(layout, spots),
            cost=total,
            exact=exact,
            pieces=self._arc,
            start_bpm=self._start_bpm,
            rules=layout.rules,
        )

    def _notes(self, layout: Layout, spots: Spots) -> tuple[str, ...]:
        if self.tempo is not None:
            return notes_on(layout, spots)
        return () if self._open_ended else tuple(short_notes(layout, spots))

    def _us(self, seconds: float) -> Micros:
        return Micros(round(seconds * SECOND) - self.from_us)

    def _points(self) -> tuple[TempoPoint, ...]:
        if self.tempo is None:
            return ()
        inside = [p for p in self.tempo.points if self.from_us < p.t_us <= self.until_us]
        first = TempoPoint(t_us=Micros(0), bpm=self.tempo.bpm_at(self.from_us))
        points = [TempoPoint(t_us=Micros(p.t_us - self.from_us), bpm=p.bpm) for p in inside]
        return (first, *points)

    def _item(self, spot: Spot, joined: Join | None, *, after_silence: int) -> PlannedItem:
        """Give a recording's place, but for its fades, which its neighbours decide."""
        candidate, one = spot.candidate, spot.candidate.material
        end = spot.end if joined is None else joined.end
        start_us, end_us = self._us(spot.start), self._us(end)
        ends = candidate.ends if spot.leave_s is None else spot.leave_s
        whole = candidate.begins == 0 and ends == one.duration_s
        item = PlannedItem(
            material=msgspec.structs.replace(
                one,
                from_s=None if whole and one.from_s is None else candidate.begins,
                to_s=None if whole and one.to_s is None else ends,
                after_silence=after_silence,
            ),
            start_us=start_us,
            duration_us=Micros(end_us - start_us),
        )
        own = one.bpm
        if own is None:
            return item
        curve = candidate.curve
        # Rounding may let two bends meet; the engine wants times that rise.
        bends = {self._us(t): bpm for t, bpm in heard_of(spot, joined)}
        rate = tuple(
            RatePoint(t_us=Micros(t_us - start_us), rate=bpm / own) for t_us, bpm in bends.items()
        )
        item = msgspec.structs.replace(
            item,
            rate=() if all(abs(each.rate - 1) < STEADY_RATE for each in rate) else rate,
            tempo=tuple(TempoPoint(t_us=t_us, bpm=Bpm(bpm)) for t_us, bpm in bends.items()),
        )
        if self.tempo is None:
            return item
        off = curve.at(end).off - curve.at(spot.start).off
        mean = (max(0.0, off) / (end - spot.start)) ** 0.5
        return msgspec.structs.replace(item, off_bpm=round(mean, 3))
