"""How recordings pass into one another: beat on beat, at one tempo, over 8 to 16 beats."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mtsession.music.arc import ArcPiece
from mtsession.music.planner import Rules, lay_out, to_items
from mtsession.sound.rates import RateMap
from mtsession.timeline.units import SECOND
from music.planned_music import recording

MICROSECONDS_A_SECOND = 1_000_000
WIDE = Rules(lowest_rate=0.85, highest_rate=1.1)
NARROW = Rules()


def heard_beats(item):
    """Give when an item's beats are heard, in seconds of the programme, as the engine reckons."""
    rates = RateMap(item.rate, MICROSECONDS_A_SECOND)
    beats = np.array(item.beats_us, dtype=np.float64) - item.skip_us
    return (rates.heard_of(beats[beats >= 0]) + item.start_us) / SECOND


def overlaps(items):
    """Give both items' beats within each crossfade, and where it lies."""
    for one, other in pairwise(items):
        start, end = other.start_us / SECOND, (one.start_us + one.duration_us) / SECOND
        both = []
        for item in (one, other):
            beats = heard_beats(item)
            both.append(beats[(beats >= start - 1e-4) & (beats <= end + 1e-4)])
        yield *both, start, end


def apart(beats, others):
    """Give how far each beat is from the nearest of the others, in seconds."""
    return np.abs(beats[:, None] - others[None, :]).min(axis=1)


def reach(one, rules):
    lowest, highest = rules.rates(one)
    return one.bpm * lowest, one.bpm * highest


tempi = st.floats(50, 110).map(lambda bpm: round(bpm, 2))
many = st.lists(
    st.tuples(
        tempi,
        st.floats(100, 240).map(lambda length: round(length, 3)),
        st.sampled_from((2, 3, 4, 6, None)),
        st.floats(0, 1.5).map(lambda first: round(first, 3)),
        st.sampled_from((False, False, True)),
    ),
    min_size=2,
    max_size=5,
).map(
    lambda each: [
        replace(recording(place, bpm, length, bar=bar or 4, first=first, words=words),
                **({} if bar else {"downbeat": None, "beats_per_bar": None}))
        for place, (bpm, length, bar, first, words) in enumerate(each)
    ]
)  # fmt: skip
arcs = st.builds(lambda a, b: [ArcPiece(start=a, to=b, minutes=25)], tempi, tempi)


@settings(max_examples=80, deadline=None)
@given(many, arcs, st.sampled_from((NARROW, WIDE)))
def test_beats_stay_together_through_every_crossfade_that_the_rates_allow(few, arc, rules):
    planned = lay_out(few, arc, rules)
    items = to_items(planned, 1)
    pairs = zip(pairwise(planned.items), overlaps(items), strict=True)
    for (before, after), (theirs, ours, start, end) in pairs:
        low = max(reach(each.material, rules)[0] for each in (before, after))
        high = min(reach(each.material, rules)[1] for each in (before, after))
        if low > high:
            assert any("one tempo for both is out of reach" in note for note in planned.notes)
            continue
        tempo = 60 * (len(ours) - 1) / (ours[-1] - ours[0])
        assert 8 - 1e-3 <= (end - start) * tempo / 60 <= 16 + 1e-3
        assert low * (1 - 3e-4) <= tempo <= high * (1 + 3e-4)
        assert apart(ours, theirs).max() <= 0.005
    for item in planned.items:
        lowest, highest = rules.rates(item.material)
        assert all(lowest - 1e-9 <= point.rate <= highest + 1e-9 for point in item.rate)
        assert item.fade_in_us + item.fade_out_us <= item.duration_us
    for one, other in pairwise(planned.items):
        assert one.end_us - other.start_us == one.fade_out_us == other.fade_in_us


@settings(max_examples=60, deadline=None)
@given(tempi, st.floats(0.92, 1.08), st.sampled_from((3, 4)), st.floats(0, 1.2))
def test_the_first_downbeat_falls_on_a_downbeat(bpm, ratio, bar, first):
    few = [
        recording(0, bpm, 200.0, bar=bar),
        recording(1, bpm * ratio, 200.0, bar=bar, first=first),
    ]
    one, other = to_items(lay_out(few, [ArcPiece(hold=bpm, minutes=6)], WIDE), 1)
    downbeat = heard_beats(other)[0]
    assert apart(np.array([downbeat]), heard_beats(one)[::bar])[0] <= 2e-5


@settings(max_examples=60, deadline=None)
@given(st.floats(60, 80), st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))
def test_hands_that_drift_are_met_at_the_pace_they_have_there(bpm, drift, other_drift):
    def drifting(name, share):
        count = int(200 * bpm / 60)
        pace = bpm * (1 + share * np.linspace(-1, 1, count))
        beats = np.concatenate([[0.5], 0.5 + np.cumsum(60 / pace)])
        return replace(recording(name, bpm, 190.0), beats_s=tuple(beats[beats < 190].tolist()))

    few = [drifting("a", drift), drifting("b", other_drift)]
    items = to_items(lay_out(few, [ArcPiece(hold=bpm, minutes=6)]), 1)
    ((theirs, ours, _, _),) = overlaps(items)
    # Their pace goes on changing within the crossfade itself: 16 beats of 200.
    assert apart(ours, theirs).max() <= 0.015


def test_tempi_meet_before_the_fade_and_part_after_it():
    few = [recording("a", 72, 160.0), recording("b", 63, 160.0)]
    one, other = lay_out(few, [ArcPiece(hold=66, minutes=5)], WIDE).items
    assert one.tempo == other.tempo[: len(one.tempo)] or one.planned_bpm == (66, 66)
    narrow = Rules(lowest_rate=0.93, highest_rate=1.07)
    one, other = lay_out(few, [ArcPiece(hold=64, minutes=5)], narrow).items
    assert [round(point.bpm, 2) for point in other.tempo[:2]] == [66.96, 66.96]
    assert round(other.tempo[2].bpm, 2) == 64
    glide = [round(point.bpm, 2) for point in one.tempo]
    assert glide[0] == glide[-1] == 66.96


@pytest.mark.parametrize(("crossfade_s", "fewest", "most"), [(8, 8, 16), (30, 12, 16), (4, 2, 4)])
def test_the_plans_crossfade_is_kept_to_within_the_beats(crossfade_s, fewest, most):
    few = [recording(place, 60, 200.0) for place in range(3)]
    planned = lay_out(few, [ArcPiece(hold=60, minutes=9)], Rules(crossfade_s=crossfade_s))
    for item in planned.items[:-1]:
        assert fewest <= item.fade_out_us / SECOND <= most


def test_without_beats_a_plain_fade_is_made_and_said():
    few = [recording("a", 66, 200.0, bar=None), recording("b", 66, 200.0), recording("c", None)]
    planned = lay_out(few, [ArcPiece(hold=66, minutes=9)])
    assert [item.fade_out_us for item in planned.items[:2]] == [8 * SECOND, 8 * SECOND]
    assert "Plain crossfades, as beats are not known: “a” to “b”, “b” to “c”." in planned.notes


def test_parts_without_a_crossfade_follow_to_the_microsecond():
    few = [replace(recording(place, 66, 61.123 + place), intro_s=3.0, outro_s=3.0)
           for place in range(3)]  # fmt: skip
    planned = lay_out(few, [], Rules(crossfade_s=0))
    for one, other in pairwise(planned.items):
        assert one.end_us == other.start_us
        assert one.fade_out_us == other.fade_in_us == 0
    assert [item.duration_us for item in planned.items] == pytest.approx(
        [61_123_000, 62_123_000, 63_123_000], abs=1
    )
