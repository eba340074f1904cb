"""One item's place in a programme, and the gain that it is heard with there."""

import math

import numpy as np

from mtsession.errors import MediaError
from mtsession.protocol.sources import ProgrammeItem
from mtsession.sound.beats import Frames64, beat_frames
from mtsession.sound.envelope import Departure, Envelope
from mtsession.sound.feed import Feed
from mtsession.sound.ramp import Gain, gain_of
from mtsession.sound.rates import RateMap
from mtsession.sound.sources import Opener, beats_of
from mtsession.sound.stretch_shape import Effort
from mtsession.sound.stretched import StretchedOpening, StretchedStream
from mtsession.timeline.units import frames_at

_REPLAN_SECONDS = 0.5
_SOFT_END_SECONDS = 0.05
_LEAST_APART = 64
_PLAN_HINT = "Plan the music again."


class Slot:
    """One item's place in a programme.

    Attributes
    ----------
    fault : MediaError or None
        Why its rates cannot be played.
    rates : RateMap
        Which frame of the source, from the first that is heard, is heard when.
    beats : ndarray of int64
        Where its beats are heard, from its start.
    departure : Departure or None
        How it gives way, where it ends before its time.
    waited : int
        For how many frames its sound has been waited for.
    """

    def __init__(self, item: ProgrammeItem, sample_rate: int, position: int) -> None:
        self.item = item
        self.start = int(frames_at(item.start_us, sample_rate))
        self.skipped = int(frames_at(item.skip_us, sample_rate))
        self.gain = gain_of(item.gain_db)
        self.entry = max(0, position - self.start)
        self.envelope = Envelope(
            frames=max(1, int(frames_at(item.duration_us, sample_rate))),
            fade_in=int(frames_at(item.fade_in_us, sample_rate)),
            fade_out=int(frames_at(item.fade_out_us, sample_rate)),
        )
        self.departure: Departure | None = None
        self.feed: Feed | None = None
        self.begun = False
        self.waited = 0
        self.fault: MediaError | None = None
        self._rate = sample_rate
        self._opening: StretchedOpening | None = None
        self._source_beats = _apart(beat_frames(beats_of(item), sample_rate)) - self.skipped
        try:
            self._set_rates(RateMap(item.rate, sample_rate))
            if not math.isfinite(item.gain_db):
                self.fault = MediaError("The level of this music is not a number.", _PLAN_HINT)
        except MediaError as error:
            self.fault = error
            self._set_rates(RateMap((), sample_rate))

    def _set_rates(self, rates: RateMap) -> None:
        self.rates = rates
        heard = rates.heard_of(self._source_beats.astype(np.float64))
        self.beats: Frames64 = np.rint(heard).astype(np.int64)

    @property
    def frames(self) -> int:
        """How long it is, from its start."""
        return self.envelope.frames

    @property
    def first(self) -> int:
        """The place of the first frame that is heard."""
        return self.start + self.entry

    @property
    def end(self) -> int:
        """The place after the last frame that is heard."""
        end, departure = self.start + self.frames, self.departure
        return end if departure is None or departure.end is None else min(end, departure.end)

    @property
    def ready(self) -> bool:
        """Whether it can begin; raises `MediaError` where it never will."""
        if self.fault is not None:
            raise self.fault
        return self.feed is not None and self.feed.ready

    def open(self, opener: Opener, effort: Effort) -> None:
        """Begin to open the source where it is not open yet, else make ready what comes first."""
        if self._opening is None and self.fault is None:
            self._opening = StretchedOpening(
                opener,
                self.item.source,
                rates=self.rates,
                skipped=self.skipped,
                first=self.entry,
                sample_rate=self._rate,
                effort=effort,
            )
            self._make_feed(self._opening)
        elif self._opening is not None and not self.begun:
            self._opening.warm()

    def close(self) -> None:
        """Let go of the source."""
        if self._opening is not None:
            self._opening.close()

    def gain_over(self, place: int, n: int) -> Gain:
        """Give the item's own gain: its level and the fades at its ends."""
        gain = self.gain * self.envelope.over(place - self.start, n)
        return gain if self.departure is None else gain * self.departure.over(place, n)

    # What is planned otherwise

    def adopt(self, other: "Slot") -> None:
        """Take over the open source of one that has not begun, or let go of it."""
        same = (self.item.source, self.skipped, self.entry)
        if (other.item.source, other.skipped, other.entry) != same or self.fault is not None:
            other.close()
        elif other._opening is not None:
            self._opening = other._opening
            if self.rates.parting(other.rates, 0.0) is not None:
                self._opening.restart(self.rates)
            self._make_feed(self._opening)

    def restart(self, rates: RateMap) -> None:
        """Let it begin at other rates."""
        self._set_rates(rates)
        if self._opening is not None:
            self._opening.restart(rates)
            self._make_feed(self._opening)

    @property
    def free_from(self) -> int:
        """The place from which one that sounds can still follow other rates."""
        return self.start + self._stream.free_from

    def replan(self, plan: "Slot", *, place: int, bend: int) -> int | None:
        """Let one that sounds go on as another is planned: its rates, its end, its last fade.

        Parameters
        ----------
        place : int
            The place now.
        bend : int
            The place, `free_from` or later, from which the rates are followed.

        Returns
        -------
        int or None
            The first place that is heard otherwise; None where nothing is.
        """
        at, bends = place - self.start, bend - self.start
        changes = []
        parts = self.rates.parting(plan.rates, bends)
        if parts is not None:
            changes.append(self._stream.heard_from(int(parts)))
            self._set_rates(self.rates.revised(plan.rates, bends))
            self._stream.follow(self.rates)
        soft = round(_SOFT_END_SECONDS * self._rate)
        frames, fade_out = plan.frames, plan.envelope.fade_out
        if frames < at + soft:
            frames, fade_out = at + soft, soft
        ends = self.envelope.parting(Envelope(frames, fade_out=fade_out), at)
        if ends is not None:
            changes.append(ends)
            self.envelope = self.envelope.replanned(
                at, frames=frames, fade_out=fade_out, span=round(_REPLAN_SECONDS * self._rate)
            )
            if self.feed is not None:
                self.feed.want(frames - self.entry)
        return self.start + min(changes) if changes else None

    @property
    def _stream(self) -> StretchedStream:
        stream = None if self._opening is None else self._opening.poll()
        if stream is None:
            raise ValueError("this item does not sound")
        return stream

    def _make_feed(self, opening: StretchedOpening) -> None:
        self.feed = Feed(
            opening, first=self.entry, frames=self.frames - self.entry, sample_rate=self._rate
        )


def _apart(beats: Frames64) -> Frames64:
    """Leave out beats that lie on the one before: at any rate there is time between two."""
    near = np.diff(beats, prepend=beats[:1] - _LEAST_APART) < _LEAST_APART
    return beats[~near] if near.any() else beats
