"""Beats that no music makes: a silent pulse on the engine's frame count."""

from typing import NamedTuple

import numpy as np

from mtsession.sound.beats import Frames64, GridFrames

_BEHIND_SECONDS = 10.0
_AHEAD_SECONDS = 180.0
_NEAREST_SHARE = 0.25
_RUNS_KEPT = 64


class _Run(NamedTuple):
    """Even beats from one on."""

    beat: int
    frame: int
    apart: float

    def frame_of(self, number: int) -> int:
        return self.frame + round((number - self.beat) * self.apart)

    def beat_at(self, frame: float) -> float:
        return self.beat + (frame - self.frame) / self.apart


class Pulse:
    """Even beats from a frame on, until stopped; they may be told to run on otherwise.

    Examples
    --------
    >>> pulse = Pulse(grid=2, sample_rate=48_000)
    >>> pulse.run(60.0, beat=0, at=0, beats_per_bar=None)
    >>> pulse.run(120.0, beat=2, at=95_000, beats_per_bar=None)
    >>> [pulse.beat(n) for n in range(4)]
    [0, 48000, 95000, 119000]
    """

    def __init__(self, *, grid: int, sample_rate: int) -> None:
        self.grid = grid
        self._runs: list[_Run] = []
        self._beats_per_bar: int | None = None
        self._rate = sample_rate

    def run(self, bpm: float, *, beat: int, at: int, beats_per_bar: int | None) -> None:
        """Let beats run on evenly from one of them and its frame; those before it stay."""
        apart = 60.0 * self._rate / bpm
        self._runs = [run for run in self._runs[-_RUNS_KEPT:] if run.beat < beat]
        self._runs.append(_Run(beat, at, apart))
        self._beats_per_bar = beats_per_bar

    def beat(self, number: int) -> int:
        """Give the frame of a beat, as far as its run alone decides it."""
        runs = [run for run in self._runs if run.beat <= number]
        return (runs[-1] if runs else self._runs[0]).frame_of(number)

    def grid_frames(self, frame: int) -> GridFrames:
        """Give the beats around a frame."""
        behind = min(run.beat_at(frame - _BEHIND_SECONDS * self._rate) for run in self._runs)
        ahead = self._runs[-1].beat_at(frame + _AHEAD_SECONDS * self._rate)
        first = max(self._runs[0].beat, int(np.floor(behind)))
        last = max(first + 1, int(np.ceil(ahead)))
        frames = np.array([self.beat(k) for k in range(first, last + 1)], dtype=np.int64)
        return GridFrames(
            grid=self.grid,
            first_beat=first,
            frames=self._rising(frames),
            beats_per_bar=self._beats_per_bar,
            start=self._runs[0].frame,
            end=None,
        )

    def _rising(self, frames: Frames64) -> Frames64:
        """Put beats that a later one has overtaken before it: none lies before an earlier one."""
        nearest = round(_NEAREST_SHARE * min(run.apart for run in self._runs))
        steps = nearest * np.arange(len(frames))
        rising: Frames64 = np.minimum.accumulate((frames - steps)[::-1])[::-1] + steps
        return rising


class Pulses:
    """The silent pulses that run, by their grids."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._pulses: dict[int, Pulse] = {}

    def __contains__(self, grid: int) -> bool:
        return grid in self._pulses

    def run(self, grid: int, bpm: float, *, beat: int, at: int, beats_per_bar: int | None) -> None:
        """Let the beats of a grid run from one of them and its frame on."""
        pulse = self._pulses.setdefault(grid, Pulse(grid=grid, sample_rate=self._rate))
        pulse.run(bpm, beat=beat, at=at, beats_per_bar=beats_per_bar)

    def stop(self, grid: int) -> bool:
        """End the beats of a grid; tell whether there were any."""
        return self._pulses.pop(grid, None) is not None

    def clear(self) -> None:
        """End all."""
        self._pulses.clear()

    def grids(self, frame: int) -> dict[int, GridFrames]:
        """Give the beats around a frame."""
        return {grid: pulse.grid_frames(frame) for grid, pulse in self._pulses.items()}
