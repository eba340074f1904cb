"""Music of known key, made from a seed: what the key is measured on.

Functional harmony in all 24 keys, with or without bass, melody, drums and a leading tone, of many
timbres, half of it detuned by up to 30 cents.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 11_025
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
MAJOR_WAYS = (
    (0, 3, 4, 0),
    (0, 5, 3, 4),
    (0, 4, 5, 3),
    (0, 1, 4, 0),
    (5, 3, 0, 4),
    (0, 3, 0, 4),
    (3, 4, 0, 0),
    (0, 2, 3, 4),
)
MINOR_WAYS = (
    (0, 3, 4, 0),
    (0, 5, 2, 6),
    (0, 5, 3, 4),
    (0, 3, 6, 2),
    (0, 6, 5, 4),
    (0, 4, 0, 4),
    (0, 3, 0, 4),
)


@dataclass
class Instrument:
    """How a piece sounds."""

    fall: float
    partials: tuple[float, ...]
    detune: float
    rng: np.random.Generator

    def play(
        self, out: NDArray[np.float64], *, at: float, seconds: float, pitch: float, size: float
    ) -> None:
        first = int(at * RATE)
        frames = min(int(seconds * RATE), len(out) - first)
        if frames <= 0:
            return
        t = np.arange(frames) / RATE
        hertz = 440 * 2 ** ((pitch - 69 + self.detune) / 12)
        shape = np.exp(-t * self.fall) * np.minimum(1, t / 0.01)
        shape *= np.minimum(1, (frames / RATE - t) / 0.02)
        for number, weight in enumerate(self.partials, 1):
            if hertz * number > 0.45 * RATE:
                break
            phase = self.rng.uniform(0, 2 * np.pi)
            wave = np.sin(2 * np.pi * hertz * number * t + phase)
            out[first : first + frames] += size * weight * shape * wave


def make(seed: int) -> tuple[NDArray[np.float32], int, bool]:
    """Give a piece of 15 to 60 s, its root (C is 0) and whether it is in minor."""
    rng = np.random.default_rng(seed)
    seconds = rng.uniform(15, 60)
    out = np.zeros(int(seconds * RATE))
    root, minor = int(rng.integers(12)), bool(rng.integers(2))
    detune = rng.uniform(-0.3, 0.3) if rng.random() < 0.5 else 0.0
    steep = rng.uniform(0.8, 2.2)
    partials = tuple(1 / k**steep for k in range(1, int(rng.integers(3, 12))))
    instrument = Instrument(float(rng.choice([0.3, 1, 3])), partials, detune, rng)
    beat = 60 / rng.uniform(45, 110)
    leading, drums, bass, melody = rng.random(4) < (0.7, 0.3, 0.8, 0.7)
    scale, ways = (MINOR, MINOR_WAYS) if minor else (MAJOR, MAJOR_WAYS)
    way = ways[rng.integers(len(ways))]
    for bar, at in enumerate(np.arange(0, seconds, 4 * beat)):
        if rng.random() < 0.2:
            way = ways[rng.integers(len(ways))]
        degree = way[bar % 4]
        thirds = (0, 2, 4, 6) if rng.random() < 0.3 else (0, 2, 4)
        tones = [scale[(degree + j) % 7] + 12 * ((degree + j) // 7) for j in thirds]
        if minor and degree == 4 and leading:
            tones[1] += 1
        for tone in tones:
            pitch = 48 + root + tone + 12 * (tone < 4)
            instrument.play(out, at=at, seconds=4 * beat, pitch=pitch, size=0.1)
        if bass:
            for half in (0, 2):
                pitch = 36 + root + tones[0] % 12
                place = at + half * beat
                instrument.play(out, at=place, seconds=2 * beat, pitch=pitch, size=0.2)
        if melody:
            _melody(instrument, out, at=at, beat=beat, tones=tones, scale=scale, root=root)
        if drums:
            _drums(rng, out, at=at, beat=beat)
    out += rng.standard_normal(len(out)) * 10 ** rng.uniform(-5, -2)
    return (out / max(1.0, np.abs(out).max())).astype(np.float32), root, minor


def _melody(
    instrument: Instrument,
    out: NDArray[np.float64],
    *,
    at: float,
    beat: float,
    tones: list[int],
    scale: tuple[int, ...],
    root: int,
) -> None:
    rng, gone = instrument.rng, 0.0
    while gone < 4:
        beats = float(rng.choice([0.5, 1, 2]))
        step = rng.choice(tones) % 12 if rng.random() < 0.6 else scale[rng.integers(7)]
        place, pitch = at + gone * beat, 72 + root + step
        instrument.play(out, at=place, seconds=beats * beat, pitch=pitch, size=0.15)
        gone += beats


def _drums(rng: np.random.Generator, out: NDArray[np.float64], *, at: float, beat: float) -> None:
    for number in range(4):
        first = int((at + number * beat) * RATE)
        frames = min(1_500, len(out) - first)
        if frames > 0:
            fall = np.exp(-np.arange(frames) / 300)
            out[first : first + frames] += 0.3 * rng.standard_normal(frames) * fall
