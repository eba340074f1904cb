"""A folder with everything that is wrong with somebody's files, and a few good ones."""

from pathlib import Path

import numpy as np
import soundfile

from media.made_sounds import RATE, sweep, write

LONG_NAME = "x" * 240 + " and more"


def clicks(seconds: float, rate: int = RATE, bpm: float = 72.0) -> np.ndarray:
    """A steady pulse over soft noise, for recordings that are to have a tempo."""
    sound = 0.003 * np.random.default_rng(1).standard_normal((int(seconds * rate), 2))
    length = rate // 20
    click = np.exp(-np.arange(length) / (rate / 200)) * np.sin(np.arange(length) * 6283 / rate)
    for beat in np.arange(0.2, seconds - 0.1, 60 / bpm):
        start = int(beat * rate)
        sound[start : start + length] += 0.5 * click[: len(sound) - start, None]
    return sound.astype(np.float32)


def make_good(folder: Path) -> list[str]:
    """Files that can be measured, odd as they are; gives their names."""
    music = clicks(9.0)
    for kind in ("wav", "flac", "ogg", "opus", "mp3", "m4a", "aiff"):
        if kind == "opus":
            soundfile.write(
                folder / "good.opus", clicks(9.0, 48_000), 48_000, format="OGG", subtype="OPUS"
            )
        else:
            write(folder / f"good.{kind}", music + 0.001 * len(kind))
    deep = folder / ("long " * 40) / ("longer " * 30)
    deep.mkdir(parents=True)
    write(deep / "a name of 静か ä.wav", music * 0.9)
    soundfile.write(folder / "8k mono.wav", clicks(9.0, 8_000)[:, 0], 8_000)
    soundfile.write(folder / "192k.flac", clicks(4.0, 192_000), 192_000)
    soundfile.write(folder / "five one.wav", np.repeat(music, 3, axis=1), RATE)
    square = np.sign(np.sin(2 * np.pi * 110 * np.arange(4 * RATE) / RATE))
    soundfile.write(folder / "square.wav", square, RATE, subtype="PCM_16")
    (folder / "mislabelled.mp3").write_bytes((folder / "good.flac").read_bytes())
    names = [path.name for path in folder.rglob("*") if path.is_file()]
    (folder / "._good.wav").write_bytes(b"\0\5\x16\7")
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    return names


def make_bad(folder: Path) -> dict[str, str]:
    """Files that give a line each; gives a part of each line, by name."""
    music = clicks(9.0)
    lines = {}

    def bad(name: str, says: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        lines[name] = says

    bad("cut.wav", "cut short", write(folder / "c.wav", music * 0.8).read_bytes()[:900_000])
    bad("cut.flac", "damaged at|cut short", write(folder / "c.flac", music).read_bytes()[:60_000])
    bad("cut.m4a", "cannot be read as sound", write(folder / "c.m4a", music).read_bytes()[:9_000])
    bad("empty.wav", "is empty", b"")
    bad("words.mp3", "holds text", b"Dear diary, today we sang. " * 40)
    bad("noise.ogg", "cannot be read as sound", np.random.default_rng(0).bytes(50_000))
    bad("header only.wav", "holds no sound|cannot be read", (folder / "c.wav").read_bytes()[:44])
    bad("bought.m4p", "copy-protected", (folder / "c.m4a").read_bytes())
    for name in ("c.wav", "c.flac", "c.m4a"):
        (folder / name).unlink()
    write(folder / "half a second.wav", sweep(0.5))
    lines["half a second.wav"] = "lasts 0.5 s, too short"
    write(folder / "silence.wav", np.zeros((4 * RATE, 2), np.float32))
    lines["silence.wav"] = "is silent"
    (folder / "loop").symlink_to(folder)
    lines["loop"] = "a link back to a folder above it"
    (folder / "itself.mp3").symlink_to(folder / "itself.mp3")
    lines["itself.mp3"] = "leads to itself"
    return lines


def make_not_a_number(folder: Path) -> str:
    """A file of floats of which some are no numbers; gives its name."""
    odd = clicks(9.0) * 0.7
    odd[1000:1100] = np.nan
    odd[5000, 0] = np.inf
    soundfile.write(folder / "nan.wav", odd, RATE, subtype="FLOAT")
    return "nan.wav"
