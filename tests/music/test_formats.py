"""Playlists as files: read back as written, and every fault with its line and key."""

import os
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtsession.errors import MusicError
from mtsession.music.arc import ArcPiece
from mtsession.music.formats.freezing import freeze, rules_of
from mtsession.music.formats.native import NativePlaylist, NativeTrack, native_text, parse_native
from mtsession.music.formats.playlist_file import Entry
from mtsession.music.formats.reading import read_playlist, write_playlist
from mtsession.music.planner import Rules, lay_out, plan_programme, to_items
from mtsession.music.planning import cost
from music.planned_music import library, recording

signs = st.characters(min_codepoint=1, exclude_characters="/\0", exclude_categories=("Cs",))
names = st.text(signs, min_size=1, max_size=12).filter(lambda name: name not in {".", ".."})
titles = st.text(min_size=1, max_size=20).map(lambda text: " ".join(text.split())).filter(
    lambda text: text.isprintable() and text and " - " not in text and not text.startswith("- ")
)  # fmt: skip


def written(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


def places(playlist):
    return [entry.path for entry in playlist.entries]


def told(playlist):
    return [fault.sentence for fault in playlist.faults]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.lists(names, min_size=1, max_size=3), titles, st.integers(1, 9999)),
             min_size=1, max_size=4),
    st.sampled_from([".m3u", ".m3u8", ".xspf"]),
    st.booleans(),
)  # fmt: skip
def test_whatever_a_file_is_called_it_is_read_back(tmp_path, many, ending, inside):
    folder = tmp_path if inside else Path("/elsewhere")
    entries = [
        Entry(path=str(folder.joinpath(*parts)), title=title, artist="Ångström", duration_s=seconds)
        for parts, title, seconds in many
    ]
    path = tmp_path / f"list{ending}"
    path.unlink(missing_ok=True)
    write_playlist(entries, path, title="Evening")
    found = read_playlist(path)
    assert found.faults == ()
    assert found.title == "Evening"
    assert places(found) == [entry.path for entry in entries]
    assert [(each.title, each.artist, each.duration_s) for each in found.entries] == [
        (each.title, each.artist, each.duration_s) for each in entries
    ]


def test_bytes_that_are_no_text_survive(tmp_path):
    name = os.fsdecode(b"caf\xe9.flac")
    for ending in (".m3u8", ".xspf"):
        write_playlist([Entry(path=str(tmp_path / name))], tmp_path / f"a{ending}")
        assert places(read_playlist(tmp_path / f"a{ending}")) == [str(tmp_path / name)]


def test_m3u_as_other_programs_write_it(tmp_path):
    text = (
        "#EXTM3U\r\n#PLAYLIST: Abend \r\n\r\n#EXTINF:245,Anna - Über das Meer\r\nMusik/Ä.mp3\r\n"
        '# a remark\r\n#EXTINF:-1 tvg-id="x",Only a title\r\n..\\Andere\\b.flac\r\n'
        "file:///n/c%20d.ogg\r\nplain.wav"
    )
    for encoding, name in (("utf-8", "a.m3u8"), ("utf-8-sig", "b.m3u"), ("latin-1", "c.m3u")):
        found = read_playlist(written(tmp_path, name, text, encoding))
        assert found.faults == ()
        assert found.title == "Abend"
        first, second, third, fourth = found.entries
        assert first.path == str(tmp_path / "Musik" / "Ä.mp3")
        assert (first.title, first.artist, first.duration_s) == ("Über das Meer", "Anna", 245)
        assert first.line == 5
        assert Path(second.path) == tmp_path / ".." / "Andere" / "b.flac"
        assert (second.title, second.duration_s) == ("Only a title", None)
        assert third.path == "/n/c d.ogg"
        assert fourth.path == str(tmp_path / "plain.wav")


