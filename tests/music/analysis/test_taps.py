import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.music.analysis.taps import HIGHEST_BPM, LOWEST_BPM, fit_taps

tempi = st.floats(40, 180)


def tapped(bpm: float, count: int, *, start: float = 3.0, spread_s: float = 0.0, seed: int = 0):
    rng = random.Random(seed)
    return [start + n * 60 / bpm + rng.gauss(0, spread_s) for n in range(count)]


@given(tempi, st.integers(3, 40), st.floats(0, 1e5))
def test_exact_taps_give_their_tempo(bpm, count, start):
    fit = fit_taps(tapped(bpm, count, start=start))
    assert fit is not None
    assert fit.bpm == pytest.approx(bpm, rel=1e-6)
    assert fit.first_beat_s == pytest.approx(start, abs=1e-6)
    assert fit.spread_ms == pytest.approx(0, abs=1e-3)
    assert fit.taps == count


@given(tempi, st.integers(0, 999))
def test_loose_taps_give_their_tempo_and_tell_their_spread(bpm, seed):
    fit = fit_taps(tapped(bpm, 24, spread_s=0.02, seed=seed))
    assert fit is not None
    assert fit.bpm == pytest.approx(bpm, rel=0.02)
    assert 8 < fit.spread_ms < 36


@given(tempi, st.sets(st.integers(2, 13), max_size=3))
def test_missed_taps_do_no_harm(bpm, missed):
    taps = [time for n, time in enumerate(tapped(bpm, 16)) if n not in missed]
    fit = fit_taps(taps)
    assert fit is not None
    assert fit.bpm == pytest.approx(bpm, rel=1e-6)


@given(tempi, st.integers(0, 15), st.floats(0.01, 0.08))
def test_a_doubled_tap_does_no_harm(bpm, which, after):
    taps = tapped(bpm, 16)
    fit = fit_taps([*taps, taps[which] + after])
    assert fit is not None
    assert fit.bpm == pytest.approx(bpm, rel=0.01)
    assert fit.taps == 16


def test_a_wild_tap_does_no_harm():
    taps = tapped(72, 16)
    fit = fit_taps([*taps, taps[7] + 0.4])
    assert fit is not None
    assert fit.bpm == pytest.approx(72, rel=0.005)


def test_the_order_of_taps_does_not_matter():
    taps = tapped(66, 12, spread_s=0.01)
    assert fit_taps(taps[::-1]) == fit_taps(taps)


@pytest.mark.parametrize("times", [[], [1.0], [1.0, 2.0], [1.0, 1.0, 1.0], [0.0, 9.0, 18.0]])
def test_too_little_gives_nothing(times):
    assert fit_taps(times) is None


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30))
def test_any_times_give_a_playable_tempo_or_nothing(times):
    fit = fit_taps(times)
    if fit is not None:
        assert LOWEST_BPM * 0.999 <= fit.bpm <= HIGHEST_BPM * 1.001
        assert math.isfinite(fit.first_beat_s)
        assert fit.spread_ms >= 0
        assert fit.taps >= 3


@given(st.lists(st.floats(0, 100), max_size=30))
def test_any_taps_of_a_session_are_taken(times):
    fit = fit_taps(times)
    assert fit is None or fit.taps <= len(times)
