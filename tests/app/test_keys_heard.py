"""Each key of listening's is answered within some milliseconds, whatever it asks for."""

import pytest

from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config
from mtsession.app.drive import run_offline
from mtsession.app.plans import load_plan
from mtsession.engine.offline import OfflineEngine
from mtsession.session.intents import Act, SetLevel, ToggleDuck
from mtsession.timeline import events as ev
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.units import SECOND

SOON_US = 80_000
# Music that comes out of silence is asked for so far ahead that it begins on its frame.
FROM_SILENCE_US = 1_750_000
PLAN = """
version = 1
title = "Built-in music"
when = "In tests."

[[segment]]
title = "Listen"
minutes = 1.75

[[segment.activity]]
method = "listening"
fade_in_s = 1
crossfade_s = 3
pieces = ["harbour", "brook", "dusk"]
arc = [{ from = 68, to = 66, minutes = 1.75 }]
"""
KEYS = (
    "slower", "undo", "down", "hold tempo", "re-join", "faster", "start tempo", "up", "skip",
    "slower", "next", "duck", "duck", "level", "hold", "hold", "silence", "silence", "live",
    "live", "outside",
)  # fmt: skip
FIRST_S, APART_S = 6.0, 4.5


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Render a session with each key pressed; give (key, microseconds until it was heard)."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "plan.toml").write_text(PLAN)
    clock = ManualClock()
    engine = OfflineEngine(clock)
    choices = Choices(plan=load_plan(folder / "plan.toml"), config=Config(), level_db=-6.0)
    desk = offline_desk(choices, engine=engine, clock=clock, sink=lambda seq, event: None)
    left = [(FIRST_S + APART_S * place, key) for place, key in enumerate(KEYS)]

    def press() -> bool:
        while left and desk.clock.now_us() >= left[0][0] * SECOND:
            key = left.pop(0)[1]
            if key == "duck":
                desk.do(ToggleDuck())
            elif key == "level":
                desk.do(SetLevel(level_db=-9.0))
            else:
                desk.do(Act(activity=1, action=key))
        return True

    run_offline(desk, clock, engine, each=press)
    events = tuple(desk.events)
    applied: dict[int, int] = {}
    for event in events:
        if isinstance(event, ev.CommandApplied):
            applied.setdefault(event.asked, event.t_us)
    wishes = [e for e in events if isinstance(e, ev.WishMade) and e.what != "End"]
    assert len(wishes) == len(KEYS)
    return [(key, applied[wish.asked] - wish.t_us) for key, wish in zip(KEYS, wishes, strict=True)]


@pytest.mark.parametrize(
    "place", range(len(KEYS)), ids=[f"{n}-{key}" for n, key in enumerate(KEYS)]
)
def test_a_key_is_heard_soon(told, place):
    key, after_us = told[place]
    back = key in {"silence", "live"} and KEYS[place - 1] == key
    assert 0 <= after_us <= (FROM_SILENCE_US if back else SOON_US)
