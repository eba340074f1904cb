"""Looking up the sound files of a plan."""

import numpy as np
import pytest
import soundfile

from mtsession.activities.listening.method import METHOD as LISTENING
from mtsession.errors import MusicError
from mtsession.media.payload import payload_hash
from mtsession.music.resolve import resolve_tracks
from mtsession.music.track import Track
from mtsession.session.plan import check_plan


@pytest.fixture
def tone(tmp_path):
    """Write three seconds of a tone at 44.1 kHz."""
    times = np.arange(3 * 44_100) / 44_100
    path = tmp_path / "slow air.wav"
    soundfile.write(path, 0.1 * np.sin(2 * np.pi * 220 * times), 44_100)
    return path


def test_a_file_is_looked_up_from_the_plans_folder(tone):
    (track,) = resolve_tracks((Track(file="slow air.wav", bpm=66.5),), tone.parent)
    assert track.file == str(tone)
    assert track.duration_s == pytest.approx(3.0)
    assert track.content_hash == payload_hash(tone)
    assert (track.name, track.bpm, track.first_beat_s) == ("slow air", 66.5, None)


def test_what_was_looked_up_can_be_looked_up_again(tone):
    once = resolve_tracks((Track(file=tone.name),), tone.parent)
    assert resolve_tracks(once, tone.parent / "elsewhere") == once


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "not there"),
        (lambda path: path.mkdir(), "folder"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_text("Dear diary, this is no music.\n" * 9), "text"),
    ],
)
def test_what_cannot_be_played_is_told_with_its_key(tmp_path, make, told):
    make(tmp_path / "x.flac")
    with pytest.raises(MusicError) as caught:
        resolve_tracks((Track(file="x.flac"),), tmp_path)
    assert caught.value.message.startswith("`track[0].file`: “x.flac”")
    assert told in caught.value.message
    assert caught.value.hint


def test_another_content_than_was_noted_is_refused(tone):
    tracks = (Track(file=tone.name, content_hash="0" * 64),)
    with pytest.raises(MusicError, match="something else"):
        resolve_tracks(tracks, tone.parent)


def test_a_missing_file_is_told_with_the_line_of_the_plan(tmp_path):
    text = """\
version = 1
title = "Mine"
when = "At home."
[[segment]]
title = "Listen"
minutes = 5
[[segment.activity]]
method = "listening"
[[segment.activity.track]]
file = "gone.mp3"
bpm = 66
"""
    (fault,) = check_plan(
        text,
        name="mine.toml",
        methods={"listening": LISTENING.settings},
        settle=lambda _method, settings, _planned: resolve_tracks(settings.track, tmp_path),
    )
    assert fault.sentence == (
        "mine.toml, line 10, `segment.activity.track.file`: “gone.mp3” is not there."
    )
    assert fault.hint
