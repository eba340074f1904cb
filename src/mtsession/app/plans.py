"""Finds plans, reads them with the methods there are, and looks up the files they name."""

import codecs
import re
from pathlib import Path

import msgspec

from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.activities.listening.settings import LEAD_US, ListeningSettings
from mtsession.app.filling import Filler, RecordingsOf, Say, Ways, say_nothing
from mtsession.app.paths import places, shipped_plans
from mtsession.app.registry import METHODS
from mtsession.app.spoken_cues import settle_spoken
from mtsession.errors import MusicError, PlanError
from mtsession.music.arc import arc_length
from mtsession.music.recording import Taste
from mtsession.session.activity import ActivityContext, Settings
from mtsession.session.plan import ActivityPlan, Plan, SegmentPlan, parse_plan
from mtsession.timeline.units import Micros

LARGEST_BYTES = 1_000_000
OTHER_PLAYLISTS = (".m3u", ".m3u8", ".xspf")
CHOOSE = "Choose a plan: a text file ending in .toml."
SAVE_AS = "Save it as UTF-8 text."
OPEN_ENDED_US = 1 << 60
TASTE_LOCKED = (
    "What this client likes and never wants is locked in the vault, so the music was chosen "
    "without it."
)

NO_PLAN = Plan(name="", title="No plan", when="", segments=())


class ShippedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that comes with mtsession."""

    path: Path
    plan: Plan


def load_plan(
    path: Path,
    *,
    start_bpm: float | None = None,
    recordings: RecordingsOf | None = None,
    taste: Taste | None = None,
    client: str | None = None,
    strict: bool = False,
    say: Say = say_nothing,
    measured: bool = True,
) -> Plan:
    """Read a plan, or a playlist as a plan of its own, and settle everything it names.

    Parameters
    ----------
    start_bpm : float, optional
        The tempo to begin with, for arcs that leave it to the session.
    recordings : callable, optional
        Gives the library's recordings, this user's by default; called only where the plan asks
        for them.
    taste : Taste, optional
        What the client likes, dislikes and must never be played.
    client : str, optional
        Whom the music is for. Where that is said and `taste` is not, the programme says that
        nobody looked what must not be played.
    strict : bool
        Take it for a fault where library or playlist cannot give what is asked for. Else what
        can be played is, if need be built-in music on the same arc, and the programme says so.
    say : callable
        Told what takes its time, in a few words.
    measured : bool
        Measure what the plan names and the library does not know, for some seconds at most.

    Raises
    ------
    PlanError
        With file, line and key of each fault.
    """
    ways = Ways(
        start_bpm=start_bpm,
        recordings=recordings,
        taste=taste,
        strict=strict,
        notes=(TASTE_LOCKED,) if client is not None and taste is None else (),
        say=say,
        measured=measured,
    )
    filler = Filler(path.absolute().parent, ways)
    if path.suffix.lower() in OTHER_PLAYLISTS:
        return _plan_of_playlist(path, filler)
    text = read_text(path)
    if is_native_playlist(text):
        return _plan_of_playlist(path, filler)

    def settle(method: str, settings: Settings, planned_us: Micros | None) -> Settings:
        if isinstance(settings, ListeningSettings):
            settings = filler.fill(settings, planned_us)
        if isinstance(settings, BreathingSettings):
            settings = settle_spoken(settings, filler.folder)
        METHODS[method].make(settings, ActivityContext(activity=1, planned_us=planned_us))
        return settings

    kinds: dict[str, type[Settings]] = {name: method.settings for name, method in METHODS.items()}
    return parse_plan(text, name=path.name, methods=kinds, settle=settle)


def is_native_playlist(text: str) -> bool:
    """Tell whether a TOML text is a playlist and no plan: a playlist begins with its schema."""
    return re.search(r"^\s*schema\s*=", text, re.MULTILINE) is not None and not re.search(
        r"^\s*(version\s*=|\[\[segment)", text, re.MULTILINE
    )


def _plan_of_playlist(path: Path, filler: Filler) -> Plan:
    """Make a plan of one segment that plays a playlist."""
    try:
        settings = filler.fill(ListeningSettings(playlist=path.name), None)
    except MusicError as error:
        raise MusicError(error.message.removeprefix("`playlist`: "), error.hint) from None
    return plan_of_recordings(settings, name=path.name, title=title_of_playlist(path))


def plan_of_recordings(settings: ListeningSettings, *, name: str, title: str) -> Plan:
    """Make a plan of one segment in which recordings that were chosen are listened to."""
    programme = settings.programme(planned_us=None, first_number=1000, seed=0)
    activity = ActivityPlan(method="listening", settings=settings)
    # The lead of its start is the segment's, so that nothing is cut.
    lasts = Micros(programme.duration_us + LEAD_US)
    if settings.arc:
        lasts = Micros(arc_length(settings.arc) + LEAD_US)
    settings.length_us(lasts)
    return Plan(
        name=name,
        title=title,
        when=playlist_words(len(settings.material)),
        segments=(SegmentPlan(title="Listen", planned_us=lasts, activities=(activity,)),),
    )


def title_of_playlist(path: Path) -> str:
    """Give the title that a playlist has, else its file's name."""
    from mtsession.music.formats.reading import read_playlist  # noqa: PLC0415 - only for playlists

    return read_playlist(path).title or path.stem


