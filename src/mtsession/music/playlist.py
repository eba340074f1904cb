"""The therapist's own recordings, put in order so that their tempi follow an arc.

Recordings play at their own tempo here; only their order and places are chosen.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from mtsession.errors import MusicError
from mtsession.music.programme import Fades, Programme
from mtsession.music.track import Track
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND, Micros, seconds

Order = Literal["arc", "as listed"]

MOST_FOR_EXACT = 7
"""Up to so many tracks every order is tried; with more, each place takes the nearest tempo left."""

NO_ROOM = "the time is full before it."

TELLING_BPM = 6.0
"""How far a track may lie from the arc before the therapist is told."""


def plan_tracks(
    tracks: Sequence[Track],
    tempo: TempoMap | None,
    *,
    duration_us: Micros | None,
    first_number: int,
    order: Order = "arc",
    repeat: bool = False,
    fades: Fades | None = None,
) -> Programme:
    """Lay recordings out in time.

    Parameters
    ----------
    tracks : sequence of Track
        With their lengths looked up.
    tempo : TempoMap or None
        The arc; without one they play as listed.
    duration_us : Micros or None
        Length of the programme; None plays each track once.
    order : {"arc", "as listed"}
        With "arc", up to 7 tracks are tried in every order, and the one with the least sum
        of |tempo - arc| times heard length is taken; with more tracks, each place takes the
        track left whose tempo is nearest. Tracks of unknown tempo come last.
    repeat : bool
        Play them again, in the same order, until the programme is full.

    Raises
    ------
    MusicError
        If there is no track.
    """
    fades = fades or Fades()
    if not tracks:
        raise MusicError("The programme names no track.", "Add at least one sound file.")
    overlap_us = min([fades.crossfade_us, *(track.duration_us // 3 for track in tracks)])
    chosen = list(tracks)
    if order == "arc" and tempo is not None:
        chosen = order_by_arc(tracks, tempo, duration_us=duration_us, overlap_us=overlap_us)
    items: list[ProgrammeItem] = []
    for track in _in_turn(chosen, repeat=repeat and duration_us is not None):
        start_us = _next_start(items, track, overlap_us)
        if duration_us is not None and start_us >= duration_us:
            break
        if items:
            items[-1] = _ending_at(items[-1], start_us + overlap_us, overlap_us)
        number, fade_in_us = first_number + len(items), overlap_us if items else 0
        items.append(_item(track, start_us=start_us, number=number, fade_in_us=fade_in_us))
    if duration_us is not None and end_of(items[-1]) > duration_us:
        items[-1] = _ending_at(items[-1], duration_us, fades.end_us)
    if len(items) > 1 and duration_us is not None and end_of(items[-2]) > duration_us:
        # What begins in the last seconds would only be heard as a change of mind.
        del items[-1]
        items[-1] = _ending_at(items[-1], duration_us, fades.end_us)
    notes = tuple(_notes(chosen, items, tempo, duration_us))
    full_us = end_of(items[-1])
    next_us = Micros(max(0, full_us - overlap_us))
    return Programme(items=tuple(items), duration_us=full_us, next_us=next_us, notes=notes)


def order_by_arc(
    tracks: Sequence[Track], tempo: TempoMap, *, duration_us: Micros | None, overlap_us: int
) -> list[Track]:
    """Give the tracks in the order that keeps nearest to an arc; unknown tempi last."""
    known = [track for track in tracks if track.bpm is not None]
    rest = [track for track in tracks if track.bpm is None]
    end_us = duration_us if duration_us is not None else 1 << 60
    if len(known) <= MOST_FOR_EXACT:
        return _best_order(known, tempo, end_us, overlap_us) + rest
    chosen: list[Track] = []
    left, at = known, 0
    while left:
        best = min(left, key=lambda track: _distance(track, tempo, at, end_us))
        left = [track for track in left if track is not best]
        chosen.append(best)
        at += best.duration_us - overlap_us
    return chosen + rest


def _best_order(
    tracks: Sequence[Track], tempo: TempoMap, end_us: int, overlap_us: int
) -> list[Track]:
    """Try every order, leaving off as soon as one is dearer than the best so far."""
    best: tuple[float, tuple[int, ...]] = (float("inf"), ())

    def go(order: tuple[int, ...], at: int, cost: float) -> None:
        nonlocal best
        if cost >= best[0]:
            return
        if len(order) == len(tracks) or at >= end_us:
            best = (cost, order)
            return
        for index, track in enumerate(tracks):
            if index not in order:
                heard = min(track.duration_us, end_us - at)
                more = _distance(track, tempo, at, end_us) * heard
                go((*order, index), at + track.duration_us - overlap_us, cost + more)

    go((), 0, 0.0)
    left = [index for index in range(len(tracks)) if index not in best[1]]
    return [tracks[index] for index in (*best[1], *left)]


def _distance(track: Track, tempo: TempoMap, at: int, end_us: int) -> float:
    """Give how far a track's tempo is from the arc's in the middle of where it is heard."""
    middle = at + min(int(track.duration_us), max(1, end_us - at)) // 2
    return abs((track.bpm or 0.0) - tempo.bpm_at(middle))


def _in_turn(tracks: Sequence[Track], *, repeat: bool) -> Iterator[Track]:
    yield from tracks
    while repeat:
        yield from tracks


def end_of(item: ProgrammeItem) -> Micros:
    """Give when an item is over, in the programme's time."""
    return Micros(item.start_us + item.duration_us)


