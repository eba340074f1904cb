"""Draws the whole session as one frozen value for the screen."""

from dataclasses import dataclass, field
from typing import Literal

from mtsession.protocol import reports as rep
from mtsession.protocol.views import (
    ActivityPanel,
    AnyActivityView,
    CourseSegment,
    MarkView,
    SessionView,
)
from mtsession.session.runner import SessionRunner
from mtsession.timeline import events as ev
from mtsession.timeline.clock import WallTime
from mtsession.timeline.units import SECOND, Micros

STARTING = "starting"
"""What is named in place of an output while the sound comes up."""

NOTICE_STAYS_US = 20 * SECOND


@dataclass
class Surroundings:
    """What is known of the laptop around the session."""

    battery: str | None = None
    said: list[ev.Noticed] = field(default_factory=list)


def snapshot(
    runner: SessionRunner,
    *,
    now_us: Micros,
    wall: WallTime,
    client: str | None,
    ready: rep.EngineReady | None,
    status: rep.Status | None,
    record: str,
    surroundings: Surroundings,
) -> SessionView:
    """Give what the screen shows at this moment."""
    state = runner.state
    level = state.level_db if state.level_db is not None else 0.0
    return SessionView(
        t_us=now_us,
        state=_course_word(state.course),
        plan_title=runner.plan.title,
        client=client,
        wall_time=wall.local().strftime("%H:%M"),
        course=_course(runner, now_us),
        panels=_panels(runner, now_us),
        marks=tuple(
            MarkView(marker=mark.marker, t_us=mark.t_us, label=mark.label)
            for mark in state.marks.values()
        ),
        level_db=level,
        meter_dbfs=None if status is None else status.level_dbfs,
        quiet=state.quiet,
        ducked=bool(state.ducked_by),
        sound=STARTING if ready is None else ready.output,
        sound_silent=ready is not None and ready.silent,
        notices=_notices(runner, now_us, ready, surroundings),
        battery=surroundings.battery,
        record=record,
        sound_waits=state.waits_for_sound,
        meter_rms_dbfs=None if status is None else status.rms_dbfs,
    )


def _course_word(course: str) -> Literal["ready", "running", "paused", "ended"]:
    match course:
        case "running":
            return "running"
        case "paused":
            return "paused"
        case "ended":
            return "ended"
        case _:
            return "ready"


def _course(runner: SessionRunner, now_us: Micros) -> tuple[CourseSegment, ...]:
    state = runner.state
    course = []
    for index, segment in enumerate(runner.plan.segments):
        methods = tuple(activity.method for activity in segment.activities)
        number = runner.first + index
        known = state.segments.get(number)
        if known is None:
            word, done = "ahead", Micros(0)
        elif number == state.segment:
            word, done = "now", state.segment_elapsed(now_us)
        else:
            word, done = "done", state.done_us(number)
        course.append(
            CourseSegment(
                title=segment.title,
                planned_us=segment.planned_us,
                state="now" if word == "now" else "done" if word == "done" else "ahead",
                done_us=done,
                methods=methods,
            )
        )
    return tuple(course)


def _panels(runner: SessionRunner, now_us: Micros) -> tuple[ActivityPanel, ...]:
    panels = []
    for number, running in runner.running.items():
        view = running.activity.view(now_us)
        if isinstance(view, AnyActivityView):
            panels.append(
                ActivityPanel(
                    activity=number,
                    method=running.method.name,
                    title=runner.state.activities[number].title,
                    view=view,
                    actions=tuple((act.name, act.key, act.label) for act in running.method.actions),
                )
            )
    return tuple(panels)


def _notices(
    runner: SessionRunner,
    now_us: Micros,
    ready: rep.EngineReady | None,
    surroundings: Surroundings,
) -> tuple[str, ...]:
    """Give the sentences that matter now: lasting ones first, then what was said just before."""
    lasting = []
    if ready is not None and ready.silent:
        lasting.append(f"{ready.message} {ready.hint}".strip())
    recent = [
        f"{notice.message} {notice.hint}".strip()
        for notice in runner.state.notices
        if now_us - notice.t_us < NOTICE_STAYS_US
    ]
    before = [f"{notice.message} {notice.hint}".strip() for notice in surroundings.said]
    return tuple(dict.fromkeys([*lasting, *before, *recent]))
