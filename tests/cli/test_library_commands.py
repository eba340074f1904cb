"""The library on the command line: listed, filtered, shown, decided; every wrong word told."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.library_shelf import HARBOUR, HYMN, MARCH, fill
from mtsession.app.library import Library
from mtsession.cli.main import main

Told = tuple[int, str, str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Told]:
    """Fill the library and give what runs a command in it: exit code, output, what else is said."""
    fill(tmp_path)

    def run(*words: str | Path) -> Told:
        capsys.readouterr()
        code = main([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.parametrize("action", ["scan", "analyse", "export"])
def test_an_empty_path_is_not_this_folder(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["library", action, ""])
    assert left.value.code == 2
    assert "this one is empty" in capsys.readouterr().err


def test_an_empty_library_says_how_it_is_filled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["library", "list"]) == 0
    assert "library is empty" in capsys.readouterr().out
    assert main(["library", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["library", "show", "harbour"]) == 1
    assert "no recording “harbour”" in capsys.readouterr().err
    assert main(["library", "scan"]) == 1
    assert "mtsession library scan DIR" in capsys.readouterr().err


def test_the_list_shows_each_recording_in_a_line(say: Callable[..., Told]) -> None:
    code, out, err = say("library", "list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[1] == "a1a1a1a1   66.00      2:00  Am   Harbour at night, J. Roe"
    assert lines[2] == "c3c3c3c3  104.00      2:00  C    March to the harbour  [file gone]"
    assert "\x1b" not in out
    assert lines[4] == "4 recordings. Tempo: ? measured, but unsure."


def test_the_list_is_sorted_and_filtered(say: Callable[..., Told]) -> None:
    def titles(*words: str) -> list[str]:
        code, out, _ = say("library", "list", "--json", *words)
        assert code == 0
        return [row["title"][:6] for row in json.loads(out)]

    assert titles("--sort", "bpm") == ["Harbou", "=Hymn\x1b", "March ", "rain"]
    assert titles("--filter", "bpm:60-73") == ["=Hymn\x1b", "Harbou"]
    assert titles("--filter", "harbour") == ["Harbou", "March "]
    assert titles("--filter", "words:yes") == ["=Hymn\x1b"]
    assert titles("--filter", "nowhere") == []
    assert "None of 4 recordings matches" in say("library", "list", "--filter", "nowhere")[1]
    code, out, err = say("library", "list", "--filter", "bpm:fast")
    assert (code, out) == (1, "")
    assert "bpm:58-66" in err


def test_json_holds_every_column(say: Callable[..., Told]) -> None:
    row = json.loads(say("library", "list", "--json", "--filter", "hymn")[1])[0]
    assert row["content"] == HYMN
    assert (row["bpm"], row["confidence"], row["how"]) == (72.5, 0.4, "as measured")
    assert (row["words"], row["present"], row["labels"]) == (True, True, [])
    assert (row["key"], row["lufs"], row["duration_s"]) == ("C", -18.0, 120.0)


def test_one_recording_is_shown_whole(say: Callable[..., Told], tmp_path: Path) -> None:
    code, out, _ = say("library", "show", "harbour at")
    assert code == 0
    assert out.splitlines()[0] == "Harbour at night, J. Roe"
    assert str(tmp_path / "harbour.flac") in out
    assert "66 BPM" in out
    assert re.search(r"132 \(20 ?%\)", out)
    assert "4 to a bar" in out
    whole = json.loads(say("library", "show", HARBOUR[:8], "--json")[1])
    assert whole["analysis"]["candidates"][1] == {"bpm": 132.0, "weight": 0.2}
    assert whole["beats_s"][0] == 0.5
    assert "overview" not in whole["analysis"]
    silent = say("library", "show", "rain")[1]
    assert "No steady pulse" in silent


def test_rivals_for_one_name_are_named(say: Callable[..., Told]) -> None:
    code, out, err = say("library", "set", "harb", "--lock")
    assert code in {0, 1}  # the march's file is gone: one that is there is meant
    code, out, err = say("library", "show", "h")
    assert (code, out) == (1, "")
    assert "Harbour at night (a1a1a1a1)" in err
    assert len(err.splitlines()) == 1


def test_a_decision_counts_until_it_is_changed(say: Callable[..., Told]) -> None:
    def decided(*words: str) -> dict[str, object]:
        code, out, err = say("library", "set", HARBOUR[:8], *words, "--json")
        assert code == 0, err
        return json.loads(out)

    assert decided("--bpm", "66.5")["bpm"] == 66.5
    assert decided("--measured")["bpm"] == 66.0
    assert decided("--double")["bpm"] == 132.0
    assert decided("--halve")["how"] == "as measured"
    assert decided("--halve")["bpm"] == 33.0
    assert decided("--measured", "--shift", "-1")["how"] == "shifted"
    with Library() as library:
        assert library.recording(HARBOUR).downbeat == 3
    assert decided("--words", "no")["words"] is False
    assert decided("--words", "unknown")["words"] is None
    both = decided("--label", "evening", "--label", "slow water")
    assert both["labels"] == ["evening", "slow water"]
    assert decided("--unlabel", "evening")["labels"] == ["slow water"]


def test_the_first_beat_is_set_with_the_tempo_or_alone(say: Callable[..., Told]) -> None:
    assert say("library", "set", "rain", "--bpm", "60", "--first-beat", "1.25")[0] == 0
    with Library() as library:
        beats = library.find("rain").beats_s
    assert beats[1] - beats[0] == pytest.approx(1.0)
    assert 1.25 in beats
    assert say("library", "set", "rain", "--first-beat", "1.5")[0] == 0
    with Library() as library:
        assert (library.find("rain").bpm, 1.5 in library.find("rain").beats_s) == (60.0, True)


def test_bars_are_set_by_their_beats(say: Callable[..., Told]) -> None:
    say("library", "set", "rain", "--bpm", "60", "--first-beat", "1.25")
    shown = say("library", "set", "rain", "--bar", "3")[1]
    assert "3 to a bar, a bar begins at 1.25 s" in shown
    for wrong in ("0", "33", "2.5", "many"):
        with pytest.raises(SystemExit) as left:
            say("library", "set", "rain", "--bar", wrong)
        assert left.value.code == 2


def test_a_first_beat_needs_a_tempo(say: Callable[..., Told]) -> None:
    code, _, err = say("library", "set", "rain", "--first-beat", "1")
    assert (code, err) == (1, "mtsession: Its tempo is not known yet. Add --bpm N.\n")
    for words in (("--double", "--first-beat", "1"), ()):
        with pytest.raises(SystemExit) as left:
            main(["library", "set", "rain", *words])
        assert left.value.code == 2


def test_a_lock_refuses_before_anything_else_is_changed(say: Callable[..., Told]) -> None:
    assert say("library", "set", MARCH[:8], "--bpm", "52", "--lock")[0] == 0
    code, out, err = say("library", "set", MARCH[:8], "--bpm", "50", "--label", "slow")
    assert (code, out) == (1, "")
    assert "locked" in err
    with Library() as library:
        march = library.recording(MARCH)
    assert (march.bpm, march.labels, march.decision.locked) == (52.0, (), True)
    code, out, _ = say("library", "set", MARCH[:8], "--unlock", "--bpm", "50")
    assert code == 0
    assert "50 BPM, typed by you" in out
    assert say("library", "list", "--filter", "locked")[1].startswith("None of")
