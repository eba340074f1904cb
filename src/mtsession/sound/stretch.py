"""Music played slower or quicker at its own pitch, block by block, at a rate that may glide.

Two phase vocoders work side by side: long windows below 2 kHz, where partials lie close, and
short ones above, where attacks are told apart. The source's clock is a sum of exact steps, so
nothing drifts; each window is taken at the frame nearest to where the source stands.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from mtsession.media.stream import Samples
from mtsession.sound.stretch_band import Band
from mtsession.sound.stretch_clock import Rate, SourceClock
from mtsession.sound.stretch_onsets import Attack, OnsetFinder
from mtsession.sound.stretch_places import Onset, Place
from mtsession.sound.stretch_shape import Effort, shape_at
from mtsession.sound.stretch_tape import Channels, Readable, Tape

_EDGE_SECONDS = {"low": 0.0025, "high": 0.0004}
_NEVER = 1 << 62
_NEARLY = 1e-6


class Stretch:
    """A source at another tempo and its own pitch.

    The first frame given is the first of the source, whatever the windows reach for. While the
    rate is exactly 1 the source passes bit for bit; on coming back to 1 every partial is
    first led home to its own phase (at most 3 cents or a quarter of a hertz aside, for up to
    2 s), so that nothing is heard of the change.

    Samples do not depend on how many are asked for at a time.

    Parameters
    ----------
    source : Readable
        Gives frames of one or two channels; it is read up to 0.3 s ahead.
    sample_rate : int
        Frames a second, 8 000 to 192 000.
    rate : float or callable
        Heard tempo over the source's own, 0.5 to 2. A callable is asked for each hop of 256
        frames (512 at 96 kHz or at low effort) with the heard frame that it begins at, an eighth of
        a second before that is given, and for later ones to place an onset.
    start : float
        The place in the source, in frames, that the first frame stands for; at most half a
        frame aside.
    effort : {"full", "low"}
        How much work it may be.

    Raises
    ------
    MediaError
        From here, `rate` or `read`, if a rate is not a number or outside 0.5 to 2; from `read`,
        once, after the last good sample of a source that breaks.

    Notes
    -----
    J. Laroche and M. Dolson, "Improved phase vocoder time-scale modification of audio", IEEE
    Trans. Speech and Audio Processing 7(3), 1999, doi:10.1109/89.759041.

    Examples
    --------
    >>> from mtsession.media.stream import silence
    >>> slower = Stretch(silence(1_000_000, 48_000), sample_rate=48_000, rate=0.8)
    >>> slower.read(1000).shape, slower.source_position
    ((1000, 2), 800.0)
    """

    def __init__(
        self,
        source: Readable,
        *,
        sample_rate: int,
        rate: Rate = 1.0,
        start: float = 0.0,
        effort: Effort = "full",
    ) -> None:
        self._shape = shape_at(sample_rate, effort)
        self._sample_rate = sample_rate
        self._tape = Tape(source, sample_rate)
        self.hop = self._shape.hop
        self._step = self._shape.step
        self._lead = self._shape.long // 2
        self._ahead = self._lead + self._step // 2
        self.restart(rate, start=start)

    def restart(self, rate: Rate, *, start: float = 0.0) -> None:
        """Begin anew at the source's first frame, of which nothing may have been given yet."""
        shape = self._shape
        self._clock = SourceClock(hop=shape.hop, rate=rate, start=start)
        self._low = self._band("low", shape.long, self._step, shape.low_mask)
        self._high = self._band("high", shape.short, self.hop, shape.high_mask)
        self._finder = OnsetFinder(
            self._tape,
            size=shape.short,
            apart={"low": shape.long // 2, "high": shape.short // 2},
            sample_rate=self._sample_rate,
        )
        self._given = 0
        self._made_until = 0
        self._windows_at = 0
        self._backlog: deque[int] = deque()
        self._ends = _NEVER
        self._dry_until = 0
        self._dry = True
        self._homes = 0
        self._ready = np.zeros((2, self.hop), dtype=np.float32)
        self._out = np.zeros((2, 8 * shape.long), dtype=np.float32)
        self._out_first = -shape.long

    def _band(self, name: str, window: int, hop: int, mask: NDArray[np.float32]) -> Band:
        rate = self._sample_rate
        edge = round(_EDGE_SECONDS[name] * rate)
        return Band(window=window, hop=hop, mask=mask, edge=edge, sample_rate=rate)

    @property
    def free_from(self) -> int:
        """The first heard frame from which the source may still run at another rate.

        No window beyond it is laid down yet. While the source passes as it is, that is 43 to 64
        ms after what is given (at 48 kHz), since windows have to be laid around it first; while
        it is stretched, half a long window, 80 to 85 ms.
        """
        if self._dry:
            soonest = self._made_until + self._lead // 4 + self._step
            return min(-(-soonest // self._step) * self._step, self._windows_at)
        laid = (self._backlog[0] if self._backlog else self._windows_at) - self.hop
        return max(laid, self._dry_until)

    def heard_from(self, frame: int) -> int:
        """Give the first heard frame that another rate from a frame on (`free_from`) reaches."""
        step = frame // self._step * self._step
        first = step - self._step if self._dry else step + self._step - self._lead
        return max(self._given, first, self._dry_until - self._step if not self._dry else 0)

    def follow(self, rate: Rate) -> None:
        """Let the source run at another rate from `free_from` on.

        A callable has to give for the hops before that, and up to it, what was given before.
        """
        first = self.free_from
        self._clock.follow(rate, first)
        if self._dry:
            self._windows_at = min(self._windows_at, first)
        self._clock.plan(self._windows_at)
        for band in (self._low, self._high):
            band.move(self._clock.heard_of, first)
        if self._ends > first:
            self._ends = _NEVER

    @property
    def bypassed(self) -> bool:
        """Whether the next frame is the source's own."""
        return self._dry or self._given < self._dry_until

    @property
    def source_position(self) -> float:
        """The place in the source, in frames and parts of one, of the next frame to be given."""
        return float(self.positions(self._given, 1)[0])

    def positions(self, first: int, frames: int) -> NDArray[np.float64]:
        """Give the place in the source of each of some frames, from the last second given.

        Parameters
        ----------
        first : int
            The heard frame to begin with.
        frames : int
            How many.

        Returns
        -------
        ndarray, shape (frames,)
            Frames of the source, whole and parts.
        """
        return self._clock.positions(np.arange(first, first + frames, dtype=np.float64))

    def read(self, n: int) -> Samples:
        """Give the next `n` frames, shape (m, 2): fewer only where the source ends or breaks."""
        parts = []
        wanted = n
        while wanted > 0:
            if self._given >= self._ends:
                break
            if self._given == self._made_until:
                self._make()
            stop = min(self._made_until, self._ends)
            take = min(wanted, stop - self._given)
            at = self._given - (self._made_until - self.hop)
            parts.append(self._ready[:, at : at + take])
            self._given += take
            wanted -= take
        if not parts and n > 0 and self._tape.error is not None:
            error, self._tape.error = self._tape.error, None
            raise error
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        return np.ascontiguousarray(np.concatenate(parts, axis=1).T)

    @property
    def prepared(self) -> bool:
        """Whether the next `read` takes no longer than those after it."""
        waits = self._backlog and self._backlog[0] <= self._made_until + self._lead
        return not waits and self._windows_at > self._made_until + self._ahead

    def prepare(self) -> None:
        """Do a little of what the next `read` would do at once: after a start, several ms."""
        if self._windows_at <= self._made_until + self._ahead:
            self._look_ahead()
        elif self._backlog:
            self._add(self._backlog.popleft())

    def _make(self) -> None:
        """Make the next hop ready: about the same work for each."""
        first = self._made_until
        while self._windows_at <= first + self._ahead:
            self._look_ahead()
        steps = len(self._backlog)
        if (left := self._dry_until - self._step - first) > 0:
            steps = -(-steps * self.hop // left)
        while self._backlog and steps and self._backlog[0] <= first + self._lead:
            self._add(self._backlog.popleft())
            steps -= 1
        if self._tape.end is not None and self._ends == _NEVER:
            self._find_end(self._tape.end)
        self._ready = self._heard(first)
        self._made_until = first + self.hop
        if self._made_until - self._out_first > self._out.shape[1] // 2:
            self._clear_out()

    def _heard(self, first: int) -> Channels:
        """Give the hop that begins at a frame: the source's own, stretched, or on its way there."""
        at = first - self._out_first
        stretched = self._out[:, at : at + self.hop].copy()
        if not (self._dry or first < self._dry_until):
            return stretched
        own = self._tape.cut(round(self._clock.at(first)), self.hop).copy()
        done = first + self._step - self._dry_until
        if self._dry or done < 0:
            return own
        # Windows from beyond the change reach before it: what jumps at once would be a click.
        x = (done + np.arange(self.hop)) / self._step
        part = (0.5 - 0.5 * np.cos(np.pi * x)).astype(np.float32)
        return own + part * (stretched - own)

    def _clear_out(self) -> None:
        """Let go of what was given."""
        first = self._made_until - 2 * self._lead
        moved = np.zeros_like(self._out)
        gone = first - self._out_first
        moved[:, :-gone] = self._out[:, gone:]
        self._out, self._out_first = moved, first

    def _look_ahead(self) -> None:
        """Plan the next step of the source's clock, find its attacks, and put its windows down."""
        heard, after = self._windows_at, self._windows_at + self._step
        self._windows_at = after
        self._clock.plan(after)
        here = self._clock.at(heard)
        passed = max(1.0, (self._clock.at(after) - here) / self._step)
        known = round(here + 1.05 * passed * (self._lead + self.hop))
        self._tape.reach(known + max(self._lead, self._finder.reach))
        if self._dry:
            if self._clock.steady(heard, after):
                return
            self._leave_dry(heard)
        self._expect(self._finder.find(known))
        self._backlog.extend(range(heard, after, self.hop))

    def _leave_dry(self, heard: int) -> None:
        """Let windows begin early enough to be whole at a frame; until there nothing is turned."""
        self._dry = False
        self._dry_until = heard
        self._homes = 0
        self._out[:] = 0.0
        self._low.begin()
        self._high.begin()
        self._finder.skip(round(self._clock.at(heard)) - 2 * self._lead)
        self._backlog.extend(range(heard - self._lead, heard, self.hop))

    def _add(self, heard: int) -> None:
        """Lay down the windows whose centre is a heard frame."""
        if heard % self._step == 0:
            self._low.add(self._tape, self._place(heard, self._step), self._out, self._out_first)
        self._high.add(self._tape, self._place(heard, self.hop), self._out, self._out_first)
        self._homes = self._homes + 1 if self._low.home and self._high.home else 0
        whole = self._homes * self.hop > 2 * self._lead + self._step
        if whole and self._clock.steady(heard, self._windows_at):
            self._dry = True
            self._backlog.clear()

    def _place(self, heard: int, hop: int) -> Place:
        here, before = self._clock.at(heard), self._clock.at(heard - hop)
        source = round(here)
        return Place(heard, source, source - round(before), here - before == hop)

    def _expect(self, attacks: list[Attack]) -> None:
        """Tell the bands where attacks are due."""
        for attack in attacks:
            # What the source begins with is heard at once; later attacks lie where they are loud.
            sure = attack.frame if attack.frame <= self.hop else attack.risen
            onset = Onset.due(attack.frame, sure, self._clock.heard_of)
            (self._low if attack.band == "low" else self._high).expect(onset)

    def _find_end(self, end: int) -> None:
        """Say where the source ends, once that is near."""
        if self._clock.newest >= end:
            self._ends = max(0, int(np.ceil(self._clock.heard_of(end) - _NEARLY)))
