"""Performances whose beats are known, as sound, and how an answer is held against them."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
PERFORMANCES = Path(os.environ.get("MTSESSION_ASAP", ROOT.parent / "shared" / "data" / "asap"))
_SOUNDFONTS = ("FluidR3_GM.sf2", "TimGM6mb.sf2", "default-GM.sf2")
RATE = 22_050
EXCERPT_S = 45.0
STARTS_S = (0.0, 60.0, 120.0, 180.0)


class NotHereError(Exception):
    """What is needed is not on this machine; says what in one line."""


@dataclass
class Excerpt:
    """Forty-five seconds of a performance with its beats, from the excerpt's start."""

    name: str
    sound: NDArray[np.float32]
    beats_s: NDArray[np.float64]

    @property
    def bpm(self) -> float:
        return float(60 / np.median(np.diff(self.beats_s)))

    @property
    def ibi_cv(self) -> float:
        gaps = np.diff(self.beats_s)
        return float(gaps.std() / gaps.mean())


def soundfont() -> Path:
    """Find a General MIDI soundfont."""
    given = os.environ.get("MTSESSION_SOUNDFONT")
    found = (
        [Path(given)] if given else [Path("/usr/share/sounds/sf2") / name for name in _SOUNDFONTS]
    )
    for path in found:
        if path.is_file():
            return path
    raise NotHereError("no General MIDI soundfont is installed (fluid-soundfont-gm)")


def rendered(folder: Path) -> list[Path]:
    """Render every performance to piano sound, once; gives the sound files in order."""
    if not PERFORMANCES.is_dir():
        raise NotHereError("no performances with known beats are beside the project")
    program = shutil.which("fluidsynth")
    if program is None:
        raise NotHereError("fluidsynth is not installed")
    font = soundfont()
    folder = folder / font.stem
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for midi in sorted(PERFORMANCES.glob("*.mid")):
        path = folder / f"{midi.stem}.flac"
        if not path.is_file():
            wav = folder / "partial.wav"
            command = [
                program,
                "-ni",
                "-q",
                "-g",
                "0.5",
                "-r",
                str(RATE),
                "-F",
                str(wav),
                str(font),
                str(midi),
            ]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
            sound, _ = soundfile.read(wav, dtype="float32", always_2d=True)
            soundfile.write(path, sound.mean(axis=1), RATE)
            wav.unlink()
        made.append(path)
    return made


def excerpts(path: Path, starts_s: tuple[float, ...] = STARTS_S) -> list[Excerpt]:
    """Cut a rendered performance where it lasts; fewer than eight beats are not enough."""
    sound, rate = soundfile.read(path, dtype="float32")
    lines = (PERFORMANCES / f"{path.stem}.beats.txt").read_text(encoding="utf-8").split("\n")
    beats = np.array([float(line.split()[0]) for line in lines if line.strip()])
    found = []
    for start in starts_s:
        end = start + EXCERPT_S
        inside = beats[(beats >= start) & (beats < end)] - start
        part = sound[int(start * rate) : int(end * rate)]
        if len(inside) >= 8 and len(part) > 0.9 * EXCERPT_S * rate and beats[-1] > end - 5:
            found.append(Excerpt(f"{path.stem}@{start:.0f}", part, inside))
    return found


def acc1(found: float | None, truth: float) -> bool:
    """Within 4 % of the tempo."""
    return found is not None and abs(found / truth - 1) <= 0.04


def acc2(found: float | None, truth: float) -> bool:
    """Within 4 % of the tempo, its double, triple, half or third."""
    return any(acc1(found, truth * times) for times in (1, 2, 3, 1 / 2, 1 / 3))


def f_measure(
    found: NDArray[np.float64], truth: NDArray[np.float64], window: float = 0.07
) -> float:
    """Match beats one to one within the window; nothing is left out at the start."""
    hits = i = j = 0
    while i < len(found) and j < len(truth):
        if abs(found[i] - truth[j]) <= window:
            hits, i, j = hits + 1, i + 1, j + 1
        elif found[i] < truth[j]:
            i += 1
        else:
            j += 1
    return 2 * hits / max(len(found) + len(truth), 1)
