"""Tempo and beats: found in what has a pulse, denied to what has none, live as in the whole."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import made_duos
from mtsession.activities.improvisation.metrics.arrays import from_rows, note_arrays, window
from mtsession.activities.improvisation.metrics.live import PORTION, LiveWindows
from mtsession.activities.improvisation.metrics.pulse import (
    FEWEST_ONSETS,
    PulseSearch,
    find_pulse,
    find_pulses,
)
from mtsession.activities.improvisation.metrics.whole import player_window, windows_of
from mtsession.activities.improvisation.notes import NoteList, NotePairing

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


messages = st.lists(
    st.tuples(
        st.integers(0, 95 * SECOND),
        st.sampled_from([0x90, 0x90, 0x80, 0xB0]),
        st.integers(60, 66),
        st.integers(0, 127),
    ),
    max_size=120,
)


@settings(max_examples=30)
@given(messages, st.integers(100_000, 3 * SECOND))
def test_live_windows_are_those_of_the_whole_take(rows, every):
    live, kept = LiveWindows(0), NoteList()
    pairing = NotePairing(live, kept)
    at = 0
    for t_us, status, key, value in sorted(rows, key=lambda row: row[0]):
        while at + every < t_us:
            at += every
            live.update(at)
        pairing.take_in(0, bytes([status, 64 if status == 0xB0 else key, value]), t_us)
    end = 100 * SECOND
    live.finish(end)
    whole = note_arrays(kept.notes, 0, end)
    cuts = windows_of(end, SPAN)
    assert live.closed == [player_window(whole, *cut) for cut in cuts]
    assert live.pulses == find_pulses([window(whole, *cut) for cut in cuts])


def test_work_of_a_live_update_does_not_grow_with_the_take():
    sizes = set()
    for minutes in (2, 8):
        live = LiveWindows(0)
        pairing = NotePairing(live)
        for t in range(0, minutes * 60 * SECOND, 250_000):
            pairing.take_in(0, bytes([0x90, 60, 64]), t)
            pairing.take_in(0, bytes([0x80, 60, 0]), t + 100_000)
            if t % SECOND == 0:
                live.update(t)
        live.update(minutes * 60 * SECOND)
        sizes.add((len(live._notes), len(live._waiting)))
        assert len(live.closed) == 2 * minutes - 1
    assert len(sizes) == 1
    assert PORTION < 100
