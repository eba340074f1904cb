"""The small parts between the renderer and the sound card."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.engine.callback import LastStage
from mtsession.engine.frame_clock import FittedClock, NominalClock
from mtsession.engine.grids import GridPublisher
from mtsession.engine.ring import Ring
from mtsession.sound.beats import GridFrames
from mtsession.sound.voices import VoiceBank

RATE = 48_000


class Flag:
    value = 0


def numbered(start, n):
    frames = np.arange(start, start + n, dtype=np.float32)
    return np.stack([frames, frames], axis=1)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 300)), max_size=60))
def test_ring_gives_every_frame_at_its_number_or_silence(steps):
    ring = Ring(512)
    for blocks, wanted in steps:
        for _ in range(blocks):
            if ring.room >= 128:
                ring.write(numbered(1 + ring.written, 128))
        start, there = ring.read, ring.written
        out = np.empty((wanted, 2), dtype=np.float32)
        ring.take(out)
        frames = np.arange(start, start + wanted)
        np.testing.assert_array_equal(out[:, 0], np.where(frames < there, 1 + frames, 0))


def stage_of(value=0.5):
    ring, flag = Ring(1 << 16), Flag()
    flag.value = 0
    ring.write(np.full((1 << 16, 2), value, dtype=np.float32))
    stage = LastStage(sample_rate=RATE, ring=ring, voices=VoiceBank(RATE), flag=flag)
    fill(stage, 1)  # the limiter comes a little later
    return stage, flag


def fill(stage, blocks):
    out = np.zeros((blocks * 256, 2), dtype=np.float32)
    for block in np.split(out, blocks):
        stage.fill(block)
    return out[:, 0]


def test_quiet_flag_is_obeyed_within_a_block_and_a_fade():
    stage, flag = stage_of()
    assert (fill(stage, 4) == 0.5).all()
    flag.value = 1
    heard = fill(stage, 20)
    assert not heard[1200 + stage.latency :].any()
    assert np.abs(np.diff(heard)).max() < 0.001
    assert stage.quiet


def test_quiet_is_lifted_only_for_the_wish_it_answers():
    stage, flag = stage_of()
    flag.value = 2
    fill(stage, 10)
    stage.lift(1, 0)
    assert not fill(stage, 4).any()
    stage.lift(2, 20 * 256)
    assert not fill(stage, 5).any()
    fill(stage, 1)
    assert (fill(stage, 2) == 0.5).all()
    assert not stage.quiet


def test_notes_are_added_after_the_ring():
    ring = Ring(4096)
    ring.write(np.zeros((4096, 2), dtype=np.float32))
    bank = VoiceBank(RATE)
    stage = LastStage(sample_rate=RATE, ring=ring, voices=bank, flag=Flag())
    bank.feed(bytes((0x90, 60, 100)))
    assert np.abs(fill(stage, 4)).max() > 0.01
    assert stage.take_levels()[0] > 0.01


def test_nominal_clock_is_exact_both_ways():
    clock = NominalClock(RATE, origin_us=123, origin_frame=7)
    frames = np.arange(7, 10_000_007, 999_999)
    assert [clock.us_of(int(f)) for f in frames] == clock.us_of_all(frames).tolist()
    assert [clock.frame_of(clock.us_of(int(f))) for f in frames] == frames.tolist()


def reported(clock, seconds, *, ppm=0.0, noise_us=1500.0, outliers=0.02, start=0, late_us=0.0):
    rng = np.random.default_rng(4)
    for frame in range(start, start + round(seconds * RATE), 256):
        true = frame * 1e6 / RATE * (1 + ppm * 1e-6) + 50_000 + late_us
        wrong = rng.random() < outliers
        clock.report(frame, true + rng.normal(0, noise_us) + wrong * rng.uniform(5e3, 8e4))
        clock.settle()


@pytest.mark.parametrize("ppm", [0.0, 60.0, -200.0])
def test_fit_finds_when_frames_are_audible_despite_noise(ppm):
    clock = FittedClock(RATE)
    reported(clock, 60.0, ppm=ppm)
    now = 60 * RATE
    for ahead_seconds, within_us in ((0, 300), (30, 1500)):
        frame = now + ahead_seconds * RATE
        true = frame * 1e6 / RATE * (1 + ppm * 1e-6) + 50_000
        assert abs(clock.us_of(frame) - true) < within_us
        assert abs(clock.frame_of(clock.us_of(frame)) - frame) <= 1


def test_fit_is_believed_from_the_first_reports_on():
    clock = FittedClock(RATE)
    assert not clock.known
    clock.report(0, 70_000.0)
    clock.settle(at_once=True)
    assert clock.known
    assert clock.us_of(RATE) == 1_070_000


def test_fit_follows_a_card_that_stood_still():
    clock = FittedClock(RATE)
    reported(clock, 10.0)
    reported(clock, 3.0, start=10 * RATE, late_us=900_000)
    assert abs(clock.us_of(13 * RATE) - 13_950_000) < 1_000


def grid(count, *, end, shift=0, spacing=24_000):
    frames = shift + spacing * np.arange(count, dtype=np.int64)
    return GridFrames(grid=1, first_beat=0, frames=frames, beats_per_bar=4, start=shift, end=end)


def test_grid_is_published_once_and_again_only_when_it_moves():
    publisher, clock = GridPublisher(), NominalClock(RATE, origin_us=1_000)

    def revise(source, now_us=0):
        return publisher.revise(
            {} if source is None else {1: source}, clock, now_us=now_us, offset_us=1_000
        )

    end = 40 * 24_000
    (first,) = revise(grid(40, end=end))
    assert (first.revision, len(first.beats_us), first.ends_us) == (0, 40, 20_000_000)
    assert revise(grid(40, end=end, shift=2)) == []
    (moved,) = revise(grid(40, end=end, shift=60))
    assert (moved.revision, moved.beats_us[0]) == (1, 1250)
    (cut,) = revise(grid(40, end=end // 2, shift=60), now_us=100_000)
    assert cut.ends_us == 10_000_000
    assert cut.last_beat == 19
    (over,) = revise(None, now_us=2_001_000)
    assert over.ends_us == 2_000_000


def test_grid_that_begins_late_is_not_published_yet():
    publisher, clock = GridPublisher(), NominalClock(RATE, origin_us=0)
    far = grid(10, end=None, shift=200 * RATE)
    assert publisher.revise({1: far}, clock, now_us=0, offset_us=0) == []
    assert len(publisher.revise({1: far}, clock, now_us=150_000_000, offset_us=0)) == 1
