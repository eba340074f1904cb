"""Built-in pieces laid out in time so that their tempo is the arc's."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from mtsession.errors import MusicError
from mtsession.media.composer.catalogue import HIGHEST_BPM, LOWEST_BPM, Piece, find_piece
from mtsession.music.tempo_parts import jumps, slice_tempo
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem
from mtsession.timeline.tempo_map import TempoMap, TempoPoint
from mtsession.timeline.units import SECOND, Micros

SHORTEST_STRETCH_US = Micros(30 * SECOND)

_FIFTHS = ("C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F")


class Fades(msgspec.Struct, frozen=True, kw_only=True):
    """How long items overlap, and how long the last one takes to go.

    Attributes
    ----------
    crossfade_us : Micros
        Overlap of neighbours, equal power.
    end_us : Micros
        Fade at the end of a programme.
    """

    crossfade_us: Micros = Micros(8 * SECOND)
    end_us: Micros = Micros(8 * SECOND)


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """Items in time, and what could not be done as asked.

    Attributes
    ----------
    duration_us : Micros
        When it is over.
    next_us : Micros
        When a further round would begin.
    notes : tuple of str
        Sentences for the therapist.
    """

    items: tuple[ProgrammeItem, ...]
    duration_us: Micros
    next_us: Micros
    notes: tuple[str, ...] = ()


def plan_pieces(
    pieces: Sequence[str],
    tempo: TempoMap,
    *,
    duration_us: Micros,
    first_number: int,
    seed: int = 0,
    fades: Fades | None = None,
    goes_round: bool = False,
) -> Programme:
    """Compose built-in pieces along an arc.

    One piece is composed along the whole arc. Several share its time evenly, and
    each step of the arc begins an item of its own; changes fall on downbeats of the
    piece that ends, so that both pieces' beats meet in the crossfade.

    Parameters
    ----------
    pieces : sequence of str
        Names from the catalogue, in the order wanted; they come again where steps need more.
    tempo : TempoMap
        The arc, from the programme's start.
    duration_us : Micros
        Length of the programme.
    first_number : int
        Number of the first item and its grid; the others follow.
    seed : int
        Another seed gives another performance.
    goes_round : bool
        The last item sounds on past the end, for another round to be faded over it.

    Raises
    ------
    MusicError
        If there is no piece, one is not known, or the arc leaves the built-in range.

    Examples
    --------
    >>> arc = TempoMap.of((0, 76.0), (600_000_000, 66.0))
    >>> programme = plan_pieces(["harbour"], arc, duration_us=600_000_000, first_number=1000)
    >>> [(item.title, item.planned_bpm) for item in programme.items]
    [('Harbour', (76.0, 66.0))]
    """
    fades = fades or Fades()
    if not pieces:
        raise MusicError("The programme names no piece.", "Add at least one.")
    for point in tempo.points:
        if not LOWEST_BPM <= point.bpm <= HIGHEST_BPM:
            raise MusicError(
                f"Built-in pieces cannot play at {point.bpm:g} BPM.",
                f"Keep the arc between {LOWEST_BPM:g} and {HIGHEST_BPM:g}.",
            )
    steps = frozenset(jumps(tempo))
    marks = _boundaries(steps, len(pieces), duration_us)
    items: list[ProgrammeItem] = []
    start_us, fade_in_us = 0, 0
    for index, (mark, until) in enumerate(pairwise(marks)):
        piece = find_piece(pieces[index % len(pieces)])
        last = index == len(marks) - 2
        own = _own_tempo(tempo, start_us, mark, until, steps, last=last)
        if last:
            end_us, fade_us = int(duration_us), min(fades.end_us, (duration_us - start_us) // 2)
            tail_us = fades.crossfade_us + fades.end_us if goes_round else 0
        else:
            end_us = _downbeat_near(own, start_us, until, piece.beats_per_bar)
            shorter = min(b - a for a, b in pairwise(marks[index : index + 3]))
            fade_us = tail_us = min(fades.crossfade_us, shorter // 3)
        items.append(
            _item(
                piece,
                own,
                number=first_number + index,
                start_us=Micros(start_us),
                duration_us=Micros(end_us - start_us + tail_us),
                heard_us=Micros(end_us - start_us),
                fades=(Micros(fade_in_us), Micros(fade_us)),
                key=_varied_key(piece.default_key, index // len(pieces)),
                seed=seed * 1000 + index,
            )
        )
        start_us, fade_in_us = end_us, fade_us
    return Programme(items=tuple(items), duration_us=duration_us, next_us=duration_us)


def _boundaries(steps: frozenset[Micros], pieces: int, duration_us: int) -> list[int]:
    """Give where items begin and the last one ends: at steps, and evenly for several pieces."""
    marks = [0, *sorted(at for at in steps if 0 < at < duration_us), duration_us]
    for part in range(1, pieces):
        at = duration_us * part // pieces
        if min(abs(at - mark) for mark in marks) >= SHORTEST_STRETCH_US:
            marks.append(at)
    return sorted(marks)


def _own_tempo(
    tempo: TempoMap, start_us: int, mark: int, until: int, steps: frozenset[Micros], *, last: bool
) -> TempoMap:
    """Give an item's tempo in its own time; it keeps off the far side of steps at its ends."""
    begin = max(start_us, mark) if mark in steps else start_us
    after = [at for at in steps if at > begin]
    end = until if until in steps or last else min([*after, 1 << 60])
    end = min(end, max(until, int(tempo.points[-1].t_us)))
    part = slice_tempo(tempo, begin, max(end, begin + 1))
    if begin == start_us:
        return part
    shift = begin - start_us
    points = [TempoPoint(t_us=Micros(p.t_us + shift), bpm=p.bpm) for p in part.points]
    return TempoMap([TempoPoint(t_us=Micros(0), bpm=points[0].bpm), *points])


def _downbeat_near(own: TempoMap, start_us: int, until: int, beats_per_bar: int) -> int:
    """Give the downbeat of an item nearest to a time of the programme."""
    bars = max(1, round(own.beat_at(until - start_us) / beats_per_bar))
    return start_us + own.time_of(bars * beats_per_bar)


def _item(
    piece: Piece,
    own: TempoMap,
    *,
    number: int,
    start_us: Micros,
    duration_us: Micros,
    heard_us: Micros,
    fades: tuple[Micros, Micros],
    key: str,
    seed: int,
) -> ProgrammeItem:
    fade_in_us, fade_out_us = fades
    ends = own.bpm_at(0), own.bpm_at(heard_us)
    return ProgrammeItem(
        item=number,
        source=BuiltinSource(
            piece=piece.name, tempo=own.points, duration_us=duration_us, key=key, seed=seed
        ),
        title=piece.title,
        start_us=start_us,
        duration_us=duration_us,
        fade_in_us=fade_in_us,
        fade_out_us=fade_out_us,
        grid=number,
        beats_us=tuple(own.beats_until(duration_us)),
        beats_per_bar=piece.beats_per_bar,
        planned_bpm=(round(ends[0], 2), round(ends[1], 2)),
    )


def _varied_key(default: str, times_before: int) -> str:
    """Give a piece's own key at first, then keys ever further round the circle of fifths."""
    if times_before == 0:
        return default
    minor = default.endswith("m")
    place = _FIFTHS.index(default.removesuffix("m"))
    away = (times_before + 1) // 2 * (1 if times_before % 2 else -1)
    return _FIFTHS[(place + away) % len(_FIFTHS)] + ("m" if minor else "")
