"""The loudness meter against sines whose loudness is known (after EBU Tech 3341)."""

import numpy as np
import pytest

from mtsession.media.loudness import LoudnessMeter, integrated_loudness, k_weighting_power


def sine(level_db: float, seconds: float, rate: int = 48_000, hertz: float = 1000.0) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    tone = 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * t)
    return np.stack([tone, tone], axis=1)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_stereo_sine_reads_its_peak_level(level: float, rate: int) -> None:
    assert integrated_loudness(sine(level, 5, rate), rate) == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize(
    "course",
    [
        [(-36, 10), (-23, 60), (-36, 10)],
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        [(-26, 20), (-20, 20.1), (-26, 20)],
    ],
    ids=["case 3", "case 4", "case 5"],
)
def test_gating_leaves_out_what_is_far_below(course: list[tuple[float, float]]) -> None:
    programme = np.concatenate([sine(level, seconds) for level, seconds in course])
    assert integrated_loudness(programme, 48_000) == pytest.approx(-23.0, abs=0.1)


def test_the_weighting_is_the_standards() -> None:
    # Two poles at 38.1 Hz with Q 0.5 give -20 lg(1 + (38.1 / f)^2); the shelf adds 4 dB on top.
    gain = 10 * np.log10(k_weighting_power(np.array([20.0, 100.0, 997.0, 10_000.0]), 48_000))
    assert gain == pytest.approx([-13.3, -1.18, 0.69, 4.0], abs=0.1)


def test_blocks_of_any_size_read_alike() -> None:
    sound = sine(-20, 3) * np.linspace(0.2, 1, 144_000)[:, None]
    meter = LoudnessMeter(48_000)
    for start in range(0, len(sound), 1_237):
        meter.add(sound[start : start + 1_237])
    assert meter.integrated() == pytest.approx(integrated_loudness(sound, 48_000), abs=1e-9)


@pytest.mark.parametrize("seconds", [0.0, 0.2, 2.0])
def test_silence_has_no_loudness(seconds: float) -> None:
    assert integrated_loudness(np.zeros((round(48_000 * seconds), 2)), 48_000) is None
