"""Opening a sound file as a stream against its decoder alone, and with soxr at another rate."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from ratios import paired, ratio, told

from media.made_sounds import RATE, sweep, write
from mtsession.media.files import open_file
from mtsession.media.stream import BLOCK_FRAMES

SECONDS = 60
RUNS = 7
OTHER_RATE = 48_000


def cases() -> list[str]:
    return ["wav", "flac", "ogg", "mp3", "m4a"]


def run(case: str, folder: Path) -> dict[str, object]:
    path = write(folder / f"sweep.{case}", sweep(SECONDS))
    blocks = _by_av if case == "m4a" else _by_soundfile
    equal = ratio(*paired(_stream(path, RATE), _alone(lambda: blocks(path)), runs=RUNS))
    other = ratio(
        *paired(_stream(path, OTHER_RATE), _alone(lambda: _soxr(blocks(path))), runs=RUNS)
    )
    library = "PyAV alone" if case == "m4a" else "soundfile alone"
    return {
        "told": f"{told(equal, library)}; resampled {told(other, 'with soxr')}",
        "seconds_of_sound": SECONDS,
        "stream_to_decoder": equal,
        "resampled_to_decoder_and_soxr": other,
        "passed": True,
    }


def _stream(path: Path, rate: int) -> Callable[[], float]:
    def measure() -> float:
        begin = time.process_time()
        stream = open_file(path, sample_rate=rate)
        while len(stream.read(1_024)):
            pass
        stream.close()
        return time.process_time() - begin

    return measure


def _alone(blocks: Callable[[], Iterator[NDArray[np.float32]]]) -> Callable[[], float]:
    def measure() -> float:
        begin = time.process_time()
        for _ in blocks():
            pass
        return time.process_time() - begin

    return measure


def _by_soundfile(path: Path) -> Iterator[NDArray[np.float32]]:
    with soundfile.SoundFile(path) as file:
        while len(block := file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
            yield block


def _by_av(path: Path) -> Iterator[NDArray[np.float32]]:
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            yield np.ascontiguousarray(frame.to_ndarray().T)


def _soxr(blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    resampler = soxr.ResampleStream(RATE, OTHER_RATE, 2, dtype="float32", quality="HQ")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.zeros((0, 2), dtype=np.float32), last=True)
