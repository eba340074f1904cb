"""Scanning a thousand unchanged files against a bare walk over them; listing them; stopping."""

import os
import time
from pathlib import Path

import msgspec
from ratios import paired, ratio, told

from mtsession.music.cancelling import Cancelled, never
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.scan import scan
from mtsession.music.recording import OVERVIEW_RATE, Analysis, TempoCandidate

FILES = 1_000
FOLDERS = 50
SECONDS = 240.0
RUNS = 15
MOST_SECONDS = 2.0
MOST_SECONDS_TO_STOP = 1.0


def cases() -> list[str]:
    return ["rescan", "list", "cancel"]


def run(case: str, folder: Path) -> dict[str, object]:
    path = folder / "library.db"
    music = _music(folder / "music")
    with Catalogue.open(path) as catalogue:
        first = scan([music], catalogue, measure=measured)
        figures = {"rescan": _rescan, "list": _list, "cancel": _cancel}[case](catalogue, music)
    size = sum(each.stat().st_size for each in folder.glob("library.db*"))
    return {"files": FILES, "first_scan_s": round(first.seconds, 2), "bytes": size} | figures


def measured(path: Path, *, cancelled: Cancelled = never) -> Analysis:  # noqa: ARG001 - as asked
    """Give what four minutes of music at 72 BPM take in the catalogue."""
    period = 60 / 72
    beats = tuple(0.1 + period * beat for beat in range(int(SECONDS / period)))
    return Analysis(
        duration_s=SECONDS,
        bpm=72.0,
        candidates=tuple(TempoCandidate(bpm=72.0 * part, weight=0.3) for part in (1, 2, 0.5)),
        confidence=0.9,
        steady=True,
        ibi_cv=0.01,
        beats_s=beats,
        downbeat=0,
        beats_per_bar=4,
        lufs=-18.0,
        true_peak_db=-1.0,
        key="Am",
        key_confidence=0.8,
        intro_s=0.5,
        outro_s=2.0,
        overview=os.urandom(round(SECONDS) * OVERVIEW_RATE),
        reasons={"album": path.name},
    )


def never_measured(path: Path, *, cancelled: Cancelled = never) -> Analysis:
    """Take longer than anybody waits."""
    time.sleep(3_600)
    return measured(path, cancelled=cancelled)


def _music(folder: Path) -> Path:
    for number in range(FILES):
        path = folder / f"album {number % FOLDERS:02}" / f"song {number:04}.mp3"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\xff\xfb" + f"song {number}".encode() * 400)
    return folder


def _rescan(catalogue: Catalogue, music: Path) -> dict[str, object]:
    def ours() -> float:
        report = scan([music], catalogue, measure=measured)
        assert report.progress.unchanged == FILES
        return report.seconds

    def bare() -> float:
        began = time.perf_counter()
        found = [
            os.stat(f"{place}/{name}")  # noqa: PTH116 - as bare as can be
            for place, _, names in os.walk(music)
            for name in names
        ]
        assert len(found) == FILES
        return time.perf_counter() - began

    seconds, peer = paired(ours, bare, runs=RUNS)
    against = ratio(seconds, peer)
    slowest = max(seconds)
    return {
        "told": f"{slowest:.3f} s at the slowest, at most {MOST_SECONDS}; "
        + told(against, "a bare walk with stat"),
        "rescan_s": sorted(round(each, 4) for each in seconds),
        "to_bare_walk": against,
        "passed": slowest < MOST_SECONDS,
    }


def _list(catalogue: Catalogue, music: Path) -> dict[str, object]:
    def ours() -> float:
        began = time.process_time()  # opening reads the list: what is damaged shows then
        with Catalogue.open(catalogue.path) as fresh:
            listed = fresh.recordings()
            took = time.process_time() - began
        assert len(listed) == FILES
        assert len(listed[0].beats_s) == len(measured(music).beats_s)
        return took

    packed = [msgspec.json.encode(each) for each in catalogue.recordings()]

    def plain() -> float:
        began = time.process_time()
        for each in packed:
            msgspec.json.decode(each)
        return time.process_time() - began

    def opened() -> float:
        began = time.process_time()
        Catalogue.open(catalogue.path).close()
        return time.process_time() - began

    seconds, peer = paired(ours, plain, runs=RUNS)
    opening, _ = paired(opened, plain, runs=RUNS)
    against = ratio(seconds, peer)
    slowest_ms = max(seconds) * 1000
    return {
        "told": f"{slowest_ms:.0f} ms of processor, opened and listed with beats, at the slowest; "
        + told(against, "reading the same from JSON in memory"),
        "list_ms": sorted(round(1000 * each, 1) for each in seconds),
        "open_ms": sorted(round(1000 * each, 1) for each in opening),
        "to_json": against,
        "passed": True,
    }


def _cancel(catalogue: Catalogue, music: Path) -> dict[str, object]:
    """Stop in the middle of a file that would take an hour."""
    endless = music.parent / "endless"
    endless.mkdir(exist_ok=True)
    (endless / "endless.wav").write_bytes(b"an hour")
    waited = []
    for _ in range(5):
        asked = 0.0
        looks = 0

        def cancelled() -> bool:
            nonlocal asked, looks
            looks += 1
            if looks > 20 and not asked:
                asked = time.perf_counter()
            return bool(asked)

        report = scan([endless], catalogue, workers=1, cancelled=cancelled, measure=never_measured)
        assert report.cancelled
        waited.append(time.perf_counter() - asked)
    slowest = max(waited)
    return {
        "told": f"stopped in {slowest:.2f} s at the slowest, at most {MOST_SECONDS_TO_STOP:.0f}",
        "stop_s": sorted(round(each, 3) for each in waited),
        "passed": slowest < MOST_SECONDS_TO_STOP,
    }
