"""Breath phases against the beat, as they come out of the loudspeaker."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from mtsession.activities.breathing.events import BreathPaced
from mtsession.timeline.events import BeatGridRevised, CueMissed, CueSounded, TrackStarted
from proof.sessions import Kept

Samples = NDArray[np.float32]
RATE = 48_000
# The test music is alike on both sides; a cue's click goes up on the left and down on the right.
LEFT, RIGHT = 0.8, 0.6
BETWEEN_BEATS = 6_000
BETWEEN_CLICKS = 240
CLICK_FRAMES = 1_440
PLAN = """
version = 1
title = "Breaths on clicks"
when = "In tests."

[[segment]]
title = "Breathe"
minutes = {minutes}

[[segment.activity]]
method = "listening"
pieces = ["clicks"]
fade_in_s = 0
end_fade_s = 0
arc = {arc}
allow_fast = true

[[segment.activity]]
method = "breathing"
ratio = {ratio}
start_rate = {start}
target_rate = {target}
own_rate_minutes = {own}
ramp_minutes = {ramp}
caution = false
cue = "click"
cue_db = -6
"""


def write_plan(folder: Path, *, minutes: float, **choices: object) -> Path:
    """Write a plan of click music with clicking breaths over it."""
    path = folder / "breaths.toml"
    path.write_text(PLAN.format(minutes=minutes, **choices))
    return path


class OnTheBeat(msgspec.Struct, frozen=True, kw_only=True):
    """Where breath phases fell."""

    beats_heard: int
    beats_missing: int
    phases_told: int
    phases_heard: int
    phases_left_out: int
    on_another_beat: int
    largest_off_frames: int
    largest_off_ms: float
    p99_off_ms: float
    dropped_sound_ms: float
    slowest_bpm: float
    fastest_bpm: float


def measure(samples: Samples, kept: Kept) -> OnTheBeat:
    """Compare each cue's own sample with the sample on which its beat begins.

    Music that was led to end early leaves the guide to the clock: what comes after the last
    beat is no part of this.
    """
    level = np.abs(samples @ np.float32([RIGHT, LEFT]))
    beats = _onsets(level, BETWEEN_BEATS)
    cues = np.flatnonzero(np.abs(samples[:, 0] - samples[:, 1]) > 0.05)
    cues = cues[cues < beats[-1] + BETWEEN_BEATS]
    music = [track.grid for track in kept.of(TrackStarted)]
    told = [event for event in kept.of(CueSounded) if event.grid in music]
    steps = np.diff(beats)
    starts = _phase_starts(kept)
    nearest = np.abs(beats[None, :] - cues[:, None]).argmin(axis=1)
    # Where two pieces sound their beats are two clicks; the cue belongs to one of them.
    clicks = _onsets(level, BETWEEN_CLICKS)
    off = np.abs(clicks[None, :] - cues[:, None]).min(axis=1)
    # Each piece counts its beats from 0; a later one's first cue tells where that is.
    first = dict.fromkeys(music[:1], 0)
    wrong = 0
    for event, place in zip(told, nearest, strict=False):
        beat = round(event.beat)
        wrong += place != first.setdefault(event.grid, place - beat) + beat
        wrong += (event.grid, beat) not in starts
    return OnTheBeat(
        beats_heard=len(beats),
        beats_missing=int(np.sum(np.round(steps / np.median(steps)) - 1)),
        phases_told=len(told),
        phases_heard=len(cues),
        phases_left_out=len(kept.of(CueMissed)),
        on_another_beat=int(wrong),
        largest_off_frames=int(off.max()),
        largest_off_ms=round(float(off.max()) / RATE * 1000, 3),
        p99_off_ms=round(float(np.quantile(off, 0.99)) / RATE * 1000, 3),
        dropped_sound_ms=round(dropped_frames(beats, kept) / RATE * 1000, 3),
        slowest_bpm=round(float(60 * RATE / steps.max()), 2),
        fastest_bpm=round(float(60 * RATE / steps.min()), 2),
    )


def dropped_frames(beats: NDArray[np.int64], kept: Kept) -> float:
    """Give by how much the heard beats lag more at some place than the planned ones."""
    grid = next(each.grid for each in kept.events if isinstance(each, BeatGridRevised))
    planned = np.asarray(grid.beats_us[: len(beats)]) * RATE / 1e6
    lag = beats[: len(planned)] - planned
    return float(lag.max() - lag.min())


def _phase_starts(kept: Kept) -> set[tuple[int, int]]:
    """Give the grids and beats on which the guide begins a phase."""
    starts = set()
    for paced in kept.events:
        if isinstance(paced, BreathPaced):
            ends = np.cumsum((0, *paced.counts[:-1])) * paced.beats_per_count
            starts |= {(paced.grid, round(paced.first_beat + end)) for end in ends}
    return starts


def _onsets(level: NDArray[np.float32], between: int) -> NDArray[np.int64]:
    """Give the loudest sample of each click of the music: its first, or its middle if stretched."""
    loud = np.flatnonzero(level > 0.01)
    first = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > between)]
    return np.array(
        [at + int(level[at : at + min(between, CLICK_FRAMES)].argmax()) for at in first]
    )
