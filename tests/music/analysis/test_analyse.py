"""The whole analysis: every kind of file, and every kind of bad file, in one sentence each."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np
import psutil
import pytest
import soundfile

from media.made_sounds import RATE, write, write_m4a
from mtsession.errors import MediaError
from mtsession.music.analysis.analyse import StoppedError, analyse_file
from mtsession.music.recording import OVERVIEW_RATE, Analysis

BPM = 75.0
SECONDS = 12.0
SCALE = (60, 64, 67, 72, 67, 64, 65, 69, 72, 69, 67, 71, 74, 71, 67, 60)


def tune(seconds: float = SECONDS, rate: int = RATE, quiet_s: float = 0.0) -> np.ndarray:
    """A melody in C over its chords, one note to a beat, after some silence."""
    sound = np.zeros((round(seconds * rate), 2))
    beat = 60 / BPM
    for number in range(int((seconds - quiet_s) / beat)):
        begin = round((quiet_s + number * beat) * rate)
        t = np.arange(min(round(0.75 * rate), len(sound) - begin)) / rate
        pitch = SCALE[number % len(SCALE)]
        chord = (pitch, *((48, 52, 55), (53, 57, 60), (55, 59, 62), (48, 52, 55))[number // 4 % 4])
        for note in chord:
            hertz = 440 * 2 ** ((note - 69) / 12)
            tone = sum(np.sin(2 * np.pi * hertz * k * t) / k**2 for k in (1, 2, 3))
            fall = np.exp(-4 * t) * np.minimum(1, t / 0.004) * np.minimum(1, (0.75 - t) / 0.02)
            sound[begin : begin + len(t)] += (0.09 * tone * fall)[:, None] * [1.0, 0.8]
    return sound.astype(np.float32)


def write_opus(path: Path, samples: np.ndarray) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="stereo")
        resampler = av.AudioResampler("flt", "stereo", 48_000, frame_size=960)
        data = np.ascontiguousarray(samples.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(data, format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same tune in every kind of file that a library may hold."""
    folder = tmp_path_factory.mktemp("kinds")
    sound = tune()
    paths = {kind: write(folder / f"tune.{kind}", sound) for kind in ("wav", "flac", "ogg", "mp3")}
    paths |= {kind: write(folder / f"tune.{kind}", sound) for kind in ("m4a", "aiff")}
    paths["alac"] = folder / "lossless.m4a"
    write_m4a(paths["alac"], sound, codec="alac")
    paths["opus"] = folder / "tune.opus"
    write_opus(paths["opus"], sound)
    return paths


@pytest.fixture(scope="module")
def truth(kinds: dict[str, Path]) -> Analysis:
    return analyse_file(kinds["wav"])


def test_everything_is_measured(truth):
    assert truth.duration_s == pytest.approx(SECONDS)
    assert truth.bpm is not None
    assert truth.key == "C"
    assert truth.key_confidence is not None
    assert truth.lufs is not None
    assert -30 < truth.lufs < -10
    assert truth.true_peak_db is not None
    assert truth.true_peak_db >= 20 * np.log10(np.abs(tune()).max()) - 0.1
    assert truth.intro_s == 0
    assert truth.fault is None
    assert len(truth.overview) == SECONDS * OVERVIEW_RATE
    # 16 bits: half a step of 255 is far coarser.
    assert max(truth.overview) == round(float(np.abs(tune()).max()) * 255)


@pytest.mark.parametrize("kind", ["flac", "ogg", "mp3", "m4a", "aiff", "alac", "opus"])
def test_every_kind_of_file_gives_the_same(kinds, truth, kind):
    found = analyse_file(kinds[kind])
    lossless = kind in {"flac", "aiff", "alac"}
    assert found.duration_s == pytest.approx(truth.duration_s, abs=1e-9 if lossless else 0.03)
    assert found.lufs == pytest.approx(truth.lufs, abs=0.01 if lossless else 0.2)
    assert found.true_peak_db == pytest.approx(truth.true_peak_db, abs=0.01 if lossless else 0.6)
    assert found.key == truth.key
    assert found.bpm == pytest.approx(truth.bpm, rel=0.001)
    assert found.fault is None


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 32_000, 48_000, 96_000, 192_000])
def test_every_rate_gives_the_same(tmp_path, truth, rate):
    path = write(tmp_path / "tune.wav", tune(rate=rate), rate)
    found = analyse_file(path)
    assert found.duration_s == pytest.approx(SECONDS, abs=1 / rate)
    assert found.lufs == pytest.approx(truth.lufs, abs=0.1)
    assert found.true_peak_db == pytest.approx(truth.true_peak_db, abs=0.2)
    assert found.key == "C"
    assert found.bpm == pytest.approx(truth.bpm, rel=0.005)
    assert len(found.overview) == SECONDS * OVERVIEW_RATE


def test_one_channel_is_as_loud_as_it_is_heard_on_both_sides(tmp_path):
    mono = tune()[:, :1]
    soundfile.write(tmp_path / "mono.wav", mono, RATE)
    soundfile.write(tmp_path / "both.wav", np.repeat(mono, 2, axis=1), RATE)
    one, two = (analyse_file(tmp_path / f"{name}.wav") for name in ("mono", "both"))
    assert one == two


def test_six_channels_are_measured_as_they_are_mixed_down(tmp_path):
    six = np.zeros((RATE * 12, 6), np.float32)
    six[:, 2] = tune()[:, 0]
    soundfile.write(tmp_path / "six.wav", six, RATE)
    found = analyse_file(tmp_path / "six.wav")
    assert found.lufs is not None
    assert found.key == "C"


