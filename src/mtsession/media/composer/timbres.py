"""The instruments: struck notes that ring out, and pads that can be held for ever.

Every sound leaves here with the same K-weighted strength (energy 1 for a struck note, power 1
for a pad), so that an arrangement states loudness and keeps it in every key.
"""

import functools
import zlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.media.composer.dice import dice
from mtsession.media.composer.space import CHUNK, Acoustics, heard_power
from mtsession.media.loudness import k_weighting_power

Samples = NDArray[np.float32]
Power = NDArray[np.float64]

PAD_FRAMES = 1 << 18
_STEP = 512
_STRAY_CENTS = 2.5
_TONE_SEED = 0x5EA
LONGEST_NOTE_SECONDS = 6.0


class Struck(msgspec.Struct, frozen=True, kw_only=True):
    """A plucked or hammered instrument, as partials that fade.

    Parameters
    ----------
    partials : tuple of (float, float)
        Frequency ratio and level of each.
    attack_seconds : float
        Length of the raised-cosine start: soft, never a click.
    ring_seconds : float
        Time to fall by 60 dB at 220 Hz.
    ring_slope : float
        Ring time goes with frequency to the power of minus this.
    damping : float
        How much faster a partial fades than the one an octave below.
    bright_hertz : float
        Above this, partials fall by 12 dB an octave.
    stiffness : float
        Inharmonicity of a string, B in f_n = n f sqrt(1 + B n^2).
    spread_cents : float
        Detuning between the two sides, for width and slow life.
    """

    partials: tuple[tuple[float, float], ...]
    attack_seconds: float
    ring_seconds: float
    ring_slope: float = 0.4
    damping: float = 0.5
    bright_hertz: float = 1500.0
    stiffness: float = 0.0
    spread_cents: float = 1.2


def _harmonics(count: int, slope: float) -> tuple[tuple[float, float], ...]:
    """Give a string's partials, whose level falls as n to the power of -slope."""
    return tuple((float(n), n**-slope) for n in range(1, count + 1))


STRUCK = {
    "felt": Struck(
        partials=_harmonics(14, 1.3),
        attack_seconds=0.012,
        ring_seconds=8.0,
        damping=0.55,
        bright_hertz=1300.0,
        stiffness=2.5e-4,
    ),
    "harp": Struck(
        partials=_harmonics(12, 1.5),
        attack_seconds=0.008,
        ring_seconds=6.0,
        damping=0.75,
        bright_hertz=1300.0,
    ),
    "nylon": Struck(
        partials=((1, 1.0), (2, 0.55), (3, 0.42), (4, 0.16), (5, 0.14), (6, 0.08), (7, 0.03)),
        attack_seconds=0.006,
        ring_seconds=5.5,
        damping=0.7,
        bright_hertz=1500.0,
    ),
    "kalimba": Struck(
        partials=((1, 1.0), (2, 0.08), (5.4, 0.035)),
        attack_seconds=0.006,
        ring_seconds=4.5,
        damping=0.9,
        bright_hertz=2200.0,
    ),
    "keys": Struck(
        partials=((1, 1.0), (2, 0.22), (3, 0.10), (4, 0.05), (14, 0.006)),
        attack_seconds=0.010,
        ring_seconds=8.0,
        damping=0.45,
        bright_hertz=1400.0,
        spread_cents=2.5,
    ),
    "bell": Struck(
        partials=((1, 1.0), (2, 0.25), (3.01, 0.12), (4.1, 0.04)),
        attack_seconds=0.015,
        ring_seconds=6.0,
        ring_slope=0.35,
        damping=0.6,
        bright_hertz=1600.0,
        spread_cents=3.0,
    ),
    "bass": Struck(
        partials=((1, 1.0), (2, 0.5), (3, 0.18), (4, 0.06)),
        attack_seconds=0.035,
        ring_seconds=6.0,
        ring_slope=0.25,
        damping=0.5,
        bright_hertz=400.0,
        spread_cents=0.6,
    ),
}


