"""The library as screen and command line use it."""

import subprocess
import sys
import threading

import pytest

from media.made_sounds import sweep, write
from mtsession.app.library import Library
from mtsession.app.paths import places
from mtsession.errors import MediaError, MusicError
from mtsession.media.tags import Tags
from mtsession.music.analysis.taps import TapFit
from mtsession.music.library.intake import Intake
from mtsession.music.library.pulse import subdivided
from mtsession.music.library.walk import Stamp
from mtsession.music.recording import Analysis, Decision, Held

CONTENT, QUIET = "a1" * 32, "b2" * 32
BEATS = tuple(0.5 + beat for beat in range(12))


@pytest.fixture
def library():
    with Library() as opened:
        intake = Intake(opened._catalogue.database)
        heard = Analysis(
            duration_s=12.5, bpm=60.0, beats_s=BEATS, downbeat=0, beats_per_bar=4, confidence=0.5
        )
        stamp = Stamp(size=1, mtime_ns=1)
        intake.keep_measured("/music/a.wav", stamp, CONTENT, Tags(), analysis=heard)
        intake.keep_measured(
            "/music/b.wav", stamp, QUIET, Tags(), analysis=Analysis(duration_s=9.0)
        )
        yield opened


def test_the_catalogue_lies_with_the_data_and_only_its_owner_gets_there(library):
    assert library.path == places().data / "library.db"
    assert library.path.parent.stat().st_mode & 0o077 == 0
    assert library.notices == ()
    assert [each.title for each in library.recordings()] == ["a", "b"]
    assert library.paths(CONTENT) == ("/music/a.wav",)
    assert library.find("a").content == CONTENT


def test_doubling_and_halving_go_there_and_back(library):
    doubled = library.double(CONTENT)
    assert (doubled.bpm, doubled.decision.how, len(doubled.beats_s)) == (120.0, "doubled", 23)
    assert library.halve(CONTENT).decision == Decision()
    halved = library.halve(CONTENT)
    assert (halved.bpm, halved.decision.how, halved.beats_s) == (30.0, "halved", BEATS[::2])
    with pytest.raises(MusicError, match="no tempo to double"):
        library.double(QUIET)


def test_a_tempo_is_typed_exactly(library):
    typed = library.type_bpm(QUIET, 66.25, 1.5)
    assert (typed.bpm, typed.decision.how) == (66.25, "typed")
    assert min(abs(beat - 1.5) for beat in typed.beats_s) < 1e-9
    assert library.type_bpm(QUIET, 60.0).decision.first_beat_s == 1.5
    library.set_bar(QUIET, 3)
    assert library.shift_downbeat(QUIET, 1).downbeat == 2
    again = library.type_bpm(QUIET, 60.0, 1.5)
    assert again.beats_s[again.downbeat] == 1.5
    with pytest.raises(MusicError, match="no tempo that can be kept"):
        library.type_bpm(QUIET, 0.0)


def test_taps_set_tempo_and_beat(library):
    fit = TapFit(bpm=71.994, first_beat_s=-0.004, spread_ms=12.0, taps=9)
    tapped = library.tap(QUIET, fit)
    assert (tapped.bpm, tapped.decision.how, tapped.beats_s[0]) == (71.99, "tapped", 0.0)


def test_the_downbeat_goes_round_in_the_bar(library):
    shifted = library.shift_downbeat(CONTENT, 1)
    assert (shifted.downbeat, shifted.decision.how) == (1, "shifted")
    assert library.shift_downbeat(CONTENT, -2).downbeat == 3
    assert library.shift_downbeat(CONTENT, 1).decision == Decision()
    library.shift_downbeat(CONTENT, 1)
    doubled = library.double(CONTENT)
    assert doubled.beats_s[doubled.downbeat] == 1.5
    assert library.as_measured(CONTENT).decision == Decision()


