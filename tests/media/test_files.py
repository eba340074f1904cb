"""Files as streams: the right samples, at the right place, and plain words for bad files."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.made_sounds import RATE, decibels, lag_of, read_all, sweep, write, write_m4a
from mtsession.errors import MediaError
from mtsession.media.channels import to_stereo
from mtsession.media.files import open_file
from mtsession.media.stream import BLOCK_FRAMES, silence

KINDS = ("wav", "flac", "ogg", "mp3", "m4a")


def opened(path: Path, rate: int = RATE):
    return open_file(path, sample_rate=rate)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_starts_where_the_music_does_and_has_its_length(sounds, kind):
    stream = opened(sounds[kind])
    heard = read_all(stream)
    source = sweep(5.03)
    assert stream.frames == len(heard)
    assert abs(len(heard) - len(source)) <= 1
    assert lag_of(heard, source) == 0
    assert stream.fault is None
    assert heard.dtype == np.float32


@pytest.mark.parametrize(("kind", "subtype"), [("wav", "PCM_16"), ("flac", "PCM_16")])
def test_lossless_files_come_bit_exact_at_their_own_rate(tmp_path, kind, subtype):
    whole = (sweep(1.0) * 32767).astype(np.int16)
    path = tmp_path / f"exact.{kind}"
    soundfile.write(path, whole, RATE, subtype=subtype)
    assert np.array_equal(read_all(opened(path)) * 32768, whole)


def test_alac_comes_bit_exact(tmp_path):
    samples = sweep(1.0)
    path = tmp_path / "exact.m4a"
    write_m4a(path, samples, codec="alac")
    assert np.array_equal(read_all(opened(path)) * 32768, np.round(samples * 32767))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 90_000), min_size=1, max_size=6), rate=st.just(48_000))
def test_block_sizes_change_no_sample(sounds, kind, sizes, rate):
    straight = read_all(opened(sounds[kind], rate), 1 << 20)
    stream = opened(sounds[kind], rate)
    parts, turn = [], 0
    while len(block := stream.read(sizes[turn % len(sizes)] + 400)):
        parts.append(block)
        turn += 1
    assert np.array_equal(np.concatenate(parts), straight)
    assert len(stream.read(100)) == 0


@pytest.mark.parametrize("rate", [RATE, 48_000, 96_000, 32_000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_seek_lands_where_straight_reading_would(tmp_path, sounds, kind, rate):
    path = sounds[kind]
    if kind == "m4a":  # AAC's noise substitution draws anew after a seek, so it is left out
        path = tmp_path / "no_pns.m4a"
        _write_aac_without_noise(path)
    straight = read_all(opened(path, rate))
    stream = opened(path, rate)
    for frame in (rate, 17, 3 * rate + 1, 2 * rate + 12_345, 0, len(straight) - 5_000):
        stream.seek(frame)
        part = stream.read(4_000)
        expected = straight[frame : frame + 4_000]
        assert decibels(part - expected, expected) < -80
    stream.seek(len(straight) + 10)
    assert stream.read(10).shape == (0, 2)


def _write_aac_without_noise(path: Path):
    samples = sweep(5.03)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=RATE, layout="stereo", options={"aac_pns": "0"})
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts = RATE, 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def test_an_aac_seek_lands_on_the_right_frame(sounds):
    straight = read_all(opened(sounds["m4a"]))
    stream = opened(sounds["m4a"])
    stream.seek(2 * RATE)
    part = stream.read(2 * RATE)
    assert lag_of(part, straight[2 * RATE :], at=RATE // 2) == 0


def test_a_seek_in_a_real_ogg_is_exact(shared_data):
    path = next((shared_data / "audio").glob("sorohanro*.ogg"))
    straight = read_all(opened(path))
    stream = opened(path)
    for frame in np.random.default_rng(1).integers(0, len(straight) - 3_000, 20).tolist():
        stream.seek(frame)
        expected = straight[frame : frame + 3_000]
        assert decibels(stream.read(3_000) - expected, expected + 1e-6) < -80


def test_an_mp3_of_variable_bit_rate_has_no_jumps(tmp_path):
    samples = np.concatenate([np.zeros((4 * RATE, 2), np.float32), sweep(4.0) * 2] * 2)
    path = write(tmp_path / "vbr.mp3", samples)
    whole, _ = soundfile.read(path, dtype="float32", always_2d=True)
    stream = opened(path)
    assert np.array_equal(read_all(stream, 256), whole)
    for frame in (11 * RATE, 5 * RATE, 14 * RATE):
        stream.seek(frame)
        assert np.array_equal(stream.read(3_000), whole[frame : frame + 3_000])


def test_an_mp3_without_a_length_is_played_to_its_end(tmp_path, sounds):
    # The first frame, which holds the length, is cut away together with the tag before it.
    whole = sounds["mp3"].read_bytes()
    mark = max(whole.find(b"Xing"), whole.find(b"Info"))
    start = whole.index(b"\xff\xfb", mark)
    path = tmp_path / "bare.mp3"
    path.write_bytes(whole[start:])
    stream = opened(path)
    assert stream.frames is None
    heard = read_all(stream)
    assert abs(len(heard) - len(sweep(5.03))) < 3_000
    assert stream.fault is None


def test_the_edit_list_says_where_an_m4a_starts(tmp_path, sounds):
    # The usual priming elsewhere is 2112 frames: claim it, and the sound begins 1088 earlier.
    data = bytearray(sounds["m4a"].read_bytes())
    entry = data.index(b"elst") + 4 + 4 + 4 + 4
    assert int.from_bytes(data[entry : entry + 4], "big") == 1_024
    data[entry : entry + 4] = (2_112).to_bytes(4, "big")
    path = tmp_path / "primed.m4a"
    path.write_bytes(data)
    assert lag_of(read_all(opened(path)), sweep(5.03)) == 1_024 - 2_112


def _atom(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def test_the_padding_that_itunes_states_is_left_out(tmp_path, sounds):
    # As older iTunes wrote it: no edit list, but a tag with priming, padding and length.
    source = sweep(5.03)
    data = bytearray(sounds["m4a"].read_bytes()).replace(b"edts", b"free")
    text = f" 00000000 {1024:08X} {1000:08X} {len(source):016X}".encode()
    tag = _atom(b"mean", bytes(4) + b"com.apple.iTunes") + _atom(b"name", bytes(4) + b"iTunSMPB")
    tag = _atom(b"----", tag + _atom(b"data", b"\0\0\0\1" + bytes(4) + text))
    start = data.rindex(b"ilst") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    for kind in (b"ilst", b"meta", b"udta", b"moov"):
        at = data.rindex(kind) - 4
        size = int.from_bytes(data[at : at + 4], "big") + len(tag)
        data[at : at + 4] = size.to_bytes(4, "big")
    data[end:end] = tag
    path = tmp_path / "bought.m4a"
    path.write_bytes(data)
    stream = opened(path)
    heard = read_all(stream)
    assert stream.frames == len(heard) == len(source)
    assert lag_of(heard, source) == 0
    stream.seek(2 * RATE)
    assert lag_of(stream.read(2 * RATE), source[2 * RATE :], at=RATE // 2) == 0


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "m4a"])
def test_one_channel_goes_to_both_sides_unchanged(tmp_path, kind):
    mono = sweep(1.0)[:, :1]
    path = tmp_path / f"mono.{kind}"
    if kind == "m4a":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("alac", rate=RATE, layout="mono")
            whole = np.round(mono.T * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(whole, format="s16p", layout="mono")
            frame.sample_rate = RATE
            for packet in (*stream.encode(frame), *stream.encode(None)):
                container.mux(packet)
    else:
        soundfile.write(path, mono, RATE)
    heard = read_all(opened(path))
    assert np.array_equal(heard[:, 0], heard[:, 1])
    assert decibels(heard[:, :1] - mono, mono) < (-10 if kind == "ogg" else -60)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg"])
def test_the_centre_of_six_channels_is_heard_on_both_sides(tmp_path, kind):
    # Vorbis puts the centre second, the others third.
    six = np.zeros((RATE, 6), np.float32)
    six[:, 1 if kind == "ogg" else 2] = sweep(1.0)[:, 0]
    path = tmp_path / f"six.{kind}"
    soundfile.write(path, six, RATE)
    heard = read_all(opened(path))
    assert decibels(heard[:, 0] - heard[:, 1], heard[:, 0]) < -40
    assert np.abs(heard).max() > 0.05


@given(st.integers(3, 12), st.sampled_from(["wave", "vorbis"]))
def test_no_downmix_clips_and_both_sides_are_alike(channels, order):
    stereo, replaced = to_stereo(np.ones((4, channels), np.float32), order)
    assert stereo.shape == (4, 2)
    assert replaced == 0
    assert np.all(stereo <= 1 + 1e-6)
    assert np.allclose(stereo[:, 0], stereo[:, 1])


def test_samples_that_are_no_numbers_become_silence_and_are_counted(tmp_path):
    samples = sweep(0.5)
    samples[[5, 6, 7], [0, 1, 0]] = [np.nan, np.inf, -np.inf]
    path = tmp_path / "holes.wav"
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    stream = opened(path)
    heard = read_all(stream)
    assert stream.replaced == 3
    samples[[5, 6, 7], [0, 1, 0]] = 0
    assert np.array_equal(heard, samples)


def drain(stream) -> tuple[int, list[MediaError]]:
    got, faults = 0, []
    for _ in range(10_000):
        try:
            block = stream.read(1_000)
        except MediaError as error:
            faults.append(error)
            continue
        if not len(block):
            return got, faults
        got += len(block)
    raise AssertionError("the stream did not end")


@pytest.mark.parametrize("rate", [RATE, 48_000])
@pytest.mark.parametrize("kind", ["wav", "aiff", "mp3"])
def test_a_file_cut_short_plays_what_is_there_and_says_so(tmp_path, sounds, kind, rate):
    path = tmp_path / f"cut.{kind}"
    whole = sounds[kind].read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    stream = opened(path, rate)
    assert stream.fault is None
    got, faults = drain(stream)
    assert faults == []
    assert 2.5 < got / rate < 3.5
    assert stream.fault is not None
    assert f"cut.{kind}" in stream.fault
    assert "0:05.0" in stream.fault
    assert str(tmp_path) not in stream.fault


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_an_ogg_cut_short_says_where_it_breaks_off(tmp_path, kind):
    path = tmp_path / f"cut.{kind}"
    samples = sweep(5.0, 48_000)
    subtype = "OPUS" if kind == "opus" else "VORBIS"
    soundfile.write(path, samples, 48_000, format="OGG", subtype=subtype)
    assert drain(opened(path, 48_000)) == (len(samples), [])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    stream = opened(path, 48_000)
    got, faults = drain(stream)
    assert faults == []
    minutes, tenths = divmod(got * 10 // 48_000, 600)
    place = f"{minutes}:{tenths / 10:04.1f}"
    assert stream.fault.startswith(f"“cut.{kind}” breaks off at {place}: it was cut short.")


@pytest.mark.parametrize("rate", [RATE, 48_000])
@pytest.mark.parametrize("kind", ["flac", "mp3", "m4a"])
def test_a_file_damaged_inside_gives_the_good_part_then_one_error(tmp_path, sounds, kind, rate):
    data = bytearray(sounds[kind].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4_000] = b"\x55" * 4_000
    path = tmp_path / f"scratched.{kind}"
    path.write_bytes(data)
    stream = opened(path, rate)
    got, faults = drain(stream)
    assert len(faults) == 1
    assert f"scratched.{kind}" in faults[0].message
    assert faults[0].hint
    good = read_all(opened(sounds[kind], rate))
    assert got > 1.5 * rate
    stream.seek(0)
    kept = stream.read(got - 4_096)
    assert decibels(kept - good[: len(kept)], good[: len(kept)]) < -40
    assert np.all(np.isfinite(kept))


def test_a_flac_cut_short_gives_the_good_part_then_one_error(tmp_path, sounds):
    whole = sounds["flac"].read_bytes()
    path = tmp_path / "cut.flac"
    path.write_bytes(whole[: len(whole) * 6 // 10])
    got, faults = drain(opened(path))
    assert len(faults) == 1
    assert got > 2.5 * RATE


def _empty(path: Path):
    path.write_bytes(b"")


def _text(path: Path):
    path.write_text("Not sound, but a few plain words.\n" * 40, encoding="utf-8")


def _noise(path: Path):
    path.write_bytes(np.random.default_rng(5).bytes(20_000))


def _absent(path: Path):
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("none.wav", _empty, "0 bytes"),
        ("none.m4a", _empty, "0 bytes"),
        ("words.flac", _text, "text"),
        ("words.mp3", _text, "text"),
        ("words.m4a", _text, "text"),
        ("noise.wav", _noise, "cannot be read as sound"),
        ("noise.m4a", _noise, "cannot be read as sound"),
        ("gone.ogg", _absent, "is not there"),
        ("folder.wav", Path.mkdir, "is a folder"),
        ("shop.m4p", _noise, "copy-protected"),
        ("radio.m3u8", _text, "list of links"),
        ("zero\0byte.wav", lambda path: None, "cannot be read"),
    ],
)
def test_what_cannot_be_played_says_why_and_what_to_do(tmp_path, name, make, words):
    path = tmp_path / name
    make(path)
    with pytest.raises(MediaError) as caught:
        opened(path)
    assert words in caught.value.message
    assert caught.value.hint
    assert name in caught.value.message
    assert str(tmp_path) not in str(caught.value)


def test_a_web_address_is_refused_with_words():
    with pytest.raises(MediaError, match="internet"):
        opened(Path("https://example.org/radio/live.mp3"))


def test_an_m4a_without_its_table_is_refused(tmp_path, sounds):
    path = tmp_path / "cut.m4a"
    path.write_bytes(sounds["m4a"].read_bytes()[:30_000])
    with pytest.raises(MediaError, match=r"cut\.m4a"):
        opened(path)


def test_a_protected_purchase_is_named_as_one(tmp_path, sounds):
    data = sounds["m4a"].read_bytes()
    path = tmp_path / "bought.m4a"
    path.write_bytes(data.replace(b"mp4a", b"drms"))
    with pytest.raises(MediaError, match="copy-protected"):
        opened(path)


def test_a_file_of_no_frames_is_refused(tmp_path):
    path = write(tmp_path / "header.wav", np.zeros((0, 2), np.float32))
    with pytest.raises(MediaError, match="no sound"):
        opened(path)


@pytest.mark.parametrize("rate", [1, 2_000_000])
def test_a_nonsense_sample_rate_is_refused(tmp_path, rate):
    path = write(tmp_path / "odd.wav", sweep(0.1), rate)
    with pytest.raises(MediaError, match="cannot be right"):
        opened(path)


def test_many_channels_take_no_more_memory(tmp_path):
    path = tmp_path / "many.wav"
    soundfile.write(path, np.zeros((20_000, 200), np.float32), RATE)
    tracemalloc.start()
    assert len(read_all(opened(path))) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_plans_can_be_checked_without_loading_a_decoder():
    code = (
        "import sys, mtsession.media.files, mtsession.media.stream, mtsession.media.prefetch;"
        "print(sorted({'av', 'soundfile', 'soxr', 'tinytag'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_file_that_may_not_be_read_says_so(tmp_path, sounds, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MediaError, match="may not be read"):
        opened(sounds["wav"])


@pytest.mark.parametrize("kind", ["flac", "m4a"])
def test_memory_does_not_grow_with_length(tmp_path, kind):
    peaks = []
    for seconds in (8, 64):
        path = write(tmp_path / f"{seconds}.{kind}", np.tile(sweep(4.0), (seconds // 4, 1)))
        tracemalloc.start()
        stream = opened(path, 48_000)
        while len(stream.read(4_096)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000
    assert peaks[1] < 40 * BLOCK_FRAMES * 8


def test_silence_is_as_long_as_asked():
    stream = silence(1_500_000, 48_000)
    stream.seek(48_000)
    assert len(read_all(stream)) == 24_000
    with pytest.raises(ValueError, match="before its first"):
        stream.seek(-1)


def test_names_with_signs_of_any_script_open(tmp_path):
    path = write(tmp_path / "Größe – 静か 🎵.flac", sweep(0.2))
    assert len(read_all(opened(path))) == len(sweep(0.2))
