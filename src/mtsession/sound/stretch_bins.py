"""From the windows of a band to their lowest bins and back, at the price of those bins alone.

A long window's transform is taken as those of its every eighth sample (or fourth, or second),
which have as many bins as are wanted; turned and added up they are those of the whole, exactly
(transform decomposition: Sorensen and Burrus 1993, doi:10.1109/78.205723).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtsession.sound.stretch_shape import hann
from mtsession.sound.stretch_tape import Channels

Spectrum = NDArray[np.complex64]
"""One window's bins of both channels, shape (2, bins)."""


class Bins:
    """The lowest bins of Hann windows of two channels, and what is heard of them.

    Parameters
    ----------
    window : int
        Frames of a window.
    hop : int
        Frames from one window to the next; windows laid down at that distance after being taken
        from there add up to what they were taken from.
    count : int
        How many bins, at most window // 2 + 1.

    Examples
    --------
    >>> bins, heard = Bins(window=8, hop=2, count=5), np.zeros((2, 14), dtype=np.float32)
    >>> for first in (0, 2, 4, 6):
    ...     bins.lay(bins.of(np.ones((2, 8), dtype=np.float32)), heard[:, first : first + 8])
    >>> heard[0, 6:8].round(3).tolist()
    [1.0, 1.0]
    """

    def __init__(self, *, window: int, hop: int, count: int) -> None:
        taper = hann(window)
        self._count = count
        rows = 1
        while count <= window // rows // 4:
            rows *= 2
        frames = window // rows
        self._across = (frames, rows)
        # Told to divide by its length, numpy stays in single precision and takes two thirds of
        # the time; what it divides by is made good here.
        self._taken = self._in_rows(taper * frames)
        self._laid = self._in_rows(taper * (hop / (taper**2).sum() / rows))
        turns = np.outer(np.arange(rows), np.arange(count)) / window
        self._turn = np.exp(-2j * np.pi * turns).astype(np.complex64)
        self._back = np.conj(self._turn)
        # numpy's own types know of no transform in single precision.
        self._rows: NDArray[Any] = np.empty((2, rows, frames), dtype=np.float32)
        self._of_rows: NDArray[Any] = np.empty((2, rows, frames // 2 + 1), dtype=np.complex64)
        self._turned = np.empty((2, rows, count), dtype=np.complex64)
        self._filled = np.zeros_like(self._of_rows)

    def _in_rows(self, window: NDArray[np.float64]) -> NDArray[np.float32]:
        """Give a window as rows of its every eighth (or so) sample."""
        return np.ascontiguousarray(window.reshape(self._across).T, dtype=np.float32)

    def of(self, cut: Channels) -> Spectrum:
        """Give the bins of a window, shape (2, window), that was tapered by nothing yet."""
        taken = cut.reshape(2, *self._across).transpose(0, 2, 1)
        np.multiply(taken, self._taken, out=self._rows)
        np.fft.rfft(self._rows, norm="forward", out=self._of_rows)
        of_rows = self._of_rows[:, :, : self._count]
        if len(self._turn) == 1:
            return of_rows[:, 0].copy()
        np.multiply(of_rows, self._turn, out=self._turned)
        spectrum: Spectrum = self._turned.sum(axis=1)
        return spectrum

    def lay(self, spectrum: Spectrum, heard: Channels) -> None:
        """Add the window of some bins to what is heard of it, shape (2, window)."""
        np.multiply(spectrum[:, None, :], self._back, out=self._filled[:, :, : self._count])
        np.fft.irfft(self._filled, n=self._across[0], out=self._rows)
        self._rows *= self._laid
        into = heard.reshape(2, *self._across)
        into += self._rows.transpose(0, 2, 1)
