"""Where attacks begin in a source, found a little ahead of the place that is heard."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.sound.stretch_shape import hann
from mtsession.sound.stretch_tape import Tape

_EDGES_HZ = {
    "low": (0.0, 160.0, 320.0, 640.0, 1_250.0, 2_400.0),
    "high": (1_800.0, 3_500.0, 7_000.0, 14_000.0, 96_000.0),
}
_HOPS_BEFORE = 12
_RISE = 3.0
_SOFTEST = 1e-9
_SHARE = 1e-3
_FOOT = 1e-4


class Attack(NamedTuple):
    """The frames of the source in which an attack begins and is half way up, and its band."""

    frame: int
    risen: int
    band: str


class OnsetFinder:
    """Finds attacks by the energy in a few bands a band, against the loudest of a while before.

    A tone that beats or trembles has been as loud before and is none; only what rises above all
    of the last sixteenth of a second or so is.

    Parameters
    ----------
    tape : Tape
        The source.
    size : int
        Frames of the window that energy is taken over; a quarter of it is the hop.
    apart : dict
        How many frames lie between two attacks of a band at least.
    """

    def __init__(
        self,
        tape: Tape,
        *,
        size: int,
        apart: dict[str, int],
        sample_rate: int,
    ) -> None:
        self._tape = tape
        self._size = size
        self._hop = size // 4
        self._apart = apart
        taper = hann(size)
        self._window = (taper * (size / np.sqrt((taper**2).sum()))).astype(np.float32)
        bins = np.arange(size // 2 + 1) * (sample_rate / size)
        fine = np.arange(size + 1) * (sample_rate / (2 * size))
        self._rows: dict[str, slice] = {}
        self._masks: dict[str, NDArray[np.float32]] = {}
        rows: list[NDArray[np.float32]] = []
        for band, edges in _EDGES_HZ.items():
            first = len(rows)
            for low, high in itertools.pairwise(edges):
                rows.append(((bins >= low) & (bins < high)).astype(np.float32))
            self._rows[band] = slice(first, len(rows))
            self._masks[band] = np.stack(
                [_soft(fine, low, high) for low, high in itertools.pairwise(edges)]
            )
        # Twice each: a bin's energy is the sum of two squares.
        self._sums = np.repeat(np.stack(rows, axis=1), 2, axis=0)
        self._energy = np.zeros((_HOPS_BEFORE, len(rows)), dtype=np.float32)
        self._next = 0
        self._last = {band: -apart[band] for band in _EDGES_HZ}

    @property
    def reach(self) -> int:
        """How many frames the tape must reach beyond those that are looked at."""
        return self._size

    def skip(self, until: int) -> None:
        """Leave out what lies before a frame, but for what later attacks are held against."""
        first = until // self._hop - _HOPS_BEFORE
        if first > self._next:
            self._next = first
            self._energy = self._energies(_HOPS_BEFORE)

    def find(self, until: int) -> list[Attack]:
        """Look at everything before a frame that was not looked at yet."""
        count = until // self._hop - self._next
        if count <= 0:
            return []
        centre = self._next * self._hop
        self._energy = np.concatenate([self._energy[-_HOPS_BEFORE:], self._energies(count)])
        rises = self._rises(count)
        found: list[Attack] = []
        for number in np.flatnonzero(rises.any(axis=1)).tolist():
            found += self._look(centre + number * self._hop, rises[number])
        return found

    def _energies(self, count: int) -> NDArray[np.float32]:
        """Give the energy of the next windows in each band, shape (count, bands)."""
        first = self._next * self._hop - self._size // 2
        self._next += count
        cut = self._tape.cut(first, self._size + (count - 1) * self._hop)
        windows = np.empty((count, 2, self._size), dtype=np.float32)
        for number, window in enumerate(windows):
            start = number * self._hop
            np.multiply(cut[:, start : start + self._size], self._window, out=window)
        squares = np.square(np.fft.rfft(windows, norm="forward").view(np.float32))
        energy: NDArray[np.float32] = (squares[:, 0] + squares[:, 1]) @ self._sums
        return energy

    def _rises(self, count: int) -> NDArray[np.bool_]:
        """Compare the last windows with those before them, shape (count, bands)."""
        energy = self._energy[-count:]
        compared = _RISE * np.stack(
            [self._energy[row : row + _HOPS_BEFORE - 1].max(axis=0) for row in range(count)]
        )
        floors = _SOFTEST * self._size + _SHARE * energy.sum(axis=1, keepdims=True)
        rises: NDArray[np.bool_] = energy > np.maximum(compared, floors)
        return rises

    def _look(self, centre: int, rises: NDArray[np.bool_]) -> list[Attack]:
        """Give the attacks that a window holds whose energy rises in some bands."""
        found: list[Attack] = []
        for band, rows in self._rows.items():
            free = self._last[band] + self._apart[band]
            if centre < free or not rises[rows].any():
                continue
            attack = self._foot(centre, band, rises[rows])
            if attack is not None and attack.frame >= free:
                self._last[band] = attack.frame
                found.append(attack)
        return found

    def _foot(self, centre: int, band: str, rises: NDArray[np.bool_]) -> Attack | None:
        """Give the frame at which the energy that rises in a band begins to."""
        size = self._size
        mask = self._masks[band][rises].max(axis=0)
        cut = self._tape.cut(centre - size, 2 * size)
        spectrum = np.fft.rfft(cut) * mask
        spectrum = np.concatenate([spectrum, np.zeros((2, size - 1), dtype=spectrum.dtype)], axis=1)
        around = np.fft.ifft(spectrum)
        power = (around.real**2 + around.imag**2).sum(axis=0)
        ahead = slice(size - min(size // 4, centre), 2 * size - size // 4)
        peak = ahead.start + int(power[ahead].argmax())
        before = float(power[size // 8 : size - size // 4].mean())
        below = np.flatnonzero(power[:peak] < 2 * before + _FOOT * float(power[peak]))
        if not len(below):
            return None
        foot = max(int(below[-1]), size - centre)
        risen = foot + int(np.argmax(power[foot : peak + 1] > 0.5 * power[peak]))
        return Attack(centre - size + foot, centre - size + risen, band)


def _soft(hertz: NDArray[np.floating], low: float, high: float) -> NDArray[np.float32]:
    """Give a band's mask with edges soft enough not to ring."""
    rise = np.clip((hertz - low / 1.4) / max(low * 0.3, 1.0), 0.0, 1.0) if low else 1.0
    fall = np.clip((high * 1.4 - hertz) / (high * 0.4), 0.0, 1.0)
    smooth = (0.5 - 0.5 * np.cos(np.pi * rise * fall)) * 2
    soft: NDArray[np.float32] = smooth.astype(np.float32)
    return soft
