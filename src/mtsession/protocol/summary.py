"""The summary of a session, as a value: what `report` draws and the vault keeps."""

from typing import Literal

import msgspec

from mtsession.protocol.sections import Section
from mtsession.timeline.clock import WallTime
from mtsession.timeline.events import EndReason
from mtsession.timeline.units import Micros

SUMMARY_VERSION = 1


class CourseLine(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of the session: planned and done."""

    title: str
    planned_us: Micros | None
    done_us: Micros


class MarkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One marker that stands, with its wall time."""

    t_us: Micros
    wall: WallTime | None
    label: str


class MeasureLine(msgspec.Struct, frozen=True, kw_only=True):
    """One rating, before and after; None where it was not given."""

    measure: str
    source: str
    before: float | None
    after: float | None


class NoticeLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something technical that bears on the record: a lost port, a silent output."""

    t_us: Micros
    text: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A session's summary, made from its events alone.

    Attributes
    ----------
    signed : bool
        Always False here: a summary is a draft until the therapist signs it.
    ended : EndReason or None
        None where the session was interrupted and never ended.
    """

    version: int = SUMMARY_VERSION
    session: str
    client: str | None
    started: WallTime | None
    ended_at: WallTime | None
    duration_us: Micros
    plan_title: str
    course: tuple[CourseLine, ...]
    sections: tuple[Section, ...]
    marks: tuple[MarkLine, ...]
    measures: tuple[MeasureLine, ...]
    notes: tuple[str, ...]
    notices: tuple[NoticeLine, ...]
    captured: tuple[str, ...]
    not_captured: tuple[str, ...]
    ended: EndReason | None
    app_version: str
    signed: Literal[False] = False
