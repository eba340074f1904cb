"""Standard MIDI Files as they are met: wrapped, damaged, in film frames, or none at all."""

import io
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mtsession.midi.smf_reading as reading
from mtsession.errors import MidiError
from mtsession.midi.smf import read_smf
from mtsession.midi.smf_reading import open_smf

END = b"\x00\xff\x2f\x00"


def chunk(kind, body, size=None):
    return kind + (len(body) if size is None else size).to_bytes(4, "big") + body


def smf(*tracks, kind=1, division=b"\x01\xe0"):
    head = kind.to_bytes(2, "big") + len(tracks).to_bytes(2, "big") + division
    return chunk(b"MThd", head) + b"".join(chunk(b"MTrk", track) for track in tracks)


@pytest.fixture
def saved(tmp_path):
    def save(content):
        path = tmp_path / "some.mid"
        path.write_bytes(content)
        return path

    return save


def test_running_status_and_velocity_zero(saved):
    path = saved(smf(b"\x00\x90\x3c\x40\x83\x60\x3e\x40\x83\x60\x3c\x00" + END))
    assert read_smf(path) == [
        (0, b"\x90\x3c\x40"), (500_000, b"\x90\x3e\x40"), (1_000_000, b"\x90\x3c\x00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("division", "us"),
    [(b"\xe7\x28", 1000), (b"\xe8\x50", 521), (b"\xe2\x50", 417), (b"\xe3\x50", 417)],
)
def test_film_frames_count_without_tempo(saved, division, us):
    tempo = b"\x00\xff\x51\x03\x01\x00\x00"
    path = saved(smf(tempo + b"\x01\x90\x3c\x40" + END, kind=0, division=division))
    assert read_smf(path) == [(us, b"\x90\x3c\x40")]


def test_riff_is_unwrapped(saved):
    inner = smf(b"\x00\x90\x3c\x40" + END)
    body = b"RMID" + b"INFO" + (2).to_bytes(4, "little") + b"ab"
    body += b"data" + len(inner).to_bytes(4, "little") + inner
    path = saved(b"RIFF" + len(body).to_bytes(4, "little") + body)
    assert read_smf(path) == [(0, b"\x90\x3c\x40")]
    with pytest.raises(MidiError, match=r"some\.mid is no whole"):
        open_smf(saved(b"RIFF" + b"\x04\x00\x00\x00" + b"RMID"))


def test_a_track_that_breaks_off_keeps_what_came_before(saved):
    whole = smf(b"\x00\x90\x3c\x40\x60\x80\x3c\x00\x60\x90\x40\x40" + END)
    song = open_smf(saved(whole[:-7]))
    assert len(song.tracks[0].times_us) == 2
    assert "Track 1 is damaged" in song.notices[0]


@pytest.mark.parametrize(
    "damage",
    [b"\x00\xf4", b"\x00\x90\xff\xff", b"\xff\xff\xff\xff\x90\x3c\x40", b"\x00\xf0\x7f\x00"],
)
def test_what_is_no_message_ends_its_track_alone(saved, damage):
    path = saved(smf(b"\x00\x90\x3c\x40" + damage + END, b"\x00\x90\x40\x40" + END))
    song = open_smf(path)
    assert [len(track.times_us) for track in song.tracks] == [1, 1]
    assert len(song.notices) == 1


def test_promised_tracks_that_are_not_there_are_named(saved):
    content = bytearray(smf(b"\x00\x90\x3c\x40" + END))
    content[11] = 3
    assert open_smf(saved(bytes(content))).notices == ("1 of 3 tracks are there.",)


def test_a_file_without_notes_is_a_file(saved):
    song = open_smf(saved(smf(END)))
    assert (song.end_us, song.notices) == (0, ())
    assert read_smf(saved(smf(END))) == []


def test_more_messages_than_any_take_are_refused(saved, monkeypatch):
    monkeypatch.setattr(reading, "MOST_MESSAGES", 10)
    with pytest.raises(MidiError, match="more than 10 messages"):
        open_smf(saved(smf(b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 20 + END)))
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(MidiError, match="larger than any take"):
        open_smf(saved(smf(END)))


def test_what_lies_beyond_two_days_is_left_out(saved):
    far = b"\xff\xff\xff\x7f\x90\x3c\x40"
    song = open_smf(saved(smf(b"\x00\x90\x3c\x40" + far + far + END)))
    assert len(song.tracks[0].times_us) == 1
    assert "48 hours" in song.notices[0]


@pytest.mark.parametrize("division", [b"\x00\x00", b"\xe7\x00", b"\x80\x01"])
def test_a_clock_that_cannot_be_is_one_sentence(saved, division):
    with pytest.raises(MidiError, match="no whole Standard MIDI File"):
        open_smf(saved(smf(b"\x00\x90\x3c\x40" + END, division=division)))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_is_no_file():
    with pytest.raises(MidiError, match="zero is no file"):
        open_smf(Path("/dev/zero"))


events = st.lists(
    st.tuples(
        st.integers(0, 5000), st.integers(0x80, 0xEF), st.integers(0, 127), st.integers(0, 127)
    ),
    max_size=40,
)


@given(events, st.integers(1, 0x7FFF), st.integers(1, 0xFFFFFF))
def test_times_agree_with_mido(tmp_path_factory, rows, division, tempo):
    song = mido.MidiFile(type=0, ticks_per_beat=division)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=tempo)])
    for delta, status, first, second in rows:
        data = [status, first] if status & 0xF0 in (0xC0, 0xD0) else [status, first, second]
        track.append(mido.Message.from_bytes(data, time=delta))
    song.tracks.append(track)
    file = io.BytesIO()
    song.save(file=file)
    path = tmp_path_factory.mktemp("mido") / "a.mid"
    path.write_bytes(file.getvalue())
    ticks, expected = 0, []
    for message in track:
        ticks += message.time
        if not message.is_meta:
            expected.append((ticks * tempo / division, bytes(message.bytes())))
    found = read_smf(path)
    kept = [row for row in expected if row[0] <= reading.LONGEST_US]
    assert [data for _, data in found] == [data for _, data in kept]
    assert all(abs(a - b) <= 0.51 for (a, _), (b, _) in zip(found, kept, strict=True))


@given(st.binary(max_size=80))
def test_any_bytes_give_a_file_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "any.mid"
    for whole in (content, chunk(b"MThd", content), smf(content)):
        path.write_bytes(whole)
        assert outcome(path).startswith(("any.mid ", "read"))


def outcome(path):
    try:
        song = open_smf(path)
    except MidiError as error:
        return error.message
    return "read" if all((track.times_us >= 0).all() for track in song.tracks) else "time < 0"
