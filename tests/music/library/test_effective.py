"""One pulse of analysis, decision and tag."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.music.library.pulse import effective, even_grid
from mtsession.music.recording import Analysis, Decision

BEATS = tuple(0.5 + beat for beat in range(12))
MEASURED = Analysis(
    duration_s=12.6, bpm=60.0, beats_s=BEATS, downbeat=1, beats_per_bar=4, confidence=0.9
)


def of(**decided):
    return effective(MEASURED, Decision(**decided), 99.0)


def test_without_a_decision_it_is_as_measured():
    pulse = of()
    assert (pulse.bpm, pulse.beats_s, pulse.downbeat, pulse.beats_per_bar) == (60.0, BEATS, 1, 4)


def test_a_tag_counts_where_nothing_was_measured():
    for analysis in (None, Analysis(duration_s=3.0)):
        pulse = effective(analysis, Decision(), 99.0)
        assert (pulse.bpm, pulse.beats_s, pulse.downbeat) == (99.0, (), None)
    assert effective(None, Decision(), None).bpm is None
    assert effective(None, Decision(bpm=70.0), 99.0).bpm == 70.0


def test_doubling_lays_a_beat_between_and_keeps_the_downbeats():
    pulse = of(bpm=120.0, how="doubled")
    assert pulse.beats_s[:4] == (0.5, 1.0, 1.5, 2.0)
    assert pulse.beats_s[::2] == BEATS
    assert pulse.beats_s[pulse.downbeat] == 1.5


def test_halving_keeps_the_beats_on_which_bars_start():
    pulse = of(bpm=30.0, how="halved")
    assert pulse.beats_s == BEATS[1::2]
    assert pulse.beats_s[pulse.downbeat] == 1.5


def test_doubled_twice_and_halved_twice():
    assert len(of(bpm=240.0).beats_s) == 4 * len(BEATS) - 3
    assert of(bpm=15.0).beats_s == BEATS[1::4]


@pytest.mark.parametrize("bpm", [59.75, 60.0, 60.25])
def test_a_typed_tempo_close_to_the_measured_one_keeps_its_beats(bpm):
    pulse = of(bpm=bpm, how="typed")
    assert (pulse.bpm, pulse.beats_s) == (bpm, BEATS)


def test_a_tempo_typed_with_its_first_beat_is_taken_at_its_word():
    pulse = of(bpm=60.3, first_beat_s=2.0, how="typed")
    assert pulse.beats_s[1] - pulse.beats_s[0] == pytest.approx(60 / 60.3)
    assert pulse.beats_s[pulse.downbeat] == pytest.approx(2.0)


def test_another_tempo_is_an_even_grid_through_the_beat_that_was_named():
    pulse = of(bpm=80.0, first_beat_s=2.0, how="tapped")
    assert pulse.beats_s[0] == pytest.approx(0.5)
    assert pulse.beats_s[1] - pulse.beats_s[0] == pytest.approx(0.75)
    assert pulse.beats_s[-1] < 12.6 <= pulse.beats_s[-1] + 0.75
    assert pulse.beats_s[pulse.downbeat] == pytest.approx(2.0)


def test_without_a_named_beat_the_grid_goes_through_the_measured_downbeat():
    beats = of(bpm=80.0, how="typed").beats_s
    assert min(abs(beat - 1.5) for beat in beats) < 1e-9
    assert effective(Analysis(duration_s=9.0), Decision(bpm=80.0), None).beats_s == ()


def test_taps_between_the_measured_beats_move_them_there():
    pulse = of(bpm=60.2, first_beat_s=3.02, how="tapped")
    assert pulse.beats_s == tuple(beat + 0.5 for beat in BEATS[:-1])
    assert pulse.beats_s[pulse.downbeat] == 3.0
    near = of(bpm=60.2, first_beat_s=2.55, how="tapped")
    assert near.beats_s == BEATS
    assert near.downbeat == 2


@pytest.mark.parametrize(("shift", "first"), [(1, 2), (3, 0), (-1, 0), (-2, 3), (4, 1)])
def test_the_bar_moves_by_beats_and_goes_round(shift, first):
    assert of(downbeat_shift=shift, how="shifted").downbeat == first


def test_a_bar_that_was_not_heard_can_be_said():
    unknown = Analysis(duration_s=12.6, bpm=60.0, beats_s=BEATS)
    assert effective(unknown, Decision(), None).downbeat is None
    shifted = effective(unknown, Decision(downbeat_shift=1), None)
    assert (shifted.downbeat, shifted.beats_per_bar) == (1, 4)
    waltz = effective(unknown, Decision(downbeat_shift=4, beats_per_bar=3), None)
    assert (waltz.downbeat, waltz.beats_per_bar) == (1, 3)


decisions = st.builds(
    Decision,
    bpm=st.none() | st.floats(20, 400),
    first_beat_s=st.none() | st.floats(0, 30),
    beats_per_bar=st.none() | st.integers(1, 12),
    downbeat_shift=st.integers(-20, 20),
)


@st.composite
def analyses(draw):
    gaps = draw(st.lists(st.floats(0.15, 3.0), max_size=40))
    beats, at = [], draw(st.floats(0, 2))
    for gap in gaps:
        beats.append(at)
        at += gap
    bpm = draw(st.floats(20, 400)) if beats else None
    downbeat = draw(st.none() | st.integers(0, len(beats) - 1)) if beats else None
    bar = draw(st.none() | st.sampled_from([3, 4]))
    return Analysis(
        duration_s=at, bpm=bpm, beats_s=tuple(beats), downbeat=downbeat, beats_per_bar=bar
    )


@given(st.none() | analyses(), decisions, st.none() | st.floats(20, 400))
def test_whatever_is_measured_and_decided_gives_a_pulse_that_can_be_played(analysis, decision, tag):
    pulse = effective(analysis, decision, tag)
    assert all(here < there for here, there in pairwise(pulse.beats_s))
    if pulse.beats_s:
        assert pulse.beats_s[0] >= 0
        assert pulse.beats_s[-1] <= analysis.duration_s
    assert pulse.downbeat is None or 0 <= pulse.downbeat < len(pulse.beats_s)
    assert decision.bpm is None or pulse.bpm == decision.bpm


@given(st.floats(20, 400), st.floats(0, 100), st.floats(0, 100))
def test_an_even_grid_fills_the_length_and_holds_its_anchor(bpm, anchor, duration):
    grid = even_grid(bpm, anchor, duration)
    assert all(0 <= beat <= duration for beat in grid)
    assert abs(len(grid) - duration * bpm / 60) <= 1 + 1e-6
    if anchor < duration - 1e-6:
        assert min(abs(beat - anchor) for beat in grid) < 1e-6
