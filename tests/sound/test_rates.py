import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.errors import MediaError
from mtsession.protocol.sources import RatePoint
from mtsession.sound.rates import RateMap, checked_rate

RATE = 48_000


def points(*pairs):
    return [RatePoint(t_us=t, rate=rate) for t, rate in pairs]


maps = st.lists(
    st.tuples(st.integers(0, 600_000_000), st.floats(0.5, 2.0)), min_size=0, max_size=6
).map(lambda pairs: RateMap(points(*sorted(pairs)), RATE))


def test_no_points_change_nothing():
    plain = RateMap((), RATE)
    assert plain.source_of(12_345.0) == 12_345.0
    assert plain.heard_of(12_345.0) == 12_345.0
    assert plain.mean_rate(1_000, 256) == 1.0


def test_a_glide_passes_the_mean_of_its_ends():
    glide = RateMap(points((1_000_000, 1.0), (3_000_000, 0.8)), RATE)
    assert glide.source_of(1.0 * RATE) == pytest.approx(RATE)
    assert glide.source_of(3.0 * RATE) == pytest.approx(RATE * (1 + 2 * 0.9))
    assert glide.source_of(5.0 * RATE) == pytest.approx(RATE * (1 + 2 * 0.9 + 2 * 0.8))
    assert glide.mean_rate(0, 256) == 1.0
    assert glide.mean_rate(4 * RATE, 256) == 0.8


def test_two_points_at_one_time_are_a_step():
    step = RateMap(points((0, 1.0), (1_000_000, 1.0), (1_000_000, 0.5)), RATE)
    assert step.source_of(2.0 * RATE) == pytest.approx(1.5 * RATE)
    assert step.heard_of(1.5 * RATE) == pytest.approx(2.0 * RATE)


@given(maps, st.lists(st.floats(-RATE, 700 * RATE), min_size=2, max_size=20))
def test_the_way_there_and_back_meet(map_, heard):
    heard = np.sort(np.array(heard))
    source = map_.source_of(heard)
    assert (np.diff(source) >= 0).all()
    np.testing.assert_allclose(map_.heard_of(source), heard, atol=1e-4)


@given(maps, st.integers(0, 100 * RATE))
def test_mean_rates_add_up_to_the_way_that_was_gone(map_, first):
    total = sum(map_.mean_rate(first + 256 * n, 256) * 256 for n in range(40))
    gone = map_.source_of(first + 256 * 40.0) - map_.source_of(float(first))
    assert total == pytest.approx(gone, abs=1e-5)


@given(maps, maps, st.floats(0, 600 * RATE), st.lists(st.floats(0, 700 * RATE), min_size=2))
def test_a_map_that_is_revised_keeps_what_was_heard_and_goes_on_from_there(
    before, after, at, heard
):
    revised = before.revised(after, at)
    heard = np.sort(np.array(heard))
    past = heard[heard <= at]
    np.testing.assert_allclose(revised.source_of(past), before.source_of(past), atol=1e-4)
    kept = before.source_of(past)
    np.testing.assert_allclose(revised.heard_of(kept), before.heard_of(kept), atol=1e-4)
    assert revised.source_at(at) == pytest.approx(before.source_at(at), abs=1e-5)
    later = heard[heard > at]
    gone = revised.source_of(later) - revised.source_at(at)
    np.testing.assert_allclose(gone, after.source_of(later) - after.source_at(at), atol=1e-3)
    assert (np.diff(revised.source_of(heard)) >= 0).all()
    assert revised.parting(after, at) is None


@given(maps, maps, st.floats(0, 600 * RATE))
def test_two_maps_part_where_their_rates_first_differ(one, other, at):
    parts = one.parting(other, at)
    assert parts == other.parting(one, at)
    until = 700.0 * RATE if parts is None else parts
    gone = one.source_at(until) - one.source_at(at)
    assert gone == pytest.approx(other.source_at(until) - other.source_at(at), abs=1e-2)
    if parts is not None:
        assert parts >= at
        assert one.parting(one.revised(other, parts), at) == parts


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), 10.0, float("inf"), 0.49])
def test_a_rate_that_cannot_be_played_is_said(rate):
    with pytest.raises(MediaError, match="cannot be played at"):
        checked_rate(rate)
    with pytest.raises(MediaError, match="cannot be played at"):
        RateMap(points((0, rate)), RATE)


def test_times_that_go_back_are_said():
    with pytest.raises(MediaError, match="goes back"):
        RateMap(points((2, 1.0), (1, 1.0)), RATE)
