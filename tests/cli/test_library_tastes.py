"""What clients like, on the command line: noted, listed, forgotten, and never in plain."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.library_shelf import HARBOUR, HYMN, MARCH, fill
from mtsession.app.archive import Archive
from mtsession.app.library import CATALOGUE
from mtsession.app.paths import places
from mtsession.cli.main import main
from mtsession.records.keys import KdfCost
from mtsession.records.vault import Vault

WORDS = "correct horse"
CHEAP = KdfCost(memory_kib=64, passes=1, lanes=1)
Told = tuple[int, str, str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Told]:
    """Give what runs a command on a vault and a library; the passphrase comes by descriptor."""
    fill(tmp_path)
    Vault.create(places().data, WORDS, cost=CHEAP).close()

    def run(*words: str, passphrase: str = WORDS) -> Told:
        read, write = os.pipe()
        os.write(write, passphrase.encode())
        os.close(write)
        capsys.readouterr()
        try:
            code = main(["clients", "taste", "K-17", *words, "--passphrase-fd", str(read)])
        finally:
            os.close(read)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_tastes_are_noted_listed_and_forgotten(say: Callable[..., Told]) -> None:
    assert say() == (0, "Nothing is noted for K-17.\n", "")
    assert say("--like", "harbour at night")[0] == 0
    assert say("--dislike", "hymn.mp3")[0] == 0
    code, out, err = say("--never", MARCH[:8])
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "K-17, likes:",
        "  a1a1a1a1  Harbour at night, J. Roe",
        "K-17, dislikes:",
        "  b2b2b2b2  =Hymn [31m",
        "K-17, never to be played:",
        "  c3c3c3c3  March to the harbour",
    ]
    rows = json.loads(say("--never", "hymn", "--json")[1])
    assert rows["client"] == "K-17"
    assert [row["content"] for row in rows["never"]] == [HYMN, MARCH]
    assert (rows["dislike"], rows["like"][0]["title"]) == ([], "Harbour at night")
    assert "March" not in say("--forget", "march to")[1]


def test_a_recording_that_left_the_library_can_be_forgotten(say: Callable[..., Told]) -> None:
    archive = Archive.unlock(places().data, WORDS)
    archive.set_taste("K-17", "9f" * 32, "never")
    archive.close()
    assert "9f9f9f9f  a recording that is not in the library" in say()[1]
    assert say("--forget", "9f9f9f9f") == (0, "Nothing is noted for K-17.\n", "")


def test_what_is_misspelt_is_told_and_nothing_is_noted(say: Callable[..., Told]) -> None:
    code, out, err = say("--never", "harbor")
    assert (code, out) == (1, "")
    assert err == (
        "mtsession: The library has no recording “harbor”. See: mtsession library list\n"
    )
    assert "does not open this vault" in say("--like", "hymn", passphrase="wrong")[2]
    assert say()[1] == "Nothing is noted for K-17.\n"


def test_the_catalogue_holds_nothing_of_a_client(say: Callable[..., Told]) -> None:
    say("--never", "hymn")
    assert (places().data / CATALOGUE).is_file()
    stored = [path for path in places().data.rglob("*") if path.is_file()]
    assert all(b"K-17" not in path.read_bytes() for path in stored)


def test_without_records_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clients", "taste", "K-17"]) == 1
    assert "There are no records yet." in capsys.readouterr().err
    assert HARBOUR not in capsys.readouterr().out
