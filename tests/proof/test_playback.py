"""The measures of a long programme find what is put in, and nothing else."""

import numpy as np
import pytest

from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.events import BeatGridRevised, TrackEnded, TrackStarted
from mtsession.timeline.units import Micros
from proof import playback

RATE = playback.RATE
WHOLE = [(0.0, 10.0)]


@pytest.mark.parametrize("kind", ["tones", "noise", "clicks"])
def test_a_gap_is_found_and_music_is_none(kind):
    sound = playback.made(kind, 10, 60)
    assert playback.gaps(sound, WHOLE, 0.0) == []
    sound[3 * RATE : 3 * RATE + 300] = 0
    assert playback.gaps(sound, WHOLE, -1.0) == [(4.0, 300)]


def test_a_break_in_steady_tones_shows():
    sound = playback.made("tones", 10, 60)
    assert playback.clicks_in_tones(sound, WHOLE, 0.0)[0] < -90
    sound[4 * RATE :] = np.roll(sound, -100, axis=0)[4 * RATE :]
    loudest, places = playback.clicks_in_tones(sound[: 9 * RATE], WHOLE, 0.0)
    assert loudest > -40
    assert places[0] == pytest.approx(4.0, abs=0.02)


def test_a_step_of_level_shows_and_noise_alone_does_not():
    sound = playback.made("noise", 60, 60)
    assert playback.level_steps(sound, [(0.0, 60.0)], 0.0)[0] < 0.35
    sound[20 * RATE :] *= 10 ** (-0.6 / 20)
    step, at = playback.level_steps(sound, [(0.0, 60.0)], 0.0)
    assert step > 0.5
    assert at == pytest.approx(20.0, abs=0.1)


def test_clicks_are_held_against_the_journal():
    sound = playback.made("clicks", 30, 72)
    beats = np.arange(0, 30, 60 / 72)
    right = playback.delivered(sound, [(0.0, 30.0)], 0.0, beats)
    assert right.missing == 0
    assert right.clicks >= 34
    assert right.worst_percent < 0.001
    sound[round(5 * 60 / 72 * RATE) - 100 :][:500] = 0
    assert playback.delivered(sound, [(0.0, 30.0)], 0.0, beats).missing_at_s == (4.2,)
    slower = playback.delivered(sound, [(0.0, 30.0)], 0.0, beats * 1.003)
    assert slower.worst_percent == pytest.approx(0.3, abs=0.02)


def test_the_last_word_of_the_journal_on_each_beat_counts():
    def revised(revision, first, *beats, ends=None):
        grid = BeatGrid(grid=1, revision=revision, first_beat=first, beats_us=beats, ends_us=ends)
        return BeatGridRevised(t_us=Micros(0), grid=grid)

    found = playback.heard_beats(
        [
            revised(0, 0, 0, 1_000_000, 2_000_000),
            revised(1, 1, 1_100_000, 2_300_000, 3_500_000, ends=3_000_000),
        ]
    )
    assert found.tolist() == [0.0, 1.1, 2.3]


def test_crossfades_belong_to_neither():
    def started(t, item):
        return TrackStarted(
            t_us=Micros(t * 10**6), activity=1, item=item, title=f"t{item}", source="file",
            content_hash=None, planned_bpm=None, grid=None,
        )  # fmt: skip

    events = [
        started(0, 1),
        started(50, 2),
        TrackEnded(t_us=Micros(60_000_000), item=1, reason="end"),
        TrackEnded(t_us=Micros(90_000_000), item=2, reason="end"),
    ]
    assert playback.alone(events) == [("t1", (0.5, 49.5)), ("t2", (60.5, 89.5))]
    assert playback.without([(0.0, 10.0)], [(2.0, 3.0), (9.0, 12.0)]) == [(0.0, 2.0), (3.0, 9.0)]
