"""A folder of files, a catalogue, and a scan that measures with the stand-in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.scan import ScanReport, scan
from music.library.measuring import measure


@pytest.fixture
def catalogue(tmp_path: Path):
    with Catalogue.open(tmp_path / "data" / "library.db") as opened:
        yield opened


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    (folder / "slow").mkdir(parents=True)
    for name in ("a.wav", "b.flac", "slow/ä 静か.mp3"):
        (folder / name).write_bytes(f"sound of {name}".encode())
    return folder


@pytest.fixture
def scanned(catalogue: Catalogue, music: Path) -> Callable[..., ScanReport]:
    def run(*folders: Path, **options: object) -> ScanReport:
        given = {"workers": 1, "measure": measure} | options
        return scan(folders or [music], catalogue, **given)

    return run
