"""How loud programme is heard: integrated loudness after ITU-R BS.1770-4."""

import functools

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOPS_PER_SECOND = 10
HOPS_PER_BLOCK = 4
OFFSET_LU = -0.691
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
# The slowest pole of the weighting (38 Hz) has fallen by 200 dB after this time.
RESPONSE_SECONDS = 0.25
_MAX_FFT = 1 << 16


def _shelf(sample_rate: int) -> tuple[Floats, Floats]:
    """Give the head's high shelf; at 48 kHz these are the standard's own coefficients."""
    k = np.tan(np.pi * 1681.974450955533 / sample_rate)
    quality, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    norm = 1 + k / quality + k * k
    b = [high + band * k / quality + k * k, 2 * (k * k - high), high - band * k / quality + k * k]
    return np.array(b) / norm, np.array([norm, 2 * (k * k - 1), 1 - k / quality + k * k]) / norm


def _high_pass(sample_rate: int) -> tuple[Floats, Floats]:
    """Give the revised low-frequency B curve, whose numerator the standard leaves unscaled."""
    k = np.tan(np.pi * 38.13547087602444 / sample_rate)
    quality = 0.5003270373238773
    norm = 1 + k / quality + k * k
    denominator = np.array([norm, 2 * (k * k - 1), 1 - k / quality + k * k]) / norm
    return np.array([1.0, -2.0, 1.0]), denominator


def k_weighting_power(hertz: NDArray[np.floating], sample_rate: int) -> Floats:
    """Give the power gain of K-weighting at some frequencies.

    Parameters
    ----------
    hertz : ndarray, shape (n,)
        Frequencies, 0 to half the sample rate.
    sample_rate : int
        Samples a second of the programme.

    Returns
    -------
    ndarray, shape (n,)
        Squared magnitude of both stages together.

    Examples
    --------
    >>> round(float(10 * np.log10(k_weighting_power(np.array([997.0]), 48_000))[0]), 2)
    0.69
    """
    z = np.exp(-2j * np.pi * np.asarray(hertz) / sample_rate)
    power = np.ones(z.shape)
    for b, a in (_shelf(sample_rate), _high_pass(sample_rate)):
        stage = (b[0] + z * (b[1] + z * b[2])) / (a[0] + z * (a[1] + z * a[2]))
        power *= np.abs(stage) ** 2
    return power


@functools.lru_cache(maxsize=4)
def _response(sample_rate: int) -> Floats:
    """Run both stages on an impulse once, so that programme is filtered without a Python loop."""
    signal = np.zeros(round(RESPONSE_SECONDS * sample_rate))
    signal[0] = 1.0
    for b, a in (_shelf(sample_rate), _high_pass(sample_rate)):
        x1 = x2 = y1 = y2 = 0.0
        for n, x in enumerate(signal.tolist()):
            y = b[0] * x + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
            signal[n] = y
            x1, x2, y1, y2 = x, x1, y, y1
    return signal


class LoudnessMeter:
    """Integrated loudness of a stream of blocks, in memory of 80 bytes a second.

    Both channels of stereo, or one of mono, count with weight 1.

    Parameters
    ----------
    sample_rate : int
        Samples a second.

    Examples
    --------
    >>> meter = LoudnessMeter(48_000)
    >>> t = np.arange(48_000 * 3) / 48_000
    >>> sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 997 * t)
    >>> meter.add(np.stack([sine, sine], axis=1))
    >>> round(meter.integrated(), 1)
    -23.0
    """

    def __init__(self, sample_rate: int) -> None:
        self._response = _response(sample_rate)
        self._hop = sample_rate // HOPS_PER_SECOND
        self._history: Floats | None = None
        self._rest = np.zeros(0)
        self._powers: list[float] = []

    def add(self, block: NDArray[np.floating]) -> None:
        """Take the next samples, shape (n, channels), full scale 1."""
        step = _MAX_FFT - len(self._response)
        for start in range(0, len(block), step):
            self._add_step(np.asarray(block[start : start + step], dtype=np.float64))

    def _add_step(self, block: Floats) -> None:
        """Filter by overlap-save and keep the power of each finished tenth of a second."""
        keep = len(self._response) - 1
        if self._history is None:
            self._history = np.zeros((keep, block.shape[1]))
        joined = np.concatenate([self._history, block])
        self._history = joined[len(joined) - keep :]
        size = 1 << (len(joined) - 1).bit_length()
        spectrum = np.fft.rfft(joined, size, axis=0)
        spectrum *= np.fft.rfft(self._response, size)[:, None]
        filtered = np.fft.irfft(spectrum, size, axis=0)[keep : len(joined)]
        power = np.concatenate([self._rest, np.sum(filtered**2, axis=1)])
        whole = len(power) // self._hop
        hops = power[: whole * self._hop].reshape(whole, self._hop)
        self._powers.extend(hops.mean(axis=1).tolist())
        self._rest = power[whole * self._hop :]

    def blocks(self) -> Floats:
        """Give the loudness in LUFS of each 400 ms block, one every 100 ms ("momentary")."""
        return momentary(np.array(self._powers))

    def integrated(self) -> float | None:
        """Give the gated loudness in LUFS; None while nothing above -70 LUFS was heard."""
        return gated(np.array(self._powers))


def gated(powers: Floats) -> float | None:
    """Give the integrated loudness of programme whose weighted power is known.

    Parameters
    ----------
    powers : ndarray, shape (hops,)
        K-weighted mean square of each tenth of a second, both channels added.

    Returns
    -------
    float or None
        LUFS; None where no block of 400 ms is above -70 LUFS.
    """
    power = _block_powers(powers)
    power = power[lufs_of(power) > ABSOLUTE_GATE_LUFS]
    if not len(power):
        return None
    gate = float(lufs_of(power.mean())) + RELATIVE_GATE_LU
    return float(lufs_of(power[lufs_of(power) > gate].mean()))


def momentary(powers: Floats) -> Floats:
    """Give the loudness in LUFS of each block of four tenths of a second, one every tenth."""
    return lufs_of(_block_powers(powers))


def _block_powers(powers: Floats) -> Floats:
    """Average four tenths at a time, as blocks overlap by three quarters."""
    if len(powers) < HOPS_PER_BLOCK:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(powers, HOPS_PER_BLOCK)
    return np.asarray(windows.mean(axis=1))


def lufs_of(power: Floats) -> Floats:
    """Turn weighted mean square into LUFS, with a floor so that silence has a number."""
    return np.asarray(OFFSET_LU + 10 * np.log10(np.maximum(power, 1e-20)))


def integrated_loudness(samples: NDArray[np.floating], sample_rate: int) -> float | None:
    """Measure the integrated loudness of a whole recording.

    Parameters
    ----------
    samples : ndarray, shape (n, channels)
        One or two channels, full scale 1.
    sample_rate : int
        Samples a second.

    Returns
    -------
    float or None
        LUFS; None if nothing lasts 400 ms above -70 LUFS.

    References
    ----------
    ITU-R BS.1770-4, annexes 1 and 2; gating as in EBU Tech 3341.
    """
    meter = LoudnessMeter(sample_rate)
    meter.add(samples)
    return meter.integrated()
