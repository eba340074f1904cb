"""`mtsession midi analyse`: its JSON, who plays what, and files that are bad."""

import argparse
import json
from itertools import pairwise

import numpy as np
import pytest

import made_duos
from mtsession.cli.main import main
from mtsession.cli.midi_analyse import add_analyse
from mtsession.cli.midi_figures import run
from mtsession.midi.smf import write_take

SECOND = 1_000_000
PLAYER = {
    "notes", "density_per_s", "active_share", "ioi", "velocity", "pitch", "articulation", "reasons",
}  # fmt: skip


def analyse(capsys, *words):
    parser = argparse.ArgumentParser()
    add_analyse(parser.add_subparsers())
    code = run(parser.parse_args(["analyse", *map(str, words)]))
    told = capsys.readouterr()
    return code, told


def lines(told):
    return [json.loads(line) for line in told.out.splitlines()]


def take(path, *players, names=("Client", "Therapist")):
    rows = []
    for index, notes in enumerate(players):
        for start, pitch, velocity, up in zip(
            notes.onset_us.tolist(), notes.pitch.tolist(), notes.velocity.tolist(),
            notes.released_us.tolist(), strict=True,
        ):  # fmt: skip
            rows += [
                (index, start, bytes([0x90, pitch, velocity])),
                (index, up, bytes([0x80, pitch, 0])),
            ]
    write_take(path, rows, names[: len(players)])
    return path


