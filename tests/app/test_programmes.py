"""Plans that choose from the library, playlists that are played, checked, kept and converted."""

import msgspec
import pytest

from app.known_music import MadeLibrary, made
from mtsession.app.plans import load_plan
from mtsession.app.programmes import check_file, convert, freeze_file, freeze_plan, plan_file
from mtsession.errors import MusicError, PlanError
from mtsession.music.arc import ArcPiece
from mtsession.music.planner import material, plan_programme
from mtsession.music.recording import Taste
from mtsession.protocol.sources import BuiltinSource
from mtsession.timeline.units import MINUTE

PLAN = """\
version = 1
title = "Evening"
when = "At the end of a day."

[[segment]]
title = "Listen"
minutes = 5

[[segment.activity]]
method = "listening"
arc = [{ from = 68, to = 64, minutes = 5 }]

[segment.activity.library]
labels = ["calm"]
"""


@pytest.fixture
def music(tmp_path):
    """Give a library: three calm recordings near the arc, one of another kind."""
    folder = tmp_path / "music"
    return MadeLibrary(
        made(folder, "one", 67.0, labels=("calm",)),
        made(folder, "two", 65.0, labels=("Calm", "piano")),
        made(folder, "three", 63.0, labels=("calm",)),
        made(folder, "march", 66.0, 300.0),
    )


def plan_at(tmp_path, text=PLAN):
    path = tmp_path / "evening.toml"
    path.write_text(text, encoding="utf-8")
    return path


def listening(plan):
    (activity,) = plan.segments[0].activities
    return activity.settings


def titles(settings):
    return [each.title for each in settings.material]


def programme(plan):
    return listening(plan).programme(
        planned_us=plan.segments[0].planned_us, first_number=1000, seed=0
    )


def test_a_plan_is_filled_from_the_library_and_needs_it_no_more(tmp_path, music):
    plan = load_plan(plan_at(tmp_path), recordings=music.recordings, strict=True)
    settings = listening(plan)
    assert titles(settings) == ["one", "two", "three"][: len(settings.material)]
    items = programme(plan).items
    assert items[0].planned_bpm[0] == 68
    assert all(item.content_hash and item.beats_us and item.rate for item in items)
    kept = msgspec.json.encode(settings)
    again = msgspec.json.decode(kept, type=type(settings))
    assert again == settings
    assert again.programme(planned_us=5 * MINUTE, first_number=1000, seed=0) == programme(plan)


def test_taste_decides_what_is_chosen(tmp_path, music):
    one, _, three, _ = music.recordings()
    taste = Taste(never=frozenset({one.content}), likes=frozenset({three.content}))
    settings = listening(load_plan(plan_at(tmp_path), recordings=music.recordings, taste=taste))
    assert "one" not in titles(settings)
    assert "three" in titles(settings)
    assert "Left out: 1 must never be played." in settings.notes


def test_a_locked_vault_is_said_where_a_client_is_named(tmp_path, music):
    path = plan_at(tmp_path)
    told = {
        case: listening(load_plan(path, recordings=music.recordings, client="K7", **more)).notes
        for case, more in {"locked": {}, "open": {"taste": Taste()}}.items()
    }
    assert told["locked"][0].startswith("What this client likes and never wants is locked")
    assert not any("locked" in note for note in told["open"])


def test_words_and_rates_are_asked_for_in_the_plan(tmp_path, music):
    sung = made(tmp_path / "music", "sung", 66.0, 280.0, labels=("calm",), words=True)
    every = MadeLibrary(*music.recordings(), sung)
    for words, wanted in (("with", ["sung"]), ("without", ["one", "two"])):
        path = plan_at(tmp_path, PLAN + f'words = "{words}"\n')
        settings = listening(load_plan(path, recordings=every.recordings))
        assert titles(settings)[: len(wanted)] == wanted
    wide = plan_at(tmp_path, PLAN + "lowest_rate = 0.85\nhighest_rate = 1.1\n")
    assert listening(load_plan(wide, recordings=every.recordings)).rules.lowest_rate == 0.85


