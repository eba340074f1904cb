"""The key of a recording, from the pitch classes of its spectral peaks.

Each key has a profile: how much of each pitch class is to be expected. The profiles are those of
Krumhansl, "Cognitive Foundations of Musical Pitch" (1990), which listeners gave, and of Albrecht
and Shanahan, "The use of large corpora to train a new type of key-finding algorithm" (Music
Perception 31, 2013), which were counted in scores, brought together; the bass is asked as well,
since it dwells on the tonic.
"""

from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

Floats = NDArray[np.float64]

_WINDOW = 8_192
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 1_700.0
_BASS_HZ = 260.0
_FINE = 10
_BATCH = 16
# Windows: two seconds of tones.
_FEWEST = 3
_MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_LISTENERS = (
    (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
)
_SCORES = (
    (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
    (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
)
_LISTENERS_SHARE = 0.3
_BASS_SHARE = 0.2
# Noise has all pitch classes alike; what little differs must not be taken for tones.
_EVENNESS = 0.1
# From likeness to how often such an answer is right, on music of known key (benchmarks).
_SHARPNESS = 15.0
_LEAST_CONFIDENCE = 0.25


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
        self._frames: list[NDArray[np.float32]] = []

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

    def _fine_chroma(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the peaks of each frame in tenths of a semitone, all and the bass, (n, 2, 120)."""
        spectrum = rfft(frames * self._window, axis=1)[:, self._low - 1 : self._high + 2]
        power = spectrum.real**2 + spectrum.imag**2
        here, before, after = power[:, 1:-1], power[:, :-2], power[:, 2:]
        row, column = np.nonzero((here > before) & (here >= after) & (here > 1e-9))
        logs = [np.log(side[row, column] + 1e-12) for side in (before, here, after)]
        bend = logs[0] - 2 * logs[1] + logs[2]
        shift = np.clip((logs[0] - logs[2]) / np.minimum(2 * bend, -1e-9), -0.5, 0.5)
        hertz = (self._low + column + shift) * self._rate / _WINDOW
        fine = np.rint((69 + 12 * np.log2(hertz / 440)) * _FINE).astype(np.intp) % (12 * _FINE)
        chroma = np.zeros((len(frames), 2, 12 * _FINE))
        np.add.at(
            chroma, (row, (hertz < _BASS_HZ).astype(np.intp), fine), np.sqrt(here[row, column])
        )
        chroma[:, 0] += chroma[:, 1]
        return chroma.astype(np.float32)

    def finish(self) -> Key:
        """Give the key, once, after the last samples."""
        if self._held:
            self._waiting.append(np.zeros(_WINDOW - self._held % _WINDOW, np.float32))
            self._held += _WINDOW - self._held % _WINDOW
            self._measure()
        frames = (
            np.concatenate(self._frames)
            if self._frames
            else np.zeros((1, 2, 12 * _FINE), np.float32)
        )
        return find_key(frames)


def find_key(fine: NDArray[np.float32]) -> Key:
    """Choose among the 24 keys.

    Parameters
    ----------
    fine : ndarray, shape (frames, 2, 120)
        How strongly each tenth of a semitone is heard: in all, and in the bass.

    Returns
    -------
    Key
        Its confidence is how often such an answer is right. None where no tones are heard or no
        key stands out.
    """
    total = fine[:, 0].sum(axis=1)
    if total.max(initial=0.0) <= 0:
        return Key(reason="no tones are heard")
    frames = fine[total > 0.01 * total.max()]
    if len(frames) < _FEWEST:
        return Key(reason="too short to hear a key")
    everything, bass = (frames / frames[:, :1].sum(axis=2, keepdims=True)).sum(
        axis=0, dtype=np.float64
    )
    offset = _offset(everything)
    scores = _likeness(_fold(everything, offset)) + _BASS_SHARE * _likeness(_fold(bass, offset))
    weights = np.exp(_SHARPNESS * (scores - scores.max()))
    confidence = float(1 / weights.sum())
    if confidence < _LEAST_CONFIDENCE:
        return Key(reason="no key stands out")
    best = int(scores.argmax())
    name = _MAJOR_NAMES[best] if best < 12 else f"{_MINOR_NAMES[best - 12]}m"
    return Key(name=name, confidence=round(confidence, 2))


def _offset(summed: Floats) -> int:
    """Give the recording's own tuning in tenths of a semitone, -5 to 5."""
    by_tenth = summed.reshape(12, _FINE).sum(axis=0)
    angle = np.angle(by_tenth @ np.exp(2j * np.pi * np.arange(_FINE) / _FINE))
    return round(float(angle) / (2 * np.pi) * _FINE)


def _fold(summed: Floats, offset: int) -> Floats:
    """Draw tenths of semitones together to pitch classes, shape (12,)."""
    rolled = np.roll(summed, _FINE // 2 - offset).reshape(12, _FINE)
    weights = np.cos(np.pi * (np.arange(_FINE) - _FINE / 2) / _FINE)
    # Roots, so that one loud tone does not settle it.
    return np.asarray(np.sqrt(rolled @ weights))


def _likeness(chroma: Floats) -> Floats:
    """Compare with each key's profile: major from C, then minor, shape (24,)."""
    centred = chroma - chroma.mean()
    size = np.linalg.norm(centred) + _EVENNESS * np.linalg.norm(chroma) + 1e-12
    return np.asarray(_profiles() @ centred / size)


@cache
def _profiles() -> Floats:
    """Give what each key leads to expect, shape (24, 12)."""
    rows = []
    for listeners, scores in zip(_LISTENERS, _SCORES, strict=True):
        known = _unit(np.array(listeners))
        counted = _unit(np.sqrt(np.array(scores)))
        both = _LISTENERS_SHARE * known + (1 - _LISTENERS_SHARE) * counted
        rows += [np.roll(both, root) for root in range(12)]
    return np.array(rows)


def _unit(values: Floats) -> Floats:
    centred = values - values.mean()
    return np.asarray(centred / np.linalg.norm(centred))