class Pad(msgspec.Struct, frozen=True, kw_only=True):
    """A held sound of many near-tuned partials.

    Parameters
    ----------
    partials : tuple of (float, float)
        Frequency ratio and level of each.
    bandwidth_cents : float
        How wide each partial is smeared, as a section of players smears it.
    bright_hertz : float
        Above this, partials fall by 12 dB an octave.
    formants : tuple of (float, float, float)
        Centre and width in hertz, and gain, of a voice's resonances; empty for none.
    """

    partials: tuple[tuple[float, float], ...]
    bandwidth_cents: float = 12.0
    bright_hertz: float = 900.0
    formants: tuple[tuple[float, float, float], ...] = ()


PADS = {
    "warm": Pad(partials=_harmonics(10, 1.4)),
    "thin": Pad(partials=((1, 1.0), (2, 0.3), (3, 0.08)), bandwidth_cents=8.0),
    "strings": Pad(partials=_harmonics(16, 1.15), bandwidth_cents=14.0, bright_hertz=1000.0),
    "choir": Pad(
        partials=_harmonics(14, 0.8),
        bandwidth_cents=16.0,
        bright_hertz=1100.0,
        formants=((380.0, 110.0, 1.0), (800.0, 140.0, 0.35), (2400.0, 300.0, 0.03)),
    ),
    "organ": Pad(
        partials=((1, 1.0), (2, 0.5), (3, 0.12), (4, 0.18), (8, 0.03)),
        bandwidth_cents=5.0,
        bright_hertz=900.0,
    ),
    "glass": Pad(partials=((1, 1.0), (2, 0.18), (4, 0.05)), bandwidth_cents=10.0),
}


def hertz_of(pitch: int) -> float:
    """Give the frequency of a MIDI pitch in equal temperament at A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def _softened(hertz: float, bright_hertz: float) -> float:
    """Give the level that is left of a partial after the instrument's darkening."""
    return 1.0 / (1.0 + (hertz / bright_hertz) ** 2)


def _heard_energy(sound: Samples, acoustics: Acoustics, sample_rate: int) -> float:
    """Give the K-weighted energy of a note and its room, in samples squared (Parseval).

    A long tone meets its own reverberation in or out of phase, by up to 3 dB; measuring both
    together keeps one key as loud as another.
    """
    longest = round((LONGEST_NOTE_SECONDS + acoustics.ring_seconds) * sample_rate) + CHUNK
    size = 1 << (longest - 1).bit_length()
    power = np.abs(np.fft.rfft(sound, size, axis=1)) ** 2
    power *= heard_power(acoustics, size, sample_rate)
    return float(2.0 * power.sum(dtype=np.float64) / size)


