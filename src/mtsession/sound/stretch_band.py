"""One band of the time-stretch: a phase vocoder whose onsets are carried over whole.

Windows are taken where the source stands and laid down where they are heard. Every bin is
turned so that its phase goes on: a partial's peak by its own frequency, and the bins around a
peak with it (identity phase locking: Laroche and Dolson 1999, doi:10.1109/89.759041). Both
channels are turned alike, which keeps the stereo image.

At an onset the windows that touch it are split: what sounded before goes on being stretched, and
in those bins that the onset lifts, what comes after is a plain copy of the source, placed on the
frame where the onset is due. So an attack is neither smeared ahead nor torn apart, while
a chord that sounds through it is not touched.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.sound.stretch_bins import Bins, Spectrum
from mtsession.sound.stretch_places import HeardOf, Onset, Place
from mtsession.sound.stretch_tape import Channels, Tape

Turn = NDArray[np.complex64]
"""How far each bin is turned, shape (bins,), all of size 1."""

_SPLITS = 2
"""How many onsets one window may touch: they lie half a window apart at least."""
_LIFTED = 4.0
"""How much louder (in power) an onset must leave a bin to have it copied."""
_HOME_HZ = 0.25
_HOME_SHARE = 0.0017
_ONSETS_KEPT = 64
_TINY = np.float32(1e-30)


class _Piece(NamedTuple):
    """A window cut at onsets: its centre, and where what passes begins and ends, if at all."""

    centre: int
    first: int | None
    last: int | None


class _Split:
    """An onset being carried over: the bins it lifted, and the turn of what was there before."""

    def __init__(self, onset: Onset, lifted: NDArray[np.bool_], turn: Turn) -> None:
        self.onset = onset
        self.lifted = lifted
        self.bins = np.flatnonzero(lifted)
        self.turn = turn[self.bins]

    def copied(self, place: Place) -> int:
        """Give the frame of the source that a plain copy from the onset on has reached."""
        return self.onset.source + place.heard - self.onset.heard


class Band:
    """A phase vocoder for the frequencies that its mask lets through.

    Parameters
    ----------
    window : int
        Frames of a window, a power of 2.
    hop : int
        Frames from one window to the next, as heard; an eighth to a quarter of `window`.
    mask : ndarray, shape (bins,), float32
        The gain of each bin; shorter than the spectrum where nothing lies above.
    edge : int
        Frames over which what was before an onset gives way to it.
    sample_rate : int
        Frames a second.
    """

    def __init__(
        self, *, window: int, hop: int, mask: NDArray[np.float32], edge: int, sample_rate: int
    ) -> None:
        self.window = window
        self.hop = hop
        self._edge = edge
        self._half = window // 2
        self._mask = mask
        self._count = len(mask)
        self._bins = Bins(window=window, hop=hop, count=len(mask))
        self._circle = np.exp(2j * np.pi * np.arange(window) / window).astype(np.complex64)
        hertz = np.arange(self._count) * (sample_rate / window)
        self._home_step = (
            2 * np.pi * np.maximum(_HOME_HZ, _HOME_SHARE * hertz) * hop / sample_rate
        ).astype(np.float32)
        self._fade = (0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)).astype(np.float32)
        self._onsets: deque[Onset] = deque(maxlen=_ONSETS_KEPT)
        self.begin()

    def begin(self) -> None:
        """Forget every phase: what comes next is turned by nothing, until the rate is not 1."""
        self.turn: Turn = np.ones(self._count, dtype=np.complex64)
        self.spectrum: Spectrum | None = None
        self.home = True
        self._splits: list[_Split] = []

    def expect(self, onset: Onset) -> None:
        """Let an onset be carried over; they come in order, half a window apart at least."""
        self._onsets.append(onset)

    def move(self, heard_of: HeardOf, after: int) -> None:
        """Place the onsets anew that are heard after a frame: the clock runs otherwise from it."""
        for number, onset in enumerate(self._onsets):
            self._onsets[number] = onset.moved(heard_of, after)
        for split in self._splits:
            split.onset = split.onset.moved(heard_of, after)

    def add(self, tape: Tape, place: Place, out: Channels, first: int) -> None:
        """Add a window to what is heard.

        Parameters
        ----------
        tape : Tape
            Holds the source around the place.
        place : Place
            A hop after the one before.
        out : ndarray, shape (2, frames)
            Takes the sound.
        first : int
            The heard frame that `out` begins with.
        """
        cut = tape.cut(place.source - self._half, self.window)
        turned = self._turned(tape, place, self._bins.of(cut))
        turned *= self._mask
        at = place.heard - self._half - first
        self._bins.lay(turned, out[:, at : at + self.window])

    def _turned(self, tape: Tape, place: Place, spectrum: Spectrum) -> Spectrum:
        """Give a window's bins with the phases that they are heard with."""
        if self.spectrum is not None:
            self._advance(place, self.spectrum, spectrum)
        self.spectrum = spectrum
        self._choose_splits(tape, place)
        return self._carry(tape, place, spectrum) if self._splits else spectrum * self.turn

    def _advance(self, place: Place, before: Spectrum, spectrum: Spectrum) -> None:
        """Turn each peak, and the bins around it, as far as its frequency asks for."""
        peaks = _peaks(spectrum)
        if not len(peaks):
            return
        turn = self.turn[peaks]
        if place.step != self.hop:
            moved = _from_to(before, spectrum, peaks) * self._turned_in(peaks, -place.step)
            aside = np.arctan2(moved.imag, moved.real) * np.float32(self.hop / place.step - 1)
            turn = turn * self._turned_in(peaks, self.hop - place.step) * _unit(aside)
            turn /= np.abs(turn)
            self.home = False
        elif place.homing and not self.home:
            angle = np.angle(turn)
            back = np.copysign(np.maximum(np.abs(angle) - self._home_step[peaks], 0), angle)
            self.home = not back.any()
            turn = _unit(back)
        borders = np.empty(len(peaks) + 1, dtype=peaks.dtype)
        borders[0], borders[-1] = 0, self._count
        borders[1:-1] = (peaks[:-1] + peaks[1:] + 1) >> 1
        self.turn = turn.repeat(borders[1:] - borders[:-1])

    def _turned_in(self, bins: NDArray[np.intp], frames: int) -> Turn:
        """Give how far the middles of some bins turn in a number of frames."""
        turn: Turn = self._circle[bins * frames & (self.window - 1)]
        return turn

    def _choose_splits(self, tape: Tape, place: Place) -> None:
        """Begin to carry an onset over once windows touch it, and stop when none does."""
        half = self._half
        while self._splits and place.heard >= self._splits[0].onset.heard + half:
            self._splits.pop(0)
        while self._onsets and place.heard >= self._onsets[0].heard + half:
            self._onsets.popleft()
        while self._onsets and place.heard > self._onsets[0].heard - half:
            onset = self._onsets.popleft()
            at = onset.source
            sides = _Piece(at, None, at), _Piece(at, at, None)
            power = np.stack([_power(self._bins_between(tape, side)) for side in sides])
            power[:, 1:-1] += 0.5 * (power[:, :-2] + power[:, 2:])
            lifted = power[1] > _LIFTED * power[0]
            if lifted.any() and len(self._splits) < _SPLITS:
                self._splits.append(_Split(onset, lifted, self.turn))

    def _bins_between(self, tape: Tape, piece: _Piece) -> Spectrum:
        """Give the bins of a window that is cut at onsets: a short rise, then all, or none."""
        start = piece.centre - self._half
        cut = tape.cut(start, self.window).copy()
        if piece.first is not None:
            rise, fade = self._edge_at(piece.first - start)
            cut[:, : rise.start] = 0.0
            cut[:, rise] *= fade
        if piece.last is not None:
            fall, fade = self._edge_at(piece.last - start)
            cut[:, fall] *= 1 - fade
            cut[:, fall.stop :] = 0.0
        return self._bins.of(cut)

    def _edge_at(self, at: int) -> tuple[slice, NDArray[np.float32]]:
        """Give the frames of a window over which something rises that is there from one on."""
        first, last = (min(max(0, frame), self.window) for frame in (at - self._edge, at))
        begins = first - (at - self._edge)
        return slice(first, last), self._fade[begins : begins + last - first]

    def _carry(self, tape: Tape, place: Place, spectrum: Spectrum) -> Spectrum:
        """Give a window that touches an onset or two."""
        pieces: list[_Piece] = []
        splits = self._splits
        for split in splits:
            at = split.onset.source
            pieces.append(_Piece(place.source, None, at))
            pieces.append(_Piece(split.copied(place), at, None))
        if len(splits) == _SPLITS:
            between = splits[0].onset.source, splits[1].onset.source
            pieces.append(_Piece(splits[0].copied(place), *between))
        parts = [self._bins_between(tape, piece) for piece in pieces]
        heard = spectrum * self.turn
        for number, split in enumerate(splits):
            bins = split.bins
            split.turn = split.turn * self._turned_in(bins, self.hop - place.step)
            before, after = (p.take(bins, axis=1) for p in parts[2 * number : 2 * number + 2])
            heard[:, bins] = before * split.turn + after
        if len(splits) == _SPLITS:
            twice = splits[0].lifted & splits[1].lifted
            before, between_them, after = (parts[number][:, twice] for number in (0, 4, 3))
            turn = splits[0].turn[twice[splits[0].bins]]
            heard[:, twice] = before * turn + between_them + after
        for split in splits:
            if place.heard >= split.onset.heard:
                phase = _from_to(spectrum, heard, split.bins)
                size = np.abs(phase)
                self.turn[split.bins] = np.where(size > _TINY, phase / (size + _TINY), 1.0)
                self.home = False
        return heard


