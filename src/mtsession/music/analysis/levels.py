"""Integrated loudness after ITU-R BS.1770-4, an order of magnitude faster than filtering.

Above about 3.5 kHz K-weighting is a constant gain, so only the low band is weighted,
by its spectrum; what the whole recording has more power than its low band is
raised by that gain. Loudness is that of the stereo which is played: one channel is heard on
both sides, and more than two as they are mixed down.

`media.loudness` filters every sample and is what this is tested against.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len, rfft

from mtsession.media.loudness import HOPS_PER_SECOND, k_weighting_power
from mtsession.music.analysis.reader import LOW_IN_ROW

Floats = NDArray[np.float32]

_PLATEAU_HZ = 7_000.0


class LevelMeter:
    """Takes rows and their low band; gives the weighted power of each tenth of a second.

    The tenth is rounded to whole rows. In the low band its edges are a tenth wide (the
    window's square is what counts, and these add up to 1), above it they are sharp.

    Parameters
    ----------
    rate : int
        Frames a second.
    factor : int
        Frames to a sample of the low band.
    """

    def __init__(self, *, rate: int, factor: int) -> None:
        self._rows = max(1, round(rate / HOPS_PER_SECOND / (LOW_IN_ROW * factor)))
        self._frames = self._rows * LOW_IN_ROW * factor
        self.hop_s = self._frames / rate
        self._low = self._rows * LOW_IN_ROW
        size = next_fast_len(2 * self._low, real=True)
        hertz = np.arange(size // 2 + 1) * (rate / factor) / size
        weights = k_weighting_power(hertz, rate) * 2
        weights[0] /= 2
        weights[-1] /= 1 if size % 2 else 2
        # Left and right squared are twice middle and side squared.
        self._weights = (2 * weights / (size * self._low)).astype(np.float32)
        self._size = size
        self._gain = k_weighting_power(np.array([min(_PLATEAU_HZ, 0.45 * rate)]), rate)[0]
        self._window = np.sin(np.pi * (np.arange(2 * self._low) + 0.5) / (2 * self._low)).astype(
            np.float32
        )
        half = np.zeros((2, self._low // 2), np.float32)
        self._waiting = half
        self._above: list[Floats] = [np.zeros(0, np.float32)]
        self._below: list[Floats] = []

    def add(self, body: Floats, middle: Floats, side: Floats) -> None:
        """Take the next rows.

        Parameters
        ----------
        body : ndarray, shape (rows, row_frames * 2), float32
            Left and right in turn.
        middle, side : ndarray, shape (rows * 16,), float32
            Their low band.
        """
        both = np.stack([middle, side])
        rows = both.reshape(2, -1, LOW_IN_ROW)
        whole = np.einsum("ij,ij->i", body, body) / self._frames
        low = np.einsum("cij,cij->i", rows, rows) * np.float32(2 / self._low)
        self._above.append(whole - low)
        self._weigh(np.concatenate([self._waiting, both], axis=1))

    def _weigh(self, held: Floats) -> None:
        """Weigh every window that is complete and keep the rest waiting."""
        hops = held.shape[1] // self._low - 1
        if hops > 0:
            windows = np.lib.stride_tricks.sliding_window_view(held, 2 * self._low, axis=1)
            cut = windows[:, : hops * self._low : self._low] * self._window
            spectrum = rfft(cut, self._size, axis=2)
            power = spectrum.real**2 + spectrum.imag**2
            self._below.append((power[0] + power[1]) @ self._weights)
            held = held[:, hops * self._low :]
        self._waiting = held

    def finish(self) -> NDArray[np.float64]:
        """Give the weighted mean square of each whole tenth of a second, shape (hops,)."""
        self._weigh(np.pad(self._waiting, ((0, 0), (0, 2 * self._low))))
        above = np.concatenate(self._above)
        hops = len(above) // self._rows
        above = above[: hops * self._rows].reshape(hops, self._rows).sum(axis=1)
        below = np.concatenate([*self._below, np.zeros(hops, np.float32)])[:hops]
        return np.asarray(below + self._gain * np.maximum(above, 0.0, dtype=np.float64))
