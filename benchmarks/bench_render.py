"""Rendering 20 minutes of a programme of files along an arc, against decoding and writing alone.

Six pieces of music as FLAC and MP3 at 44.1 kHz are slowed and quickened, crossfaded beat on beat
and written at 48 kHz by `mtsession render`, from its start to its end. What counts is
processor time, children and all, so that it holds for one core however busy the machine is.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soundfile

from mtsession.media.composer.stream import open_piece
from mtsession.media.files import open_file
from mtsession.timeline.tempo_map import TempoMap

TIMEOUT_SECONDS = 1_800
MINUTES = 20
SLOWEST = 10
RATE, FILE_RATE = 48_000, 44_100
PIECES = (("harbour", 72.0), ("lantern", 70.5), ("meadow", 69.0),
          ("chapel", 66.5), ("brook", 65.0), ("dusk", 63.5))  # fmt: skip
TRACK_SECONDS = 225

PLAN = """\
version = 1
title = "Twenty minutes"
when = "When something is measured."

[[segment]]
title = "Listen"
minutes = {minutes}

[[segment.activity]]
method = "listening"
arc = [{{ from = 72, to = 62, minutes = {music} }}]
"""
TRACK = '\n[[segment.activity.track]]\nfile = "{file}"\nbpm = {bpm}\nfirst_beat_s = 0\n'
BARS = "beats_per_bar = 4\n"


def run(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001  (the runner's contract)
    files = _music(folder)
    plan = folder / "plan.toml"
    tracks = "".join(
        TRACK.format(file=path.name, bpm=bpm) + BARS
        for path, (_, bpm) in zip(files, PIECES, strict=True)
    )
    plan.write_text(PLAN.format(minutes=MINUTES, music=MINUTES - 0.025) + tracks)
    wav, events = folder / "mix.wav", folder / "events.jsonl"
    wav.unlink(missing_ok=True)
    ours, wall = _render(plan, wav, events, folder / "home")
    seconds = soundfile.info(wav).duration
    plain = _plain(files, folder / "plain.wav", seconds)
    peak = _largest_db(wav)
    wav.unlink()
    speed = seconds / ours
    crossfades = events.read_text().count('"type":"TrackStarted"') - 1
    return {
        "told": f"{speed:.1f}x real time on one core, at least {SLOWEST}; "
        f"{ours / plain:.1f} times as long as decoding and writing",
        "seconds_of_sound": round(seconds, 1),
        "processor_seconds": round(ours, 1),
        "wall_seconds": round(wall, 1),
        "real_time_factor": round(speed, 1),
        "decoding_and_writing_seconds": round(plain, 1),
        "ratio_to_decoding_and_writing": round(ours / plain, 2),
        "crossfades": crossfades,
        "largest_sample_db": round(peak, 2),
        "passed": speed >= SLOWEST and crossfades >= 5 and peak <= -1,
    }


def _music(folder: Path) -> list[Path]:
    """Compose the recordings once; they stay between runs."""
    found = []
    for place, (name, bpm) in enumerate(PIECES):
        path = folder / f"{name}.{('flac', 'mp3')[place % 2]}"
        if not path.is_file():
            stream = open_piece(
                name=name,
                tempo=TempoMap.constant(bpm),
                duration_us=TRACK_SECONDS * 1_000_000,
                sample_rate=FILE_RATE,
            )
            half_made = path.with_stem(f"{path.stem}-part")
            with soundfile.SoundFile(half_made, "w", FILE_RATE, 2) as file:
                while len(block := stream.read(65_536)):
                    file.write(block)
            half_made.rename(path)
        found.append(path)
    return found


def _render(plan: Path, wav: Path, events: Path, home: Path) -> tuple[float, float]:
    """Render as a user does; give processor and wall seconds."""
    before, began = _children_seconds(), time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "mtsession", "render", str(plan), "--out", str(wav),
         "--events", str(events)],
        env={**os.environ, "MTSESSION_HOME": str(home)},
        check=True,
    )  # fmt: skip
    return _children_seconds() - before, time.monotonic() - began


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _plain(files: list[Path], out: Path, seconds: float) -> float:
    """Decode, resample and write as much of the same files, and nothing else."""
    began = time.process_time()
    left = round(seconds * RATE)
    with soundfile.SoundFile(out, "w", RATE, 2, subtype="FLOAT", format="WAV") as file:
        for path in files:
            stream = open_file(path, sample_rate=RATE)
            while left > 0 and len(block := stream.read(min(1_024, left))):
                file.write(block)
                left -= len(block)
            stream.close()
    used = time.process_time() - began
    out.unlink()
    return used


def _largest_db(wav: Path) -> float:
    """Give the largest sample in dB; the limiter's own tests look between samples."""
    highest = max(float(np.abs(block).max()) for block in soundfile.blocks(wav, 1 << 20))
    return 20 * float(np.log10(max(highest, 1e-9)))
