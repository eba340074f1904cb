"""Figures against definitions written out plainly, known answers and real performances."""

import itertools
import statistics

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.activities.improvisation.metrics.basics import iois
from mtsession.activities.improvisation.metrics.tallied import Intervals, Spread
from mtsession.activities.improvisation.notes import NotePairing
from mtsession.activities.improvisation.tally import Tally
from mtsession.midi.smf import read_smf

values = st.lists(st.integers(30_001, 10_000_000), min_size=2, max_size=60)


@given(values)
def test_intervals_agree_with_the_plain_formulas(values):
    intervals = Intervals()
    for value in values:
        intervals.add(value)
    found = intervals.figures()
    assert found.mean_us == pytest.approx(statistics.fmean(values), rel=1e-12)
    assert found.median_us == pytest.approx(statistics.median(values), rel=1e-12)
    assert found.sd_us == pytest.approx(statistics.stdev(values), rel=1e-9, abs=1e-6)
    contrast = [abs(a - b) / ((a + b) / 2) for a, b in itertools.pairwise(values)]
    assert found.npvi == pytest.approx(100 * statistics.fmean(contrast), rel=1e-12)
    assert iois(np.array(values)).npvi == pytest.approx(found.npvi, rel=1e-12)


def test_formulas_that_are_not_defined_give_none():
    intervals = Intervals()
    found = intervals.figures()
    assert found.mean_us is found.median_us is found.sd_us is found.cv is found.npvi is None
    intervals.add(5)
    found = intervals.figures()
    assert (found.mean_us, found.sd_us, found.npvi) == (5, None, None)
    assert Spread().figures().median is None
    assert Tally(0).density_per_s(0) is Tally(0).active_share(0) is None


def test_parted_intervals_make_no_pair():
    intervals = Intervals()
    intervals.add(100)
    intervals.part()
    intervals.add(300)
    assert (len(intervals), intervals.figures().npvi) == (2, None)


def test_sums_stay_exact_in_long_takes():
    intervals = Intervals()
    for index in range(50_000):
        intervals.add(10**9 + index % 2)
    assert intervals.sd_us() == pytest.approx(0.5 * np.sqrt(50_000 / 49_999), rel=1e-9)


@given(st.lists(st.integers(0, 127), min_size=1, max_size=200))
def test_spread_agrees_with_numpy(values):
    spread = Spread()
    for value in values:
        spread.add(value)
    found = spread.figures()
    assert (found.low, found.high) == spread.ends() == (min(values), max(values))
    expected = [np.mean(values), *np.percentile(values, [50, 10, 90])]
    assert [found.mean, found.median, found.p10, found.p90] == pytest.approx(expected)


PERFORMANCES = [
    "Bach__Fugue__bwv_870__ChenW01M",
    "Bach__Prelude__bwv_846__Shi05M",
    "Beethoven__Piano_Sonatas__17-1__KaszoS09M",
    "Chopin__Etudes_op_10__10__Wilshire02",
    "Chopin__Etudes_op_25__11__KimSuyeon03M",
]


def independent(path):
    """Read a performance by mido's clock and plain lists: it shares nothing with the program."""
    now, onsets, velocities, pitches = 0.0, [], [], []
    down, sounding, pedal, active = {}, {}, {}, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity:
            onsets.append(now)
            velocities.append(message.velocity)
            pitches.append(message.note)
            down[message.channel, message.note] = True
            sounding[message.channel, message.note] = True
        elif message.type in ("note_off", "note_on"):
            down.pop((message.channel, message.note), None)
        elif message.type == "control_change" and message.control == 64:
            pedal[message.channel] = message.value >= 64
        for key in list(sounding):
            if key not in down and not pedal.get(key[0]):
                del sounding[key]
        if not message.is_meta:
            active.append((now, bool(sounding)))
    return onsets, velocities, pitches, active


@pytest.mark.parametrize("name", PERFORMANCES)
def test_real_performances_agree_with_an_independent_reckoning(shared_data, name):
    path = shared_data / "asap" / f"{name}.mid"

    tally = Tally(0)
    pairing = NotePairing(tally)
    rows = read_smf(path)
    for t_us, data in rows:
        pairing.take_in(0, data, t_us)
    end_us = rows[-1][0] + 1
    figures = tally.figures(end_us)

    onsets, velocities, pitches, active = independent(path)
    groups = [onsets[0]]
    for onset in onsets:
        if round((onset - groups[-1]) * 1e6) > 30_000:
            groups.append(onset)
    gaps = np.diff(groups) * 1e6
    lit = sum(b - a for (a, on), (b, _) in itertools.pairwise(active) if on)

    assert figures.notes == len(onsets)
    assert figures.density_per_s == pytest.approx(len(onsets) / (end_us / 1e6))
    assert figures.ioi.n == len(gaps)
    assert figures.ioi.mean_us == pytest.approx(gaps.mean(), rel=1e-6)
    assert figures.ioi.median_us == pytest.approx(np.median(gaps), abs=2)
    assert figures.ioi.sd_us == pytest.approx(gaps.std(ddof=1), rel=1e-5)
    assert figures.ioi.cv == pytest.approx(gaps.std(ddof=1) / gaps.mean(), rel=1e-5)
    assert figures.active_us / 1e6 == pytest.approx(lit, abs=1e-3)
    spread = figures.velocity
    assert (spread.low, spread.high, spread.median) == (
        min(velocities),
        max(velocities),
        np.median(velocities),
    )
    assert [spread.p10, spread.p90] == pytest.approx(np.percentile(velocities, [10, 90]))
    assert (figures.pitch.low, figures.pitch.high) == (min(pitches), max(pitches))
    assert figures.pitch.mean == pytest.approx(np.mean(pitches))
