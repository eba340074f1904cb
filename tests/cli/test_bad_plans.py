"""Plans and recordings that cannot be used: one sentence each, with file, line and key."""

import json
from pathlib import Path

import pytest

from cli.programs import PLAN, plan_with_files, refused, run, short_plan, write_tone
from mtsession.cli.main import main

HEAD = PLAN.format(minutes=0.2)


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("arcs = 3\n", 9, "segment.activity.arcs", "not known. Did you mean `arc`?"),
        ('pieces = ["harbour"]\narc = [{ hold = 0, minutes = 0.2 }]\n', 10,
         "segment.activity.arc.hold", "0 is not a tempo"),
        ("track = []\n", 9, "segment.activity.track", "there is no music in it"),
        ("pieces = []\n", 9, "segment.activity.pieces", "there is no music in it"),
        ('[[segment.activity.track]]\nfile = "nowhere.wav"\n', 10,
         "segment.activity.track.file", "“nowhere.wav” is not there"),
        ('pieces = ["harbor"]\narc = [{ hold = 66, minutes = 0.2 }]\n', 9,
         "segment.activity.pieces", "harbor"),
        ('pieces = ["harbour"\n', None, None, "is not TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
    text: str, line: int | None, key: str | None, words: str,
) -> None:  # fmt: skip
    plan = tmp_path / "wrong.toml"
    plan.write_text(HEAD + text)
    assert main(["playlist", "check", str(plan)]) == 1
    told = capsys.readouterr().out.strip()
    assert len(told.splitlines()) == 1
    assert words in told
    if line is not None:
        assert told.startswith(f"wrong.toml, line {line}, `{key}`: ")
    assert main(["playlist", "check", str(plan), "--json"]) == 1
    faults = json.loads(capsys.readouterr().out)
    assert [fault["file"] for fault in faults] == ["wrong.toml"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.wav", b"", "is empty (0 bytes)"),
        ("words.flac", b"this is no music\n" * 9, "holds text, not sound"),
        ("folder.wav", None, "is a folder"),
        ("noise.mp3", bytes(range(256)) * 4, "cannot be read as sound"),
    ],
    ids=["empty", "text", "folder", "noise"],
)
def test_a_recording_that_cannot_be_played_is_told_before_anything_sounds(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    plan = plan_with_files(tmp_path, name)
    for command in (["playlist", "check"], ["run", "--headless"]):
        told = refused(run(*command, plan), f"“{name}”", words)
        assert "files.toml, line 10, `segment.activity.track.file`: " in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bytes(range(256)), "is not a text file"),
        (HEAD.replace("Short", "Grüße").encode("latin-1"), ", line 2: it holds a character that"),
        (HEAD.encode("utf-16"), "is saved as UTF-16. Save it as UTF-8"),
        (b"x" * 1_000_001, "is too large to be a plan"),
        (b"", "The plan is empty"),
    ],
    ids=["bytes", "latin-1", "utf-16", "too large", "empty"],
)
def test_what_is_no_plan_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    assert main(["run", "--headless", str(path)]) == 1
    told = capsys.readouterr().err.strip()
    assert words in told
    assert "odd.toml" in told
    assert len(told.splitlines()) == 1


def test_a_mark_before_the_text_is_no_fault(tmp_path: Path) -> None:
    path = short_plan(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert main(["playlist", "check", str(path)]) == 0


def test_a_plan_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    refused(run("run", "nosuch"), "There is no plan nosuch.", "settle-10")
    refused(run("run", "x" * 5_000), "There is no plan")
    refused(run("playlist", "check", tmp_path), "is a folder")
    refused(run("playlist", "check", ""), "There is no plan without a name")


def test_a_folder_does_not_hide_a_shipped_plan(tmp_path: Path) -> None:
    (tmp_path / "settle-10").mkdir()
    assert run("playlist", "check", "settle-10", cwd=tmp_path).returncode == 0


def test_one_bad_file_of_several_ends_neither_the_music_nor_the_session(tmp_path: Path) -> None:
    write_tone(tmp_path / "one.wav")
    whole = write_tone(tmp_path / "two.mp3").read_bytes()
    (tmp_path / "two.mp3").write_bytes(whole[: len(whole) // 3])
    write_tone(tmp_path / "three.wav")
    plan = plan_with_files(tmp_path, "one.wav", "two.mp3", "three.wav")
    events = tmp_path / "events.jsonl"
    done = run("render", plan, "--out", tmp_path / "mix.wav", "--events", events)
    assert done.returncode == 0, done.stderr
    assert "“two.mp3” ends at 0:0" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Xing" not in done.stderr  # what the decoder says from C is not for the screen
    rows = [json.loads(line) for line in events.read_text().splitlines()]
    started = [row["event"]["title"] for row in rows if row["type"] == "TrackStarted"]
    assert started == ["one", "two", "three"]
    assert rows[-1]["type"] == "SessionEnded"
    assert rows[-1]["event"]["reason"] == "planned"