def test_bars_can_be_said_where_none_were_heard(library):
    with pytest.raises(MusicError, match="Its beats are not known"):
        library.set_bar(QUIET, 3)
    with pytest.raises(MusicError, match="Its beats are not known"):
        library.shift_downbeat(QUIET, 1)
    heard = Analysis(duration_s=12.5, bpm=60.0, beats_s=BEATS)
    stamp = Stamp(size=1, mtime_ns=1)
    Intake(library._catalogue.database).keep_measured(
        "/music/b.wav", stamp, QUIET, Tags(), analysis=heard
    )
    waltz = library.set_bar(QUIET, 3)
    assert (waltz.beats_per_bar, waltz.downbeat, waltz.decision.how) == (3, 0, "shifted")
    assert library.shift_downbeat(QUIET, -1).downbeat == 2
    assert library.double(QUIET).decision.beats_per_bar == 3
    assert library.halve(QUIET).decision.how == "shifted"
    assert library.as_measured(QUIET).beats_per_bar is None
    usual = library.shift_downbeat(QUIET, 1)
    assert (usual.beats_per_bar, usual.downbeat) == (4, 1)
    with pytest.raises(MusicError, match="A bar cannot have 0 beats"):
        library.set_bar(QUIET, 0)


@pytest.mark.parametrize(
    "decide",
    [
        lambda library: None,
        lambda library: library.shift_downbeat(CONTENT, 1),
        lambda library: library.set_bar(CONTENT, 3),
        lambda library: library.double(CONTENT),
        lambda library: library.halve(CONTENT),
        lambda library: library.type_bpm(CONTENT, 60.2),
        lambda library: library.type_bpm(CONTENT, 60.7),
        lambda library: library.type_bpm(CONTENT, 60.0, 0.75),
        lambda library: library.tap(
            CONTENT, TapFit(bpm=60.1, first_beat_s=1.0, spread_ms=9.0, taps=8)
        ),
    ],
)
@pytest.mark.parametrize(
    "later",
    [
        Analysis(duration_s=12.5, bpm=60.0, beats_s=BEATS, downbeat=2, beats_per_bar=3),
        Analysis(duration_s=12.5, bpm=60.0, beats_s=BEATS),
        Analysis(duration_s=12.5, bpm=120.0, beats_s=subdivided(BEATS, 2), downbeat=5),
        Analysis(duration_s=12.5, bpm=60.0, beats_s=tuple(beat + 0.5 for beat in BEATS)),
        Analysis(duration_s=12.5, bpm=91.0, beats_s=tuple(0.2 + 60 / 91 * n for n in range(18))),
        Analysis(duration_s=12.5),
    ],
)
def test_a_lock_holds_whatever_is_measured_later(library, decide, later):
    decide(library)
    before = library.recording(CONTENT)
    locked = library.lock(CONTENT, on=True)
    stamp = Stamp(size=1, mtime_ns=1)
    Intake(library._catalogue.database).keep_measured(
        "/music/a.wav", stamp, CONTENT, Tags(), analysis=later
    )
    after = library.recording(CONTENT)
    for each in (locked, after):
        assert (each.bpm, each.beats_per_bar) == (before.bpm, before.beats_per_bar)
        bar_s = before.beats_per_bar * 60 / before.bpm
        apart = (before.beats_s[before.downbeat] - each.beats_s[each.downbeat]) / bar_s
        assert apart == pytest.approx(round(apart), abs=0.02)
    assert locked.beats_s == pytest.approx(before.beats_s, abs=1e-6)
    unlocked = library.lock(CONTENT, on=False)
    assert unlocked.decision == before.decision
    assert unlocked.analysis.bpm == later.bpm


