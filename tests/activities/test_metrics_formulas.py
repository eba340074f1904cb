"""Figures over columns: known answers, plain definitions, and what must not change."""

import csv
import statistics
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.activities.improvisation.metrics.arrays import (
    from_rows,
    group_starts,
    note_arrays,
    window,
)
from mtsession.activities.improvisation.metrics.basics import active_us, basics, iois, spread
from mtsession.activities.improvisation.metrics.novelty import novelty_curve, turnings
from mtsession.activities.improvisation.metrics.phrases import begun_after_silence, phrases
from mtsession.activities.improvisation.metrics.timing import (
    circular,
    drift,
    phase_correction,
    to_nearest_beat,
)
from mtsession.activities.improvisation.metrics.together import of_pairs
from mtsession.activities.improvisation.metrics.tones import class_entropy, roughness, tonality
from mtsession.activities.improvisation.metrics.value import (
    share_value,
    slope_value,
    student,
)
from mtsession.activities.improvisation.metrics.whole import analyse, player_window
from mtsession.activities.improvisation.metrics.windows import looked_for, pulses_of, windows_of
from mtsession.activities.improvisation.note import NoteList
from mtsession.activities.improvisation.notes import NotePairing, pair
from mtsession.activities.improvisation.tally import Tally
from mtsession.midi.smf import read_smf

SECOND = 1_000_000
END = 40 * SECOND
note_rows = st.lists(
    st.tuples(
        st.integers(0, END - 1),
        st.integers(0, 127),
        st.integers(1, 127),
        st.integers(0, 3 * SECOND),
        st.integers(0, 2 * SECOND),
    ).map(lambda r: (r[0], r[1], r[2], min(END, r[0] + r[3]), min(END, r[0] + r[3] + r[4]))),
    max_size=60,
)


def steps(*starts, long=200_000, pitch=60):
    return [(start, pitch, 64, start + long, start + long) for start in starts]


def test_columns_give_the_published_npvi(shared_data):
    notes = pair(read_smf(shared_data / "laksin.mid"))
    columns = note_arrays(notes, 0, 60 * SECOND)
    assert iois(columns.released_us - columns.onset_us).npvi == pytest.approx(26.3861, abs=2e-4)


def test_ensemble_gives_the_published_asynchrony(shared_data):
    path = shared_data / "ensemble" / "cuban_css_song2_onsets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    both = [row for row in rows if row["Clave"] and row["Bass"]]
    found = of_pairs(np.array([1000 * (float(r["Clave"]) - float(r["Bass"])) for r in both]))
    assert found.mean_ms.n == 241
    assert round(found.mean_ms.value, 3) == 16.233
    assert round(found.sd_ms.value, 3) == 19.586


@pytest.mark.parametrize(
    ("rate", "n", "strength", "mean_ms", "p"),
    [("1", 21, 0.927, -169, None), ("3", None, 0.63, None, None), ("4", None, 0.033, None, 0.97)],
)
def test_tapping_gives_the_known_circular_figures(shared_data, rate, n, strength, mean_ms, p):
    (path,) = (shared_data / "tapping").glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["frecuencia"] == rate]
    beats = np.array(sorted({float(r["tiempo_metronomo"]) for r in rows if r["tiempo_metronomo"]}))
    strikes = np.array([float(r["tiempo_tambor"]) for r in rows if r["tiempo_tambor"]])
    nearest = beats[np.abs(strikes[:, None] - beats).argmin(axis=1)]
    found = circular(strikes - nearest, float(np.median(np.diff(beats))))
    digits = len(str(strength)) - 2
    assert round(found.strength, digits) == strength
    assert n is None or found.n == n
    assert mean_ms is None or round(found.mean_ms) == mean_ms
    assert p is None or round(found.rayleigh_p, 2) == p


def test_strikes_find_their_nearest_beat():
    beats = np.arange(0, 5 * SECOND, SECOND)
    strikes = np.array([-700_000, 100_000, 1_900_000, 2_500_000, 4_400_000, 4_600_000])
    assert to_nearest_beat(strikes, beats).tolist() == [0.1, -0.1, 0.5, 0.4]


def test_group_edge_is_thirty_milliseconds_inclusive():
    onset = np.array([0, 15_000, 30_000, 30_001, 60_001, 60_002])
    assert group_starts(onset).tolist() == [0, 3, 5]


@given(st.lists(st.integers(0, 400_000), max_size=80))
def test_groups_agree_with_going_through_one_by_one(times):
    times.sort()
    starts, first = [], None
    for index, time in enumerate(times):
        if first is None or time - first > 30_000:
            starts.append(index)
            first = time
    assert group_starts(np.array(times, dtype=np.int64)).tolist() == starts


