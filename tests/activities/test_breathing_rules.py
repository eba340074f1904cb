"""The rules of the guide hold for any music, any accepted plan and any hand on the keys."""

import itertools
import random

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from activities.test_breathing_harness import (
    BREATHING,
    Room,
    counts,
    make_grid,
    music,
    true_length,
    window,
)
from mtsession.activities.breathing.beats import FLOOR_SLACK, clock_bpm, keeps_floor, tempo_from
from mtsession.activities.breathing.counts import NEAR_HALF, choose, nearest, split
from mtsession.activities.breathing.events import (
    BreathPaced,
    CountsOnClock,
    PacingAsked,
    PacingLed,
)
from mtsession.activities.breathing.method import METHOD
from mtsession.activities.breathing.patterns import ratio_pattern, read_pattern
from mtsession.activities.breathing.ramp import Ramp
from mtsession.activities.breathing.settings import BreathingSettings, resolve
from mtsession.errors import PlanError
from mtsession.session.activity import ActivityContext
from mtsession.timeline.events import BeatGridRevised, MusicPaused, MusicResumed, QuietCommanded
from mtsession.timeline.tempo_map import TempoMap

LEADS = ["begin", "easier", "slower", "hold", "stop", "clock", "pause", "resume", "nonsense"]
ACTIONS = [*LEADS, "follow", "swap", "type 6", "type 22"]


@st.composite
def any_settings(draw: st.DrawFn) -> BreathingSettings:
    parts = st.integers(1, 8)
    inhale, more = draw(parts), draw(st.integers(0, 6))
    ratio = (inhale, inhale + more)
    if draw(st.booleans()):
        ratio = (inhale, draw(st.integers(0, 7)), inhale + more, draw(st.integers(0, 4)))
    age = draw(st.sampled_from(["adult", "teen", "child"]))
    floor = {"adult": 5.0, "teen": 8.0, "child": 10.0}[age]
    if age == "adult" and draw(st.booleans()):
        floor = draw(st.floats(4, 7))
    counted = st.sampled_from(["4-6", "5-5", "box", "4-7-8", "4-0-6-0", "3-1-5-2"])
    return BreathingSettings(
        ratio=ratio,
        pattern=draw(st.just("") | counted),
        follow=draw(st.sampled_from([False, False, True])),
        start_rate=draw(st.floats(floor, 30)),
        target_rate=draw(st.floats(floor, 20)),
        own_rate_minutes=draw(st.sampled_from([0, 0.5, 1])),
        ramp_minutes=draw(st.sampled_from([0, 1, 3])),
        stay_minutes=draw(st.sampled_from([0, 1])),
        age=age,
        floor=floor if age == "adult" else None,
        max_beats=draw(st.none() | st.integers(19, 24)),
        cue=draw(st.sampled_from(["none", "swell", "tone", "click"])),
        caution=False,
    )


@st.composite
def any_glide(draw: st.DrawFn) -> TempoMap:
    """Give a glide between 40 and 120 BPM, with up to three live changes of tempo."""
    times = sorted(draw(st.lists(st.integers(1, 300), min_size=1, max_size=4, unique=True)))
    tempi = draw(st.lists(st.floats(40, 120), min_size=len(times) + 1, max_size=len(times) + 1))
    return TempoMap.of(
        (0, tempi[0]), *((t * 1_000_000, b) for t, b in zip(times, tempi[1:], strict=True))
    )


@st.composite
def some_actions(draw: st.DrawFn) -> list[tuple[int, str]]:
    """Give some keys at any times, and perhaps breaths tapped one after the other."""
    keys = st.tuples(st.integers(0, 300_000_000), st.sampled_from(ACTIONS))
    actions = draw(st.lists(keys, max_size=8))
    for start in draw(st.lists(st.integers(0, 250_000_000), max_size=2)):
        steps = draw(st.lists(st.integers(1_200_000, 16_000_000), min_size=2, max_size=7))
        actions += [(t_us, "tap") for t_us in itertools.accumulate(steps, initial=start)]
    return actions


