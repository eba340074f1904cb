"""Plans anew while music plays: what sounds goes on along the target, and what follows meets it."""

from collections.abc import Sequence

import msgspec

from mtsession.activities.listening.course import as_arc, bounded
from mtsession.activities.listening.ending import (
    SHORTEST_US,
    UNNOTICED_US,
    composed_end,
    lengthened,
)
from mtsession.activities.listening.events import ProgrammePlanned, ProgrammeRevised
from mtsession.activities.listening.moving import name_of
from mtsession.activities.listening.pace import Player
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.standing import Standing
from mtsession.errors import MusicError
from mtsession.media.composer.catalogue import HIGHEST_BPM, LOWEST_BPM
from mtsession.music.arc import ArcPiece, arc_length, silences
from mtsession.music.programme import Programme
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem
from mtsession.timeline.tempo_map import TempoMap, TempoPoint
from mtsession.timeline.units import MINUTE, SECOND, Micros, micros

LONGEST_US = 8 * 60 * MINUTE

LONGEST_PICKUP_US = 8 * SECOND


def along(settings: ListeningSettings, course: TempoMap | None) -> tuple[ArcPiece, ...] | None:
    """Write the course that the music was led to as an arc to plan by; None where it was not."""
    if course is None:
        return None
    if settings.pieces:
        course = bounded(course, LOWEST_BPM, HIGHEST_BPM)
    quiet = silences(settings.arc)
    length = arc_length(settings.arc) if settings.arc else 0
    if not (quiet and quiet[-1][1] == length):
        # The last tempo is held; without an arc of its own music may go on for long.
        least = SECOND if settings.arc else LONGEST_US
        length = max(length, int(course.points[-1].t_us) + least)
    return as_arc(course, settings.arc, length)


