"""The sounds of the voices: a struck string, a soft pad, a hand drum; each made once, then read."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.protocol.commands import MadeVoice

Wave = NDArray[np.float32]

LOWEST, HIGHEST = 21, 108
_ROOTS_APART = 4
_STRING_SECONDS = 3.0
_PAD_SECONDS = 2.0
_DRUM_SECONDS = 0.7
_A4 = 69
_SKIN_MODES = ((1.0, 1.0), (1.59, 0.55), (2.14, 0.35), (2.3, 0.25), (2.65, 0.2), (2.92, 0.12))
"""Ratios of a round skin's modes, and how strongly a hand's stroke rouses each."""


class Instrument(NamedTuple):
    """How one voice sounds.

    Attributes
    ----------
    make : callable
        Gives the wave of a MIDI pitch at a sample rate; one that `goes_round` joins its own start.
    attack_seconds, release_seconds : float
        How long a note takes to be full, and to fade once its key is up.
    damped : bool
        Whether it ends with its key; else it rings out.
    semitones_an_octave : int
        Twelve, or more where keys lie closer to one another than on a piano.
    level : float
        Peak of one note at full velocity.
    """

    make: Callable[[int, int], Wave]
    attack_seconds: float
    release_seconds: float
    goes_round: bool
    damped: bool
    semitones_an_octave: int
    level: float


class Reading(NamedTuple):
    """A wave, and how fast it is read for a pitch."""

    wave: Wave
    step: float


def reading(voice: MadeVoice, pitch: int, sample_rate: int) -> Reading:
    """Give what a pitch is read from: a wave made at most two semitones away.

    Examples
    --------
    >>> reading("piano", 69, 48_000).step > 1
    True
    """
    root = min(max(_root_of(pitch), _root_of(LOWEST)), _root_of(HIGHEST))
    octave = INSTRUMENTS[voice].semitones_an_octave
    return Reading(_wave(voice, root, sample_rate), 2.0 ** ((pitch - root) / octave))


def prepare(voice: MadeVoice, sample_rate: int) -> None:
    """Make every wave of a voice ahead of time: too slow to do while a note waits."""
    for root in range(_root_of(LOWEST), _root_of(HIGHEST) + 1, _ROOTS_APART):
        _wave(voice, root, sample_rate)


def _root_of(pitch: int) -> int:
    return round(pitch / _ROOTS_APART) * _ROOTS_APART


@lru_cache(maxsize=160)
def _wave(voice: MadeVoice, root: int, sample_rate: int) -> Wave:
    return INSTRUMENTS[voice].make(root, sample_rate)


def _hertz(pitch: int) -> float:
    return float(440.0 * 2.0 ** ((pitch - _A4) / 12.0))


def _string(pitch: int, sample_rate: int) -> Wave:
    """Give a struck string's decay: partials that die the faster the higher they are."""
    t = np.arange(round(_STRING_SECONDS * sample_rate)) / sample_rate
    base, slowness = _hertz(pitch), 2.0 ** ((_A4 - pitch) / 24.0)
    wave = np.zeros(len(t))
    for partial in range(1, 8):
        frequency = base * partial * np.sqrt(1.0 + 4e-4 * partial**2)
        if frequency < 0.45 * sample_rate:
            decay = np.exp(-t * (1.2 + 0.9 * partial) / slowness)
            wave += partial**-1.4 * decay * np.sin(2 * np.pi * frequency * t)
    attack = np.minimum(1.0, t / 0.004)
    tail = np.clip((_STRING_SECONDS - t) / 0.2, 0.0, 1.0)
    made: Wave = (wave * attack * tail / 1.6).astype(np.float32)
    return made


def _pad(pitch: int, sample_rate: int) -> Wave:
    """Give a tone that slowly beats with itself and joins its own start without a seam."""
    n = round(_PAD_SECONDS * sample_rate)
    turns = np.arange(n) / n
    cycles = _hertz(pitch) * n / sample_rate
    wave = np.zeros(n)
    for partial in range(1, 7):
        for aside, place in ((-1, 0.0), (0, 0.3), (1, 0.6)):
            whole = round(cycles * partial) + aside
            if whole < 0.4 * n:
                wave += partial**-1.9 * np.sin(2 * np.pi * (whole * turns + place * partial))
    made: Wave = (wave / np.abs(wave).max()).astype(np.float32)
    return made


def _drum(pitch: int, sample_rate: int) -> Wave:
    """Give a hand on a skin: modes that die fast over a falling pitch, and the hand's own sound."""
    t = np.arange(round(_DRUM_SECONDS * sample_rate)) / sample_rate
    base = 55.0 * 2.0 ** ((pitch - LOWEST) / 24.0)
    phase = 2 * np.pi * base * (t + 0.35 * 0.03 * (1.0 - np.exp(-t / 0.03)))
    wave = np.zeros(len(t))
    for ratio, strength in _SKIN_MODES:
        wave += strength * np.exp(-t * 7.0 * ratio**1.3) * np.sin(ratio * phase)
    hand = np.random.default_rng(pitch).standard_normal(len(t)) * np.exp(-t / 0.006)
    soft = np.convolve(hand, np.hanning(max(3, round(sample_rate / 6000))), "same")
    wave += 0.35 * soft / np.abs(soft).max()
    wave *= np.minimum(1.0, t / 0.001) * np.clip((_DRUM_SECONDS - t) / 0.1, 0.0, 1.0)
    made: Wave = (wave / np.abs(wave).max()).astype(np.float32)
    return made


INSTRUMENTS: dict[MadeVoice, Instrument] = {
    "piano": Instrument(
        make=_string, attack_seconds=0.0, release_seconds=0.15, goes_round=False, damped=True,
        semitones_an_octave=12, level=0.22,
    ),
    "pad": Instrument(
        make=_pad, attack_seconds=0.08, release_seconds=0.6, goes_round=True, damped=True,
        semitones_an_octave=12, level=0.12,
    ),
    "drum": Instrument(
        make=_drum, attack_seconds=0.0, release_seconds=0.15, goes_round=False, damped=False,
        semitones_an_octave=24, level=0.30,
    ),
}  # fmt: skip
