"""Music that is led by hand, rendered: its clicks lie where the journal says, at the led tempo."""

import bisect
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from mtsession.activities.listening.events import ProgrammePlanned, PulseFitted, TempoLed
from mtsession.activities.listening.method import restore
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.app.compose import Choices, offline_desk
from mtsession.app.config import Config
from mtsession.app.drive import run_offline
from mtsession.app.plans import load_plan
from mtsession.engine.offline import OfflineEngine
from mtsession.session.activity import ActivityContext
from mtsession.session.intents import Act
from mtsession.timeline import events as ev
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.units import SECOND, Micros
from proof.playback import write

RATE = 48_000
PLAN = """
version = 1
title = "Clicks"
when = "In tests."

[[segment]]
title = "Listen"
minutes = 1.5

[[segment.activity]]
method = "listening"
order = "as listed"
fade_in_s = 0
crossfade_s = 4
end_fade_s = 1
lowest_rate = 0.85
highest_rate = 1.1
arc = [{ hold = 72, minutes = 1.5 }]

[[segment.activity.track]]
file = "a.wav"
bpm = 72
first_beat_s = 0
beats_per_bar = 4

[[segment.activity.track]]
file = "b.wav"
bpm = 75
first_beat_s = 0
beats_per_bar = 4
"""
TAPPED = """
version = 1
title = "Guitar"
when = "In tests."

[[segment]]
title = "Play"
minutes = 0.6

[[segment.activity]]
method = "listening"
source = "live"

[[segment.activity]]
method = "breathing"
caution = false
"""
LEADS = (
    (12.0, "slower"),
    (22.0, "up"),
    (22.3, "up"),
    (34.0, "undo"),
    (44.0, "next"),
    (56.0, "hold"),
    (58.0, "hold"),
    (62.0, "hold tempo"),
    (66.0, "slower"),
    (76.0, "re-join"),
)


@pytest.fixture(scope="module")
def led(tmp_path_factory):
    """Render the plan with its leads; give events, samples and what the panel said."""
    folder = tmp_path_factory.mktemp("led")
    write(folder / "a.wav", "clicks", 60, 72)
    write(folder / "b.wav", "clicks", 120, 75)
    (folder / "plan.toml").write_text(PLAN)
    clock, blocks, views = ManualClock(), [], []
    engine = OfflineEngine(clock, sample_rate=RATE, sink=blocks.append)
    choices = Choices(plan=load_plan(folder / "plan.toml"), config=Config(), level_db=-6.0)
    desk = offline_desk(choices, engine=engine, clock=clock, sink=lambda seq, event: None)
    left = list(LEADS)

    def lead() -> bool:
        now = desk.clock.now_us()
        for number, running in tuple(desk.runner.running.items()):
            while left and now >= left[0][0] * SECOND:
                desk.do(Act(activity=number, action=left.pop(0)[1]))
            views.append((now, running.activity.view(now)))
        return True

    run_offline(desk, clock, engine, each=lead)
    return tuple(desk.events), np.concatenate(blocks), views


