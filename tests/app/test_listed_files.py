"""Files that a plan lists: what the library knows of them counts, else they are measured."""

import msgspec
import pytest

from app.known_music import MadeLibrary, made
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.app.choosing import take_tracks
from mtsession.app.measuring import Measuring
from mtsession.app.plans import load_plan
from mtsession.errors import MusicError, PlanError
from mtsession.music.arc import ArcPiece
from mtsession.music.found import not_measured
from mtsession.music.recording import Analysis, Taste
from mtsession.music.track import Track
from mtsession.timeline.units import MINUTE, Micros

ARC = (ArcPiece(start=68, to=64, minutes=4),)


@pytest.fixture
def music(tmp_path):
    return MadeLibrary(made(tmp_path, "one", 67.0), made(tmp_path, "two", 65.0))


def taken(folder, *tracks, recordings=tuple, measure=not_measured, taste=None, **more):
    settings = ListeningSettings(track=tracks, **{"arc": ARC, **more})
    return take_tracks(
        settings, folder, planned_us=Micros(4 * MINUTE), recordings=recordings, taste=taste,
        measure=measure,
    )  # fmt: skip


def loud(lufs, true_peak_db):
    return Analysis(duration_s=150.0, bpm=67.0, lufs=lufs, true_peak_db=true_peak_db)


def test_what_the_library_knows_counts_wherever_the_file_lies(tmp_path, music):
    (tmp_path / "moved").mkdir()
    (tmp_path / "one.wav").rename(tmp_path / "moved" / "uno.wav")
    settings = taken(
        tmp_path, Track(file="moved/uno.wav"), Track(file="two.wav", bpm=65.5),
        recordings=music.recordings,
    )  # fmt: skip
    first, second = settings.material
    assert (first.bpm, first.beats_per_bar, first.gain_db) == (67.0, 4, 0.0)
    assert first.beats_s == music.recordings()[0].beats_s
    assert first.path == str(tmp_path / "moved" / "uno.wav")
    assert second.bpm == 65.5
    assert settings.notes == ()


def test_they_follow_the_arc_and_meet(tmp_path, music):
    settings = taken(
        tmp_path, Track(file="two.wav"), Track(file="one.wav"), recordings=music.recordings
    )
    programme = settings.programme(planned_us=Micros(4 * MINUTE), first_number=1, seed=0)
    one, two = programme.items
    assert (one.title, two.title) == ("one", "two")
    assert one.planned_bpm[0] == 68
    assert all(0.95 <= point.rate <= 1.05 for item in programme.items for point in item.rate)
    assert 8 <= one.fade_out_us / 1e6 * 66 / 60 <= 16


@pytest.mark.parametrize(
    ("analysis", "louder_db", "gain_db"),
    [
        (loud(-13.0, 0.5), 0, -10.0),
        (loud(-30.0, -3.0), 0, 2.0),
        (loud(-13.0, 0.5), -2, -12.0),
        (loud(-23.0, -3.0), 6, 2.0),
        (None, 0, -12.0),
        (None, -3, -15.0),
    ],
)
def test_level_follows_what_was_measured_and_no_peak_passes(
    tmp_path, music, analysis, louder_db, gain_db
):
    track = Track(file="one.wav", gain_db=louder_db)
    (one,) = taken(tmp_path, track, measure=lambda _path: analysis).material
    assert one.gain_db == gain_db


def test_the_plan_says_how_loud_it_is_to_be(tmp_path, music):
    (one,) = taken(
        tmp_path, Track(file="one.wav"), target_lufs=-30, recordings=music.recordings
    ).material
    assert one.gain_db == -7.0


def test_what_was_not_measured_is_said_and_what_is_damaged_too(tmp_path, music):
    both = Track(file="one.wav"), Track(file="two.wav")
    (note,) = taken(tmp_path, *both).notes
    assert note.startswith("The loudness of “one” and 1 more was not measured, so they play 12 dB")
    torn = msgspec.structs.replace(loud(-20.0, -3.0), fault="“one.wav” ends at 0:10.")
    assert taken(tmp_path, both[0], measure=lambda _path: torn).notes == (torn.fault,)


def test_what_must_never_be_played_is_left_out(tmp_path, music):
    first, second = music.recordings()
    both = Track(file="one.wav"), Track(file="two.wav")
    never = Taste(never=frozenset({first.content}))
    settings = taken(tmp_path, *both, recordings=music.recordings, taste=never)
    assert [one.title for one in settings.material] == ["two"]
    assert settings.notes == ("Left out: 1 must never be played.",)
    never = Taste(never=frozenset({first.content, second.content}))
    with pytest.raises(MusicError, match="may be played"):
        taken(tmp_path, *both, recordings=music.recordings, taste=never)


def test_measuring_hears_a_file_once_and_stops_when_its_time_is_over(tmp_path, music):
    told = []
    with Measuring(told.append, seconds=120) as measure:
        analysis = measure(tmp_path / "one.wav")
        assert measure(tmp_path / "gone.wav") is None
    assert analysis.bpm == pytest.approx(67.0, abs=0.1)
    assert analysis.lufs is not None
    assert told[0] == "Measuring “one”"
    with Measuring(seconds=0) as measure:
        assert measure(tmp_path / "one.wav") is None


@pytest.mark.parametrize("line", ["lowest_rate = 0.8", "highest_rate = 1.2", "target_lufs = -3"])
def test_rates_and_loudness_stay_within_reason(tmp_path, music, line):
    path = tmp_path / "p.toml"
    path.write_text(
        'version = 1\ntitle = "P"\nwhen = "x"\n[[segment]]\ntitle = "L"\nminutes = 4\n'
        f'[[segment.activity]]\nmethod = "listening"\n{line}\n'
        '[[segment.activity.track]]\nfile = "one.wav"\n'
    )
    with pytest.raises(PlanError, match=line.split(maxsplit=1)[0]):
        load_plan(path, recordings=tuple, measured=False)