def check_rules(room: Room, plan: BreathingSettings) -> None:
    """Check what the issue asks of any course."""
    rules = resolve(plan)
    grids = {
        event.grid.grid: event.grid for event in room.events if isinstance(event, BeatGridRevised)
    }
    breaths = room.breaths
    assert [breath.breath for breath in breaths] == list(range(1, len(breaths) + 1))
    for breath in breaths:
        wanted = [part > 0 for part in read_pattern(breath.pattern).parts]
        assert [count >= 1 for count in breath.counts] == wanted
        assert breath.counts[2] >= breath.counts[0]
        length = true_length(grids[breath.grid], breath)
        assert 60e6 / length >= rules.floor / FLOOR_SLACK - 1e-6
        assert plan.max_beats is None or sum(breath.counts) <= plan.max_beats
    for course in courses(room):
        longer = []
        for place, (before, after) in enumerate(itertools.pairwise(course)):
            if after.joined:
                assert after.grid == before.grid
                assert after.first_beat == before.end_beat
            if (after.grid, after.beats_per_count) == (before.grid, before.beats_per_count):
                assert abs(sum(after.counts) - sum(before.counts)) <= 1
                longer += [place] if after.beats > before.beats else []
        if (
            not any(led.asked in {"follow", "lead"} for led in room.of(PacingLed))
            and not plan.follow
        ):
            apart = 6 * min((breath.beats_per_count for breath in course), default=1)
            assert all(late - early >= apart for early, late in itertools.pairwise(longer))


def courses(room: Room) -> list[list[BreathPaced]]:
    """Give the breaths of each time that the guide was asked to begin."""
    found: list[list[BreathPaced]] = []
    for event in room.events:
        if isinstance(event, PacingAsked):
            found.append([])
        elif isinstance(event, BreathPaced):
            found[-1].append(event)
    return found


@settings(max_examples=150)
@given(any_settings(), any_glide(), some_actions(), st.sampled_from([None, 2, 3, 4]))
def test_rules_hold_for_any_glide_and_any_hand(plan, tempo, actions, bar):
    grid = make_grid(tempo, seconds=400, bar=bar)
    room = Room(plan, music(grid), actions).run(310)
    check_rules(room, plan)


@settings(max_examples=60)
@given(
    any_settings(),
    any_glide(),
    some_actions(),
    st.lists(st.tuples(st.integers(0, 300_000_000), st.integers(0, 2)), max_size=3),
    st.randoms(use_true_random=False),
    st.data(),
)
def test_a_restored_activity_stands_where_the_live_one_stood(
    plan, tempo, actions, others, chance, data
):
    kinds = (MusicPaused, MusicResumed, QuietCommanded)
    script = music(make_grid(tempo, seconds=400, ends=True, revision=0))
    script += [kinds[kind](t_us=t, **({"fade_us": 0} if kind == 2 else {})) for t, kind in others]
    script += [
        BeatGridRevised(
            t_us=t * 1_000_000,
            grid=make_grid(tempo, seconds=400, ends=True, revision=1, jitter=chance),
        )
        for t in (40, 90)
    ]
    room = Room(plan, script, actions).run(200)
    cut = data.draw(st.integers(0, len(room.events)))
    context = ActivityContext(activity=BREATHING)
    early = METHOD.restore(plan, context, room.events[:cut])
    live = METHOD.make(plan, context)
    for event in room.events[:cut]:
        live.handle(event)
    assert early.course == live.course
    now = room.events[cut - 1].t_us if cut else 0
    assert early.view(now) == live.view(now)
    whole = METHOD.restore(plan, context, room.events)
    assert whole.course == room.activity.course
    end = room.clock.now_us()
    assert whole.view(end) == room.activity.view(end)
    assert whole.tick(end) == room.activity.tick(end)
    assert METHOD.summarise(BREATHING, room.events) == METHOD.summarise(BREATHING, room.events)