class Revising(Standing):
    """Plans anew for one listening activity from how it stands."""

    def revise(
        self, now_us: Micros, course: TempoMap, leads: int, *, led: bool, choose: bool = False
    ) -> ProgrammeRevised | None:
        """Let the programme go on along a course; None where no programme plays.

        Parameters
        ----------
        leads : int
            How many leads there have been.
        led : bool
            Whether the course is another than the arc's.
        choose : bool
            Whether what follows is chosen anew from the library, which takes longer.
        """
        state = self._state
        programme = state.current(now_us)
        if programme is None:
            return None
        position = state.position_us(now_us)
        gone = state.failed | state.over
        sounding = [item for item in programme.items if _sounds(item, position, gone)]
        until = self._until(programme, position)
        target = _from(course, programme.arc_from_us)
        for place, item in enumerate(sounding):
            last = place == len(sounding) - 1
            sounding[place] = self._led(item, target, position, until if last else None)
        pieces = along(self._settings, course if led else None)
        following = self._following(programme, sounding, pieces, position, until, choose=choose)
        items = _crossfaded(sounding, following.items)
        return ProgrammeRevised(
            t_us=now_us,
            activity=self._context.activity,
            round=programme.round,
            position_us=position,
            items=items,
            duration_us=following.duration_us,
            next_us=None if programme.next_us is None else following.next_us,
            leads=leads,
            chosen=choose,
        )

    def _over(self, programme: ProgrammePlanned) -> int:
        """Give when the music is to be over, in the programme's time."""
        whole_us = self._settings.length_us(self._context.planned_us)
        if whole_us is not None:
            return whole_us - programme.arc_from_us
        return max(item.start_us + item.duration_us for item in programme.items)

    def _until(self, programme: ProgrammePlanned, position: int) -> int:
        """Give when the music is over, or silent as planned, in the programme's time."""
        over, begins = self._over(programme), programme.arc_from_us
        starts = [start - begins for start, _ in silences(self._settings.arc)]
        return min([over, *(start for start in starts if position < start < over)])

    def _led(
        self, item: ProgrammeItem, target: TempoMap, position: int, until: int | None
    ) -> ProgrammeItem:
        """Give an item that sounds its new rates, and the end that follows from them."""
        at = position - item.start_us
        planned_end = int(item.duration_us)
        player = Player(self._settings, item)
        # What a lead took of a composed piece comes back with the next: it ends as composed.
        composed = item.source.duration_us if isinstance(item.source, BuiltinSource) else None
        heard_until = None if until is None else until - item.start_us
        latest = planned_end if heard_until is None else min(heard_until, composed or heard_until)
        own_target = _from(target, item.start_us)
        pace = player.pace(own_target, at, max(latest, at + 1))
        end = pace.end_us
        if composed:
            end = composed_end(player, own_target, at, end, heard_until)
        end = max(end, at + 1)
        fade_us = item.fade_out_us
        if not fade_us and heard_until is not None and end >= heard_until:
            fade_us = micros(self._settings.end_fade_s)
        elif not fade_us and end < planned_end and composed:
            fade_us = micros(self._settings.crossfade_s)
        return msgspec.structs.replace(
            item,
            rate=pace.rate,
            duration_us=Micros(end),
            fade_out_us=Micros(min(int(fade_us), end - at)),
        )

    def _following(
        self,
        programme: ProgrammePlanned,
        sounding: Sequence[ProgrammeItem],
        pieces: tuple[ArcPiece, ...] | None,
        position: int,
        until: int,
        *,
        choose: bool,
    ) -> Programme:
        """Plan what comes after what sounds, its first downbeat on one of theirs."""
        last = sounding[-1] if sounding else None
        over = self._over(programme)
        end = position if last is None else last.start_us + last.duration_us
        lasts = programme.duration_us
        if self._settings.length_us(self._context.planned_us) is None:
            lasts = Micros(end)
        alone = Programme(items=(), duration_us=lasts, next_us=programme.next_us or lasts)
        rest = until if end >= until else end
        if over - rest < (UNNOTICED_US if self._settings.pieces else SHORTEST_US):
            return alone
        meets = end if last is None else self._meeting(last, end, position)
        joined = last is not None and end < until
        begins = meets if joined else rest
        try:
            planned = self._settings.programme(
                planned_us=self._context.planned_us,
                first_number=self._state.next_number,
                seed=self._context.seed + programme.skipped,
                from_us=Micros(programme.arc_from_us + begins),
                queue=self._queue(programme, sounding, position),
                along=pieces,
                choose=choose,
            )
        except MusicError:
            # Nothing else is left to play: what sounds is the last.
            return alone
        shift = begins - (_pickup_us(planned.items[0]) if joined else 0)
        shift = max(shift, position + 1)
        items = lengthened(self._settings, planned.items, begins - shift)
        return msgspec.structs.replace(
            planned,
            items=self._numbered(programme, items, shift, position),
            duration_us=Micros(planned.duration_us + begins),
            next_us=Micros(planned.next_us + begins),
        )

    def _meeting(self, last: ProgrammeItem, end: int, position: int) -> int:
        """Give the latest downbeat of an item that leaves room for a crossfade before its end."""
        heard = end - position
        latest = end - min(micros(self._settings.crossfade_s), heard // 3)
        beats = last.beats_us
        player = Player(self._settings, last)
        for beat in reversed(beats[:: last.beats_per_bar or 1]):
            at = last.start_us + player.heard_of(beat)
            if at <= latest:
                return at if latest - at <= LONGEST_PICKUP_US and at > position else latest
        return latest

    def _queue(
        self, programme: ProgrammePlanned, sounding: Sequence[ProgrammeItem], position: int
    ) -> tuple[str, ...]:
        """Give what may follow, in order: what was to come, then what was not heard yet."""
        state, settings = self._state, self._settings
        to_come = [name_of(item) for item in programme.items if item.start_us > position]
        now = [name_of(item) for item in sounding]
        spare = [each.path for each in settings.spare]
        more = [name for name in (*settings.listed, *spare) if name not in (*state.begun, *now)]
        wanted = [name for name in (*to_come, *more) if name not in state.spoilt]
        if not wanted and (settings.pieces or settings.repeat or settings.library):
            wanted = [name for name in (*settings.listed, *now) if name not in state.spoilt]
        return tuple(dict.fromkeys(wanted))

    def _numbered(
        self,
        programme: ProgrammePlanned,
        items: Sequence[ProgrammeItem],
        shift: int,
        position: int,
    ) -> tuple[ProgrammeItem, ...]:
        """Put items in the programme's time; what was to come already keeps its number."""
        waiting = [
            item
            for item in programme.items
            if item.start_us > position and item.item not in self._state.failed
        ]
        placed = []
        for item in items:
            same = next((w for w in waiting if _same_sound(w, item)), None)
            if same is not None:
                waiting.remove(same)
            placed.append(
                msgspec.structs.replace(
                    item,
                    start_us=Micros(item.start_us + shift),
                    item=item.item if same is None else same.item,
                    grid=item.grid if same is None else same.grid,
                )
            )
        return tuple(placed)


def _sounds(item: ProgrammeItem, position: int, gone: set[int]) -> bool:
    begun = item.start_us <= position < item.start_us + item.duration_us
    return begun and item.item not in gone


def _same_sound(one: ProgrammeItem, other: ProgrammeItem) -> bool:
    return one.source == other.source and one.skip_us == other.skip_us


def _pickup_us(item: ProgrammeItem) -> int:
    """Give what is heard of an item before its first downbeat."""
    if not item.beats_us:
        return 0
    rate = item.rate[0].rate if item.rate else 1.0
    step = item.beats_per_bar or 1
    for beat in item.beats_us[::step]:
        if beat >= item.skip_us:
            pickup = round((beat - item.skip_us) / rate)
            return pickup if pickup <= LONGEST_PICKUP_US else 0
    return 0


def _crossfaded(
    sounding: Sequence[ProgrammeItem], following: Sequence[ProgrammeItem]
) -> tuple[ProgrammeItem, ...]:
    """Join what sounds with what follows; where they overlap, one fades into the other."""
    if not sounding or not following:
        return (*sounding, *following)
    last, first = sounding[-1], following[0]
    overlap = last.start_us + last.duration_us - first.start_us
    if overlap > 0:
        last = msgspec.structs.replace(last, fade_out_us=Micros(overlap))
        first = msgspec.structs.replace(first, fade_in_us=Micros(overlap))
    return (*sounding[:-1], last, first, *following[1:])


def _from(tempo: TempoMap, start_us: int) -> TempoMap:
    """Give a tempo from a time on, counted from there."""
    if start_us <= 0:
        points = [TempoPoint(t_us=Micros(p.t_us - start_us), bpm=p.bpm) for p in tempo.points]
        return TempoMap(points)
    first = TempoPoint(t_us=Micros(0), bpm=tempo.bpm_at(start_us))
    later = [
        TempoPoint(t_us=Micros(p.t_us - start_us), bpm=p.bpm)
        for p in tempo.points
        if p.t_us > start_us
    ]
    return TempoMap([first, *later])
