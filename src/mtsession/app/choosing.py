"""Fills in what listening settings ask of library and playlists, to be complete."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from mtsession.activities.listening.programmes import take_listed
from mtsession.activities.listening.settings import DEFAULT_PIECES, ListeningSettings
from mtsession.activities.listening.wish import LibraryWish
from mtsession.app.filling import RecordingsOf
from mtsession.app.paths import Places, places
from mtsession.errors import MtSessionError, MusicError
from mtsession.music.formats.freezing import rules_of
from mtsession.music.formats.native import NativePlaylist, NativeTrack
from mtsession.music.formats.playlist_file import PlaylistFaultsError, PlaylistFile
from mtsession.music.formats.reading import read_playlist
from mtsession.music.found import UNKNOWN_GAIN_DB, Finder, Measure, not_measured
from mtsession.music.planner import Material, Planned, material, plan_programme
from mtsession.music.recording import Recording, Taste
from mtsession.music.resolve import resolve_tracks
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros

SPARES = 12
"""How many recordings are kept at hand for what is skipped or fails."""

LIKED_BPM = 4.0
"""How much further from the arc a liked recording may lie than another to be kept at hand."""

NOTHING_FITS = "nothing in the library suits this arc"
WIDEN = (
    "Add recordings near its tempi (mtsession library scan), allow a wider rate or more labels, "
    "or change the arc."
)


def library_recordings(folders: Places | None = None) -> tuple[Recording, ...]:
    """Give the recordings of a library, this user's by default; none where there is none yet."""
    # The catalogue is opened only for plans that ask for it.
    from mtsession.app.library import CATALOGUE, Library  # noqa: PLC0415

    folders = folders or places()
    if not (folders.data / CATALOGUE).exists():
        return ()
    with Library(folders) as library:
        return library.recordings()


def choose(
    settings: ListeningSettings,
    wish: LibraryWish,
    *,
    planned_us: Micros | None,
    recordings: Sequence[Recording],
    taste: Taste | None,
) -> tuple[ListeningSettings, Planned]:
    """Choose recordings of the library along the arc of some settings.

    Raises
    ------
    MusicError
        Opening with the key `library`, if nothing there suits the arc.
    """
    usable, left_out = material(recordings, taste, target_lufs=settings.target_lufs)
    labels = {each.content: each.labels for each in recordings}
    wished = [each for each in usable if wish.wants(each, labels[each.content])]
    if not wished:
        few = "is empty" if not recordings else "holds no recording that may be played here"
        raise MusicError(f"`library`: the library {few}.", WIDEN)
    rules = wish.rules(crossfade_s=settings.crossfade_s, end_fade_s=settings.end_fade_s)
    planned = plan_programme(
        wished,
        settings.arc,
        msgspec.structs.replace(rules, fade_in_s=settings.fade_in_s),
        start_bpm=settings.start_bpm,
        duration_us=settings.length_us(planned_us),
    )
    if not planned.items:
        raise MusicError(f"`library`: {NOTHING_FITS}.", WIDEN)
    return msgspec.structs.replace(
        settings,
        material=tuple(item.material for item in planned.items),
        spare=_spares(wished, planned),
        rules=planned.rules,
        notes=(*planned.notes, *left_out),
    ), planned


def take_tracks(
    settings: ListeningSettings,
    folder: Path,
    *,
    planned_us: Micros | None,
    recordings: RecordingsOf,
    taste: Taste | None,
    measure: Measure,
) -> ListeningSettings:
    """Look up the files that a plan lists, in the library and on the disk, and put them in order.

    Raises
    ------
    MusicError
        Opening with the key of the file at fault, or if none may be played.
    """
    written = settings.track or ()
    looked_up = resolve_tracks(written, folder)
    finder = Finder(recordings(), taste, target_lufs=settings.target_lufs, measure=measure)
    listed = [
        finder.listed(track, found, f"track[{place}]")
        for place, (track, found) in enumerate(zip(written, looked_up, strict=True))
    ]
    playable = [one for one in listed if not finder.is_never(one)]
    if not playable:
        raise MusicError("`track`: none of them may be played.", "Choose other recordings.")
    never = len(listed) - len(playable)
    notes = (f"Left out: {never} must never be played.",) if never else ()
    notes = (*notes, *_heard_otherwise(finder))
    settings = msgspec.structs.replace(settings, track=looked_up, notes=notes)
    return take_listed(settings, playable, planned_us)


