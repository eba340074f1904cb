"""Sound files as streams: speed against real time, place of the first sample, memory."""

import os
import time
import tracemalloc
from pathlib import Path

from media.made_sounds import RATE, lag_of, sweep, write
from mtsession.media.files import open_file
from mtsession.media.stream import BLOCK_FRAMES

TARGET_RATE = 48_000
SECONDS = 120
READ_FRAMES = 1_024
SLOWEST = 100
MOST_MEMORY = 40 * BLOCK_FRAMES * 8


def cases() -> list[str]:
    return ["wav", "flac", "ogg", "mp3", "m4a"]


def run(case: str, folder: Path) -> dict[str, object]:
    source = sweep(SECONDS)
    path = write(folder / f"sweep.{case}", source)
    stream = open_file(path, sample_rate=TARGET_RATE)
    start = time.process_time()
    frames = 0
    while len(block := stream.read(READ_FRAMES)):
        frames += len(block)
    speed = frames / TARGET_RATE / (time.process_time() - start)
    start = time.perf_counter()
    stream.seek(frames // 2)
    stream.read(1)
    seek_ms = (time.perf_counter() - start) * 1_000
    stream.close()
    plain = open_file(path, sample_rate=RATE)
    lag = lag_of(plain.read(4 * RATE), source)
    plain.close()
    peak = _peak_bytes(path)
    return {
        "seconds_of_sound": SECONDS,
        "real_time_factor": round(speed, 1),
        "target": SLOWEST,
        "lag_frames": lag,
        "length_error_frames": frames - SECONDS * TARGET_RATE,
        "seek_to_middle_ms": round(seek_ms, 1),
        "peak_traced_bytes": peak,
        "processors": os.cpu_count(),
        "passed": speed >= SLOWEST and lag == 0 and peak <= MOST_MEMORY,
    }


def _peak_bytes(path: Path) -> int:
    """Trace apart from timing, which tracing slows down."""
    tracemalloc.start()
    stream = open_file(path, sample_rate=TARGET_RATE)
    while len(stream.read(READ_FRAMES)):
        pass
    stream.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
