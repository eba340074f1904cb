"""A therapy method with nothing in it, for looking at what the runner does."""

from collections.abc import Sequence

import msgspec

from mtsession.protocol.commands import SetDuck
from mtsession.protocol.sections import Section
from mtsession.protocol.views import WordsView
from mtsession.session.activity import ActivityContext, Method, Settings, Step
from mtsession.session.plan import ActivityPlan, Plan, SegmentPlan
from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason
from mtsession.timeline.units import SECOND, Micros


class Ticked(Event, frozen=True, kw_only=True):
    activity: int


class PlainSettings(Settings, frozen=True, kw_only=True):
    title: str = ""
    runs_on: bool = False
    seconds: float | None = None


class Plain:
    """Remembers every call; emits `Ticked` once a second."""

    def __init__(self, settings: PlainSettings, context: ActivityContext) -> None:
        self.number = context.activity
        self.context = context
        self.seen: list[Event] = []
        self.calls: list[tuple[str, int]] = []

    def _call(self, name: str, now_us: Micros) -> Step:
        self.calls.append((name, now_us))
        return Step((SetDuck(owner=self.number, on=name == "start"),))

    def start(self, now_us: Micros) -> Step:
        return self._call("start", now_us)

    def handle(self, event: Event) -> Step:
        self.seen.append(event)
        return Step()

    def tick(self, now_us: Micros) -> Step:
        if now_us % SECOND:
            return Step()
        return Step(events=(Ticked(t_us=now_us, activity=self.number),))

    def pause(self, now_us: Micros) -> Step:
        return self._call("pause", now_us)

    def resume(self, now_us: Micros) -> Step:
        return self._call("resume", now_us)

    def stop(self, now_us: Micros, reason: EndReason) -> Step:
        return self._call(f"stop: {reason}", now_us)

    def act(self, now_us: Micros, action: str) -> Step:
        return self._call(f"act: {action}", now_us)

    def view(self, now_us: Micros) -> msgspec.Struct:
        return WordsView(title="plain", elapsed_us=now_us, planned_us=None)

    def client_view(self, now_us: Micros) -> msgspec.Struct | None:
        return None


def summarise(activity: int, events: Sequence[Event]) -> Section:
    ticks = sum(isinstance(event, Ticked) and event.activity == activity for event in events)
    return Section(activity=activity, method="plain", title="Plain", line=f"Ticks: {ticks}")


def method(name: str = "plain") -> Method:
    return Method(
        name=name,
        title=name.title(),
        settings=PlainSettings,
        event_types=(Ticked,) if name == "plain" else (),
        make=Plain,
        restore=lambda settings, context, events: Plain(settings, context),
        summarise=summarise,
    )


METHODS = {name: method(name) for name in ("plain", "other")}


def plan(*segments: tuple[str, float | None, tuple[PlainSettings, ...]]) -> Plan:
    """Make a plan of segments: title, seconds (None: until stopped), plain activities."""
    return Plan(
        name="test",
        title="A test",
        when="",
        segments=tuple(
            SegmentPlan(
                title=title,
                planned_us=None if seconds is None else Micros(round(seconds * SECOND)),
                activities=tuple(
                    ActivityPlan(method="plain" if place == 0 else "other", settings=one)
                    for place, one in enumerate(settings)
                ),
            )
            for title, seconds, settings in segments
        ),
    )
