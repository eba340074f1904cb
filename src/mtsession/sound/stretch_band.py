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
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.sound.stretch_places import HeardOf, Onset, Place
from mtsession.sound.stretch_tape import Channels, Tape

Spectrum = NDArray[np.complex64]
"""One window's bins of both channels, shape (2, bins)."""

Turn = NDArray[np.complex64]
"""How far each bin is turned, shape (bins,), all of size 1."""

_SPLITS = 2
"""How many onsets one window may touch: they lie half a window apart at least."""
_LIFTED = 4.0
"""How much louder (in power) an onset must leave a bin to have it copied."""
_HOME_HZ = 0.25
_HOME_SHARE = 0.0017
_ONSETS_KEPT = 64
_ONE_BY_ONE = 4_096
_TINY = np.float32(1e-30)


class _Piece(NamedTuple):
    """A window cut at onsets: its centre, and where what passes begins and ends, if at all."""

    centre: int
    first: int | None
    last: int | None


class _Split:
    """An onset being carried over: which bins it lifted, and the turn of what was there before."""

    def __init__(self, onset: Onset, lifted: NDArray[np.bool_], turn: Turn) -> None:
        self.onset = onset
        self.lifted = lifted
        self.turn = turn

    def copied(self, place: Place) -> int:
        """Give the frame of the source that a plain copy from the onset on has reached."""
        return self.onset.source + place.heard - self.onset.heard


