"""A small session for breathing tests: a clock, a music that publishes beats, a record."""

import bisect
import random
from collections.abc import Iterable, Sequence

from mtsession.activities.breathing.course import pulse_grid
from mtsession.activities.breathing.events import (
    BREATHING_EVENTS,
    BreathPaced,
    CountsOnClock,
)
from mtsession.activities.breathing.method import METHOD
from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.protocol.commands import Command, ScheduleCues, StartPulse, StopPulse
from mtsession.session.activity import Activity, ActivityContext, Step
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.event import Event, EventCodec
from mtsession.timeline.events import CORE_EVENTS, BeatGridRevised, TrackStarted
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros

TICK_US = 250_000
BREATHING = 2
CODEC = EventCodec((*CORE_EVENTS, *BREATHING_EVENTS))


def make_grid(
    tempo: TempoMap,
    *,
    grid: int = 1000,
    from_us: int = 0,
    seconds: float = 600,
    bar: int | None = 4,
    ends: bool = False,
    revision: int = 0,
    jitter: random.Random | None = None,
) -> BeatGrid:
    """Give the beats of a piece that starts at a time, each up to 2 ms off where asked."""
    beats = list(tempo.beats_until(round(seconds * 1e6)))
    if len(beats) % 4 == 1:
        beats.append(tempo.time_of(len(beats)))
    off = [jitter.randint(-2000, 2000) if jitter else 0 for _ in beats]
    times = tuple(Micros(from_us + t + d) for t, d in zip(beats, off, strict=True))
    return BeatGrid(
        grid=grid,
        revision=revision,
        first_beat=0,
        beats_us=times,
        beats_per_bar=bar,
        ends_us=Micros(from_us + round(seconds * 1e6)) if ends else None,
    )


def window(grid: BeatGrid, low: int, high: int, revision: int) -> BeatGrid:
    """Give a revision that holds some of a grid's beats only."""
    low, high = max(low, 0), min(high, len(grid.beats_us))
    return BeatGrid(
        grid=grid.grid,
        revision=revision,
        first_beat=low,
        beats_us=grid.beats_us[low:high],
        beats_per_bar=grid.beats_per_bar,
        ends_us=grid.ends_us,
    )


def track(grid: int | None, *, t_us: int = 0, item: int = 1000) -> TrackStarted:
    return TrackStarted(
        t_us=Micros(t_us),
        activity=1,
        item=item,
        title="Harbour",
        source="built-in",
        content_hash=None,
        planned_bpm=None,
        grid=grid,
    )


def music(grid: BeatGrid, *, t_us: int = 0, item: int = 1000) -> list[Event]:
    """Give the events by which a piece with known beats becomes audible."""
    return [BeatGridRevised(t_us=Micros(t_us), grid=grid), track(grid.grid, t_us=t_us, item=item)]


class Room:
    """Runs one breathing activity on a manual clock and keeps all that happens.

    `script` holds events of others, and actions as (time, name): `pause`,
    `resume`, `end`, `type` with a rate, or one of the activity's own.
    """

    def __init__(
        self,
        settings: BreathingSettings,
        script: Iterable[Event] = (),
        actions: Iterable[tuple[int, str]] = (),
        *,
        activity: Activity | None = None,
        from_us: int = 0,
    ) -> None:
        self.clock = ManualClock(from_us)
        self.context = ActivityContext(activity=BREATHING)
        self.settings = settings
        self.activity = activity or METHOD.make(settings, self.context)
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.views = []
        self._script = sorted(script, key=lambda event: event.t_us)
        self._actions = sorted(actions)
        if activity is None:
            self._do(self.activity.start(self.clock.now_us()))

    def _do(self, step: Step) -> None:
        self.commands.extend(step.commands)
        for event in step.events:
            self.feed(event)
        for command in step.commands:
            if isinstance(command, StartPulse):
                pulse = next(e for e in reversed(self.events) if isinstance(e, CountsOnClock))
                grid = make_grid(
                    TempoMap.constant(command.bpm),
                    grid=command.grid,
                    from_us=command.at_us,
                    seconds=30,
                    bar=None,
                )
                assert pulse_grid(pulse).beats_us[0] == grid.beats_us[0]
                self.feed(BeatGridRevised(t_us=self.clock.now_us(), grid=grid))

    def feed(self, event: Event) -> None:
        self.events.append(event)
        self._do(self.activity.handle(event))

    def act(self, name: str) -> None:
        now = self.clock.now_us()
        match name:
            case "pause":
                self._do(self.activity.pause(now))
            case "resume":
                self._do(self.activity.resume(now))
            case "end":
                self._do(self.activity.stop(now, "planned"))
            case _ if name.startswith("type "):
                self._do(self.activity.say(now, "rate", name.removeprefix("type ")))
            case _:
                self._do(self.activity.act(now, name))

    def run(self, seconds: float, *, look: bool = False) -> "Room":
        """Let session time pass, tick by tick."""
        end = self.clock.now_us() + round(seconds * 1e6)
        while self.clock.now_us() <= end:
            now = self.clock.now_us()
            self._do(self.activity.tick(now))
            if look:
                self.views.append((now, self.activity.view(now)))
            while self._script and self._script[0].t_us <= now:
                self.feed(self._script.pop(0))
            following = now - now % TICK_US + TICK_US
            while self._actions and self._actions[0][0] < following:
                at_us, name = self._actions.pop(0)
                self.clock.set(max(at_us, self.clock.now_us()))
                self.act(name)
            self.clock.set(following)
        return self

    @property
    def breaths(self) -> list[BreathPaced]:
        return [event for event in self.events if isinstance(event, BreathPaced)]

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def cues(self) -> list:
        return [c for m in self.commands if isinstance(m, ScheduleCues) for c in m.cues]

    def pulses(self) -> tuple[int, int]:
        started = sum(isinstance(c, StartPulse) for c in self.commands)
        return started, sum(isinstance(c, StopPulse) for c in self.commands)


def counts(room: Room) -> list[tuple[int, ...]]:
    return [breath.counts for breath in room.breaths]


def starts_at(breaths: Sequence[BreathPaced], total: int) -> float:
    """Give the minute of pacing at which a breath first has so many counts."""
    first = breaths[0].starts_us
    found = next(breath for breath in breaths if sum(breath.counts) == total)
    return (found.starts_us - first) / 60e6


def true_length(grid: BeatGrid, breath: BreathPaced) -> int:
    return grid.time_of(breath.end_beat) - grid.time_of(breath.first_beat)


def beats_between(times: Sequence[int], low: int, high: int) -> int:
    return bisect.bisect_left(times, high) - bisect.bisect_left(times, low)


def test_the_room_runs_on_ticks_and_keeps_what_happens():
    grid = make_grid(TempoMap.constant(60))
    room = Room(BreathingSettings(caution=False), music(grid)).run(30)
    assert room.clock.now_us() == 30_250_000
    assert [CODEC.decode(CODEC.encode(event)) for event in room.events] == room.events
    assert len(room.breaths) >= 5
