"""Fingerprints of audio without its tags, on files written and tagged here."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from media.made_sounds import RATE, sweep, write
from media.test_tags import id3
from mtsession.errors import MediaError
from mtsession.media.mp3_frames import length_header
from mtsession.media.ogg_packets import ogg_payload
from mtsession.media.payload import payload_hash


def u32(number: int, order: str = "little") -> bytes:
    return number.to_bytes(4, order)


def chunk(name: bytes, body: bytes, order: str = "little") -> bytes:
    return name + u32(len(body), order) + body + b"\0" * (len(body) % 2)


def ape(text: bytes, *, header: bool) -> bytes:
    item = u32(len(text)) + u32(0) + b"Title\0" + text
    flags = 0x8000_0000 if header else 0

    def block(flag: int) -> bytes:
        size = u32(len(item) + 32)
        return b"APETAGEX" + u32(2000) + size + u32(1) + u32(flags | flag) + bytes(8)

    return (block(0x2000_0000) if header else b"") + item + block(0)


def id3v1(title: bytes) -> bytes:
    return b"TAG" + title.ljust(125, b"\0")


def lyrics3(text: bytes) -> bytes:
    body = b"LYRICSBEGIN" + text
    return body + b"%06d" % len(body) + b"LYRICS200"


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def rewrapped(source: Path, target: Path, tags: dict[str, str]) -> Path:
    """The same packets in a new container: what a tag editor or `-c copy` leaves."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        new.metadata.update(tags)
        stream = new.add_stream_from_template(old.streams.audio[0])
        for packet in old.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    return target


@pytest.mark.parametrize(
    ("front", "back"),
    [
        (id3(TIT2="Slow waltz"), b""),
        (id3(TIT2="a") + id3(TIT2="b" * 900), b""),
        (ape(b"in front", header=True), id3v1(b"old")),
        (b"", id3v1(b"Slow waltz")),
        (b"", ape(b"x" * 70, header=False)),
        (b"", ape(b"x" * 70, header=True) + id3v1(b"both")),
        (id3(TIT2="all"), lyrics3(b"la la " * 90) + id3v1(b"lyrics")),
    ],
)
def test_an_mp3_is_the_same_with_any_tags(tmp_path, sounds, front, back):
    bare = sounds["mp3"].read_bytes()
    tagged = put(tmp_path / "tagged.mp3", front + bare + back)
    assert payload_hash(tagged) == payload_hash(sounds["mp3"])
    assert payload_hash(put(tmp_path / "cut.mp3", front + bare[:-1] + back)) != payload_hash(tagged)


def test_a_wav_is_the_same_with_other_chunks(tmp_path, sounds):
    bare = sounds["wav"].read_bytes()
    size, body = bare[4:8], bare[12:]
    listed = chunk(b"LIST", b"INFOINAM" + u32(5) + b"walts\0")
    for place, data in enumerate((listed + body, body + listed, chunk(b"bext", bytes(603)) + body)):
        path = put(tmp_path / f"{place}.wav", b"RIFF" + u32(len(data) + 4) + b"WAVE" + data)
        assert payload_hash(path) == payload_hash(sounds["wav"])
    assert size == u32(len(bare) - 8)


@pytest.mark.parametrize("claimed", [0, 0xFFFF_FFFF])
def test_a_recording_that_was_not_closed_counts_to_its_end(tmp_path, sounds, claimed):
    bare = bytearray(sounds["wav"].read_bytes())
    at = bare.index(b"data")
    whole = payload_hash(sounds["wav"])
    bare[at + 4 : at + 8] = u32(claimed)
    assert payload_hash(put(tmp_path / "open.wav", bytes(bare))) == whole
    bare[-4:] = b"\x55\x55\x55\x55"
    assert payload_hash(put(tmp_path / "other.wav", bytes(bare))) != whole


def test_a_wav_of_more_than_four_gigabytes_states_its_length_elsewhere(tmp_path):
    samples = np.arange(4000, dtype="<i2").tobytes()
    fmt = chunk(b"fmt ", bytes(16))
    long = chunk(b"ds64", bytes(8) + len(samples).to_bytes(8, "little") + bytes(12))
    data = b"data" + u32(0xFFFF_FFFF) + samples
    one = put(tmp_path / "1.wav", b"RF64" + u32(0xFFFF_FFFF) + b"WAVE" + long + fmt + data)
    tail = chunk(b"LIST", b"INFO" + bytes(20))
    two = put(tmp_path / "2.wav", b"RF64" + u32(0xFFFF_FFFF) + b"WAVE" + long + fmt + data + tail)
    assert payload_hash(one) == payload_hash(two)


def test_an_aiff_is_the_same_with_a_name(tmp_path):
    path = tmp_path / "plain.aiff"
    soundfile.write(path, sweep(0.5), RATE)
    bare = path.read_bytes()
    data = bare[12:] + chunk(b"NAME", b"Slow waltz", "big")
    named = put(tmp_path / "n.aiff", b"FORM" + u32(len(data) + 4, "big") + bare[8:12] + data)
    assert payload_hash(named) == payload_hash(path)


