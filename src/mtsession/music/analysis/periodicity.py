"""How strongly each beat period is heard: self-likeness of the onsets, window by window.

Windows are short enough for a tempo that wanders. What the onsets say of a period P
lies in how alike they are after P and after its simple multiples and parts; what
settles the level at which beats are counted is learnt from all of these together.
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from mtsession.music.analysis.onsets import Onsets

Floats = NDArray[Any]

LOWEST_BPM, HIGHEST_BPM = 28.0, 300.0
STEP = 0.01
"""From one period of the grid to the next: 1 %."""
PERIODS_S: Floats = (
    60 / HIGHEST_BPM * np.exp(STEP * np.arange(int(np.log(HIGHEST_BPM / LOWEST_BPM) / STEP) + 1))
)
"""The beat periods that are compared, shape (periods,), the shortest first."""

_SHORT_S, _SHORT_HOP_S = 9.0, 3.0
_LONG_S, _LONG_HOP_S = 30.0, 10.0
_PULSE_WEIGHTS = (1.0, 0.6, 0.6, 0.4)
_DRIFT = 8
_BATCH = 128
_PARTS = (1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 1.0)
_MULTIPLES = (3 / 2, 2.0, 3.0, 4.0, 6.0, 8.0)
_WAVES = (1 / 4, 1 / 3, 1 / 2, 1.0, 2.0, 3.0, 4.0)


class Periodicity(msgspec.Struct, frozen=True, kw_only=True):
    """What the windows say of each period.

    Attributes
    ----------
    moments_s : ndarray, shape (windows,)
        Middle of each short window.
    pulse : ndarray, shape (windows, periods)
        How strongly each period is heard there.
    features : ndarray, shape (periods, features)
        Everything that is known of a period, over the whole recording.
    """

    moments_s: Floats
    pulse: Floats
    features: Floats


def measure_periodicity(onsets: Onsets) -> Periodicity:
    """Compare all periods of `PERIODS_S`.

    Parameters
    ----------
    onsets : Onsets
        From `OnsetMeter.finish`.

    Returns
    -------
    Periodicity
    """
    rows = [flatten(row) for row in (onsets.strength, onsets.slow, onsets.bass, onsets.harmony)]
    hop = onsets.hop_s
    columns = [column for row in rows for column in _far(row, hop)]
    short = [_windows(row, hop, _SHORT_S, _SHORT_HOP_S) for row in rows]
    # Batch by batch, so that hours of music need no more memory than minutes.
    batches = [
        _near([windows[first : first + _BATCH] for windows in short], hop)
        for first in range(0, len(short[0]), _BATCH)
    ]
    pulse = np.concatenate([batch[0] for batch in batches])
    sums: Floats = np.sum([batch[1] for batch in batches], axis=0)
    columns += [*(sums / len(pulse)), *_same_for_all(onsets)]
    moments = _SHORT_S / 2 + _SHORT_HOP_S * np.arange(len(pulse))
    return Periodicity(moments_s=moments, pulse=pulse, features=np.stack(columns, axis=1))


def _far(row: Floats, hop: float) -> list[Floats]:
    """Give how alike long windows are after multiples of each period, each shape (periods,)."""
    windows = _windows(row, hop, _LONG_S, _LONG_HOP_S)
    sums = np.zeros((len(_MULTIPLES), len(PERIODS_S)))
    for first in range(0, len(windows), _BATCH):
        alike, _ = _self_likeness(windows[first : first + _BATCH])
        for n, times in enumerate(_MULTIPLES):
            sums[n] += _at(alike, times * PERIODS_S / hop).sum(axis=0)
    return list(sums / len(windows))


def _near(rows: list[Floats], hop: float) -> tuple[Floats, Floats]:
    """Give the pulse of short windows, and the sums of all that they say of each period.

    The sums are at each period itself, then at the period that is clearest near it in each
    window; shape (features, periods).
    """
    pulse: Floats = np.zeros((len(rows[0]), len(PERIODS_S)))
    said: list[Floats] = []
    for windows, weight in zip(rows, _PULSE_WEIGHTS, strict=True):
        alike, waves = _self_likeness(windows)
        lagged = {r: _at(alike, r * PERIODS_S / hop) for r in (*_PARTS, 2.0)}
        size = 2 * (waves.shape[1] - 1)
        said += lagged.values()
        said += [_at(waves, size * hop / (r * PERIODS_S)) for r in _WAVES]
        pulse += weight * (lagged[1.0] + 0.5 * lagged[1 / 2] + 0.5 * lagged[2.0])
    followed = _strongest_near(pulse)
    sums = [values.sum(axis=0) for values in said]
    sums += [np.take_along_axis(values, followed, axis=1).sum(axis=0) for values in said]
    return pulse, np.array(sums)


def flatten(row: NDArray[np.float32]) -> Floats:
    """Take away what changes slowly, so that a loud passage weighs no more than a soft one."""
    wide = min(len(row), 129)
    mean = uniform_filter1d(row, wide, mode="nearest")
    power = uniform_filter1d((row - mean) ** 2, 3 * wide, mode="nearest")
    spread = np.sqrt(np.maximum(power, 0.0))
    usual = float(spread.mean())
    flat: Floats = (row - mean) / (spread + 0.3 * usual + 1e-9)
    return flat


def _windows(row: Floats, hop: float, length_s: float, step_s: float) -> Floats:
    """Cut windows that begin and end softly, shape (windows, frames).

    A row shorter than a window is one window, and all of it counts the same.
    """
    length, step = round(length_s / hop), round(step_s / hop)
    if len(row) <= length:
        padded: Floats = np.pad(row, (0, length - len(row)))[None]
        return padded
    view = np.lib.stride_tricks.sliding_window_view(row, length)[::step]
    tapered: Floats = view * np.hanning(length).astype(np.float32)
    return tapered


def _self_likeness(windows: Floats) -> tuple[Floats, Floats]:
    """Give autocorrelation (1 at lag 0, whatever the overlap) and amplitude spectrum."""
    length = windows.shape[1]
    size = next_fast_len(2 * length)
    spectrum = rfft(windows, size, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    alike = irfft(power, size, axis=1)[:, :length]
    taper = irfft(np.abs(rfft(np.hanning(length), size)) ** 2, size)[:length]
    alike /= np.maximum(alike[:, :1], 1e-9)
    alike *= taper[0] / np.maximum(taper, 0.1 * taper[0])
    total = np.sqrt(power.sum(axis=1, keepdims=True)) + 1e-9
    return alike, np.sqrt(power) / total * np.sqrt(length / 8)


def _at(rows: Floats, places: Floats) -> Floats:
    """Read rows between their values, and the best within 2 %; nothing beyond their end."""
    inside = np.clip(places, 0, rows.shape[1] - 2)
    low = inside.astype(np.intp)
    part = inside - low
    values = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    values[:, places > rows.shape[1] - 2] = 0.0
    return _best_near(values)


def _best_near(values: Floats) -> Floats:
    """Give the greatest of each value and its two neighbours on either side."""
    best = values.copy()
    for away in (1, 2):
        np.maximum(best[:, away:], values[:, :-away], out=best[:, away:])
        np.maximum(best[:, :-away], values[:, away:], out=best[:, :-away])
    return best


def _strongest_near(pulse: Floats) -> NDArray[np.intp]:
    """Give, for each window and period, which period within 8 % is heard best there."""
    padded = np.pad(pulse, ((0, 0), (_DRIFT, _DRIFT)), constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _DRIFT + 1, axis=1)
    offset: NDArray[np.intp] = around.argmax(axis=2)
    return offset - _DRIFT + np.arange(pulse.shape[1])


def _same_for_all(onsets: Onsets) -> list[Floats]:
    """Give features that need the period only: where it lies, and onsets to a beat."""
    octave = np.log2(PERIODS_S)
    centres = np.linspace(np.log2(0.2), np.log2(2.2), 11)
    place = [_bump(octave, centre, 0.35) for centre in centres]
    gaps = np.log2(_usual_gap(onsets.strength, onsets.hop_s) / PERIODS_S)
    crowd = [_bump(gaps, centre, 0.6) for centre in (-3.0, -2.0, -1.0, 0.0, 1.0)]
    return place + crowd


def _bump(values: Floats, centre: float, width: float) -> Floats:
    return np.exp(-0.5 * ((values - centre) / width) ** 2)


def _usual_gap(strength: NDArray[np.float32], hop: float) -> float:
    """Give the mean seconds between onsets that stand out."""
    peak = strength == maximum_filter1d(strength, 7)
    clear = strength > strength.mean() + 0.5 * strength.std()
    count = int(np.count_nonzero(peak & clear))
    return len(strength) * hop / max(count, 1)
