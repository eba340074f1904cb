"""Onset strength of a recording, measured as its samples stream by.

Three things tell a pulse: attacks, which a short window sees; the bass; and, in
music that has hardly any attacks, the change of harmony. All are taken from
spectra at a low rate, and only their few bands are kept.

The onset strength follows Böck and Widmer, "Maximum filter vibrato suppression
for onset detection" (DAFx 2013), in the form that librosa gives it, on librosa's
mel filter bank.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.ndimage import uniform_filter1d

ANALYSIS_RATE = 11_025
"""Samples a second of the mono sound that is measured."""

HOP = 256
HOP_S = HOP / ANALYSIS_RATE
_WINDOW = 1_024
_BANDS = 32
_BASS_BANDS = 3
# Pitches are told apart by a longer window, moved on less often.
_PITCH_WINDOW = 2_048
_PITCH_HOP = 4 * HOP
_LOWEST_PITCH, _PITCHES = 43, 48
# Small enough for its arrays to stay in the processor's cache: four times as fast as 64.
_BATCH = 16
_RANGE_DB = 70.0
_SILENT = 1e-12
# Frames measured together at the end, and how many around them they are compared with.
_PART, _AROUND = 8_192, 16

Floats = NDArray[Any]


class Onsets(msgspec.Struct, frozen=True, kw_only=True):
    """What a pulse is found in; every row has one value for each hop, shape (n,), float32.

    Attributes
    ----------
    hop_s : float
        Seconds from value to value; value i belongs to `i * hop_s`.
    duration_s : float
        Length of what was measured.
    strength : ndarray
        Attacks over all bands.
    slow : ndarray
        Rises that take a fifth of a second, as of bowed or blown tones.
    bass : ndarray
        Attacks below about 250 Hz.
    harmony : ndarray
        How much the pitches of the next half second differ from those of the last.
    level_db : ndarray
        Level below the loudest moment, 0 to -70 dB.
    """

    hop_s: float
    duration_s: float
    strength: Floats
    slow: Floats
    bass: Floats
    harmony: Floats
    level_db: Floats


class OnsetMeter:
    """Takes mono samples in blocks of any size; the blocks' sizes change nothing.

    Examples
    --------
    >>> import numpy as np
    >>> meter = OnsetMeter()
    >>> meter.add(np.zeros(ANALYSIS_RATE, np.float32))
    >>> len(meter.finish().strength)
    44
    """

    def __init__(self) -> None:
        self._samples = 0
        self._attacks = _Spectra(_WINDOW, HOP, mel_bands())
        self._pitches = _Spectra(_PITCH_WINDOW, _PITCH_HOP, _pitch_bands())

    def add(self, mono: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n,), at `ANALYSIS_RATE`."""
        self._samples += len(mono)
        self._attacks.add(mono)
        self._pitches.add(mono)

    def finish(self) -> Onsets:
        """Give what was measured, once, after the last samples."""
        power = self._attacks.finish()
        loudest = max(float(power.max()), _SILENT)
        rows = _in_parts(power, lambda part: _attack_rows(part, loudest))
        pitches = self._pitches.finish()
        highest = max(float(pitches.max()), _SILENT)
        change = _in_parts(pitches, lambda part: _novelty(part / highest))
        # A change lies between the windows compared, half a hop before the later one.
        moments = (np.arange(len(change)) - 0.5) * (_PITCH_HOP / HOP)
        harmony = np.interp(np.arange(len(rows)), moments, change).astype(np.float32)
        level = power.sum(axis=1)
        return Onsets(
            hop_s=HOP_S,
            duration_s=self._samples / ANALYSIS_RATE,
            strength=rows[:, 0].copy(),
            slow=rows[:, 1].copy(),
            bass=rows[:, 2].copy(),
            harmony=harmony,
            level_db=_decibels(level, max(float(level.max()), _SILENT)),
        )


