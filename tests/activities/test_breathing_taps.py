"""Where the client is: taps that make a rate or do not, a guide that starts there or follows."""

import itertools
import random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from activities.test_breathing_harness import BREATHING, Room, counts, make_grid, music
from mtsession.activities.breathing.events import (
    BreathTapped,
    OwnRateTapped,
    OwnRateTyped,
    PacingLed,
)
from mtsession.activities.breathing.method import METHOD
from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.activities.breathing.taps import BOUNCE_US, add_tap, next_breath, read_taps
from mtsession.timeline.events import BeatGridRevised, Noticed
from mtsession.timeline.tempo_map import TempoMap

SECOND = 1_000_000
PLAIN = BreathingSettings(caution=False)
STEADY = music(make_grid(TempoMap.constant(72), seconds=900))


def tapping(start: float, every: float, times: int) -> list[tuple[int, str]]:
    """Give taps from a second on, each so many seconds after the one before."""
    return [(round((start + n * every) * SECOND), "tap") for n in range(times)]


def series(*seconds: float) -> list[int]:
    taps: list[int] = []
    for second in seconds:
        taps = add_tap(taps, round(second * SECOND))
    return taps


@settings(max_examples=200)
@given(st.floats(1.6, 14), st.integers(3, 12), st.integers(0, 9999), st.floats(0, 0.12))
def test_taps_of_a_breathing_client_give_its_rate(every, times, seed, share):
    chance = random.Random(seed)
    taps, now = [], 0.0
    for _ in range(times):
        taps = add_tap(taps, round(now))
        now += every * SECOND * (1 + chance.uniform(-share, share))
    reading = read_taps(taps)
    assert reading.state == "steady"
    assert reading.length_us == pytest.approx(every * SECOND, rel=share + 1e-6)


@given(st.lists(st.integers(0, 600 * SECOND), max_size=30))
def test_any_taps_at_all_are_read_and_never_too_fast(times):
    taps: list[int] = []
    for t_us in sorted(times):
        taps = add_tap(taps, t_us)
    assert all(late - early >= BOUNCE_US for early, late in itertools.pairwise(taps))
    reading = read_taps(taps)
    assert (reading.length_us is not None) == (reading.state == "steady")
    if reading.length_us is not None:
        assert BOUNCE_US / 2 <= reading.length_us <= 25 * SECOND


@pytest.mark.parametrize(
    ("taps", "state", "seconds"),
    [
        ((), "none", None),
        ((5,), "few", None),
        ((5, 10), "few", None),
        ((0, 5, 10), "steady", 5),
        ((0, 0.2, 5, 5.3, 10), "steady", 5),
        ((0, 5, 15, 20), "steady", 5),
        ((0, 10, 15), "steady", 5),
        ((0, 5, 10, 11.5, 16.5, 21.5), "steady", 5),
        ((0, 2, 15), "uneven", None),
        ((0, 2, 9, 11, 20, 22), "uneven", None),
        ((0, 5, 10, 60), "few", None),
        ((0, 5, 10, 60, 64, 68), "steady", 4),
        ((0, 5, 10, 15, 20, 25, 30, 34, 38, 42, 46, 50, 54), "steady", 4),
    ],
)
def test_known_series(taps, state, seconds):
    reading = read_taps(series(*taps))
    assert reading.state == state
    assert reading.length_us == (None if seconds is None else pytest.approx(seconds * SECOND))


def test_the_next_breath_is_told_only_for_a_while_after_the_taps():
    taps = series(0, 5, 10)
    assert next_breath(taps, 5 * SECOND, 28 * SECOND) == 30 * SECOND
    assert next_breath(taps, 5 * SECOND, 31 * SECOND) is None
    assert next_breath([], 5 * SECOND, 0) is None


def test_the_guide_starts_where_the_taps_say_stays_a_minute_and_goes_on_from_there():
    before = Room(BreathingSettings(target_rate=9), STEADY, [*tapping(2, 3.33, 5)]).run(25)
    assert not before.breaths
    assert before.activity.view(before.clock.now_us()).own_rate == 18.0
    before.act("begin")
    before.run(240)
    totals = [sum(c) for c in counts(before)]
    first = before.breaths[0].starts_us
    assert {sum(b.counts) for b in before.breaths if b.starts_us < first + 55 * SECOND} == {4}
    assert totals == sorted(totals)
    assert totals[-1] > 6


