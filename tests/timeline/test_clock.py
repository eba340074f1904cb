"""Clocks: session time starts at 0, follows sleep, and never runs backwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.timeline.clock import (
    ManualClock,
    ManualWall,
    RealClock,
    RealWall,
    ScaledClock,
    SessionClock,
    WallTime,
)
from mtsession.timeline.units import frames_at, micros, micros_at, seconds


def test_the_real_clock_rises_and_the_wall_has_a_zone():
    clock = RealClock()
    first = clock.now_us()
    assert clock.now_us() >= first
    assert RealWall().read().iso()[10] == "T"


def test_session_time_starts_at_zero_and_follows_the_clock():
    clock = ManualClock(7_000_000)
    session = SessionClock(clock, ManualWall(clock))
    assert session.now_us() == 0
    clock.advance(1_500)
    assert session.now_us() == 1_500
    assert session.offset_us == 7_000_000


def test_after_sleep_session_time_catches_up_with_the_wall():
    clock, wall_clock = ManualClock(), ManualClock()
    session = SessionClock(clock, ManualWall(wall_clock))
    clock.advance(1_000_000)
    wall_clock.advance(61_000_000)
    assert session.wake() == 60_000_000
    assert session.now_us() == 61_000_000
    assert session.wake() == 0


def test_a_wall_set_back_changes_nothing():
    clock = ManualClock()
    readings = [WallTime(unix_us=us, utc_offset_s=0, zone="") for us in (10**12, 0, 0)]

    class Wall:
        def read(self) -> WallTime:
            return readings.pop(0)

    session = SessionClock(clock, Wall())
    clock.advance(5)
    assert session.wake() == 0
    assert session.now_us() == 5


def test_a_resumed_session_goes_on_from_its_last_anchor():
    clock = ManualClock(123)
    wall = ManualWall(clock, unix_us=1_000_000_000)
    before = WallTime(unix_us=990_000_000, utc_offset_s=0, zone="")
    session = SessionClock(clock, wall, resume_from=(micros(20), before))
    assert session.now_us() == micros(30)


def test_a_manual_clock_refuses_to_run_back():
    clock = ManualClock(5)
    with pytest.raises(ValueError, match="backwards"):
        clock.set(4)


def test_a_scaled_clock_runs_faster_from_its_start():
    clock = ManualClock(100)
    fast = ScaledClock(clock, 20)
    clock.advance(10)
    assert fast.now_us() == 300
    with pytest.raises(ValueError, match="speed"):
        ScaledClock(clock, 0)


@given(st.integers(0, 10**12), st.sampled_from([8_000, 44_100, 48_000, 96_000]))
def test_a_frame_lies_within_half_a_frame_of_its_time(us: int, rate: int):
    frame = frames_at(us, rate)
    assert abs(frame * 1_000_000 - us * rate) <= rate // 2 + 500_000
    assert frames_at(micros_at(frame, rate), rate) == frame


@given(st.integers(-(10**12), 10**12))
def test_seconds_and_microseconds_round_trip(us: int):
    assert micros(seconds(us)) == us