def test_a_flac_is_the_same_with_other_blocks(tmp_path, sounds):
    bare = sounds["flac"].read_bytes()
    padding = b"\x01" + (5000).to_bytes(3, "big") + bytes(5000)
    picture = b"\x06" + (70_000).to_bytes(3, "big") + bytes(70_000)
    streaminfo = bare[4:42]
    rest = bare[42:]
    assert not streaminfo[0] & 0x80, "more blocks follow"
    tagged = id3(TIT2="odd, but seen") + b"fLaC" + streaminfo + padding + picture + rest
    assert payload_hash(put(tmp_path / "t.flac", tagged + id3v1(b"x"))) == payload_hash(
        sounds["flac"]
    )


@pytest.mark.parametrize("name", ["o.ogg", "o.opus", "oga.oga", "m.m4a", "a.m4a", "m.mp3"])
def test_rewrapping_with_other_tags_keeps_the_fingerprint(tmp_path, name):
    codec = {"o.ogg": "vorbis", "o.opus": "libopus", "oga.oga": "flac", "m.m4a": "aac"}
    codec["m.mp3"] = "mp3"
    source = encoded(tmp_path / name, codec.get(name, "alac"))
    other = rewrapped(source, tmp_path / f"again-{name}", {"title": "Träumerei " * 2000})
    assert source.read_bytes() != other.read_bytes()
    assert payload_hash(other) == payload_hash(source)


def test_an_mp3_of_other_silence_at_its_ends_is_another(tmp_path, sounds):
    bare = sounds["mp3"].read_bytes()
    at = bare.index(b"LAME") + 21
    other = bare[:at] + bytes(3) + bare[at + 3 :]
    assert payload_hash(put(tmp_path / "other.mp3", other)) != payload_hash(sounds["mp3"])


@given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_any_first_frame_has_a_length_that_a_frame_can_have(tail, second, third):
    for mark in (b"", b"Xing", b"VBRI"):
        frame = bytes([255, second, third, 0]) + bytes(32) + mark + tail
        length, silence = length_header(frame)
        assert 0 <= length <= 1441
        assert bool(length) >= bool(silence)
        assert len(silence) <= 3
        assert bool(mark) >= bool(length)


@pytest.mark.parametrize(
    ("header", "mark_at", "length"),
    [
        (b"\xff\xfb\x90\x00", 36, 417),  # MPEG-1, 128 kbit, 44.1 kHz, stereo
        (b"\xff\xfb\x92\xc0", 21, 418),  # the same, mono, padded
        (b"\xff\xf3\x80\xc0", 13, 208),  # MPEG-2, 64 kbit, 22.05 kHz, mono
        (b"\xff\xfb\x00\x00", 36, 0),  # free bit rate: where the frame ends is not told
    ],
)
def test_the_frame_that_states_the_length_is_found(header, mark_at, length):
    frame = header.ljust(mark_at, b"\0") + b"Info" + bytes(200)
    assert length_header(frame)[0] == length


def encoded(path: Path, codec: str, seed: int = 0) -> Path:
    if codec in {"vorbis", "mp3"}:
        return write(path, sweep(3.0))
    formats = {"aac": "fltp", "alac": "s16p", "libopus": "s16", "flac": "s16"}
    rate = 48_000 if codec == "libopus" else RATE
    samples = sweep(3.0, rate, seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        made = formats[codec]
        data = samples if made.startswith("flt") else np.round(samples * 32767).astype(np.int16)
        plane = data.T if made.endswith("p") else data.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(plane), format=made, layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return path


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "m4a"])
def test_other_audio_has_another_fingerprint(tmp_path, sounds, kind):
    other = write(tmp_path / f"other.{kind}", sweep(5.03, seed=1))
    assert payload_hash(other) != payload_hash(sounds[kind])


def test_what_is_not_understood_counts_whole(tmp_path):
    data = np.random.default_rng(0).bytes(2_500_000)
    assert payload_hash(put(tmp_path / "a.mp3", data)) == payload_hash(put(tmp_path / "b", data))
    assert payload_hash(put(tmp_path / "c", data + b"!")) != payload_hash(tmp_path / "b")


HEADS = (
    b"ID3\x03\0\0\0\0\0\x05", b"APETAGEX", b"OggS\0\x02" + bytes(20) + b"\x02", b"fLaC\0\0\0\x22",
    b"RIFF\0\0\0\0WAVEdata", b"RF64\0\0\0\0WAVEds64", b"FORM\0\0\0\0AIFFSSND",
    b"\0\0\0\x08ftyp\0\0\0\x01mdat", b"\xff\xfb",
)  # fmt: skip


@given(st.sampled_from(HEADS), st.binary(max_size=300), st.sampled_from([b"", id3v1(b""), b"3DI"]))
def test_damage_is_no_error(tmp_path_factory, head, body, tail):
    path = put(tmp_path_factory.getbasetemp() / "damaged.bin", head + body + tail)
    assert len(payload_hash(path)) == 64


@given(st.binary(max_size=400))
def test_an_ogg_that_breaks_off_counts_to_its_end(body):
    data = b"OggS" + body
    given_back = b"".join(ogg_payload(io.BytesIO(data), 0, len(data)))
    assert given_back in data or data.startswith(b"OggS")


def test_no_file_is_a_plain_error(tmp_path):
    put(tmp_path / "empty.wav", b"")
    for name, says in (("gone.mp3", "is not there"), ("empty.wav", "is empty")):
        with pytest.raises(MediaError, match=says) as caught:
            payload_hash(tmp_path / name)
        assert caught.value.hint
