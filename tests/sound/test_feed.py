import numpy as np
import pytest

from mtsession.errors import MediaError
from mtsession.sound.feed import Feed
from sound.fakes import RATE, Made, MadeStream, constant, ramp


def feed_of(stream, frames, first=0):
    feed = Feed(Made(stream), first=first, frames=frames, sample_rate=RATE)
    assert feed.ready
    return feed


def drain(feed, block=256):
    parts = []
    while len(part := feed.take(block)):
        parts.append(part)
    return np.concatenate(parts)


@pytest.mark.parametrize("block", [1, 255, 256, 5000])
def test_every_sample_comes_once_and_in_order(block):
    made = ramp(0.1)
    np.testing.assert_array_equal(drain(feed_of(MadeStream(made), len(made)), block), made)


def test_only_what_is_wanted_is_given():
    made = ramp(1.0)
    np.testing.assert_array_equal(drain(feed_of(MadeStream(made), 1000)), made[:1000])


def test_a_break_is_faded_and_told():
    feed = feed_of(MadeStream(constant(0.5, 1.0), breaks_at=10_000), RATE)
    heard = drain(feed)
    assert len(heard) == 10_000
    assert feed.fault.message == "The file is damaged."
    assert (heard[:9_760] == 0.5).all()
    assert abs(heard[-1]).max() < 1e-3
    assert np.abs(np.diff(heard[:, 0])).max() < 0.005


def test_a_source_that_is_far_too_short_is_told():
    feed = feed_of(MadeStream(constant(0.5, 1.0)), 2 * RATE)
    assert len(drain(feed)) == RATE
    assert isinstance(feed.fault, MediaError)


def test_a_source_that_ends_a_little_early_is_no_fault():
    feed = feed_of(MadeStream(constant(0.5, 1.0)), RATE + 100)
    assert len(drain(feed)) == RATE
    assert feed.fault is None


def test_a_starved_feed_is_silent_and_comes_back_in_its_place():
    made = ramp(3.0)
    feed = feed_of(MadeStream(made, starves={40}), len(made))
    heard = drain(feed)
    assert feed.starved == 1
    assert len(heard) == len(made)
    silent = np.flatnonzero(heard[100:, 0] == 0) + 100
    assert 0.4 * RATE < len(silent) < 0.6 * RATE
    back = silent[-1] + round(0.06 * RATE)
    np.testing.assert_array_equal(heard[back:], made[back:])
    assert np.abs(np.diff(heard[:, 0])).max() < 2e-3


def test_numbers_that_are_none_never_pass():
    made = constant(0.5, 0.1)
    made[100] = np.nan
    heard = drain(feed_of(MadeStream(made), len(made)))
    assert np.isfinite(heard).all()
