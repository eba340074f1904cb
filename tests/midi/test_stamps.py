"""Stamps found afterwards: as true as the reading is quick, and never impossible."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.midi.stamps import LEAK, ArrivalStamps

POLL_US = 1000
OPENED_US = 5_000_000

gaps = st.lists(st.one_of(st.integers(0, 3000), st.integers(0, 2_000_000)), min_size=1, max_size=60)
stalls = st.lists(st.one_of(st.just(0), st.integers(0, 500_000)), min_size=1, max_size=60)


def read(arrivals_us, deltas_us, stalls_us):
    """Read messages every poll or later; give stamps with the bounds of each."""
    stamps = ArrivalStamps(OPENED_US)
    now_us, empty_us, at, turn = OPENED_US, OPENED_US, 0, 0
    found = []
    while at < len(arrivals_us):
        # Where nothing comes, polls change nothing but when the queue was last seen empty.
        idle_us = max(0, arrivals_us[at] - now_us) // POLL_US * POLL_US
        if idle_us:
            now_us += idle_us
            assert stamps.emptied([], now_us) == []
            empty_us = now_us
        now_us += POLL_US + stalls_us[turn % len(stalls_us)]
        turn += 1
        end = at
        while end < len(arrivals_us) and arrivals_us[end] <= now_us:
            end += 1
        read_now = stamps.emptied(deltas_us[at:end], now_us)
        found += [(stamp, empty_us, now_us) for stamp in read_now]
        at, empty_us = end, now_us
    return found


def arrivals_of(gaps_us):
    arrivals = []
    for gap in gaps_us:
        arrivals.append((arrivals[-1] if arrivals else OPENED_US) + gap)
    return arrivals


def assert_possible(found):
    last = OPENED_US
    for stamp, empty_us, now_us in found:
        assert isinstance(stamp, int)
        assert empty_us <= stamp <= now_us
        assert last <= stamp
        last = stamp


@given(gaps, stalls, st.floats(-LEAK, LEAK))
def test_true_times_are_found_whatever_the_stalls_and_the_drift(gaps_us, stalls_us, drift):
    arrivals = arrivals_of(gaps_us)
    deltas = [0.0] + [gap * (1 + drift) for gap in gaps_us[1:]]
    found = read(arrivals, deltas, stalls_us)
    assert len(found) == len(arrivals)
    assert_possible(found)
    prompt_us = None
    for arrived, (stamp, _, now_us) in zip(arrivals, found, strict=True):
        if now_us - arrived <= POLL_US:
            prompt_us = arrived
        if prompt_us is not None:
            allowed = POLL_US + 2 * LEAK * (now_us - prompt_us) + 2
            assert abs(stamp - arrived) <= allowed


@given(gaps, stalls, st.data())
def test_time_that_the_driver_did_not_count_never_adds_up(gaps_us, stalls_us, data):
    arrivals = arrivals_of(gaps_us)
    deltas = [data.draw(st.floats(0, max(1, gap))) for gap in gaps_us]
    assert_possible(read(arrivals, deltas, stalls_us))


@given(gaps, stalls, st.data())
def test_a_driver_that_counts_wildly_gives_possible_stamps_still(gaps_us, stalls_us, data):
    deltas = [data.draw(st.floats(0, 1e12)) for _ in gaps_us]
    assert_possible(read(arrivals_of(gaps_us), deltas, stalls_us))


@pytest.mark.parametrize("deltas", [[0.0] * 5, [0.0, 10_000.0, 0.0, 90_000.0, 0.0]])
def test_a_chord_stays_together_and_what_waited_keeps_its_rhythm(deltas):
    stamps = ArrivalStamps(0).emptied(deltas, 400_000)
    assert stamps[-1] == 400_000
    assert [b - a for a, b in pairwise(stamps)] == deltas[1:]