def test_quiet_at_both_ends_is_measured(tmp_path):
    sound = np.concatenate([tune(14, quiet_s=3.0), np.zeros((2 * RATE, 2), np.float32)])
    found = analyse_file(write(tmp_path / "quiet.wav", sound))
    assert found.intro_s == pytest.approx(3.0, abs=0.11)
    assert 2.0 <= found.outro_s <= 3.5


def absent(found: Analysis) -> set[str]:
    """The fields that are None; each must have a reason of its own."""
    fields = msgspec.structs.asdict(found)
    without = {name for name, value in fields.items() if value is None and name != "fault"}
    assert without <= set(found.reasons)
    assert all(found.reasons.values())
    return without


def test_silence_has_a_length_and_nothing_else(tmp_path):
    found = analyse_file(write(tmp_path / "still.wav", np.zeros((5 * RATE, 2), np.float32)))
    assert found.duration_s == 5
    without = absent(found)
    assert {"bpm", "lufs", "true_peak_db", "key", "key_confidence", "intro_s"} <= without
    assert found.overview == bytes(100)


@pytest.mark.parametrize("seconds", [0.0005, 0.02, 0.3, 0.5, 2.0])
def test_short_sounds_are_measured_as_far_as_they_go(tmp_path, seconds):
    found = analyse_file(write(tmp_path / "short.wav", tune(2.0)[: round(seconds * RATE)]))
    assert found.duration_s == pytest.approx(seconds, abs=1 / RATE)
    assert ("lufs" in absent(found)) == (seconds < 0.4)
    assert found.bpm is None


def test_a_full_scale_square_wave_peaks_above_full_scale(tmp_path):
    t = np.arange(5 * RATE) / RATE
    square = np.sign(np.sin(2 * np.pi * 440 * t + 0.1)).astype(np.float32)
    path = write(tmp_path / "square.wav", np.stack([square, square], axis=1), subtype="FLOAT")
    found = analyse_file(path)
    absent(found)
    assert 0 < found.true_peak_db < 4
    assert 0 < found.lufs < 4
    assert set(found.overview) == {255}


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30, -3e38])
def test_samples_that_are_no_numbers_or_absurd_do_no_harm(tmp_path, wrong):
    sound = tune()
    sound[1_000:1_040] = wrong
    found = analyse_file(write(tmp_path / "odd.wav", sound, subtype="FLOAT"))
    absent(found)
    assert np.isfinite(found.lufs)
    assert np.isfinite(found.true_peak_db)
    assert ("no numbers" in (found.fault or "")) == (not np.isfinite(wrong))


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "ogg"])
def test_a_file_cut_short_is_measured_up_to_there_and_says_so(tmp_path, kinds, kind):
    path = tmp_path / f"cut.{kind}"
    whole = kinds[kind].read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    found = analyse_file(path)
    assert 5 < found.duration_s < 9
    assert found.lufs is not None
    assert kind == "ogg" or "cut." in found.fault


def test_a_damaged_place_ends_the_measuring_and_is_told(tmp_path, kinds):
    data = bytearray(kinds["flac"].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4_000] = b"\x55" * 4_000
    path = tmp_path / "scratched.flac"
    path.write_bytes(data)
    found = analyse_file(path)
    assert "damaged" in found.fault
    assert 3 < found.duration_s < 10


def _mislabelled(path: Path) -> None:
    path.write_text("A shopping list, in plain words.\n" * 50, encoding="utf-8")


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(5).bytes(20_000))


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("empty.mp3", lambda path: path.write_bytes(b""), "0 bytes"),
        ("list.mp3", _mislabelled, "text"),
        ("noise.mp3", _noise, "cannot be read as sound"),
        ("noise.m4a", _noise, "cannot be read as sound"),
        ("bought.m4p", _noise, "copy-protected"),
        ("gone.flac", lambda path: None, "is not there"),
        ("folder.wav", lambda path: path.mkdir(), "is a folder"),
        ("nothing.wav", lambda path: write(path, np.zeros((0, 2), np.float32)), "no sound"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(tmp_path, name, make, words):
    path = tmp_path / name
    make(path)
    with pytest.raises(MediaError) as caught:
        analyse_file(path)
    assert words in caught.value.message
    assert caught.value.message.count("\n") == 0


def test_an_mp3_under_another_name_is_measured_all_the_same(tmp_path, kinds, truth):
    path = tmp_path / "really_an_mp3.wav"
    path.write_bytes(kinds["mp3"].read_bytes())
    assert analyse_file(path).lufs == pytest.approx(truth.lufs, abs=0.2)


def test_a_file_that_may_not_be_read_says_so(tmp_path, kinds, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MediaError, match="may not be read"):
        analyse_file(kinds["wav"])


def test_it_stops_when_asked(kinds):
    with pytest.raises(StoppedError):
        analyse_file(kinds["wav"], cancelled=lambda: True)


def test_memory_does_not_grow_with_length(tmp_path):
    path = tmp_path / "hours.wav"
    with soundfile.SoundFile(path, "w", 8_000, 1) as file:
        minute = (tune(60.0, 8_000)[:, 0] * 32_767).astype(np.int16)
        for _ in range(12):
            file.write(minute)
    process = psutil.Process()
    held: list[int] = []

    def watch() -> bool:
        held.append(process.memory_info().rss)
        return False

    found = analyse_file(path, cancelled=watch)
    assert found.duration_s == 720
    assert held[-1] - held[2] < 20e6


def test_a_worker_loads_no_screen_and_no_sound_card():
    code = (
        "import sys, mtsession.music.analysis.analyse;"
        "print(sorted({'textual', 'sounddevice', 'rtmidi', 'matplotlib'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
