"""From the moment at which a phase of a breath is audible to the frame that shows it.

The app runs as a therapist starts it, on a pseudo-terminal; a frame is what was read from it.
At 97 BPM the phases fall on no multiple of the redraws. With a rig the phases are heard through
a sound card, without one the engine keeps time alone.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ratios import quantile
from terminal import Terminal

HERE = Path(__file__).parent
SECONDS = 150.0
MOST_MS = 70.0
NEAR_SECONDS = 0.6
SIGNS = {0: "↑ breathe in".encode(), 2: "↓ breathe out".encode()}
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
PLAN = """
version = 1
title = "Short breaths"
when = "In measurements."

[[segment]]
title = "Breathe"
minutes = 10

[[segment.activity]]
method = "listening"
arc = [{ hold = 97, minutes = 10 }]
allow_fast = true

[[segment.activity]]
method = "breathing"
ratio = [1, 1]
start_rate = 24
target_rate = 24
caution = false
cue = "click"
cue_db = -40
"""


class Seen(NamedTuple):
    """When a phase's word first stood on the screen."""

    place: int
    at: float


def cases() -> list[str]:
    return list(SIZES)


def run(case: str, folder: Path) -> dict[str, object]:
    columns, rows = SIZES[case]
    with TemporaryDirectory(dir=folder) as empty:
        plan, notes = Path(empty) / "plan.toml", Path(empty) / "notes"
        plan.write_text(PLAN)
        command = [sys.executable, str(HERE / "guided_app.py"), str(plan), str(notes)]
        home = {"MTSESSION_HOME": str(Path(empty) / "home"), "MTSESSION_MIDI_API": "jack"}
        with Terminal(command, columns=columns, rows=rows, environment=home) as terminal:
            seen = watch(terminal)
        lines = [line.split() for line in notes.read_text().splitlines()]
    heard = [Seen(int(place), float(at)) for place, at in lines]
    late = latencies(heard, seen)
    found = [ms for ms in late if ms is not None]
    p99 = quantile(found, 0.99)
    return {
        "told": f"p50 {quantile(found, 0.5):.0f} ms, p99 {p99:.0f} ms, at most {MOST_MS:.0f}",
        "phases": len(late),
        "never_shown": len(late) - len(found),
        "first_ms": round(min(found), 1),
        "median_ms": round(quantile(found, 0.5), 1),
        "p99_ms": round(p99, 1),
        "longest_ms": round(max(found), 1),
        "passed": len(found) == len(late) and p99 <= MOST_MS,
    }


def watch(terminal: Terminal) -> list[Seen]:
    """Read frames, and note each change of the word."""
    seen: list[Seen] = []
    rest, until = b"", time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        part = terminal.read(within_seconds=1.0)
        now = time.perf_counter()
        rest = rest[-32:] + part
        places = {place: rest.rfind(sign) for place, sign in SIGNS.items()}
        place = max(places, key=lambda one: places[one])
        if places[place] >= 0 and (not seen or seen[-1].place != place):
            seen.append(Seen(place, now))
    return seen


def latencies(heard: list[Seen], seen: list[Seen]) -> list[float | None]:
    """Give how late each audible phase was shown, in ms; None where it was not.

    The first seconds, in which the app is still being drawn, and the last are left out.
    """
    begins, ends = seen[0].at + 10.0, seen[-1].at - 1.0
    late: list[float | None] = []
    for phase in heard:
        if begins < phase.at < ends:
            off = [s.at - phase.at for s in seen if s.place == phase.place]
            nearest = min(off, key=abs)
            late.append(nearest * 1000 if abs(nearest) < NEAR_SECONDS else None)
    return late
