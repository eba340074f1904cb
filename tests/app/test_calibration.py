"""Tapping along with clicks: what is found is what was put in, and wild taps are refused."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.activities.improvisation.metrics.latency import FEWEST_TAPS, tap_latency
from mtsession.app.calibration import BEAT_US, BEGIN_US, CLICKS, Calibration, with_latencies
from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config, Remembered, load_remembered, remember
from mtsession.app.plans import NO_PLAN
from mtsession.engine.offline import OfflineEngine
from mtsession.errors import MidiError
from mtsession.protocol import commands as cmd
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.events import LatencyMeasured
from mtsession.timeline.units import Micros

CLICK_TIMES = BEGIN_US + np.arange(CLICKS) * BEAT_US


def tapped(lag_ms, jitter_ms, seed=1):
    dice = np.random.default_rng(seed)
    return CLICK_TIMES + np.rint(1000 * (lag_ms + dice.normal(0, jitter_ms, CLICKS))).astype(int)


def calibrated(**taps):
    """Run a round on the engine that renders, with these taps on these ports."""
    clock = ManualClock()
    engine = OfflineEngine(clock)
    calibration = Calibration(engine, clock.now_us, ceiling_db=-3.0)
    calibration.open()
    calibration.pump()
    for port, times in taps.items():
        messages = [
            cmd.ScriptedMessage(t_us=Micros(int(t)), data=bytes([0x90, 60, 80])) for t in times
        ]
        engine.send(
            cmd.PlayScript(
                port_name=port,
                at_us=Micros(0),
                messages=tuple(sorted(messages, key=lambda m: m.t_us)),
            )
        )
    now = 0
    while not calibration.over:
        now += 50_000
        engine.advance_to(Micros(now))
        calibration.pump()
    return calibration


def test_the_latency_of_every_keyboard_is_found_on_the_audible_clicks():
    heard = calibrated(Left=tapped(31, 9), Right=tapped(-12, 14, seed=2)).results()
    by_port = sorted(heard, key=lambda each: each.input)
    assert [each.input for each in by_port] == ["Left", "Right"]
    for each, truth, jitter in zip(by_port, (31, -12), (9, 14), strict=True):
        assert each.output == "file"
        assert each.found.taps == CLICKS - 4
        assert each.found.latency_ms == pytest.approx(truth, abs=3 * 1.25 * jitter / 24**0.5)
        assert each.found.spread_ms == pytest.approx(jitter, rel=0.6)


def test_a_round_without_a_tap_says_so():
    calibration = calibrated()
    with pytest.raises(MidiError, match="No MIDI keyboard"):
        calibration.results()


def test_what_was_found_takes_the_place_of_what_was_known(tmp_path):
    first = with_latencies(Remembered(), calibrated(Left=tapped(31, 9)).results())
    both = with_latencies(first, calibrated(Right=tapped(5, 9)).results())
    again = with_latencies(both, calibrated(Left=tapped(60, 5)).results())
    assert [known.input for known in again.latencies] == ["Right", "Left"]
    assert again.latencies[1].latency_us == pytest.approx(60_000, abs=5_000)
    wild = with_latencies(again, calibrated(Left=tapped(0, 120)).results())
    assert wild == again
    remember(tmp_path, lambda _: again)
    assert load_remembered(tmp_path) == again


@pytest.mark.parametrize(
    ("taps", "words"),
    [
        (tapped(10, 5)[: FEWEST_TAPS + 3], "15 taps on the clicks"),
        (tapped(10, 90), "too far apart"),
        (tapped(290, 5), "far from the clicks"),
        (np.concatenate([tapped(0, 4)[:16], tapped(50, 4)[16:]]), "moved by"),
        (np.sort(np.concatenate([tapped(0, 4), tapped(300, 4)])), "many more taps"),
        (np.zeros(0, dtype=np.int64), "0 taps"),
    ],
)  # fmt: skip
def test_wild_taps_are_refused_with_the_reason(taps, words):
    found = tap_latency(np.sort(taps), CLICK_TIMES)
    assert found.latency_ms is None
    assert words in found.reason


def test_one_slip_does_no_harm():
    taps = tapped(20, 6)
    slipped = np.sort(np.where(np.arange(CLICKS) == 12, taps + 180_000, taps))
    clean, odd = (tap_latency(each, CLICK_TIMES) for each in (taps, slipped))
    assert odd.latency_ms == pytest.approx(clean.latency_ms, abs=3)


@given(st.integers(-(10**12), 10**12))
def test_a_shift_of_all_times_changes_nothing(shift):
    taps = tapped(20, 6)
    assert tap_latency(taps + shift, CLICK_TIMES + shift) == tap_latency(taps, CLICK_TIMES)


def test_most_intervals_of_three_spreads_hold_the_truth():
    """Of a hundred tappers' medians 95 lie within what 24 taps of their spread allow."""
    held = 0
    for seed in range(100):
        found = tap_latency(np.sort(tapped(18, 12, seed=seed)), CLICK_TIMES)
        held += abs(found.latency_ms - 18) <= 1.96 * 1.2533 * 12 / 24**0.5
    assert held >= 90


def test_an_event_of_what_was_found_can_be_stored():
    (heard,) = calibrated(Left=tapped(31, 9)).results()
    event = heard.event()
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event


def test_a_session_begins_with_the_latencies_that_are_remembered():
    known = with_latencies(Remembered(), calibrated(Left=tapped(31, 9)).results()).latencies
    clock = ManualClock(5_000_000)
    choices = Choices(plan=NO_PLAN, level_db=-12.0, config=Config(), latencies=known)
    desk = offline_desk(
        choices, engine=OfflineEngine(clock), clock=clock, sink=lambda _seq, _event: None
    )
    desk.open()
    desk.begin()
    said = [event for event in desk.events if isinstance(event, LatencyMeasured)]
    assert said == [msgspec.structs.replace(known[0], t_us=said[0].t_us)]
    assert 0 <= said[0].t_us < 1_000_000
