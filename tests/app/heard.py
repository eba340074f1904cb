"""Compares what the sound card was given with what rendering wrote."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]
ROOT = Path(__file__).parents[2]


def mtsession(*words: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mtsession", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def render(plan: Path, folder: Path, *, level: float = -6.0) -> tuple[Samples, Path]:
    """Render a plan; give its samples and its events' file."""
    wav, events = folder / "mix.wav", folder / "events.jsonl"
    done = mtsession("render", plan, "--out", wav, "--events", events, "--level", level)
    assert done.returncode == 0, done.stderr
    samples, rate = soundfile.read(wav, dtype="float32", always_2d=True)
    assert rate == 48_000
    return samples, events


def lag_of(heard: Samples, written: Samples) -> int:
    """Give the whole number of frames by which what was heard comes later.

    The loudest ten seconds are sought in the whole capture by cross-correlation.
    """
    piece = 480_000
    power = np.cumsum(np.square(written[:, 0], dtype=np.float64))
    starts = np.arange(0, max(1, len(written) - piece), 4_800)
    ends = np.minimum(starts + piece, len(written)) - 1
    start = int(starts[np.argmax(power[ends] - power[starts])])
    needle = written[start : start + piece, 0].astype(np.float64)
    size = 1 << (len(heard) + len(needle)).bit_length()
    spectrum = np.fft.rfft(heard[:, 0].astype(np.float64), size)
    match = np.fft.irfft(spectrum * np.conj(np.fft.rfft(needle, size)), size)
    return int(np.argmax(match[: len(heard)])) - start


def residual_db(heard: Samples, written: Samples, lag: int) -> NDArray[np.float64]:
    """Give the residual of every 100 ms window against the programme's RMS, in dB."""
    n = min(len(written), len(heard) - lag)
    assert n > 0
    difference = heard[lag : lag + n].astype(np.float64) - written[:n]
    programme = np.sqrt(np.mean(np.square(written[:n], dtype=np.float64)))
    window = 4_800
    whole = n // window * window
    squares = np.square(difference[:whole]).reshape(-1, window * 2).mean(axis=1)
    return 10 * np.log10(squares / programme**2 + 1e-20)