@given(note_rows)
def test_plain_figures_agree_with_their_definitions(rows):
    notes = from_rows(rows, 0, END)
    found = basics(notes)
    assert found.notes == len(rows)
    assert found.density_per_s == pytest.approx(len(rows) / 40)
    marks = sorted({0, END, *(r[0] for r in rows), *(r[4] for r in rows)})
    lit = sum(b - a for a, b in pairwise(marks) if any(r[0] <= a < r[4] for r in rows))
    assert found.active_us == lit
    if rows:
        assert found.velocity.median == pytest.approx(np.median([r[2] for r in rows]))
        assert found.pitch.p10 == pytest.approx(np.percentile([r[1] for r in rows], 10))
    if len(rows) > 1:
        assert found.pitch.sd == pytest.approx(statistics.stdev([r[1] for r in rows]))


@given(st.lists(st.integers(1, 10**7), min_size=2, max_size=50))
def test_interval_figures_agree_with_their_definitions(gaps):
    found = iois(np.array(gaps))
    assert found.mean_us == pytest.approx(statistics.fmean(gaps))
    assert found.median_us == pytest.approx(statistics.median(gaps))
    assert found.sd_us == pytest.approx(statistics.stdev(gaps))
    contrast = [abs(a - b) / ((a + b) / 2) for a, b in pairwise(gaps)]
    assert found.npvi == pytest.approx(100 * statistics.fmean(contrast))


messages = st.lists(
    st.tuples(
        st.integers(0, 9 * SECOND),
        st.sampled_from([0x90, 0x90, 0x80, 0xB0]),
        st.integers(60, 66),
        st.integers(0, 127),
    ),
    max_size=60,
)


@given(messages)
def test_columns_agree_with_the_tally_kept_note_by_note(rows):
    tally, kept = Tally(0), NoteList()
    pairing = NotePairing(tally, kept)
    for t_us, status, key, value in sorted(rows, key=lambda row: row[0]):
        pairing.take_in(0, bytes([status, 64 if status == 0xB0 else key, value]), t_us)
    at = 10 * SECOND
    whole = basics(note_arrays(kept.notes, 0, at))
    assert plain(tally.figures(at)) == pytest.approx(plain(whole), rel=1e-9, abs=1e-6)


