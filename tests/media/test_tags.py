"""Tags and fingerprints, from files written here."""

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.made_sounds import RATE, sweep
from mtsession.errors import MediaError
from mtsession.media.tags import parse_bpm, parse_words, read_tags


def id3(**frames: str) -> bytes:
    """An ID3v2.3 tag with text frames in UTF-16."""
    body = b""
    for name, text in frames.items():
        data = b"\x01" + text.encode("utf-16")
        body += name.encode() + len(data).to_bytes(4, "big") + b"\0\0" + data
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def encode(path: Path, codec: str, sample_format: str, tags: dict[str, str]):
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream(codec, rate=RATE, layout="stereo")
        samples = sweep(2.0)
        whole = np.round(samples * 32767).astype(np.int16)
        data = samples.T if sample_format == "fltp" else whole.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(data), format=sample_format, layout="stereo"
        )
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def test_an_mp3_says_title_artist_album_and_tempo(tmp_path, sounds):
    path = tmp_path / "tagged.mp3"
    tag = id3(TIT2="Träumerei", TPE1="Clara", TALB="静か", TBPM="66")
    path.write_bytes(tag + sounds["mp3"].read_bytes())
    tags = read_tags(path)
    assert (tags.title, tags.artist, tags.album) == ("Träumerei", "Clara", "静か")
    assert (tags.bpm, tags.bpm_reason, tags.reason) == (66.0, None, None)
    assert tags.duration_us == pytest.approx(5_030_000, abs=60_000)


@pytest.mark.parametrize(
    ("name", "codec", "sample_format", "key"),
    [("t.flac", "flac", "s16", "BPM"), ("t.m4a", "aac", "fltp", "tmpo")],
)
def test_other_containers_name_the_tempo_too(tmp_path, name, codec, sample_format, key):
    path = tmp_path / name
    encode(path, codec, sample_format, {"title": "Slow waltz", key: "72"})
    tags = read_tags(path)
    assert tags.title == "Slow waltz"
    assert tags.bpm == 72.0
    assert tags.artist is None
    assert tags.duration_us == pytest.approx(2_000_000, abs=60_000)


@pytest.mark.parametrize("written", ["0", "-66", "lively", "66/132", "nan", "inf", "7000"])
def test_a_nonsense_tempo_is_none_with_the_reason(tmp_path, sounds, written):
    path = tmp_path / "odd.mp3"
    path.write_bytes(id3(TBPM=written) + sounds["mp3"].read_bytes())
    tags = read_tags(path)
    assert tags.bpm is None
    assert tags.bpm_reason is not None


def test_without_a_tag_the_reason_says_so(sounds):
    assert read_tags(sounds["wav"]).bpm_reason == "the file has no tempo tag"


@given(st.one_of(st.none(), st.text(), st.floats(), st.lists(st.text(), max_size=2), st.integers()))
def test_a_tempo_is_a_sound_number_or_has_a_reason(written):
    bpm, reason = parse_bpm(written)
    assert (bpm is None) == (reason is not None)
    assert bpm is None or 20 <= bpm <= 400


@given(st.floats(20, 400))
def test_a_written_tempo_is_read_as_written(bpm):
    assert parse_bpm([repr(bpm)]) == (bpm, None)
    assert parse_bpm(f" {bpm!r} BPM ".replace(".", ",")) == (bpm, None)


def test_a_file_that_is_no_sound_has_no_tags_and_says_so(tmp_path):
    path = tmp_path / "words.xyz"
    path.write_text("words " * 50, encoding="utf-8")
    tags = read_tags(path)
    assert tags.title is None
    assert tags.reason is not None


@pytest.mark.parametrize("kind", ["flac", "mp3", "ogg", "m4a", "wav"])
def test_a_damaged_head_stops_nothing(tmp_path, sounds, kind):
    data = bytearray(sounds[kind].read_bytes())
    for seed in range(12):
        spot = np.random.default_rng(seed).integers(4, 400)
        scratched = bytearray(data)
        scratched[spot : spot + 40] = np.random.default_rng(seed).bytes(40)
        path = tmp_path / f"{seed}.{kind}"
        path.write_bytes(scratched)
        tags = read_tags(path)
        assert tags.duration_us is None or tags.duration_us > 0


def test_a_missing_file_is_an_error_with_a_mend(tmp_path):
    with pytest.raises(MediaError, match="is not there") as caught:
        read_tags(tmp_path / "gone.mp3")
    assert caught.value.hint


def test_a_real_recording_is_read(shared_data):
    path = next((shared_data / "audio").glob("sorohanro*.ogg"))
    tags = read_tags(path)
    assert tags.duration_us is not None


def uslt(text: str) -> bytes:
    """An ID3v2.3 tag with lyrics that are not timed."""
    data = b"\x01eng" + "".encode("utf-16") + b"\0\0" + text.encode("utf-16")
    body = b"USLT" + len(data).to_bytes(4, "big") + b"\0\0" + data
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (uslt("Guten Abend, gut' Nacht"), True),
        (uslt("[Instrumental]"), False),
        (id3(TLAN="zxx"), False),
        (id3(TLAN="deu"), None),
        (id3(TCON="Instrumental Rock"), False),
        (id3(TCON="Folk", TIT2="An instrumental matter"), None),
        (id3(TIT2="Wiegenlied (Instrumental)"), False),
        (id3(TIT2="Wiegenlied - instrumental version"), False),
        (id3(TIT2="Wiegenlied"), None),
    ],
)
def test_tags_tell_whether_a_recording_is_sung(tmp_path, sounds, tag, words):
    path = tmp_path / "sung.mp3"
    path.write_bytes(tag + sounds["mp3"].read_bytes())
    assert read_tags(path).words is words


@pytest.mark.parametrize(
    ("name", "codec", "form"), [("t.flac", "flac", "s16"), ("t.m4a", "aac", "fltp")]
)
def test_other_containers_hold_lyrics_too(tmp_path, name, codec, form):
    encode(tmp_path / name, codec, form, {"title": "Wiegenlied", "lyrics": "Guten Abend"})
    assert read_tags(tmp_path / name).words is True
    encode(tmp_path / f"i{name}", codec, form, {"lyrics": "Instrumental"})
    assert read_tags(tmp_path / f"i{name}").words is False


def test_an_instrumental_that_still_carries_its_songs_lyrics_is_not_sung():
    assert parse_words(title="Summertime [Instrumental]", lyrics=["Summertime"]) is False
    assert parse_words(genre="Instrumental", lyrics=["Summertime"]) is True
    assert parse_words() is None
