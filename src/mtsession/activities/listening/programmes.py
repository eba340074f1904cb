"""The programme that follows from settings: composed pieces, listed files, or chosen recordings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from mtsession.errors import MusicError
from mtsession.music.arc import arc_length, silences, sounding
from mtsession.music.planning.values import Material, Planned, Rules
from mtsession.music.playlist import materials_of, order_by_arc
from mtsession.music.programme import Fades, Programme, plan_pieces
from mtsession.music.tempo_parts import slice_tempo
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros, micros, seconds

if TYPE_CHECKING:
    from mtsession.activities.listening.settings import ListeningSettings

NOT_LEFT = "No music is left that can be played."


class PlanStretch(Protocol):
    """Plans a stretch of music without silence."""

    def __call__(self, tempo: TempoMap, lasts_us: Micros, number: int, *, last: bool) -> Programme:
        """Plan it along a tempo, its items numbered from `number`."""
        ...


def plan_music(
    settings: "ListeningSettings",
    *,
    planned_us: Micros | None,
    first_number: int,
    seed: int,
    from_us: Micros,
    left_us: Micros | None,
    queue: tuple[str, ...] | None,
    choose: bool = True,
) -> Programme:
    """Plan music along what is left of an arc; see `ListeningSettings.programme`.

    Raises
    ------
    MusicError
        If no music is left.
    """
    if queue == ():
        raise MusicError(NOT_LEFT, "l ends listening; l again plays built-in music.")
    if settings.track and not settings.material:
        settings = take_listed(settings, materials_of(settings.track), planned_us)
    if settings.material:
        planned = _planned(settings, from_us=from_us, left_us=left_us, queue=queue, choose=choose)
        return _from_planned(settings, planned, first_number)
    fades = Fades(crossfade_us=micros(settings.crossfade_s), end_us=micros(settings.end_fade_s))
    pieces = settings.pieces if queue is None else queue

    def stretch(tempo: TempoMap, lasts_us: Micros, number: int, *, last: bool) -> Programme:
        return plan_pieces(
            pieces or (),
            tempo,
            duration_us=lasts_us,
            first_number=number,
            seed=seed,
            fades=fades,
            goes_round=last and settings.goes_round(planned_us),
        )

    return _in_stretches(settings, stretch, from_us=from_us, left_us=left_us, first=first_number)


def take_listed(
    settings: "ListeningSettings", material: Sequence[Material], planned_us: Micros | None
) -> "ListeningSettings":
    """Give settings whose listed files are known now, put in the order that they ask for."""
    rules = Rules(
        lowest_rate=settings.lowest_rate,
        highest_rate=settings.highest_rate,
        crossfade_s=settings.crossfade_s,
        fade_in_s=settings.fade_in_s,
        end_fade_s=settings.end_fade_s,
        leave_early=False,
    )
    tempo, lasts_us = settings.tempo, settings.length_us(planned_us)
    if settings.order == "arc" and tempo is not None:
        lasts_s = None if lasts_us is None else seconds(lasts_us)
        material = order_by_arc(material, tempo, rules, lasts_s=lasts_s)
    return msgspec.structs.replace(settings, material=tuple(material), rules=rules)


def _in_stretches(
    settings: "ListeningSettings",
    plan: PlanStretch,
    *,
    from_us: Micros,
    left_us: Micros | None,
    first: int,
) -> Programme:
    """Plan what lies between planned silences, each stretch by itself."""
    tempo = settings.tempo
    if tempo is None or left_us is None:
        raise MusicError("Built-in pieces need a tempo.", "Write an arc.")
    if not silences(settings.arc):
        return plan(_from(tempo, from_us), left_us, first, last=True)
    until_us = from_us + left_us
    stretches = sounding(settings.arc, until_us, from_us)
    if not stretches:
        raise MusicError(NOT_LEFT, "The rest of the arc is planned silence.")
    programme = Programme(items=(), duration_us=Micros(0), next_us=Micros(0))
    for start, end in stretches:
        last = end == stretches[-1][1]
        part = plan(
            _from(tempo, start), Micros(end - start), first + len(programme.items), last=last
        )
        programme = _joined(
            programme, part, start - from_us, softly=start > from_us, settings=settings
        )
    if stretches[-1][1] < until_us:
        programme = msgspec.structs.replace(programme, duration_us=left_us, next_us=left_us)
    return programme


def _from(tempo: TempoMap, start_us: int) -> TempoMap:
    if not start_us:
        return tempo
    return slice_tempo(tempo, start_us, max(int(tempo.points[-1].t_us), start_us + 1))


def _joined(
    whole: Programme, part: Programme, at_us: int, *, softly: bool, settings: "ListeningSettings"
) -> Programme:
    """Add a stretch that begins later; after silence it begins softly."""
    items = [
        msgspec.structs.replace(item, start_us=Micros(item.start_us + at_us)) for item in part.items
    ]
    if softly and items:
        fade_us = min(micros(settings.fade_in_s), items[0].duration_us // 4)
        items[0] = msgspec.structs.replace(items[0], fade_in_us=Micros(fade_us))
    return Programme(
        items=(*whole.items, *items),
        duration_us=Micros(part.duration_us + at_us),
        next_us=Micros(part.next_us + at_us),
        notes=tuple(dict.fromkeys((*whole.notes, *part.notes))),
    )


def _planned(
    settings: "ListeningSettings",
    *,
    from_us: Micros,
    left_us: Micros | None,
    queue: tuple[str, ...] | None,
    choose: bool,
) -> Planned:
    """Lay out what was chosen, or choose anew among what is left of it."""
    # A session on built-in music never needs the planner.
    from mtsession.music.planner import lay_out, plan_programme  # noqa: PLC0415

    rules = settings.rules
    if queue is None:
        material = settings.material
        if settings.repeat and left_us is not None and settings.library is None:
            material = _enough(material, left_us)
        return lay_out(
            material, settings.arc, rules,
            start_bpm=settings.start_bpm, duration_us=left_us, from_us=from_us,
        )  # fmt: skip
    known = {each.path: each for each in (*settings.spare, *settings.material)}
    left = [known[name] for name in queue if name in known]
    if settings.library is not None:
        # What was cut to fit its old place may be whole in another.
        free = [
            msgspec.structs.replace(each, from_s=None, to_s=None, after_silence=0) for each in left
        ]
        if choose:
            planned = plan_programme(
                free, settings.arc, rules,
                start_bpm=settings.start_bpm, duration_us=left_us, from_us=from_us, quick=True,
            )  # fmt: skip
            if planned.items:
                return planned
        left = free
    return lay_out(
        left, settings.arc, rules,
        start_bpm=settings.start_bpm, duration_us=left_us, from_us=from_us,
    )  # fmt: skip


def _enough(material: tuple[Material, ...], lasts_us: int) -> tuple[Material, ...]:
    """Give recordings again and again until they fill a time, however they are overlapped."""
    once = sum(each.duration_s for each in material) / 2 * 1e6
    return material * max(1, int(lasts_us // max(once, 1.0)) + 1)


def _from_planned(settings: "ListeningSettings", planned: Planned, first: int) -> Programme:
    """Make the programme of a plan."""
    from mtsession.music.planner import to_items  # noqa: PLC0415 - as in `_planned`

    items = to_items(planned, first)
    if not items:
        raise MusicError(NOT_LEFT, "The rest of the arc is planned silence.")
    quiet = silences(settings.arc)
    ends_quiet = bool(quiet) and quiet[-1][1] == arc_length(settings.arc)
    over = planned.duration_us if ends_quiet else planned.end_us
    overlap = min(micros(settings.crossfade_s), over // 3)
    return Programme(
        items=items, duration_us=over, next_us=Micros(over - overlap), notes=planned.notes
    )
