"""Patterns counted in beats: read as people write them, kept on the beat, halved or refused."""

import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import given

from activities.test_breathing_harness import BREATHING, Room, counts, make_grid, music
from mtsession.activities.breathing.counts import await_downbeat, split
from mtsession.activities.breathing.events import PatternChosen
from mtsession.activities.breathing.method import METHOD
from mtsession.activities.breathing.patterns import read_pattern
from mtsession.activities.breathing.settings import BreathingSettings, resolve
from mtsession.errors import PlanError
from mtsession.session.activity import ActivityContext
from mtsession.timeline.events import Noticed
from mtsession.timeline.tempo_map import TempoMap

SECOND = 1_000_000


def counted(pattern: str, bpm: float, *, seconds: float = 30, **fields) -> Room:
    """Run a pattern that is wanted from the first breath on."""
    plan = BreathingSettings(
        pattern=pattern, own_rate_minutes=0, ramp_minutes=0, caution=False, **fields
    )
    return Room(plan, music(make_grid(TempoMap.constant(bpm)))).run(seconds)


@pytest.mark.parametrize(
    ("text", "parts", "is_counted"),
    [
        ("4-6", (4, 0, 6, 0), True),
        (" 5 - 5 ", (5, 0, 5, 0), True),
        ("box", (4, 4, 4, 4), True),
        ("Box", (4, 4, 4, 4), True),
        ("4-7-8", (4, 7, 8, 0), True),
        ("4-0-6-0", (4, 0, 6, 0), True),
        ("4\N{EN DASH}6", (4, 0, 6, 0), True),
        ("2:4", (2, 0, 4, 0), False),
        ("1:1.5", (1, 0, 1.5, 0), False),
        ("4:2:6:1", (4, 2, 6, 1), False),
    ],
)
def test_patterns_are_read_as_they_are_written(text, parts, is_counted):
    pattern = read_pattern(text)
    assert (pattern.parts, pattern.counted) == (parts, is_counted)
    assert read_pattern(pattern.text) == pattern


