"""How a breathing activity stands: a fold over the session's events, and nothing else.

The running activity and the summary both use it, so that they cannot differ.
"""

from typing import Literal

import msgspec

from mtsession.activities.breathing.beats import when
from mtsession.activities.breathing.events import (
    BreathingCautionDismissed,
    BreathingCautionShown,
    BreathPaced,
    BreathTapped,
    ClockCountsEnded,
    CountsOnClock,
    OwnEvent,
    OwnRateTapped,
    OwnRateTyped,
    PacingAsked,
    PacingEnded,
    PacingLed,
    PacingPaused,
    PacingResumed,
    PacingStarted,
    PatternChosen,
)
from mtsession.activities.breathing.heard import Music
from mtsession.activities.breathing.taps import SERIES_US, add_tap
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event
from mtsession.timeline.units import MINUTE, Micros

Stage = Literal["ready", "caution", "waiting", "pacing", "paused", "stopped"]
# A breath that lacks no more than this was a whole one.
WHOLE_WITHIN_US = 60_000


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A breath as the guide gave it; not `whole` where it was broken off."""

    paced: BreathPaced
    starts_us: Micros
    ends_us: Micros
    whole: bool


class Course(msgspec.Struct, kw_only=True):
    """State of one breathing activity.

    Attributes
    ----------
    asked_us : Micros
        When pacing was last asked for, or to go on.
    let_go : bool
        The guide was stopped before the activity ended.
    recent : list of BreathPaced
        The breath decided last, and the one before it.
    pending : list of BreathPaced
        Breaths decided whose end has not been recorded.
    joined : bool
        The next breath follows on the last one; False begins anew at a beat.
    wanted_us : Micros or None
        The length of a breath that the therapist keeps it to.
    since_longer : int
        Breaths decided since one was longer than the breath before it, that one included.
    pattern : str or None
        What was chosen by hand; None is the plan's own.
    taps : list of Micros
        The series of taps that is under way, or the last one.
    rates : list of OwnRateTapped or OwnRateTyped
        What each series of taps came to in the end, and what was typed.
    own_us : Micros or None
        Length of the client's own breath, where it was tapped or typed.
    anew : bool
        The ramp begins with the next breath, from the client's own rate.
    following : bool
        The guide keeps to the taps, and leads nowhere.
    """

    activity: int
    music: Music = msgspec.field(default_factory=Music)
    stage: Stage = "ready"
    asked_us: Micros = Micros(0)
    pause: PacingPaused | None = None
    ended: PacingEnded | None = None
    let_go: bool = False
    pulse: CountsOnClock | None = None
    clock_chosen: bool = False
    clocks: int = 0
    wanted_us: Micros | None = None
    last: BreathPaced | None = None
    joined: bool = False
    since_longer: int = 0
    pattern: str | None = None
    taps: list[Micros] = []
    own_us: Micros | None = None
    anew: bool = False
    following: bool = False
    breaths: int = 0
    pauses: list[PacingPaused] = []
    leads: list[PacingLed] = []
    swaps: list[PatternChosen] = []
    rates: list[OwnRateTapped | OwnRateTyped] = []
    clock_reasons: list[str] = []
    recent: list[BreathPaced] = []
    pending: list[BreathPaced] = []
    delivered: list[Delivered] = []

    def take(self, event: Event) -> None:
        """Fold one event in; another activity's own events are passed over."""
        if not isinstance(event, OwnEvent):
            self.music.take(event)
            return
        if isinstance(event, CountsOnClock):
            self.music.pulses.add(event.grid)
        if event.activity == self.activity:
            self._take_own(event)

    def _take_own(self, event: OwnEvent) -> None:
        match event:
            case BreathPaced():
                self._take_breath(event)
            case PacingLed():
                self._take_lead(event)
            case BreathTapped():
                self.taps = add_tap(self.taps, event.t_us)
            case OwnRateTapped() | OwnRateTyped():
                self._take_rate(event)
            case PatternChosen():
                self.swaps.append(event)
                self.pattern = event.pattern
                # A length that was kept to belongs to the pattern that was.
                self.wanted_us = None
            case CountsOnClock() | ClockCountsEnded():
                self._take_clock(event)
            case _:
                self._take_stage(event)

    def _take_stage(self, event: OwnEvent) -> None:
        match event:
            case BreathingCautionShown():
                self.stage = "caution"
            case BreathingCautionDismissed():
                self.stage = "ready"
            case PacingAsked():
                self._wait(event.t_us)
                self.last, self.wanted_us, self.ended = None, None, None
                self.since_longer, self.let_go = 0, False
            case PacingStarted():
                self.stage = "pacing"
            case PacingPaused():
                self._halt(event.t_us)
                self.stage, self.pause = "paused", event
                self.pauses.append(event)
            case PacingResumed():
                self._wait(event.t_us)
            case PacingEnded():
                self._halt(event.t_us)
                self.stage, self.ended = "stopped", event
                self.let_go = self.let_go or event.reason is None
            case _:
                pass

    def _take_clock(self, event: CountsOnClock | ClockCountsEnded) -> None:
        if isinstance(event, ClockCountsEnded):
            self.pulse = None
            return
        self.pulse = event
        self.clocks += 1
        self.clock_reasons.append(event.why)
        self.music.grids[event.grid] = pulse_grid(event)

    def _wait(self, t_us: Micros) -> None:
        """Wait for a beat to begin on."""
        self.stage, self.asked_us, self.pause, self.joined = "waiting", t_us, None, False
        self.music.quiet_us, self.recent = None, []

    def _halt(self, t_us: Micros) -> None:
        """Break off what is under way, and forget what was decided ahead."""
        self._settle(t_us, broken_off=True)
        self.joined = False

    def _take_breath(self, event: BreathPaced) -> None:
        self._settle(event.t_us, broken_off=False)
        self.pending.append(event)
        self.recent = [*self.recent[-1:], event]
        longer = (
            self.last is not None
            and self.last.grid == event.grid
            and event.beats > self.last.beats + 1e-9
        )
        self.since_longer = 1 if longer else self.since_longer + 1
        self.last, self.joined, self.anew = event, True, False
        self.breaths = event.breath

    def _take_lead(self, event: PacingLed) -> None:
        self.leads.append(event)
        if event.asked in {"clock", "music"}:
            self.clock_chosen = event.asked == "clock"
        elif event.asked in {"follow", "lead"}:
            self.following = event.asked == "follow"
            self.wanted_us, self.anew = event.wanted_us, self.own_us is not None
        else:
            self.wanted_us = event.wanted_us

    def _take_rate(self, event: OwnRateTapped | OwnRateTyped) -> None:
        self.own_us = event.length_us
        last = self.rates[-1] if self.rates else None
        if isinstance(event, OwnRateTyped):
            self.taps = []
        elif isinstance(last, OwnRateTapped) and event.t_us - last.t_us <= SERIES_US:
            self.rates.pop()
        self.rates.append(event)
        # The client is here: what was led before no longer matters.
        self.wanted_us, self.anew = None, True

    def _settle(self, until_us: int, *, broken_off: bool) -> None:
        """Record the breaths that the guide has given, and those that were broken off."""
        left = []
        for paced in self.pending:
            starts, ends = self.span(paced)
            whole = ends <= until_us + WHOLE_WITHIN_US
            if not whole and not broken_off:
                left.append(paced)
            elif starts < until_us:
                ends = ends if whole else Micros(until_us)
                self.delivered.append(
                    Delivered(paced=paced, starts_us=starts, ends_us=ends, whole=whole)
                )
        self.pending = left

    @property
    def halted_us(self) -> Micros | None:
        """Give since when music or quiet holds the guide, before the guide has said so itself."""
        if self.music.quiet_us is not None:
            return self.music.quiet_us
        if self.last is not None and self.last.on_the_beat and not self.clock_chosen:
            return self.music.paused_us
        return None

    def grid(self, number: int) -> BeatGrid:
        """Give the newest beats of a grid that was followed."""
        return self.music.grids[number]

    def span(self, paced: BreathPaced) -> tuple[Micros, Micros]:
        """Give when a breath begins and ends, by the newest beats that the record holds."""
        grid = self.music.grids.get(paced.grid)
        if grid is None:
            return paced.starts_us, Micros(paced.starts_us + paced.nominal_us)
        return when(grid, paced.first_beat), when(grid, paced.end_beat)

    def whole_breaths(self, now_us: int) -> int:
        """Count the breaths that the guide has completed."""
        done = sum(given.whole for given in self.delivered)
        return done + sum(self.span(paced)[1] <= now_us for paced in self.pending)


def pulse_grid(pulse: CountsOnClock) -> BeatGrid:
    """Give the beats of counts on the clock, until the engine publishes them itself."""
    period = round(MINUTE / pulse.bpm)
    return BeatGrid(
        grid=pulse.grid,
        revision=-1,
        first_beat=0,
        beats_us=(pulse.first_us, Micros(pulse.first_us + period)),
    )
