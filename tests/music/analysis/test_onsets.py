import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.music.analysis.onsets import ANALYSIS_RATE, HOP_S, OnsetMeter, Onsets, mel_bands

ROWS = ("strength", "slow", "bass", "harmony", "level_db")


def measured(sound: np.ndarray, sizes: list[int] | None = None) -> Onsets:
    meter = OnsetMeter()
    first = 0
    for size in sizes or []:
        meter.add(sound[first : first + size])
        first += size
    meter.add(sound[first:])
    return meter.finish()


def tones(*pitches_hz: float, seconds: float = 4.0) -> np.ndarray:
    """Play tones one after another without a break or an attack."""
    hertz = np.repeat(pitches_hz, int(seconds * ANALYSIS_RATE))
    return (0.3 * np.sin(2 * np.pi * np.cumsum(hertz) / ANALYSIS_RATE)).astype(np.float32)


def test_the_mel_bands_are_those_of_librosa():
    filters = pytest.importorskip("librosa.filters")
    theirs = filters.mel(sr=ANALYSIS_RATE, n_fft=1_024, n_mels=32)
    np.testing.assert_allclose(mel_bands(), theirs.T, atol=1e-8)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9_000), max_size=20), st.integers(0, 60_000))
def test_the_size_of_blocks_changes_nothing(sizes, length):
    sound = np.random.default_rng(length).normal(0, 0.1, length).astype(np.float32)
    whole, parts = measured(sound), measured(sound, sizes)
    for row in ROWS:
        np.testing.assert_allclose(getattr(parts, row), getattr(whole, row), atol=2e-4)
    assert parts.duration_s == whole.duration_s == length / ANALYSIS_RATE


@pytest.mark.parametrize("length", [0, 1, 255, 1_023, 5_512])
def test_the_shortest_sounds_are_measured(length):
    onsets = measured(np.full(length, 0.5, np.float32))
    sizes = {len(getattr(onsets, row)) for row in ROWS}
    assert len(sizes) == 1
    assert all(np.isfinite(getattr(onsets, row)).all() for row in ROWS)


def test_silence_has_no_onsets():
    onsets = measured(np.zeros(5 * ANALYSIS_RATE, np.float32))
    assert not any(getattr(onsets, row).any() for row in ("strength", "slow", "bass"))
    assert onsets.harmony.max() < 1e-6


def test_a_click_is_an_onset_at_its_time():
    sound = np.zeros(4 * ANALYSIS_RATE, np.float32)
    sound[2 * ANALYSIS_RATE : 2 * ANALYSIS_RATE + 100] = 0.5
    onsets = measured(sound)
    assert onsets.strength.argmax() * HOP_S == pytest.approx(2.0, abs=0.05)


def test_a_change_of_pitch_without_attack_is_heard_in_the_harmony():
    onsets = measured(tones(220.0, 277.2))
    assert onsets.harmony.argmax() * HOP_S == pytest.approx(4.0, abs=0.15)
    steady = measured(tones(220.0, 220.0))
    assert steady.harmony[90:-90].max() < 0.1 * onsets.harmony.max()


def test_loudness_of_a_recording_changes_nothing():
    sound = np.random.default_rng(5).normal(0, 0.1, 60_000).astype(np.float32)
    loud, soft = measured(sound), measured(sound / 64)
    np.testing.assert_allclose(soft.strength, loud.strength, atol=1e-3)


def test_the_bass_row_hears_low_sounds_alone():
    time = np.arange(ANALYSIS_RATE // 4) / ANALYSIS_RATE
    low = np.zeros(4 * ANALYSIS_RATE, np.float32)
    low[22_050 : 22_050 + len(time)] = np.sin(2 * np.pi * 70 * time) * np.hanning(len(time))
    low += np.random.default_rng(0).normal(0, 1e-3, len(low)).astype(np.float32)
    onsets = measured(low)
    assert onsets.bass.max() > 2 * onsets.strength.max()
