"""Playlists on the command line: checked, planned from the library, kept and converted."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.library_shelf import HARBOUR, fill
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.app.archive import Archive
from mtsession.app.paths import places
from mtsession.app.plans import TASTE_LOCKED
from mtsession.cli.client_music import plan_for_client
from mtsession.cli.main import main
from mtsession.records.keys import KdfCost
from mtsession.records.vault import Vault

Told = tuple[int, str, str]
WORDS = "correct horse"
PLAN = """version = 1
title = "Evening"
when = "For a test."
[[segment]]
title = "Listen"
minutes = 2
[[segment.activity]]
method = "listening"
arc = [{ hold = 67, minutes = 2 }]
[segment.activity.library]
highest_rate = 1.10
"""
NATIVE = """schema = 1
title = "Two"
[[track]]
file = "harbour.flac"
bpm = 0
[[track]]
fil = "hymn.mp3"
"""
M3U = (
    "#EXTM3U\n#EXTINF:120,J. Roe - Harbour\nharbour.flac\nhttps://radio.example/live\nnowhere.wav\n"
)
XSPF = """<?xml version="1.0"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>
<track><location>harbour.flac</location></track>
<track><location>nowhere.wav</location></track>
</trackList></playlist>
"""


@pytest.fixture
def say(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Told]:
    """Fill the library and give what runs a playlist command in the folder of its files."""
    fill(tmp_path)
    for name in ("harbour.flac", "hymn.mp3", "rain.wav"):
        (tmp_path / name).write_bytes(b"sound")
    (tmp_path / "evening.toml").write_text(PLAN)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Told:
        capsys.readouterr()
        code = main(["playlist", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.parametrize(
    ("name", "text", "places_told"),
    [
        ("two.toml", NATIVE, [(5, "track.bpm"), (7, "track.fil")]),
        ("two.m3u8", M3U, [(4, "entry 2"), (5, "entry 2")]),
        ("two.xspf", XSPF, [(4, "track[1].location")]),
    ],
    ids=["native", "m3u", "xspf"],
)
def test_each_fault_has_its_file_line_and_key(
    say: Callable[..., Told],
    tmp_path: Path,
    name: str,
    text: str,
    places_told: list[tuple[int, str]],
) -> None:
    (tmp_path / name).write_text(text)
    code, out, err = say("check", name, "--json")
    assert (code, err) == (1, "")
    faults = json.loads(out)
    assert {fault["file"] for fault in faults} == {name}
    found = [(fault["line"], fault["key"]) for fault in faults]
    assert [place for place in found if place in places_told] == places_told
    code, out, _ = say("check", name)
    assert code == 1
    assert len(out.splitlines()) == len(faults)
    assert all(line.startswith(f"{name}, line ") for line in out.splitlines())


def test_what_has_no_faults_is_said_in_a_line(say: Callable[..., Told], tmp_path: Path) -> None:
    (tmp_path / "one.m3u").write_text("harbour.flac\n")
    assert say("check", "one.m3u") == (0, "one.m3u: no faults. 1 recording.\n", "")
    assert say("check", "one.m3u", "--json") == (0, "[]\n", "")
    told = "evening.toml: no faults. Evening, 1 segment, 2 min.\n"
    assert say("check", "evening.toml") == (0, told, "")


def test_a_programme_is_planned_from_the_library(say: Callable[..., Told]) -> None:
    code, out, err = say("plan", "evening.toml")
    assert (code, err) == (0, "")
    assert out.startswith("Evening\n\nListen\n")
    assert "Harbour at night" in out
    planned = json.loads(say("plan", "evening.toml", "--json")[1])
    (part,) = planned["parts"]
    assert part["tracks"][0]["content"] == HARBOUR
    assert part["tracks"][0]["start_bpm"] == pytest.approx(67.0)


def test_a_client_is_never_played_what_was_ruled_out(say: Callable[..., Told]) -> None:
    Vault.create(places().data, WORDS, cost=KdfCost(memory_kib=64, passes=1, lanes=1)).close()
    archive = Archive.unlock(places().data, WORDS)
    archive.set_taste("K-17", HARBOUR, "never")
    archive.close()
    read, write = os.pipe()
    os.write(write, WORDS.encode())
    os.close(write)
    try:
        code, out, err = say(
            "plan", "evening.toml", "--client", "K-17", "--passphrase-fd", str(read), "--json"
        )
    finally:
        os.close(read)
    assert code == 0, err
    (part,) = json.loads(out)["parts"]
    assert HARBOUR not in {track["content"] for track in part["tracks"]}
    assert part["tracks"]


def test_a_client_needs_the_vault(say: Callable[..., Told]) -> None:
    code, out, err = say("plan", "evening.toml", "--client", "K-17")
    assert (code, out) == (1, "")
    assert "There are no records yet." in err


def test_a_plan_is_kept_edited_and_converted(say: Callable[..., Told], tmp_path: Path) -> None:
    code, _, err = say("plan", "evening.toml", "--freeze", "kept.toml")
    assert (code, err) == (0, f"Written: {tmp_path / 'kept.toml'}\n")
    assert say("check", "kept.toml")[0] == 0
    for name in ("kept.m3u8", "kept.xspf"):
        assert say("convert", "kept.toml", name) == (0, "", f"Written: {name} (1 recording)\n")
        assert say("check", name)[:2] == (0, f"{name}: no faults. Evening, 1 recording.\n")
    code, out, err = say("plan", "evening.toml", "--freeze", "kept.toml")
    assert (code, out) == (1, "")
    assert "kept.toml is there already" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("check nowhere.m3u", "There is no playlist nowhere.m3u."),
        ("check nowhere.toml", "There is no plan nowhere.toml."),
        ("plan nowhere.xspf", "There is no playlist nowhere.xspf."),
        ("convert nowhere.toml out.m3u", "There is no playlist nowhere.toml."),
        ("convert evening.toml out.m3u", "is a plan, not a playlist"),
        ("check .", "is a folder"),
        ("convert two.m3u8 out.doc", "out.doc"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    say: Callable[..., Told], tmp_path: Path, words: str, told: str
) -> None:
    (tmp_path / "two.m3u8").write_text("harbour.flac\n")
    code, out, err = say(*words.split())
    assert (code, out) == (1, "")
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_session_is_chosen_by_likes_where_the_vault_is_open(
    say: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settings(client: str | None) -> ListeningSettings:
        words = argparse.Namespace(start_bpm=None, client=client, passphrase_fd=None)
        plan = plan_for_client(tmp_path / "evening.toml", words)
        found = plan.segments[0].activities[0].settings
        assert isinstance(found, ListeningSettings)
        return found

    assert TASTE_LOCKED not in settings("K-17").notes  # there is no vault, so no likes either
    Vault.create(places().data, WORDS, cost=KdfCost(memory_kib=64, passes=1, lanes=1)).close()
    archive = Archive.unlock(places().data, WORDS)
    archive.set_taste("K-17", HARBOUR, "never")
    archive.close()
    locked = settings("K-17")
    assert TASTE_LOCKED in locked.notes
    assert HARBOUR in {each.content for each in locked.material}
    assert TASTE_LOCKED not in settings(None).notes
    secret = tmp_path / "secret"
    secret.write_text(WORDS)
    secret.chmod(0o600)
    monkeypatch.setenv("MTSESSION_PASSPHRASE_FILE", str(secret))
    opened = settings("K-17")
    assert TASTE_LOCKED not in opened.notes
    assert HARBOUR not in {each.content for each in (*opened.material, *opened.spare)}


def test_what_could_not_be_done_is_told_beside_the_sound(
    say: Callable[..., Told], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "evening.toml").write_text(PLAN.replace("minutes = 2", "minutes = 0.1"))
    out = tmp_path / "out.wav"
    assert main(["render", "evening.toml", "--out", str(out), "--rate", "8000"]) == 0
    assert "mtsession: Built-in music plays: " in capsys.readouterr().err


def test_a_run_begins_at_the_tempo_that_is_said(tmp_path: Path) -> None:
    plan = tmp_path / "open.toml"
    plan.write_text(
        'version = 1\ntitle = "Open"\nwhen = "In tests."\n[[segment]]\ntitle = "Listen"\n'
        'minutes = 0.05\n[[segment.activity]]\nmethod = "listening"\npieces = ["harbour"]\n'
        "allow_fast = true\narc = [{ to = 60, minutes = 0.05 }]\n"
    )
    events = tmp_path / "events.jsonl"
    words = ["render", str(plan), "--out", str(tmp_path / "a.wav"), "--events", str(events)]
    assert main(words) == 1
    assert main([*words, "--start-bpm", "70"]) == 0
    assert '"planned_bpm":[70.0,' in events.read_text().replace(" ", "")