def test_the_guide_starts_from_a_rate_that_was_typed():
    room = Room(BreathingSettings(target_rate=9), STEADY)
    room.act("type 18")
    assert room.activity.view(room.clock.now_us()).own_rate == 18.0
    room.act("begin")
    room.run(5)
    assert "typed 18.0/min" in room.activity.view(room.clock.now_us()).message
    room.run(60)
    assert sum(room.breaths[0].counts) == 4
    room.act("type 13,5 /min")
    room.run(200)
    figures = {f.key: f for f in METHOD.summarise(BREATHING, room.events).figures}
    assert figures["own_rate"].text == "18.0/min typed, 13.5/min typed"
    assert figures["own_rate"].value == pytest.approx(13.5, abs=0.01)


def test_what_was_typed_is_said_while_the_guide_still_waits_for_the_beat():
    room = Room(PLAIN, [])
    room.run(1)
    room.act("type 9")
    message = room.activity.view(room.clock.now_us()).message
    assert message == "typed 9.0/min; listening for the beat"


@pytest.mark.parametrize(
    "text", ["fast", "0", "-12", "60", "nan", "inf", "1e9", "12-14", "９" * 400]
)
def test_what_is_no_rate_changes_nothing_and_is_said(text):
    room = Room(PLAIN, STEADY)
    room.act(f"type {text}")
    assert not room.of(OwnRateTyped)
    (said,) = room.of(Noticed)
    assert "is no rate of breathing" in said.message
    assert len(said.message) < 80
    assert "3 to 40" in said.hint


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_line_is_no_answer(text):
    room = Room(PLAIN, STEADY)
    room.act(f"type {text}")
    assert not room.of(OwnRateTyped) + room.of(Noticed)


def test_a_typed_rate_outranks_the_taps_before_it_and_later_taps_outrank_it():
    room = Room(PLAIN, STEADY, tapping(10, 5, 4)).run(30)
    room.act("type 20")
    assert room.activity.view(room.clock.now_us()).own_rate == 20.0
    room.act("tap")
    assert room.activity.view(room.clock.now_us()).own_rate == 20.0
    later = Room(PLAIN, STEADY, [(5 * SECOND, "type 20"), *tapping(10, 5, 4)]).run(30)
    assert later.activity.view(later.clock.now_us()).own_rate == 12.0
    assert len(later.activity.course.rates) == 2


def test_taps_while_it_paces_lead_the_guide_to_where_the_client_is():
    room = Room(PLAIN, STEADY, tapping(300, 5, 4)).run(400)
    assert sum(next(b for b in room.breaths if b.starts_us > 290 * SECOND).counts) == 8
    later = next(b for b in room.breaths if b.starts_us > 340 * SECOND)
    assert sum(later.counts) == 6
    assert later.planned_rate == pytest.approx(12, abs=0.2)
    figures = {f.key: f for f in METHOD.summarise(BREATHING, room.events).figures}
    assert figures["own_rate"].text == "12.0/min"
    assert figures["own_rate"].n == 4


def test_one_tap_or_wild_ones_change_nothing_and_say_why():
    still = Room(PLAIN, STEADY).run(100)
    one = Room(PLAIN, STEADY, tapping(20, 5, 1)).run(21)
    assert "tapped 1: 2 more breaths in" in one.activity.view(one.clock.now_us()).message
    one.run(79)
    assert counts(one) == counts(still)
    assert one.of(BreathTapped)
    assert not one.of(OwnRateTapped)
    times = (20, 22, 34, 36, 52, 54)
    wild = Room(PLAIN, STEADY, [(t * SECOND, "tap") for t in times]).run(54.5)
    assert "uneven" in wild.activity.view(wild.clock.now_us()).message
    assert not wild.of(OwnRateTapped)
    assert counts(wild) == counts(still)[: len(counts(wild))]
    said = {f.key: f for f in METHOD.summarise(BREATHING, wild.events).figures}
    assert said["own_rate"].text == "none: too few or uneven taps"


def test_a_trembling_key_is_one_tap():
    taps = [(20 * SECOND, "tap"), (20 * SECOND + 250_000, "tap"), (25 * SECOND, "tap")]
    room = Room(PLAIN, STEADY, taps).run(30)
    assert len(room.of(BreathTapped)) == 2