def test_a_lock_writes_the_tempo_down_and_refuses_every_change(library):
    locked = library.lock(CONTENT, on=True)
    held = Held(bpm=60.0, beat_s=0.5, downbeat=True, beats_per_bar=4)
    assert locked.decision == Decision(locked=True, held=held)
    assert library.lock(CONTENT, on=True).decision == locked.decision
    fit = TapFit(bpm=72.0, first_beat_s=0.0, spread_ms=12.0, taps=9)
    for change in (
        lambda: library.double(CONTENT),
        lambda: library.halve(CONTENT),
        lambda: library.type_bpm(CONTENT, 70.0),
        lambda: library.tap(CONTENT, fit),
        lambda: library.shift_downbeat(CONTENT, 1),
        lambda: library.set_bar(CONTENT, 3),
        lambda: library.as_measured(CONTENT),
    ):
        with pytest.raises(MusicError, match="is locked"):
            change()
    assert library.add_label(CONTENT, "calm").labels == ("calm",)
    assert library.set_words(CONTENT, words=False).words is False
    assert library.remove_label(CONTENT, "calm").labels == ()
    assert library.lock(CONTENT, on=False).decision == Decision()
    assert library.double(CONTENT).bpm == 120.0
    with pytest.raises(MusicError, match="no tempo to lock"):
        library.lock(QUIET, on=True)


def test_folders_are_remembered_without_those_inside_them(library, tmp_path):
    inside = tmp_path / "music" / "slow"
    inside.mkdir(parents=True)
    library.remember([inside, tmp_path / "other"])
    library.remember([tmp_path / "music"])
    assert library.folders == (tmp_path / "music", tmp_path / "other")
    library.forget(tmp_path / "other")
    assert library.folders == (tmp_path / "music",)


def test_a_scan_from_another_thread_reads_the_folders_that_are_remembered(tmp_path):
    write(tmp_path / "a.wav", sweep(4.0))
    reports = []
    with Library() as library:
        with pytest.raises(MusicError, match="no folder to scan"):
            library.scan()

        def work():
            reports.append(library.scan([tmp_path]))
            reports.append(library.scan())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        first, second = reports
        assert (first.progress.analysed, first.faults) == (1, ())
        assert (second.progress.unchanged, second.progress.found) == (1, 1)
        assert library.folders == (tmp_path,)
        (recording,) = library.recordings()
        assert recording.duration_s == pytest.approx(4.0, abs=0.01)
        assert library.recording(recording.content).analysis.overview


def test_a_catalogue_that_a_scan_set_aside_is_told_and_used_anew(library, tmp_path):
    library.lock(CONTENT, on=True)
    library._catalogue.database._link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    library.path.write_bytes(b"garbage " * 5000)
    report = library.scan([tmp_path])
    (notice,) = report.notices
    assert "was damaged; it was set aside" in notice
    assert library.recordings() == ()
    assert library.path.parent.joinpath("library.backup.json").exists()
    Intake(library._catalogue.database).keep_measured(
        "/music/a.wav", Stamp(size=1, mtime_ns=1), CONTENT, Tags(), analysis=None
    )
    assert library.recording(CONTENT).decision.locked
    assert library.recording(CONTENT).bpm == 60.0


def test_a_file_is_measured_without_the_catalogue(tmp_path):
    analysis = Library.analyse(write(tmp_path / "a.wav", sweep(4.0)))
    assert analysis.duration_s == pytest.approx(4.0, abs=0.01)
    assert not places().data.exists()
    with pytest.raises(MediaError, match="is not there"):
        Library.analyse(tmp_path / "gone.wav")


def test_listing_and_deciding_load_nothing_slow():
    probe = """
import sys
from mtsession.app.library import Library
with Library() as library:
    library.recordings()
sys.stdout.write(" ".join(sys.modules))
"""
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert loaded.returncode == 0, loaded.stderr
    slow = {"librosa", "scipy", "numba", "soundfile", "av", "sounddevice", "matplotlib", "rtmidi"}
    assert {name.partition(".")[0] for name in loaded.stdout.split()} & slow == set()
    assert (places().data / "library.db").is_file()
