"""Takes as Standard MIDI Files: what is written is what is read, here and elsewhere."""

import io
import os

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.errors import MidiError
from mtsession.midi.smf import read_smf, write_take

HALF_A_MILLISECOND = 500
NOTE = bytes([0x90, 60, 64])

messages = st.one_of(
    st.tuples(st.integers(0x80, 0xBF), st.integers(0, 127), st.integers(0, 127)),
    st.tuples(st.integers(0xC0, 0xDF), st.integers(0, 127)),
    st.tuples(st.integers(0xE0, 0xEF), st.integers(0, 127), st.integers(0, 127)),
).map(bytes)
takes = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4 * 10**9), messages), max_size=40)


@given(takes)
def test_round_trip_keeps_messages_order_and_times(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("take") / "take.mid"
    write_take(path, rows, ["Client", "Therapist", "Player 1"])
    back = read_smf(path)
    assert len(back) == len(rows)
    for player in range(3):
        mine = sorted((row[1:] for row in rows if row[0] == player), key=lambda row: row[0])
        track = mido.MidiFile(path).tracks[player + 1]
        assert [bytes(m.bytes()) for m in track if not m.is_meta] == [data for _, data in mine]
    for (t_us, _), (_, expected, _) in zip(back, sorted(rows, key=lambda r: r[1]), strict=True):
        assert abs(t_us - expected) <= HALF_A_MILLISECOND


def test_file_holds_tempo_markers_and_players_and_nothing_else():
    file = io.BytesIO()
    write_take(file, [(1, 5_000, NOTE)], ["Client", "Therapist"], [(2_000_000, "smiled – twice")])
    song = mido.MidiFile(file=io.BytesIO(file.getvalue()), charset="utf-8")
    meta = [
        (m.type, getattr(m, "text", getattr(m, "name", "")))
        for t in song.tracks
        for m in t
        if m.is_meta
    ]
    assert song.type == 1
    assert meta == [
        ("set_tempo", ""), ("marker", "smiled – twice"), ("end_of_track", ""),
        ("track_name", "Client"), ("end_of_track", ""),
        ("track_name", "Therapist"), ("end_of_track", ""),
    ]  # fmt: skip
    assert song.length == pytest.approx(2.0)


def test_rows_that_are_no_take_are_refused():
    with pytest.raises(MidiError, match="player 2"):
        write_take(io.BytesIO(), [(1, 0, NOTE)], ["Client"])
    with pytest.raises(MidiError, match="not MIDI"):
        write_take(io.BytesIO(), [(0, 0, bytes([0x90, 60, 200]))], ["Client"])


def test_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "take.mid"
    write_take(path, [(0, 0, NOTE)], ["Client"])
    before = path.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MidiError, match=r"take\.mid: no space left"):
        write_take(path, [(0, 0, NOTE), (0, 9, NOTE)], ["Client"])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(MidiError, match="no such file or directory"):
        write_take(tmp_path / "nowhere" / "take.mid", [], ["Client"])


def test_tempo_changes_count_whichever_track_holds_them(tmp_path):
    song = mido.MidiFile(type=1, ticks_per_beat=480)
    notes = mido.MidiTrack(
        [
            mido.Message("note_on", note=60, velocity=1, time=480),
            mido.Message("note_on", note=61, velocity=1, time=480),
            mido.Message("sysex", data=[1, 2], time=0),
            mido.Message("note_on", note=62, velocity=1, time=480),
        ]
    )
    tempi = mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=1_000_000, time=0),
            mido.MetaMessage("set_tempo", tempo=250_001, time=720),
        ]
    )
    song.tracks += [notes, tempi]
    path = tmp_path / "tempi.mid"
    song.save(path)
    assert [t for t, _ in read_smf(path)] == [1_000_000, 1_625_001, 1_875_002]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"MThd\x00\x00\x00\x06\x00\x01\x00\x02\x01\xe0MTrk\x00"]
)
def test_what_is_no_midi_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "broken.mid"
    path.write_bytes(content)
    with pytest.raises(MidiError, match=r"broken\.mid is no whole Standard MIDI File"):
        read_smf(path)


@given(st.binary(max_size=60))
def test_any_bytes_give_rows_or_a_sentence(tmp_path_factory, tail):
    path = tmp_path_factory.mktemp("any") / "any.mid"
    length = len(tail).to_bytes(4, "big")
    path.write_bytes(b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk" + length + tail)
    try:
        outcome = "" if isinstance(read_smf(path), list) else "neither"
    except MidiError as error:
        outcome = error.message
    assert outcome == "" or outcome.startswith("any.mid ")


def test_missing_file_and_other_kinds_are_one_sentence(tmp_path):
    with pytest.raises(MidiError, match="no such file"):
        read_smf(tmp_path / "none.mid")
    header = b"MThd\x00\x00\x00\x06"
    track = b"MTrk\x00\x00\x00\x04\x00\xff\x2f\x00"
    path = tmp_path / "other.mid"
    path.write_bytes(header + b"\x00\x02\x00\x01\x01\xe0" + track)
    with pytest.raises(MidiError, match="patterns"):
        read_smf(path)


def test_real_performance_survives_the_round_trip(shared_data, tmp_path):
    rows = read_smf(shared_data / "asap" / "Chopin__Etudes_op_10__10__Wilshire02.mid")
    path = tmp_path / "take.mid"
    write_take(path, [(0, t, data) for t, data in rows], ["Client"])
    back = read_smf(path)
    assert [data for _, data in back] == [data for _, data in rows]
    assert max(abs(a - b) for (a, _), (b, _) in zip(back, rows, strict=True)) <= HALF_A_MILLISECOND
