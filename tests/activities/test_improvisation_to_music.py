"""Playing to music: strikes beside the beats as they were heard, latency taken off and named."""

import numpy as np
import pytest

from activities.test_improvisation import SECOND, Session, off, on, plug
from mtsession.activities.improvisation.heard_beats import HeardBeats
from mtsession.activities.improvisation.summary import summarise
from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid

BEAT_US = 800_000
OUTPUT = "Speakers"


def grid(beats_us, revision=0, first=0, number=7, ends_us=None):
    beats = tuple(int(t) for t in beats_us)
    return BeatGrid(
        grid=number, revision=revision, first_beat=first, beats_us=beats, ends_us=ends_us
    )


def track(t_us, item=1, number=7):
    return ev.TrackStarted(
        t_us=t_us, activity=1, item=item, title="T", source="s", content_hash=None,
        planned_bpm=None, grid=number,
    )  # fmt: skip


def heard(*events):
    beats = HeardBeats()
    for event in events:
        beats.take_in(event)
    return beats.between(0, 10**9).tolist()


def test_beats_count_while_their_music_sounds():
    beats = np.arange(10) * SECOND
    assert heard(
        ev.BeatGridRevised(t_us=0, grid=grid(beats)), track(500_000),
        ev.MusicPaused(t_us=3_500_000), ev.MusicResumed(t_us=5_500_000),
        ev.TrackEnded(t_us=8_500_000, item=1, reason="end"),
    ) == [1 * SECOND, 2 * SECOND, 3 * SECOND, 6 * SECOND, 7 * SECOND, 8 * SECOND]  # fmt: skip


def test_a_revision_changes_only_what_was_to_come():
    first, then = np.arange(10) * SECOND, 4 * SECOND + np.arange(1, 8) * BEAT_US
    assert heard(
        track(0),
        ev.BeatGridRevised(t_us=0, grid=grid(first)),
        ev.BeatGridRevised(t_us=4 * SECOND, grid=grid(then, revision=1, first=5)),
        ev.TrackEnded(t_us=8 * SECOND, item=1, reason="end"),
    ) == [*range(0, 5 * SECOND, SECOND), *(4 * SECOND + BEAT_US * k for k in range(1, 5))]


def test_silent_beats_and_those_past_the_end_are_not_heard():
    beats = np.arange(10) * SECOND
    assert heard(ev.BeatGridRevised(t_us=0, grid=grid(beats)), plug(9 * SECOND, 0, "Left")) == []
    ending = grid(beats, ends_us=2 * SECOND)
    known = heard(track(0), ev.BeatGridRevised(t_us=0, grid=ending), plug(9 * SECOND, 0, "Left"))
    assert known == [0, SECOND]


def test_where_pieces_meet_the_later_one_has_the_beat():
    one, two = np.arange(20) * SECOND, 300_000 + np.arange(20) * BEAT_US
    found = heard(
        ev.BeatGridRevised(t_us=0, grid=grid(one)), track(0),
        ev.BeatGridRevised(t_us=5 * SECOND, grid=grid(two, number=8)),
        track(5_500_000, item=2, number=8),
        ev.TrackEnded(t_us=8 * SECOND, item=1, reason="end"), plug(10 * SECOND, 0, "Left"),
    )  # fmt: skip
    assert found[:6] == [k * SECOND for k in range(6)]
    assert set(np.diff(found[6:])) == {BEAT_US}


def playing(lag_ms, jitter_ms, *, seed=1, latency_ms=None, beats=80, output=OUTPUT):
    """Let one play a note on each beat of music, later by a known time; give when it ended."""
    times = 2 * SECOND + np.arange(beats) * BEAT_US
    dice = np.random.default_rng(seed)
    strikes = times + np.rint(1000 * (lag_ms + dice.normal(0, jitter_ms, beats))).astype(int)
    start = ev.EngineStarted(
        t_us=0, output=output, silent=False, sample_rate=48_000, latency_us=40_000
    )
    session = Session().put(start)
    if latency_ms is not None:
        session.put(
            ev.LatencyMeasured(
                t_us=0,
                input="Left",
                output=OUTPUT,
                latency_us=latency_ms * 1000,
                spread_us=9_000,
                taps=24,
            )
        )
    session.put(plug(0, 0, "Left")).start(0)
    session.put(track(SECOND), ev.BeatGridRevised(t_us=SECOND, grid=grid(times)))
    for at in sorted(strikes.tolist()):
        session.put(on(at, 60, 80), off(at + 100_000, 60))
    end = int(times[-1]) + 2 * SECOND
    session.put(ev.TrackEnded(t_us=end, item=1, reason="end"))
    return session, end


def played(*args, **fields):
    session, end = playing(*args, **fields)
    session.put(*session.activity.stop(end, "planned").events)
    return summarise(3, session.journal)


def looked_at(session, at_us, done):
    """Look at the screen until what it shows is as wished."""
    for _ in range(20_000):
        shown = session.activity.view(at_us).played
        if done(shown):
            return shown
    raise AssertionError("it was never shown")


def music_rows(shown):
    return {row.key.split(".")[-1]: row.value for row in shown.rows if "music_" in row.key}


def figure(section, name):
    return next(each for each in section.figures if each.key == f"take1.p1.{name}")


def test_the_lag_to_the_music_is_found_and_the_latency_taken_off():
    plain, measured = played(40, 12), played(40, 12, latency_ms=23)
    assert figure(plain, "music_ms").value == pytest.approx(40, abs=5)
    assert figure(measured, "music_ms").value == pytest.approx(
        figure(plain, "music_ms").value - 23, abs=1e-9
    )
    assert figure(measured, "music_place_ms").value == pytest.approx(17, abs=5)
    assert figure(plain, "music_r").value > 0.95
    assert figure(plain, "music_p").value < 0.001
    assert any("latency not measured" in line for line in plain.captured)
    (named,) = [line for line in measured.captured if "latency" in line]
    assert "23 ms of latency taken off" in named
    assert "tapped on Left with Speakers, spread 9 ms" in named


def test_timing_to_the_music_is_told_while_it_goes_on_and_ends_as_the_record_has_it():
    session, end = playing(40, 12, latency_ms=23)
    now = music_rows(looked_at(session, end, lambda shown: shown.rows))
    assert now["music_ms"] == pytest.approx(17, abs=5)
    assert set(now) == {"music_ms", "music_r", "music_place_ms", "music_p", "music_correction"}
    session.put(*session.activity.stop(end, "planned").events)
    whole = music_rows(looked_at(session, end, lambda shown: shown.whole_take))
    section = summarise(3, session.journal)
    assert whole == {name: figure(section, name).value for name in whole}


def test_another_outputs_latency_is_not_taken_off():
    other = played(40, 12, latency_ms=23, output="Headphones")
    assert figure(other, "music_ms").value == figure(played(40, 12), "music_ms").value
    assert any("latency not measured" in line for line in other.captured)


def test_without_enough_strikes_or_music_there_is_no_figure():
    few = played(40, 12, beats=15)
    assert figure(few, "music_ms").value is None
    assert "too few" in figure(few, "music_r").text
    silent = played(40, 12, beats=5)
    assert not [each for each in silent.figures if ".music_" in each.key]
    assert not [line for line in silent.captured if "latency" in line]


def test_the_interval_holds_the_lag_in_most_cases():
    held = 0
    for seed in range(40):
        text = figure(played(25, 15, seed=seed), "music_ms").text
        low, high = (float(part) for part in text.split("95 %: ")[1].rstrip(")").split(" to "))
        held += low - 0.5 <= 25 <= high + 0.5
    assert held >= 35
