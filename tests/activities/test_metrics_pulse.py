"""Tempo and beats: found in what has a pulse, denied to what has none, live as in the whole."""

import math

import numpy as np
import pytest

import made_duos
from mtsession.activities.improvisation.metrics.arrays import from_rows, window
from mtsession.activities.improvisation.metrics.pulse import (
    FEWEST_ONSETS,
    PulseSearch,
    find_pulse,
    find_pulses,
)
from mtsession.activities.improvisation.metrics.windows import windows_of

SECOND = 1_000_000
SPAN = 30 * SECOND


def struck(times_s, velocity=64):
    starts = [round(t * SECOND) for t in times_s if 0 <= t < 30]
    return from_rows([(t, 60, velocity, t + 90_000, t + 90_000) for t in starts], 0, SPAN)


@pytest.mark.parametrize("bpm", [45, 60, 72, 100, 140, 180])
@pytest.mark.parametrize("jitter_s", [0.0, 0.012])
def test_beat_of_a_steady_player_is_found(bpm, jitter_s):
    dice = np.random.default_rng(bpm)
    count = int(30 * bpm / 60) - 1
    times = 0.3 + 60 / bpm * np.arange(count) + dice.normal(0, jitter_s, count)
    found = find_pulse(struck(times))
    assert found.steady
    assert min(abs(math.log2(found.bpm / bpm)), abs(math.log2(found.rival_bpm / bpm))) < 0.03
    beats = np.array(found.beats_us) / SECOND
    on_beat = np.abs(beats[:, None] - times).min(axis=1) < 0.04
    assert on_beat.mean() > 0.45


def test_missing_strikes_are_bridged_by_beats():
    times = [0.5 + 0.6 * k for k in range(48) if k % 7 != 3]
    found = find_pulse(struck(times))
    assert found.bpm == pytest.approx(100, rel=0.02)
    gaps = np.diff(found.beats_us)
    assert gaps.max() < 700_000


def test_a_player_who_slows_is_followed():
    at, times = 0.2, []
    while at < 30:
        times.append(at)
        at += 0.5 + 0.15 * at / 30
    found = find_pulse(struck(times))
    share = np.mean(
        [np.abs(np.array(times) - beat / SECOND).min() < 0.03 for beat in found.beats_us]
    )
    assert share > 0.95


def test_onsets_at_random_have_no_steady_pulse():
    steady, answered = 0, 0
    for seed in range(60):
        dice = np.random.default_rng(seed)
        times = np.cumsum(dice.exponential(1 / (1 + seed % 6), 400))
        found = find_pulse(struck(times))
        steady += found.steady
        answered += found.bpm is not None
        assert found.steady or found.reason is not None
    assert steady <= 3
    assert answered <= 6


def test_too_little_gives_a_reason_and_no_number():
    for times, why in (
        ([], "silence"),
        ([1.0], "too few"),
        ([k * 0.5 for k in range(8)], "too few"),
    ):
        found = find_pulse(struck(times))
        assert (found.bpm, found.rival_bpm, found.beats_us, found.steady) == (None, None, (), False)
        assert why in found.reason
    crowd = from_rows([(5, k, 64, 9, 9) for k in range(100)], 0, SPAN)
    assert find_pulse(crowd).bpm is None
    assert find_pulse(struck([k * 0.5 for k in range(FEWEST_ONSETS + 4)])).bpm is not None


def test_portions_and_batches_give_the_same():
    windows = [
        window(made_duos.duo(3, 2).players[0], a, b) for a, b in windows_of(120 * SECOND, SPAN)
    ]
    alone = [find_pulse(each) for each in windows]
    assert find_pulses(windows) == alone
    search, found = PulseSearch(windows[0]), None
    while found is None:
        found = search.advance(5)
    assert found == alone[0]