@pytest.mark.parametrize(
    ("text", "line", "key", "told"),
    [
        (PLAN.replace("calm", "loud"), 13, "library", "holds no recording that may be played"),
        (PLAN.replace("68", "118").replace("64", "116"), 13, "library", "nothing in the library"),
        (PLAN + "lowest_rate = 0.5\n", 15, "library.lowest_rate", "0.5 is further"),
        (PLAN + "wrods = 1\n", 15, "library.wrods", "not known"),
        (PLAN.replace("from = 68, ", ""), 11, "arc.from", "does not say where"),
        (PLAN.replace("arc =", 'pieces = ["harbour"]\narc ='), 11, "pieces", "does not share"),
        (PLAN.replace("arc = [{ from = 68, to = 64, minutes = 5 }]\n", ""), 9, "arc", "by tempo"),
    ],
)
def test_what_a_plan_asks_in_vain_is_a_fault_with_its_line(tmp_path, music, text, line, key, told):
    (fault,) = check_file(plan_at(tmp_path, text), music)
    assert fault.line in {line, line + 1}
    assert fault.key == f"segment.activity.{key}"
    assert told in fault.message
    assert fault.hint


def test_a_session_starts_all_the_same_and_says_why(tmp_path):
    plan = load_plan(plan_at(tmp_path), recordings=tuple)
    settings = listening(plan)
    assert settings.pieces == ("harbour",)
    made_of = programme(plan)
    assert made_of.items[0].planned_bpm == (68, pytest.approx(64, abs=0.1))
    assert made_of.notes == ("Built-in music plays: the library is empty.",)
    assert check_file(plan_at(tmp_path), MadeLibrary())


def test_no_library_is_made_where_none_is(tmp_path):
    plan = load_plan(plan_at(tmp_path))
    assert listening(plan).pieces == ("harbour",)


def test_an_arc_may_begin_where_the_session_says(tmp_path, music):
    path = plan_at(tmp_path, PLAN.replace("from = 68, ", ""))
    plan = load_plan(path, start_bpm=67.0, recordings=music.recordings)
    assert programme(plan).items[0].planned_bpm[0] == 67
    with pytest.raises(PlanError, match=r"line 11, .*arc.to.*from 120"):
        load_plan(path, start_bpm=120.0, recordings=music.recordings)


def test_a_programme_is_told_in_lines_and_plain_values(tmp_path, music):
    planned = plan_file(plan_at(tmp_path), music)
    (part,) = planned.parts
    assert part.segment == "Listen"
    assert part.arc[0] == (0.0, 68.0)
    first = part.tracks[0]
    assert (first.title, first.start_s, first.start_bpm) == ("one", 0.0, 68.0)
    assert 0.95 <= first.lowest_rate <= first.highest_rate <= 1.05
    assert msgspec.json.decode(msgspec.json.encode(planned))["parts"][0]["cost"] == part.cost
    assert planned.lines[0] == "Evening"
    assert any("0:00" in line and line.endswith("one") for line in planned.lines)


def test_a_kept_programme_plays_as_it_was_planned_and_can_be_edited(tmp_path, music):
    path = plan_at(tmp_path)
    (kept,) = freeze_plan(path, tmp_path / "kept.toml", music)
    assert check_file(kept, music) == []
    plain = PLAN.split("[segment.activity.library]", maxsplit=1)[0]
    player = tmp_path / "player.toml"
    player.write_text(plain + 'playlist = "kept.toml"\n', encoding="utf-8")
    chosen = programme(load_plan(path, recordings=music.recordings))
    for recordings in (music.recordings, tuple):
        played = programme(load_plan(player, recordings=recordings, strict=True))
        assert [(item.start_us, item.duration_us, item.rate) for item in played.items] == [
            (item.start_us, item.duration_us, item.rate) for item in chosen.items
        ]
    text = kept.read_text(encoding="utf-8")
    head, first, second, *rest = text.split("[[track]]")
    kept.write_text("[[track]]".join([head, second, first, *rest]), encoding="utf-8")
    turned = programme(load_plan(player, recordings=music.recordings))
    assert [item.title for item in turned.items][:2] == ["two", "one"]


def test_a_kept_programme_finds_what_was_moved(tmp_path, music):
    (kept,) = freeze_plan(plan_at(tmp_path), tmp_path / "kept.toml", music)
    one, *others = music.recordings()
    moved = tmp_path / "elsewhere.wav"
    (tmp_path / "music" / "one.wav").rename(moved)
    there = MadeLibrary(msgspec.structs.replace(one, path=str(moved)), *others)
    assert listening(load_plan(kept, recordings=there.recordings)).material[0].path == str(moved)
    (fault,) = check_file(kept, MadeLibrary())
    assert fault.key == "track.file"
    assert "one.wav” is not there" in fault.message
    plan = load_plan(kept, recordings=tuple)
    assert "Left out: “one.wav” is not there." in listening(plan).notes


def test_another_recording_under_the_name_is_noticed(tmp_path, music):
    (kept,) = freeze_plan(plan_at(tmp_path), tmp_path / "kept.toml", music)
    made(tmp_path / "music", "one", 80.0)
    fault = check_file(kept, MadeLibrary())[0]
    assert fault.key == "track.content"
    assert "another recording than was noted" in fault.message


