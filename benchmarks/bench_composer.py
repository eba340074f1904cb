"""How fast each built-in piece is made, in seconds of sound a second of one core."""

import math
import statistics
from pathlib import Path

from composer import measure

from mtsession.media.composer.catalogue import PIECES

SLOWEST = 30
RUNS = 3


def cases() -> list[str]:
    return sorted(PIECES)


def run(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001  (the runner's contract)
    found = [measure(case, bpm=66) for _ in range(RUNS)]
    speeds = [figures["speed"] for figures in found]
    last = {name: round(value, 2) for name, value in found[-1].items() if math.isfinite(value)}
    last.pop("speed")
    return {
        "told": f"{statistics.median(speeds):.0f}x real time on one core "
        f"({min(speeds):.0f} to {max(speeds):.0f}), at least {SLOWEST}",
        "real_time_factor": round(statistics.median(speeds), 1),
        "slowest": round(min(speeds), 1),
        "fastest": round(max(speeds), 1),
        "target": SLOWEST,
        **last,
        "passed": statistics.median(speeds) >= SLOWEST,
    }
