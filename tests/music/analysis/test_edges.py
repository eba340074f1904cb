"""Quiet starts and ends, on music whose silences are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.media.loudness import gated
from mtsession.music.analysis.edges import quiet_edges

LOUD, SOFT = 0.1, 0.002


def edges(powers: list[float], duration_s: float | None = None) -> tuple[float, float]:
    found = np.array(powers)
    lufs = gated(found)
    assert lufs is not None
    seconds = len(powers) / 10 if duration_s is None else duration_s
    return quiet_edges(found, lufs=lufs, duration_s=seconds)


@given(
    st.integers(0, 200), st.integers(200, 300), st.integers(0, 200), st.sampled_from([0.0, SOFT])
)
def test_what_is_quiet_around_music_is_measured(before, music, after, level):
    powers = [level] * before + [LOUD] * music + [level] * after
    assert edges(powers) == pytest.approx((before / 10, after / 10))


def test_a_soft_click_in_silence_is_no_beginning():
    powers = [0.0] * 10 + [0.03] + [0.0] * 39 + [LOUD] * 300
    assert edges(powers)[0] == pytest.approx(5.0)


def test_a_fade_is_quiet_until_it_nears_the_usual_level():
    fade = np.linspace(-40, 0, 100, endpoint=False)
    powers = (LOUD * 10 ** (np.concatenate([fade, np.zeros(300), fade[::-1]]) / 10)).tolist()
    intro, outro = edges(powers)
    assert intro == pytest.approx(7.5, abs=0.3)
    assert outro == pytest.approx(7.5, abs=0.3)


def test_the_rest_of_a_tenth_is_no_quiet_end():
    assert edges([LOUD] * 50, duration_s=5.09)[1] == 0.0
