"""Sound without a steady pulse, made from a seed: rain, wind, free chords, speech-like sound."""

import numpy as np
from numpy.typing import NDArray
from tempo_sounds import DRUMS, Samples, drum, tone

KINDS = ("hiss", "rain", "waves", "free chords", "free bells", "free taps", "speech", "drone")
_SECONDS = 45.0
_TONES = ("bell", "glass", "harp", "flute", "piano", "guitar", "electric")
_CHORD = (0, 4, 7, 9, 12, 14, 16)


def make(kind: str, seed: int, rate: int, seconds: float = _SECONDS) -> Samples:
    """Make one recording, mono, shape (frames,)."""
    rng = np.random.default_rng((seed, sum(map(ord, kind))))
    makers = {
        "hiss": _hiss,
        "rain": _rain,
        "waves": _waves,
        "free chords": _free_chords,
        "free bells": _free_bells,
        "free taps": _free_taps,
        "speech": _speech,
        "drone": _drone,
    }
    sound = makers[kind](rng, int(seconds * rate), rate)
    return (sound * (0.5 / max(float(np.abs(sound).max()), 1e-9))).astype(np.float32)


def _coloured(rng: np.random.Generator, frames: int, tilt: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(rng.normal(0, 1, frames))
    return np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 20) ** tilt, frames)


def _hiss(rng: np.random.Generator, frames: int, _rate: int) -> NDArray[np.float64]:
    return _coloured(rng, frames, float(rng.uniform(0, 1)))


def _rain(rng: np.random.Generator, frames: int, rate: int) -> NDArray[np.float64]:
    sound = 0.05 * rng.normal(0, 1, frames)
    for _ in range(int(frames / rate * rng.uniform(5, 60))):
        size = int(rate * rng.uniform(0.002, 0.03))
        at = rng.integers(0, frames - size)
        drop = np.sin(2 * np.pi * rng.uniform(800, 4_000) * np.arange(size) / rate)
        sound[at : at + size] += rng.exponential(0.4) * drop * np.hanning(size)
    return sound


def _waves(rng: np.random.Generator, frames: int, rate: int) -> NDArray[np.float64]:
    moments = np.cumsum(rng.uniform(4, 12, 40))
    swell = np.interp(np.arange(frames) / rate, moments, rng.uniform(0.05, 1, 40))
    return _coloured(rng, frames, 0.5) * swell


def _free_chords(rng: np.random.Generator, frames: int, rate: int) -> NDArray[np.float64]:
    return _freely(rng, frames, rate, "pad", gaps=(1.5, 6.0), voices=3)


def _free_bells(rng: np.random.Generator, frames: int, rate: int) -> NDArray[np.float64]:
    sound = _TONES[int(rng.integers(len(_TONES)))]
    return _freely(rng, frames, rate, sound, gaps=(0.3, 4.0), voices=1)


def _free_taps(rng: np.random.Generator, frames: int, rate: int) -> NDArray[np.float64]:
    out = rng.normal(0, 10 ** rng.uniform(-5, -2), frames + rate)
    sound = drum(DRUMS[int(rng.integers(len(DRUMS)))], int(rng.integers(3)), rate)
    usual = rng.uniform(np.log(0.5), np.log(2.5))
    at = 0.0
    while at * rate < frames:
        start = int(at * rate)
        part = sound[: len(out) - start]
        out[start : start + len(part)] += rng.uniform(0.3, 1) * part
        at += float(np.exp(np.clip(rng.normal(usual, 0.7), -1.8, 2.0)))
    return out[:frames]


def _freely(
    rng: np.random.Generator,
    frames: int,
    rate: int,
    name: str,
    *,
    gaps: tuple[float, float],
    voices: int,
) -> NDArray[np.float64]:
    out = rng.normal(0, 10 ** rng.uniform(-5, -2.5), frames + 12 * rate)
    longest = int(rng.choice([4, 12, 60]))
    at = 0.0
    while at * rate < frames:
        for _ in range(voices):
            pitch = 48 + int(rng.choice(_CHORD)) + 12 * int(rng.integers(0, 2))
            rise = int(rng.choice([300, 800])) if name == "pad" else 0
            sound = tone(name, pitch, int(rng.integers(longest // 3, longest)) + 1, rise, rate)
            start = int((at + rng.uniform(0, 0.2)) * rate)
            out[start : start + len(sound)] += rng.uniform(0.4, 1) * sound[: len(out) - start]
        at += float(np.exp(rng.uniform(*np.log(gaps))))
    return out[:frames]


def _speech(rng: np.random.Generator, frames: int, rate: int) -> NDArray[np.float64]:
    """Make syllables of uneven length and pitch, in phrases with pauses for breath."""
    out = np.zeros(frames)
    at = 0.0
    pitch = rng.uniform(95, 220)
    while at * rate < frames - rate:
        for _ in range(int(rng.integers(4, 16))):
            lasts = float(np.exp(rng.normal(np.log(0.19), 0.4)))
            count = int(lasts * rate)
            start = int(at * rate)
            if start + count >= frames:
                break
            time = np.arange(count) / rate
            glide = pitch * rng.uniform(0.8, 1.25) * (1 + rng.normal(0, 0.3) * time)
            phase = 2 * np.pi * np.cumsum(glide) / rate
            vowel = sum(np.sin(n * phase) / n ** rng.uniform(0.6, 1.6) for n in range(1, 14))
            breath = rng.normal(0, 0.3, count) * np.exp(-time / 0.04) * (rng.random() < 0.6)
            out[start : start + count] += (vowel + breath) * np.hanning(count) ** 0.6
            at += lasts * rng.uniform(0.85, 1.3)
        at += float(rng.uniform(0.2, 1.4))
    return out + 0.002 * rng.normal(0, 1, frames)


def _drone(rng: np.random.Generator, frames: int, rate: int) -> NDArray[np.float64]:
    time = np.arange(frames) / rate
    out = np.zeros(frames)
    for part in range(1, 9):
        base = 110 * part * (1 + rng.normal(0, 0.002))
        swell = np.interp(time, np.arange(0, 60, 5), rng.uniform(0.2, 1, 12))
        out += swell * np.sin(2 * np.pi * base * time) / part
    return out + 0.01 * rng.normal(0, 1, frames)