def test_old_line_ends_are_line_ends(tmp_path):
    found = read_playlist(written(tmp_path, "a.m3u", "#EXTM3U\rone.mp3\rtwo.mp3\r"))
    assert [Path(place).name for place in places(found)] == ["one.mp3", "two.mp3"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "a.m3u8, line 1: the playlist names no recording."),
        (b"#EXTM3U\n\n", "names no recording"),
        (b"#EXTINF:x,T\na.mp3\n", "a.m3u8, line 1, `#EXTINF`: its length in seconds is missing."),
        (b"#EXTINF:5,T\n#EXTINF:6,U\na.mp3\n", "a.m3u8, line 1, `#EXTINF`: no path follows it."),
        (b"a.mp3\n#EXTINF:5,T\n", "a.m3u8, line 2, `#EXTINF`: no path follows it."),
        (b"a.mp3\nhttps://x.example/live\n", "line 2, `entry 2`: it is an address on a network"),
        (b"file://other/a.mp3\n", "line 1, `entry 1`: it lies on another machine."),
        (b"#EXTM3U\n#EXT-X-VERSION:3\nseg.ts\n", "a.m3u8, line 2, `#EXT-X`: this is the index"),
        (b"ok.mp3\ncaf\xe9.mp3\n", "a.m3u8, line 2: it holds a character that is not UTF-8."),
        (b"a\0b.mp3\n", "line 1, `entry 1`: it is no path."),
    ],
)
def test_faults_of_an_m3u_have_their_line(tmp_path, text, sentence):
    faults = read_playlist(written(tmp_path, "a.m3u8", text)).faults
    assert sentence in faults[0].sentence
    assert faults[0].hint


XSPF = """<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/">
  <title>Evening &amp; night</title>
  <trackList>
    <track>
      <location>sub/caf%C3%A9%20%23.flac</location>
      <title>Slow</title><creator>Ann</creator><duration>241500</duration>
    </track>
    <track><location>file:///n/b.ogg</location></track>
  </trackList>
</playlist>
"""


def test_xspf_as_other_programs_write_it(tmp_path):
    found = read_playlist(written(tmp_path, "a.xspf", XSPF))
    assert found.faults == ()
    assert found.title == "Evening & night"
    first, second = found.entries
    assert first == Entry(
        path=str(tmp_path / "sub" / "café #.flac"), title="Slow", artist="Ann", duration_s=241.5,
        line=6,
    )  # fmt: skip
    assert second.path == "/n/b.ogg"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("</trackList>", "", "a.xspf, line 11: the text is not XML from here"),
        ("sub/caf%C3%A9%20%23.flac", "", "a.xspf, line 5, `track[0].location`: it is missing."),
        ("file:///n/b.ogg", "https://x.example/a", "line 9, `track[1].location`: it is an address"),
        ("241500", "long", "a.xspf, line 7, `track[0].duration`: “long” is no length."),
        ("<playlist ", "<html ", "a.xspf, line 2: this is no XSPF playlist"),
        ("<trackList>", "<trackList>" + "<a>" * 40, "nested too deeply"),
    ],
)
def test_faults_of_an_xspf_have_line_and_key(tmp_path, old, new, sentence):
    faults = read_playlist(written(tmp_path, "a.xspf", XSPF.replace(old, new))).faults
    assert sentence in faults[0].sentence


@pytest.mark.parametrize(
    "declared", ['<!ENTITY a "aaaaaaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">',
                 '<!ENTITY % p SYSTEM "http://x.example/p">']
)  # fmt: skip
def test_xspf_with_entities_is_refused(tmp_path, declared):
    text = XSPF.replace("<playlist ", f"<!DOCTYPE playlist [{declared}]>\n<playlist ")
    text = text.replace("Slow", "&a;" if "%" not in declared else "Slow")
    found = read_playlist(written(tmp_path, "a.xspf", text))
    assert found.entries == ()
    assert "declares the entity" in told(found)[0]


def test_an_empty_xspf_names_no_recording(tmp_path):
    text = '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList/></playlist>'
    assert "names no recording" in told(read_playlist(written(tmp_path, "a.xspf", text)))[0]


NATIVE = """\
schema = 1
title = "Evening"
lowest_rate = 0.9
arc = [
  { from = 72, to = 66, minutes = 6 },
]

[[track]]
file = "a.flac"
bpm = 70

[[track]]
file = "b.flac"
words = true
"""


