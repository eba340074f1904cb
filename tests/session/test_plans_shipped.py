"""The shipped plans: the courses that they promise."""

from pathlib import Path

import pytest

from mtsession.activities.breathing.method import METHOD as BREATHING
from mtsession.activities.improvisation.settings import ImprovisationSettings
from mtsession.activities.listening.method import METHOD as LISTENING
from mtsession.activities.words.method import METHOD as WORDS
from mtsession.session.activity import ActivityContext
from mtsession.session.plan import parse_plan
from mtsession.timeline.units import MINUTE

METHODS = {method.name: method for method in (BREATHING, LISTENING, WORDS)}
FOLDER = Path(__file__).parents[2] / "playlists"

# What each plan is: the minutes of its segments (None: until stopped), and the tempo of its
# music as (minute of the session, BPM), a step being two values at one time.
COURSES = {
    "settle-10": ([10], [(0, 76), (1, 76), (8.5, 66), (10, 66)]),
    "breathe-12": ([2, 8, 2], [(0, 72), (12, 72)]),
    "resonance-15": ([2, 11, 2], [(0, 60), (15, 60)]),
    "one-to-one-35": (
        [5, 6, 4, 12, 4, 4],
        [(5, 80), (11, 72), (11, 72), (15, 72), (27, 66), (31, 66)],
    ),
    "match-down-20": ([20], [(0, 106), (2, 106), (16.5, 80), (20, 80)]),
    "lift-15": ([15], [(0, 60), (1.5, 60), (13.5, 76), (15, 76)]),
    "bedside-30": ([None], [(0, 64), (30, 64)]),
    "demo": ([0.75, 1, 1, 0.25], [(0, 72), (0.75, 70), (1.75, 70), (2.75, 66), (3, 66)]),
}


def settle(name, settings, planned_us):
    """Try the settings as the app does."""
    if name in METHODS:
        METHODS[name].make(settings, ActivityContext(activity=1, planned_us=planned_us))
    return settings


def shipped(name):
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    settings = {method.name: method.settings for method in METHODS.values()}
    settings["improvisation"] = ImprovisationSettings
    return parse_plan(text, name=f"{name}.toml", methods=settings, settle=settle)


def test_the_table_names_every_shipped_plan():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(COURSES)


@pytest.mark.parametrize("name", COURSES)
def test_a_shipped_plan_has_its_course(name):
    minutes, tempo = COURSES[name]
    plan = shipped(name)
    lengths = [each.planned_us and each.planned_us / MINUTE for each in plan.segments]
    assert lengths == minutes
    heard, at_us = [], 0
    for segment in plan.segments:
        for each in segment.activities:
            if each.method == "listening":
                assert each.settings.pieces
                points = each.settings.tempo.points
                heard += [((at_us + point.t_us) / MINUTE, point.bpm) for point in points]
        at_us += segment.planned_us or 0
    assert heard == pytest.approx(tempo)


@pytest.mark.parametrize("name", COURSES)
def test_a_shipped_plan_says_when_it_is_used(name):
    plan = shipped(name)
    assert plan.title
    assert plan.when.endswith(".")
    assert plan.when.count(".") == 1


def test_breathing_follows_its_course():
    first = shipped("breathe-12").segments[1].activities[0].settings
    assert (first.ratio, first.start_rate, first.target_rate) == ((3, 5), 12, 9)
    assert (first.own_rate_minutes, first.ramp_minutes, first.max_beats) == (2, 2, 8)
    slow = shipped("resonance-15").segments[1].activities[0].settings
    assert (slow.ratio, slow.target_rate, slow.ramp_minutes, slow.max_beats) == ((4, 6), 6, 4, 10)


def test_only_the_breathing_of_one_to_one_is_optional():
    flags = [segment.optional for segment in shipped("one-to-one-35").segments]
    assert flags == [False, False, True, False, False, False]


def test_the_bedside_goes_round_until_stopped():
    (segment,) = shipped("bedside-30").segments
    (activity,) = segment.activities
    assert segment.planned_us is None
    assert activity.settings.repeat
