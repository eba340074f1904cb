"""The beats of what is being heard, as the engine publishes them."""

import bisect
import math

import msgspec

from mtsession.timeline.units import Bpm, Micros


class BeatGrid(msgspec.Struct, frozen=True, kw_only=True):
    """Beat times of one sounding source, on the session's clock.

    A later revision of the same grid replaces an earlier one. A revision may
    hold a window of the beats only: beats keep their numbers.

    Attributes
    ----------
    grid : int
        Which source's beats these are; unique in a session.
    revision : int
        Counts up from 0.
    first_beat : int
        The number of the first beat in `beats_us`.
    beats_us : tuple of Micros
        When each beat is audible, rising; at least two.
    beats_per_bar : int or None
        None where the bars are not known.
    downbeat : int
        A beat number that is a downbeat (where bars are known).
    ends_us : Micros or None
        When the source falls silent, if that is known.

    Examples
    --------
    >>> grid = BeatGrid(grid=1, revision=0, first_beat=0, beats_us=(0, 1_000_000, 2_000_000))
    >>> grid.time_of(1.5), grid.beat_at(2_500_000), grid.bpm_at(0)
    (1500000, 2.5, 60.0)
    """

    grid: int
    revision: int
    first_beat: int
    beats_us: tuple[Micros, ...]
    beats_per_bar: int | None = None
    downbeat: int = 0
    ends_us: Micros | None = None

    def __post_init__(self) -> None:
        """Refuse a grid that no time can be read from."""
        if len(self.beats_us) < 2:
            raise ValueError("a beat grid needs at least two beats")
        if any(b <= a for a, b in zip(self.beats_us, self.beats_us[1:], strict=False)):
            raise ValueError("the beats of a grid must rise")

    @property
    def last_beat(self) -> int:
        """Give the number of the last beat that is held."""
        return self.first_beat + len(self.beats_us) - 1

    def time_of(self, beat: float) -> Micros:
        """Give the time of a beat, in a straight line between beats and beyond the ends."""
        place = beat - self.first_beat
        index = min(max(math.floor(place), 0), len(self.beats_us) - 2)
        start, end = self.beats_us[index], self.beats_us[index + 1]
        return Micros(start + round((place - index) * (end - start)))

    def beat_at(self, t_us: int) -> float:
        """Give the beat number, whole and part, at a time: the inverse of `time_of`."""
        index = bisect.bisect_right(self.beats_us, t_us) - 1
        index = min(max(index, 0), len(self.beats_us) - 2)
        start, end = self.beats_us[index], self.beats_us[index + 1]
        return self.first_beat + index + (t_us - start) / (end - start)

    def bpm_at(self, t_us: int) -> Bpm:
        """Give the tempo of the beat interval that holds a time."""
        index = bisect.bisect_right(self.beats_us, t_us) - 1
        index = min(max(index, 0), len(self.beats_us) - 2)
        return Bpm(60_000_000 / (self.beats_us[index + 1] - self.beats_us[index]))

    def next_beat(self, t_us: int) -> int:
        """Give the number of the first beat at or after a time."""
        return math.ceil(self.beat_at(t_us) - 1e-9)

    def is_downbeat(self, beat: int) -> bool:
        """Tell whether a beat starts a bar; False where bars are not known."""
        return self.beats_per_bar is not None and (beat - self.downbeat) % self.beats_per_bar == 0

    def next_downbeat(self, t_us: int) -> int:
        """Give the first downbeat at or after a time, or the next beat where bars are unknown."""
        beat = self.next_beat(t_us)
        if self.beats_per_bar is None:
            return beat
        return beat + (self.downbeat - beat) % self.beats_per_bar
