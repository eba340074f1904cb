"""Which files a walk finds."""

import os
import sys
from pathlib import Path

import pytest

from mtsession.music.library.walk import Walk, last_part, readable


def walked(*roots: Path):
    walk = Walk(roots, lambda: False)
    found = [each.path for each in walk.files()]
    return found, {Path(fault.path).name: fault.message for fault in walk.faults}, walk.unseen


def names(found):
    return [Path(path).name for path in found]


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")


def test_every_kind_is_found_in_every_folder_and_nothing_else(tmp_path):
    kinds = ["wav", "flac", "ogg", "opus", "mp3", "m4a", "aac", "aiff", "aif", "alac", "oga", "m4p"]
    wanted = [tmp_path / f"f{place}" / f"x.{kind}" for place, kind in enumerate(kinds)]
    touch(*wanted, tmp_path / "LOUD.WAV", tmp_path / "notes.txt", tmp_path / "cover.jpg")
    found, faults, _ = walked(tmp_path)
    assert set(found) == {str(path) for path in wanted} | {str(tmp_path / "LOUD.WAV")}
    assert faults == {}


def test_hidden_files_and_folders_are_left_out_unless_named(tmp_path):
    touch(tmp_path / "a.wav", tmp_path / "._a.wav", tmp_path / ".b.wav", tmp_path / ".c" / "d.wav")
    assert names(walked(tmp_path)[0]) == ["a.wav"]
    assert names(walked(tmp_path / ".c")[0]) == ["d.wav"]


def test_links_are_followed_once_and_loops_told(tmp_path):
    music, other = tmp_path / "music", tmp_path / "other"
    touch(music / "b" / "deep" / "x.wav", other / "y.wav")
    (music / "a link").symlink_to(other)
    (music / "second link").symlink_to(other)
    (music / "a sibling").symlink_to(music / "b")
    (music / "b" / "deep" / "loop").symlink_to(music)
    (music / "here").symlink_to(music)
    (music / "itself.wav").symlink_to(music / "itself.wav")
    (music / "nowhere.mp3").symlink_to(tmp_path / "gone.mp3")
    (music / "nowhere.txt").symlink_to(tmp_path / "gone.txt")
    found, faults, _ = walked(music)
    assert [str(Path(path).relative_to(music)) for path in found] == [
        "b/deep/x.wav", "a link/y.wav",
    ]  # fmt: skip
    again = "is a link back to a folder above it, and is not followed again."
    assert faults == {
        "loop": f"“loop” {again}",
        "here": f"“here” {again}",
        "itself.wav": "“itself.wav” is a link that leads to itself.",
        "nowhere.mp3": (
            "“nowhere.mp3” is not there; it was moved, its drive is unplugged, or a link leads "
            "nowhere."
        ),
    }


def test_folders_that_overlap_are_walked_once(tmp_path):
    touch(tmp_path / "a" / "x.wav", tmp_path / "y.wav")
    found, _, _ = walked(tmp_path / "a", tmp_path, tmp_path / "y.wav", tmp_path / "a" / ".." / "a")
    assert sorted(names(found)) == ["x.wav", "y.wav"]


def test_names_of_every_sort(tmp_path):
    long = "ä" * 120 + ".wav"
    deep = Path(*["folder of a long name indeed " * 8] * 3)
    touch(
        tmp_path / long,
        tmp_path / deep / "a song.mp3",
        tmp_path / "静か.flac",
        tmp_path / "a\nb.wav",
    )
    found, faults, _ = walked(tmp_path)
    assert len(found) == 4
    assert max(len(path) for path in found) > 700
    assert faults == {}
    assert last_part(str(tmp_path / "a\nb.wav")) == "a\ufffdb.wav"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_told_and_left_out(tmp_path):
    touch(tmp_path / "good.wav", Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav")))
    found, faults, _ = walked(tmp_path)
    assert names(found) == ["good.wav"]
    says = "“caf\ufffd.wav” has a name that is not text; give it another one, then scan again."
    assert faults == {"caf\ufffd.wav": says}
    assert readable("plain") == "plain"


def test_what_is_named_and_cannot_be_read_is_told(tmp_path):
    touch(tmp_path / "notes.txt")
    long = tmp_path / ("x" * 300 + ".wav")
    _, faults, unseen = walked(tmp_path / "gone", tmp_path / "notes.txt", long)
    assert [Path(fault).name for fault in faults] == ["gone", "notes.txt", long.name]
    assert "is not there" in faults["gone"]
    assert "is not a kind of sound file" in faults["notes.txt"]
    assert "File name too long" in faults[long.name]
    assert unseen == [str(long)]


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="everything may be read by it")
def test_a_folder_that_may_not_be_read_says_nothing_of_its_files(tmp_path):
    touch(tmp_path / "closed" / "x.wav", tmp_path / "y.wav")
    (tmp_path / "closed").chmod(0)
    try:
        found, faults, unseen = walked(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert names(found) == ["y.wav"]
    assert faults == {"closed": "“closed” may not be read by this user account."}
    assert unseen == [str(tmp_path / "closed")]


def test_pipes_and_folders_with_the_name_of_a_sound_are_no_sound(tmp_path):
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    touch(tmp_path / "folder.wav" / "x.wav")
    found, faults, _ = walked(tmp_path)
    assert (names(found), faults) == (["x.wav"], {})


def test_a_walk_stops_when_it_is_told(tmp_path):
    for number in range(5):
        touch(tmp_path / f"{number}" / "x.wav")
    stop = []
    files = Walk([tmp_path], lambda: bool(stop)).files()
    assert Path(next(files).path).parent.name == "0"
    stop.append(True)
    assert list(files) == []