def playlist_words(count: int) -> str:
    """Say in a plan's place how many recordings a playlist holds."""
    return f"A playlist of {count} recording{'' if count == 1 else 's'}."


def takes_recordings(plan: Plan) -> bool:
    """Tell whether recordings of library or playlist were chosen for a plan."""
    return any(
        isinstance(each.settings, ListeningSettings) and each.settings.material
        for segment in plan.segments
        for each in segment.activities
    )


def read_text(path: Path) -> str:
    """Read a plan's text, with or without the mark that some editors begin UTF-8 with.

    Raises
    ------
    PlanError
        If it is no text, too large, or cannot be read.
    """
    if path.is_dir():
        raise PlanError(
            f"{path.name or path} is a folder.", "Choose a plan in it: a text file ending in .toml."
        )
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise PlanError(
            f"The plan {path.name} cannot be read: {reason}.",
            "Check the file and who may read it; `mtsession plans` lists the plans that come with "
            "mtsession.",
        ) from error
    if len(content) > LARGEST_BYTES:
        raise PlanError(
            f"{path.name} is too large to be a plan.",
            "Choose a plan: a text file ending in .toml. A recording is named in one.",
        )
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise PlanError(f"{path.name} is saved as UTF-16.", SAVE_AS)
    if b"\0" in content:
        raise PlanError(f"{path.name} is not a text file.", CHOOSE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlanError(
            f"{path.name}, line {line}: it holds a character that is not UTF-8.", SAVE_AS
        ) from error


def find_plan(name: str) -> Path:
    """Find a plan by path, or by its bare name a shipped one, else one of the therapist's own.

    Raises
    ------
    PlanError
        If there is none.
    """
    path = Path(name)
    shipped = {each.stem: each for each in shipped_plans().glob("*.toml")}
    if name in shipped and not path.is_file():
        return shipped[name]  # a folder of the same name is no plan
    if name and _is_there(path):
        return path
    own = own_files(places().plans) if path.parent == Path() else ()
    for each in own:
        if name == each.name:
            return each
    if path.parent == Path() and path.suffix == ".toml" and path.stem in shipped:
        return shipped[path.stem]
    for each in own:
        if name == each.stem:
            return each
    hint = f"Give a path, or one of: {', '.join((*sorted(shipped), *(e.name for e in own)))}."
    raise PlanError(f"There is no plan {name or 'without a name'}.", hint)


def own_files(folder: Path) -> tuple[Path, ...]:
    """Give the plans and playlists that lie in a folder, by name; none where there is none."""
    try:
        found = [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return ()
    endings = (".toml", *OTHER_PLAYLISTS)
    return tuple(
        sorted(
            path
            for path in found
            if path.suffix.lower() in endings and not path.name.startswith(".")
        )
    )


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # too long a name, or a folder that may not be entered


def list_shipped() -> tuple[ShippedPlan, ...]:
    """Read every plan that comes with mtsession, shortest first, open-ended ones last."""
    plans = [
        ShippedPlan(path=path, plan=load_plan(path)) for path in shipped_plans().glob("*.toml")
    ]
    return tuple(
        sorted(plans, key=lambda each: (each.plan.planned_us or OPEN_ENDED_US, each.plan.name))
    )


def without_cautions(plan: Plan) -> Plan:
    """Give a plan whose activities wait for nobody: for running where nobody can press a key."""
    segments = tuple(
        msgspec.structs.replace(
            segment,
            activities=tuple(
                msgspec.structs.replace(each, settings=_begun(each.settings))
                for each in segment.activities
            ),
        )
        for segment in plan.segments
    )
    return msgspec.structs.replace(plan, segments=segments)


def _begun(settings: Settings) -> Settings:
    if isinstance(settings, BreathingSettings):
        return msgspec.structs.replace(settings, caution=False)
    return settings
