"""A plan kept as a playlist: what was decided, without what follows from it."""

from pathlib import Path

from mtsession.music.arc import ArcPiece, arc_length, check_arc
from mtsession.music.formats.native import SCHEMA, NativePlaylist, NativeTrack, native_path
from mtsession.music.planning.values import Planned, PlannedItem, Rules
from mtsession.timeline.units import MINUTE, SECOND

HEAD = """\
A programme of recordings along an arc. Change, move or take out what you like:
starts, rates and crossfades are worked out anew each time it is opened.
"""


def freeze(planned: Planned, folder: Path, *, title: str = "") -> NativePlaylist:
    """Make a native playlist of a plan; laid out again it is the same programme.

    Parameters
    ----------
    folder : Path
        Where the playlist is to lie: recordings below it are named from there.
    """
    rules = planned.rules
    return NativePlaylist(
        schema=SCHEMA,
        title=title,
        arc=_lengthened(planned),
        start_bpm=planned.start_bpm,
        allow_fast=_is_fast(planned),
        lowest_rate=rules.lowest_rate,
        highest_rate=rules.highest_rate,
        words_may_change=not rules.words_whole,
        crossfade_s=rules.crossfade_s,
        end_fade_s=rules.end_fade_s,
        track=tuple(_track(item, folder) for item in planned.items),
    )


def _is_fast(planned: Planned) -> bool:
    """Tell whether the arc changes faster than is usual; it was asked for like that."""
    try:
        check_arc(planned.pieces, allow_fast=False, start_bpm=planned.start_bpm)
    except ValueError:
        return True
    return False


def rules_of(playlist: NativePlaylist) -> Rules:
    """Give what a native playlist lets the planner do."""
    rates = playlist.lowest_rate, playlist.highest_rate
    words = rates if playlist.words_may_change else (1.0, 1.0)
    return Rules(
        lowest_rate=rates[0],
        highest_rate=rates[1],
        words_lowest_rate=words[0],
        words_highest_rate=words[1],
        words_whole=not playlist.words_may_change,
        crossfade_s=playlist.crossfade_s,
        end_fade_s=playlist.end_fade_s,
    )


def _lengthened(planned: Planned) -> tuple[ArcPiece, ...]:
    """Give the arc; where the programme was longer, its last tempo is held for the rest."""
    more = planned.duration_us - arc_length(planned.pieces)
    if not planned.pieces or more < SECOND:
        return planned.pieces
    last = float(planned.arc[-1].bpm)
    if planned.pieces[-1].hold == last:
        minutes = planned.pieces[-1].minutes + more / MINUTE
        return (*planned.pieces[:-1], ArcPiece(hold=last, minutes=minutes))
    return (*planned.pieces, ArcPiece(hold=last, minutes=more / MINUTE))


def _track(item: PlannedItem, folder: Path) -> NativeTrack:
    one = item.material
    first = None
    if one.bpm is not None and one.beats_s:
        first = round(one.beats_s[(one.downbeat or 0) % (one.beats_per_bar or 1)], 3)
    return NativeTrack(
        file=native_path(one.path, folder),
        content=one.content,
        title=one.title,
        bpm=one.bpm,
        first_beat_s=first,
        beats_per_bar=one.beats_per_bar,
        duration_s=one.duration_s,
        key=one.key,
        words=one.words,
        gain_db=one.gain_db,
        from_s=one.from_s,
        to_s=one.to_s,
        after_silence=one.after_silence,
    )


def head_of(planned: Planned) -> str:
    """Give the comment that a frozen playlist begins with: what it is, and what is not as asked."""
    notes = "".join(f"\n{note}" for note in planned.notes)
    return HEAD + (f"\nWhen it was planned:{notes}\n" if notes else "")
