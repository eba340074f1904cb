"""Music that the app does not make: taps give its beat, which goes on without a jump."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.listening_room import Room, happen
from activities.test_listening import SETTLE
from mtsession.activities.listening import events as own
from mtsession.activities.listening.method import METHOD
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.summary import summarise
from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.timeline import events as ev
from mtsession.timeline.units import SECOND, Micros

LIVE = msgspec.structs.replace(SETTLE, source="live", title="Guitar")


def tap(room, times_s):
    for at in times_s:
        room.run(max(0.0, at - 0.25 - room.now / SECOND))
        room.now = Micros(round(at * SECOND))
        room.act("tap")


def pulses(room):
    return [each for _, each in room.commands if isinstance(each, cmd.StartPulse)]


def test_taps_set_the_tempo_and_the_grid_is_the_rooms():
    room = Room(SETTLE)
    room.run(30)
    room.act("live")
    assert isinstance(room.commands[-1][1], cmd.StopProgramme)
    tap(room, [40 + 0.75 * beat for beat in range(3)])
    assert pulses(room) == []
    assert room.view().message == "Tap the beat with Enter: 1 more."
    tap(room, [42.25])
    (pulse,) = pulses(room)
    assert pulse.bpm == pytest.approx(80, abs=0.01)
    assert (pulse.at_us - 40 * SECOND) % 750_000 == pytest.approx(0, abs=50)
    view = room.view()
    assert (view.source, view.title) == ("live", "your own playing")
    assert view.heard_bpm == pytest.approx(80, abs=0.05)
    assert view.spread_ms < 1
    # The arc goes on meanwhile, and the music comes back there.
    room.run(17)
    room.act("live")
    assert any(isinstance(each, cmd.StopPulse) for _, each in room.commands[-3:])
    arc_s = room.planned()[-1].arc_from_us / SECOND
    assert arc_s == pytest.approx(room.now / SECOND, abs=0.5)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(45, 150),
    st.floats(0.94, 1.06),
    st.lists(st.floats(-0.04, 0.04), min_size=24, max_size=24),
)
def test_later_taps_correct_the_beat_without_a_jump(bpm, drift, slips):
    room = Room(LIVE)
    room.run(2)
    periods = np.linspace(60 / bpm, 60 / bpm / drift, len(slips))
    times = 3 + np.cumsum(periods)
    tap(room, [at + slip * period for at, slip, period in zip(times, slips, periods, strict=True)])
    asked = pulses(room)
    assert len({each.grid for each in asked}) == 1
    beats = dict[int, float]()
    for each in asked:
        beats = {beat: at for beat, at in beats.items() if beat < each.beat}
        for more in range(40):
            beats[each.beat + more] = each.at_us / SECOND + more * 60 / each.bpm
    heard = [at for _, at in sorted(beats.items()) if at <= times[-1]]
    gaps = [b - a for a, b in pairwise(heard)]
    assert sorted(beats) == list(range(min(beats), max(beats) + 1))
    assert all(0.75 * min(periods) < gap < 1.3 * max(periods) for gap in gaps)
    # What is tapped now is what is followed.
    last = asked[-1]
    assert last.bpm == pytest.approx(60 / periods[-6], rel=0.06)


def test_wild_taps_do_no_harm():
    room = Room(LIVE)
    room.run(2)
    tap(room, [3, 3.75, 4.5, 5.25, 6.0])
    before = pulses(room)[-1]
    tap(room, [6.35, 6.75, 7.5])
    assert pulses(room)[-1].bpm == pytest.approx(before.bpm, rel=0.01)
    tap(room, [30.0])
    assert len([each for each in room.events if isinstance(each, own.BeatTapped)]) == 9
    assert pulses(room)[-1].at_us < 10 * SECOND


def test_a_plan_may_begin_with_own_playing_or_music_from_elsewhere():
    room = Room(LIVE)
    room.run(5)
    assert room.asked() == []
    assert (room.view().source, room.view().title) == ("live", "Guitar")
    room.act("live")
    room.run(5)
    assert room.view().title == "Harbour"
    assert room.planned()[-1].arc_from_us == 0


def test_after_quiet_and_a_restart_the_pulse_runs_on():
    for what in ("quiet", "restart"):
        room = Room(LIVE)
        room.run(2)
        tap(room, [3, 3.75, 4.5, 5.25])
        happen(room, what)
        if what == "quiet":
            room.do(it.Resume())
        first, again = pulses(room)
        assert again.grid != first.grid
        assert (again.at_us - first.at_us) / 750_000 == pytest.approx(
            round((again.at_us - first.at_us) / 750_000), abs=0.001
        )
        assert room.asked() == []


def test_music_from_elsewhere_is_in_the_record_with_title_start_and_stop():
    room = Room(SETTLE)
    room.run(30)
    room.act("outside")
    room.run(1)
    room.do(it.Say(activity=1, action="outside", text="A song from the radio"))
    assert room.view().title == "A song from the radio"
    assert room.view().asks
    room.run(59)
    room.act("outside")
    room.run(10)
    section = summarise(1, room.events)
    assert "A song from the radio" in section.line
    texts = {each.label: each.text for each in section.figures}
    assert texts["Music from elsewhere"] == "A song from the radio, 0:30 to 1:30"
    assert section.not_captured == ("the sound of music that the app did not play",)


def test_the_end_ends_the_pulse():
    room = Room(LIVE)
    room.run(2)
    tap(room, [3, 3.75, 4.5, 5.25])
    room.do(it.StopActivity(activity=1))
    assert any(isinstance(each, cmd.StopPulse) for _, each in room.commands)


def test_the_room_is_restored_from_the_record():
    room = Room(SETTLE)
    room.run(20)
    room.act("live")
    tap(room, [30, 30.8, 31.6, 32.4, 33.2])
    restored = METHOD.restore(SETTLE, room.context, room.events)
    assert restored.view(room.now) == room.listening.view(room.now)
    assert restored.act(room.now, "tap") == room.listening.act(room.now, "tap")
    settings_ = msgspec.convert(msgspec.to_builtins(LIVE), ListeningSettings)
    assert settings_ == LIVE


def test_the_summary_tells_planned_led_and_heard_by_the_minute():
    room = Room(SETTLE)
    room.run(90)
    room.act("down")
    room.run(60)
    room.act("undo")
    room.run(60)
    section = summarise(1, room.events)
    by_key = {each.key: each for each in section.figures}
    assert by_key["lead_1"].text.startswith("1:30 2 BPM slower, to 73.")
    assert by_key["lead_2"].text == "2:30 the last lead taken back"
    assert "tempo led by hand 2 times" in section.line
    second = by_key["minute_3_bpm"]
    assert "led" in second.text
    planned = [e for e in room.events if isinstance(e, ev.WishMade)]
    assert len(planned) == 2
    assert by_key["minute_1_bpm"].text == "planned 76.0, heard 76.0 BPM"
