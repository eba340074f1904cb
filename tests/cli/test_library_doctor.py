"""What the doctor says of the library."""

from pathlib import Path

from cli.library_shelf import fill
from mtsession.app.doctor import Finding, examine
from mtsession.app.library import CATALOGUE
from mtsession.app.paths import places


def _finding(topic: str) -> Finding:
    (found,) = [each for each in examine() if each.topic == topic]
    return found


def test_the_library_is_counted_and_its_place_named(tmp_path: Path) -> None:
    path = places().data / CATALOGUE
    none = _finding("library")
    assert none.state == "ok"
    assert none.text == f"empty; mtsession library scan DIR begins it, in {path}"
    assert not path.exists()  # looking makes nothing
    fill(tmp_path)
    some = _finding("library")
    assert some.state == "ok"
    assert some.text == f"4 recordings, 1 of them not where it was, in {path}"


def test_the_formats_that_can_be_read_are_named() -> None:
    told = _finding("music files")
    assert told.state == "ok"
    for name in ("WAV", "AIFF", "FLAC", "OGG", "Opus", "MP3", "AAC", "ALAC"):
        assert name in told.text
