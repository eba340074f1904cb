"""A stand-in for the analysis: what a file says in plain bytes is what is measured of it."""

import os
import signal
import sys
import threading
from pathlib import Path

import msgspec

from mtsession.errors import MediaError
from mtsession.music.cancelling import Cancelled
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.scan import ScanProgress, scan
from mtsession.music.recording import Analysis

OVERVIEW = bytes(range(80))


def measure(path: Path, *, cancelled: Cancelled) -> Analysis:
    assert not cancelled()
    said = path.read_bytes()
    if b"killed" in said:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"gone" in said:
        os._exit(3)
    if b"fault" in said:
        raise ValueError("a fault of ours")
    if b"damaged" in said:
        raise MediaError(f"“{path.name}” is damaged.", "Choose another.")
    if b"short" in said:
        return Analysis(duration_s=4.0, lufs=-30.0, fault=f"“{path.name}” was cut short.")
    if b"grows" in said:
        path.write_bytes(said + b" more")
    if b"never ends" in said:
        path.with_suffix(".begun").touch()
        threading.Event().wait()
    if b"silent" in said:
        return Analysis(duration_s=4.0)
    bpm = 40.0 + sum(said) % 100
    beats = tuple(60 / bpm * beat for beat in range(8))
    return Analysis(
        duration_s=4.0, lufs=-20.0, bpm=bpm, beats_s=beats, downbeat=0, overview=OVERVIEW
    )


def measure_later(path: Path, *, cancelled: Cancelled) -> Analysis:
    """Hear everything 7 BPM faster, as another version might."""
    heard = measure(path, cancelled=cancelled)
    beats = tuple(0.05 + 60 / (heard.bpm + 7) * beat for beat in range(6))
    return msgspec.structs.replace(heard, bpm=heard.bpm + 7, beats_s=beats, downbeat=2)


def main(folder: str, catalogue: str) -> None:
    """Scan, and say how far it is: what is said is in the catalogue."""

    def tell(progress: ScanProgress) -> None:
        sys.stdout.write(f"{progress.done}\n")
        sys.stdout.flush()

    with Catalogue.open(Path(catalogue)) as opened:
        scan([Path(folder)], opened, workers=1, on_progress=tell, measure=measure)


if __name__ == "__main__":
    from music.library import measuring  # by a name that workers can import

    measuring.main(*sys.argv[1:])
