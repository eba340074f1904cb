"""The whole analysis of a recording: times real time on one core and on two, and its memory."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import peers
import soundfile
from ratios import paired, ratio, told

from media.made_sounds import RATE, write
from mtsession.media.composer.stream import open_piece
from mtsession.media.stream import BLOCK_FRAMES
from mtsession.timeline.tempo_map import TempoMap

TIMEOUT_SECONDS = 1_800
RUNS = 9
LEAST_SPEED = 400
LEAST_SCALING = 1.8
MOST_BYTES = 400_000_000
FILES_A_WORKER = 4
MINUTES = 4
PIECES = ("lantern", "meadow", "brook", "harbour")
LIBROSA = ["librosa==0.11.0"]

# What a worker does: each line it is sent is a file; it answers with the seconds it took.
WORKER = """
import json, sys, time
from pathlib import Path
from mtsession.music.analysis.analyse import analyse_file
def most():
    try:
        text = Path("/proc/self/status").read_text()
        return int(text.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        import resource
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
for line in sys.stdin:
    asked = json.loads(line)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(asked["times"]):
        found = analyse_file(Path(asked["path"]))
    spent = [time.perf_counter() - wall, time.process_time() - cpu]
    print(json.dumps([*spent, most(), found.duration_s, sorted(found.reasons)]), flush=True)
"""
# The same work for the machine, without us: what two processes can gain here at most.
DECODER = """
import json, sys, time
import numpy, soundfile
buffer = numpy.empty((65536, 2), numpy.float32)
for line in sys.stdin:
    asked = json.loads(line)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(2 * asked["times"]):
        with soundfile.SoundFile(asked["path"]) as file:
            while len(file.read(len(buffer), out=buffer)):
                pass
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), flush=True)
"""
BEAT_TRACK = """
import json, sys, time
import librosa
asked = json.load(sys.stdin)
spent = []
for _ in range(asked["times"]):
    begin = time.process_time()
    sound, rate = librosa.load(asked["path"])
    librosa.beat.beat_track(y=sound, sr=rate)
    spent.append(time.process_time() - begin)