def _next_start(items: Sequence[ProgrammeItem], track: Track, overlap_us: int) -> int:
    """Give when a track begins after those placed, its first downbeat on one of theirs."""
    if not items:
        return 0
    before = items[-1]
    latest = end_of(before) - overlap_us
    beats = track.beats_us()
    if not before.beats_us or not beats or before.beats_per_bar is None:
        return latest
    downbeats = before.beats_us[:: before.beats_per_bar]
    fitting = [at for at in downbeats if before.start_us + at - beats[0] <= latest]
    if not fitting:
        return latest
    start = before.start_us + fitting[-1] - beats[0]
    # A pickup of many seconds would eat the track before it: then the ends meet as they are.
    return start if latest - start <= 8 * SECOND else latest


def _item(track: Track, *, start_us: int, number: int, fade_in_us: int) -> ProgrammeItem:
    beats = track.beats_us()
    return ProgrammeItem(
        item=number,
        source=FileSource(path=track.file),
        title=track.name,
        start_us=Micros(start_us),
        duration_us=track.duration_us,
        fade_in_us=Micros(fade_in_us),
        gain_db=track.gain_db,
        grid=number if beats else None,
        beats_us=beats,
        beats_per_bar=track.beats_per_bar if beats else None,
        planned_bpm=None if track.bpm is None else (track.bpm, track.bpm),
        content_hash=track.content_hash,
    )


def _ending_at(item: ProgrammeItem, end_us: int, fade_us: int) -> ProgrammeItem:
    """End an item at a time of the programme, with a fade."""
    length = end_us - item.start_us
    fade = min(fade_us, length - item.fade_in_us)
    return msgspec.structs.replace(item, duration_us=Micros(length), fade_out_us=Micros(fade))


def _notes(
    chosen: Sequence[Track],
    items: Sequence[ProgrammeItem],
    tempo: TempoMap | None,
    duration_us: Micros | None,
) -> Iterator[str]:
    """Say what could not be done as asked."""
    for track in chosen[len(items) :]:
        yield f"“{track.name}” is not played: {NO_ROOM}"
    full = end_of(items[-1])
    if duration_us is not None and full < duration_us:
        yield f"The tracks last {_clock(full)} of {_clock(duration_us)}; after that it is silent."
    if len(items) > len(chosen):
        yield "The tracks are shorter than the time, so they are played again."
    if tempo is None:
        return
    for item in items[: len(chosen)]:
        planned = tempo.bpm_at(item.start_us + item.duration_us // 2)
        if item.planned_bpm is None:
            yield f"The tempo of “{item.title}” is not known, so it has no place in the arc."
        elif abs(item.planned_bpm[0] - planned) > TELLING_BPM:
            own = item.planned_bpm[0]
            yield f"“{item.title}” is at {own:.0f} BPM where the arc is at {planned:.0f}."


def _clock(us: int) -> str:
    return f"{us // MINUTE}:{int(seconds(us % MINUTE)):02d}"