def test_who_breathes_below_the_floor_is_not_followed_there():
    room = Room(BreathingSettings(caution=False, follow=True), STEADY, tapping(5, 15, 5)).run(200)
    assert all(b.nominal_us <= 12_060_000 for b in room.breaths)
    assert sum(counts(room)[-1]) == 14
    shown = Room(BreathingSettings(caution=False, follow=True), STEADY, tapping(5, 15, 5)).run(70)
    assert "no slower than 5" in shown.activity.view(shown.clock.now_us()).message


def test_who_breathes_more_slowly_than_the_target_is_not_led_faster():
    room = Room(PLAIN, STEADY, tapping(5, 8.33, 5)).run(500)
    assert {sum(b.counts) for b in room.breaths if b.starts_us > 150 * SECOND} == {10}


def test_follow_waits_for_taps_keeps_to_them_and_leads_nowhere():
    follow = BreathingSettings(caution=False, follow=True)
    room = Room(follow, STEADY).run(30)
    assert not room.breaths
    assert "the guide begins with the third" in room.activity.view(room.clock.now_us()).message
    tapped = Room(follow, STEADY, tapping(20, 4, 8)).run(600)
    assert {sum(b.counts) for b in tapped.breaths if b.starts_us > 60 * SECOND} == {5}
    view = tapped.activity.view(tapped.clock.now_us())
    assert view.following
    assert view.target_rate == 0
    tapped.act("slower")
    assert not tapped.of(PacingLed)


def test_follow_meets_the_breaths_that_are_tapped():
    """The client breathes off the beat; the guide's breaths stay near theirs all the same."""
    chance = random.Random(4)
    for every, bpm in ((4.4, 72), (6.3, 60), (3.1, 88)):
        now, taps = 10.0, []
        while now < 170:
            taps.append((round(now * SECOND), "tap"))
            now += every * (1 + chance.uniform(-0.05, 0.05))
        plan = BreathingSettings(caution=False, follow=True)
        room = Room(plan, music(make_grid(TempoMap.constant(bpm), seconds=400)), taps).run(170)
        late = [b.starts_us for b in room.breaths if 50e6 < b.starts_us < taps[-1][0]]
        off = [min(abs(start - t_us) for t_us, _ in taps) / SECOND for start in late]
        assert max(off) <= 60 / bpm * 1.5
        assert sum(off) / len(off) <= 60 / bpm * 0.6


def test_follow_can_be_turned_on_and_off_while_it_paces():
    asked = [(20 * SECOND, "follow"), (90 * SECOND, "follow")]
    room = Room(PLAIN, STEADY, asked).run(300)
    assert [led.asked for led in room.of(PacingLed)] == ["follow", "lead"]
    kept = [b for b in room.breaths if 25 * SECOND < b.starts_us < 90 * SECOND]
    assert {sum(b.counts) for b in kept} == {6}
    assert sum(counts(room)[-1]) > 6


def test_a_grid_that_is_tapped_and_corrected_is_followed_to_its_new_beats():
    """The therapist plays; taps correct the beats from one on, and those before it stay."""
    tempo = TempoMap.constant(70)
    grid = make_grid(tempo, grid=5000, seconds=60, bar=None)
    beats = list(grid.beats_us)
    script = [BeatGridRevised(t_us=0, grid=grid)]
    for number, (from_beat, period) in enumerate([(30, 800_000), (60, 900_000), (95, 857_000)], 1):
        beats = beats[:from_beat]
        while len(beats) < from_beat + 80:
            beats.append(beats[-1] + period)
        low = max(0, from_beat - 12)
        revised = grid.__class__(
            grid=5000, revision=number, first_beat=low, beats_us=tuple(beats[low:])
        )
        script.append(BeatGridRevised(t_us=beats[from_beat - 4], grid=revised))
    room = Room(PLAIN, script).run(120)
    assert {b.grid for b in room.breaths} == {5000}
    assert all(b.on_the_beat for b in room.breaths)
    for before, after in itertools.pairwise(room.breaths):
        assert after.joined
        assert after.first_beat == before.end_beat
    for given_breath in room.activity.course.delivered:
        assert given_breath.starts_us == beats[int(given_breath.paced.first_beat)]
