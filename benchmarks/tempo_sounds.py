"""Sounds of the made music: plucked, struck, blown, bowed and beaten, each a short mono array."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
TONES = ("piano", "harp", "bell", "guitar", "electric", "organ", "strings", "flute", "pad", "glass")
DRUMS = ("kick", "snare", "brush", "hat", "ride", "shaker", "clave", "tom")
# Harmonics: how fast they fall, how much faster the high ones die, decay of a middle C in seconds.
_STRUCK = {
    "piano": (1.3, 0.5, 1.4),
    "harp": (1.7, 0.8, 0.9),
    "guitar": (1.1, 0.9, 0.8),
    "electric": (2.2, 0.4, 1.1),
    "bell": (0.9, 0.2, 1.8),
    "glass": (1.6, 0.1, 1.2),
}
_HELD = {"organ": (1.2, 0.02), "strings": (1.1, 0.12), "flute": (2.4, 0.06), "pad": (1.4, 0.5)}
_STRETCHED = {"bell": 1.53, "glass": 2.76}


@lru_cache(maxsize=600)
def tone(name: str, pitch: int, tenths: int, rise_ms: int, rate: int) -> Samples:
    """Give one note of a tenth-second length; `rise_ms` of 0 takes the instrument's own."""
    if name in _STRUCK:
        return _struck(name, pitch, tenths / 10, rise_ms, rate)
    return _held(name, pitch, tenths / 10, rise_ms, rate)


def _partials(pitch: int, rate: int, most: int) -> NDArray[np.float64]:
    base = 440 * 2 ** ((pitch - 69) / 12)
    return base * np.arange(1, max(2, min(most, int(0.45 * rate / base)) + 1))


def _struck(name: str, pitch: int, seconds: float, rise_ms: int, rate: int) -> Samples:
    fall, damping, decay = _STRUCK[name]
    n = np.arange(1, 12)
    base = 440 * 2 ** ((pitch - 69) / 12)
    stretched = _STRETCHED.get(name)
    if stretched is not None:
        n = np.array([1.0, stretched, stretched * 1.8])
    elif name == "piano":
        n = n * np.sqrt(1 + 0.0004 * n**2)
    n = n[n * base < 0.45 * rate]
    time = np.arange(int((seconds + 0.25) * rate)) / rate
    decay *= 2 ** ((60 - pitch) / 24)
    sound = np.zeros(len(time))
    for number, each in enumerate(n):
        size = np.exp(-time / (decay / (1 + damping * number)))
        sound += size * np.sin(2 * np.pi * each * base * time + number) / (number + 1) ** fall
    rng = np.random.default_rng(pitch)
    knock = np.exp(-time / 0.008) * rng.normal(0, 1, len(time))
    sound += (0.15 if name in {"piano", "guitar"} else 0.04) * knock
    rise = max(rise_ms, 3) / 1000
    sound *= np.clip(time / rise, 0, 1) * np.clip((seconds + 0.2 - time) / 0.2, 0, 1)
    return (0.35 * sound).astype(np.float32)


def _held(name: str, pitch: int, seconds: float, rise_ms: int, rate: int) -> Samples:
    fall, rise = _HELD[name]
    rise = rise_ms / 1000 if rise_ms else rise
    leave = max(0.12, min(rise, 0.8))
    time = np.arange(int((seconds + leave) * rate)) / rate
    wobble = 0.004 * np.sin(2 * np.pi * 5.2 * time) / 5.2 if name in {"flute", "strings"} else 0.0
    sound = np.zeros(len(time))
    for voice in (-1, 1) if name in {"pad", "strings"} else (0,):
        for number, each in enumerate(_partials(pitch, rate, 8)):
            phase = 2 * np.pi * each * (1 + 0.0012 * voice) * (time + wobble)
            sound += np.sin(phase + number * voice) / (number + 1) ** fall
    if name == "flute":
        sound += 0.03 * np.random.default_rng(pitch).normal(0, 1, len(time))
    shape = np.sin(np.pi / 2 * np.clip(time / rise, 0, 1))
    shape *= np.sin(np.pi / 2 * np.clip((seconds + leave - time) / leave, 0, 1))
    return (0.16 * sound * shape).astype(np.float32)


@lru_cache(maxsize=64)
def drum(name: str, kind: int, rate: int) -> Samples:
    """Give one drum; `kind` chooses among a few builds of each."""
    rng = np.random.default_rng(1_000 * DRUMS.index(name) + kind)
    time = np.arange(int(0.35 * rate)) / rate
    noise = rng.normal(0, 1, len(time))
    bright = np.diff(noise, prepend=0.0)
    if name == "kick":
        low = 45 + 8 * (kind % 3)
        sound = np.exp(-time / 0.11) * np.sin(
            2 * np.pi * (low * time + 4 * (1 - np.exp(-time / 0.02)))
        )
    elif name == "snare":
        sound = 0.45 * np.exp(-time / 0.07) * noise
        sound += 0.5 * np.exp(-time / 0.05) * np.sin(2 * np.pi * (180 + 20 * (kind % 3)) * time)
    elif name == "brush":
        sound = 0.3 * np.clip(time / 0.03, 0, 1) * np.exp(-time / 0.09) * noise
    elif name == "hat":
        sound = 0.25 * np.exp(-time / (0.02 + 0.015 * (kind % 3))) * bright
    elif name == "ride":
        sound = 0.16 * np.exp(-time / 0.16) * bright
    elif name == "shaker":
        sound = 0.2 * np.clip(time / 0.02, 0, 1) * np.exp(-time / 0.03) * bright
    elif name == "clave":
        sound = 0.5 * np.exp(-time / 0.03) * np.sin(2 * np.pi * (1_800 + 150 * (kind % 3)) * time)
    else:
        sound = 0.7 * np.exp(-time / 0.14) * np.sin(2 * np.pi * (95 + 15 * (kind % 3)) * time)
    return sound.astype(np.float32)
