"""True peak: exactly what oversampling everything by four would find, or hardly less."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from media.made_sounds import RATE
from mtsession.music.analysis.true_peak import PHASES, REACH, TruePeakMeter, phase_filter
from music.analysis.held_sound import coloured, stretches_of


def measured(samples: np.ndarray, rate: int = RATE) -> float:
    reader, stretches = stretches_of(samples, rate)
    meter = TruePeakMeter(row_frames=reader.row_frames, context=reader.context)
    for stretch in stretches:
        meter.add(stretch)
    return float(meter.highest)


def everywhere(samples: np.ndarray) -> float:
    """Oversample every sample with the same interpolator."""
    sound = np.asarray(samples, np.float32).astype(float)
    padded = np.pad(sound, ((REACH, REACH), (0, 0)))
    found = [np.abs(sound).max()]
    for phase in PHASES:
        taps = phase_filter(phase)[::-1]
        found += [np.abs(np.convolve(padded[:, side], taps)).max() for side in (0, 1)]
    return float(max(found))


def decibels(ratio: float) -> float:
    return 20 * math.log10(ratio)


def kinds(rate: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    frames = 300_000
    t = np.arange(frames) / rate
    pink = coloured(rng, frames, rate, 1.0)
    impulses = np.zeros((frames, 2))
    impulses[[0, frames // 2, -1], [0, 1, 1]] = [0.4, 0.5, 0.6]
    return {
        "white": coloured(rng, frames, rate, 0.0),
        "pink": pink,
        "clipped": np.clip(pink * 6, -1, 1),
        "driven": np.tanh(pink * 6),
        "rising": pink * np.linspace(0.01, 1, frames)[:, None],
        "square": np.sign(np.sin(2 * np.pi * 997 * t + 0.01))[:, None] * [1.0, 0.5],
        "impulses": impulses,
    }


@pytest.mark.parametrize("rate", [8_000, RATE, 192_000])
def test_it_is_never_low_against_oversampling_all(rate):
    for kind, sound in kinds(rate).items():
        low = decibels(everywhere(sound) / measured(sound, rate))
        assert -0.001 <= low <= 0.051, kind
        other = decibels(float(np.abs(resample_poly(sound, 4, 1, axis=0)).max()))
        assert other - decibels(measured(sound, rate)) <= 0.1, kind


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9_000), st.floats(0, 3))
def test_the_bound_leaves_nothing_out(seed, frames, slope):
    rng = np.random.default_rng(seed)
    sound = coloured(rng, frames + 1, RATE, slope) * rng.uniform(0.1, 1, (frames + 1, 1))
    low = decibels(everywhere(sound) / measured(sound))
    assert -0.001 <= low <= 0.051


@pytest.mark.parametrize("phase_degrees", [0, 15, 30, 45, 60])
@pytest.mark.parametrize("part", [4, 6, 8])
def test_a_tone_between_its_samples_reads_its_height(part, phase_degrees):
    # After EBU Tech 3341, cases 15 to 19: at most 0.2 dB above, 0.4 dB below.
    t = np.arange(RATE)
    fade = np.minimum(1, np.minimum(t, t[::-1]) / 2_000)
    tone = 0.5 * np.sin(2 * np.pi * t / part + np.radians(phase_degrees)) * fade
    read = decibels(measured(np.stack([tone, tone], axis=1)))
    assert -6.42 <= read <= -5.82


@pytest.mark.parametrize("phase", PHASES)
def test_straight_lines_stay_straight(phase):
    at = np.arange(1 - REACH, REACH + 1)
    assert phase_filter(phase).sum() == pytest.approx(1, abs=1e-12)
    assert phase_filter(phase) @ at == pytest.approx(phase, abs=1e-12)


def test_silence_has_no_height():
    assert measured(np.zeros((5_000, 2))) == 0
