"""The library's list as files for other programs."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.library_shelf import HYMN, fill
from mtsession.cli.main import main

Told = tuple[int, str, str]


@pytest.fixture
def export(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Told]:
    """Fill the library and give what exports it."""
    fill(tmp_path)

    def run(*words: str | Path) -> Told:
        capsys.readouterr()
        code = main(["library", "export", *(str(word) for word in words)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_a_spreadsheet_holds_the_list(export: Callable[..., Told], tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    code, printed, told = export(out, "--sort", "bpm")
    assert (code, printed) == (0, "")
    assert told == f"Written: {out} (4 recordings)\n"
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["bpm"] for row in rows] == ["66.0", "72.5", "104.0", ""]
    assert rows[1]["title"] == "'=Hymn\x1b[31m"  # a formula's sign runs nothing
    assert (rows[1]["words"], rows[1]["locked"], rows[0]["words"]) == ("yes", "no", "")
    assert [row["present"] for row in rows] == ["yes", "yes", "no", "yes"]


def test_json_is_what_the_list_prints(export: Callable[..., Told], tmp_path: Path) -> None:
    out = tmp_path / "list"
    assert export(out, "--format", "json", "--filter", "hymn")[0] == 0
    assert [row["content"] for row in json.loads(out.read_text())] == [HYMN]


@pytest.mark.parametrize("form", ["m3u8", "xspf"])
def test_a_playlist_names_the_files_that_are_there(
    export: Callable[..., Told], tmp_path: Path, form: str
) -> None:
    out = tmp_path / f"list.{form}"
    code, _, told = export(out)
    assert code == 0
    assert "3 recordings; 1 left out whose file is gone" in told
    text = out.read_text(encoding="utf-8")
    assert "harbour.flac" in text
    assert "Harbour at night" in text
    assert "march.ogg" not in text


def test_nothing_else_is_written_over(export: Callable[..., Told], tmp_path: Path) -> None:
    music = tmp_path / "harbour.flac"
    music.write_bytes(b"music")
    assert "ends in none of .csv" in export(music)[2]
    assert "harbour.flac is there already" in export(music, "--format", "csv")[2]
    assert music.read_bytes() == b"music"
    for form in ("csv", "m3u8"):
        assert "is there already" in export(tmp_path, "--format", form)[2]
        assert "cannot be written" in export(f"/proc/no/list.{form}")[2]
    code, _, told = export(tmp_path / "list.csv", "--filter", "bpm:x")
    assert code == 1
    assert "bpm:58-66" in told
    assert [path.name for path in tmp_path.iterdir()] == ["harbour.flac"]
