"""Pairing of note ends with beginnings, and what the pedal holds."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mtsession.activities.improvisation.note import NoteList
from mtsession.activities.improvisation.notes import NotePairing, pair
from mtsession.activities.improvisation.tally import Tally

ON, OFF, PEDAL_DOWN, PEDAL_UP, CATCH, LET_GO = "on", "off", "down", "up", "catch", "let go"


def message(kind, pitch=60, velocity=64, channel=0):
    return {
        ON: bytes([0x90 | channel, pitch, velocity]),
        OFF: bytes([0x80 | channel, pitch, 0]),
        PEDAL_DOWN: bytes([0xB0 | channel, 64, 127]),
        PEDAL_UP: bytes([0xB0 | channel, 64, 0]),
        CATCH: bytes([0xB0 | channel, 66, 127]),
        LET_GO: bytes([0xB0 | channel, 66, 0]),
    }[kind]


def run(*rows):
    kept, tally = NoteList(), Tally(0)
    pairing = NotePairing(kept, tally)
    for t_us, data in rows:
        pairing.take_in(0, data, t_us)
    return kept.notes, pairing, tally


def spans(notes):
    return [(note.start_us, note.released_us, note.end_us) for note in notes]


def test_plain_note():
    notes, pairing, _ = run((10, message(ON)), (20, message(OFF)))
    assert spans(notes) == [(10, 20, 20)]
    assert (pairing.doubled, pairing.unmatched, pairing.held) == (0, 0, 0)


def test_velocity_zero_is_a_release():
    notes, *_ = run((10, message(ON)), (20, message(ON, velocity=0)))
    assert spans(notes) == [(10, 20, 20)]


def test_release_without_a_strike_is_counted():
    notes, pairing, _ = run((10, message(OFF)), (20, message(ON)))
    assert spans(notes) == [(20, None, None)]
    assert (pairing.unmatched, pairing.held) == (1, 1)


def test_strike_of_a_key_that_is_down_ends_the_note_before():
    notes, pairing, _ = run((10, message(ON)), (20, message(ON)), (30, message(OFF)))
    assert spans(notes) == [(10, 20, 20), (20, 30, 30)]
    assert pairing.doubled == 1


def test_pedal_holds_what_is_released():
    rows = (
        (0, message(PEDAL_DOWN)),
        (10, message(ON)),
        (20, message(OFF)),
        (90, message(PEDAL_UP)),
    )
    notes, _, tally = run(*rows)
    assert spans(notes) == [(10, 20, 90)]
    assert tally.active_us(1000) == 80


def test_pedal_too_late_holds_nothing():
    notes, *_ = run((10, message(ON)), (20, message(OFF)), (21, message(PEDAL_DOWN)))
    assert spans(notes) == [(10, 20, 20)]


def test_key_struck_again_under_the_pedal_is_one_string():
    rows = [(0, PEDAL_DOWN), (10, ON), (20, OFF), (30, ON), (40, OFF), (90, PEDAL_UP)]
    notes, pairing, tally = run(*((t, message(kind)) for t, kind in rows))
    assert spans(notes) == [(10, 20, 30), (30, 40, 90)]
    assert pairing.doubled == 0
    assert tally.active_us(1000) == 80


def test_pedal_of_one_channel_leaves_the_other_alone():
    rows = ((0, message(PEDAL_DOWN, channel=1)), (10, message(ON)), (20, message(OFF)))
    assert spans(run(*rows)[0]) == [(10, 20, 20)]


@pytest.mark.parametrize(("control", "end"), [(120, 30), (123, 50)])
def test_all_sound_off_beats_the_pedal_and_all_notes_off_does_not(control, end):
    all_off = bytes([0xB0, control, 0])
    rows = [(0, message(PEDAL_DOWN)), (10, message(ON)), (30, all_off), (50, message(PEDAL_UP))]
    assert spans(run(*rows)[0]) == [(10, 30, end)]


def test_half_a_pedal_counts_from_the_middle():
    down, up = bytes([0xB0, 64, 64]), bytes([0xB0, 64, 63])
    notes, *_ = run((0, down), (10, message(ON)), (20, message(OFF)), (30, up))
    assert spans(notes) == [(10, 20, 30)]


def test_cut_ends_everything_and_tells_what_was_down():
    kept = NoteList()
    pairing = NotePairing(kept)
    for t, data in (
        (0, message(PEDAL_DOWN)),
        (1, message(ON)),
        (2, message(OFF)),
        (3, message(ON, 61)),
    ):
        pairing.take_in(0, data, t)
    keys, pedals = pairing.cut(10, pairing.channels)
    assert ([note.pitch for note in keys], pedals) == ([61], [((0, 0), 64)])
    assert spans(kept.notes) == [(1, 2, 10), (3, 10, 10)]
    pairing.take_in(0, message(ON, 62), 11)
    pairing.take_in(0, message(OFF, 62), 12)
    assert spans(kept.notes)[-1] == (11, 12, 12)


@pytest.mark.parametrize("before", [(), (ON,), (ON, OFF)])
@pytest.mark.parametrize(
    "instant",
    [
        (ON, OFF),
        (ON, ON),
        (OFF, OFF, ON),
        (ON, ON, OFF),
        (PEDAL_DOWN, OFF),
        (PEDAL_UP, OFF),
        (PEDAL_DOWN, OFF, ON),
        (CATCH, OFF),
        (CATCH, ON),
        (LET_GO, OFF),
    ],
)
@pytest.mark.parametrize("held", [(), (PEDAL_DOWN,), (CATCH,)])
def test_order_within_one_instant_changes_nothing(before, instant, held):
    results = set()
    for order in itertools.permutations(instant):
        rows = [(index, message(kind)) for index, kind in enumerate((*held, *before))]
        rows += [(100, message(kind)) for kind in order]
        rows += [(200, message(PEDAL_UP)), (300, message(OFF))]
        _, pairing, tally = run(*rows)
        odd = (pairing.doubled, pairing.unmatched, pairing.held)
        results.add((tally.figures(400), odd))
    assert len(results) == 1, results


keys_at = st.lists(
    st.tuples(
        st.integers(0, 8), st.sampled_from([ON, OFF]), st.integers(60, 63), st.integers(1, 127)
    ),
    max_size=40,
    unique_by=lambda row: row[:3],
)


@given(keys_at, st.randoms(use_true_random=False))
def test_any_order_of_simultaneous_rows_gives_the_same_figures(rows, random):
    shuffled = sorted(random.sample(rows, len(rows)), key=lambda row: row[0])
    results = []
    for order in (sorted(rows, key=lambda row: row[0]), shuffled):
        played = [
            (t * 20_000, message(kind, pitch, velocity)) for t, kind, pitch, velocity in order
        ]
        _, pairing, tally = run(*played)
        odd = (pairing.doubled, pairing.unmatched, pairing.held)
        results.append((tally.figures(10**6), odd))
    assert results[0] == results[1]


@given(keys_at)
def test_active_time_is_the_union_of_the_notes(rows):
    assume(rows)
    played = [(t * 1000, message(kind, pitch, v)) for t, kind, pitch, v in sorted(rows)]
    notes, _, tally = run(*played)
    covered = set()
    for note in notes:
        covered.update(
            range(note.start_us // 1000, 9 if note.end_us is None else note.end_us // 1000)
        )
    assert tally.active_us(9000) == 1000 * len(covered)
    assert tally.notes == len(notes)


def test_pair_sorts_and_keeps_beginnings_in_order():
    notes = pair([(30, message(OFF)), (20, message(ON, 61)), (10, message(ON))])
    assert [(note.pitch, note.start_us, note.end_us) for note in notes] == [
        (60, 10, 30),
        (61, 20, None),
    ]


def test_sostenuto_holds_only_what_was_down_when_it_came():
    rows = [
        (10, message(ON)), (20, message(CATCH)), (30, message(ON, 64)), (40, message(OFF)),
        (50, message(OFF, 64)), (90, message(LET_GO)),
    ]  # fmt: skip
    notes, *_ = run(*rows)
    assert spans(notes) == [(10, 40, 90), (30, 50, 50)]


def test_two_pedals_hold_until_both_let_go():
    rows = [
        (10, message(ON)), (20, message(CATCH)), (30, message(PEDAL_DOWN)), (40, message(OFF)),
        (50, message(LET_GO)), (60, message(PEDAL_UP)),
    ]  # fmt: skip
    assert spans(run(*rows)[0]) == [(10, 40, 60)]
    turned = [*rows[:4], (50, message(PEDAL_UP)), (60, message(LET_GO))]
    assert spans(run(*turned)[0]) == [(10, 40, 60)]


def test_controllers_reset_let_every_pedal_go():
    rows = [(10, message(ON)), (20, message(CATCH)), (30, message(OFF))]
    notes, *_ = run(*rows, (70, bytes([0xB0, 121, 0])))
    assert spans(notes) == [(10, 30, 70)]


def test_what_shades_a_note_ends_none_and_is_told():
    rows = [(10, message(ON)), (20, bytes([0xE0, 0, 80])), (21, bytes([0xD0, 90])),
            (22, bytes([0xA0, 60, 90])), (23, bytes([0xB0, 67, 127])), (24, bytes([0xB0, 1, 9])),
            (25, bytes([0xC0, 4]))]  # fmt: skip
    notes, pairing, _ = run(*rows)
    assert spans(notes) == [(10, None, None)]
    assert pairing.shaded == {"pitch bend", "aftertouch", "soft pedal", "controllers"}
