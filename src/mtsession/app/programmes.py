"""Playlists and programmes as command line and screen use them: check, plan, keep, convert."""

from pathlib import Path

import msgspec

from mtsession.activities.listening.settings import ListeningSettings
from mtsession.app.checking import HasRecordings, check_file, is_plan, recordings_of
from mtsession.app.plans import load_plan, plan_of_recordings
from mtsession.errors import MusicError
from mtsession.music.formats.freezing import freeze, head_of
from mtsession.music.formats.playlist_file import PlaylistFaultsError
from mtsession.music.formats.reading import read_playlist, write_native, write_playlist
from mtsession.music.planner import Planned, lay_out
from mtsession.music.recording import Taste
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem
from mtsession.protocol.written import Fault
from mtsession.session.plan import Plan
from mtsession.timeline.units import Micros, seconds

__all__ = [
    "Fault", "PlannedFile", "PlannedPart", "PlannedTrack",
    "check_file", "convert", "freeze_file", "freeze_plan", "plan_file", "plan_of_programme",
]  # fmt: skip


class PlannedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a programme, in seconds and beats a minute.

    Attributes
    ----------
    start_bpm, end_bpm : float or None
        Heard tempo; None where it is not known.
    lowest_rate, highest_rate : float
        Heard tempo over its own.
    skip_s : float
        How much of its beginning is left out.
    """

    title: str
    path: str | None
    content: str | None
    start_s: float
    duration_s: float
    skip_s: float
    start_bpm: float | None
    end_bpm: float | None
    lowest_rate: float
    highest_rate: float
    gain_db: float


class PlannedPart(msgspec.Struct, frozen=True, kw_only=True):
    """The programme of one segment.

    Attributes
    ----------
    arc : tuple of (float, float)
        Seconds and beats a minute.
    cost : float or None
        What `docs/programmes.md` describes; None where nothing was chosen by tempo.
    """

    segment: str
    arc: tuple[tuple[float, float], ...]
    tracks: tuple[PlannedTrack, ...]
    notes: tuple[str, ...]
    cost: float | None = None


class PlannedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan or playlist comes to."""

    file: str
    title: str
    parts: tuple[PlannedPart, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Write it for people, a line each."""
        found = [self.title or self.file]
        for part in self.parts:
            found += ["", part.segment, *(_line(track) for track in part.tracks), *part.notes]
        return tuple(found)


def plan_file(
    path: Path, library: HasRecordings | None = None, taste: Taste | None = None
) -> PlannedFile:
    """Give the programmes that a plan or playlist comes to.

    Raises
    ------
    MtSessionError
        If it has faults, or library and arc do not go together.
    """
    plan = load_plan(path, recordings=recordings_of(library), taste=taste, strict=True)
    parts = tuple(_part(*each) for each in _listening(plan))
    if not parts:
        raise MusicError(f"{path.name} holds no listening.", "Choose a plan with music in it.")
    return PlannedFile(file=path.name, title=plan.title, parts=parts)


def freeze_plan(
    path: Path, out: Path, library: HasRecordings | None = None, taste: Taste | None = None
) -> tuple[Path, ...]:
    """Keep what a plan's recordings come to as native playlists, one for each of its programmes.

    Returns
    -------
    tuple of Path
        The files: `out`, and where there are more programmes, the same name with -2, -3 …

    Raises
    ------
    MtSessionError
        If the plan has faults or chooses no recordings, or a file is there already.
    """
    plan = load_plan(path, recordings=recordings_of(library), taste=taste, strict=True)
    chosen = [each for each in _listening(plan) if each[1].material]
    if not chosen:
        raise MusicError(
            f"{path.name} chooses no recordings, so there is nothing to keep.",
            "Give a listening activity a [segment.activity.library].",
        )
    written = []
    for number, (segment, settings, planned_us) in enumerate(chosen, start=1):
        name = out if number == 1 else out.with_stem(f"{out.stem}-{number}")
        planned = _laid_out(settings, planned_us)
        title = plan.title if len(chosen) == 1 else f"{plan.title}, {segment}"
        written.append(freeze_file(planned, name, title=title))
    return tuple(written)


def plan_of_programme(planned: Planned, *, title: str) -> Plan:
    """Make a plan of a programme, to be listened to at once.

    Raises
    ------
    MtSessionError
        If the programme is empty, or cannot be laid out again.
    """
    if not planned.items:
        raise MusicError("The programme is empty.", "Plan one that has recordings in it.")
    kept = freeze(planned, Path(), title=title)
    settings = ListeningSettings(
        arc=kept.arc,
        start_bpm=kept.start_bpm,
        allow_fast=kept.allow_fast,
        crossfade_s=kept.crossfade_s,
        end_fade_s=kept.end_fade_s,
        material=tuple(item.material for item in planned.items),
        rules=planned.rules,
        notes=planned.notes,
    )
    return plan_of_recordings(settings, name="", title=title)


def freeze_file(planned: Planned, path: Path, *, title: str = "") -> Path:
    """Keep a programme as a native playlist that can be edited by hand, and give its path.

    Raises
    ------
    MusicError
        If the name does not end in .toml, or there is such a file already.
    """
    path = path.absolute()
    if path.suffix.lower() != ".toml":
        raise MusicError(f"{path.name} does not end in .toml.", "Choose such a name.")
    if not planned.items:
        raise MusicError("The programme is empty.", "Plan one that has recordings in it.")
    write_native(freeze(planned, path.parent, title=title), path, head_of(planned))
    return path


def convert(path: Path, out: Path) -> int:
    """Write a playlist in another format, and give how many recordings it holds.

    Raises
    ------
    MusicError
        If it cannot be read, has faults, or `out` is there already or of no known format.
    """
    if path.suffix.lower() == ".toml" and is_plan(path):
        raise MusicError(
            f"{path.name} is a plan, not a playlist.",
            "Keep its music first: mtsession playlist plan FILE --freeze OUT.toml.",
        )
    file = read_playlist(path)
    if file.faults:
        raise PlaylistFaultsError(file.faults)
    out = out.absolute()
    write_playlist(file.entries, out, title=file.title)
    return len(file.entries)


Listening = tuple[str, ListeningSettings, Micros | None]


def _listening(plan: Plan) -> list[Listening]:
    return [
        (segment.title, each.settings, segment.planned_us)
        for segment in plan.segments
        for each in segment.activities
        if isinstance(each.settings, ListeningSettings)
    ]


def _laid_out(settings: ListeningSettings, planned_us: Micros | None) -> Planned:
    return lay_out(
        settings.material,
        settings.arc,
        settings.rules,
        start_bpm=settings.start_bpm,
        duration_us=settings.length_us(planned_us),
    )


def _part(segment: str, settings: ListeningSettings, planned_us: Micros | None) -> PlannedPart:
    programme = settings.programme(planned_us=planned_us, first_number=0, seed=0)
    tempo = settings.tempo
    points = tempo.points if tempo else ()
    cost = None
    if settings.material and tempo:
        cost = round(_laid_out(settings, planned_us).cost, 3)
    return PlannedPart(
        segment=segment,
        arc=tuple((seconds(point.t_us), float(point.bpm)) for point in points),
        tracks=tuple(_track(item) for item in programme.items),
        notes=programme.notes,
        cost=cost,
    )


def _track(item: ProgrammeItem) -> PlannedTrack:
    rates = [point.rate for point in item.rate] or [1.0]
    start, end = item.planned_bpm or (None, None)
    built_in = isinstance(item.source, BuiltinSource)
    return PlannedTrack(
        title=item.title,
        path=None if isinstance(item.source, BuiltinSource) else item.source.path,
        content=None if built_in else item.content_hash,
        start_s=seconds(item.start_us),
        duration_s=seconds(item.duration_us),
        skip_s=seconds(item.skip_us),
        start_bpm=start,
        end_bpm=end,
        lowest_rate=round(min(rates), 4),
        highest_rate=round(max(rates), 4),
        gain_db=item.gain_db,
    )


def _line(track: PlannedTrack) -> str:
    """Write a track as a line: when, how long, its tempo, its rate, its title."""
    tempo = "tempo not known"
    if track.start_bpm is not None and track.end_bpm is not None:
        tempo = f"{track.start_bpm:.1f} to {track.end_bpm:.1f} BPM"
        if abs(track.start_bpm - track.end_bpm) < 0.05:
            tempo = f"{track.start_bpm:.1f} BPM"
    rate = ""
    if track.highest_rate - track.lowest_rate > 0.0005:
        rate = f"  rate {track.lowest_rate:.3f} to {track.highest_rate:.3f}"
    elif abs(track.lowest_rate - 1) > 0.0005:
        rate = f"  rate {track.lowest_rate:.3f}"
    times = f"{_clock(track.start_s):>6}  {_clock(track.duration_s):>6}"
    return f"{times}  {tempo:<20}{rate:<22}  {track.title}"


def _clock(time_s: float) -> str:
    whole = round(time_s)
    return f"{whole // 60}:{whole % 60:02d}"