class _Spectra:
    """Weighs power spectra into bands, a batch of windows at a time."""

    def __init__(self, window: int, hop: int, bands: Floats) -> None:
        self._window, self._hop, self._bands = window, hop, bands
        self._shape = np.hanning(window + 1)[:-1].astype(np.float32)
        # Windows are centred: the first is half in what was before the start.
        self._waiting = [np.zeros(window // 2, np.float32)]
        self._held = window // 2
        self._done: list[Floats] = []

    def add(self, mono: Floats) -> None:
        # A copy: the caller may fill the same array again.
        self._waiting.append(np.array(mono, np.float32))
        self._held += len(mono)
        if self._held >= self._window + 4 * _BATCH * self._hop:
            self._measure()

    def finish(self) -> Floats:
        """Give all bands, shape (frames, bands)."""
        self._waiting.append(np.zeros(self._window // 2, np.float32))
        self._measure()
        if not self._done:
            return np.zeros((1, self._bands.shape[1]), np.float32)
        return np.concatenate(self._done)

    def _measure(self) -> None:
        held = np.concatenate(self._waiting)
        if len(held) >= self._window:
            windows = np.lib.stride_tricks.sliding_window_view(held, self._window)[:: self._hop]
            for first in range(0, len(windows), _BATCH):
                spectra = rfft(windows[first : first + _BATCH] * self._shape, axis=1)
                power = spectra.real**2 + spectra.imag**2
                self._done.append(power @ self._bands)
            held = held[len(windows) * self._hop :]
        self._waiting, self._held = [held], len(held)


@cache
def mel_bands() -> Floats:
    """Give triangular bands of one area, evenly spaced on Slaney's mel scale.

    They equal ``librosa.filters.mel(sr=ANALYSIS_RATE, n_fft=1024, n_mels=32)``, whose module
    takes longer to load than a song takes to measure.

    Returns
    -------
    ndarray, shape (bins, bands)
    """
    edges = _hertz(np.linspace(0.0, _mel(ANALYSIS_RATE / 2), _BANDS + 2))
    bins = np.arange(_WINDOW // 2 + 1)[:, None] * ANALYSIS_RATE / _WINDOW
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    shape = np.maximum(0.0, np.minimum(rising, falling))
    bands: Floats = (shape * 2 / (edges[2:] - edges[:-2])).astype(np.float32)
    return bands


def _mel(hertz: float) -> float:
    """Give Slaney's mel: straight to 1 kHz, then 27 to a factor of 6.4."""
    return hertz * 3 / 200 if hertz < 1_000 else 15 + 27 * math.log(hertz / 1_000, 6.4)


def _hertz(mel: Floats) -> Floats:
    hertz: Floats = np.where(mel < 15, mel * 200 / 3, 1_000 * 6.4 ** ((mel - 15) / 27))
    return hertz


@cache
def _pitch_bands() -> Floats:
    """Give one narrow band for each semitone from G2, shape (bins, pitches)."""
    bins = np.arange(_PITCH_WINDOW // 2 + 1) * ANALYSIS_RATE / _PITCH_WINDOW
    pitch = 69 + 12 * np.log2(np.maximum(bins, 1.0) / 440)
    away = np.abs(pitch[:, None] - (_LOWEST_PITCH + np.arange(_PITCHES)))
    bands: Floats = np.maximum(0.0, 1 - away).astype(np.float32)
    return bands


def _in_parts(rows: Floats, measure: Callable[[Floats], Floats]) -> Floats:
    """Measure rows part by part, each with what is around it: hours of music need little memory."""
    parts = []
    for first in range(0, len(rows), _PART):
        begin = max(0, first - _AROUND)
        part = measure(rows[begin : first + _PART + _AROUND])
        parts.append(part[first - begin : first - begin + _PART])
    return np.concatenate(parts)


def _attack_rows(power: Floats, loudest: float) -> Floats:
    """Give strength, slow and bass of some frames, shape (frames, 3)."""
    bands = _decibels(power, loudest)
    rises = (
        _rise(bands, lag=2),
        _rise(_evened(bands), lag=9),
        _rise(bands[:, :_BASS_BANDS], lag=2),
    )
    return np.stack(rises, axis=1)


def _decibels(power: Floats, loudest: float) -> Floats:
    """Give levels below the loudest, none lower than the range."""
    floor = loudest * 10 ** (-_RANGE_DB / 10)
    levels: Floats = (10 * np.log10(np.maximum(power, floor) / loudest)).astype(np.float32)
    return levels


def _evened(bands: Floats) -> Floats:
    """Average every five frames, so that a slow rise is not lost in the roughness of a tone."""
    evened: Floats = uniform_filter1d(bands, 5, axis=0)
    return evened


def _rise(bands: Floats, *, lag: int) -> Floats:
    """Give the mean rise over `lag` frames; a tone that wavers into the next band is no rise."""
    rise = np.zeros(len(bands), np.float32)
    if len(bands) > lag:
        before = bands[:-lag].copy()
        np.maximum(before[:, 1:], bands[:-lag, :-1], out=before[:, 1:])
        np.maximum(before[:, :-1], bands[:-lag, 1:], out=before[:, :-1])
        ahead = lag // 2
        rise[ahead : ahead + len(bands) - lag] = np.maximum(bands[lag:] - before, 0).mean(axis=1)
    return rise


def _novelty(power: Floats) -> Floats:
    """Give how far the pitches after a moment are from those before it; the loudest is 1."""
    # In near silence all pitches are alike, rather than what the noise makes of them.
    chroma = (power + 1e-7) ** 0.25
    chroma /= np.linalg.norm(chroma, axis=1, keepdims=True)
    width = 5
    total = np.concatenate([np.zeros((1, chroma.shape[1])), np.cumsum(chroma, axis=0)])
    last = len(chroma)
    at = np.arange(last)
    after = total[np.minimum(at + width, last)] - total[at]
    before = total[at] - total[np.maximum(at - width, 0)]
    size = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    alike = np.where(size > 0, (after * before).sum(axis=1) / np.maximum(size, 1e-9), 1.0)
    novelty: Floats = 1 - alike
    return novelty