def _power(spectrum: Spectrum) -> NDArray[np.float32]:
    """Give the power of each bin in both channels together."""
    squares = np.square(spectrum.view(np.float32))
    both = squares[0] + squares[1]
    power: NDArray[np.float32] = both[0::2] + both[1::2]
    return power


def _peaks(spectrum: Spectrum) -> NDArray[np.intp]:
    """Give the bins that are louder than the two on either side of them."""
    power = _power(spectrum)
    rises, rises_by_two = power[1:] > power[:-1], power[2:] > power[:-2]
    up, on = rises[1:-2] & rises_by_two[:-2], rises[2:-1] | rises_by_two[2:]
    return (up & ~on).nonzero()[0] + 2


def _from_to(before: Spectrum, after: Spectrum, bins: NDArray[np.intp]) -> Spectrum:
    """Give how far some bins turned, both channels together, times their power; shape (bins,)."""
    both = after.take(bins, axis=1) * before.take(bins, axis=1).conj()
    turned: Spectrum = both[0] + both[1]
    return turned


def _unit(angle: NDArray[np.float32]) -> Turn:
    """Give the numbers of size 1 that turn by some angles."""
    unit = np.empty(len(angle), dtype=np.complex64)
    np.cos(angle, out=unit.real)
    np.sin(angle, out=unit.imag)
    return unit
