"""How listening stands: a fold over the session's events, and nothing else."""

from collections.abc import Callable
from typing import Any

from mtsession.activities.listening.events import (
    BeatTapped,
    ItemSkipped,
    LeadUndone,
    ListeningFailed,
    ListeningHeld,
    ListeningReleased,
    MusicNamed,
    MusicTurned,
    ProgrammePlanned,
    ProgrammeRevised,
    PulseFitted,
    TempoLed,
)
from mtsession.activities.listening.led_state import LedState
from mtsession.activities.listening.left import Left, leaving
from mtsession.activities.listening.moving import (
    brief,
    first_of,
    moved,
    name_of,
    revised,
    shifted,
)
from mtsession.activities.listening.turned import Turned
from mtsession.protocol.sources import ProgrammeItem
from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event
from mtsession.timeline.units import Micros

ON_TIME_US = 500_000
"""How far from its time a track may start before the programme is taken to have moved."""


class ListeningState:
    """What is known of one listening activity.

    Attributes
    ----------
    planned : list of ProgrammePlanned
        The programme that plays and, once it is asked for, the round after it. Their
        `at_us` are moved by holds and by tracks that fail, so that they stay true.
    held_since : Micros or None
        Since when the music has stood still.
    failed, spoilt : set
        Items that could not be played, and the names of what they were made of.
    left : Left or None
        What other music was asked for in place of, where it can be brought back.
    over : set
        Items that have ended.
    begun : set
        The names of what was heard, if only in part.
    unsettled : bool
        What was planned has moved away from its place in the arc.
    led, turned
        How the tempo was led, and where the music comes from.
    """

    def __init__(self, activity: int) -> None:
        self.activity = activity
        self.planned: list[ProgrammePlanned] = []
        self.items: dict[int, ProgrammeItem] = {}
        self.grids: dict[int, BeatGrid] = {}
        self._heard: int | None = None
        self._arc_stood = False
        self._left_at_us = Micros(0)
        self.over: set[int] = set()
        self.failed: set[int] = set()
        self.spoilt: set[str] = set()
        self.begun: set[str] = set()
        self.held_since: Micros | None = None
        self.held_by_hand = False
        self.session_paused = False
        self.engine_paused = False
        self.quiet = False
        self.lost = False
        self.ended = False
        self.unsettled = False
        self.message = ""
        self.left: Left | None = None
        self.led = LedState()
        self.turned = Turned()
        self._folds: dict[type[Event], Callable[[Any], None]] = {
            ProgrammePlanned: self._own(self._programme_planned),
            ProgrammeRevised: self._own(self._programme_revised),
            ItemSkipped: self._own(self._leave),
            TempoLed: self._own(self.led.led),
            LeadUndone: self._own(self.led.undone),
            MusicTurned: self._own(self._music_turned),
            MusicNamed: self._own(self.turned.name),
            BeatTapped: self._own(self.turned.tap),
            PulseFitted: self._own(self._pulse_fitted),
            ListeningHeld: self._own(self._held),
            ListeningReleased: self._own(self._released),
            ListeningFailed: self._own(self._listening_failed),
            ev.SessionPaused: self._session_paused,
            ev.SessionResumed: self._session_resumed,
            ev.MusicPaused: self._music_paused,
            ev.MusicResumed: self._music_resumed,
            ev.TrackStarted: self._track_started,
            ev.TrackEnded: self._track_ended,
            ev.TrackFailed: self._track_failed,
            ev.BeatGridRevised: self._grid_revised,
            ev.QuietCommanded: self._quietened,
            ev.EngineLost: lambda _: self._forget_engine(),
            ev.EngineStarted: self._engine_started,
            ev.ActivityEnded: self._own(self._activity_ended),
        }

    def apply(self, event: Event) -> None:
        """Take in an event."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event)

    def _own(self, fold: Callable[[Any], None]) -> Callable[[Any], None]:
        """Take in only what is of this activity."""

        def own(event: Any) -> None:
            if event.activity == self.activity:
                fold(event)

        return own

    @property
    def heard(self) -> ProgrammeItem | None:
        """Give what sounds, as it is planned now."""
        return None if self._heard is None else self.items.get(self._heard)

    @property
    def stands_still(self) -> bool:
        """Tell whether no music is to be asked for at present."""
        return self.held_since is not None or self.quiet or self.lost

    @property
    def next_number(self) -> int:
        """Give the first number that no item of this activity has had."""
        pulse = self.turned.pulse
        tapped = () if pulse is None else (pulse.grid,)
        known = *self.items, *tapped, *self.grids
        return max(known, default=self.activity * 1000 - 1) + 1

    def current(self, now_us: int) -> ProgrammePlanned | None:
        """Give the programme that plays, or is about to."""
        begun = [each for each in self.planned if each.at_us <= self._music_time(now_us)]
        return begun[-1] if begun else (self.planned[0] if self.planned else None)

    def position_us(self, now_us: int) -> Micros:
        """Give where the programme is, in its own time."""
        return Micros(max(0, self._run_us(now_us)))

    def arc_position_us(self, now_us: int, later_us: int = 0) -> Micros:
        """Give where the arc is, or will be so much later, also before other music begins."""
        programme = self.current(now_us)
        if programme is None:
            return Micros(max(self._left_at_us, later_us))
        begins, least = programme.arc_from_us, 0
        if self._arc_stood:
            # It stood still, and goes on with the music that was asked for.
            least = begins + programme.position_us
        return Micros(max(least, begins + self._run_us(now_us) + later_us))

    def due(self, now_us: int) -> ProgrammeItem | None:
        """Give the item that should sound now; in a crossfade, the one that comes."""
        programme, position = self.current(now_us), self.position_us(now_us)
        if programme is None:
            return None
        begun = [item for item in programme.items if item.start_us <= position]
        return begun[-1] if begun else None

    def grid(self) -> BeatGrid | None:
        """Give the newest beats of what sounds."""
        pulse = self.turned.pulse
        if pulse is not None:
            return self.grids.get(pulse.grid)
        if self.heard is None or self.heard.grid is None:
            return None
        return self.grids.get(self.heard.grid)

    def _run_us(self, now_us: int) -> int:
        programme = self.current(now_us)
        if programme is None:
            return 0
        return self._music_time(now_us) - programme.at_us + programme.position_us

    def _music_time(self, now_us: int) -> int:
        return now_us if self.held_since is None else min(now_us, self.held_since)

    def _programme_planned(self, event: ProgrammePlanned) -> None:
        self.left = None
        if event.why == "skip":
            self._leave(event)
        if event.why == "round":
            kept = [each for each in self.planned if each.round < event.round]
            self.planned = [*kept[-1:], event]
        else:
            self.planned = [event]
            self._arc_stood = self.held_since is not None
            self.quiet = self.lost = self.engine_paused = self.held_by_hand = False
            self.held_since = None
            self.unsettled = False
            self.message = brief(event.notes)
        self.led.planned(event)
        self.items.update((item.item, item) for item in event.items)

    def _leave(self, event: ProgrammePlanned | ItemSkipped) -> None:
        """Keep what other music is asked for in place of, where it sounds."""
        t_us, silent = event.t_us, self.stands_still or self.turned.away
        self.left = None if silent else leaving(self.current(t_us), self.due(t_us), t_us)

    def _programme_revised(self, event: ProgrammeRevised) -> None:
        for place, programme in enumerate(self.planned):
            if programme.round == event.round:
                self.planned[place] = revised(programme, event)
        self.unsettled = False
        self.led.revised(event)
        self.items.update((item.item, item) for item in event.items)

    def _music_turned(self, event: MusicTurned) -> None:
        self.turned.turn(event)
        self.message = ""
        if event.to != "programme":
            # What was asked for already never comes.
            programme = self.current(event.t_us)
            self.planned = [] if programme is None else [programme]

    def _pulse_fitted(self, event: PulseFitted) -> None:
        self.turned.fit(event)
        self.quiet = False
        self._let_go_unless_held(event.t_us)

    def _hold(self, t_us: Micros) -> None:
        if self.held_since is None:
            self.held_since = t_us

    def _let_go(self, t_us: Micros) -> None:
        """Go on, and move what was planned by the time that was held."""
        if self.held_since is None:
            return
        since = self.held_since
        self.planned = [
            # What had not begun waits at most for the end of the hold.
            moved(each, t_us - since if each.at_us < since else max(0, t_us - each.at_us))
            for each in self.planned
        ]
        self.left = None if self.left is None else self.left.later(t_us - since)
        self.held_since = None

    def _let_go_unless_held(self, t_us: Micros) -> None:
        if not (self.held_by_hand or self.session_paused or self.engine_paused or self.quiet):
            self._let_go(t_us)

    def _held(self, event: ListeningHeld) -> None:
        self.held_by_hand = True
        self._hold(event.t_us)

    def _released(self, event: ListeningReleased) -> None:
        self.held_by_hand = False
        self._let_go_unless_held(event.t_us)

    def _session_paused(self, event: ev.SessionPaused) -> None:
        self.session_paused = True
        self._hold(event.t_us)

    def _session_resumed(self, event: ev.SessionResumed) -> None:
        self.session_paused = False
        if self.turned.away and self.turned.pulse is None:
            # Going on after quiet brings nothing back.
            self.quiet = False
        self._let_go_unless_held(event.t_us)

    def _music_paused(self, event: ev.MusicPaused) -> None:
        # The engine knows best when the music came to stand.
        self.engine_paused = True
        if not self.quiet and self.planned:
            self.held_since = event.t_us

    def _music_resumed(self, event: ev.MusicResumed) -> None:
        self.engine_paused = False
        self._let_go_unless_held(event.t_us)

    def _track_started(self, event: ev.TrackStarted) -> None:
        if event.item not in self.items:
            return
        self._heard = event.item
        self.begun.add(name_of(self.items[event.item]))
        for place, each in enumerate(self.planned):
            item = next((item for item in each.items if item.item == event.item), None)
            if item is None or self.held_since is not None:
                continue
            late = event.t_us - each.at_us - max(0, item.start_us - each.position_us)
            if abs(late) <= ON_TIME_US:
                continue
            if item == first_of(each):
                self.planned[place] = moved(each, late)
            else:
                # It comes early where the one before it was skipped or could not be played.
                self.planned[place] = later = shifted(each, item, late)
                self.items.update((item.item, item) for item in later.items)
                self.unsettled = True

    def _track_ended(self, event: ev.TrackEnded) -> None:
        self.over.add(event.item)
        if self._heard == event.item:
            self._heard = None

    def _track_failed(self, event: ev.TrackFailed) -> None:
        if event.item in self.items:
            self.failed.add(event.item)
            self.spoilt.add(name_of(self.items[event.item]))
            self.message = f"{event.message} {event.hint}".strip()

    def _listening_failed(self, event: ListeningFailed) -> None:
        self._left_at_us = self.arc_position_us(event.t_us)
        self.planned = []
        self.message = f"{event.message} {event.hint}".strip()

    def _grid_revised(self, event: ev.BeatGridRevised) -> None:
        grid = event.grid
        known = self.grids.get(grid.grid)
        pulse = self.turned.pulse
        own = grid.grid in self.items or (pulse is not None and grid.grid == pulse.grid)
        if own and (known is None or known.revision <= grid.revision):
            self.grids[grid.grid] = grid

    def _quietened(self, event: ev.QuietCommanded) -> None:
        self._hold(event.t_us)
        self.quiet = True
        self._heard = None
        self.message = "Quiet."

    def _engine_started(self, event: ev.EngineStarted) -> None:
        if event.restarted:
            self._forget_engine()

    def _forget_engine(self) -> None:
        self._heard = None
        self.engine_paused = False
        self.lost = bool(self.planned)

    def _activity_ended(self, _event: ev.ActivityEnded) -> None:
        self.ended = True
        self._heard = None