def plain(figures):
    """Give figures as one flat row, so that they can be compared to nine digits."""
    flat = {}
    for key, value in msgspec.to_builtins(figures).items():
        flat |= (
            {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
        )
    return flat


def moved(rows, by):
    return [(on + by, pitch, velocity, up + by, end + by) for on, pitch, velocity, up, end in rows]


def without_times(value):
    """Give a take's figures without the names of its moments."""
    if isinstance(value, dict):
        gone = ("start_us", "end_us", "at_us", "beats_us")
        return {key: without_times(item) for key, item in value.items() if key not in gone}
    if isinstance(value, list | tuple):
        return [without_times(item) for item in value]
    return value


@settings(max_examples=40)
@given(st.lists(note_rows, min_size=2, max_size=2), st.integers(-(10**9), 10**12), st.randoms())
def test_nothing_changes_under_a_shift_or_another_order(parts, by, dice):
    before = analyse([from_rows(rows, 0, END) for rows in parts], surrogates=3)
    shuffled = [dice.sample(rows, len(rows)) for rows in parts]
    after = analyse([from_rows(moved(r, by), by, END + by) for r in shuffled], surrogates=3)
    assert without_times(msgspec.to_builtins(before)) == without_times(msgspec.to_builtins(after))


@given(note_rows, st.integers(1, END - 1))
def test_split_at_any_point_loses_and_doubles_nothing(rows, cut):
    whole = from_rows(rows, 0, END)
    parts = [player_window(whole, 0, cut), player_window(whole, cut, END)]
    assert sum(part.notes for part in parts) == len(rows)
    sounding = sum(part.active_share * (part.end_us - part.start_us) for part in parts)
    assert sounding == pytest.approx(active_us(whole), abs=1)
    inside = [window(whole, 0, cut), window(whole, cut, END)]
    assert sorted([*inside[0].pitch, *inside[1].pitch]) == sorted(row[1] for row in rows)


def test_windows_cover_the_take_and_empty_ones_stay():
    assert windows_of(70, 30) == [(0, 30), (30, 60), (60, 70)]
    assert windows_of(60, 30) == [(0, 30), (30, 60)]
    take = analyse([from_rows(steps(0, SECOND), 0, 90 * SECOND)])
    rows = take.players[0].windows
    assert [row.notes for row in rows] == [2, 0, 0]
    assert rows[1].active_share == 0
    assert [pulse.reason for pulse in take.tempo][1:] == ["silence", "silence"]


def test_articulation_leaves_the_pedal_out():
    rows = [(t, 60, 64, t + 250_000, t + 480_000) for t in range(0, 8 * SECOND, 500_000)]
    (player,) = analyse([from_rows(rows, 0, 8 * SECOND)]).players
    assert player.articulation.value == pytest.approx(0.5)


def test_dynamics_and_register_of_a_rising_line():
    rows = [(k * SECOND, 48 + k, 40 + k, k * SECOND + 9, k * SECOND + 9) for k in range(30)]
    notes = from_rows(rows, 0, END)
    found = basics(notes)
    assert found.velocity.p90 - found.velocity.p10 == pytest.approx(0.8 * 29)
    assert (found.pitch.low, found.pitch.high, found.pitch.mean) == (48, 77, 62.5)
    slope = analyse([notes]).players[0].velocity_slope_per_min
    assert (slope.value, slope.n) == (pytest.approx(60), 30)


def test_phrases_end_at_a_second_or_three_typical_intervals():
    quick = phrases(from_rows(steps(0, 300_000, 600_000, 1_800_001), 0, END))
    assert (quick.n, quick.pause_us, quick.end_us.tolist()) == (2, SECOND, [800_000, 2_000_001])
    assert phrases(from_rows(steps(0, 300_000, 600_000, 1_800_000), 0, END)).n == 1
    slow = phrases(from_rows(steps(*range(0, 30 * SECOND, 2 * SECOND)), 0, END))
    assert (slow.n, slow.pause_us) == (1, 6 * SECOND)


def test_who_begins_after_joint_silence():
    client = phrases(from_rows(steps(0, 10 * SECOND, 20 * SECOND), 0, END), SECOND)
    therapist = phrases(from_rows(steps(300_000, 10_100_000, 30 * SECOND), 0, END), SECOND)
    assert begun_after_silence([client, therapist]) == [3, 1]


def test_drift_of_a_steady_rise_is_its_slope():
    at, beats = 0.0, [0]
    while at < 60:
        at += 60 / (80 + 10 * at / 60)
        beats.append(round(at * SECOND))
    found = drift(np.array(beats))
    assert found.value == pytest.approx(10, abs=0.1)
    assert found.low <= 10.05
    assert found.high >= 9.95
    assert drift(np.array([0, 1, 2])).value is None


def test_phase_correction_of_an_exact_series():
    series = 0.4 ** np.arange(12) - (0.4 ** np.arange(12)).mean()
    assert phase_correction(0.4 ** np.arange(200.0)).value == pytest.approx(0.6, abs=0.02)
    assert phase_correction(np.zeros(10)).reason == "not defined here"
    assert phase_correction(series[:4]).value is None


def test_key_of_a_scale_and_of_nothing():
    tones = [62, 64, 66, 67, 69, 71, 73, 74, 69, 66, 62]
    rows = [(i * 500_000, p, 64, i * 500_000 + 450_000, i * 500_000 + 450_000)
            for i, p in enumerate(tones)]  # fmt: skip
    found = tonality(from_rows(rows, 0, END))
    assert found.key == "D major"
    assert found.margin > 0
    every = [(i * 500_000, 60 + i, 64, (i + 1) * 500_000, (i + 1) * 500_000) for i in range(12)]
    assert tonality(from_rows(every, 0, END)).reason == "every tone as much as every other"
    assert tonality(from_rows([], 0, END)).reason == "no tone"


def test_entropy_of_pitch_classes():
    one = from_rows(steps(0, SECOND, pitch=48), 0, END)
    assert class_entropy(one) == 0
    every = from_rows([(i, 60 + i, 1, i + 9, i + 9) for i in range(12)], 0, END)
    assert class_entropy(every) == pytest.approx(1)
    assert class_entropy(from_rows([], 0, END)) is None


def test_roughness_orders_intervals_as_the_ear_does():
    def together(*pitches):
        return roughness(from_rows([(0, p, 64, SECOND, SECOND) for p in pitches], 0, END))

    assert together(60, 61) > together(60, 63) > together(60, 67) > together(60, 72)
    assert together(60) == 0
    assert roughness(from_rows([], 0, END)) is None


def test_novelty_peaks_where_the_playing_turns():
    low = [(t, 45, 40, t + 90_000, t + 90_000) for t in range(0, 40 * SECOND, SECOND)]
    high = [(t, 80, 100, t + 90_000, t + 90_000)
            for t in range(40 * SECOND, 80 * SECOND, 250_000)]  # fmt: skip
    notes = from_rows([*low, *high], 0, 80 * SECOND)
    (turn,) = turnings(notes)
    assert abs(turn.at_us - 40 * SECOND) <= SECOND
    assert turnings(from_rows(low, 0, 40 * SECOND)) == ()
    assert novelty_curve(from_rows([], 0, 80 * SECOND)).tolist() == [0.0] * 80


def test_analytic_intervals_agree_with_the_tables():
    assert [round(student(f), 2) for f in (4, 10, 30)] == [2.78, 2.23, 2.04]
    wilson = share_value(9, 14)
    assert (round(wilson.low, 3), round(wilson.high, 3)) == (0.388, 0.837)
    line = slope_value(np.arange(10.0), 3 * np.arange(10.0) + 1)
    assert (line.value, line.low, line.high) == pytest.approx((3, 3, 3))
    assert spread(np.zeros(0, dtype=np.int64)).median is None


def test_in_takes_of_many_hours_the_pulse_of_every_so_many_th_window_is_looked_for():
    cuts = windows_of(1_000, 2)
    rows = [(t, 60, 64, t + 1, t + 1) for t in range(1_000)]
    (alone,) = pulses_of([from_rows(rows, 0, 1_000)], cuts).players
    asked = [pulse.reason != "not looked for in so long a take" for pulse in alone]
    assert asked == [looked_for(index, 500) for index in range(500)]
    assert sum(asked) == 167