print(json.dumps(spent))
"""


def cases() -> list[str]:
    return ["mp3", "loud-mp3", "flac", "m4a", "two-workers", "three-hours", "librosa"]


def run(case: str, folder: Path) -> dict[str, object]:
    return {
        "two-workers": _two_workers,
        "three-hours": _three_hours,
        "librosa": _librosa,
    }.get(case, _speed)(case, folder)


def _music() -> np.ndarray:
    """Give four minutes, a minute of each of four built-in pieces."""
    parts = []
    for name in PIECES:
        stream = open_piece(
            name=name,
            tempo=TempoMap.constant(66.0),
            duration_us=MINUTES * 60_000_000 // len(PIECES),
            key="",
            seed=0,
            sample_rate=RATE,
        )
        while len(block := stream.read(BLOCK_FRAMES)):
            parts.append(block)
    return np.concatenate(parts)


def _file(folder: Path, kind: str) -> Path:
    path = folder / f"four_minutes.{kind.removeprefix('loud-')}"
    if not path.is_file():
        sound = _music()
        if kind.startswith("loud-"):
            # As mastered for the charts: hardly a millisecond without a sample near full scale.
            sound = np.tanh(8 * sound / np.abs(sound).max()).astype(np.float32)
        write(path, sound)
    return path


class _Worker:
    """A process of its own that measures what it is sent."""

    def __init__(self, program: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()

    def ask(self, path: Path, times: int = 1) -> list:
        self._process.stdin.write(json.dumps({"path": str(path), "times": times}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _speed(case: str, folder: Path) -> dict[str, object]:
    """Measure one core beside the decoder alone, which no analysis can be faster than."""
    path = _file(folder, case)
    seconds = MINUTES * 60
    decoder = "PyAV" if case == "m4a" else "soundfile"
    with _Worker(WORKER) as worker:
        wall: list[float] = []

        def ours() -> float:
            answer = worker.ask(path)
            wall.append(answer[0])
            return answer[1]

        spent, decoding = paired(ours, _decoding(path), runs=RUNS)
        most = worker.ask(path)[2]
    speeds = sorted(seconds / each for each in spent)
    middle = statistics.median(speeds)
    return {
        "told": f"{middle:.0f}x real time ({speeds[0]:.0f} to {speeds[-1]:.0f}), at least "
        f"{LEAST_SPEED}; {told(ratio(spent, decoding), f'{decoder} alone')}; "
        f"{most / 1e6:.0f} MB",
        "real_time_factor": round(middle, 1),
        "fastest": round(speeds[-1], 1),
        "by_the_clock_on_the_wall": round(seconds / statistics.median(wall), 1),
        "decoder_alone": round(seconds / statistics.median(decoding), 1),
        "analysis_to_decoder": ratio(spent, decoding),
        "peak_bytes": most,
        "target": LEAST_SPEED,
        # Only MP3 is promised; what other programs take of a shared core is not ours to answer for.
        "passed": most <= MOST_BYTES and ("mp3" not in case or speeds[-1] >= LEAST_SPEED),
    }


def _decoding(path: Path) -> Callable[[], float]:
    buffer = np.empty((BLOCK_FRAMES, 2), np.float32)

    def by_soundfile() -> float:
        begin = time.process_time()
        with soundfile.SoundFile(path) as file:
            while len(file.read(BLOCK_FRAMES, out=buffer)):
                pass
        return time.process_time() - begin

    def by_av() -> float:
        import av

        begin = time.process_time()
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                frame.to_ndarray()
        return time.process_time() - begin

    return by_av if path.suffix == ".m4a" else by_soundfile


def _two_workers(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001
    """Compare the throughput of two workers with one's, and with what decoding alone gains."""
    path = _file(folder, "mp3")
    if (os.cpu_count() or 1) < 2:
        return {"skipped": "one processor only"}
    gains = {name: [] for name in ("analysis", "decoding")}
    programs = {"analysis": WORKER, "decoding": DECODER}
    with ThreadPoolExecutor(2) as pool:
        for name, program in programs.items():
            with _Worker(program) as first, _Worker(program) as second:
                both = [first, second]
                list(pool.map(lambda worker: worker.ask(path), both))
                for _ in range(5):
                    begin = time.perf_counter()
                    first.ask(path, FILES_A_WORKER)
                    alone = time.perf_counter() - begin
                    begin = time.perf_counter()
                    list(pool.map(lambda worker: worker.ask(path, FILES_A_WORKER), both))
                    gains[name].append(2 * alone / (time.perf_counter() - begin))
    ours, machine = (statistics.median(gains[name]) for name in programs)
    return {
        "told": f"{ours:.2f}x the throughput of one ({min(gains['analysis']):.2f} to "
        f"{max(gains['analysis']):.2f}), at least {LEAST_SCALING} where the machine gives it; "
        f"decoding alone gains {machine:.2f}x",
        "gain": round(ours, 3),
        "best": round(max(gains["analysis"]), 3),
        "decoding_gain": round(machine, 3),
        "target": LEAST_SCALING,
        "passed": max(gains["analysis"]) >= LEAST_SCALING or ours >= 0.95 * machine,
    }


def _three_hours(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001
    """Measure memory on a recording of three hours, written as it is made."""
    path = folder / "three_hours.flac"
    if not path.is_file():
        minute = _music()[: 60 * RATE]
        with soundfile.SoundFile(path, "w", RATE, 2) as file:
            for _ in range(180):
                file.write(minute)
    with _Worker(WORKER) as worker:
        _, spent, most, seconds, _ = worker.ask(path)
    path.unlink()
    return {
        "told": f"{most / 1e6:.0f} MB at most (400 allowed), {seconds / spent:.0f}x real time",
        "seconds_of_sound": seconds,
        "peak_bytes": most,
        "real_time_factor": round(seconds / spent, 1),
        "passed": most <= MOST_BYTES,
    }


def _librosa(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001
    """Compare with librosa's load and beat_track, which give tempo and beats alone."""
    path = _file(folder, "mp3")
    try:
        python = peers.venv("librosa", LIBROSA)
        with _Worker(WORKER) as worker:
            worker.ask(path)
            ours, theirs = [], []
            for _ in range(2):
                ours += [worker.ask(path)[1] for _ in range(3)]
                # The first of each process compiles.
                theirs += peers.run(python, BEAT_TRACK, {"path": str(path), "times": 4})[1:]
            ours += [worker.ask(path)[1] for _ in range(3)]
    except peers.PeerError as reason:
        return {"skipped": str(reason)}
    faster = statistics.median(theirs) / statistics.median(ours)
    return {
        "told": f"{faster:.1f}x as fast as librosa's load and beat_track "
        f"({MINUTES * 60 / statistics.median(theirs):.0f}x real time), with all else that "
        "is measured",
        "times_as_fast": round(faster, 2),
        "ours_s": round(statistics.median(ours), 3),
        "librosa_s": round(statistics.median(theirs), 3),
        "passed": faster > 1,
    }