class Band:
    """A phase vocoder for the frequencies that its mask lets through.

    Parameters
    ----------
    window : int
        Frames of a window.
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
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
        self.window = window
        self.hop = hop
        self._edge = edge
        self._half = window // 2
        self._in = hann.astype(np.float32)
        self._out = (hann * (hop / (hann**2).sum())).astype(np.float32)
        self._mask = mask
        self._bins = len(mask)
        self._heard = np.flatnonzero(mask > 0)[[0, -1]]
        self._omega = 2 * np.pi * np.arange(self._bins) / window
        hertz = np.arange(self._bins) * (sample_rate / window)
        self._home_step = (
            2 * np.pi * np.maximum(_HOME_HZ, _HOME_SHARE * hertz) * hop / sample_rate
        ).astype(np.float32)
        self._fade = (0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)).astype(np.float32)
        self._onsets: deque[Onset] = deque(maxlen=_ONSETS_KEPT)
        self.begin()

    def begin(self) -> None:
        """Forget every phase: what comes next is turned by nothing, until the rate is not 1."""
        self.turn: Turn = np.ones(self._bins, dtype=np.complex64)
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
        cut = tape.cut(place.source - self._half, self.window) * self._in
        turned = self._turned(tape, place, self._bins_of(cut))
        turned *= self._mask
        frame = np.fft.irfft(turned, n=self.window)
        frame *= self._out
        at = place.heard - self._half - first
        out[:, at : at + self.window] += frame

    def _turned(self, tape: Tape, place: Place, spectrum: Spectrum) -> Spectrum:
        """Give a window's bins with the phases that they are heard with."""
        if self.spectrum is not None:
            self._advance(place, self.spectrum, spectrum)
        self.spectrum = spectrum
        self._choose_splits(tape, place)
        return self._carry(tape, place, spectrum) if self._splits else spectrum * self.turn

    def _advance(self, place: Place, before: Spectrum, spectrum: Spectrum) -> None:
        """Turn each peak, and the bins around it, as far as its frequency asks for."""
        power = _power(spectrum)
        inner = power[2:-2]
        higher = (inner > power[1:-3]) & (inner >= power[3:-1])
        higher &= (inner > power[:-4]) & (inner >= power[4:])
        peaks = np.flatnonzero(higher) + 2
        if not len(peaks):
            return
        turn = self.turn[peaks]
        if place.step != self.hop:
            there = spectrum[:, peaks]
            moved = np.angle((there * np.conj(before[:, peaks])).sum(axis=0))
            expected = self._omega[peaks] * place.step
            turns = np.rint((moved - expected) / (2 * np.pi))
            angle = (moved - 2 * np.pi * turns) * (self.hop / place.step - 1)
            turn = turn * _unit(angle)
            turn /= np.abs(turn)
            self.home = False
        elif place.homing and not self.home:
            angle = np.angle(turn)
            back = np.copysign(np.maximum(np.abs(angle) - self._home_step[peaks], 0), angle)
            self.home = not back.any()
            turn = _unit(back)
        borders = np.empty(len(peaks) + 1, dtype=np.int64)
        borders[0], borders[-1] = 0, self._bins
        borders[1:-1] = (peaks[:-1] + peaks[1:] + 1) // 2
        self.turn = np.repeat(turn, np.diff(borders))

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
            sides = self._pieces(tape, [_Piece(at, None, at), _Piece(at, at, None)])
            power = (sides.real**2 + sides.imag**2).sum(axis=1)
            power[:, 1:-1] += 0.5 * (power[:, :-2] + power[:, 2:])
            lifted = power[1] > _LIFTED * power[0]
            if lifted.any() and len(self._splits) < _SPLITS:
                self._splits.append(_Split(onset, lifted, self.turn))

    def _pieces(self, tape: Tape, pieces: Sequence[_Piece]) -> Spectrum:
        """Give the bins of windows that are cut at onsets, shape (pieces, 2, bins)."""
        cuts = np.stack([tape.cut(p.centre - self._half, self.window) for p in pieces])
        for number, piece in enumerate(pieces):
            start = piece.centre - self._half
            if piece.first is not None:
                cuts[number] *= self._gate(piece.first - start)
            if piece.last is not None:
                cuts[number] *= 1 - self._gate(piece.last - start)
        return self._bins_of(cuts * self._in)

    def _bins_of(self, cuts: NDArray[np.float32]) -> Spectrum:
        """Give the bins of windows, which stay in single precision."""
        spectra = np.empty((*cuts.shape[:-1], self.window // 2 + 1), dtype=np.complex64)
        if self.window < _ONE_BY_ONE:
            np.fft.rfft(cuts, out=spectra)
        else:
            # Several long rows in one call take up to four times as long as one after another.
            for row, out in zip(
                cuts.reshape(-1, self.window), spectra.reshape(-1, spectra.shape[-1]), strict=True
            ):
                np.fft.rfft(row, out=out)
        return spectra[..., : self._bins]

    def _gate(self, at: int) -> NDArray[np.float32]:
        """Give what passes from a frame of a window on: a short rise, then all."""
        gate = np.zeros(self.window, dtype=np.float32)
        begins = at - self._edge
        gate[max(0, at) :] = 1.0
        edge = slice(max(0, begins), max(0, at))
        gate[edge] = self._fade[max(0, -begins) :][: len(gate[edge])]
        return gate

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
        parts = self._pieces(tape, pieces)
        heard = spectrum * self.turn
        spin = _unit(self._omega * (self.hop - place.step))
        for number, split in enumerate(splits):
            split.turn = split.turn * spin
            before, after = parts[2 * number : 2 * number + 2, :, split.lifted]
            heard[:, split.lifted] = before * split.turn[split.lifted] + after
        if len(splits) == _SPLITS:
            twice = splits[0].lifted & splits[1].lifted
            before, between_them, after = parts[[0, 4, 3]][:, :, twice]
            heard[:, twice] = before * splits[0].turn[twice] + between_them + after
        for split in splits:
            if place.heard >= split.onset.heard:
                phase = (heard * np.conj(spectrum)).sum(axis=0)[split.lifted]
                size = np.abs(phase)
                self.turn[split.lifted] = np.where(size > _TINY, phase / (size + _TINY), 1.0)
                self.home = False
        return heard


def _power(spectrum: Spectrum) -> NDArray[np.float32]:
    """Give the power of each bin in both channels together."""
    squares = np.square(spectrum.view(np.float32))
    both = squares[0] + squares[1]
    power: NDArray[np.float32] = both[0::2] + both[1::2]
    return power


def _unit(angle: NDArray[np.floating]) -> Turn:
    """Give the numbers of size 1 that turn by some angles."""
    small = np.remainder(angle, 2 * np.pi).astype(np.float32)
    unit = np.empty(len(small), dtype=np.complex64)
    unit.real = np.cos(small)
    unit.imag = np.sin(small)
    return unit
