"""What the guide shows at any moment: a shape that grows and sinks, a word, counts left."""

import math
from typing import Literal

import msgspec

from mtsession.activities.breathing.beats import where
from mtsession.activities.breathing.course import Course
from mtsession.activities.breathing.events import BreathPaced
from mtsession.activities.breathing.patterns import Pattern
from mtsession.activities.breathing.said import State, message
from mtsession.activities.breathing.settings import Rules
from mtsession.protocol.views import BreathingView, Question
from mtsession.timeline.units import MINUTE, Micros

Phase = Literal["inhale", "hold", "exhale", "rest"]
PHASES: tuple[Phase, ...] = ("inhale", "hold", "exhale", "rest")
WORDS: dict[Phase, str] = {
    "inhale": "breathe in",
    "hold": "hold",
    "exhale": "breathe out",
    "rest": "rest",
}

# A frame of the screen is seen for a twentieth of a second: it shows the middle of that.
FRAME_MIDDLE_US = 25_000
ASKS = Question(
    text="How fast does the client breathe?",
    about="Breaths a minute, as you counted them. The guide starts from there.",
    example="14",
)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a breath a moment lies."""

    paced: BreathPaced
    phase: Phase
    fullness: float
    beats_left: int


def moment(course: Course, t_us: int) -> Moment | None:
    """Find the breath and phase of a time; None before the first breath since a start.

    Notes
    -----
    The shape follows a raised cosine over the beats of a phase, so that it
    starts and ends each phase at rest; after a breath's end it stays empty.
    """
    begun = [paced for paced in course.recent if course.span(paced)[0] <= t_us]
    if not begun:
        return None
    paced = begun[-1]
    beat = where(course.grid(paced.grid), t_us)
    start = paced.first_beat
    phase, length = PHASES[0], 1.0
    for phase, counts in zip(PHASES, paced.counts, strict=True):  # noqa: B007 - read after the loop
        length = counts * paced.beats_per_count
        if counts and (beat < start + length or start + length >= paced.end_beat - 1e-9):
            break
        start += length
    share = min(max((beat - start) / length, 0.0), 1.0)
    left = math.ceil((start + length - beat) / paced.beats_per_count - 1e-6)
    return Moment(
        paced=paced, phase=phase, fullness=_fullness(phase, share), beats_left=max(left, 0)
    )


def _fullness(phase: Phase, share: float) -> float:
    """Give how full the shape is at a share of a phase."""
    if phase == "hold":
        return 1.0
    if phase == "rest":
        return 0.0
    rising = 0.5 - 0.5 * math.cos(math.pi * share)
    return rising if phase == "inhale" else 1.0 - rising


def therapist_view(course: Course, rules: Rules, now_us: Micros) -> BreathingView:
    """Give the panel's snapshot."""
    state, frozen_us = _state(course, now_us)
    here = None
    if state in {"pacing", "paused"}:
        here = moment(course, frozen_us + (FRAME_MIDDLE_US if state == "pacing" else 0))
        if state == "pacing" and here is None:
            state = "waiting"
    rate = None
    counts: tuple[int, ...] = ()
    if here is not None:
        starts, ends = course.span(here.paced)
        rate = round(MINUTE / (ends - starts), 1)
        whole = here.paced.counts
        counts = whole if whole[1] or whole[3] else (whole[0], whole[2])
    pattern = rules.pattern(course.pattern)
    return BreathingView(
        state=state,
        phase=here.phase if here else None,
        word=WORDS[here.phase] if here else "",
        fullness=here.fullness if here else 0.0,
        beats_left=here.beats_left if here else 0,
        counts=counts,
        rate=rate,
        target_rate=_target_rate(course, rules, pattern, here),
        breaths=course.whole_breaths(now_us),
        on_the_beat=bool(course.last and course.last.on_the_beat),
        message=message(course, rules, state, here.paced if here else None, now_us),
        pattern=pattern.text,
        half_beats=here is not None and here.paced.beats_per_count != 1.0,
        following=course.following,
        asks=ASKS,
        own_rate=None if course.own_us is None else round(MINUTE / course.own_us, 1),
    )


def _target_rate(course: Course, rules: Rules, pattern: Pattern, here: Moment | None) -> float:
    """Give the rate that the guide is on its way to; 0 where it leads nowhere."""
    if course.following:
        return 0.0
    if pattern.counted and here is not None:
        beats = pattern.beats * here.paced.beats_per_count
        return round(max(here.paced.tempo_bpm / beats, rules.floor), 1)
    if course.own_us is not None:
        return round(max(min(rules.target_rate, MINUTE / course.own_us), rules.floor), 1)
    return rules.target_rate


def _state(course: Course, now_us: Micros) -> tuple[State, Micros]:
    """Give the state as the screen names it, and the time that the guide shows."""
    match course.stage:
        case "caution" | "waiting":
            return course.stage, now_us
        case "paused":
            paused_us = course.pause.t_us if course.pause else now_us
            return "paused", min(now_us, paused_us)
        case "pacing":
            halted = course.halted_us
            return ("pacing", now_us) if halted is None else ("paused", min(now_us, halted))
        case "stopped":
            by_hand = course.ended is None or course.ended.reason is None
            return ("unpaced" if by_hand else "ended"), now_us
        case "ready":
            return "unpaced", now_us
