"""What music to ask for: a plan, what is left of one, or the same again for a fresh engine."""

from collections.abc import Sequence

import msgspec

from mtsession.activities.listening.events import ProgrammePlanned, Why
from mtsession.activities.listening.moving import name_of
from mtsession.activities.listening.revising import along
from mtsession.activities.listening.settings import LEAD_US
from mtsession.activities.listening.standing import Standing
from mtsession.errors import MusicError
from mtsession.protocol import commands as cmd
from mtsession.protocol.sources import ProgrammeItem
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import SECOND, Micros, micros

GRAIN_US = 250_000
"""Programmes start on multiples of it, so that live and offline agree on the frame."""

LONGEST_WAIT_US = 2 * SECOND
"""How long other music may wait for a downbeat; a beat is soon enough after that."""

RESTART_FADE_US = Micros(2 * SECOND)

OTHER: frozenset[Why] = frozenset({"skip", "failed"})
"""Reasons to play something else than what plays."""


class Asking(Standing):
    """Plans music for one listening activity from how it stands."""

    def plan(self, now_us: Micros, why: Why, at_us: Micros) -> ProgrammePlanned:
        """Plan from where the arc will be at `at_us`; where only silence is left, what follows it.

        Raises
        ------
        MusicError
            If no music is left that can be played.
        """
        try:
            return self._plan(now_us, why, at_us)
        except MusicError:
            before = self._state.current(now_us)
            if before is None or before.next_us is None:
                raise
            event = self.next_round(now_us, before, before.next_us)
        due_us = now_us + before.next_us - self._state.position_us(now_us)
        return msgspec.structs.replace(event, why=why, at_us=Micros(max(self.lead(now_us), due_us)))

    def _plan(self, now_us: Micros, why: Why, at_us: Micros) -> ProgrammePlanned:
        state, settings = self._state, self._settings
        before = state.current(now_us)
        wait = 0 if state.held_since is not None else at_us - now_us
        arc_from = Micros(0) if before is None else state.arc_position_us(now_us, wait)
        skipped = (before.skipped if before else 0) + (why in OTHER)
        number = before.round if before else 0
        course = state.led.course(number)
        round_us = self._round_us()
        if round_us is not None and arc_from >= round_us:
            # Nothing of it was played for longer than it lasts: it has gone round meanwhile.
            number, arc_from = number + 1, Micros(arc_from % round_us)
            carried = state.led.carried(number)
            course = TempoMap(carried) if carried else None
        programme = settings.programme(
            planned_us=self._context.planned_us,
            first_number=state.next_number,
            seed=self._context.seed + skipped,
            from_us=arc_from,
            queue=self._queue(now_us, why),
            along=along(settings, course),
        )
        overlaps = why == "skip" and not state.stands_still
        return ProgrammePlanned(
            t_us=now_us,
            activity=self._context.activity,
            why=why,
            round=number,
            at_us=at_us,
            position_us=Micros(0),
            arc_from_us=arc_from,
            items=programme.items,
            duration_us=programme.duration_us,
            next_us=programme.next_us if settings.goes_round(self._context.planned_us) else None,
            fade_in_us=micros(settings.crossfade_s if overlaps else settings.fade_in_s),
            skipped=skipped,
            notes=programme.notes,
            target=() if course is None else course.points,
            leads=state.led.leads,
        )

    def over(self, now_us: Micros) -> bool:
        """Tell whether the arc is over, with nothing to come after it."""
        settings, planned_us = self._settings, self._context.planned_us
        whole_us = settings.length_us(planned_us)
        if whole_us is None or settings.goes_round(planned_us):
            return False
        return self._state.arc_position_us(now_us) >= whole_us

    def _round_us(self) -> Micros | None:
        """Give how long a round of the arc lasts, where it goes round."""
        settings, planned_us = self._settings, self._context.planned_us
        return settings.length_us(planned_us) if settings.goes_round(planned_us) else None

    def next_round(
        self, now_us: Micros, before: ProgrammePlanned, next_us: Micros
    ) -> ProgrammePlanned:
        """Plan the round that begins `next_us` into the one before, to the microsecond.

        Raises
        ------
        MusicError
            If no music is left that can be played.
        """
        target = self._state.led.carried(before.round + 1)
        programme = self._settings.programme(
            planned_us=self._context.planned_us,
            first_number=self._state.next_number,
            seed=self._context.seed + 100 * (before.round + 1),
            queue=self._queue(now_us, "round"),
            along=along(self._settings, TempoMap(target) if target else None),
        )
        return ProgrammePlanned(
            t_us=now_us,
            activity=self._context.activity,
            why="round",
            round=before.round + 1,
            at_us=Micros(before.at_us - before.position_us + next_us),
            position_us=Micros(0),
            arc_from_us=Micros(0),
            items=programme.items,
            duration_us=programme.duration_us,
            next_us=programme.next_us,
            fade_in_us=micros(self._settings.crossfade_s),
            skipped=before.skipped,
            notes=programme.notes,
            target=target,
            leads=self._state.led.leads,
        )

    def left(self, now_us: Micros) -> ProgrammePlanned | None:
        """Give what was left for other music, where it would be by now; None where it is over."""
        state, left = self._state, self._state.left
        if left is None or left.item.item in state.failed:
            return None
        at_us = self.soon(now_us)
        position = left.position_at(at_us)
        if position is None:
            return None
        downbeat = left.downbeat_at(self._settings, position)
        return msgspec.structs.replace(
            left.programme,
            t_us=now_us,
            why="undo",
            at_us=at_us,
            position_us=Micros(downbeat),
            # It comes in a part of a bar earlier than it would be by now; the arc does not.
            arc_from_us=Micros(left.programme.arc_from_us + position - downbeat),
            items=_renumbered(left.programme.items, state.next_number),
            fade_in_us=micros(self._settings.crossfade_s),
            skipped=max(each.skipped for each in state.planned),
            notes=(),
        )

    def same_again(self, now_us: Micros, *, missed_us: int) -> ProgrammePlanned | None:
        """Give what should sound after what was missed, newly numbered; None where it is over."""
        state = self._state
        programme = state.current(now_us)
        if programme is None:
            return None
        at_us = self.lead(now_us)
        position = state.position_us(now_us) + missed_us
        if position >= programme.duration_us and programme.next_us is None:
            return None
        return msgspec.structs.replace(
            programme,
            t_us=now_us,
            why="restart",
            at_us=at_us,
            position_us=Micros(position),
            items=_renumbered(programme.items, state.next_number),
            fade_in_us=RESTART_FADE_US,
            notes=(),
        )

    def lead(self, now_us: Micros) -> Micros:
        """Give the time of the grain that is nearest to a lead from now."""
        return Micros((now_us + LEAD_US + GRAIN_US // 2) // GRAIN_US * GRAIN_US)

    def soon(self, now_us: Micros) -> Micros:
        """Give the next downbeat, or beat, or moment, that other music may begin on."""
        earliest = Micros(now_us + LEAD_US)
        grid = self._state.grid()
        if grid is None:
            return self.lead(now_us)
        downbeat = grid.time_of(grid.next_downbeat(earliest))
        if downbeat - earliest <= LONGEST_WAIT_US:
            return downbeat
        return grid.time_of(grid.next_beat(earliest))

    def _queue(self, now_us: Micros, why: Why) -> tuple[str, ...] | None:
        """Give the pieces or files that may follow, in order; None where the plan decides."""
        if self._settings.library is not None:
            return self._pool(now_us, why)
        state = self._state
        spoilt, programme, due = state.spoilt, state.current(now_us), state.due(now_us)
        if programme is None or why == "round":
            listed = self._settings.listed
            whole = tuple(name for name in listed if name not in spoilt)
            return None if whole == listed else whole
        names = [name_of(item) for item in programme.items]
        place = programme.items.index(due) if due is not None else 0
        wanted = names[place:]
        if why in OTHER:
            other = [name for name in self._settings.listed if name != names[place]]
            fresh = [name for name in other if name not in state.begun]
            wanted = names[place + 1 :] or fresh or other or names
        return tuple(dict.fromkeys(name for name in wanted if name not in spoilt))

    def _pool(self, now_us: Micros, why: Why) -> tuple[str, ...] | None:
        """Give the recordings of the library that may follow; the planner puts them in order."""
        state, due = self._state, self._state.due(now_us)
        pool = (*self._settings.material, *self._settings.spare)
        whole = tuple(dict.fromkeys(each.path for each in pool))
        playable = tuple(name for name in whole if name not in state.spoilt)
        if due is None or why == "round":
            return None if playable == whole else playable
        now = name_of(due)
        other = tuple(name for name in playable if name != now or why not in OTHER)
        fresh = tuple(name for name in other if name not in state.begun or name == now)
        return fresh or other or playable


def play(event: ProgrammePlanned) -> cmd.PlayProgramme:
    """Give the command that asks for what was planned."""
    return cmd.PlayProgramme(
        owner=event.activity,
        items=event.items,
        at_us=event.at_us,
        position_us=event.position_us,
        fade_in_us=event.fade_in_us,
        gives_way=event.why in {"skip", "undo"},
    )


def _renumbered(items: Sequence[ProgrammeItem], first: int) -> tuple[ProgrammeItem, ...]:
    """Give items and grids fresh numbers: a fresh engine counts its revisions from 0."""
    return tuple(
        msgspec.structs.replace(
            item, item=first + place, grid=None if item.grid is None else first + place
        )
        for place, item in enumerate(items)
    )
