"""Scans of small folders, with a stand-in for the analysis in real worker processes."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import psutil
import pytest

from mtsession.errors import MediaError, MusicError
from mtsession.music.library import crew, intake, worker
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.pulse import written_down
from mtsession.music.recording import Decision
from music.library import measuring

TESTS = Path(__file__).parents[2]


def figures(report):
    now = report.progress
    assert now.done == now.unchanged + now.known + now.analysed + now.failed or report.cancelled
    return now.found, now.unchanged, now.known, now.analysed, now.failed


def by_name(catalogue):
    return {Path(each.path).name: each for each in catalogue.recordings()}


def test_every_file_is_measured_once_and_then_not_opened(catalogue, music, scanned):
    told = []
    report = scanned(on_progress=told.append)
    assert figures(report) == (3, 0, 0, 3, 0)
    assert (report.faults, report.missing, report.cancelled) == ((), 0, False)
    assert told[0].done == 0
    assert told[-1].done == 3
    assert told[-1].now == "ä 静か.mp3"
    assert set(by_name(catalogue)) == {"a.wav", "b.flac", "ä 静か.mp3"}
    # Other bytes under the same size and time: only who opens the file can tell.
    path = music / "a.wav"
    before, content = path.stat(), by_name(catalogue)["a.wav"].content
    path.write_bytes(b"SOUND OF a.wav")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert figures(scanned()) == (3, 3, 0, 0, 0)
    assert by_name(catalogue)["a.wav"].content == content


def test_a_rescan_starts_no_process(scanned, monkeypatch):
    scanned()
    monkeypatch.setattr(crew.Worker, "__init__", lambda *_: pytest.fail("a process was started"))
    assert figures(scanned()) == (3, 3, 0, 0, 0)


def test_what_was_measured_comes_back_whole(catalogue, scanned):
    scanned()
    listed = by_name(catalogue)["a.wav"]
    whole = catalogue.recording(listed.content)
    assert whole.analysis.overview == measuring.OVERVIEW
    assert listed.analysis.overview == b""
    assert listed.beats_s == whole.beats_s == whole.analysis.beats_s
    assert len(whole.beats_s) == 8
    assert (whole.title, whole.present, whole.fault) == ("a", True, None)


def test_moving_keeps_everything(catalogue, music, scanned):
    scanned()
    content = by_name(catalogue)["a.wav"].content
    catalogue.decide(content, Decision(bpm=66.0, how="typed", locked=True))
    catalogue.add_label(content, "evening")
    catalogue.set_words(content, words=True)
    (music / "elsewhere").mkdir()
    (music / "a.wav").rename(music / "elsewhere" / "named anew.wav")
    report = scanned()
    assert figures(report) == (3, 2, 1, 0, 0)
    assert report.missing == 0
    moved = catalogue.recording(content)
    assert moved.path == str(music / "elsewhere" / "named anew.wav")
    assert moved.title == "named anew"
    assert (moved.bpm, moved.decision.locked, moved.labels, moved.words) == (
        66.0, True, ("evening",), True,
    )  # fmt: skip
    assert moved.analysis is not None
    assert catalogue.find(str(music / "a.wav")).content == content


def test_tagging_anew_keeps_everything_but_the_tags(catalogue, music, scanned):
    from media.test_tags import id3

    audio = (music / "slow" / "ä 静か.mp3").read_bytes()
    scanned()
    content = by_name(catalogue)["ä 静か.mp3"].content
    catalogue.decide(content, Decision(bpm=66.0, how="typed"))
    (music / "slow" / "ä 静か.mp3").write_bytes(id3(TIT2="Träumerei", TBPM="72") + audio)
    assert figures(scanned()) == (3, 2, 1, 0, 0)
    retagged = catalogue.recording(content)
    assert (retagged.title, retagged.tag_bpm, retagged.bpm) == ("Träumerei", 72.0, 66.0)


def test_two_files_of_one_content_are_one_recording(catalogue, music, scanned):
    shutil.copy(music / "a.wav", music / "copy.wav")
    report = scanned(workers=2)
    assert report.progress.failed == 0
    assert len(catalogue.recordings()) == 3
    content = by_name(catalogue)["a.wav"].content
    both = (str(music / "a.wav"), str(music / "copy.wav"))
    assert catalogue.paths(content) == both
    (music / "a.wav").unlink()
    assert scanned().missing == 0
    assert catalogue.recording(content).path == both[1]
    assert catalogue.paths(content) == both[::-1]


def test_a_file_that_is_gone_loses_nothing(catalogue, music, scanned):
    scanned()
    audio = (music / "a.wav").read_bytes()
    (music / "a.wav").unlink()
    report = scanned()
    assert (figures(report), report.missing) == ((2, 2, 0, 0, 0), 1)
    gone = by_name(catalogue)["a.wav"]
    assert not gone.present
    assert gone.analysis is not None
    (music / "a.wav").write_bytes(audio)
    assert scanned().missing == 0
    assert by_name(catalogue)["a.wav"].present


def test_other_audio_under_the_same_name_is_another_recording(catalogue, music, scanned):
    scanned()
    plain = by_name(catalogue)["a.wav"].content
    (music / "a.wav").write_bytes(b"another sound")
    assert figures(scanned()) == (3, 2, 0, 1, 0)
    assert plain not in {each.content for each in catalogue.recordings()}
    decided = by_name(catalogue)["a.wav"].content
    catalogue.add_label(decided, "mine")
    (music / "a.wav").write_bytes(b"a third sound")
    scanned()
    assert not catalogue.recording(decided).present
    assert catalogue.recording(decided).labels == ("mine",)


def test_a_drive_that_is_unplugged_loses_nothing(catalogue, music, scanned):
    scanned()
    music.rename(music.parent / "unplugged")
    report = scanned()
    assert (report.progress.found, report.missing) == (0, 3)
    assert "its drive is unplugged" in report.faults[0].message
    assert not any(each.present for each in catalogue.recordings())
    (music.parent / "unplugged").rename(music)
    assert figures(scanned()) == (3, 3, 0, 0, 0)
    assert all(each.present for each in catalogue.recordings())


def test_nothing_is_said_of_a_folder_that_cannot_be_looked_into(
    catalogue, music, scanned, monkeypatch
):
    scanned()
    scandir = os.scandir

    def closed(path):
        if path == str(music / "slow"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    report = scanned()
    assert (report.progress.found, report.missing) == (2, 0)
    assert [fault.message for fault in report.faults] == [
        "“slow” may not be read by this user account."
    ]
    assert all(each.present for each in catalogue.recordings())


def test_one_folder_leaves_what_is_known_of_another_alone(catalogue, music, scanned):
    scanned()
    report = scanned(music / "slow")
    assert (report.progress.found, report.missing) == (1, 0)
    assert all(each.present for each in catalogue.recordings())


def test_a_folder_is_the_same_however_it_is_written(scanned, music, monkeypatch):
    scanned()
    monkeypatch.chdir(music)
    assert figures(scanned(Path())) == (3, 3, 0, 0, 0)
    assert figures(scanned(music / "slow" / "..")) == (3, 3, 0, 0, 0)
    assert figures(scanned(Path("~nobody at all"))) == (0, 0, 0, 0, 0)


def test_a_fault_that_may_pass_is_not_kept(tmp_path, monkeypatch):
    def refused(path):
        raise MediaError("It may not be read.", "Ask its owner.")

    monkeypatch.setattr(worker, "payload_hash", refused)
    (tmp_path / "a.wav").write_bytes(b"sound")
    assert worker._look(str(tmp_path / "a.wav")) == worker.Refused(message="It may not be read.")


def test_a_new_version_measures_again_and_keeps_decisions(catalogue, scanned, monkeypatch):
    scanned()
    content = by_name(catalogue)["a.wav"].content
    before = catalogue.recording(content)
    locked = Decision(locked=True, held=written_down(before))
    catalogue.decide(content, locked)
    other = by_name(catalogue)["b.flac"]
    monkeypatch.setattr(intake, "ANALYSIS_VERSION", intake.ANALYSIS_VERSION + 1)
    assert figures(scanned(measure=measuring.measure_later)) == (3, 0, 0, 3, 0)
    after = catalogue.recording(content)
    assert after.analysis.bpm == before.analysis.bpm + 7
    assert after.decision == locked
    assert (after.bpm, after.downbeat, after.beats_per_bar) == (before.bpm, 0, None)
    assert after.beats_s == pytest.approx(before.beats_s[: len(after.beats_s)])
    assert by_name(catalogue)["b.flac"].bpm == other.bpm + 7
    assert figures(scanned()) == (3, 3, 0, 0, 0)


def test_bad_files_have_a_line_each_and_the_rest_goes_on(catalogue, music, scanned):
    for name in ("killed", "gone", "fault", "damaged", "short", "grows", "silent"):
        (music / f"{name}.wav").write_bytes(f"this one is {name}".encode())
    (music / "empty.wav").write_bytes(b"")
    (music / "bought.m4p").write_bytes(b"not for you")
    report = scanned(workers=2)
    assert figures(report) == (12, 0, 0, 3, 9)
    lines = {Path(fault.path).name: fault.message for fault in report.faults}
    assert lines == {
        "killed.wav": "“killed.wav” stopped the program that reads it.",
        "gone.wav": "“gone.wav” stopped the program that reads it.",
        "fault.wav": "“fault.wav” could not be measured (ValueError).",
        "damaged.wav": "“damaged.wav” is damaged.",
        "short.wav": "“short.wav” was cut short.",
        "silent.wav": "“silent.wav” is silent.",
        "grows.wav": "“grows.wav” changed while it was read; the next scan takes it in.",
        "empty.wav": "“empty.wav” is empty (0 bytes).",
        "bought.m4p": ("“bought.m4p” is copy-protected: only the shop's own player can play it."),
    }
    listed = by_name(catalogue)
    assert listed["damaged.wav"].fault == lines["damaged.wav"]
    assert listed["damaged.wav"].analysis is None
    assert listed["short.wav"].duration_s == 4.0
    assert {"killed.wav", "gone.wav", "empty.wav", "bought.m4p"} & set(listed) == set()


def test_what_is_bad_for_good_is_told_again_without_opening_it(music, scanned, monkeypatch):
    for name in ("damaged", "short"):
        (music / f"{name}.wav").write_bytes(f"this one is {name}".encode())
    (music / "empty.wav").write_bytes(b"")
    (music / "copy.wav").write_bytes(b"this one is damaged")
    first = scanned()
    assert {Path(each.path).name for each in first.faults} == {
        each.message[1:].partition("”")[0] for each in first.faults
    }
    monkeypatch.setattr(crew.Worker, "__init__", lambda *_: pytest.fail("a process was started"))
    again = scanned()
    assert sorted(again.faults, key=lambda fault: fault.path) == sorted(
        first.faults, key=lambda fault: fault.path
    )
    assert figures(again) == (7, 3, 0, 0, 4)


def test_a_bad_file_that_was_moved_is_told_by_its_new_name(catalogue, music, scanned):
    (music / "damaged.wav").write_bytes(b"this one is damaged")
    scanned()
    (music / "damaged.wav").rename(music / "slow" / "other.wav")
    (fault,) = scanned().faults
    assert fault.message == by_name(catalogue)["other.wav"].fault == "“other.wav” is damaged."


def test_what_stopped_a_worker_is_tried_again(catalogue, music, scanned):
    (music / "killed.wav").write_bytes(b"this one is killed")
    assert figures(scanned()) == (4, 0, 0, 3, 1)
    (music / "killed.wav").write_bytes(b"this one is mended")
    assert figures(scanned()) == (4, 3, 0, 1, 0)


def test_a_scan_is_stopped_in_the_middle_of_a_file(catalogue, music, scanned):
    (music / "slow" / "ö.wav").write_bytes(b"this one never ends")
    told = []
    report = scanned(on_progress=told.append, cancelled=lambda: bool(told) and told[-1].done == 3)
    assert report.cancelled
    assert figures(report) == (4, 0, 0, 3, 0)
    names = {child.name for child in multiprocessing.active_children()}
    assert "mtsession-scan" not in names
    (music / "slow" / "ö.wav").write_bytes(b"this one ends")
    assert figures(scanned()) == (4, 3, 0, 1, 0)


def test_a_file_at_which_reading_stands_still_is_given_up(catalogue, music, scanned, monkeypatch):
    (music / "0.wav").write_bytes(b"this one never ends")
    clock = SimpleNamespace(monotonic=lambda: 1e6 * (music / "0.begun").exists())
    monkeypatch.setattr(crew, "time", clock)
    report = scanned()
    assert figures(report) == (4, 0, 0, 3, 1)
    (fault,) = report.faults
    assert fault.message == "“0.wav” was left out: reading it came to a standstill."
    (music / "0.begun").unlink()
    (music / "0.wav").write_bytes(b"this one ends")
    assert figures(scanned()) == (4, 3, 0, 1, 0)


def test_a_worker_is_waited_for_while_it_gives_signs(monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(crew, "time", clock)
    here, there = multiprocessing.Pipe()

    class InProcess(crew.Worker):
        def __init__(self, measure):
            self.link, self.process = here, Mock(is_alive=lambda: False)
            self.ready, self.asked = True, None

    monkeypatch.setattr(crew, "Worker", InProcess)
    team = crew.Crew(1)
    assert list(team.idle(1)) == []
    (one,) = team.idle(1)
    question = worker.Look(path="/music/long.wav")
    one.ask(question, size=crew.SLOWEST_READ * 50)
    clock.now = crew.PATIENCE_SECONDS + 49
    there.send(worker.GettingOn())
    assert list(team.answers(0)) == []
    clock.now += crew.PATIENCE_SECONDS - 1
    assert list(team.answers(0)) == []
    clock.now += 2
    assert list(team.answers(0)) == [(one, question, worker.Stuck())]
    one.process.terminate.assert_called_once()
    assert not team.busy
    there.close()


def test_measuring_tells_now_and_then_that_it_gets_on(monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(worker, "time", clock)
    told = Mock()
    sign = worker._sign_of_life(told)
    for tenths in range(26):
        clock.now = tenths / 10
        assert sign() is False
    assert told.send.call_args_list == [((worker.GettingOn(),),)] * 2


def test_a_scan_is_stopped_before_it_began(catalogue, scanned):
    report = scanned(cancelled=lambda: True)
    assert report.cancelled
    assert catalogue.recordings() == ()


def test_a_scan_that_was_killed_has_lost_nothing_that_was_done(catalogue, music, scanned):
    for number in range(30):
        (music / f"{number:02}.wav").write_bytes(f"sound {number}".encode())
    (music / "20.wav").write_bytes(b"this one never ends")
    program = [sys.executable, "-m", "music.library.measuring", str(music), str(catalogue.path)]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=TESTS)
    try:
        # Two more lines: by then it has begun with the file that never ends.
        told = iter(running.stdout.readline, "")
        assert any(int(line) == 20 for line in told)
        assert [int(next(told)), int(next(told))] == [20, 20]
        workers = psutil.Process(running.pid).children(recursive=True)
    finally:
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        running.stdout.close()
    assert workers
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    assert len(catalogue.recordings()) >= 20
    (music / "20.wav").write_bytes(b"this one ends")
    found, unchanged, known, analysed, failed = figures(scanned())
    assert (found, known, failed) == (33, 0, 0)
    assert unchanged >= 20
    assert unchanged + analysed == 33


def test_where_no_process_starts_it_says_so(music, scanned, monkeypatch):
    monkeypatch.setattr(crew, "serve", os._exit)
    with pytest.raises(MusicError, match="does not start") as caught:
        scanned()
    assert caught.value.hint


def test_a_worker_answers_until_the_scan_is_gone(tmp_path):
    here, there = multiprocessing.Pipe()
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    process = multiprocessing.get_context("spawn").Process(
        target=worker.serve, args=(there, measuring.measure)
    )
    process.start()
    there.close()
    assert here.recv() == worker.Ready()
    here.send(worker.Look(path=str(path)))
    looked = here.recv()
    here.send(worker.Listen(path=str(path), stamp=looked.stamp))
    assert here.recv().analysis.duration_s == 4.0
    here.close()
    process.join(20)
    assert process.exitcode == 0


def test_usual_workers_leave_a_processor_free(monkeypatch):
    for cores, wanted in ((1, 1), (2, 1), (4, 3), (16, 4), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert crew.usual_workers() == wanted


def test_another_catalogue_may_read_and_decide_during_a_scan(catalogue, music, scanned):
    seen = []

    def look(progress):
        with Catalogue.open(catalogue.path) as other:
            seen.append(len(other.recordings()))
            for each in other.recordings():
                other.decide(each.content, Decision(bpm=66.0, how="typed"))

    scanned(on_progress=look)
    assert seen[-1] == 3
    assert {each.bpm for each in catalogue.recordings()} == {66.0}
