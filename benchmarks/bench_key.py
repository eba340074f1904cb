"""Keys found on music of known key, and whether the confidence told of them is right."""

import itertools
from pathlib import Path

import numpy as np
from key_music import RATE, make

from mtsession.media.composer.catalogue import PIECES
from mtsession.media.composer.stream import open_piece
from mtsession.music.analysis.key import Key, KeyMeter
from mtsession.timeline.tempo_map import TempoMap

FIRST_SEED = 1_000_000
SEEDS = 120
NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_NAMES = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
LEAST_RIGHT = {"made": 0.85, "pieces": 0.65}
EDGES = (0.0, 0.5, 0.7, 0.9, 1.01)


def cases() -> list[str]:
    return ["made", "pieces"]


def run(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001  (the runner's contract)
    heard = _made() if case == "made" else _pieces()
    right = [found.name == truth for found, truth in heard]
    share = sum(right) / len(right)
    table = {}
    for low, high in itertools.pairwise(EDGES):
        inside = [
            good
            for good, (found, _) in zip(right, heard, strict=True)
            if low <= (found.confidence or 0) < high
        ]
        if inside:
            table[f"{low} to {min(high, 1.0)}"] = [round(sum(inside) / len(inside), 2), len(inside)]
    told = ", ".join(f"{good:.0%} of {count} at {edges}" for edges, (good, count) in table.items())
    return {
        "told": f"{share:.0%} right, at least {LEAST_RIGHT[case]:.0%}; by confidence {told}",
        "right": round(share, 3),
        "pieces": len(heard),
        "right_by_confidence": table,
        "passed": share >= LEAST_RIGHT[case],
    }


def _name(root: int, *, minor: bool) -> str:
    return MINOR_NAMES[root] if minor else NAMES[root]


def _heard(sound: np.ndarray, rate: int) -> Key:
    meter = KeyMeter(rate=rate)
    meter.add(sound)
    return meter.finish()


def _made() -> list[tuple[Key, str]]:
    """Measure made music; its seeds were not looked at while the method was chosen."""
    heard = []
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        sound, root, minor = make(seed)
        heard.append((_heard(sound, RATE), _name(root, minor=minor)))
    return heard


def _pieces() -> list[tuple[Key, str]]:
    """Measure built-in pieces, which are modal: their keys are harder to tell."""
    heard = []
    for number, name in enumerate(PIECES):
        for root in range(number % 3, 12, 3):
            for minor in (False, True):
                stream = open_piece(
                    name=name,
                    tempo=TempoMap.constant(50.0 + 5 * root),
                    duration_us=40_000_000,
                    key=NAMES[root] + ("m" if minor else ""),
                    seed=100 + root,
                    sample_rate=12_000,
                )
                sound = stream.read(stream.frames).mean(axis=1)
                heard.append((_heard(sound, 12_000), _name(root, minor=minor)))
    return heard
