"""What the summary says of listening, from events alone."""

import pytest

from mtsession.activities.listening.events import ListeningFailed
from mtsession.activities.listening.summary import heard_tracks, summarise
from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND, Micros


def track(item, t_us, title, planned, *, activity=3):
    return ev.TrackStarted(
        t_us=Micros(t_us), activity=activity, item=item, title=title, source="builtin",
        content_hash=None, planned_bpm=planned, grid=item,
    )  # fmt: skip


def beats(item, t_us, tempo, minutes, revision=0):
    times = tempo.beats_until(round(minutes * MINUTE))
    grid = BeatGrid(
        grid=item,
        revision=revision,
        first_beat=0,
        beats_us=tuple(Micros(t_us + at) for at in times),
        beats_per_bar=4,
    )
    return ev.BeatGridRevised(t_us=Micros(t_us), grid=grid)


def ended(item, t_us):
    return ev.TrackEnded(t_us=Micros(t_us), item=item, reason="end")


GLIDE = TempoMap.of((0, 80.0), (6 * MINUTE, 72.0))


def test_planned_and_delivered_tempo_and_minutes():
    section = summarise(
        3,
        [
            track(3000, 0, "Harbour", (80.0, 72.0)),
            beats(3000, 0, GLIDE, 6),
            ended(3000, 6 * MINUTE),
            track(3001, 6 * MINUTE - 8 * SECOND, "Lantern", (66.0, 66.0)),
            beats(3001, 6 * MINUTE - 8 * SECOND, TempoMap.constant(66.0), 2),
            ended(3001, 7 * MINUTE),
            ev.ActivityEnded(t_us=Micros(7 * MINUTE), activity=3, reason="planned"),
        ],
    )
    assert section.line == "Music: Harbour 80 to 72; Lantern 66"
    figures = {each.key: each for each in section.figures}
    assert figures["music_minutes"].value == pytest.approx(7.0)
    assert figures["track_1_planned_start_bpm"].value == 80.0
    assert figures["track_1_delivered_start_bpm"].value == pytest.approx(80.0, abs=0.2)
    assert figures["track_1_delivered_end_bpm"].value == pytest.approx(72.0, abs=0.2)
    assert "skips" not in figures


def test_music_that_was_stopped_early_says_both_tempi():
    events = [
        track(3000, 0, "Harbour", (80.0, 72.0)),
        beats(3000, 0, GLIDE, 6),
        ev.ActivityEnded(t_us=Micros(2 * MINUTE), activity=3, reason="client stopped"),
        ev.SessionEnded(t_us=Micros(9 * MINUTE), reason="by hand"),
    ]
    assert summarise(3, events).line == "Music: Harbour 80 to 77 (planned 80 to 72)"
    (heard,) = heard_tracks(3, events)
    assert heard.end_us == 2 * MINUTE


def test_beats_of_a_later_revision_count():
    events = [
        track(3000, 0, "Harbour", (60.0, 60.0)),
        beats(3000, 0, TempoMap.constant(60.0), 2),
        beats(3000, 0, TempoMap.constant(66.0), 2, revision=1),
        ended(3000, 2 * MINUTE),
    ]
    assert heard_tracks(3, events)[0].delivered_bpm == (66.0, 66.0)


def test_a_track_without_beats_says_so():
    section = summarise(3, [track(3000, 0, "Song", None), ended(3000, MINUTE)])
    assert section.line == "Music: Song"
    texts = {each.key: each.text for each in section.figures}
    assert texts["track_1_planned"] == "tempo not known"
    assert texts["track_1_delivered"] == "no beats known"


def test_a_piece_that_went_round_is_named_once():
    events = []
    for turn in range(3):
        at = turn * MINUTE
        events += [
            track(3000 + turn, at, "Harbour", (64.0, 64.0)),
            beats(3000 + turn, at, TempoMap.constant(64.0), 1),
            ended(3000 + turn, at + MINUTE),
        ]
    assert summarise(3, events).line == "Music: Harbour 64, 3 times"


def test_what_was_not_heard_and_what_failed_is_said():
    assert summarise(3, []).line == "Music: none was heard"
    gone = ListeningFailed(t_us=Micros(5), activity=3, message="No music is left.", hint="")
    section = summarise(3, [gone])
    assert section.line == "Music: none was heard; not played: 1"
    assert section.figures[-1].text == "No music is left."


def test_music_of_other_activities_is_left_out():
    events = [track(4000, 0, "Brook", (80.0, 80.0), activity=4), ended(4000, MINUTE)]
    assert summarise(3, events).line == "Music: none was heard"
