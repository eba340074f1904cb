import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.media.composer.stream import open_piece
from mtsession.music.analysis.beats import find_beats
from mtsession.music.analysis.onsets import ANALYSIS_RATE, HOP_S, OnsetMeter, Onsets
from mtsession.music.analysis.periodicity import measure_periodicity
from mtsession.music.analysis.pulse import Pulse, find_pulse
from mtsession.timeline.tempo_map import TempoMap

FIELDS = ("bpm", "confidence", "steady", "ibi_cv", "downbeat", "beats_per_bar")


def heard(sound: np.ndarray) -> Pulse:
    meter = OnsetMeter()
    meter.add(sound.astype(np.float32))
    return find_pulse(meter.finish())


def struck(times_s, pitches_hz, *, seconds: float, seed: int = 0, gains=None) -> np.ndarray:
    """Strike a dying tone at each time."""
    out = np.random.default_rng(seed).normal(0, 1e-4, int(seconds * ANALYSIS_RATE))
    time = np.arange(int(0.7 * ANALYSIS_RATE)) / ANALYSIS_RATE
    for n, at in enumerate(times_s):
        base = pitches_hz[n % len(pitches_hz)]
        tone = sum(np.sin(2 * np.pi * base * k * time) / k**1.5 for k in range(1, 6))
        start = round(at * ANALYSIS_RATE)
        part = (np.exp(-time / 0.25) * tone)[: len(out) - start]
        out[start : start + len(part)] += 0.2 * part * (gains[n % len(gains)] if gains else 1)
    return out


def composed(name: str, bpm: float, seconds: int = 60) -> np.ndarray:
    stream = open_piece(
        name=name,
        tempo=TempoMap.constant(bpm),
        duration_us=seconds * 1_000_000,
        key="",
        seed=1,
        sample_rate=ANALYSIS_RATE,
    )
    return stream.read(stream.frames).mean(axis=1)


@pytest.mark.parametrize("bpm", [52.5, 61.3, 72.0, 88.25, 104.0])
def test_a_beaten_pulse_is_found_to_two_decimals(bpm):
    times = np.arange(0.4, 44.5, 60 / bpm)
    pulse = heard(struck(times, [220.0], seconds=45))
    assert pulse.bpm == pytest.approx(bpm, rel=2e-4)
    assert pulse.steady is True
    assert pulse.ibi_cv < 0.02
    assert pulse.confidence > 0.5
    found = np.array(pulse.beats_s)
    nearest = np.abs(found[:, None] - times).min(axis=1)
    assert np.quantile(nearest, 0.95) < 0.035
    assert abs(len(found) - len(times)) <= 2


@pytest.mark.parametrize(("name", "bpm"), [("harbour", 66.0), ("lantern", 58.0), ("meadow", 84.0)])
def test_a_built_in_piece_is_heard_at_its_tempo_or_an_octave_of_it(name, bpm):
    pulse = heard(composed(name, bpm))
    octaves = [bpm, bpm * 2, bpm / 2, bpm * 3, bpm / 3]
    assert any(pulse.bpm == pytest.approx(each, rel=0.002) for each in octaves)
    assert any(each.bpm == pytest.approx(bpm, rel=0.04) for each in pulse.candidates)


def test_beats_follow_a_tempo_that_swells():
    gaps = 60 / 70 * (1 + 0.05 * np.sin(2 * np.pi * np.arange(70) / 14))
    times = 0.5 + np.concatenate([[0.0], np.cumsum(gaps)])
    times = times[times < 58]
    pulse = heard(struck(times, [220.0], seconds=60))
    assert pulse.bpm == pytest.approx(70, rel=0.03)
    assert pulse.ibi_cv > 0.02
    hits = [np.abs(np.array(pulse.beats_s) - at).min() < 0.07 for at in times]
    assert np.mean(hits) > 0.9