def take_playlist(
    settings: ListeningSettings,
    path: Path,
    *,
    recordings: RecordingsOf,
    taste: Taste | None,
    strict: bool,
    measure: Measure = not_measured,
) -> ListeningSettings:
    """Take the recordings of a playlist, in its order, and its arc where there is no other.

    Parameters
    ----------
    measure : callable
        Measures what the library does not know.
    strict : bool
        Refuse a playlist of which anything is missing; else play what is there and say so.

    Raises
    ------
    MusicError
        If it cannot be read, or (strictly, or where nothing is left) recordings are missing.
    """
    file = read_playlist(path)
    native = file.native or _as_native(file, settings)
    if file.faults and (strict or native is None):
        raise PlaylistFaultsError(file.faults)
    if native is None:
        raise MusicError(f"{path.name} names no recording.", "Add the path of a sound file.")
    finder = Finder(recordings(), taste, target_lufs=settings.target_lufs, measure=measure)
    found: list[Material] = []
    notes: list[str] = []
    for place, track in enumerate(native.track):
        try:
            one = finder.find(track, path.absolute().parent, f"track[{place}]")
        except MusicError as error:
            if strict:
                raise MusicError(f"{path.name}: {error.message}", error.hint) from None
            notes.append(f"Left out: {error.message.partition(': ')[2]}")
            continue
        if finder.is_never(one):
            notes.append("Left out: 1 must never be played.")
            continue
        found.append(one)
    if not found:
        raise MusicError(f"Nothing of {path.name} can be played.", " ".join(notes[:1]))
    return msgspec.structs.replace(
        settings,
        arc=settings.arc or native.arc,
        start_bpm=settings.start_bpm if settings.arc else native.start_bpm,
        allow_fast=settings.allow_fast or native.allow_fast,
        crossfade_s=native.crossfade_s,
        end_fade_s=native.end_fade_s,
        material=tuple(found),
        rules=msgspec.structs.replace(rules_of(native), fade_in_s=settings.fade_in_s),
        notes=(*notes, *_heard_otherwise(finder)),
    )


def _heard_otherwise(finder: Finder) -> tuple[str, ...]:
    """Say what ends early, and what plays at a level that nobody measured."""
    if not finder.unmeasured:
        return tuple(finder.damaged)
    first, *more = finder.unmeasured
    named = f"“{first}” and {len(more)} more" if more else f"“{first}”"
    play = "they play" if more else "it plays"
    return (
        *finder.damaged,
        f"The loudness of {named} was not measured, so {play} {-UNKNOWN_GAIN_DB:.0f} dB softer "
        "than recorded. Scanning the folder once measures it: mtsession library scan.",
    )


def built_in_instead(settings: ListeningSettings, error: MtSessionError) -> ListeningSettings:
    """Let a built-in piece play along the same arc, and say so: a session starts with one key.

    Raises
    ------
    MtSessionError
        The error itself, where there is no arc that built-in pieces could follow.
    """
    why = error.message.partition("`: ")[2] or error.message
    try:
        return ListeningSettings(
            pieces=DEFAULT_PIECES,
            arc=settings.arc,
            start_bpm=settings.start_bpm,
            repeat=settings.repeat,
            runs_on=settings.runs_on,
            allow_fast=settings.allow_fast,
            crossfade_s=settings.crossfade_s,
            fade_in_s=settings.fade_in_s,
            end_fade_s=settings.end_fade_s,
            notes=(f"Built-in music plays: {why}",),
        )
    except ValueError:
        raise error from None


def _as_native(file: PlaylistFile, settings: ListeningSettings) -> NativePlaylist | None:
    """Give the recordings of another format as a native playlist has them, by the plan's rules."""
    tracks = tuple(NativeTrack(file=entry.path, title=entry.title) for entry in file.entries)
    if not tracks:
        return None
    return NativePlaylist(
        schema=1,
        title=file.title or "",
        track=tracks,
        lowest_rate=settings.lowest_rate,
        highest_rate=settings.highest_rate,
        crossfade_s=settings.crossfade_s,
        end_fade_s=settings.end_fade_s,
    )


def _spares(wished: Sequence[Material], planned: Planned) -> tuple[Material, ...]:
    """Give recordings that suit the arc best among those not played, evenly along it."""
    played = {item.material.content for item in planned.items}
    left = [each for each in wished if each.content not in played]
    if len(left) <= SPARES:
        return tuple(left)
    tempo = TempoMap(planned.arc)
    chosen: dict[str, Material] = {}
    for step in range(SPARES):
        bpm = tempo.bpm_at(planned.duration_us * step // (SPARES - 1))
        fresh = [each for each in left if each.content not in chosen]
        best = min((_distance(each, bpm), place) for place, each in enumerate(fresh))
        chosen[fresh[best[1]].content] = fresh[best[1]]
    return tuple(chosen.values())


def _distance(one: Material, bpm: float) -> float:
    return abs((one.bpm or 0.0) - bpm) - LIKED_BPM * one.liking
