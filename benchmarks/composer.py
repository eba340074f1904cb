"""How fast the built-in pieces are made, and how loud and even they are.

Run `python benchmarks/composer.py` for the table of speeds, with `--loudness` for that of
loudness over tempi, keys and seeds as well.
"""

import itertools
import sys
import time

import numpy as np

from mtsession.media.composer.catalogue import PIECES
from mtsession.media.composer.stream import open_piece
from mtsession.media.loudness import LoudnessMeter
from mtsession.timeline.tempo_map import TempoMap

RATE = 48_000
SECONDS = 60
TEMPI = (40, 60, 90, 120)
KEYS_AND_SEEDS = (("", 0), ("A", 1), ("F#m", 2))


def measure(name: str, *, bpm: float, key: str = "", seed: int = 0) -> dict[str, float]:
    """Render a minute and give its speed (audio s / CPU s), loudness, peak and evenness."""
    start = time.process_time()
    stream = open_piece(
        name=name,
        tempo=TempoMap.constant(bpm),
        duration_us=SECONDS * 1_000_000,
        key=key,
        seed=seed,
        sample_rate=RATE,
    )
    sound = np.concatenate([stream.read(4096) for _ in range(-(-stream.frames // 4096))])
    cpu_seconds = time.process_time() - start
    meter = LoudnessMeter(RATE)
    meter.add(sound)
    middle = meter.blocks()[50:-90]
    jumps = np.abs(middle[4:] - middle[:-4])
    short_term = 10 * np.log10(np.convolve(10 ** (middle / 10), np.ones(27) / 27, "valid"))
    return {
        "speed": SECONDS / cpu_seconds,
        "lufs": meter.integrated() or float("nan"),
        "peak_dbfs": float(20 * np.log10(np.abs(sound).max())),
        "jump_lu": float(jumps.max()),
        "jump_95_lu": float(np.quantile(jumps, 0.95)),
        "short_term_range_lu": float(np.ptp(short_term)),
    }


def run(*, loudness: bool = False) -> dict[str, dict[str, float]]:
    """Measure each piece at 66 BPM, or over all tempi, keys and seeds; print and return it."""
    cases = [(66, "", 0)]
    if loudness:
        cases = [(bpm, *ks) for bpm, ks in itertools.product(TEMPI, KEYS_AND_SEEDS)]
    results = {}
    print("piece      bpm key seed   x real  LUFS   peak  jump max/95%  short-term range")
    for name, (bpm, key, seed) in itertools.product(PIECES, cases):
        figures = measure(name, bpm=bpm, key=key, seed=seed)
        results[f"{name} {bpm} {key or '-'} {seed}"] = figures
        print(
            f"{name:10} {bpm:3} {key or '-':3} {seed:4} {figures['speed']:8.0f} "
            f"{figures['lufs']:6.2f} {figures['peak_dbfs']:6.1f} "
            f"{figures['jump_lu']:5.1f}/{figures['jump_95_lu']:3.1f} "
            f"{figures['short_term_range_lu']:10.1f}",
            flush=True,
        )
    return results


if __name__ == "__main__":
    run(loudness="--loudness" in sys.argv[1:])
