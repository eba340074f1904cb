"""What passes between players: matched strikes, turns, answers, imitation, and chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_duos
from mtsession.activities.improvisation.metrics.arrays import from_rows
from mtsession.activities.improvisation.metrics.engagement import earlier, engagement
from mtsession.activities.improvisation.metrics.imitation import figures_of, imitation
from mtsession.activities.improvisation.metrics.phrases import Phrases
from mtsession.activities.improvisation.metrics.surrogates import offsets, shifted
from mtsession.activities.improvisation.metrics.together import asynchrony, lead_follow, matches
from mtsession.activities.improvisation.metrics.turns import (
    floor_transfers,
    overlap,
    response,
    turns,
)
from mtsession.activities.improvisation.metrics.whole import analyse

SECOND = 1_000_000
MINUTE = 60 * SECOND
EIGHT = (
    "participation", "initiation", "responsiveness", "coordination", "shared tempo",
    "imitation and variation", "expressive range", "continuity",
)  # fmt: skip


def spoken(*spans):
    starts, ends = (
        np.array(column, dtype=np.int64) * SECOND for column in zip(*spans, strict=True)
    )
    return Phrases(starts, ends, ends - 1, np.arange(len(starts)), SECOND)


rising = st.lists(st.integers(0, 10**7), max_size=40, unique=True).map(
    lambda values: np.array(sorted(values), dtype=np.int64)
)


@given(rising, rising, st.integers(0, 200_000))
def test_matches_are_one_to_one_near_and_the_same_from_both_sides(a, b, within):
    ia, ib = matches(a, b, within)
    assert len(set(ia.tolist())) == len(ia) == len(set(ib.tolist()))
    assert (np.abs(a[ia] - b[ib]) <= within).all()
    assert (np.diff(ia) > 0).all()
    assert (np.diff(ib) > 0).all()


@given(rising, st.integers(1, 10**7))
def test_a_shift_keeps_every_strike_inside_the_window(times, by):
    span = 10**7 + 1
    found = shifted(times, by, span)
    assert found.tolist() == sorted((times + by) % span)


def test_shifts_keep_away_from_none_and_are_the_same_each_time():
    by = offsets(10 * MINUTE, 200)
    assert by.min() >= 10 * SECOND
    assert by.max() <= 10 * MINUTE - 10 * SECOND
    assert (by == offsets(10 * MINUTE, 200)).all()
    assert len(offsets(1, 5)) == 0


def test_asynchrony_of_a_known_lag():
    made = made_duos.beating(4)
    apart = analyse(made.players).pairs[0].asynchrony
    assert apart.mean_ms.low <= made.truth["lag_ms"] <= apart.mean_ms.high
    assert apart.sd_ms.low <= made.truth["jitter_ms"] <= apart.sd_ms.high
    assert apart.matched_share.value > apart.matched_share.chance_high
    first, second = analyse(made.players).pairs[0].to_beat
    assert first.strength > 0.9
    assert first.rayleigh_p < 1e-6
    assert first.direction_ms == pytest.approx(made.truth["lag_ms"], abs=3)
    assert second.direction_ms == pytest.approx(-made.truth["lag_ms"], abs=3)
    assert analyse(made.players).pairs[0].shared_tempo.value == pytest.approx(1, abs=0.02)
    none = asynchrony(np.array([1]), np.array([2]), None, span_us=MINUTE)
    assert none.mean_ms.reason == "no steady pulse to match strikes by"


def test_follower_correlates_with_the_interval_before():
    dice = np.random.default_rng(1)
    gaps = np.rint(500_000 + dice.normal(0, 8_000, 300)).astype(np.int64)
    leader = np.cumsum(gaps)
    # Each interval of the follower is the one that the leader has just played.
    follower = leader[1] + np.concatenate(([0], np.cumsum(gaps[1:-1])))
    found = lead_follow(leader[1:], follower, 62_500)
    assert found.second_follows.value > 0.9
    assert abs(found.first_follows.value) < 0.3
    assert abs(found.same.value) < 0.3
    turned = lead_follow(follower, leader[1:], 62_500)
    assert turned.first_follows.value == pytest.approx(found.second_follows.value)


def test_floor_transfers_count_gaps_overlaps_and_no_interjections():
    one = spoken((0, 4), (10, 20))
    two = spoken((5, 9), (12, 14), (19, 24))
    assert (floor_transfers([one, two]) / SECOND).tolist() == [1, 1, -1]
    found = turns([one, two], MINUTE)
    assert (found.switches, found.switches_per_min) == (3, 3)
    assert found.transfer_ms.value == 1000
    assert overlap([one, two]) == pytest.approx(3 / 22)


def test_answers_count_within_their_time():
    client = spoken((0, 4), (30, 34), (60, 64))
    therapist = spoken((6, 9), (43, 45), (71, 74))
    found = response(client, [therapist], span_us=2 * MINUTE)
    assert (found.phrases, found.answered) == (3, 2)
    assert found.delay_ms.value == pytest.approx(4500)
    slow = response(client, [therapist], span_us=2 * MINUTE, within_us=10 * SECOND)
    assert slow.answered == 3
    back = response(therapist, [client], span_us=2 * MINUTE)
    assert back.answered == 0
    assert back.delay_ms.reason == "no answer"


def melody(pitches, at, gap=300_000):
    return [(at + i * gap, p, 64, at + i * gap + 250_000, at + i * gap + 250_000)
            for i, p in enumerate(pitches)]  # fmt: skip


def test_imitation_knows_intervals_contour_and_neither():
    tune = [60, 64, 62, 67, 65]
    for echo, match in (
        ([67, 71, 69, 74, 72], 1.0),
        ([67, 72, 69, 71, 60], 0.5),
        ([72, 71, 69, 66, 60], 0.0),
    ):
        model = from_rows(melody(tune, 10 * SECOND), 0, 5 * MINUTE)
        answer = from_rows(melody(echo, 13 * SECOND), 0, 5 * MINUTE)
        assert imitation(model, answer).match.value == match
        assert imitation(answer, model).match.value == 0
    late = from_rows(melody(tune, 30 * SECOND), 0, 5 * MINUTE)
    assert imitation(model, late).match.value == 0
    assert imitation(model, from_rows([], 0, 5 * MINUTE)).match.reason == "no figure of four notes"


def test_figures_lie_within_a_phrase():
    rows = melody([60, 62, 64], 0) + melody([65, 67, 69], 10 * SECOND)
    assert len(figures_of(from_rows(rows, 0, MINUTE)).start_us) == 0


def test_known_duos_are_found_again_in_most_cases():
    held = made_duos.recovered(15)
    assert min(held.values()) >= 10
    assert set(held) == {
        "lag", "jitter", "correction", "answered", "delay", "floor", "imitation",
    }  # fmt: skip


def test_strangers_raise_few_alarms():
    alarms = made_duos.false_alarms(15)
    assert max(alarms.values()) <= 5


def test_engagement_has_eight_plain_rows_for_each():
    made = made_duos.conversing(2, 5)
    rows = engagement(analyse(made.players), ["Client", "Therapist"])
    assert [player.player for player in rows] == ["Client", "Therapist"]
    for player in rows:
        assert {row.component for row in player.rows} == set(EIGHT)
        assert all(row.text for row in player.rows)
    replies = next(row for row in rows[1].rows if row.component == "responsiveness")
    assert "replies to Client within 8 s" in replies.text
    alone = engagement(analyse([made.players[0]]), ["Client"])
    assert sum(row.text == "nobody else played" for row in alone[0].rows) == 4


def test_earlier_sessions_need_three():
    assert earlier([1, 2]).median is None
    assert (earlier([1, 2, 9]).median, earlier([1, 2, 9]).mad) == (2, 1)


def test_three_players_make_three_pairs():
    parts = [*made_duos.conversing(1, 2).players, made_duos.strangers(1, 2).players[0]]
    take = analyse(parts, surrogates=5)
    assert [(pair.first, pair.second) for pair in take.pairs] == [(0, 1), (0, 2), (1, 2)]