def _fading_sine(hertz: float, decay: float, frames: int, sample_rate: int) -> Samples:
    """Give sin(w t) exp(-decay t) as a product of coarse and fine rotations, which is exact."""
    turn = complex(-decay, 2 * np.pi * hertz) / sample_rate
    coarse = np.exp(turn * _STEP * np.arange(-(-frames // _STEP)))
    fine = np.exp(turn * np.arange(_STEP))
    wave = np.multiply.outer(coarse.imag.astype(np.float32), fine.real.astype(np.float32))
    wave += np.multiply.outer(coarse.real.astype(np.float32), fine.imag.astype(np.float32))
    sine: Samples = wave.reshape(-1)[:frames]
    return sine


@functools.lru_cache(maxsize=64)
def struck_note(instrument: str, pitch: int, acoustics: Acoustics, sample_rate: int) -> Samples:
    """Render one note of an instrument, dry, as loud as it must be for its room.

    Parameters
    ----------
    instrument : str
        A name in `STRUCK`.
    pitch : int
        MIDI pitch.
    acoustics : Acoustics
        The room that will be added.
    sample_rate : int
        Samples a second.

    Returns
    -------
    ndarray, shape (2, n), float32, read-only
        From silence at frame 0 back to silence; with its room, the K-weighted energy of one
        second at power 1.
    """
    voice = STRUCK[instrument]
    base = hertz_of(pitch)
    ring = voice.ring_seconds * (220.0 / base) ** voice.ring_slope
    frames = round(min(ring, LONGEST_NOTE_SECONDS) * sample_rate)
    sound = np.zeros((2, frames), np.float32)
    for ratio, level in voice.partials:
        hertz = base * ratio * np.sqrt(1 + voice.stiffness * ratio * ratio)
        if hertz > min(9000.0, 0.45 * sample_rate):
            continue
        decay = 6.9 / ring * (1 + voice.damping * (ratio - 1))
        for side, sign in enumerate((-1, 1)):
            tuned = hertz * 2 ** (sign * voice.spread_cents / 2400)
            wave = _fading_sine(tuned, decay, frames, sample_rate)
            sound[side] += np.float32(level * _softened(hertz, voice.bright_hertz)) * wave
    attack = round(voice.attack_seconds * sample_rate)
    sound[:, :attack] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(attack) / attack)
    fade = frames // 4
    sound[:, -fade:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, fade + 1) / fade)
    sound *= np.float32((sample_rate / _heard_energy(sound, acoustics, sample_rate)) ** 0.5)
    sound.flags.writeable = False
    return sound


@functools.lru_cache(maxsize=48)
def pad_loop(timbre: str, pitch: int, sample_rate: int) -> Samples:
    """Render one held tone as a loop that joins without a seam.

    Each partial is a line with a skirt of random phase around it, made by one inverse transform,
    so the loop is periodic by construction (after Nasca's PADsynth, 2005).

    Returns
    -------
    ndarray, shape (2, PAD_FRAMES), float32, read-only
        K-weighted power 1, both sides together.
    """
    voice = PADS[timbre]
    rng = dice(zlib.crc32(timbre.encode()), _TONE_SEED + pitch)
    spectrum = np.zeros((2, PAD_FRAMES // 2 + 1), np.complex64)
    base = hertz_of(pitch)
    bin_hertz = sample_rate / PAD_FRAMES
    for ratio, level in voice.partials:
        # No two players agree: partials that meet beat slowly and never cancel for good.
        hertz = base * ratio * 2 ** (_STRAY_CENTS / 1200 * (2 * rng.random() - 1))
        if hertz > min(6000.0, 0.4 * sample_rate):
            continue
        strength = level * _softened(hertz, voice.bright_hertz) * _resonance(hertz, voice)
        width = hertz * (2 ** (voice.bandwidth_cents / 1200) - 1) / bin_hertz
        centre = hertz / bin_hertz
        bins = np.arange(int(centre - 3 * width), int(centre + 3 * width) + 2)
        skirt = np.exp(-0.5 * ((bins - centre) / width) ** 2)
        skirt /= np.sqrt(np.sum(skirt**2))
        phases = np.exp(2j * np.pi * rng.random((2, len(bins))))
        # The steady line keeps the tone from coming and going as pure noise bands do, and its
        # sides lie within a third of a turn so that a single loudspeaker loses nothing.
        spectrum[:, bins] += strength * 0.4 * skirt * phases
        turn = rng.random() + np.array([-1.0, 1.0]) * rng.random() / 6
        spectrum[:, round(centre)] += strength * 0.9 * np.exp(2j * np.pi * turn)
    weight = k_weighting_power(np.arange(PAD_FRAMES // 2 + 1) * bin_hertz, sample_rate)
    power = 2.0 * float((np.abs(spectrum.astype(np.complex128)) ** 2 * weight).sum())
    loop = np.fft.irfft(spectrum * np.float32(PAD_FRAMES / power**0.5), axis=1)
    sound: Samples = loop.astype(np.float32, copy=False)
    sound.flags.writeable = False
    return sound


def _resonance(hertz: float, voice: Pad) -> float:
    """Give the gain of a voice's formants, 1 where it has none."""
    if not voice.formants:
        return 1.0
    return 0.05 + sum(
        gain / (1 + ((hertz - centre) / width) ** 2) for centre, width, gain in voice.formants
    )