@pytest.mark.parametrize("key", ["from_s", "to_s"])
def test_a_part_that_is_not_there_is_a_fault(tmp_path, music, key):
    path = tmp_path / "part.toml"
    path.write_text(f'schema = 1\n[[track]]\nfile = "music/one.wav"\n{key} = 400\n', "utf-8")
    (fault,) = check_file(path, music)
    assert (fault.line, fault.key) == (4, f"track.{key}")
    assert "lasts 150.0 s only" in fault.message


def test_a_playlist_is_a_plan_of_its_own(tmp_path, music):
    (kept,) = freeze_plan(plan_at(tmp_path), tmp_path / "kept.toml", music)
    plan = load_plan(kept, recordings=music.recordings)
    assert plan.segments[0].planned_us == 5 * MINUTE + 1_500_000
    assert programme(plan).items[0].planned_bpm[0] == 68
    for ending in ("m3u8", "xspf"):
        out = tmp_path / f"kept.{ending}"
        assert convert(kept, out) == len(listening(plan).material)
        assert check_file(out, music) == []
        other = load_plan(out, recordings=music.recordings)
        items = programme(other).items
        assert [item.title for item in items] == titles(listening(plan))
        assert all(item.rate == () for item in items)
        last = items[-1]
        assert other.segments[0].planned_us == last.start_us + last.duration_us + 1_500_000


def test_what_must_never_be_played_is_left_out_of_playlists_too(tmp_path, music):
    (kept,) = freeze_plan(plan_at(tmp_path), tmp_path / "kept.toml", music)
    taste = Taste(never=frozenset({music.recordings()[0].content}))
    settings = listening(load_plan(kept, recordings=music.recordings, taste=taste))
    assert "one" not in titles(settings)
    assert "Left out: 1 must never be played." in settings.notes


def test_missing_files_of_other_playlists_have_their_line(tmp_path):
    path = tmp_path / "a.m3u8"
    path.write_text("#EXTM3U\ngone.mp3\n", encoding="utf-8")
    (fault,) = check_file(path, MadeLibrary())
    assert fault.sentence == "a.m3u8, line 2, `entry 1`: “gone.mp3” is not there."
    with pytest.raises(MusicError, match=r"Nothing of a\.m3u8 can be played"):
        load_plan(path, recordings=tuple)


def test_every_fault_of_a_playlist_is_told_at_once(tmp_path):
    path = tmp_path / "mixed.toml"
    path.write_text(
        "schema = 1\n"
        'titel = "T"\n'
        "arc = [{ from = 90, to = 60, minutes = 2 }]\n"
        "[[track]]\n"
        'file = "gone.flac"\n'
        "bpm = 0\n"
        "[[track]]\n"
        'file = "gone too.flac"\n',
        encoding="utf-8",
    )
    found = [(fault.line, fault.key) for fault in check_file(path, MadeLibrary())]
    assert found == [
        (2, "titel"),
        (3, "arc.to"),
        (5, "track.file"),
        (6, "track.bpm"),
        (8, "track.file"),
    ]


def test_a_plan_with_a_broken_playlist_plays_built_in_music(tmp_path):
    plain = PLAN.split("[segment.activity.library]", maxsplit=1)[0]
    path = plan_at(tmp_path, plain + 'playlist = "gone.toml"\n')
    plan = load_plan(path, recordings=tuple)
    assert isinstance(programme(plan).items[0].source, BuiltinSource)
    assert "gone.toml cannot be read" in listening(plan).notes[0]
    (fault,) = check_file(path, MadeLibrary())
    assert (fault.line, fault.key) == (13, "segment.activity.playlist")


def test_what_cannot_be_kept_or_converted_is_said(tmp_path, music):
    usable, _ = material(music.recordings(), None)
    planned = plan_programme(usable, [ArcPiece(hold=66, minutes=3)])
    kept = freeze_file(planned, tmp_path / "x.toml", title="X")
    with pytest.raises(MusicError, match="is there already"):
        freeze_file(planned, kept)
    with pytest.raises(MusicError, match=r"does not end in \.toml"):
        freeze_file(planned, tmp_path / "x.m3u")
    with pytest.raises(MusicError, match="is a plan, not a playlist"):
        convert(plan_at(tmp_path), tmp_path / "y.m3u")
    built_in = PLAN.split("arc =", maxsplit=1)[0]
    with pytest.raises(MusicError, match="chooses no recordings"):
        freeze_plan(plan_at(tmp_path, built_in), tmp_path / "z.toml", music)
