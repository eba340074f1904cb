"""Finds plans, reads them with the methods there are, and looks up the files they name."""

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
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PlanError(
            f"{path.name} is not a text file.", "Choose a plan: a text file ending in .toml."
        ) from error
    except OSError as error:
        raise PlanError(
            f"The plan {path.name} cannot be read: {error.strerror or error}.",
            "Check its name; `mtsession plans` lists the plans that come with mtsession.",
        ) from error
    folder = path.resolve().parent

    def settle(method: str, settings: Settings, planned_us: Micros | None) -> Settings:
        if isinstance(settings, ListeningSettings):
            settings = _resolve(settings, folder)
        METHODS[method].make(settings, ActivityContext(activity=1, planned_us=planned_us))
        return settings

    kinds: dict[str, type[Settings]] = {name: method.settings for name, method in METHODS.items()}
    return parse_plan(text, name=path.name, methods=kinds, settle=settle)


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
    if path.exists():
        return path
    shipped = shipped_plans() / f"{path.stem}.toml"
    if path.parent == Path() and shipped.exists():
        return shipped
    names = ", ".join(sorted(each.stem for each in shipped_plans().glob("*.toml")))
    raise PlanError(f"There is no plan {name}.", f"Give a path, or one of: {names}.")


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