def test_a_native_playlist_is_read(tmp_path):
    found = read_playlist(written(tmp_path, "a.toml", NATIVE))
    assert found.faults == ()
    assert places(found) == [str(tmp_path / "a.flac"), str(tmp_path / "b.flac")]
    assert found.native.arc == (ArcPiece(start=72, to=66, minutes=6),)
    assert rules_of(found.native) == Rules(lowest_rate=0.9)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("schema = 1\n", "", "a.toml, `schema`: it is missing."),
        ("schema = 1", "schema = 2", "a.toml, line 1, `schema`: 2 is not known here."),
        ("bpm = 70", "bpm = 0", "a.toml, line 10, `track.bpm`: 0 is not a tempo."),
        ("bpm = 70", "bmp = 70", "a.toml, line 10, `track.bmp`: this key is not known."),
        ("bpm = 70", 'bpm = "70"', "a.toml, line 10, `track.bpm`: it must be a number."),
        ("bpm = 70", "to_s = 3\nfrom_s = 5", "`track.to_s`: it would end before it begins."),
        ("bpm = 70", "gain_db = 40", "a.toml, line 10, `track.gain_db`: 40 dB cannot be."),
        ("bpm = 70", "after_silence = -1", "line 10, `track.after_silence`: -1 cannot be."),
        ("lowest_rate = 0.9", "lowest_rate = 0", "a.toml, line 3, `lowest_rate`: 0 is no rate."),
        ("lowest_rate = 0.9", "lowest_rate = 1.2", "3, `lowest_rate`: it is above highest_rate."),
        ("minutes = 6", "minutes = 1", "a.toml, line 5, `arc.to`: from 72 to 66 BPM in 1 min"),
        ("to = 66", "to = 0", "a.toml, line 5, `arc.to`: 0 is not a tempo."),
        ("from = 72, ", "", "a.toml, line 5, `arc.from`: the arc does not say where"),
        ('title = "Evening"', 'title = "Evening', "a.toml, line 2: the text is not TOML from here"),
        (NATIVE[NATIVE.index("[[track]]"):], "", "`track`: the playlist names no recording."),
        ('file = "a.flac"', 'file = ""', "a.toml, line 9, `track.file`: it is empty."),
    ],
)  # fmt: skip
def test_faults_of_a_native_playlist_have_line_and_key(tmp_path, old, new, sentence):
    (fault, *_) = read_playlist(written(tmp_path, "a.toml", NATIVE.replace(old, new))).faults
    assert sentence in fault.sentence
    assert fault.hint or "must be" in fault.message


def test_all_faults_are_told_at_once():
    text = NATIVE.replace("bpm = 70", "bpm = 0").replace("minutes = 6", "minutes = 0")
    _, faults = parse_native(text.replace("words", "wrods"), "a.toml")
    assert [(fault.line, fault.key) for fault in faults] == [
        (5, "arc.minutes"), (10, "track.bpm"), (14, "track.wrods"),
    ]  # fmt: skip


texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


@given(texts, texts.filter(str.strip), st.floats(20, 300), st.floats(0.5, 1), st.booleans())
def test_native_text_is_read_back(title, file, bpm, rate, words):
    track = NativeTrack(file=file, title=title, bpm=bpm, words=words, from_s=1.25, to_s=99.5)
    arc = (ArcPiece(hold=66, minutes=1), ArcPiece(silence=True, minutes=0.5))
    playlist = NativePlaylist(schema=1, title=title, lowest_rate=rate, arc=arc, track=(track,))
    assert parse_native(native_text(playlist, "A\n\nremark"), "a.toml") == (playlist, ())


def test_a_frozen_programme_is_the_same_programme(tmp_path):
    arc = [ArcPiece(start=76, to=66, minutes=9), ArcPiece(silence=True, minutes=1),
           ArcPiece(hold=64, minutes=5)]  # fmt: skip
    material = library(60, seed=5)
    planned = plan_programme(material, arc, Rules(lowest_rate=0.9, highest_rate=1.1))
    native, faults = parse_native(native_text(freeze(planned, tmp_path, title="E")), "e.toml")
    assert faults == ()
    assert [each.file for each in native.track] == [each.material.path for each in planned.items]
    again = lay_out(
        [item.material for item in planned.items], native.arc, rules_of(native),
        start_bpm=native.start_bpm,
    )  # fmt: skip
    assert to_items(again, 1) == to_items(planned, 1)


def test_a_frozen_arc_is_as_long_as_its_programme(tmp_path):
    arc = [ArcPiece(start=70, to=66, minutes=5)]
    planned = plan_programme([recording("a", 66, 500.0)], arc, duration_us=7 * 60_000_000)
    frozen = freeze(planned, tmp_path)
    assert frozen.arc == (*arc, ArcPiece(hold=66, minutes=2))


