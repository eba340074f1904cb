"""Sounds made for the tests: a sweep with noise, and writers for each kind of file."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

from mtsession.errors import MediaError
from mtsession.media.stream import Samples, SampleStream

RATE = 44_100


def sweep(seconds: float, rate: int = RATE, seed: int = 0) -> Samples:
    """A rising tone, different left and right, over soft noise: no two moments are alike."""
    t = np.arange(int(seconds * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * (200 * t + 150 * t * t / max(seconds / 5, 1)))
    noise = 0.02 * np.random.default_rng(seed).standard_normal((len(t), 2))
    return (tone[:, None] * [1.0, 0.7] + noise).astype(np.float32)


def read_all(stream: SampleStream, n: int = 10_007) -> Samples:
    parts = []
    while len(block := stream.read(n)):
        parts.append(block)
    return np.concatenate(parts) if parts else np.zeros((0, 2), dtype=np.float32)


def write_m4a(path: Path, samples: Samples, rate: int = RATE, codec: str = "aac", **options: str):
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        planar = "s16p" if codec == "alac" else "fltp"
        data = np.ascontiguousarray(samples.T)
        if planar == "s16p":
            data = np.round(data * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(data, format=planar, layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def write(path: Path, samples: Samples, rate: int = RATE, subtype: str | None = None) -> Path:
    if path.suffix in {".m4a", ".aac"}:
        write_m4a(path, samples, rate)
    else:
        # In blocks: libsndfile's Vorbis writer overruns the stack on minutes at once.
        with soundfile.SoundFile(path, "w", rate, samples.shape[1], subtype=subtype) as file:
            for start in range(0, len(samples), 65_536):
                file.write(samples[start : start + 65_536])
    return path


def lag_of(heard: Samples, source: Samples, *, at: int = RATE, length: int = RATE) -> int:
    """Frames by which `heard` comes later than `source`, by cross-correlation within 4000."""
    reach = 4_000
    part = heard[at - reach : at + length + reach, 0].astype(float)
    known = source[at : at + length, 0].astype(float)
    size = 1 << (len(part) + len(known)).bit_length()
    spectrum = np.fft.rfft(part, size) * np.conj(np.fft.rfft(known, size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[: 2 * reach + 1])) - reach


def decibels(error: Samples, signal: Samples) -> float:
    return 10 * float(np.log10(np.mean(error.astype(float) ** 2) / np.mean(signal**2) + 1e-30))


class Held:
    """A stream of samples in memory that may break at a frame."""

    def __init__(self, samples: Samples, sample_rate: int, *, breaks_at: int | None = None):
        self.samples = samples
        self.sample_rate = sample_rate
        self.frames = len(samples)
        self.breaks_at = breaks_at
        self.at = 0
        self.closed = False
        self.fault: str | None = None
        self.told = False

    def read(self, n: int) -> Samples:
        stop = min(self.at + n, self.frames if self.breaks_at is None else self.breaks_at)
        block = self.samples[self.at : stop]
        self.at += len(block)
        if not len(block) and self.breaks_at is not None and not self.told:
            self.told = True
            raise MediaError("It is broken here.", "Choose another.")
        return block

    def seek(self, frame: int) -> None:
        self.at = frame
        self.told = False

    def close(self) -> None:
        self.closed = True
