"""What the therapist may ask of the guide while it runs; it holds from the next breath on."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

from mtsession.activities.breathing.events import (
    BreathTapped,
    Lead,
    OwnRateTapped,
    OwnRateTyped,
    PacingLed,
    PacingResumed,
    PatternChosen,
)
from mtsession.activities.breathing.pacer import Pacer
from mtsession.activities.breathing.patterns import Pattern
from mtsession.activities.breathing.settings import FASTEST, Rules
from mtsession.activities.breathing.taps import add_tap, read_taps
from mtsession.session.activity import NOTHING, Step
from mtsession.timeline.event import Event
from mtsession.timeline.events import Noticed
from mtsession.timeline.units import MINUTE, Micros

SLOWEST_TYPED = 3.0
SHOWN = 12


class Hand:
    """Gives the steps that answer the therapist's keys; the state is the course alone.

    Parameters
    ----------
    rules : Rules
        Patterns and floor.
    pacer : Pacer
        What paces, with its course.
    """

    def __init__(self, rules: Rules, pacer: Pacer) -> None:
        self._rules = rules
        self._pacer = pacer
        self._course = pacer.course
        self._answers: dict[str, Callable[[Micros], Step]] = {
            "clock": self._choose_clock,
            "easier": lambda now_us: self._lean(now_us, "easier"),
            "slower": lambda now_us: self._lean(now_us, "slower"),
            "hold": lambda now_us: self._lean(now_us, "hold"),
            "tap": self._tap,
            "follow": self._follow,
            "swap": self._swap,
        }

    def act(self, now_us: Micros, action: str) -> Step:
        """Do as asked; after the end, and where it means nothing, nothing."""
        ended = self._course.ended
        answer = self._answers.get(action)
        if answer is None or (ended is not None and ended.reason is not None):
            return NOTHING
        return answer(now_us)

    def _choose_clock(self, now_us: Micros) -> Step:
        """Change between clock and music from the next breath; go on at once if paused by sound."""
        course = self._course
        if course.stage not in {"waiting", "pacing", "paused"}:
            return NOTHING
        if course.stage == "paused" and course.pause is not None and course.pause.why == "session":
            return NOTHING
        if course.stage == "paused":
            led = PacingLed(
                t_us=now_us, activity=course.activity, asked="clock", wanted_us=course.wanted_us
            )
            resumed = PacingResumed(t_us=now_us, activity=course.activity)
            return Step(events=(led, resumed))
        return self._lead(now_us, "music" if course.clock_chosen else "clock", course.wanted_us)

    def _lean(self, now_us: Micros, action: Literal["easier", "slower", "hold"]) -> Step:
        """Keep to a breath one count shorter or longer than now, or as it is; or go on."""
        course = self._course
        if course.stage not in {"pacing", "paused"} or course.last is None or course.following:
            return NOTHING
        if action == "hold" and course.wanted_us is not None:
            return self._lead(now_us, "go on", None)
        by_counts = {"easier": -1, "slower": 1, "hold": 0}[action]
        return self._lead(
            now_us, action, self._pacer.planner.leaning(course, course.last, by_counts)
        )

    def _tap(self, now_us: Micros) -> Step:
        """Note a breath of the client's; from the third on, they tell where to start from."""
        course = self._course
        taps = add_tap(course.taps, now_us)
        if taps == course.taps:
            return NOTHING
        tapped = told(BreathTapped(t_us=now_us, activity=course.activity))
        reading = read_taps(taps)
        if reading.length_us is None:
            return tapped
        rate = OwnRateTapped(
            t_us=now_us,
            activity=course.activity,
            taps=reading.taps,
            length_us=reading.length_us,
        )
        return tapped.then(told(rate))

    def type_rate(self, now_us: Micros, text: str) -> Step:
        """Take breaths a minute that the therapist counted; nothing where nothing was typed."""
        if not text.strip():
            return NOTHING
        try:
            rate = float(text.strip().removesuffix("/min").replace(",", "."))
        except ValueError:
            rate = math.nan
        if not SLOWEST_TYPED <= rate <= FASTEST:
            return told(
                Noticed(
                    t_us=now_us,
                    topic="plan",
                    message=f"“{text.strip()[:SHOWN]}” is no rate of breathing: nothing changed.",
                    hint=f"Type breaths a minute, {SLOWEST_TYPED:g} to {FASTEST:g}, such as 14.",
                )
            )
        typed = OwnRateTyped(
            t_us=now_us,
            activity=self._course.activity,
            length_us=Micros(round(MINUTE / rate)),
        )
        return told(typed)

    def _follow(self, now_us: Micros) -> Step:
        """Keep to the taps, or lead again from where the client is."""
        course = self._course
        if course.following:
            return self._lead(now_us, "lead", None)
        # What was given so far is kept until the taps say otherwise.
        kept = course.last.nominal_us if course.last and course.own_us is None else None
        return self._lead(now_us, "follow", kept)

    def _swap(self, now_us: Micros) -> Step:
        """Go on to the next pattern that tempo and floor allow, and say which they do not."""
        course, planner = self._course, self._pacer.planner
        patterns = self._rules.patterns
        now = self._rules.pattern(course.pattern)
        place = self._pacer.place_ahead(now_us)
        start = patterns.index(now) + 1
        left_out: list[Pattern] = []
        for pattern in (*patterns[start:], *patterns[: start - 1]):
            if place is None or planner.can_swap(pattern, place):
                chosen = PatternChosen(
                    t_us=now_us, activity=course.activity, pattern=pattern.text, before=now.text
                )
                return self._left_out(now_us, left_out).then(told(chosen))
            left_out.append(pattern)
        return self._left_out(now_us, left_out)

    def _left_out(self, now_us: Micros, patterns: Sequence[Pattern]) -> Step:
        """Say which patterns are not to be had at this tempo."""
        if not patterns:
            return NOTHING
        names = ", ".join(pattern.text for pattern in patterns)
        return told(
            Noticed(
                t_us=now_us,
                topic="plan",
                message=f"Left out here, as too slow even on half beats or too long: {names}.",
                hint=f"The guide stays at {self._rules.floor:g} breaths a minute or more.",
            )
        )

    def _lead(self, now_us: Micros, asked: Lead, wanted_us: Micros | None) -> Step:
        return told(
            PacingLed(t_us=now_us, activity=self._course.activity, asked=asked, wanted_us=wanted_us)
        )


def told(*events: Event) -> Step:
    """Give the step that tells of events and asks the engine for nothing."""
    return Step(events=events)
