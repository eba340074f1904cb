"""A stored session once more: its events through the activities, and what they showed live.

Activities hold nothing that the events do not say, so that the same events in the same
order, with the same ticks between them, give the same views.
"""

from collections.abc import Iterator, Sequence

import msgspec

from mtsession.errors import PlanError
from mtsession.protocol.views import ImprovisationView, View
from mtsession.session.activity import Activity, ActivityContext, Registry
from mtsession.session.runner import TICK_US
from mtsession.session.state import SessionState
from mtsession.timeline.event import Event
from mtsession.timeline.events import ActivityEnded, ActivityStarted, SessionStarted
from mtsession.timeline.units import MINUTE, SECOND, Micros

LONGEST_GAP_US = 2 * MINUTE
"""The clock is anchored each minute: a longer gap is one in which the session was not there."""
MOST_LOOKS = 2_000


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What one activity showed at a time."""

    t_us: Micros
    activity: int
    method: str
    title: str
    view: View


def replay(
    events: Sequence[Event], methods: Registry, *, every_us: int = 10 * SECOND
) -> Iterator[Moment]:
    """Give what each running activity showed, at every multiple of a time.

    Parameters
    ----------
    events : sequence of Event
        A whole session, in the journal's order.
    methods : mapping of str to Method
        The methods that can be replayed; activities of others are passed over.
    every_us : int
        How far the moments lie apart: a multiple of 250 ms.

    Examples
    --------
    >>> list(replay([], {}))
    []
    """
    state, running = SessionState(), _Running(methods)
    next_tick = int(TICK_US)
    for event in events:
        if event.t_us - next_tick > LONGEST_GAP_US:
            next_tick = event.t_us // TICK_US * TICK_US
        while next_tick <= event.t_us:
            tick, next_tick = Micros(next_tick), next_tick + TICK_US
            if state.course in {"running", "paused"}:
                running.tick(tick)
                if tick % every_us == 0:
                    yield from running.moments(tick)
        running.take_in(event, state)
        state.apply(event)
        running.hear(event)


class _Running:
    """The activities at work; what they ask for now was asked for then, and is in the events."""

    def __init__(self, methods: Registry) -> None:
        self._methods = methods
        self._known: dict[int, tuple[ActivityStarted, Activity]] = {}

    def take_in(self, event: Event, before: SessionState) -> None:
        """Let activities begin and end."""
        if isinstance(event, SessionStarted):
            self._known.clear()
        elif isinstance(event, ActivityEnded):
            self._known.pop(event.activity, None)
        elif isinstance(event, ActivityStarted) and event.method in self._methods:
            self._begin(event, before)

    def _begin(self, started: ActivityStarted, before: SessionState) -> None:
        method = self._methods[started.method]
        segment = None if started.segment is None else before.segments.get(started.segment)
        context = ActivityContext(
            activity=started.activity,
            planned_us=None if segment is None else segment.planned_us,
            seed=started.activity,
        )
        try:
            settings = msgspec.convert(started.settings, method.settings)
            activity = method.make(settings, context)
        except (msgspec.ValidationError, PlanError):
            return  # written by another version, or of files that are gone: nothing to show of it
        for known in before.standing():
            activity.handle(known)
        self._known[started.activity] = (started, activity)

    def hear(self, event: Event) -> None:
        for _, activity in self._known.values():
            activity.handle(event)

    def tick(self, now_us: Micros) -> None:
        for _, activity in self._known.values():
            activity.tick(now_us)

    def moments(self, now_us: Micros) -> Iterator[Moment]:
        for number, (started, activity) in self._known.items():
            view = _settled(activity, now_us)
            if isinstance(view, View):
                yield Moment(
                    t_us=now_us,
                    activity=number,
                    method=started.method,
                    title=started.title,
                    view=view,
                )


def _settled(activity: Activity, now_us: Micros) -> msgspec.Struct:
    """Look until the figures are those of this moment: a screen gives them a little time a look."""
    view = activity.view(now_us)
    for _ in range(MOST_LOOKS):
        if not isinstance(view, ImprovisationView) or not view.players:
            break
        if view.played.to_us >= view.roll_to_us:
            break
        view = activity.view(now_us)
    return view
