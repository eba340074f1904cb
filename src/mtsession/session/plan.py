"""What a session is to be: segments in order, each with the activities that run together.

A plan is a TOML text. It is read strictly: a key that nobody reads is a fault,
and all faults are gathered before any is raised, so that one reading mends the
file. `docs/plans.md` describes the format for people who write plans.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mtsession.errors import MtSessionError
from mtsession.protocol.toml_lines import Path, line_of, lines_of
from mtsession.session.activity import Settings
from mtsession.session.plan_check import (
    Fault,
    PlanFaultsError,
    check_length,
    check_value,
    read_toml,
    told_place,
    unknown_keys,
)
from mtsession.timeline.units import Micros

__all__ = [
    "ActivityPlan",
    "Fault",
    "Plan",
    "PlanFaultsError",
    "SegmentPlan",
    "Settle",
    "check_plan",
    "parse_plan",
]

PLAN_VERSION = 1

Settle = Callable[[str, Any, Micros | None], Settings]
"""Makes settings ready to be used (method, settings, planned time of the segment) or raises.

What it raises may open with the key it speaks of: ``MusicError("`track[0].file`: …", hint)``.
"""


class ActivityPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One activity of a segment."""

    method: str
    settings: Settings

    @property
    def runs_on(self) -> bool:
        """Tell whether it goes on when its segment ends, into the segments after it."""
        return bool(getattr(self.settings, "runs_on", False))


class SegmentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of a session.

    Attributes
    ----------
    planned_us : Micros or None
        How long it lasts; None goes on until the therapist ends it.
    optional : bool
        It may well be left out: `n` goes past it.
    """

    title: str
    planned_us: Micros | None
    optional: bool = False
    activities: tuple[ActivityPlan, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a session is to be.

    Attributes
    ----------
    name : str
        Where it came from, as a person calls it: a file's name without its folder.
    when : str
        One sentence: when a therapist would use it.
    """

    name: str
    title: str
    when: str
    segments: tuple[SegmentPlan, ...]

    @property
    def planned_us(self) -> Micros | None:
        """Give how long the whole plan lasts; None where a segment has no end of its own."""
        lengths = [segment.planned_us for segment in self.segments]
        if any(length is None for length in lengths):
            return None
        return Micros(sum(length for length in lengths if length is not None))

    def to_builtins(self) -> dict[str, Any]:
        """Give plain values, as the journal keeps them."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {"version": PLAN_VERSION, **plain}


def parse_plan(
    text: str,
    *,
    name: str,
    methods: Mapping[str, type[Settings]],
    settle: Settle | None = None,
) -> Plan:
    """Read a plan.

    Parameters
    ----------
    text : str
        TOML, as `docs/plans.md` describes it.
    name : str
        What faults call the plan: its file's name.
    methods : mapping of str to type
        The settings type of each therapy method that there is.
    settle : callable, optional
        Called with each activity's method, settings and planned time; gives the
        settings to keep. The app looks up files and tries the settings here, so
        that such faults too are told with their line.

    Raises
    ------
    PlanFaultsError
        With all faults that could be found, each with line and key.

    Examples
    --------
    >>> class Still(Settings, frozen=True, kw_only=True):
    ...     lamp: bool = False
    >>> text = '''
    ... version = 1
    ... title = "Rest"
    ... when = "At the end of a long day."
    ... [[segment]]
    ... title = "Sit"
    ... minutes = 3
    ... [[segment.activity]]
    ... method = "still"
    ... '''
    >>> parse_plan(text, name="rest.toml", methods={"still": Still}).planned_us
    180000000
    """
    if not text.strip():
        hint = "See the shipped plans for a pattern to follow."
        raise PlanFaultsError(
            (Fault(file=name, line=None, key="", message="The plan is empty.", hint=hint),)
        )
    tree = read_toml(text, name)
    if isinstance(tree, Fault):
        raise PlanFaultsError((tree,))
    reader = _Reader(name, lines_of(text), methods, settle)
    plan = reader.plan(tree)
    if reader.faults:
        raise PlanFaultsError(tuple(sorted(reader.faults, key=lambda fault: fault.line or 0)))
    return plan


def check_plan(
    text: str,
    *,
    name: str,
    methods: Mapping[str, type[Settings]],
    settle: Settle | None = None,
) -> tuple[Fault, ...]:
    """Give the faults of a plan in the order of its lines; none where it is sound."""
    try:
        parse_plan(text, name=name, methods=methods, settle=settle)
    except PlanFaultsError as error:
        return error.faults
    return ()


_TOP_KEYS = ("version", "title", "when", "segment")
_SEGMENT_KEYS = ("title", "minutes", "until", "optional", "activity")


class _Reader:
    """One reading of a plan: what it holds, and what is wrong with it."""

    def __init__(
        self,
        name: str,
        lines: dict[Path, int],
        methods: Mapping[str, type[Settings]],
        settle: Settle | None,
    ) -> None:
        self._name = name
        self._lines = lines
        self._methods = methods
        self._settle = settle
        self.faults: list[Fault] = []

    def fault(self, path: Path, message: str, hint: str = "") -> None:
        """Take down what is wrong at a path."""
        key = ".".join(part for part in path if isinstance(part, str))
        line = line_of(self._lines, path)
        self.faults.append(Fault(file=self._name, line=line, key=key, message=message, hint=hint))

    def plan(self, tree: dict[str, Any]) -> Plan:
        unknown_keys(tree, _TOP_KEYS, (), self.fault)
        version = tree.get("version", 1 if not tree else None)
        if version is None:
            self.fault(("version",), "it is missing.", "Begin the plan with `version = 1`.")
        elif version != PLAN_VERSION or isinstance(version, bool):
            hint = "Write `version = 1`, or get a newer mtsession."
            self.fault(("version",), f"{version} is a version that is not known here.", hint)
        segments = self._tables(tree, "segment", ())
        if not segments and not any(fault.key == "segment" for fault in self.faults):
            hint = "Add a [[segment]] with a title, minutes and a [[segment.activity]]."
            self.fault(("segment",), "the plan has no segment.", hint)
        return Plan(
            name=self._name,
            title=self._text(tree, "title", ()),
            when=self._text(tree, "when", ()),
            segments=tuple(
                self._segment(table, ("segment", place)) for place, table in enumerate(segments)
            ),
        )

    def _segment(self, table: dict[str, Any], path: Path) -> SegmentPlan:
        unknown_keys(table, _SEGMENT_KEYS, path, self.fault)
        title = self._text(table, "title", path)
        planned = check_length(table, path, self.fault)
        optional = table.get("optional", False)
        if not isinstance(optional, bool):
            self.fault((*path, "optional"), "it must be true or false.")
        activities = self._tables(table, "activity", path)
        if not activities and "activity" not in table:
            hint = 'Add a [[segment.activity]], if only with method = "words".'
            self.fault((*path, "activity"), "the segment has no activity.", hint)
        self._check_once(activities, path)
        return SegmentPlan(
            title=title,
            planned_us=planned,
            optional=optional is True,
            activities=tuple(
                made
                for place, each in enumerate(activities)
                if (made := self._activity(each, (*path, "activity", place), planned)) is not None
            ),
        )

    def _check_once(self, activities: list[dict[str, Any]], path: Path) -> None:
        """Refuse a method that runs twice at once: the second would end the first."""
        methods = [each.get("method") for each in activities]
        for place, method in enumerate(methods):
            if method is not None and method in methods[:place]:
                hint = "Give it a segment of its own, or leave it out."
                where = (*path, "activity", place, "method")
                self.fault(where, f"the segment holds “{method}” already.", hint)

    def _activity(
        self, table: dict[str, Any], path: Path, planned: Micros | None
    ) -> ActivityPlan | None:
        method = table.get("method")
        known = ", ".join(sorted(self._methods))
        if method is None:
            self.fault((*path, "method"), "the activity has no method.", f"Choose from: {known}.")
            return None
        kind = self._methods.get(method) if isinstance(method, str) else None
        if kind is None:
            hint = f"Choose from: {known}."
            self.fault((*path, "method"), f"“{method}” is no method here.", hint)
            return None
        own = {key: value for key, value in table.items() if key != "method"}
        settings = check_value(own, kind, path, self.fault)
        if settings is None:
            return None
        if self._settle is not None:
            try:
                settings = self._settle(method, settings, planned)
            except MtSessionError as error:
                place, message = told_place(error.message)
                self.fault((*path, *place), message, error.hint)
                return None
        return ActivityPlan(method=method, settings=settings)

    def _tables(self, table: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
        """Give an array of tables, without what is none."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            head = ".".join(part for part in (*path, key) if isinstance(part, str))
            self.fault((*path, key), "it must be a list of tables.", f"Write it as [[{head}]].")
            return []
        return value

    def _text(self, table: dict[str, Any], key: str, path: Path) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            what = "is missing" if value is None else "must be some words in quotes"
            self.fault((*path, key), f"it {what}.", f'Write it as {key} = "…".')
            return ""
        return value
