"""A programme being played: items on a timeline of their own, heard through one gain.

The programme counts frames from its own start (`place`); `origin` says at which
frame of the output that start lies. Holding the music moves the origin, what becomes of single
items moves their places (`sound/lineup.py`), and everything else follows.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from mtsession.media.stream import Samples
from mtsession.protocol.sources import ProgrammeItem
from mtsession.sound.beats import GridFrames
from mtsession.sound.envelope import yielding
from mtsession.sound.lineup import NEVER_OPENS, EndedBecause, Lineup
from mtsession.sound.ramp import Ramp
from mtsession.sound.slot import Slot
from mtsession.sound.sources import Opener
from mtsession.sound.stretch_shape import Effort
from mtsession.timeline.event import Event

Mark = Callable[[int, Event], None]
"""Takes a frame and what happened there; the time is filled in from the frame."""

Applied = Callable[[int], None]
"""Told of the frame in which the first sample lies that a wish changed."""


def untold(frame: int) -> None:
    """Tell nobody of the frame in which a wish is heard first."""


class Programme:
    """Items in time, opened ahead, each replaced by the next where it cannot be played.

    Parameters
    ----------
    position : int
        The place to begin at, in frames.
    effort : {"full", "low"}
        How much work each stretch may be.
    mark : callable
        Told of each track that starts, ends or fails, with its frame.
    changed : callable
        Told when frames of items or beats have moved; not of each block that something is late.
    """

    def __init__(
        self,
        *,
        owner: int,
        items: tuple[ProgrammeItem, ...],
        position: int,
        sample_rate: int,
        effort: Effort,
        opener: Opener,
        mark: Mark,
        changed: Callable[[], None],
    ) -> None:
        self.owner = owner
        self.origin: int | None = None
        self.gain = Ramp(1.0)
        self._yields: Ramp | None = None
        self._rate = sample_rate
        self.starved = 0
        self._position = position
        self._mark = mark
        self._changed = changed
        self._frame = 0
        self._ends: tuple[int, EndedBecause] | None = None
        self._to_tell: list[tuple[int, Applied]] = []
        self._delayed = False
        self._owned = True
        self._lineup = Lineup(
            items,
            owner=owner,
            position=position,
            sample_rate=sample_rate,
            effort=effort,
            opener=opener,
            mark=self._mark_place,
            changed=changed,
        )

    @property
    def done(self) -> bool:
        """Whether nothing is left to be heard."""
        return not self._lineup.slots

    @property
    def leaving(self) -> bool:
        """Whether it fades to its end."""
        return self._ends is not None

    @property
    def late(self) -> bool:
        """Whether what is due has no sound yet: it moves on, block by block."""
        return self._delayed or self._lineup.late

    @property
    def grids(self) -> set[int]:
        """The grids of the items that are left."""
        slots = self._lineup.slots
        return {slot.item.grid for slot in slots if slot.item.grid is not None}

    def prepare(self, frame: int) -> bool:
        """Open what is due next; tell whether the first item can begin (or none is left)."""
        self._frame = frame
        return self._lineup.first_ready(self._place_of(frame))

    def give_up(self, frame: int) -> None:
        """Go on to the next item where the first does not open."""
        self._lineup.fail(self._lineup.slots[0], self._place_of(frame), NEVER_OPENS)

    def expect(self, frame: int) -> None:
        """Say where the first frame is going to lie."""
        if self._delayed or self.origin != frame - self._position:
            self._delayed = False
            self.origin = frame - self._position
            self._changed()

    def delay(self, frame: int) -> None:
        """Let the first frame lie here or later: its time has come, its sound has not."""
        self._delayed = True
        self.origin = frame - self._position

    def begin(self, frame: int, *, fade_frames: int, crossfade: bool) -> None:
        """Let the first frame lie at `frame`, and fade in."""
        self.expect(frame)
        if fade_frames:
            self.gain = Ramp(0.0)
            shape: Literal["rise", "first"] = "rise" if crossfade else "first"
            self.gain.to(1.0, frame=frame, frames=fade_frames, shape=shape)

    def give_way(self, frame: int) -> bool:
        """Fall a little, since something else is about to come; tell whether that is heard."""
        if self.leaving or self._yields is not None:
            return False
        self._yields = yielding(frame, self._rate)
        return True

    def leave(self, frame: int, frames: int, why: EndedBecause, *, crossfade: bool = False) -> None:
        """Fade out and end; an earlier end stands."""
        end = frame + frames
        if self._ends is not None and self._ends[0] <= end:
            return
        self.gain.to(0.0, frame=frame, frames=frames, shape="fall" if crossfade else "smooth")
        self._ends = (end, why)
        self._changed()

    def move(self, frames: int) -> None:
        """Let everything lie so much later, its fades too: the music was held."""
        if self.origin is not None:
            self.origin += frames
            self.gain.move(frames)
            if self._yields is not None:
                self._yields.move(frames)
            if self._ends is not None:
                self._ends = (self._ends[0] + frames, self._ends[1])
            self._changed()

    def disown(self) -> None:
        """Tell nobody of it any more: it fades out in another session than its own."""
        self._owned = False

    def plays(self, items: tuple[ProgrammeItem, ...]) -> bool:
        """Whether any of some items is left."""
        mine = {slot.item.item for slot in self._lineup.slots}
        return not mine.isdisjoint(item.item for item in items)

    def skip(self, frame: int, fade_frames: int, applied: Applied, *, held: bool) -> None:
        """Let what sounds give way to the next item, which comes as soon as it is ready."""
        place = self._place_of(frame)
        if self._lineup.skip(place, fade_frames, held=held):
            self._to_tell.append((place, applied))

    def revise(self, frame: int, items: tuple[ProgrammeItem, ...], applied: Applied) -> None:
        """Go on otherwise: what sounds from its place on, what is to come as a whole.

        Raises
        ------
        MediaError
            If an item cannot be played as it is asked for; then all goes on as it was.
        """
        changed = self._lineup.revise(items, self._place_of(frame))
        if changed is not None:
            self._to_tell.append((changed, applied))

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
        self._frame = frame
        self._lineup.end(self._place_of(frame), why)
        self._to_tell = []

    def grid_frames(self) -> list[GridFrames]:
        """Give the beats of every item that has any."""
        origin = self.origin
        if origin is None or not self._owned:
            return []
        found = []
        for slot in self._lineup.slots:
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
        place = self._place_of(frame)
        self._lineup.advance(place, n)
        heard = np.zeros((n, 2), dtype=np.float32)
        rendered: list[Slot] = []
        while slot := next((s for s in self._lineup.slots if s.begun and s not in rendered), None):
            # An item that breaks lets the next begin within this very block.
            rendered.append(slot)
            self._render_slot(slot, place, heard)
        heard *= self.gain.over(frame, n)
        if self._yields is not None:
            heard *= self._yields.over(frame, n)
        out[:n] += heard
        for told in [told for told in self._to_tell if told[0] < place + n]:
            self._to_tell.remove(told)
            told[1](frame + max(0, told[0] - place))

    def _render_slot(self, slot: Slot, place: int, out: Samples) -> None:
        first = max(place, slot.first)
        wanted = min(place + len(out), slot.end) - first
        if wanted <= 0 or slot.feed is None:
            if slot.end <= place:
                self._lineup.finish(slot, place)
            return
        starved = slot.feed.starved
        got = slot.feed.take(wanted)
        self.starved += slot.feed.starved - starved
        at = first - place
        if len(got):
            out[at : at + len(got)] += got * slot.gain_over(first, len(got))
        end = first + len(got)
        if len(got) < wanted and slot.feed.fault is not None:
            self._lineup.fail(slot, end, slot.feed.fault)
            self._lineup.begin_due(place, len(out))
        elif len(got) < wanted or first + wanted >= slot.end:
            self._lineup.finish(slot, end)

    def _place_of(self, frame: int) -> int:
        """Give the place of a frame; before anything is planned, where it is to begin."""
        return self._position if self.origin is None else frame - self.origin

    def _mark_place(self, place: int, event: Event) -> None:
        """Mark what happened at a place; before anything is planned, it happened now."""
        if self._owned:
            self._mark(self._frame if self.origin is None else self.origin + place, event)
