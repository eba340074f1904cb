"""One item's place in a programme, and the gain that it is heard with there."""

import numpy as np

from mtsession.protocol.sources import ProgrammeItem
from mtsession.sound.beats import beat_frames
from mtsession.sound.feed import Feed
from mtsession.sound.ramp import Gain, Ramp, gain_of
from mtsession.sound.sources import Opener, beats_of
from mtsession.timeline.units import frames_at


class Slot:
    """One item's place in a programme."""

    def __init__(self, item: ProgrammeItem, sample_rate: int, position: int) -> None:
        self.item = item
        self.start = int(frames_at(item.start_us, sample_rate))
        self.frames = max(1, int(frames_at(item.duration_us, sample_rate)))
        self.skipped = int(frames_at(item.skip_us, sample_rate))
        self.fade_in = int(frames_at(item.fade_in_us, sample_rate))
        self.fade_out = int(frames_at(item.fade_out_us, sample_rate))
        self.gain = gain_of(item.gain_db)
        self.entry = max(0, position - self.start)
        self.cut: Ramp | None = None
        self.feed: Feed | None = None
        self.begun = False
        self.beats = beat_frames(beats_of(item), sample_rate) - self.skipped

    @property
    def first(self) -> int:
        """The place of the first frame that is heard."""
        return self.start + self.entry

    @property
    def end(self) -> int:
        """The place after the last frame that is heard."""
        end = self.start + self.frames
        return end if self.cut is None else min(end, self.cut.end)

    @property
    def ready(self) -> bool:
        """Whether it can begin; raises `MediaError` where it never will."""
        return self.feed is not None and self.feed.ready

    def open(self, opener: Opener, sample_rate: int) -> None:
        """Begin to open the source, where it is not open yet."""
        if self.feed is None:
            first = self.skipped + self.entry
            wanted = self.frames - self.entry
            opening = opener(self.item.source, first)
            self.feed = Feed(opening, first=first, frames=wanted, sample_rate=sample_rate)

    def close(self) -> None:
        """Let go of the source."""
        if self.feed is not None:
            self.feed.close()

    def gain_over(self, place: int, n: int) -> Gain:
        """Give the item's own gain: its level and the equal-power fades at its ends."""
        at = place - self.start
        gain: Gain = self.gain
        if at < self.fade_in:
            x = np.clip((at + np.arange(n)) / self.fade_in, 0.0, 1.0)
            gain = gain * np.sin(np.pi / 2 * x).astype(np.float32)[:, None]
        leave = self.frames - self.fade_out
        if self.fade_out and at + n > leave:
            x = np.clip((at + np.arange(n) - leave) / self.fade_out, 0.0, 1.0)
            gain = gain * np.cos(np.pi / 2 * x).astype(np.float32)[:, None]
        if self.cut is not None:
            gain = gain * self.cut.over(place, n)
        return gain
