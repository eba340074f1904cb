"""First frame of the app against a bare Textual app's, from exec to the painted text."""

import statistics
import sys
from pathlib import Path

from ratios import ratio, told
from terminal import Painted, Terminal

HERE = Path(__file__).parent
RUNS = 15
MOST = 1.5
BARE = ([sys.executable, str(HERE / "bare_app.py")], b"a bare app stands here")
FULL = ([str(Path(sys.executable).parent / "mtsession")], b"start a session")


def first_frame(which: tuple[list[str], bytes], home: Path) -> Painted:
    """Start, see the text, and end before anything else is loaded or opened."""
    command, text = which
    with Terminal(command, environment={"MTSESSION_HOME": str(home)}) as terminal:
        return terminal.wait_for(text)


def run(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001  (the runner's contract)
    home = folder / "home"
    first_frame(FULL, home), first_frame(BARE, home)
    ours, peer = [], []
    for _ in range(RUNS):
        ours.append(first_frame(FULL, home))
        peer.append(first_frame(BARE, home))
    wall = ratio([one.seconds for one in ours], [one.seconds for one in peer])
    cpu = ratio([one.cpu_seconds for one in ours], [one.cpu_seconds for one in peer])
    return {
        "told": told(wall, "a bare Textual app") + f", at most {MOST}",
        "first_frame": wall,
        "processor_time": cpu,
        "median_ms": round(statistics.median(one.seconds for one in ours) * 1000),
        "bare_median_ms": round(statistics.median(one.seconds for one in peer) * 1000),
        "passed": wall["ratio_of_medians"] <= MOST,
    }