def beats(path, count, every=500_000):
    rows = []
    for k in range(count):
        rows.append((0, k * every, bytes([0x90, 60 + k % 3, 60 + k % 5])))
        rows.append((0, k * every + every // 2, bytes([0x80, 60 + k % 3, 0])))
    write_take(path, rows, ["Client"])
    return path


def test_json_of_a_duo_holds_what_others_build_on(tmp_path, capsys):
    path = take(tmp_path / "duo.mid", *made_duos.conversing(5, 4).players)
    code, told = analyse(capsys, path, "--json")
    assert (code, told.err) == (0, "")
    (found,) = lines(told)
    assert [player["name"] for player in found["players"]] == ["Client", "Therapist"]
    for player in found["players"]:
        assert set(player) >= PLAYER
        assert set(player["ioi"]) >= {"mean_us", "median_us", "cv", "npvi"}
    for window in found["tempo"]["windows"]:
        assert set(window) >= {"start_us", "end_us", "bpm", "rival_bpm", "steady", "beats_us"}
        assert (window["bpm"] is None) == (not window["beats_us"])
        assert window["steady"] or window["reason"]
    edges = [(w["start_us"], w["end_us"]) for w in found["tempo"]["windows"]]
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    (pair,) = found["interaction"]["pairs"]
    assert pair["response"][0]["phrases_of"] == "Client"
    assert pair["response"][0]["share"]["chance"] is not None
    assert [len(player["rows"]) for player in found["engagement"]] == [8, 8]
    assert "voice" in found["not_captured"]


def test_figures_of_a_plain_beat(tmp_path, capsys):
    path = beats(tmp_path / "beat.mid", 40)
    _, told = analyse(capsys, path, "--json", "--window", "10")
    (found,) = lines(told)
    (player,) = found["players"]
    assert player["notes"] == 40
    assert player["ioi"] == {
        "n": 39, "mean_us": 500_000, "median_us": 500_000, "sd_us": 0, "cv": 0, "npvi": 0,
    }  # fmt: skip
    assert player["articulation"] == pytest.approx(0.5)
    assert player["density_per_s"] == pytest.approx(40 / 19.75, rel=1e-3)
    assert len(found["tempo"]["windows"]) == 2
    assert found["tempo"]["windows"][0]["bpm"] == pytest.approx(120)
    assert found["interaction"] == {"pairs": [], "reason": "one player"}


def test_too_little_is_null_with_its_reason(tmp_path, capsys):
    for count, why in ((0, "silence"), (1, "too few"), (8, "too few")):
        _, told = analyse(capsys, beats(tmp_path / "few.mid", count), "--json")
        (found,) = lines(told)
        (player,) = found["players"]
        assert player["notes"] == count
        assert player["ioi"]["mean_us"] is player["articulation"] is None
        assert player["density_per_s"] == (None if count else 0)
        assert player["active_share"] == (None if count else 0)
        assert why in player["reasons"]["ioi.mean_us"]
        assert found["tempo"]["windows"][0]["bpm"] is None
        assert why in found["tempo"]["windows"][0]["reason"]
    assert "NaN" not in told.out


def test_all_notes_at_one_instant(tmp_path, capsys):
    path = tmp_path / "chord.mid"
    notes = [(0, 0, bytes([0x90, pitch, 64])) for pitch in range(128)]
    write_take(path, notes, ["Client"])
    (found,) = lines(analyse(capsys, path, "--json")[1])
    assert found["players"][0]["notes"] == 128
    assert found["players"][0]["stuck"] == 128
    assert found["players"][0]["density_per_s"] is None
    assert found["players"][0]["windows"][0]["density_per_s"] is None
    assert found["tempo"]["windows"][0]["reason"] == "too few notes to calculate"


def test_players_by_track_channel_keys_or_as_one(tmp_path, capsys):
    path = take(tmp_path / "duo.mid", *made_duos.conversing(5, 1).players)
    (found,) = lines(analyse(capsys, path, "--json", "--players", "one")[1])
    assert len(found["players"]) == 1
    total = found["players"][0]["notes"]
    words = "left=keys:0-65,right=keys:66-127"
    (found,) = lines(analyse(capsys, path, "--json", "--players", words)[1])
    assert [p["name"] for p in found["players"]] == ["left", "right"]
    assert sum(p["notes"] for p in found["players"]) == total
    (found,) = lines(analyse(capsys, path, "--json", "--players", "me=3,you=track:2")[1])
    assert [p["name"] for p in found["players"]] == ["me", "you"]
    (found,) = lines(analyse(capsys, path, "--json", "--players", "both=channel:1")[1])
    assert found["players"][0]["notes"] == total


@pytest.mark.parametrize(
    "words", ["nonsense", "a=", "=1", "a=channel:17", "a=9", "a=keys:x", "a=channel:1-2", "a=1,,"]
)
def test_players_that_are_none_are_one_sentence(tmp_path, capsys, words):
    code, told = analyse(capsys, beats(tmp_path / "beat.mid", 9), "--players", words)
    assert code == 1
    assert told.err.startswith("mtsession: ")
    assert told.err.count("\n") == 1


def test_channels_of_one_track_are_players(tmp_path, capsys):
    path = tmp_path / "one.mid"
    rows = [(0, k * 400_000, bytes([0x90 | k % 2, 60, 64])) for k in range(20)]
    write_take(path, rows, ["Both"])
    (found,) = lines(analyse(capsys, path, "--json")[1])
    assert [player["name"] for player in found["players"]] == ["Channel 1", "Channel 2"]


def test_bad_files_are_told_and_the_others_go_on(tmp_path, capsys):
    bad = tmp_path / "bad.mid"
    bad.write_bytes(b"not MIDI at all")
    good = beats(tmp_path / "good.mid", 20)
    code, told = analyse(capsys, bad, tmp_path / "none.mid", tmp_path, good, "--json")
    assert code == 1
    found = lines(told)
    assert [set(row) == {"path", "error"} for row in found] == [True, True, True, False]
    code, told = analyse(capsys, bad, good)
    assert code == 1
    assert "no whole Standard MIDI File" in told.err
    assert "120.0 bpm" in told.out


def test_names_of_tracks_cannot_steer_the_terminal(tmp_path, capsys):
    path = tmp_path / "steer.mid"
    write_take(path, [(0, 0, bytes([0x90, 60, 64]))], ["\x1b[2J" + "x" * 200])
    _, told = analyse(capsys, path)
    assert "\x1b" not in told.out
    assert "x" * 81 not in told.out


def test_more_players_than_can_be_told_apart(tmp_path, capsys):
    path = tmp_path / "band.mid"
    names = [f"P{k}" for k in range(17)]
    write_take(path, [(k, 0, bytes([0x90, 60, 64])) for k in range(17)], names)
    code, told = analyse(capsys, path)
    assert code == 1
    assert "17 players" in told.err


def test_odd_messages_are_counted(tmp_path, capsys):
    path = tmp_path / "odd.mid"
    on, off = bytes([0x90, 60, 64]), bytes([0x80, 60, 0])
    write_take(path, [(0, 0, off), (0, 10_000, on), (0, 20_000, on), (0, 90_000, off)], ["A"])
    (found,) = lines(analyse(capsys, path, "--json")[1])
    (player,) = found["players"]
    assert (player["notes"], player["doubled"], player["unmatched"]) == (2, 1, 1)


def test_a_take_of_twelve_hours(tmp_path, capsys):
    path = beats(tmp_path / "long.mid", 12 * 3600 // 4, every=4 * SECOND)
    code, told = analyse(capsys, path, "--json", "--window", "600")
    (found,) = lines(told)
    assert code == 0
    assert len(found["tempo"]["windows"]) == 72
    bpm = [window["bpm"] for window in found["tempo"]["windows"] if window["bpm"]]
    assert all(np.isfinite(bpm))


def test_recorded_performances_are_read_whole(shared_data, tmp_path, capsys):
    path = shared_data / "asap" / "Bach__Prelude__bwv_846__Shi05M.mid"
    (found,) = lines(analyse(capsys, path, "--json")[1])
    assert found["players"][0]["tonality"]["key"] == "C major"
    assert found["notices"] == []


def test_the_program_knows_the_command(tmp_path, capsys):
    path = beats(tmp_path / "beat.mid", 20)
    assert main(["midi", "analyse", str(path), "--json"]) == 0
    (found,) = lines(capsys.readouterr())
    assert found["players"][0]["notes"] == 20
    for wrong in ([], [str(path), "--window", "1"], [str(path), "--bogus"]):
        with pytest.raises(SystemExit) as left:
            main(["midi", "analyse", *wrong])
        assert left.value.code == 2
