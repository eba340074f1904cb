"""Reading ahead: the same samples, no waiting where none is wanted, faults in their place."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.made_sounds import Held, read_all, sweep
from mtsession.errors import MediaError
from mtsession.media.prefetch import Prefetch

RATE = 44_100
PATIENCE = 20.0  # a bound for a fault in the code, never reached in a right one


class Gate(Held):
    """A stream that gives nothing until it is let."""

    def __init__(self, samples, sample_rate=RATE):
        super().__init__(samples, sample_rate)
        self.open = threading.Event()

    def read(self, n):
        if not self.open.wait(PATIENCE):
            raise AssertionError("the gate was never opened")
        return super().read(n)


@given(
    sizes=st.lists(st.integers(1, 20_000), min_size=1, max_size=6),
    ahead=st.floats(0.01, 2.0),
)
@settings(max_examples=25)
def test_waiting_it_is_the_inner_stream_bit_for_bit(sizes, ahead):
    samples = sweep(1.5)
    stream = Prefetch(Held(samples, RATE), seconds_ahead=ahead)
    parts = [stream.read(size) for size in sizes] + [read_all(stream)]
    stream.close()
    assert np.array_equal(np.concatenate(parts), samples)
    assert stream.starvations == 0


def test_not_waiting_gives_silence_for_what_is_missing_and_skips_nothing():
    samples = sweep(0.5)
    inner = Gate(samples)
    stream = Prefetch(inner, wait=False)
    assert not stream.ready
    block = stream.read(256)
    assert block.shape == (256, 2)
    assert not block.any()
    assert stream.starvations == 1
    inner.open.set()
    assert stream.wait_ready(PATIENCE)
    heard = read_all(stream, 256)
    assert np.array_equal(heard, samples)
    assert stream.starvations == 1
    stream.close()


def test_the_buffer_is_bounded():
    inner = Held(sweep(4.0), RATE)
    stream = Prefetch(inner, seconds_ahead=1.0)
    assert stream.wait_ready(PATIENCE)
    stream.read(100)
    assert inner.at <= RATE + 2 * 4_096
    stream.close()


@pytest.mark.parametrize("wait", [True, False])
def test_a_fault_comes_after_the_good_samples_and_once(wait):
    samples = sweep(1.0)
    stream = Prefetch(Held(samples, RATE, breaks_at=30_000), wait=wait)
    assert stream.wait_ready(PATIENCE) or wait
    got = stream.read(40_000, wait=True)
    assert np.array_equal(got, samples[:30_000])
    with pytest.raises(MediaError, match="broken"):
        stream.read(10)
    assert stream.read(10).shape == (0, 2)
    stream.close()


def test_a_fault_in_the_code_of_a_stream_reaches_the_reader():
    class Faulty(Held):
        def read(self, n):
            raise ZeroDivisionError("a slip")

    stream = Prefetch(Faulty(sweep(0.1), RATE))
    with pytest.raises(ZeroDivisionError):
        stream.read(10)
    stream.close()


def test_a_seek_throws_the_buffer_away():
    samples = sweep(3.0)
    stream = Prefetch(Held(samples, RATE), seconds_ahead=0.5)
    stream.read(1_000)
    for frame in (100_000, 5, 70_000):
        stream.seek(frame)
        assert np.array_equal(stream.read(3_000), samples[frame : frame + 3_000])
    with pytest.raises(ValueError, match="before its first"):
        stream.seek(-1)
    stream.close()


def test_a_seek_while_the_thread_reads_keeps_no_old_sample():
    samples = sweep(1.0)
    inner = Gate(samples)
    stream = Prefetch(inner)
    stream.seek(20_000)
    inner.open.set()
    assert np.array_equal(stream.read(5_000), samples[20_000:25_000])
    stream.close()


def test_close_ends_the_thread_and_the_inner_stream():
    inner = Held(sweep(2.0), RATE)
    before = threading.active_count()
    stream = Prefetch(inner, seconds_ahead=0.2)
    assert threading.active_count() == before + 1
    stream.close()
    stream.close()
    assert threading.active_count() == before
    assert inner.closed
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_what_the_inner_stream_says_of_its_end_is_passed_on():
    inner = Held(sweep(0.2), RATE)
    inner.fault = "It was cut short."
    stream = Prefetch(inner)
    assert stream.fault is None or stream.wait_ready(PATIENCE)
    read_all(stream)
    assert stream.fault == "It was cut short."
    assert (stream.sample_rate, stream.frames) == (RATE, len(sweep(0.2)))
    stream.close()