def click_times(samples):
    """Give when each click is at its loudest, in seconds."""
    sound = np.abs(samples).max(axis=1)
    over = np.flatnonzero(sound > 0.25 * sound.max())
    starts = over[np.concatenate([[True], np.diff(over) > RATE // 10])]
    return [(start + int(np.argmax(sound[start : start + RATE // 50]))) / RATE for start in starts]


def mean_bpm(clicks, first_s, last_s):
    inside = [at for at in clicks if first_s <= at <= last_s]
    return 60 * (len(inside) - 1) / (inside[-1] - inside[0])


@pytest.mark.parametrize(
    ("first_s", "last_s", "bpm"),
    [
        (2, 11.5, 72),
        (16.5, 21.5, 72 * 0.97),
        (27, 33.5, 72 * 0.97 + 4),
        (38.5, 43.5, 72 * 0.97 + 2),
        (70.5, 75.5, (72 * 0.97 + 2) * 0.97),
    ],
)
def test_rendered_clicks_are_at_the_led_tempo(led, first_s, last_s, bpm):
    _, samples, _ = led
    assert mean_bpm(click_times(samples), first_s, last_s) == pytest.approx(bpm, rel=0.002)


def test_the_grid_says_where_each_click_is(led):
    events, samples, _ = led
    beats = heard_beats(events)
    clicks = click_times(samples)
    apart = [min(abs(at - beat) for beat in beats) for at in clicks if 2 < at < 43]
    assert len(apart) > 40
    assert max(apart) < 0.004


def heard_beats(events):
    """Give every beat as the last grid before it said."""
    grids, found = {}, []
    for place, event in enumerate(events):
        if isinstance(event, ev.BeatGridRevised):
            grids[event.grid.grid] = event.grid
            later = (e for e in events[place + 1 :] if isinstance(e, ev.BeatGridRevised))
            until = next((e.t_us for e in later if e.grid.grid == event.grid.grid), 1 << 60)
            found += [b / 1e6 for b in event.grid.beats_us if event.t_us <= b < until + SECOND]
    return sorted(found)


def test_the_panel_says_what_was_planned_led_and_heard(led):
    _, _, views = led
    times = [now for now, _ in views]

    def view(at_s):
        return views[bisect.bisect_left(times, at_s * SECOND)][1]

    assert (view(10).planned_bpm, view(10).target_bpm) == (72, None)
    for at_s in (20, 30, 42, 54, 74):
        shown = view(at_s)
        assert shown.planned_bpm == 72
        assert shown.heard_bpm == pytest.approx(shown.target_bpm, rel=0.002)
    assert view(88).heard_bpm == pytest.approx(72, rel=0.002)


def test_every_wish_is_told_when_it_was_heard(led):
    events, _, _ = led
    wishes = {e.asked: e for e in events if isinstance(e, ev.WishMade)}
    applied = {}
    for event in events:
        if isinstance(event, ev.CommandApplied):
            applied.setdefault(event.asked, event.t_us)
    # To hold a tempo that is held already changes no sample, nor does an end after the music.
    unheard = {asked for asked, wish in wishes.items() if asked not in applied}
    assert {wishes[asked].what for asked in unheard} <= {"hold tempo", "End"}
    for asked, t_us in applied.items():
        assert 0 <= t_us - wishes[asked].t_us <= 80_000, wishes[asked]


def test_the_record_gives_back_the_course(led):
    events, _, views = led
    planned = next(e for e in events if isinstance(e, ProgrammePlanned))
    started = next(e for e in events if isinstance(e, ev.ActivityStarted))
    assert any(isinstance(e, TempoLed) for e in events)
    now, shown = views[200]
    before = [e for e in events if e.t_us <= now]
    settings = msgspec.convert(started.settings, ListeningSettings)
    context = ActivityContext(
        activity=planned.activity, planned_us=Micros(90 * SECOND), seed=planned.activity
    )
    assert restore(settings, context, before).view(now) == shown


def test_items_meet(led):
    events, _, _ = led
    spans = [e for e in events if isinstance(e, ev.TrackStarted)]
    assert [e.title for e in spans] == ["a", "b"]
    assert all(a.t_us <= b.t_us for a, b in pairwise(spans))


def test_the_breathing_guide_follows_a_beat_that_is_tapped(tmp_path):
    (tmp_path / "plan.toml").write_text(TAPPED)
    clock = ManualClock()
    engine = OfflineEngine(clock, sample_rate=RATE)
    choices = Choices(plan=load_plan(tmp_path / "plan.toml"), config=Config(), level_db=-6.0)
    desk = offline_desk(choices, engine=engine, clock=clock, sink=lambda seq, event: None)

    def tap() -> bool:
        now = desk.clock.now_us()
        if 2 * SECOND <= now <= 20 * SECOND and (now - 2 * SECOND) % 750_000 == 0:
            desk.do(Act(activity=1, action="tap"))
        return True

    run_offline(desk, clock, engine, each=tap)
    pulse = next(e for e in desk.events if isinstance(e, PulseFitted))
    grids = [e.grid for e in desk.events if isinstance(e, ev.BeatGridRevised)]
    told = [grid for grid in grids if grid.grid == pulse.grid]
    assert told
    assert {round(grid.bpm_at(grid.beats_us[1]), 2) for grid in told} == {80.0}
    paced = [e for e in desk.events if type(e).__name__ == "BreathPaced"]
    assert any(e.grid == pulse.grid and e.on_the_beat for e in paced)
