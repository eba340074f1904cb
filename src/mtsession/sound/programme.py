"""A programme being played: items on a timeline of their own, one flowing into the next.

The programme counts frames from its own start (`place`); `origin` says at which
frame of the output that start lies. Holding the music, an item that is late and a
skipped item move places or the origin, and everything else follows.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from mtsession.errors import MediaError
from mtsession.media.stream import Samples
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.sound.beats import GridFrames
from mtsession.sound.entrance import enter
from mtsession.sound.envelope import Departure
from mtsession.sound.ramp import Ramp
from mtsession.sound.revision import revise
from mtsession.sound.slot import Slot
from mtsession.sound.sources import Opener
from mtsession.timeline.event import Event
from mtsession.timeline.events import TrackEnded, TrackFailed, TrackStarted
from mtsession.timeline.units import Micros

Mark = Callable[[int, Event], None]
"""Takes a frame and what happened there; the time is filled in from the frame."""

Applied = Callable[[int], None]
"""Told of the frame in which the first sample lies that a wish changed."""

EndedBecause = Literal["end", "stopped", "failed", "quiet"]

_OPEN_AHEAD_SECONDS = 20.0
_OPEN_AT_LEAST = 2
_RECOVERY_FADE_SECONDS = 1.0
_YIELD_SECONDS = 0.3


class Programme:
    """Items in time, opened ahead, each replaced by the next where it cannot be played.

    Parameters
    ----------
    position : int
        The place to begin at, in frames.
    mark : callable
        Told of each track that starts, ends or fails, with its frame.
    changed : callable
        Told when frames of items or beats have moved; not of each block that something is late.

    Attributes
    ----------
    late : bool
        Whether an item's frame has come and its sound has not: it moves on, block by block.
    """

    def __init__(
        self,
        *,
        owner: int,
        items: tuple[ProgrammeItem, ...],
        position: int,
        sample_rate: int,
        opener: Opener,
        mark: Mark,
        changed: Callable[[], None],
    ) -> None:
        self.owner = owner
        self.origin: int | None = None
        self.gain = Ramp(1.0)
        self.starved = 0
        self.late = False
        self._position = position
        self._rate = sample_rate
        self._opener = opener
        self._mark = mark
        self._changed = changed
        self._ends: tuple[int, EndedBecause] | None = None
        self._skip_frames: int | None = None
        self._ended: set[int] = set()
        self._to_tell: list[tuple[int, Applied]] = []
        self._slots = self._planned(items)

    @property
    def done(self) -> bool:
        """Whether nothing is left to be heard."""
        return not self._slots

    @property
    def leaving(self) -> bool:
        """Whether it fades to its end."""
        return self._ends is not None

    @property
    def grids(self) -> set[int]:
        """The grids of the items that are left."""
        return {slot.item.grid for slot in self._slots if slot.item.grid is not None}

    def prepare(self, frame: int) -> bool:
        """Open what is due next; tell whether the first item can begin (or none is left)."""
        self._open_ahead(self._position)
        while self._slots:
            try:
                return self._slots[0].ready
            except MediaError as error:
                self._fail(self._slots[0], frame, error)
                self._open_ahead(self._position)
        return True

    def expect(self, frame: int) -> None:
        """Say where the first frame is going to lie."""
        if self.late or self.origin != frame - self._position:
            self.late = False
            self.origin = frame - self._position
            self._changed()

    def delay(self, frame: int) -> None:
        """Let the first frame lie here or later: its time has come, its sound has not."""
        self.late = True
        self.origin = frame - self._position

    def begin(self, frame: int, *, fade_frames: int, crossfade: bool) -> None:
        """Let the first frame lie at `frame`, and fade in."""
        self.expect(frame)
        if fade_frames:
            self.gain = Ramp(0.0)
            shape: Literal["rise", "first"] = "rise" if crossfade else "first"
            self.gain.to(1.0, frame=frame, frames=fade_frames, shape=shape)

    def leave(self, frame: int, frames: int, why: EndedBecause, *, crossfade: bool = False) -> None:
        """Fade out and end; an earlier end stands."""
        end = frame + frames
        if self._ends is not None and self._ends[0] <= end:
            return
        self.gain.to(0.0, frame=frame, frames=frames, shape="fall" if crossfade else "smooth")
        self._ends = (end, why)
        self._changed()

    def move(self, frames: int) -> None:
        """Let everything lie so much later: the music was held."""
        if self.origin is not None:
            self.origin += frames
            self._changed()

    def plays(self, items: tuple[ProgrammeItem, ...]) -> bool:
        """Whether any of some items is left."""
        return bool({slot.item.item for slot in self._slots} & {item.item for item in items})

    def skip(self, frame: int, fade_frames: int, applied: Applied) -> None:
        """Let what sounds give way to the next item, which comes as soon as it is ready.

        Parameters
        ----------
        fade_frames : int
            How long the two cross; 0 where nothing is heard of it.
        """
        place = frame - (self.origin or 0)
        leaving = [slot for slot in self._slots if slot.begun and slot.departure is None]
        for slot in leaving:
            slot.departure = Departure(place, round(_YIELD_SECONDS * self._rate))
        if leaving:
            self._skip_frames = fade_frames
            self._to_tell.append((place, applied))

    def revise(self, frame: int, items: tuple[ProgrammeItem, ...], applied: Applied) -> None:
        """Go on otherwise: what sounds from its place on, what is to come as a whole.

        Raises
        ------
        MediaError
            If an item cannot be played as it is asked for; then all goes on as it was.
        """
        plan = [slot for slot in self._planned(items) if slot.item.item not in self._ended]
        for slot in plan:
            if slot.fault is not None:
                raise slot.fault
        place = self._position if self.origin is None else frame - self.origin
        place = max(place, self._position)
        self._slots, changed = revise(self._slots, plan, place)
        self._open_ahead(place)
        if changed is not None:
            self._to_tell.append((max(changed, place), applied))
            self._changed()

    def _planned(self, items: tuple[ProgrammeItem, ...]) -> list[Slot]:
        slots = [Slot(item, self._rate, self._position) for item in items]
        return [slot for slot in slots if slot.start + slot.frames > self._position]

    def render(self, frame: int, out: Samples) -> None:
        """Add the frames from `frame` on to `out`, shape (n, 2)."""
        if self.origin is None:
            return
        n = len(out)
        if self._ends is not None and frame + n > self._ends[0]:
            n = max(0, self._ends[0] - frame)
        if n:
            self._render(frame, n, out)
        if self._ends is not None and frame + len(out) >= self._ends[0]:
            self.end(*self._ends)

    def end(self, frame: int, why: EndedBecause) -> None:
        """Forget everything at a frame."""
        for slot in self._slots:
            if slot.begun:
                self._mark(frame, TrackEnded(t_us=Micros(0), item=slot.item.item, reason=why))
            slot.close()
        self._slots = []
        self._to_tell = []
        self._changed()

    def grid_frames(self) -> list[GridFrames]:
        """Give the beats of every item that has any."""
        origin = self.origin
        if origin is None:
            return []
        found = []
        for slot in self._slots:
            inside = (slot.beats >= 0) & (slot.beats < slot.frames)
            first = int(np.argmax(inside)) if inside.any() else 0
            if slot.item.grid is None or inside.sum() < 2:
                continue
            end, stop = origin + slot.end, self._ends
            found.append(
                GridFrames(
                    grid=slot.item.grid,
                    first_beat=first,
                    frames=slot.beats[inside] + (origin + slot.start),
                    beats_per_bar=slot.item.beats_per_bar,
                    start=origin + slot.first,
                    end=end if stop is None else min(end, stop[0]),
                    waiting=self.late and not slot.begun,
                )
            )
        return found

    def _render(self, frame: int, n: int, out: Samples) -> None:
        place = frame - (self.origin or 0)
        self._open_ahead(place + n)
        self._try_skip(frame, place)
        self._begin_due(frame, place, n)
        heard = np.zeros((n, 2), dtype=np.float32)
        rendered: list[Slot] = []
        while slot := next((s for s in self._slots if s.begun and s not in rendered), None):
            # An item that breaks lets the next begin within this very block.
            rendered.append(slot)
            self._render_slot(slot, frame, place, heard)
        heard *= self.gain.over(frame, n)
        out[:n] += heard
        for told in [told for told in self._to_tell if told[0] < place + n]:
            self._to_tell.remove(told)
            told[1](frame + max(0, told[0] - place))

    def _render_slot(self, slot: Slot, frame: int, place: int, out: Samples) -> None:
        first = max(place, slot.first)
        wanted = min(place + len(out), slot.end) - first
        if wanted <= 0 or slot.feed is None:
            if slot.end <= place:
                self._finish(slot, frame, "end" if slot.departure is None else "stopped")
            return
        starved = slot.feed.starved
        got = slot.feed.take(wanted)
        self.starved += slot.feed.starved - starved
        at = first - place
        if len(got):
            out[at : at + len(got)] += got * slot.gain_over(first, len(got))
        end = frame + at + len(got)
        if len(got) < wanted and slot.feed.fault is not None:
            self._fail(slot, end, slot.feed.fault)
            self._begin_due(frame, place, len(out))
        elif len(got) < wanted or first + wanted >= slot.end:
            self._finish(slot, end, "end" if slot.departure is None else "stopped")

    def _open_ahead(self, place: int) -> None:
        """Open the next items in time: two at least, so that a skip finds one ready."""
        ahead = place + round(_OPEN_AHEAD_SECONDS * self._rate)
        for number, slot in enumerate(self._slots):
            if number >= _OPEN_AT_LEAST and slot.start > ahead:
                break
            slot.open(self._opener)

    def _begin_due(self, frame: int, place: int, n: int) -> None:
        """Begin the items that this block meets; those not ready move, and all after them."""
        for slot in [slot for slot in self._slots if not slot.begun]:
            if slot.first >= place + n:
                return
            try:
                ready = slot.ready
            except MediaError as error:
                self._fail(slot, frame, error)
                self._open_ahead(place + n)
                self._begin_due(frame, place, n)
                return
            if not ready:
                self.late = True
                self._shift_from(slot, place + n - slot.first)
                return
            slot.begun = True
            if self.late:
                self.late = False
                self._changed()
            self._mark(frame + max(0, slot.first - place), _started(self.owner, slot.item))

    def _try_skip(self, frame: int, place: int) -> None:
        """Let the next item come over those that give way, once it is ready."""
        if self._skip_frames is None:
            return
        fade = self._skip_frames
        coming = next((slot for slot in self._slots if not slot.begun), None)
        leaving = [slot for slot in self._slots if slot.departure is not None]
        enters = place
        if coming is not None:
            try:
                if not coming.ready:
                    return
            except MediaError as error:
                self._fail(coming, frame, error)
                return
            if leaving and fade:
                enters = enter(leaving[-1], coming, place=place, fade=fade, sample_rate=self._rate)
            coming.envelope = coming.envelope._replace(fade_in=fade)
            self._shift_from(coming, enters - coming.first)
        for slot in leaving:
            if slot.departure is not None and slot.departure.end is None:
                slot.departure.fall(enters, fade)
        self._skip_frames = None
        self._changed()

    def _fail(self, slot: Slot, frame: int, error: MediaError) -> None:
        """Report an item that cannot be played (further), and let the next one take its place."""
        self._mark(
            frame,
            TrackFailed(
                t_us=Micros(0), item=slot.item.item, message=error.message, hint=error.hint
            ),
        )
        place = slot.first if self.origin is None else max(slot.first, frame - self.origin)
        index = self._slots.index(slot)
        after = next((other for other in self._slots[index + 1 :] if not other.begun), None)
        if slot.begun:
            self._mark(frame, TrackEnded(t_us=Micros(0), item=slot.item.item, reason="failed"))
        else:
            self.late = False
        if after is not None:
            softest = round(_RECOVERY_FADE_SECONDS * self._rate)
            fade_in = max(after.envelope.fade_in, softest if slot.begun else slot.envelope.fade_in)
            after.envelope = after.envelope._replace(fade_in=fade_in)
            self._shift_from(after, place - after.first)
        self._remove(slot)

    def _finish(self, slot: Slot, frame: int, why: EndedBecause) -> None:
        self._mark(frame, TrackEnded(t_us=Micros(0), item=slot.item.item, reason=why))
        self._remove(slot)

    def _remove(self, slot: Slot) -> None:
        slot.close()
        self._ended.add(slot.item.item)
        self._slots.remove(slot)
        self._changed()

    def _shift_from(self, slot: Slot, frames: int) -> None:
        """Move an item and all that have not begun after it; telling of it is the caller's."""
        for other in self._slots[self._slots.index(slot) :]:
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
