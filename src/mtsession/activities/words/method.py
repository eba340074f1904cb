"""A stretch of talk, a check-in or a silence: nothing is asked of it but its time."""

# ruff: noqa: ARG002 - the signatures are the contract's, and this method asks for nothing

from collections.abc import Sequence

import msgspec

from mtsession.protocol.sections import Figure, Section
from mtsession.protocol.views import WordsView
from mtsession.session.activity import NOTHING, ActivityContext, Method, Settings, Step
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.units import MINUTE, Micros

DEFAULT_TITLE = "Words"


class WordsSettings(Settings, frozen=True, kw_only=True, omit_defaults=True):
    """What the stretch is called, e.g. "Check-in"."""

    title: str = DEFAULT_TITLE


class Words:
    """Counts its time. See `session.activity.Activity`."""

    def __init__(self, settings: WordsSettings, context: ActivityContext) -> None:
        self.settings = settings
        self.context = context
        self._clock = _Clock(context.activity)

    def start(self, now_us: Micros) -> Step:
        """Ask for nothing."""
        return NOTHING

    def handle(self, event: Event) -> Step:
        """Take in when it began, stood still and ended."""
        self._clock.apply(event)
        return NOTHING

    def tick(self, now_us: Micros) -> Step:
        """Ask for nothing."""
        return NOTHING

    def pause(self, now_us: Micros) -> Step:
        """Ask for nothing: the session's pause is an event."""
        return NOTHING

    def resume(self, now_us: Micros) -> Step:
        """Ask for nothing."""
        return NOTHING

    def stop(self, now_us: Micros, reason: ev.EndReason) -> Step:
        """Ask for nothing."""
        return NOTHING

    def act(self, now_us: Micros, action: str) -> Step:
        """Ask for nothing: there are no actions."""
        return NOTHING

    def view(self, now_us: Micros) -> WordsView:
        """Show how long it has gone on."""
        return WordsView(
            title=self.settings.title,
            elapsed_us=self._clock.elapsed_us(now_us),
            planned_us=self.context.planned_us,
        )

    def client_view(self, now_us: Micros) -> msgspec.Struct | None:
        """Show the client nothing."""
        return None


class _Clock:
    """The time that one activity has run, less the time that the session stood still."""

    def __init__(self, activity: int) -> None:
        self._activity = activity
        self._done = 0
        self._since: Micros | None = None
        self._running = False

    def apply(self, event: Event) -> None:
        if isinstance(event, ev.ActivityStarted) and event.activity == self._activity:
            self._running, self._since = True, event.t_us
        elif isinstance(event, ev.ActivityEnded) and event.activity == self._activity:
            self._stand(event.t_us)
            self._running = False
        elif isinstance(event, ev.SessionPaused):
            self._stand(event.t_us)
        elif isinstance(event, ev.SessionResumed) and self._running and self._since is None:
            self._since = event.t_us

    def elapsed_us(self, now_us: int) -> Micros:
        going = 0 if self._since is None else max(0, now_us - self._since)
        return Micros(self._done + going)

    def _stand(self, t_us: Micros) -> None:
        self._done = self.elapsed_us(t_us)
        self._since = None


def make(settings: WordsSettings, context: ActivityContext) -> Words:
    """Make a stretch of words."""
    return Words(settings, context)


def restore(settings: WordsSettings, context: ActivityContext, events: Sequence[Event]) -> Words:
    """Make it as it stood after a session's events."""
    words = make(settings, context)
    for event in events:
        words.handle(event)
    return words


def summarise(activity: int, events: Sequence[Event]) -> Section:
    """Give its time."""
    clock, title, settings = _Clock(activity), DEFAULT_TITLE, {}
    for event in events:
        clock.apply(event)
        if isinstance(event, ev.ActivityStarted) and event.activity == activity:
            title, settings = event.title, event.settings
    title = settings.get("title", title)
    last_us = events[-1].t_us if events else Micros(0)
    minutes = clock.elapsed_us(last_us) / MINUTE
    figure = Figure(
        label="Time", text=f"{minutes:.1f} min", key="words_minutes", value=minutes, unit="min"
    )
    return Section(
        activity=activity,
        method="words",
        title=title,
        line=f"{title}: {minutes:.1f} min",
        figures=(figure,),
        not_captured=("what was said",),
    )


METHOD = Method(
    name="words",
    title=DEFAULT_TITLE,
    settings=WordsSettings,
    event_types=(),
    make=make,
    restore=restore,
    summarise=summarise,
)
