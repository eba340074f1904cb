"""A stretch of words: only its time."""

import pytest

from mtsession.activities.words.method import METHOD, WordsSettings
from mtsession.session.activity import NOTHING, ActivityContext
from mtsession.timeline import events as ev
from mtsession.timeline.units import MINUTE, SECOND, Micros

CONTEXT = ActivityContext(activity=2, planned_us=Micros(5 * MINUTE))
CHECK_IN = WordsSettings(title="Check-in")


def at(seconds):
    return Micros(seconds * SECOND)


COURSE = (
    ev.ActivityStarted(
        t_us=at(10), activity=2, method="words", title="Check-in",
        settings={"title": "Check-in"}, planned=True,
    ),
    ev.SessionPaused(t_us=at(40)),
    ev.SessionResumed(t_us=at(100)),
    ev.ActivityEnded(t_us=at(130), activity=2, reason="planned"),
    ev.SessionPaused(t_us=at(140)),
    ev.SessionResumed(t_us=at(150)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("events", "now", "elapsed"), [(0, 30, 0), (1, 30, 20), (2, 60, 30), (3, 110, 40), (6, 200, 60)]
)
def test_time_runs_while_it_runs(events, now, elapsed):
    words = METHOD.restore(CHECK_IN, CONTEXT, COURSE[:events])
    view = words.view(at(now))
    assert (view.title, view.planned_us) == ("Check-in", 5 * MINUTE)
    assert view.elapsed_us == at(elapsed)


@pytest.mark.parametrize("split", range(len(COURSE) + 1))
def test_restoring_at_any_point_gives_the_live_state(split):
    live = METHOD.make(CHECK_IN, CONTEXT)
    for event in COURSE[:split]:
        assert live.handle(event) == NOTHING
    restored = METHOD.restore(CHECK_IN, CONTEXT, COURSE[:split])
    assert restored.view(at(500)) == live.view(at(500))


def test_it_asks_for_nothing():
    words = METHOD.make(CHECK_IN, CONTEXT)
    now = at(1)
    steps = [words.start(now), words.tick(now), words.pause(now), words.resume(now)]
    steps += [words.stop(now, "planned"), words.act(now, "skip")]
    assert set(steps) == {NOTHING}
    assert words.client_view(now) is None


def test_the_summary_gives_its_minutes():
    section = METHOD.summarise(2, COURSE)
    assert section.line == "Check-in: 1.0 min"
    assert section.figures[0].value == 1.0
    assert section.not_captured == ("what was said",)
