"""The built-in duet: always the same, always in its key, always two who leave room."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.errors import MidiError
from mtsession.midi.duet import duet
from mtsession.midi.reading import is_channel_message

MINUTE = 60_000_000


def onsets(messages):
    return [(m.t_us, m.data[1], m.data[2]) for m in messages if m.data[0] == 0x90]


def test_same_seed_same_duet_and_another_seed_another():
    first, again, other = (
        duet(seed=seed, duration_us=MINUTE, bpm=72, key="C") for seed in (7, 7, 8)
    )
    assert first == again
    assert first != other


@given(
    st.integers(0, 1000),
    st.integers(1, 180_000_000),
    st.floats(20, 240),
    st.sampled_from(["C", "F#m", "Bb", "Am"]),
)
def test_messages_are_whole_ordered_and_end_in_silence(seed, duration_us, bpm, key):
    for part in duet(seed=seed, duration_us=duration_us, bpm=bpm, key=key):
        times = [message.t_us for message in part]
        assert times == sorted(times)
        assert all(0 <= t <= duration_us for t in times)
        assert all(is_channel_message(message.data) for message in part)
        down, pedal = set(), False
        for message in part:
            kind, pitch, value = message.data
            if kind == 0x90:
                assert pitch not in down
                down.add(pitch)
            elif kind == 0x80:
                down.remove(pitch)
            else:
                pedal = value > 0
        assert not down
        assert not pedal


def test_only_the_five_tones_of_the_key_sound():
    client, therapist = duet(seed=3, duration_us=MINUTE, bpm=80, key="D")
    pitches = {pitch % 12 for part in (client, therapist) for _, pitch, _ in onsets(part)}
    assert pitches <= {2, 4, 6, 9, 11}
    client, therapist = duet(seed=3, duration_us=MINUTE, bpm=80, key="Dm")
    pitches = {pitch % 12 for part in (client, therapist) for _, pitch, _ in onsets(part)}
    assert pitches <= {2, 5, 7, 9, 0}


@pytest.mark.parametrize("seed", range(5))
def test_both_play_with_dynamics_pedal_and_pauses(seed):
    parts = duet(seed=seed, duration_us=50_000_000, bpm=72, key="C")
    for part in parts:
        played = onsets(part)
        assert len(played) > 15
        velocities = [velocity for *_, velocity in played]
        assert max(velocities) - min(velocities) > 15
    assert any(m.data[0] == 0xB0 for part in parts for m in part)
    starts = [t for t, *_ in onsets(parts[0])]
    assert max(b - a for a, b in itertools.pairwise(starts)) > 4_000_000


@pytest.mark.parametrize(
    "wrong", [{"key": "H"}, {"bpm": 0}, {"bpm": float("nan")}, {"duration_us": 0}]
)
def test_what_makes_no_music_is_refused(wrong):
    with pytest.raises(MidiError):
        duet(**{"seed": 1, "duration_us": MINUTE, "bpm": 72, "key": "C", **wrong})
