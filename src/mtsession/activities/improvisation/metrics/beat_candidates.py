"""Which tempi a stretch of onsets may have: peaks of its periodicity, and their kin."""

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import Real

HOP_S = 0.01
BLUR_S = 0.02
SHORTEST_S, LONGEST_S = 0.19, 2.2
KIN = (0.5, 2.0, 1 / 3, 3.0, 2 / 3, 1.5)
GRID = np.exp(np.linspace(np.log(SHORTEST_S), np.log(LONGEST_S), 170))
COMB = (1.0, 0.7, 0.5, 0.35)
LOWEST_STRENGTH = 0.0
PEAKS = 6
MOST = 14
ALIKE = 0.05


def periodicity(times: Real, weights: Real) -> Real:
    """Give how strongly onsets repeat at each period of `GRID`, 0 for chance.

    The autocorrelation of the blurred onsets, normalised by its value at lag 0 and
    with what evenly strewn onsets would give taken off, summed over a comb of
    multiples.

    Returns
    -------
    ndarray, shape (170,)
    """
    length = int(np.ceil((times[-1] + 1) / HOP_S))
    train = np.bincount(np.rint(times / HOP_S).astype(np.intp), weights, length)[:length]
    reach = int(4 * BLUR_S / HOP_S)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * HOP_S / BLUR_S) ** 2)
    train = np.convolve(train, kernel, "same")
    train = train - train.mean()
    size = 1 << int(np.ceil(np.log2(2 * length)))
    spectrum = np.fft.rfft(train, size)
    lags = np.fft.irfft(np.abs(spectrum) ** 2, size)[:length]
    if lags[0] <= 0:
        return np.zeros_like(GRID)
    lags = lags / lags[0] * (length / np.maximum(length - np.arange(length), length / 4))
    total = np.zeros_like(GRID)
    for multiple, weight in enumerate(COMB, 1):
        place = np.minimum(GRID * multiple / HOP_S, length - 1.0)
        total += weight * np.interp(place, np.arange(length), lags)
    return total / sum(COMB)


def candidate_periods(strength: Real) -> Real:
    """Give up to `MOST` beat periods in seconds, the strongest peaks and their kin."""
    inner = strength[1:-1]
    peaks = np.flatnonzero((inner >= strength[:-2]) & (inner > strength[2:])) + 1
    order = peaks[np.argsort(-strength[peaks], kind="stable")][:PEAKS]
    found: list[float] = []

    def keep(period: float) -> None:
        near = any(abs(np.log(period / other)) < ALIKE for other in found)
        if SHORTEST_S <= period <= LONGEST_S and not near and len(found) < MOST:
            found.append(float(period))

    for index in order:
        keep(GRID[index])
    for index in order[:3]:
        for factor in KIN:
            keep(GRID[index] * factor)
    return np.array(found)
