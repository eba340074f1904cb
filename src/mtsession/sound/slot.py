"""One item's place in a programme, and the gain that it is heard with there."""

import numpy as np

from mtsession.errors import MediaError
from mtsession.protocol.sources import ProgrammeItem
from mtsession.sound.beats import beat_frames
from mtsession.sound.feed import Feed
from mtsession.sound.ramp import Gain, Ramp, gain_of
from mtsession.sound.rates import RateMap
from mtsession.sound.sources import Opener, Opening, beats_of
from mtsession.sound.stretched import StretchedOpening, opening_at
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
        self._opening: Opening | None = None
        self.begun = False
        self.rates = _rates(item, sample_rate)
        self.beats = beat_frames(beats_of(item), sample_rate) - self.skipped
        if isinstance(self.rates, RateMap):
            self.beats = np.rint(self.rates.heard_of(self.beats.astype(np.float64))).astype(
                np.int64
            )

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
        """Begin to open the source where it is not open yet, else make ready what comes first."""
        if self.feed is None:
            first = self.entry if isinstance(self.rates, RateMap) else self.skipped + self.entry
            wanted = self.frames - self.entry
            self._opening = opening_at(
                opener,
                self.item.source,
                rates=self.rates,
                skipped=self.skipped,
                first=self.entry,
                sample_rate=sample_rate,
            )
            self.feed = Feed(self._opening, first=first, frames=wanted, sample_rate=sample_rate)
        elif isinstance(self._opening, StretchedOpening) and not self.begun:
            self._opening.warm()

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


def _rates(item: ProgrammeItem, sample_rate: int) -> RateMap | MediaError | None:
    """Give how heard time runs over the source's, or why it cannot; None where both are one."""
    if not item.rate:
        return None
    try:
        rates = RateMap(item.rate, sample_rate)
    except MediaError as error:
        return error
    return None if rates.plain else rates
