"""The session's state machine: plan, activities and intents in; commands and events out. No I/O."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.activity import (
    Activity,
    ActivityContext,
    HandsOver,
    Registry,
    Settings,
    Step,
    TakesText,
)
from mtsession.session.ducking import Ducking
from mtsession.session.noting import Noting
from mtsession.session.plan import Plan
from mtsession.session.running import Running
from mtsession.session.state import SessionState
from mtsession.session.wishes import Wishes, bearing
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.units import SECOND, Micros

TICK_US = Micros(250_000)
FADE_US = Micros(4 * SECOND)
AFTERWARDS = (it.Rate, it.TakeRatingBack, it.WriteNote, it.GiveReason)


class SessionRunner:
    """Runs a plan's segments and whatever activities the therapist starts and ends.

    Parameters
    ----------
    methods : mapping of str to Method
        The therapy methods that can be used.
    plan : Plan
        What the session is to be; it may hold no segment at all.
    level_db : float
        The level that music starts at.
    first : int
        Where the numbers of segments and activities begin: above all that an
        earlier part of the same session used.

    Notes
    -----
    Every call gives a `Step`. Its events are already taken in, in the order
    given; the caller writes them to the journal in that order and sends the
    commands. Ticks come at multiples of `TICK_US`, before other events of the
    same instant.
    """

    def __init__(self, *, methods: Registry, plan: Plan, level_db: float, first: int = 0) -> None:
        self.methods = methods
        self.plan = plan
        self.state = SessionState(level_db=level_db, marker_count=first)
        self.running: dict[int, Running] = {}
        self.first = first
        self._next_activity = first + 1
        self._next_segment = 0
        self._wishes = Wishes(first)
        self._ducking, self._noting = Ducking(self.state), Noting(self.state)
        self._handlers: dict[type[it.Intent], Callable[[Micros, Any], Step]] = {
            it.StartActivity: self._start_activity_by_hand,
            it.StopActivity: self._stop_activity_by_hand,
            it.Act: self._act,
            it.Say: self._say,
            it.NextSegment: self._go_to_next_segment,
            it.Pause: self._pause,
            it.Resume: self._resume,
            it.SetLevel: self._set_level,
            **dict.fromkeys(it.DUCKING, self._duck),
            **dict.fromkeys(it.NOTING, self._note),
            it.Quiet: self._quiet,
            it.End: self._end,
        }

    @property
    def plan_done(self) -> bool:
        """Tell whether every planned segment is over."""
        return self.state.segment is None and self._next_segment >= len(self.plan.segments)

    def start(self, opening: Iterable[Event]) -> Step:
        """Begin with the opening events (SessionStarted, its first anchor), then the plan."""
        first = tuple(opening)
        step = self._take(Step(events=first))
        return step.then(self._start_segment(first[0].t_us))

    def handle(self, event: Event) -> Step:
        """Take in an event from outside: the engine's, or a notice of the app's."""
        step = self._take(Step(events=(event,)))
        if isinstance(event, ev.OutputLost) and event.held:
            # Music that nobody hears must not run on; what needs no sound goes on.
            step = step.then(self._pause(event.t_us, it.Pause()))
        elif isinstance(event, ev.EngineStarted):
            step = step.then(Step(commands=self._ducking.again()))
        wish = self._ducking.wish_of(event)
        return step if wish is None else step.then(self.do(event.t_us, wish))

    def do(self, now_us: Micros, intent: it.Intent) -> Step:
        """Carry out what the therapist asks; after the end only what may be said of it."""
        if self.state.course == "ended" and not isinstance(intent, AFTERWARDS):
            return Step()
        return self._numbered(now_us, intent, self._handlers[type(intent)](now_us, intent))

    def tick(self, now_us: Micros) -> Step:
        """Let time pass to a multiple of `TICK_US`."""
        if self.state.course not in {"running", "paused"}:
            return Step()
        step = Step()
        for running in tuple(self.running.values()):
            step = step.then(self._take(running.activity.tick(now_us)))
        if self.state.course == "running" and self._segment_is_over(now_us):
            handed = self._handed_over()
            step = step.then(self._end_segment(now_us, "planned"))
            step = step.then(self._start_segment(now_us, handed))
        return step

    def _handed_over(self) -> dict[str, object]:
        """Give how each method stands that was led by hand: no plan is to undo that by itself."""
        found: dict[str, object] = {}
        for running in self.running.values():
            if isinstance(running.activity, HandsOver):
                left = running.activity.hands_over()
                if left is not None:
                    found[running.method.name] = left
        return found

    def _numbered(self, now_us: Micros, intent: it.Intent, step: Step) -> Step:
        """Give a wish that is heard a number, so that the engine can tell when it is."""
        wish = self._wishes.number(now_us, intent) if step.commands else None
        if wish is None:
            return step
        return self._take(Step(events=(wish,))).then(bearing(step, wish.asked))

    # The fold: what an activity emits reaches every activity, in order.

    def _take(self, step: Step) -> Step:
        commands = list(step.commands)
        events: list[Event] = []
        waiting = deque(step.events)
        while waiting:
            event = waiting.popleft()
            events.append(event)
            self.state.apply(event)
            if isinstance(event, ev.ActivityEnded):
                self.running.pop(event.activity, None)
            for running in tuple(self.running.values()):
                more = running.activity.handle(event)
                commands.extend(more.commands)
                waiting.extend(more.events)
        return Step(tuple(commands), tuple(events))

    # Segments

    def _segment_is_over(self, now_us: Micros) -> bool:
        if self.state.segment is None:
            return False
        planned = self.state.segments[self.state.segment].planned_us
        return planned is not None and self.state.segment_elapsed(now_us) >= planned

    def _start_segment(self, now_us: Micros, handed: Mapping[str, object] | None = None) -> Step:
        if self._next_segment >= len(self.plan.segments):
            return Step()
        index = self._next_segment
        self._next_segment += 1
        number = self.first + index
        segment = self.plan.segments[index]
        planned = segment.planned_us
        step = self._take(
            Step(
                events=(
                    ev.SegmentStarted(
                        t_us=now_us, segment=number, title=segment.title, planned_us=planned
                    ),
                )
            )
        )
        for wanted in segment.activities:
            step = step.then(
                self._start_activity(
                    now_us, wanted.method, wanted.settings, segment=number, planned_us=planned
                )
            )
            left = (handed or {}).get(wanted.method)
            begun = self.running[self._next_activity - 1].activity
            if left is not None and isinstance(begun, HandsOver):
                step = step.then(self._take(begun.takes_over(now_us, left)))
        return step

    def _end_segment(self, now_us: Micros, reason: ev.EndReason) -> Step:
        index = self.state.segment
        if index is None:
            return Step()
        step = Step()
        for number, running in tuple(self.running.items()):
            state = self.state.activities[number]
            if state.segment == index and not running.runs_on:
                step = step.then(self._stop_activity(now_us, number, reason))
        ended = ev.SegmentEnded(t_us=now_us, segment=index, reason=reason)
        return step.then(self._take(Step(events=(ended,))))

    def _go_to_next_segment(self, now_us: Micros, _intent: it.Intent) -> Step:
        step = Step()
        if self.state.course == "paused":
            step = self._resume(now_us, it.Resume())
        step = step.then(self._end_segment(now_us, "by hand"))
        return step.then(self._start_segment(now_us))

    # Activities

    def _start_activity(
        self,
        now_us: Micros,
        name: str,
        settings: Settings,
        *,
        segment: int | None,
        planned_us: Micros | None,
    ) -> Step:
        method = self.methods[name]
        number = self._next_activity
        self._next_activity += 1
        context = ActivityContext(activity=number, planned_us=planned_us, seed=number)
        activity = method.make(settings, context)
        step = Step()
        for other, running in tuple(self.running.items()):
            if running.method.name == name:
                step = step.then(self._stop_activity(now_us, other, "planned"))
        self.running[number] = Running(method, activity, settings)
        started = ev.ActivityStarted(
            t_us=now_us,
            activity=number,
            method=name,
            title=getattr(settings, "title", "") or method.title,
            settings=msgspec.to_builtins(settings),
            planned=segment is not None,
            segment=segment,
        )
        for known in self.state.standing():
            step = step.then(self._take(activity.handle(known)))
        step = step.then(self._take(Step(events=(started,))))
        return step.then(self._take(activity.start(now_us)))

    def _stop_activity(self, now_us: Micros, number: int, reason: ev.EndReason) -> Step:
        running = self.running.get(number)
        if running is None:
            return Step()
        step = self._take(running.activity.stop(now_us, reason))
        if number not in self.running:
            return step
        ended = ev.ActivityEnded(t_us=now_us, activity=number, reason=reason)
        return step.then(self._take(Step(events=(ended,))))

    def _start_activity_by_hand(self, now_us: Micros, intent: it.StartActivity) -> Step:
        step = self._start_activity(
            now_us, intent.method, intent.settings, segment=None, planned_us=None
        )
        if self.state.course != "paused":
            return step
        # What begins in a session that stands still stands still with it.
        begun = self.running[self._next_activity - 1].activity
        told = self._take(Step(events=(ev.SessionPaused(t_us=now_us),)))
        return step.then(told).then(self._take(begun.pause(now_us)))

    def _stop_activity_by_hand(self, now_us: Micros, intent: it.StopActivity) -> Step:
        return self._stop_activity(now_us, intent.activity, intent.reason)

    def _act(self, now_us: Micros, intent: it.Act) -> Step:
        running = self.running.get(intent.activity)
        if running is None:
            return Step()
        return self._take(running.activity.act(now_us, intent.action))

    def _say(self, now_us: Micros, intent: it.Say) -> Step:
        running = self.running.get(intent.activity)
        if running is None and intent.text.strip():
            # What it belongs to ended while it was typed: it is kept as a line of the record.
            return self._note(now_us, it.WriteNote(text=intent.text.strip()))
        if running is None or not isinstance(running.activity, TakesText):
            return Step()
        return self._take(running.activity.say(now_us, intent.action, intent.text))

    # Transport

    def _each(self, call: Callable[[Activity], Step]) -> Step:
        step = Step()
        for running in tuple(self.running.values()):
            step = step.then(self._take(call(running.activity)))
        return step

    def _pause(self, now_us: Micros, _intent: it.Intent) -> Step:
        if self.state.course != "running":
            return Step()
        step = self._take(Step(events=(ev.SessionPaused(t_us=now_us),)))
        return step.then(self._each(lambda activity: activity.pause(now_us)))

    def _resume(self, now_us: Micros, _intent: it.Intent) -> Step:
        if self.state.course != "paused":
            return Step()
        step = self._take(Step(events=(ev.SessionResumed(t_us=now_us),)))
        return step.then(self._each(lambda activity: activity.resume(now_us)))

    def _quiet(self, now_us: Micros, intent: it.Quiet) -> Step:
        told = ev.QuietCommanded(t_us=now_us, fade_us=intent.fade_us)
        # The engine tells of it; between two engines nobody else could.
        events = (told,) if self.state.engine is None else ()
        quiet = self._take(Step((cmd.GoQuiet(fade_us=intent.fade_us),), events))
        # Music must not come back by itself into a room that needed quiet: the course waits.
        return quiet.then(self._pause(now_us, it.Pause()))

    def _set_level(self, now_us: Micros, intent: it.SetLevel) -> Step:
        level_db = float(min(0.0, max(-60.0, intent.level_db)))
        changed = ev.LevelChanged(t_us=now_us, level_db=level_db)
        return self._take(Step((cmd.SetLevel(level_db=level_db),), (changed,)))

    def _duck(self, now_us: Micros, intent: it.Intent) -> Step:
        return self._take(self._ducking.do(now_us, intent))

    def _note(self, now_us: Micros, intent: it.Intent) -> Step:
        return self._take(self._noting.do(now_us, intent))

    def _end(self, now_us: Micros, intent: it.End) -> Step:
        step = Step()
        if self.state.course == "paused":
            step = self._take(Step(events=(ev.SessionResumed(t_us=now_us),)))
        for number in tuple(self.running):
            step = step.then(self._stop_activity(now_us, number, intent.reason))
        step = step.then(self._end_segment(now_us, intent.reason))
        ended = ev.SessionEnded(t_us=now_us, reason=intent.reason)
        closing = Step((cmd.CloseSession(fade_us=FADE_US),), (ended,))
        return step.then(self._take(closing))
