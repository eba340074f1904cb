"""The key of a recording, from the pitch classes of its spectral peaks.

Profiles are those of Temperley, "What's key for key?" (Music Perception 17, 1999), after Krumhansl,
"Cognitive Foundations of Musical Pitch" (1990).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

Floats = NDArray[np.float64]

_WINDOW = 8_192
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 1_700.0
_FINE = 10
_BATCH = 16
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key, or why there is none."""

    name: str | None = None
    confidence: float | None = None
    reason: str | None = None


class KeyMeter:
    """Takes the low band's middle; windows of about 0.7 s do not overlap.

    Parameters
    ----------
    rate : float
        Samples a second of the low band.
    """

    def __init__(self, *, rate: float) -> None:
        self._rate = rate
        self._window = np.hanning(_WINDOW).astype(np.float32)
        self._waiting: list[NDArray[np.float32]] = []
        self._held = 0
        self._low = max(2, int(_LOWEST_HZ * _WINDOW / rate))
        self._high = min(_WINDOW // 2 - 1, int(_HIGHEST_HZ * _WINDOW / rate))
        self._frames: list[Floats] = []

    def add(self, middle: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n,)."""
        self._waiting.append(middle)
        self._held += len(middle)
        if self._held >= _BATCH * _WINDOW:
            self._measure()

    def _measure(self) -> None:
        held = np.concatenate(self._waiting)
        whole = len(held) // _WINDOW
        frames = held[: whole * _WINDOW].reshape(whole, _WINDOW)
        self._waiting = [held[whole * _WINDOW :]]
        self._held = len(held) - whole * _WINDOW
        if whole:
            self._frames.append(self._fine_chroma(frames))

    def _fine_chroma(self, frames: NDArray[np.float32]) -> Floats:
        """Give the peaks of each frame by pitch class, in tenths of a semitone, (n, 120)."""
        spectrum = rfft(frames * self._window, axis=1)[:, self._low - 1 : self._high + 2]
        power = spectrum.real**2 + spectrum.imag**2
        here, before, after = power[:, 1:-1], power[:, :-2], power[:, 2:]
        row, column = np.nonzero((here > before) & (here >= after) & (here > 1e-9))
        logs = [np.log(side[row, column] + 1e-12) for side in (before, here, after)]
        bend = logs[0] - 2 * logs[1] + logs[2]
        shift = np.clip((logs[0] - logs[2]) / np.minimum(2 * bend, -1e-9), -0.5, 0.5)
        hertz = (self._low + column + shift) * self._rate / _WINDOW
        fine = np.rint((69 + 12 * np.log2(hertz / 440)) * _FINE).astype(np.intp) % (12 * _FINE)
        chroma = np.zeros((len(frames), 12 * _FINE))
        np.add.at(chroma, (row, fine), np.sqrt(here[row, column]))
        return chroma

    def finish(self) -> Key:
        """Give the key, once, after the last samples."""
        if self._held:
            self._waiting.append(np.zeros(_WINDOW - self._held % _WINDOW, np.float32))
            self._held += _WINDOW - self._held % _WINDOW
            self._measure()
        frames = np.concatenate(self._frames) if self._frames else np.zeros((1, 12 * _FINE))
        return find_key(frames)


def find_key(fine: Floats) -> Key:
    """Choose among the 24 keys.

    Parameters
    ----------
    fine : ndarray, shape (frames, 120)
        How strongly each tenth of a semitone is heard.
    """
    total = fine.sum(axis=1)
    if total.max(initial=0.0) <= 0:
        return Key(reason="no tones are heard")
    frames = fine[total > 0.01 * total.max()]
    frames = frames / np.sqrt(frames.sum(axis=1, keepdims=True))
    summed = frames.sum(axis=0)
    chroma = _tuned(summed)
    scores = _scores(chroma)
    order = np.argsort(-scores)
    best, margin = int(order[0]), float(scores[order[0]] - scores[order[1]])
    confidence = 1 / (1 + np.exp(-(margin - 0.03) / 0.03)) if scores[best] > 0 else 0.0
    name = _NAMES[best] if best < 12 else f"{_MINOR_NAMES[best - 12]}m"
    return Key(name=name, confidence=round(float(confidence), 2))


def _tuned(summed: Floats) -> Floats:
    """Fold tenths of semitones to pitch classes around the recording's own tuning."""
    by_tenth = summed.reshape(12, _FINE).sum(axis=0)
    angle = np.angle(by_tenth @ np.exp(2j * np.pi * np.arange(_FINE) / _FINE))
    offset = round(float(angle) / (2 * np.pi) * _FINE)
    rolled = np.roll(summed, _FINE // 2 - offset).reshape(12, _FINE)
    weights = np.cos(np.pi * (np.arange(_FINE) - _FINE / 2) / _FINE)
    return np.asarray(rolled @ weights)


def _scores(chroma: Floats) -> Floats:
    """Correlate with each key's profile: major from C, then minor, shape (24,)."""
    profiles = np.array([np.roll(p, k) for p in (_MAJOR, _MINOR) for k in range(12)])
    profiles -= profiles.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    centred = chroma - chroma.mean()
    return np.asarray(profiles @ centred / (np.linalg.norm(centred) + 1e-12))
