"""One time for everything: monotonic inside a process, anchored to the wall now and then.

Every process reads the same monotonic counter. Session time is that counter
less an offset, so that it starts at 0; after sleep or a restart the offset is
found again from the last anchor and the wall clock, and time never runs back.
"""

import datetime as dt
import time
from typing import Protocol

import msgspec

from mtsession.timeline.units import Micros


class Clock(Protocol):
    """Anything that tells a monotonic time in microseconds."""

    def now_us(self) -> Micros:
        """Give the time now; never less than an earlier answer."""
        ...


class RealClock:
    """The machine's monotonic counter, the same in every process."""

    def now_us(self) -> Micros:
        """Give microseconds of `time.perf_counter_ns`."""
        return Micros(time.perf_counter_ns() // 1000)


class ManualClock:
    """A clock that moves only when told, for tests and for rendering offline.

    Examples
    --------
    >>> clock = ManualClock()
    >>> clock.advance(250_000)
    >>> clock.now_us()
    250000
    """

    def __init__(self, start_us: int = 0) -> None:
        self._now = Micros(start_us)

    def now_us(self) -> Micros:
        """Give the time that was last set."""
        return self._now

    def advance(self, us: int) -> None:
        """Move forward.

        Raises
        ------
        ValueError
            If `us` is negative.
        """
        self.set(self._now + us)

    def set(self, t_us: int) -> None:
        """Move forward to a time.

        Raises
        ------
        ValueError
            If the time lies before now.
        """
        if t_us < self._now:
            raise ValueError("a clock never runs backwards")
        self._now = Micros(t_us)


class ScaledClock:
    """Another clock, `speed` times as fast from now on."""

    def __init__(self, inner: Clock, speed: float) -> None:
        if not speed > 0:
            raise ValueError("speed must be above 0")
        self._inner = inner
        self._speed = speed
        self._origin = inner.now_us()

    def now_us(self) -> Micros:
        """Give the scaled time."""
        return Micros(self._origin + round((self._inner.now_us() - self._origin) * self._speed))


class WallTime(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the wall clock, with the zone it was read in."""

    unix_us: int
    utc_offset_s: int
    zone: str

    def iso(self) -> str:
        """Give local time as ISO 8601 to the second, with its UTC offset."""
        zone = dt.timezone(dt.timedelta(seconds=self.utc_offset_s))
        moment = dt.datetime.fromtimestamp(self.unix_us / 1e6, tz=zone)
        return moment.isoformat(timespec="seconds")

    def local(self) -> dt.datetime:
        """Give local time with its UTC offset."""
        zone = dt.timezone(dt.timedelta(seconds=self.utc_offset_s))
        return dt.datetime.fromtimestamp(self.unix_us / 1e6, tz=zone)


class Wall(Protocol):
    """Anything that tells the time of day."""

    def read(self) -> WallTime:
        """Give the time of day now."""
        ...


class RealWall:
    """The machine's time of day and zone."""

    def read(self) -> WallTime:
        """Read the wall clock now."""
        now_ns = time.time_ns()
        local = dt.datetime.fromtimestamp(now_ns / 1e9, tz=dt.UTC).astimezone()
        offset = local.utcoffset() or dt.timedelta()
        return WallTime(
            unix_us=now_ns // 1000,
            utc_offset_s=round(offset.total_seconds()),
            zone=local.tzname() or "",
        )


class ManualWall:
    """A time of day that follows another clock from a fixed start."""

    def __init__(
        self, clock: Clock, *, unix_us: int = 0, utc_offset_s: int = 0, zone: str = "UTC"
    ) -> None:
        self._clock = clock
        self._start = unix_us - clock.now_us()
        self._utc_offset_s = utc_offset_s
        self._zone = zone

    def read(self) -> WallTime:
        """Give the start plus what the clock has run since."""
        return WallTime(
            unix_us=self._start + self._clock.now_us(),
            utc_offset_s=self._utc_offset_s,
            zone=self._zone,
        )


class SessionClock:
    """Session time over a monotonic clock and the wall.

    Parameters
    ----------
    clock : Clock
        The monotonic counter, shared by every process of the session.
    wall : Wall
        The time of day.
    resume_from : tuple of (Micros, WallTime), optional
        The last anchor of a session that goes on: its session time and wall time.

    Notes
    -----
    Where the wall ran more than `jump_us` further than the counter (a laptop
    asleep), `wake` moves session time on by the difference. A wall that was set
    back is ignored: session time never runs backwards.
    """

    jump_us = 2_000_000

    def __init__(
        self,
        clock: Clock,
        wall: Wall,
        *,
        resume_from: tuple[Micros, WallTime] | None = None,
    ) -> None:
        self._clock = clock
        self._wall = wall
        raw, seen = clock.now_us(), wall.read()
        start = 0
        if resume_from is not None:
            last_us, last_wall = resume_from
            start = last_us + max(0, seen.unix_us - last_wall.unix_us)
        self._offset = raw - start
        self._seen = (raw, seen.unix_us)

    def zero(self) -> None:
        """Begin session time at 0 now; only before anything was stamped with it."""
        self._offset = self._clock.now_us()
        self._seen = (self._clock.now_us(), self._wall.read().unix_us)

    @property
    def offset_us(self) -> int:
        """Monotonic time less session time, for processes that stamp by themselves."""
        return self._offset

    def now_us(self) -> Micros:
        """Give session time now."""
        return Micros(self._clock.now_us() - self._offset)

    def wall_now(self) -> WallTime:
        """Give the wall time now, as an anchor holds it."""
        return self._wall.read()

    def wake(self) -> Micros:
        """Catch up with the wall after sleep.

        Returns
        -------
        Micros
            By how much session time moved on: 0 unless the machine slept.
        """
        raw, unix_us = self._clock.now_us(), self._wall.read().unix_us
        slept = (unix_us - self._seen[1]) - (raw - self._seen[0])
        self._seen = (raw, unix_us)
        if slept <= self.jump_us:
            return Micros(0)
        self._offset -= slept
        return Micros(slept)
