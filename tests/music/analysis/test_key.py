"""The key of music made in a known one."""

import numpy as np
import pytest

from mtsession.music.analysis.key import Key, KeyMeter

RATE = 11_025
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
NAMES = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
MINOR_NAMES = ["Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm"]


def chords(root: int, *, minor: bool, detune: float = 0.0) -> np.ndarray:
    """Tonic, subdominant, dominant (major in minor too), tonic, three times, with a bass."""
    scale = MINOR if minor else MAJOR
    t = np.arange(RATE) / RATE
    parts = []
    for degree in (0, 3, 4, 0) * 3:
        sound = np.zeros(RATE)
        for third in (0, 2, 4):
            step = degree + third
            pitch = 60 + root + scale[step % 7] + 12 * (step // 7)
            pitch += minor and degree == 4 and third == 2
            for octave in (0, -12) if third == 0 else (0,):
                hertz = 440 * 2 ** ((pitch + octave - 69 + detune) / 12)
                sound += sum(np.sin(2 * np.pi * hertz * k * t + k) / k**2 for k in (1, 2, 3, 4))
        parts.append(0.05 * sound * np.exp(-2 * t))
    return np.concatenate(parts).astype(np.float32)


def key_of(sound: np.ndarray, block: int = 7_000) -> Key:
    meter = KeyMeter(rate=RATE)
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.finish()


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("root", range(12))
def test_every_key_is_found(root, minor):
    found = key_of(chords(root, minor=minor))
    assert found.name == (MINOR_NAMES if minor else NAMES)[root]
    assert found.confidence is not None
    assert found.confidence > 0.5


@pytest.mark.parametrize("detune", [-0.4, -0.2, 0.1, 0.3])
def test_a_detuned_instrument_keeps_its_key(detune):
    assert key_of(chords(3, minor=False, detune=detune)).name == "Eb"


def test_blocks_of_any_size_give_the_same():
    sound = chords(7, minor=True)
    assert key_of(sound, 1_000) == key_of(sound, 100_000)


def test_silence_has_no_key():
    assert key_of(np.zeros(RATE * 3, np.float32)) == Key(reason="no tones are heard")


@pytest.mark.parametrize("seconds", [5, 60])
def test_noise_has_no_key(seconds):
    noise = np.random.default_rng(1).standard_normal(round(RATE * seconds)).astype(np.float32)
    found = key_of(0.1 * noise)
    assert found.name is None or (found.confidence or 0) < 0.4


@pytest.mark.parametrize("seconds", [0.01, 0.5])
def test_a_moment_has_no_key(seconds):
    assert key_of(chords(0, minor=False)[: round(seconds * RATE)]).name is None


def test_one_tone_is_not_said_with_confidence():
    t = np.arange(RATE * 10) / RATE
    found = key_of((0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32))
    assert found.confidence is None or found.confidence < 0.9
