"""Finds plans, reads them with the methods there are, and looks up the files they name."""

import codecs
from pathlib import Path

import msgspec

from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.app.paths import shipped_plans
from mtsession.app.registry import METHODS
from mtsession.errors import PlanError
from mtsession.session.activity import ActivityContext, Settings
from mtsession.session.plan import Plan, parse_plan
from mtsession.timeline.units import Micros

LARGEST_BYTES = 1_000_000
CHOOSE = "Choose a plan: a text file ending in .toml."
SAVE_AS = "Save it as UTF-8 text."
OPEN_ENDED_US = 1 << 60
NO_PLAN = Plan(name="", title="No plan", when="", segments=())


class ShippedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that comes with mtsession."""

    path: Path
    plan: Plan


def load_plan(path: Path) -> Plan:
    """Read a plan and settle everything it names.

    Raises
    ------
    PlanError
        With file, line and key of each fault.
    """
    text = _read(path)
    folder = path.resolve().parent

    def settle(method: str, settings: Settings, planned_us: Micros | None) -> Settings:
        if isinstance(settings, ListeningSettings):
            settings = _resolve(settings, folder)
        METHODS[method].make(settings, ActivityContext(activity=1, planned_us=planned_us))
        return settings

    kinds: dict[str, type[Settings]] = {name: method.settings for name, method in METHODS.items()}
    return parse_plan(text, name=path.name, methods=kinds, settle=settle)


def _read(path: Path) -> str:
    """Read a plan's text, with or without the mark that some editors begin UTF-8 with."""
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


def _resolve(settings: ListeningSettings, folder: Path) -> ListeningSettings:
    # Reading audio files needs libraries that a session on built-in music never loads.
    from mtsession.music.resolve import resolve_settings  # noqa: PLC0415

    return resolve_settings(settings, folder)


def find_plan(name: str) -> Path:
    """Find a plan by path, or a shipped one by its bare name.

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
    if path.parent == Path() and path.suffix == ".toml" and path.stem in shipped:
        return shipped[path.stem]
    hint = f"Give a path, or one of: {', '.join(sorted(shipped))}."
    raise PlanError(f"There is no plan {name or 'without a name'}.", hint)


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
