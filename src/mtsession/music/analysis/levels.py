"""Integrated loudness after ITU-R BS.1770-4, several times faster than filtering every sample.

Above about 3.5 kHz K-weighting is a constant gain, so only the low band is weighted,
by its spectrum; what the whole recording has more power than its low band is
raised by that gain.

`media.loudness` filters every sample and is what this is tested against.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len, rfft

from mtsession.media.loudness import HOPS_PER_SECOND, k_weighting_power
from mtsession.music.analysis.lowband import power_response
from mtsession.music.analysis.reader import LOW_IN_ROW

Floats = NDArray[np.float32]

_PLATEAU_HZ = 12_000.0


class LevelMeter:
    """Takes rows and their low band; gives the weighted power of each tenth of a second.

    In the low band a tenth's edges are a tenth wide themselves (the window's square is what counts,
    and the squares add up to 1): sharp ones would spread the bass, which is weighted least, over
    frequencies that are weighted most. Above the low band they are sharp.

    Parameters
    ----------
    rate : int
        Frames a second.
    factor : int
        Frames to a sample of the low band.
    """

    def __init__(self, *, rate: int, factor: int) -> None:
        self._row_s = LOW_IN_ROW * factor / rate
        self._hop = rate / factor / HOPS_PER_SECOND
        length = 2 * round(self._hop)
        self._window = np.sin(np.pi * (np.arange(length) + 0.5) / length).astype(np.float32)
        self._size = next_fast_len(length, real=True)
        hertz = np.arange(self._size // 2 + 1) * (rate / factor) / self._size
        twice = np.full(len(hertz), 2.0)
        twice[0] = 1
        twice[-1] = 2 if self._size % 2 else 1
        # At low rates the filters of the standard would be bent; their response at 48 kHz is meant.
        weighted_at = max(rate, 48_000)
        self._gain = k_weighting_power(np.array([_PLATEAU_HZ]), weighted_at)[0]
        # What the filter keeps out of the low band is counted above it, with the plateau's gain.
        above = self._gain - k_weighting_power(hertz, weighted_at)
        weights = self._gain - above / power_response(hertz, rate=rate, factor=factor)
        # Left and right squared are twice middle and side squared.
        self._weights = (2 * twice * weights / (self._size * self._hop)).astype(np.float32)
        self._per_frame = HOPS_PER_SECOND / rate
        # A window begins half a tenth before its own.
        self._early = length // 4
        self._first = -self._early
        self._waiting: Floats = np.zeros((2, self._early), np.float32)
        self._hops = 0
        self._rows, self._risen = 0, 0.0
        self._above: list[NDArray[np.float64]] = [np.zeros(1)]
        self._below: list[Floats] = [np.zeros(0, np.float32)]

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
        whole = np.einsum("ij,ij->i", body, body) * np.float32(self._per_frame)
        low = np.einsum("cij,cij->i", rows, rows) * np.float32(2 / self._hop)
        self._cut(whole - low)
        self._weigh(np.concatenate([self._waiting, both], axis=1))

    def _weigh(self, held: Floats) -> None:
        """Weigh every window that is complete and keep the rest waiting."""
        length = len(self._window)
        most = held.shape[1] / self._hop + 1
        begins = np.rint((self._hops + np.arange(most)) * self._hop).astype(np.intp)
        begins -= self._early + self._first
        begins = begins[begins + length <= held.shape[1]]
        if len(begins):
            windows = np.lib.stride_tricks.sliding_window_view(held, length, axis=1)
            spectrum = rfft(windows[:, begins] * self._window, self._size, axis=2)
            power = spectrum.real**2 + spectrum.imag**2
            self._below.append((power[0] + power[1]) @ self._weights)
            self._hops += len(begins)
            used = int(begins[-1])
            held = held[:, used:]
            self._first += used
        self._waiting = held

    def _cut(self, powers: Floats) -> None:
        """Cut the rows' power into tenths by what it has risen to at the end of each."""
        risen = np.cumsum(np.concatenate([[self._risen], powers]), dtype=np.float64)
        seconds = (self._rows + np.arange(len(risen))) * self._row_s
        known = sum(len(each) for each in self._above)
        last = int(seconds[-1] * HOPS_PER_SECOND + 1e-6)
        ends = np.arange(known, last + 1) / HOPS_PER_SECOND
        self._above.append(np.interp(ends, seconds, risen))
        self._rows, self._risen = self._rows + len(powers), float(risen[-1])

    def finish(self) -> NDArray[np.float64]:
        """Give the weighted mean square of each whole tenth of a second, shape (hops,)."""
        self._weigh(np.pad(self._waiting, ((0, 0), (0, len(self._window)))))
        above = np.diff(np.concatenate(self._above))
        below = np.concatenate(self._below)[: len(above)]
        return np.asarray(np.maximum(below + self._gain * above, 0.0))