@settings(max_examples=60)
@given(
    st.integers(40, 120),
    st.sampled_from([(2, 4), (4, 6), (1, 1), (4, 2, 6, 1)]),
    st.sampled_from([(12, 9), (12, 6), (18, 12), (15, 7.5), (10, 6)]),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([1, 2, 4]),
    st.sampled_from([None, 3, 4]),
    st.integers(0, 10_000),
)
@example(72, (2, 4), (12, 9), 2, 2, 4, 1)
@example(60, (4, 6), (12, 6), 0, 4, 4, 2)
@example(60, (4, 6), (12, 6), 0, 4, None, 2)
@example(60, (4, 6), (12, 6), 0, 4, None, 3)
def test_milliseconds_of_jitter_choose_the_same_counts(bpm, ratio, rates, own, ramp, bar, seed):
    plan = BreathingSettings(
        ratio=ratio,
        start_rate=rates[0],
        target_rate=rates[1],
        own_rate_minutes=own,
        ramp_minutes=ramp,
        caution=False,
    )
    chance = random.Random(seed)
    tempo = TempoMap.constant(bpm)
    straight = Room(plan, music(make_grid(tempo, seconds=400, bar=bar))).run(300)
    script = music(make_grid(tempo, seconds=400, bar=bar, jitter=chance))
    for second in range(1, 300, 3):
        whole = make_grid(tempo, seconds=400, bar=bar, jitter=chance)
        now = whole.next_beat(second * 1_000_000)
        script.append(
            BeatGridRevised(t_us=second * 1_000_000, grid=window(whole, now - 8, now + 40, second))
        )
    shaken = Room(plan, script).run(300)
    # The last breath may be decided a tick earlier in the one than in the other.
    both = min(len(straight.breaths), len(shaken.breaths))
    assert abs(len(straight.breaths) - len(shaken.breaths)) <= 1
    assert counts(straight)[:both] == counts(shaken)[:both]
    begun = [breath.first_beat for breath in straight.breaths]
    assert begun[:both] == [breath.first_beat for breath in shaken.breaths][:both]


@settings(max_examples=30)
@given(st.floats(5, 12), st.floats(50, 110), st.sampled_from([None, 4]))
@example(5.0, 102.875, 4)
def test_settled_breaths_are_the_nearest_allowed_count(target, bpm, bar):
    plan = BreathingSettings(
        target_rate=target, own_rate_minutes=0, ramp_minutes=1, caution=False, floor=4
    )
    grid = make_grid(TempoMap.constant(bpm), seconds=900, bar=bar)
    room = Room(plan, music(grid)).run(800)
    last = sum(counts(room)[-1])
    wanted = bpm / target
    errors = {n: abs(n - wanted) for n in range(2, 40) if n * 60 / bpm <= 15}
    # The tempo is read in steps of half a BPM, at most 3/8 off, and about half-way bars decide.
    unsure = 0.375 / target + NEAR_HALF
    assert errors[last] <= min(errors.values()) + 2 * unsure


def test_thirty_minutes_of_gliding_keep_within_half_a_percent_of_the_best():
    tempo = TempoMap.of((0, 76), (1_800_000_000, 58))
    plan = BreathingSettings(own_rate_minutes=0, ramp_minutes=1, target_rate=6, caution=False)
    grid = make_grid(tempo, seconds=1900)
    room = Room(plan, music(grid)).run(1800)
    settled = [b for b in room.breaths if b.starts_us > 300_000_000]
    mine, best = [], []
    for breath in settled:
        mine.append(abs(60e6 / true_length(grid, breath) / 6 - 1))
        near = [
            grid.time_of(breath.first_beat + n) - grid.time_of(breath.first_beat)
            for n in range(6, 16)
        ]
        best.append(min(abs(60e6 / length / 6 - 1) for length in near))
    assert 100 * (sum(mine) - sum(best)) / len(settled) <= 0.5


@given(
    st.integers(4, 40),
    st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
)
def test_a_split_uses_every_count_and_leaves_no_phase_without(total, parts):
    inhale, hold, more, rest = parts
    ratio = (inhale, hold, inhale + more, rest)
    whole = sum(ratio)
    got = split(total, tuple(part / whole for part in ratio))
    assert sum(got) == total
    assert [count >= 1 for count in got] == [part > 0 for part in ratio]
    assert got[2] >= got[0]
    least = sum(part > 0 for part in ratio)
    if total >= 4 * least:
        assert all(abs(g - p * total / whole) <= 2 for g, p in zip(got, ratio, strict=True))


@pytest.mark.parametrize(
    ("total", "ratio", "expected"),
    [
        (6, (2, 4), (2, 0, 4, 0)),
        (7, (2, 4), (2, 0, 5, 0)),
        (8, (2, 4), (3, 0, 5, 0)),
        (10, (4, 6), (4, 0, 6, 0)),
        (5, (4, 6), (2, 0, 3, 0)),
        (2, (2, 4), (1, 0, 1, 0)),
        (3, (1, 1), (1, 0, 2, 0)),
        (10, (5, 5), (5, 0, 5, 0)),
        (16, (4, 4, 4, 4), (4, 4, 4, 4)),
        (19, (4, 7, 8, 0), (4, 7, 8, 0)),
    ],
)
def test_known_splits(total, ratio, expected):
    shares = ratio_pattern(ratio).shares
    assert split(total, shares) == expected