@pytest.mark.parametrize(
    "text",
    ["", "4", "0-0", "4-0", "0-0-0-0", "-4-6", "4-6-8-2-1", "six", "6-4", "1.5-3", "4-99", "nan-4",
     "4:7:8", "4-", "1e3-2", "٤-٦", "9" * 400 + "-1"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused_in_a_sentence(text):
    for settings in (
        BreathingSettings(pattern=text or "x"),
        BreathingSettings(swaps=(text,)),
    ):
        with pytest.raises(PlanError) as refused:
            METHOD.make(settings, ActivityContext(activity=1))
        assert refused.value.hint
        assert len(str(refused.value)) < 300


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_refused(text):
    try:
        parts = read_pattern(text).parts
    except PlanError:
        parts = (1, 0, 1, 0)
    assert parts[2] >= parts[0] > 0


@given(st.integers(1, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_the_beats_of_a_pattern_split_into_just_its_phases(inhale, hold, more, rest):
    pattern = read_pattern(f"{inhale}-{hold}-{inhale + more}-{rest}")
    assert split(pattern.beats, pattern.shares) == pattern.parts
    assert pattern.is_met_by(split(pattern.beats, pattern.shares))


@pytest.mark.parametrize(
    ("pattern", "bpm", "expected", "unit"),
    [
        ("4-6", 72, (4, 0, 6, 0), 1.0),
        ("4-0-6-0", 60, (4, 0, 6, 0), 1.0),
        ("5-5", 60, (5, 0, 5, 0), 1.0),
        ("box", 80, (4, 4, 4, 4), 1.0),
        ("box", 60, (4, 4, 4, 4), 0.5),
        ("box", 79, (4, 4, 4, 4), 0.5),
        ("4-7-8", 60, (4, 7, 8, 0), 0.5),
        ("4-7-8", 96, (4, 7, 8, 0), 1.0),
    ],
)
def test_a_pattern_is_counted_out_on_whole_beats_or_on_half_ones(pattern, bpm, expected, unit):
    room = counted(pattern, bpm)
    assert {breath.counts for breath in room.breaths} == {expected}
    assert {breath.beats_per_count for breath in room.breaths} == {unit}
    said = room.activity.view(room.clock.now_us()).message
    assert ("on half beats" in said) == (unit == 0.5)


def test_a_pattern_too_slow_even_on_half_beats_keeps_to_the_floor_and_says_so():
    room = counted("4-7-8", 42, seconds=60)
    assert all(sum(breath.counts) < 19 for breath in room.breaths)
    assert all(60 / 42 * breath.beats <= 12.06 for breath in room.breaths)
    assert "too slow for this music" in room.activity.view(room.clock.now_us()).message


def test_a_pattern_that_no_music_can_carry_is_refused_with_the_plan():
    with pytest.raises(PlanError, match="even on half beats"):
        resolve(BreathingSettings(pattern="10-10-10-10", age="teen"))
    with pytest.raises(PlanError, match="needs at least 10"):
        resolve(BreathingSettings(pattern="4-6", max_beats=8))


def test_a_glide_takes_a_pattern_to_half_beats_without_a_leap():
    tempo = TempoMap.of((0, 90), (60 * SECOND, 90), (200 * SECOND, 66))
    plan = BreathingSettings(pattern="box", own_rate_minutes=0, ramp_minutes=0, caution=False)
    room = Room(plan, music(make_grid(tempo, seconds=500))).run(420)
    assert [b.beats_per_count for b in room.breaths] == sorted(
        (b.beats_per_count for b in room.breaths), reverse=True
    )
    assert room.breaths[0].beats == 16
    assert (room.breaths[-1].counts, room.breaths[-1].beats_per_count) == ((4, 4, 4, 4), 0.5)
    lengths = [breath.beats for breath in room.breaths]
    assert max(abs(a - b) for a, b in itertools.pairwise(lengths)) <= 1
    for breath in room.breaths:
        assert breath.nominal_us <= 12_060_000


def test_from_the_own_rate_a_pattern_is_reached_one_beat_in_six_breaths():
    plan = BreathingSettings(pattern="4-6", own_rate_minutes=0.5, ramp_minutes=1, caution=False)
    room = Room(plan, music(make_grid(TempoMap.constant(60)))).run(300)
    totals = [sum(c) for c in counts(room)]
    assert totals[0] == 5
    assert totals == sorted(totals)
    assert [totals.count(n) for n in (6, 7, 8, 9)] == [6, 6, 6, 6]
    assert counts(room)[-1] == (4, 0, 6, 0)
    assert room.activity.view(room.clock.now_us()).target_rate == 6


def test_a_swap_holds_from_the_next_breath_and_is_recorded():
    plan = BreathingSettings(caution=False, swaps=("5-5", "box"))
    room = Room(plan, music(make_grid(TempoMap.constant(72))), [(30 * SECOND, "swap")]).run(60)
    chosen = room.of(PatternChosen)
    assert [(each.before, each.pattern) for each in chosen] == [("2:4", "5-5")]
    assert {b.pattern for b in room.breaths if b.t_us < 30 * SECOND} == {"2:4"}
    after = [b for b in room.breaths if b.t_us > 30 * SECOND]
    assert {b.pattern for b in after} == {"5-5"}
    assert all(b.counts[0] == b.counts[2] for b in after if sum(b.counts) % 2 == 0)
    assert room.activity.view(room.clock.now_us()).pattern == "5-5"
    for _ in range(2):
        room.act("swap")
    assert [each.pattern for each in room.of(PatternChosen)] == ["5-5", "4-4-4-4", "2:4"]
    figures = {f.key: f for f in METHOD.summarise(BREATHING, room.events).figures}
    assert figures["patterns"].text == "2:4, then 5-5; changed by hand 3 times"
    assert figures["patterns"].value == 3


def test_a_swap_passes_over_what_the_floor_forbids_and_says_so():
    plan = BreathingSettings(caution=False, age="child", swaps=("4-7-8", "5-5"))
    room = Room(plan, music(make_grid(TempoMap.constant(60)))).run(30)
    room.act("swap")
    assert [each.pattern for each in room.of(PatternChosen)] == ["5-5"]
    assert "4-7-8" in room.of(Noticed)[0].message
    none = Room(
        BreathingSettings(caution=False, age="child", swaps=("4-7-8",)),
        music(make_grid(TempoMap.constant(60))),
    ).run(30)
    none.act("swap")
    assert not none.of(PatternChosen)
    assert len(none.of(Noticed)) == 1


def test_without_music_a_pattern_is_counted_on_the_clock():
    plan = BreathingSettings(pattern="4-6", own_rate_minutes=0, ramp_minutes=0, caution=False)
    room = Room(plan).run(40)
    assert {breath.counts for breath in room.breaths} == {(4, 0, 6, 0)}
    assert not any(breath.on_the_beat for breath in room.breaths)


@given(st.integers(4, 16), st.sampled_from([-1, 1]), st.integers(2, 7), st.integers(0, 100))
def test_a_change_to_whole_bars_waits_for_a_downbeat_and_not_longer_than_a_bar(
    count, step, bar, beat
):
    previous, waited = count + step, 0
    while (
        chosen := await_downbeat(count, previous, count, beat=beat, beats_per_bar=bar)
    ) == previous:
        beat, waited = beat + previous, waited + 1
        assert waited < bar
    assert chosen == count
    assert count % bar or beat % bar == 0
    assert await_downbeat(count, previous, count, beat=beat, beats_per_bar=None) == count


def test_breaths_of_whole_bars_begin_on_downbeats_once_the_guide_has_settled():
    plan = BreathingSettings(caution=False, own_rate_minutes=0.5, ramp_minutes=1)
    for bar in (2, 4):
        room = Room(plan, music(make_grid(TempoMap.constant(72), bar=bar))).run(300)
        assert sum(counts(room)[-1]) == 8
        assert {b.first_beat % bar for b in room.breaths if sum(b.counts) == 8} == {0}
