"""Crossfades, joins and fades as they are rendered: what is planned is what is heard."""

from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from mtsession.music.arc import ArcPiece
from mtsession.music.planner import Rules, lay_out, to_items
from mtsession.protocol import commands as ask
from mtsession.timeline.units import SECOND, Micros
from music.planned_music import recording
from music.test_crossfades import heard_beats
from sound.fakes import RATE, opened

SIDES = {"left": 0, "right": 1}


def clicks(one, side):
    """Make a recording's sound: a short click on every beat, on one side only."""
    samples = np.zeros((round(one.duration_s * RATE), 2), dtype=np.float32)
    at = np.arange(480)
    click = 0.5 * np.exp(-at / 60) * np.sin(2 * np.pi * 2_000 * at / RATE)
    for beat in one.beats_s:
        first = round(beat * RATE)
        part = samples[first : first + len(click), SIDES[side]]
        part += click[: len(part)].astype(np.float32)
    return samples


def render(items, sounds, *, start_s=0.0, seconds):
    """Play a programme from a place on, and give what is heard."""
    studio = opened(sounds)
    studio.send(
        ask.PlayProgramme(
            owner=1, items=items, at_us=Micros(0), fade_in_us=Micros(0),
            position_us=Micros(round(start_s * SECOND)),
        )
    )  # fmt: skip
    studio.until(seconds + 0.01)
    return studio.heard[: round(seconds * RATE)]


def peak_times(samples, beats):
    """Give when each beat's click is loudest, in seconds."""
    found = []
    for beat in beats:
        first = round((beat - 0.1) * RATE)
        found.append((first + np.abs(samples[first : first + round(0.2 * RATE)]).argmax()) / RATE)
    return np.array(found)


@pytest.mark.parametrize(
    ("bpms", "arc"),
    [
        ((72, 66), [ArcPiece(hold=66, minutes=3)]),
        ((66, 66), [ArcPiece(start=69, to=64, minutes=3)]),
        ((63, 68.5), [ArcPiece(start=64, to=66, minutes=3)]),
    ],
)
def test_clicks_of_both_coincide_all_through_the_crossfade(bpms, arc):
    few = [recording(name, bpm, 70.0) for name, bpm in zip(SIDES, bpms, strict=True)]
    sounds = {one.path: clicks(one, one.title) for one in few}
    items = to_items(lay_out(few, arc, Rules(lowest_rate=0.93, highest_rate=1.07)), 1)
    start = items[1].start_us / SECOND
    end = (items[0].start_us + items[0].duration_us) / SECOND
    from_s = start - 4
    heard = render(items, sounds, start_s=from_s, seconds=end - from_s + 1)
    beats = heard_beats(items[0])
    # At the very ends one of the two is faded too far to be measured.
    beats = beats[(beats > start + 0.6) & (beats < end - 0.6)] - from_s
    assert len(beats) >= 6
    left, right = (peak_times(heard[:, side], beats) for side in (0, 1))
    assert np.abs(left - right).max() < 0.003
    assert np.abs(left - beats).max() < 0.004


def test_a_plain_crossfade_is_of_equal_power():
    dice = np.random.default_rng(3)
    few = [recording(name, None, 40.0) for name in "ab"]
    sounds = {one.path: dice.normal(0, 0.1, (40 * RATE, 2)).astype(np.float32) for one in few}
    items = to_items(lay_out(few, [], Rules(crossfade_s=8)), 1)
    heard = render(items, sounds, start_s=25, seconds=20)
    power = np.square(heard.astype(np.float64)).reshape(-1, RATE // 4, 2).mean(axis=(1, 2))
    level_db = 10 * np.log10(power / 0.01)
    assert np.abs(level_db).max() < 0.25


def test_parts_of_one_recording_join_on_the_sample():
    dice = np.random.default_rng(4)
    whole = dice.normal(0, 0.1, (15 * RATE, 2)).astype(np.float32)
    cuts = [0, 5 * RATE + 12_345, 10 * RATE + 7, 15 * RATE]
    few, sounds = [], {}
    for place, (first, last) in enumerate(pairwise(cuts)):
        one = replace(recording(place, 66, (last - first) / RATE), intro_s=2.0, outro_s=2.0)
        few.append(one)
        sounds[one.path] = whole[first:last]
    items = to_items(lay_out(few, [], Rules(crossfade_s=0)), 1)
    heard = render(items, sounds, seconds=15)
    np.testing.assert_array_equal(heard, whole)


def test_planned_silence_is_silent_and_fades_lie_around_it():
    few = [replace(recording(name, None, 60.0), after_silence=place)
           for place, name in enumerate("ab")]  # fmt: skip
    sounds = {one.path: np.full((60 * RATE, 2), 0.2, dtype=np.float32) for one in few}
    arc = [ArcPiece(hold=60, minutes=0.5), ArcPiece(silence=True, minutes=0.1),
           ArcPiece(hold=60, minutes=0.5)]  # fmt: skip
    rules = Rules(crossfade_s=4, fade_in_s=5, end_fade_s=6)
    heard = render(to_items(lay_out(few, arc, rules), 1), sounds, seconds=67)[:, 0]
    gain = heard / 0.2
    at = np.arange(len(gain)) / RATE
    assert (gain[at < 24] == 1).all()
    assert not gain[(at >= 30) & (at < 36)].any()
    assert (gain[(at >= 41.001) & (at < 60)] == 1).all()
    assert not gain[at >= 66].any()
    steps = np.abs(np.diff(gain))
    assert steps.max() < 2 / (5 * RATE)
    falling, rising = gain[(at > 24) & (at < 30)], gain[(at > 36) & (at < 41)]
    assert (np.diff(falling) <= 1e-7).all()
    assert (np.diff(rising) >= -1e-7).all()