def test_nothing_is_written_over_and_formats_are_told_by_name(tmp_path):
    entries = [Entry(path=str(tmp_path / "a.flac"))]
    write_playlist(entries, tmp_path / "a.toml")
    assert read_playlist(tmp_path / "a.toml").entries[0].path == str(tmp_path / "a.flac")
    with pytest.raises(MusicError, match="is there already"):
        write_playlist(entries, tmp_path / "a.toml")
    with pytest.raises(MusicError, match="no playlist that is known"):
        write_playlist(entries, tmp_path / "a.pls")
    with pytest.raises(MusicError, match="cannot be written"):
        write_playlist(entries, tmp_path / "none" / "a.m3u8")
    with pytest.raises(MusicError, match="cannot be read"):
        read_playlist(tmp_path / "gone.m3u8")
    (tmp_path / "f.m3u").mkdir()
    with pytest.raises(MusicError, match="is a folder"):
        read_playlist(tmp_path / "f.m3u")


PAGE = (Path(__file__).parents[2] / "docs" / "programmes.md").read_text(encoding="utf-8")


def test_the_page_about_programmes_is_true():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    playlist, faults = parse_native(example, "page.toml")
    assert faults == ()
    assert len(playlist.track) == 3
    for struct in (NativePlaylist, NativeTrack):
        for field in msgspec.structs.fields(struct):
            assert re.search(rf"[`\[]{field.encode_name}[`\]]", PAGE), field.encode_name


@pytest.mark.parametrize(
    ("row", "constants"),
    [
        ("tempo ", ("OFF_BPM",)),
        ("stretching", ("STRAIN_MINUTE", "STRAIN_RATE")),
        ("liking", ("NEUTRAL_MINUTE", "DISLIKED_MINUTE")),
        ("a tempo that is not known", ("UNKNOWN_TEMPO_MINUTE",)),
        ("beats that wander", ("UNSTEADY_MINUTE",)),
        ("the same recording again", ("REPEATED",)),
        ("keys of neighbours", ("FIFTH", "UNKNOWN_KEY")),
        ("a jump of the heard", ("JUMP", "JUMP_BPM")),
        ("beats that do not stay", ("APART",)),
        ("left early", ("LEFT_EARLY",)),
        ("cut by the end", ("CUT",)),
        ("heard for less", ("SHORT",)),
        ("music that is missing", ("GAP_SECONDS", "GAP_MINUTE")),
        ("variety", ("VARIETY",)),
    ],
)
def test_the_page_gives_the_costs_that_count(row, constants):
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {row}")]
    for name in constants:
        assert re.search(rf"(?<![\d.]){getattr(cost, name):g}(?![\d.]*\d)", line), name


MANGLED = st.binary(max_size=60) | st.tuples(
    st.sampled_from((NATIVE, XSPF, "#EXTM3U\n#EXTINF:5,A - B\na.mp3\n")),
    st.integers(0, 400),
    st.integers(0, 8),
    st.binary(max_size=6),
).map(lambda cut: cut[0].encode()[: cut[1]] + cut[3] + cut[0].encode()[cut[1] + cut[2] :])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(MANGLED, st.sampled_from([".m3u", ".m3u8", ".xspf", ".toml"]))
def test_whatever_a_file_holds_it_is_read_or_its_faults_are_told(tmp_path, content, ending):
    found = read_playlist(written(tmp_path, f"a{ending}", content))
    assert found.entries or found.faults
    assert all(fault.file == f"a{ending}" and fault.message for fault in found.faults)


@pytest.mark.parametrize("sign", ["[", "{b = "])
def test_deep_nesting_is_a_fault(sign):
    _, (fault,) = parse_native("a = " + sign * 9_000, "a.toml")
    assert "nested too deeply" in fault.message


def test_a_relative_path_that_is_written_as_an_address_is_found(tmp_path):
    folder = tmp_path / "m ü"
    folder.mkdir()
    for name in ("x.flac", "100%25.flac"):
        (folder / name).touch()
    lines = "m%20%C3%BC/x.flac\nm ü/100%25.flac\nm%20%C3%BC/gone.flac\n"
    found = places(read_playlist(written(tmp_path, "odd.m3u8", lines)))
    assert found[:2] == [str(folder / "x.flac"), str(folder / "100%25.flac")]
    assert found[2] == str(tmp_path / "m%20%C3%BC/gone.flac")
