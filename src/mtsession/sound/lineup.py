"""The items of a programme in their order: opened ahead, begun when due, replaced where they fail.

All is counted in places, frames from the programme's start. An item that is late, skipped or
cannot be played moves the places of those after it, and everything else follows.
"""

from collections.abc import Callable
from typing import Literal

from mtsession.errors import MediaError
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.sound.entrance import enter
from mtsession.sound.envelope import Departure
from mtsession.sound.revision import revise
from mtsession.sound.slot import Slot
from mtsession.sound.sources import Opener
from mtsession.sound.stretch_shape import Effort
from mtsession.timeline.event import Event
from mtsession.timeline.events import TrackEnded, TrackFailed, TrackStarted
from mtsession.timeline.units import Micros

EndedBecause = Literal["end", "stopped", "failed", "quiet"]

_OPEN_AHEAD_SECONDS = 20.0
_OPEN_AT_LEAST = 2
_RECOVERY_FADE_SECONDS = 1.0
PATIENCE_SECONDS = 10.0
"""A recording that is late by so much is given up: its drive may never answer."""

NEVER_OPENS = MediaError("The recording does not open.", "Is the drive that it lies on there?")


class Lineup:
    """What sounds and what is to come.

    Parameters
    ----------
    position : int
        The place to begin at; items that end before it are left out.
    mark : callable
        Told of each track that starts, ends or fails, with its place.
    changed : callable
        Told when items or beats have moved; not of each block that something is late.

    Attributes
    ----------
    slots : list of Slot
        What sounds, then what is to come.
    late : bool
        Whether an item's place has come and its sound has not: it moves on, block by block.
    """

    def __init__(
        self,
        items: tuple[ProgrammeItem, ...],
        *,
        owner: int,
        position: int,
        sample_rate: int,
        effort: Effort,
        opener: Opener,
        mark: Callable[[int, Event], None],
        changed: Callable[[], None],
    ) -> None:
        self.late = False
        self._owner = owner
        self._position = position
        self._rate = sample_rate
        self._effort: Effort = effort
        self._opener = opener
        self._mark = mark
        self._changed = changed
        self._skip_frames: int | None = None
        self._held_at: int | None = None
        self._fade: int | None = None
        self._ended: set[int] = set()
        self.slots = self._planned(items)

    def open_ahead(self, place: int) -> None:
        """Open the next items in time: two at least, so that a skip finds one ready."""
        ahead = place + round(_OPEN_AHEAD_SECONDS * self._rate)
        for number, slot in enumerate(slot for slot in self.slots if not slot.begun):
            if number >= _OPEN_AT_LEAST and slot.start > ahead:
                break
            slot.open(self._opener, self._effort)

    def first_ready(self, place: int) -> bool:
        """Open what is due next; tell whether the first item can begin (or none is left)."""
        self.open_ahead(self._position)
        while self.slots:
            try:
                return self.slots[0].ready
            except MediaError as error:
                self.fail(self.slots[0], place, error)
                self.open_ahead(self._position)
        return True

    def advance(self, place: int, n: int) -> None:
        """Do what is due before the `n` frames from a place on are heard."""
        self.open_ahead(place + n)
        self._try_skip(place)
        self.begin_due(place, n)

    def begin_due(self, place: int, n: int) -> None:
        """Begin the items that this block meets; those not ready move, and all after them."""
        for slot in [slot for slot in self.slots if not slot.begun]:
            if slot.first >= place + n:
                return
            try:
                ready = slot.ready
            except MediaError as error:
                self.fail(slot, place, error)
                self.open_ahead(place + n)
                self.begin_due(place, n)
                return
            if not ready:
                self.late = True
                slot.waited += place + n - slot.first
                self._shift_from(slot, place + n - slot.first)
                if slot.waited <= PATIENCE_SECONDS * self._rate:
                    return
                self.fail(slot, place, NEVER_OPENS)
                continue
            slot.begun = True
            self._fade = None
            if self.late:
                self.late = False
                self._changed()
            self._mark(max(place, slot.first), _started(self._owner, slot.item))

    def skip(self, place: int, fade_frames: int, *, held: bool = False) -> bool:
        """Let what sounds give way to the next item; tell whether anything does.

        Parameters
        ----------
        fade_frames : int
            How long the two cross.
        held : bool
            Whether the music stands at this place: what is ready by then comes unheard.
        """
        leaving = [slot for slot in self.slots if slot.begun and slot.departure is None]
        for slot in leaving:
            slot.departure = Departure(place, self._rate)
        # In a silence nothing has to give way: what comes after it comes now.
        silent = bool(self.slots) and not any(slot.begun for slot in self.slots)
        if leaving or silent:
            self._skip_frames = fade_frames
            self._held_at = place if held else None
        return bool(leaving or silent)

    def revise(self, items: tuple[ProgrammeItem, ...], place: int) -> int | None:
        """Go on otherwise; give the first place that is heard otherwise, None where none is.

        Raises
        ------
        MediaError
            If an item cannot be played as it is asked for; then all goes on as it was.
        """
        plan = [slot for slot in self._planned(items) if slot.item.item not in self._ended]
        for slot in plan:
            if slot.fault is not None:
                raise slot.fault
        place = max(place, self._position)
        self._skip_anew(place)
        self.slots, changed = revise(self.slots, plan, place)
        self.late = False
        self.open_ahead(place)
        if changed is None:
            return None
        self._changed()
        return max(changed, place)

    def finish(self, slot: Slot, place: int) -> None:
        """Let an item end that has been heard as long as it was to be."""
        why: EndedBecause = "end" if slot.departure is None else "stopped"
        self._mark(place, TrackEnded(t_us=Micros(0), item=slot.item.item, reason=why))
        self._remove(slot)

    def fail(self, slot: Slot, place: int, error: MediaError) -> None:
        """Report an item that cannot be played (further), and let the next one take its place."""
        item = slot.item.item
        failed = TrackFailed(t_us=Micros(0), item=item, message=error.message, hint=error.hint)
        self._mark(place, failed)
        index = self.slots.index(slot)
        after = next((other for other in self.slots[index + 1 :] if not other.begun), None)
        if slot.begun:
            self._mark(place, TrackEnded(t_us=Micros(0), item=item, reason="failed"))
        else:
            self.late = False
        if after is not None and not (slot.begun and self._covered(slot, after)):
            softest = round(_RECOVERY_FADE_SECONDS * self._rate)
            fade_in = max(after.envelope.fade_in, softest if slot.begun else slot.envelope.fade_in)
            after.envelope = after.envelope._replace(fade_in=fade_in)
            self._shift_from(after, max(slot.first, place) - after.first)
        self._remove(slot)

    def _covered(self, slot: Slot, after: Slot) -> bool:
        """Tell whether something sounds where an item broke off, or silence is planned after it."""
        sounds = any(other.begun and other is not slot for other in self.slots)
        return sounds or after.first > slot.end

    def end(self, place: int, why: EndedBecause) -> None:
        """Forget everything at a place."""
        for slot in self.slots:
            if slot.begun:
                self._mark(place, TrackEnded(t_us=Micros(0), item=slot.item.item, reason=why))
            slot.close()
        self.slots = []
        self._changed()

    def _planned(self, items: tuple[ProgrammeItem, ...]) -> list[Slot]:
        slots = [Slot(item, self._rate, self._position) for item in items]
        return [slot for slot in slots if slot.start + slot.frames > self._position]

    def _try_skip(self, place: int) -> None:
        """Let the next item come over those that give way, once it is ready."""
        if self._skip_frames is None:
            return
        fade, enters = 0 if place == self._held_at else self._skip_frames, place
        coming = next((slot for slot in self.slots if not slot.begun), None)
        leaving = [slot for slot in self.slots if slot.departure is not None]
        if coming is not None:
            try:
                if not coming.ready:
                    return
            except MediaError as error:
                self.fail(coming, place, error)
                return
            if leaving and fade:
                enters = enter(leaving[-1], coming, place=place, fade=fade, sample_rate=self._rate)
            coming.envelope = coming.envelope._replace(fade_in=fade)
            self._shift_from(coming, enters - coming.first)
        for slot in leaving:
            if slot.departure is not None and slot.departure.end is None:
                slot.departure.fall(enters, fade)
        self._skip_frames, self._fade = None, fade
        self._changed()

    def _skip_anew(self, place: int) -> None:
        """Let a skip whose next item has not begun be decided anew: that one is planned anew."""
        stays = any(slot.begun and slot.departure is None for slot in self.slots)
        if self._fade is None or stays:
            return
        for slot in self.slots:
            if slot.departure is not None:
                slot.departure.stay(place)
        self._skip_frames, self._fade = self._fade, None

    def _remove(self, slot: Slot) -> None:
        slot.close()
        self._ended.add(slot.item.item)
        self.slots.remove(slot)
        self._changed()

    def _shift_from(self, slot: Slot, frames: int) -> None:
        """Move an item and all that have not begun after it; telling of it is the caller's."""
        for other in self.slots[self.slots.index(slot) :]:
            if not other.begun:
                other.start += frames


def _started(owner: int, item: ProgrammeItem) -> TrackStarted:
    """Name a track by its title and kind of source; a file's place on the disk stays out of it."""
    source = "file" if isinstance(item.source, FileSource) else item.source.piece
    return TrackStarted(
        t_us=Micros(0),
        activity=owner,
        item=item.item,
        title=item.title,
        source=source,
        content_hash=item.content_hash,
        planned_bpm=item.planned_bpm,
        grid=item.grid,
    )
