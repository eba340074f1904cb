"""Recordings that are gone or broken when their turn comes: replaced, said and logged."""

from pathlib import Path

import numpy as np
import pytest

from app.known_music import RATE, MadeLibrary, made
from mtsession.activities.listening.events import ListeningFailed
from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config
from mtsession.app.drive import run_offline
from mtsession.app.plans import load_plan
from mtsession.engine.offline import OfflineEngine
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.events import SessionEnded, TrackFailed, TrackStarted

PLAN = """\
version = 1
title = "Short"
when = "When something breaks."

[[segment]]
title = "Listen"
minutes = 1

[[segment.activity]]
method = "listening"
arc = [{ hold = 66, minutes = 0.97 }]
"""
CHOSEN = PLAN + "\n[segment.activity.library]\n"
LISTED = "".join(f'\n[[segment.activity.track]]\nfile = "music/{name}.wav"\n' for name in "abc")


@pytest.fixture
def music(tmp_path):
    names = ("a", "b", "c", "d", "e")
    return MadeLibrary(
        *(made(tmp_path / "music", name, 66 + place / 10, 30.0)
          for place, name in enumerate(names))
    )  # fmt: skip


def session(plan):
    """Run a session offline; give its events and its sound."""
    events, blocks = [], []
    clock = ManualClock()
    engine = OfflineEngine(clock, sample_rate=RATE, sink=lambda block: blocks.append(block.copy()))
    choices = Choices(plan=plan, config=Config(), level_db=0.0)
    desk = offline_desk(
        choices, engine=engine, clock=clock, sink=lambda seq, event: None,
        on_event=lambda seq, event: events.append(event),
    )  # fmt: skip
    run_offline(desk, clock, engine)
    desk.close()
    return events, np.concatenate(blocks)


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def longest_silence(sound):
    """Give the longest time between two sounds, from the first to the last of them, in seconds."""
    loud = np.flatnonzero(np.abs(sound).max(axis=1) > 1e-4)
    return np.diff(loud).max() / RATE


@pytest.mark.parametrize("text", [CHOSEN, PLAN + LISTED], ids=["chosen", "listed"])
def test_a_recording_that_is_gone_is_replaced_said_and_logged(tmp_path, music, text):
    path = tmp_path / "short.toml"
    path.write_text(text)
    plan = load_plan(path, recordings=music.recordings)
    chosen = plan.segments[0].activities[0].settings.material
    Path(chosen[1].path).unlink()
    events, sound = session(plan)
    (failed,) = of(events, TrackFailed)
    assert chosen[1].title in failed.message
    assert failed.hint
    later = [event.title for event in of(events, TrackStarted) if event.t_us >= failed.t_us]
    assert later
    assert chosen[1].title not in later
    assert of(events, SessionEnded)[0].reason == "planned"
    assert longest_silence(sound) < 8
    assert np.abs(sound).max() < 10 ** (-1 / 20)


@pytest.mark.parametrize("text", [CHOSEN, PLAN + LISTED], ids=["chosen", "listed"])
def test_where_every_file_is_gone_it_is_said_and_silent(tmp_path, music, text):
    path = tmp_path / "short.toml"
    path.write_text(text)
    plan = load_plan(path, recordings=music.recordings)
    for each in music.recordings():
        Path(each.path).unlink()
    events, sound = session(plan)
    assert of(events, TrackFailed)
    (failed, *_) = of(events, ListeningFailed)
    assert failed.message
    assert failed.hint
    assert not of(events, TrackStarted)
    assert of(events, SessionEnded)[0].reason == "planned"
    assert not sound.any()
