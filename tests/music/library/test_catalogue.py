"""What the therapist says, kept twice; and catalogues that are damaged."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from mtsession.errors import MusicError
from mtsession.media.tags import Tags
from mtsession.music.library.backup import backup_path, read_backup
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.database import MIGRATIONS
from mtsession.music.library.intake import Intake
from mtsession.music.library.walk import Stamp
from mtsession.music.recording import Analysis, Decision, TempoCandidate

STAMP = Stamp(size=5, mtime_ns=7)
ANALYSIS = Analysis(
    duration_s=4.0,
    bpm=60.0,
    candidates=(TempoCandidate(bpm=60.0, weight=0.8), TempoCandidate(bpm=120.0, weight=0.2)),
    confidence=0.9,
    beats_s=(0.5, 1.5, 2.5, 3.5),
    downbeat=1,
    beats_per_bar=3,
    overview=b"\x00\xff",
    reasons={"key": "It is a drum."},
)
A, B, C = ("a1" * 32, "a2" * 32, "c3" * 32)


def fill(catalogue: Catalogue) -> None:
    intake = Intake(catalogue.database)
    tags = {
        A: Tags(title="Träumerei", artist="Clara", bpm=72.0, words=False),
        B: Tags(title="Summertime"),
        C: Tags(),
    }
    for place, (content, tag) in enumerate(tags.items()):
        intake.keep_measured(f"/music/{place} piece.wav", STAMP, content, tag, analysis=ANALYSIS)


@pytest.fixture
def filled(catalogue: Catalogue) -> Catalogue:
    fill(catalogue)
    return catalogue


def test_a_recording_is_what_was_measured_and_tagged(filled):
    whole = filled.recording(A)
    assert whole.analysis == ANALYSIS
    assert (whole.title, whole.artist, whole.tag_bpm, whole.words) == (
        "Träumerei", "Clara", 72.0, False,
    )  # fmt: skip
    assert (whole.bpm, whole.beats_s, whole.downbeat, whole.beats_per_bar) == (
        60.0, ANALYSIS.beats_s, 1, 3,
    )  # fmt: skip
    assert [each.title for each in filled.recordings()] == ["2 piece", "Summertime", "Träumerei"]


def test_the_list_is_made_anew_only_after_a_change(filled):
    once = filled.recordings()
    assert filled.recordings() is once
    filled.add_label(A, "calm")
    assert filled.recordings() is not once
    once = filled.recordings()
    with Catalogue.open(filled.path) as other:
        other.add_label(A, "evening")
    assert filled.recordings() is not once


def test_what_is_said_is_kept_and_shown(filled):
    decision = Decision(bpm=120.0, how="doubled", locked=True)
    assert filled.decide(A, decision).bpm == 120.0
    assert filled.set_words(A, words=True).words is True
    filled.add_label(A, "  evening   walk ")
    filled.add_label(A, "evening walk")
    assert filled.add_label(A, "calm").labels == ("calm", "evening walk")
    assert filled.remove_label(A, "calm").labels == ("evening walk",)
    assert filled.remove_label(A, "calm").labels == ("evening walk",)
    with Catalogue.open(filled.path) as again:
        assert again.notices == ()
        assert again.recording(A) == filled.recording(A)
        assert again.recording(A).decision == decision
    assert filled.set_words(A, words=None).words is False


def test_a_locked_decision_refuses_changes_until_it_is_unlocked(filled):
    locked = Decision(bpm=66.0, how="typed", locked=True)
    filled.decide(A, locked)
    for change in (Decision(), Decision(bpm=67.0, how="typed", locked=True), Decision(bpm=67.0)):
        with pytest.raises(MusicError, match="is locked") as caught:
            filled.decide(A, change)
        assert caught.value.hint == "Unlock it first."
    assert filled.recording(A).decision == locked
    assert filled.decide(A, locked).decision == locked
    assert filled.decide(A, Decision(bpm=66.0, how="typed")).decision.locked is False
    assert filled.decide(A, Decision()).bpm == 60.0


@pytest.mark.parametrize(
    "decision",
    [
        Decision(bpm=0.0), Decision(bpm=float("nan")), Decision(bpm=1e9), Decision(bpm=-60.0),
        Decision(first_beat_s=-1.0), Decision(first_beat_s=float("nan")),
        Decision(beats_per_bar=0), Decision(beats_per_bar=1000),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_what_would_do(filled, decision):
    with pytest.raises(MusicError) as caught:
        filled.decide(A, decision)
    assert caught.value.hint
    assert filled.recording(A).decision == Decision()


@pytest.mark.parametrize("label", ["", "   ", "x" * 41, "a\x07b"])
def test_a_label_is_one_short_line(filled, label):
    with pytest.raises(MusicError, match="one short line"):
        filled.add_label(A, label)


def test_an_unknown_content_is_refused_everywhere(filled):
    for ask in (
        filled.recording,
        lambda content: filled.decide(content, Decision()),
        lambda content: filled.set_words(content, words=True),
        lambda content: filled.add_label(content, "x"),
        lambda content: filled.remove_label(content, "x"),
    ):
        with pytest.raises(MusicError, match="has no recording"):
            ask("f" * 64)


def test_a_recording_is_found_by_what_a_person_would_type(filled):
    assert filled.find("c3c3c3").content == C
    assert filled.find("C3C3C3C3").content == C
    assert filled.find("/music/1 piece.wav").content == B
    assert filled.find("träum").content == A
    assert filled.find("SUMMERTIME").content == B
    assert filled.find("2 pie").content == C
    for text, says in (("piece", "may be"), ("nothing", "has no recording"), ("", "has no")):
        with pytest.raises(MusicError, match=says) as caught:
            filled.find(text)
        assert caught.value.hint
    with pytest.raises(MusicError) as caught:
        filled.find("piece")
    assert "Träumerei (a1a1a1a1)" in caught.value.message


def test_a_whole_title_stands_above_a_part_of_others(filled):
    Intake(filled.database).keep("/music/x.wav", STAMP, "d4" * 32, Tags(title="Summertime blues"))
    assert filled.find("summertime").content == B


def test_the_backup_holds_what_only_a_person_knows(filled):
    filled.set_folders([Path("/music"), Path("/other")])
    filled.decide(A, Decision(bpm=66.0, how="typed", locked=True))
    filled.add_label(B, "evening")
    said = json.loads(backup_path(filled.path).read_bytes())
    assert said["schema"] == 1
    assert said["folders"] == ["/music", "/other"]
    assert said["said"][A]["decision"]["bpm"] == 66.0
    assert said["said"][B] == {"labels": ["evening"]}
    assert stat.S_IMODE(backup_path(filled.path).stat().st_mode) == 0o600
    assert [path.name for path in filled.path.parent.glob("*.json*")] == ["library.backup.json"]


def test_what_cannot_be_backed_up_is_not_kept_either(filled, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mtsession.music.library.catalogue.write_backup", full)
    with pytest.raises(MusicError, match="No space left"):
        filled.add_label(A, "calm")
    assert filled.recording(A).labels == ()


def say_things(path: Path) -> None:
    with Catalogue.open(path) as catalogue:
        fill(catalogue)
        catalogue.set_folders([Path("/music")])
        catalogue.decide(A, Decision(bpm=66.0, how="typed", locked=True))
        catalogue.decide(B, Decision(bpm=120.0, how="doubled"))
        catalogue.set_words(B, words=True)
        catalogue.add_label(B, "evening")
        catalogue.add_label(C, "morning")


def garbage(path):
    path.write_bytes(b"\x00garbage" * 5000)


def truncated(path):
    path.write_bytes(path.read_bytes()[:5000])


def scratched(path):
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 4096):
        data[at : at + 200] = b"\xa5" * 200
    path.write_bytes(data)


def emptied(path):
    path.write_bytes(b"")


def deleted(path):
    path.unlink()


def from_the_future(path):
    with sqlite3.connect(path) as link:
        link.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    link.close()


def something_else(path):
    path.unlink()
    with sqlite3.connect(path) as link:
        link.execute("CREATE TABLE recipes (name TEXT)")
    link.close()


def written(statement):
    """Damage inside a value: to SQLite the file is whole."""

    def damage(path):
        with sqlite3.connect(path) as link:
            link.execute(statement)
        link.close()

    return damage


INSIDE = {
    "analysis": "UPDATE recordings SET analysis = CAST(x'7b22f3f3' AS BLOB)",
    "figures": 'UPDATE recordings SET analysis = CAST(\'{"duration_s": "long"}\' AS BLOB)',
    "beats": "UPDATE recordings SET beats = x'010203'",
    "decision": "UPDATE said SET decision = x'7b22f3f3'",
    "tags": "UPDATE files SET title = CAST(x'f3f3f3' AS TEXT)",
}


@pytest.mark.parametrize(
    "damage",
    [
        garbage, truncated, scratched, emptied, deleted, from_the_future, something_else,
        *(pytest.param(written(statement), id=what) for what, statement in INSIDE.items()),
    ],
)  # fmt: skip
def test_a_catalogue_that_cannot_be_used_is_made_anew_with_what_was_said(tmp_path, damage):
    path = tmp_path / "library.db"
    say_things(path)
    damage(path)
    there = path.exists() and path.stat().st_size > 0
    with Catalogue.open(path) as catalogue:
        (notice,) = catalogue.notices
        assert notice.endswith("Scan your folders to measure the recordings again.")
        assert "decisions, locks and labels are back from their backup" in notice
        assert catalogue.recordings() == ()
        assert catalogue.folders() == (Path("/music"),)
        fill(catalogue)
        first = catalogue.recording(A)
        assert first.decision == Decision(bpm=66.0, how="typed", locked=True)
        assert first.bpm == 66.0
        second = catalogue.recording(B)
        assert (second.bpm, second.words, second.labels) == (120.0, True, ("evening",))
        assert catalogue.recording(C).labels == ("morning",)
    aside = list(tmp_path.glob("library-set-aside-*.db"))
    assert len(aside) == there
    assert all(each.name in notice for each in aside)
    with Catalogue.open(path) as again:
        assert again.notices == ()
        assert len(again.recordings()) == 3


def test_without_a_backup_it_says_so(tmp_path):
    path = tmp_path / "library.db"
    for content in (b"\x00garbage" * 5000, b"other garbage " * 5000):
        path.write_bytes(content)
        backup_path(path).write_bytes(b"{")
        with Catalogue.open(path) as catalogue:
            assert "its backup cannot be read either" in catalogue.notices[0]
    backup_path(path).unlink(missing_ok=True)
    path.write_bytes(b"garbage once more")
    with Catalogue.open(path) as catalogue:
        assert "There was no backup" in catalogue.notices[0]
    assert len(list(tmp_path.glob("library-set-aside-*.db"))) == 3
    asides = [each.read_bytes() for each in tmp_path.glob("library.backup-set-aside-*.json")]
    assert asides == [b"{"] * 2
    assert read_backup(backup_path(path)) is None


def test_a_backup_of_a_later_version_is_not_written_over(tmp_path):
    path = tmp_path / "library.db"
    say_things(path)
    later = backup_path(path).read_bytes().replace(b'"schema":1', b'"schema":2')
    backup_path(path).write_bytes(later)
    path.unlink()
    with Catalogue.open(path) as catalogue:
        fill(catalogue)
        catalogue.add_label(A, "new")
        (aside,) = tmp_path.glob("library.backup-set-aside-*.json")
        assert aside.read_bytes() == later
        (notice,) = catalogue.notices
        assert f"set aside as “{aside.name}”" in notice


def test_damage_that_shows_later_is_said_and_mended_by_opening_again(tmp_path):
    path = tmp_path / "library.db"
    say_things(path)
    with Catalogue.open(path) as catalogue:
        catalogue.database._link.execute("PRAGMA cache_size = 0")
        scratched(path)
        with pytest.raises(MusicError, match="it was damaged") as caught:
            catalogue.recording(A)
        assert "Open the library again" in caught.value.hint
    with Catalogue.open(path) as again:
        assert len(again.notices) == 1


def test_a_catalogue_in_use_is_never_taken_for_a_damaged_one(filled, monkeypatch):
    monkeypatch.setattr("mtsession.music.library.database.BUSY_SECONDS", 0.05)
    with (
        Catalogue.open(filled.path) as other,
        filled.database.writing(),
        pytest.raises(MusicError, match="in use by another program"),
    ):
        other.add_label(A, "x")
    with Catalogue.open(filled.path) as other:
        assert other.notices == ()


def test_a_place_that_cannot_be_written_is_a_plain_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file" / "library.db", tmp_path):
        with pytest.raises(MusicError, match="cannot be used") as caught:
            Catalogue.open(path)
        assert caught.value.hint


def test_the_schema_says_how_it_came_about(filled):
    with filled.database.reading() as link:
        assert link.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        applied = link.execute("SELECT version FROM migrations").fetchall()
    assert applied == [(version + 1,) for version in range(len(MIGRATIONS))]