def test_what_hands_play_unevenly_is_not_called_steady():
    beat = np.arange(80)
    gaps = 60 / 80 * (1 + np.random.default_rng(2).normal(0, 0.1, 80) + 0.25 * (beat % 8 == 7))
    times = 0.5 + np.concatenate([[0.0], np.cumsum(gaps)])
    pitches = [110.0, 220.0, 330.0, 220.0]
    gains = [1.0, 0.5, 0.7, 0.5]
    pulse = heard(struck(times[times < 58], pitches, seconds=60, gains=gains))
    assert pulse.bpm == pytest.approx(77, rel=0.04)
    assert pulse.steady is False
    given = np.diff(pulse.beats_s)
    assert pulse.ibi_cv == pytest.approx(given.std() / given.mean(), abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_sound_without_attacks_does_not_lead_away_from_the_tempo_that_was_chosen(seed):
    rng = np.random.default_rng(seed)
    frames = round(60 / HOP_S)
    rows = {
        name: np.convolve(rng.random(frames), np.hanning(9), "same").astype(np.float32)
        for name in ("strength", "slow", "bass", "harmony")
    }
    level = np.zeros(frames, np.float32)
    onsets = Onsets(hop_s=HOP_S, duration_s=60.0, level_db=level, **rows)
    beats = find_beats(onsets, measure_periodicity(onsets), 0.8)
    assert beats.period_s == pytest.approx(0.8, rel=0.031)
    assert np.median(np.diff(beats.times_s)) == pytest.approx(0.8, rel=0.05)


@pytest.mark.parametrize(("metre", "start"), [(3, 0), (4, 0), (4, 2), (3, 1)])
def test_bars_are_heard_where_low_notes_begin_them(metre, start):
    times = np.arange(0.4, 58, 60 / 80)
    low = [98.0, 73.4, 110.0]
    pitches = []
    for n in range(len(times)):
        first = (n - start) % metre == 0
        pitches.append(low[((n - start) // metre) % 3] if first else 440.0)
    gains = [1.0 if pitch < 200 else 0.35 for pitch in pitches]
    pulse = heard(struck(times, pitches, seconds=60, gains=gains))
    assert pulse.bpm == pytest.approx(80, rel=0.001)
    assert pulse.beats_per_bar == metre
    downbeat = pulse.beats_s[pulse.downbeat]
    assert (round((downbeat - times[0]) / 0.75) - start) % metre == 0


def test_even_beats_have_no_bars_and_say_so():
    pulse = heard(struck(np.arange(0.4, 44, 0.8), [220.0], seconds=45))
    assert pulse.downbeat is None
    assert pulse.beats_per_bar is None
    assert set(pulse.reasons) == {"downbeat", "beats_per_bar"}


@pytest.mark.parametrize("seconds", [0, 0.01, 0.5, 3.9])
def test_too_short_is_said(seconds):
    sound = np.random.default_rng(0).normal(0, 0.1, int(seconds * ANALYSIS_RATE))
    pulse = heard(sound)
    assert pulse.bpm is None
    assert pulse.reasons["bpm"] == "too short to hear a pulse"
    assert set(FIELDS) <= set(pulse.reasons)


@pytest.mark.parametrize("level", [0.0, 0.9])
def test_silence_and_an_unchanging_sound_have_no_pulse(level):
    pulse = heard(np.full(20 * ANALYSIS_RATE, level))
    assert pulse.bpm is None
    assert pulse.beats_s == ()
    assert pulse.candidates == ()
    assert set(FIELDS) <= set(pulse.reasons)


def held(hertz, parts: int, *, seconds: float = 45, rise_s: float = 0.01) -> np.ndarray:
    """Hold tones of some harmonics from a start to the end."""
    time = np.arange(int(seconds * ANALYSIS_RATE)) / ANALYSIS_RATE
    tones = [np.sin(2 * np.pi * base * n * time) / n for base in hertz for n in range(1, parts + 1)]
    return 0.1 * np.clip(time / rise_s, 0, 1) * np.sum(tones, axis=0)


@pytest.mark.parametrize("seconds", [4.5, 45, 90])
@pytest.mark.parametrize(
    ("hertz", "parts"),
    [((220.0, 277.2, 329.6), 1), ((130.8, 164.8, 196.0), 8), ((50.0,), 5), ((440.0,), 1)],
)
def test_a_sound_that_is_held_throughout_has_no_pulse(hertz, parts, seconds):
    noise = np.random.default_rng(1).normal(0, 1e-5, int(seconds * ANALYSIS_RATE))
    pulse = heard(held(hertz, parts, seconds=seconds) + noise)
    assert pulse.bpm is None


@pytest.mark.parametrize("parts", [3, 6, 12])
@pytest.mark.parametrize("steps", [(0, 7), (0, 3, 7), (0, 5, 9), (0, 4, 7, 12)])
@pytest.mark.parametrize("root", [80.0, 166.0, 252.0])
def test_an_organ_chord_has_no_pulse_however_its_partials_beat(root, steps, parts):
    assert heard(held([root * 2 ** (step / 12) for step in steps], parts, seconds=20)).bpm is None


def test_soft_ticks_over_a_drone_are_a_pulse():
    drone = held((130.0, 196.0), 6)
    ticks = struck(np.arange(0.5, 44, 0.8), [880.0], seconds=45)
    assert heard(drone + 0.02 * ticks).bpm == pytest.approx(75, rel=1e-3)


def test_a_tone_that_starts_once_and_stays_has_no_pulse():
    sound = held((196.0, 246.9), 6, seconds=30, rise_s=0.4)
    pulse = heard(np.concatenate([np.zeros(3 * ANALYSIS_RATE), sound]))
    assert pulse.bpm is None
    assert set(FIELDS) <= set(pulse.reasons)


def swells(seed: int, *, seconds: float = 50) -> np.ndarray:
    """Let tones come up and go as they like, some over others."""
    rng = np.random.default_rng(seed)
    out = rng.normal(0, 1e-5, int((seconds + 12) * ANALYSIS_RATE))
    at = rng.uniform(0, 2)
    while at < seconds:
        time = np.arange(int(rng.uniform(3, 10) * ANALYSIS_RATE)) / ANALYSIS_RATE
        base = 165 * 2 ** (rng.choice([0, 2, 4, 7, 9, 12]) / 12)
        tone = sum(
            np.sin(2 * np.pi * base * n * time + rng.uniform(0, 6)) / n**2 for n in (1, 2, 3)
        )
        start = int(at * ANALYSIS_RATE)
        out[start : start + len(time)] += rng.uniform(0.1, 0.3) * tone * np.hanning(len(time)) ** 2
        at += rng.uniform(0.7, 5)
    return out[: int(seconds * ANALYSIS_RATE)]


def test_tones_that_swell_as_they_like_have_no_tempo_to_rely_on():
    found = [heard(swells(seed)) for seed in range(8)]
    assert sum(pulse.bpm is None for pulse in found) >= 6
    assert all(pulse.bpm is None or pulse.confidence < 0.5 for pulse in found)


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_steady_pulse(seed):
    pulse = heard(np.random.default_rng(seed).normal(0, 0.2, 40 * ANALYSIS_RATE))
    assert pulse.bpm is None
    assert pulse.reasons["bpm"].startswith("no steady pulse")


def test_tones_that_come_when_they_like_have_no_tempo_to_rely_on():
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        times = np.cumsum(np.exp(rng.uniform(np.log(0.4), np.log(5), 60)))
        found.append(heard(struck(times[times < 55], [196.0, 262.0, 330.0], seconds=60)))
    assert sum(pulse.bpm is None for pulse in found) >= 4
    assert all(pulse.bpm is None or pulse.confidence < 0.3 for pulse in found)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4_000), st.integers(0, 2**31), st.sampled_from(["noise", "sparse", "flat"]))
def test_any_onsets_are_taken(frames, seed, shape):
    rng = np.random.default_rng(seed)

    def row() -> np.ndarray:
        if shape == "flat":
            return np.full(frames, rng.random(), np.float32)
        values = rng.exponential(1.0, frames)
        return (values * (rng.random(frames) < 0.02 if shape == "sparse" else 1)).astype(np.float32)

    duration = frames * HOP_S
    pulse = find_pulse(
        Onsets(
            hop_s=HOP_S,
            duration_s=duration,
            strength=row(),
            slow=row(),
            bass=row(),
            harmony=row(),
            level_db=-70 * rng.random(frames).astype(np.float32),
        )
    )
    beats = np.array(pulse.beats_s)
    assert (np.diff(beats) > 0).all()
    assert ((beats >= 0) & (beats < duration)).all()
    if pulse.bpm is None:
        assert pulse.reasons["bpm"]
    else:
        assert 20 < pulse.bpm < 400
        assert 0 <= pulse.confidence <= 1
        assert pulse.candidates[0].bpm == pulse.bpm
        assert sum(each.weight for each in pulse.candidates) == pytest.approx(1, abs=1e-3)
