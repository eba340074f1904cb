"""What every therapy method is to the session: a small state machine without I/O."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from mtsession.protocol.commands import Command
from mtsession.protocol.sections import Section
from mtsession.timeline.event import Event
from mtsession.timeline.events import EndReason
from mtsession.timeline.units import Micros


class Step(NamedTuple):
    """What a state machine wants done: commands for the engine, events for the journal."""

    commands: tuple[Command, ...] = ()
    events: tuple[Event, ...] = ()

    def then(self, other: "Step") -> "Step":
        """Join with what comes after."""
        return Step(self.commands + other.commands, self.events + other.events)


NOTHING = Step()


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of an activity's settings, as a plan writes them."""


class ActivityContext(msgspec.Struct, frozen=True, kw_only=True):
    """What an activity is given when it is made.

    Attributes
    ----------
    activity : int
        Its number in the session; it numbers its items and grids from `activity * 1000`, its
        cues, of which there are more, from `activity * 100_000`.
    planned_us : Micros or None
        How long its segment is to last, None without a plan.
    """

    activity: int
    planned_us: Micros | None = None
    seed: int = 0


class Activity(Protocol):
    """One therapy method at work.

    Every call gives what the activity wants done. Own events reach the activity
    again through `handle`, like all others: state that the record must be able
    to rebuild changes only there. Times are session time.
    """

    def start(self, now_us: Micros) -> Step:
        """Begin."""
        ...

    def handle(self, event: Event) -> Step:
        """Take in an event of the session, whoever it came from."""
        ...

    def tick(self, now_us: Micros) -> Step:
        """Let time pass; called at multiples of 250 ms."""
        ...

    def pause(self, now_us: Micros) -> Step:
        """Stand still."""
        ...

    def resume(self, now_us: Micros) -> Step:
        """Go on."""
        ...

    def stop(self, now_us: Micros, reason: EndReason) -> Step:
        """End; what it asked of the engine is taken back."""
        ...

    def act(self, now_us: Micros, action: str) -> Step:
        """Do one of the method's own actions, by name; unknown names do nothing."""
        ...

    def view(self, now_us: Micros) -> msgspec.Struct:
        """Give a frozen snapshot for the method's panel."""
        ...

    def client_view(self, now_us: Micros) -> msgspec.Struct | None:
        """Give what the client's own screen may show, or None."""
        ...


@runtime_checkable
class TakesText(Protocol):
    """What an activity has besides, whose actions may be told a line of text."""

    def say(self, now_us: Micros, action: str, text: str) -> Step:
        """Take the line that belongs to an action; unknown names do nothing."""
        ...


@runtime_checkable
class HandsOver(Protocol):
    """What an activity has besides, whose like may take its place by plan."""

    def hands_over(self) -> object | None:
        """Give what the one after it is to go on from; None for as it is planned."""
        ...

    def takes_over(self, now_us: Micros, left: object) -> Step:
        """Go on from what the one before it left; called once, just after `start`."""
        ...


class Action(NamedTuple):
    """One of a method's own actions, with the key that the screen offers for it.

    Attributes
    ----------
    takes_text : bool
        Whether a line may follow, where the activity's view `asks` for one; see `TakesText`.
    """

    name: str
    key: str
    label: str
    takes_text: bool = False


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A therapy method as the registry knows it.

    Attributes
    ----------
    name : str
        Its name in plans, e.g. `breathing`.
    settings : type
        Its settings, a subclass of `Settings`.
    event_types : tuple of type
        Its own events.
    make : callable
        Makes the activity from its settings and context; raises `PlanError`
        where the settings cannot be carried out.
    restore : callable
        Makes the activity as it stood after the given events of the session.
    summarise : callable
        Gives the section of one activity from all events of a session.
    actions : tuple of Action
        What the therapist may ask of it while it runs.
    """

    name: str
    title: str
    settings: type[Settings]
    event_types: tuple[type[Event], ...]
    make: Callable[[Any, ActivityContext], Activity]
    restore: Callable[[Any, ActivityContext, Sequence[Event]], Activity]
    summarise: Callable[[int, Sequence[Event]], Section]
    actions: tuple[Action, ...] = ()


Registry = Mapping[str, Method]