def test_a_split_without_a_count_for_each_phase_is_refused():
    with pytest.raises(ValueError, match="one count to each phase"):
        split(3, (0.25, 0.25, 0.25, 0.25))


def test_the_floor_outranks_the_step_of_one():
    few = choose(
        9,
        9,
        may_lengthen=False,
        least=2,
        most=None,
        beats_per_bar=None,
        beat=0,
        allowed=lambda n: n <= 5,
    )
    assert few == 5
    assert nearest(9.5, None) == 9


def test_looking_ahead_shortens_before_the_music_slows():
    tempo = TempoMap.of((0, 120), (20_000_000, 120), (20_000_000, 90))
    grid = make_grid(tempo, seconds=120)
    assert keeps_floor(grid, 0, 20, unit=1.0, least=2, longest_us=12_000_000)
    assert not keeps_floor(grid, 20, 20, unit=1.0, least=2, longest_us=12_000_000)


def test_tempo_is_read_in_steps_that_jitter_does_not_cross():
    for bpm in (60, 60.25, 66.5, 72, 119):
        grid = make_grid(TempoMap.constant(bpm), jitter=random.Random(3))
        assert {tempo_from(grid, beat) for beat in range(200)} == {
            tempo_from(make_grid(TempoMap.constant(bpm)), 0)
        }


def test_the_clock_counts_so_that_the_rates_are_whole_counts():
    assert [clock_bpm(12, 9), clock_bpm(12, 6), clock_bpm(15, 10)] == [72, 60, 60]


def test_the_ramp_rests_at_three_quarters():
    plan = BreathingSettings(target_rate=6, own_rate_minutes=1, ramp_minutes=4, stay_minutes=2)
    ramp = Ramp(plan, 60e6 / 12, 60e6 / 6)
    assert ramp.length_at(0) == ramp.length_at(60_000_000) == 60e6 / 12
    via = 60_000_000 + 80_000_000
    assert ramp.length_at(via) == pytest.approx(60e6 / 9)
    assert ramp.length_at(via + 119_000_000) == pytest.approx(60e6 / 9)
    assert ramp.ends_us == 7 * 60_000_000
    assert ramp.length_at(ramp.ends_us + 5) == 60e6 / 6


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"target_rate": 0}, "target_rate"),
        ({"target_rate": 60}, "target_rate"),
        ({"target_rate": float("nan")}, "target_rate"),
        ({"start_rate": 3}, "start_rate"),
        ({"ratio": (0, 0)}, "above 0"),
        ({"ratio": (1,)}, "two numbers"),
        ({"ratio": (6, 4)}, "exhale is shorter"),
        ({"ratio": (1, -1, 1, 1)}, "0 or more"),
        ({"age": "younger"}, "under six"),
        ({"floor": 3.9}, "floor"),
        ({"age": "teen", "floor": 6}, "8"),
        ({"age": "child", "target_rate": 9}, "10"),
        ({"max_beats": 1}, "max_beats"),
        ({"ramp_minutes": -1}, "ramp_minutes"),
        ({"cue_db": 6}, "cue_db"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_refused_in_a_sentence(fields, said):
    with pytest.raises(PlanError) as refused:
        METHOD.make(BreathingSettings(**fields), ActivityContext(activity=1))
    assert said in str(refused.value)
    assert refused.value.hint


def test_floors_by_age():
    floors = [resolve(BreathingSettings(age=age)).floor for age in ("adult", "teen", "child")]
    assert floors == [5, 8, 10]
    assert resolve(BreathingSettings(age="child")).target_rate == 10
    assert resolve(BreathingSettings(floor=4)).floor == 4


def test_slow_music_is_counted_in_half_beats_or_not_at_all():
    plan = BreathingSettings(ratio=(1, 1, 1, 1), age="child", start_rate=12, caution=False)
    slow = Room(plan, music(make_grid(TempoMap.constant(36), bar=None))).run(60)
    assert {breath.beats_per_count for breath in slow.breaths} == {0.5}
    assert "half beats" in slow.activity.view(slow.clock.now_us()).message
    slower = Room(plan, music(make_grid(TempoMap.constant(18), bar=None))).run(60)
    assert not any(breath.on_the_beat for breath in slower.breaths)
    assert all(isinstance(event, BreathPaced) for event in slower.breaths)
    assert "too slow" in slower.of(CountsOnClock)[0].why
