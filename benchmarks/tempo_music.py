"""Music of known tempo, made from a seed: what the tempo is measured on.

    piece = make("swing", seed=12)
    piece.sound(22_050), piece.bpm, piece.beats_s

Every piece draws its own tempo, metre, harmony, instruments, figures, accents, looseness and
room. `STYLES` are the six of the benchmark; `OTHERS` come in as well where something is fitted,
so that it is not made for six patterns alone. Seeds from `HELD_OUT` on are for measuring only.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tempo_sounds import Samples, drum, tone
from tempo_styles import MAKERS, Draw, Note

STYLES = ("pads", "arpeggio", "swing", "waltz", "band", "rubato")
OTHERS = ("picked", "hymn", "compound", "ambient", "tune", "pulse", "played")
HELD_OUT = 1_000_000


@dataclass
class Piece:
    """A piece whose tempo is known."""

    style: str
    seed: int
    bpm: float
    beats_per_bar: int
    beats_s: NDArray[np.float64]
    notes: list[Note]
    looseness_s: float
    room: float
    noise: float
    seconds: float
    kind: int = 0
    brightness: float = 1.0
    place: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def sound(self, rate: int) -> Samples:
        """Give its samples, mono, shape (frames,)."""
        rng = np.random.default_rng((self.seed, 7))
        out = np.zeros(int(self.seconds * rate) + 3 * rate, np.float32)
        for note in self.notes:
            at = self.time_of(note.beat) + rng.normal(0, self.looseness_s)
            if note.drum:
                sound = drum(note.sound, self.kind, rate)
            else:
                lasts = self.time_of(note.beat + note.beats) - self.time_of(note.beat)
                tenths = int(np.clip(round(lasts * 10), 1, 80))
                sound = tone(note.sound, note.pitch, tenths, note.rise_ms, rate)
            start = max(0, round(at * rate))
            end = min(start + len(sound), len(out))
            if start < end:
                out[start:end] += np.float32(note.gain) * sound[: end - start]
        out = out[: int(self.seconds * rate)]
        if self.room:
            out = _with_room(out, self.room, rate, self.seed)
        if self.brightness < 1:
            out = _dull(out, self.brightness, rate)
        out = out * (0.5 / max(float(np.abs(out).max()), 1e-6))
        noise = np.random.default_rng((self.seed, 9)).normal(0, 1, len(out))
        return (
            (out + self.noise * np.cumsum(noise - noise.mean()) * 0.02).astype(np.float32)
            if (self.noise and self.seed % 2)
            else (out + self.noise * noise).astype(np.float32)
        )

    def time_of(self, beat: float) -> float:
        """Give the time of a beat, between beats too."""
        numbers = np.arange(len(self.place))
        return float(np.interp(beat, numbers, self.place))


def _with_room(dry: Samples, seconds: float, rate: int, seed: int) -> Samples:
    time = np.arange(int(seconds * rate)) / rate
    tail = np.random.default_rng((seed, 3)).normal(0, 1, len(time)) * np.exp(-4 * time / seconds)
    tail *= 0.5 / np.sqrt((tail**2).sum())
    size = 1 << int(np.ceil(np.log2(len(dry) + len(tail))))
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(tail, size), size)
    return (dry + wet[: len(dry)]).astype(np.float32)


def _dull(sound: Samples, share: float, rate: int) -> Samples:
    spectrum = np.fft.rfft(sound)
    bins = np.fft.rfftfreq(len(sound), 1 / rate)
    return np.fft.irfft(spectrum / (1 + (bins / (share * 5_000)) ** 2), len(sound)).astype(
        np.float32
    )


def make(style: str, seed: int, seconds: float | None = None) -> Piece:
    """Make a piece of a style; the same seed gives the same piece."""
    d = Draw(style, seed, seconds)
    maker = (
        MAKERS.get(style)
        or MAKERS[d.pick("arpeggio", "picked", "hymn", "tune", "waltz", "ambient")]
    )
    maker(d)
    intervals = np.full(d.beats + 8, 60 / d.bpm)
    loose = float(d.rng.choice([0.0, 0.003, 0.006, 0.01]))
    if style == "rubato":
        intervals *= _wander(d.rng, len(intervals), 60 / d.bpm)
        loose += 0.005
    if style == "played":
        intervals *= _freely(d.rng, len(intervals), d.bar)
        loose += 0.008
    place = float(d.rng.uniform(0.1, 2.0)) + np.concatenate([[0.0], np.cumsum(intervals)])
    heard = place[(place < d.seconds - 0.05) & (np.arange(len(place)) < d.beats)]
    return Piece(
        style=style,
        seed=seed,
        bpm=d.bpm,
        beats_per_bar=d.bar,
        beats_s=heard,
        notes=sorted(d.notes, key=lambda note: note.beat),
        looseness_s=loose,
        room=float(d.rng.choice([0.0, 0.4, 0.9, 1.6, 2.5])),
        noise=float(d.rng.choice([0.0, 1e-4, 1e-3, 4e-3])),
        seconds=d.seconds,
        kind=int(d.rng.integers(3)),
        brightness=float(d.rng.choice([0.25, 0.5, 1.0, 1.0])),
        place=place,
    )


def _wander(rng: np.random.Generator, beats: int, period: float) -> NDArray[np.float64]:
    """Give slow swells of the interval around 1, at most 8 %, that leave its mean alone."""
    at = np.arange(beats) * period
    depth = rng.uniform(0.02, 0.06)
    slow, slower = rng.uniform(8, 16), rng.uniform(20, 40)
    swell = np.sin(2 * np.pi * (at / slow + rng.random()))
    swell = 0.6 * swell + 0.4 * np.sin(2 * np.pi * (at / slower + rng.random()))
    if rng.random() < 0.3:
        swell = np.convolve(rng.normal(0, 1, beats + 8), np.ones(9) / 3, "valid")
    swell = swell - np.mean(swell)
    return 1 + depth * swell / max(1.0, float(np.abs(swell).max()))


def _freely(rng: np.random.Generator, beats: int, bar: int) -> NDArray[np.float64]:
    """Give intervals around 1 as players take them: drifting, held at phrases' ends, uneven."""
    keep = np.exp(-1 / rng.uniform(3, 12))
    drift = np.zeros(beats)
    for n in range(1, beats):
        drift[n] = keep * drift[n - 1] + np.sqrt(1 - keep**2) * rng.normal()
    drift *= rng.uniform(0.02, 0.12)
    phrase, held = bar * int(rng.choice([2, 4, 8])), rng.uniform(0, 0.35)
    at = np.arange(beats) % phrase
    drift += held * np.clip((at - phrase + 3) / 2, 0, 1)
    return np.exp(drift + rng.normal(0, rng.uniform(0.005, 0.04), beats))
