"""The guide in the room: caution, keys, pauses, crossfades, the clock, cues, the screen."""

import itertools

import pytest

from activities.test_breathing_harness import (
    BREATHING,
    Room,
    counts,
    make_grid,
    music,
    track,
)
from mtsession.activities.breathing.events import (
    BreathingCautionDismissed,
    BreathingCautionShown,
    ClockCountsEnded,
    CountsOnClock,
    PacingEnded,
    PacingLed,
    PacingPaused,
    PacingResumed,
    PacingStarted,
)
from mtsession.activities.breathing.method import METHOD
from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.protocol.commands import CancelCues, ScheduleCues, StartPulse
from mtsession.session.activity import ActivityContext
from mtsession.timeline.events import (
    ActivityEnded,
    BeatGridRevised,
    EngineLost,
    EngineStarted,
    MusicPaused,
    MusicResumed,
    QuietCommanded,
    TrackEnded,
)
from mtsession.timeline.tempo_map import TempoMap

SECOND = 1_000_000
PLAIN = BreathingSettings(caution=False)
STEADY = make_grid(TempoMap.constant(72), seconds=900)
# Keys of the session's screen and of the other methods.
RESERVED = set("qQ?vom[]h0123456789nlbiwu+-dkept ")


def test_the_caution_card_comes_first_and_one_key_puts_it_away():
    room = Room(BreathingSettings(), music(STEADY)).run(20)
    assert room.activity.view(room.clock.now_us()).state == "caution"
    assert room.activity.client_view(room.clock.now_us()) is None
    assert room.of(BreathingCautionShown)
    assert not room.breaths
    room.act("begin")
    room.run(20)
    assert room.of(BreathingCautionDismissed)
    assert room.breaths


def test_keys_leave_the_screens_own_alone():
    keys = [action.key for action in METHOD.actions]
    assert len(set(keys)) == len(keys)
    assert not RESERVED & set(keys)


def test_it_begins_on_a_downbeat_at_least_a_beat_ahead():
    room = Room(PLAIN, music(STEADY)).run(20)
    first = room.breaths[0]
    assert STEADY.is_downbeat(int(first.first_beat))
    assert first.starts_us - first.t_us >= 833_000
    unknown = make_grid(TempoMap.constant(72), bar=None)
    assert Room(PLAIN, music(unknown)).run(20).breaths[0].first_beat == 3


def test_breaths_are_decided_with_time_for_their_cues():
    for bpm in (40, 72, 120):
        grid = make_grid(TempoMap.constant(bpm))
        room = Room(BreathingSettings(caution=False, cue="tone"), music(grid)).run(120)
        leads = [breath.starts_us - breath.t_us for breath in room.breaths[1:]]
        assert min(leads) >= 400_000
        assert max(leads) <= max(60 * SECOND // bpm, 650_000) + 1


def test_cues_begin_with_their_phases():
    holds = BreathingSettings(ratio=(2, 1, 3, 1), caution=False, cue="swell", cue_db=-20)
    room = Room(holds, music(STEADY)).run(60)
    breath = room.breaths[2]
    inhale, hold, exhale, _ = breath.counts
    mine = [
        cue for cue in room.cues() if cue.cue // 4 == (BREATHING * 100_000 + breath.breath * 4) // 4
    ]
    assert [(cue.sound, cue.beat, cue.beats) for cue in mine] == [
        ("inhale", breath.first_beat, inhale),
        ("exhale", breath.first_beat + inhale + hold, exhale),
    ]
    assert {cue.gain_db for cue in mine} == {-20}
    tones = Room(
        BreathingSettings(ratio=(2, 1, 3, 1), caution=False, cue="tone"), music(STEADY)
    ).run(60)
    sounds = ["tone in", "tone hold", "tone out", "tone hold"]
    assert [cue.sound for cue in tones.cues()[:4]] == sounds
    assert {cue.beats for cue in tones.cues()} == {1.0, 2.0}
    clicks = Room(BreathingSettings(caution=False, cue="click"), music(STEADY)).run(60)
    starts = [b.first_beat + n for b in clicks.breaths for n in (0, b.counts[0])]
    assert [cue.beat for cue in clicks.cues()] == starts
    assert {cue.sound for cue in clicks.cues()} == {"click"}
    numbers = [cue.cue for cue in clicks.cues()]
    assert len(set(numbers)) == len(numbers)
    assert not Room(PLAIN, music(STEADY)).run(30).cues()


def test_without_music_it_counts_on_the_clock_and_says_so():
    room = Room(PLAIN).run(120)
    clock = room.of(CountsOnClock)[0]
    assert clock.t_us == 3 * SECOND
    assert clock.bpm == 72
    assert counts(room)[0] == (2, 0, 4, 0)
    view = room.activity.view(room.clock.now_us())
    assert "no music with a beat: counting on the clock" in view.message
    assert not view.on_the_beat
    assert "on the clock" in METHOD.summarise(BREATHING, room.events).line


def test_music_whose_beats_nobody_knows_is_paced_on_the_clock_at_once():
    room = Room(PLAIN, [track(None)]).run(20)
    assert room.of(CountsOnClock)[0].t_us <= SECOND
    assert "not known" in room.of(CountsOnClock)[0].why


def test_clock_passes_to_music_at_a_breaths_end_and_back():
    late = make_grid(TempoMap.constant(66), from_us=30 * SECOND, seconds=40, ends=True)
    script = [*music(late, t_us=30 * SECOND), TrackEnded(t_us=70 * SECOND, item=1000, reason="end")]
    room = Room(PLAIN, script).run(120)
    kinds = [on for on, _ in itertools.groupby(room.breaths, key=lambda b: b.on_the_beat)]
    assert kinds == [False, True, False]
    for before, after in itertools.pairwise(room.breaths):
        ends = before.starts_us + before.nominal_us
        assert -160_000 <= after.starts_us - ends <= 1_000_000
    assert room.pulses() == (2, 1)
    assert room.of(ClockCountsEnded)


def test_a_crossfade_is_passed_at_a_breaths_end_on_a_beat_of_the_new_music():
    old = make_grid(TempoMap.constant(72), seconds=60, ends=True)
    new = make_grid(TempoMap.constant(66), grid=1001, from_us=53_200_000, seconds=200)
    script = [
        *music(old),
        BeatGridRevised(t_us=40 * SECOND, grid=new),
        track(1001, t_us=53_200_000, item=1001),
        TrackEnded(t_us=60 * SECOND, item=1000, reason="end"),
    ]
    room = Room(PLAIN, script).run(120)
    grids = [grid for grid, _ in itertools.groupby(b.grid for b in room.breaths)]
    assert grids == [1000, 1001]
    last = [b for b in room.breaths if b.grid == 1000][-1]
    first = next(b for b in room.breaths if b.grid == 1001)
    assert old.time_of(last.end_beat) <= 60 * SECOND
    assert first.first_beat == int(first.first_beat)
    assert -150_000 <= new.time_of(first.first_beat) - old.time_of(last.end_beat) <= 910_000
    assert not room.of(CountsOnClock)
    assert abs(sum(first.counts) - sum(last.counts)) <= 1


def test_music_that_ends_in_mid_breath_lets_the_breath_finish():
    short = make_grid(TempoMap.constant(60), seconds=33, ends=True)
    script = [*music(short), TrackEnded(t_us=33 * SECOND, item=1000, reason="end")]
    room = Room(PLAIN, script).run(60)
    on_beat = [b for b in room.breaths if b.on_the_beat]
    after = room.breaths[len(on_beat)]
    assert after.starts_us == on_beat[-1].starts_us + on_beat[-1].nominal_us
    assert len(room.of(PacingPaused)) == 0


def test_paused_music_holds_the_guide_and_a_new_breath_begins_after_it():
    shifted = make_grid(TempoMap.constant(72), from_us=20 * SECOND, seconds=900, revision=1)
    script = [
        *music(STEADY),
        MusicPaused(t_us=40 * SECOND),
        MusicResumed(t_us=60 * SECOND),
        BeatGridRevised(t_us=60 * SECOND, grid=shifted),
    ]
    room = Room(PLAIN, script).run(90, look=True)
    frozen = [view for t, view in room.views if 40 * SECOND <= t - 250_000 < 60 * SECOND]
    assert {view.state for view in frozen[1:-1]} == {"paused"}
    assert len({view.fullness for view in frozen[1:-1]}) == 1
    assert [event.why for event in room.of(PacingPaused)] == ["music"]
    assert any(isinstance(command, CancelCues) for command in room.commands)
    again = next(b for b in room.breaths if b.starts_us > 60 * SECOND)
    assert not again.joined
    assert shifted.is_downbeat(int(again.first_beat))
    assert again.counts == (2, 0, 4, 0)


def test_quiet_holds_the_guide_until_the_therapist_goes_on():
    script = [*music(STEADY), QuietCommanded(t_us=30 * SECOND, fade_us=0)]
    room = Room(PLAIN, script).run(60)
    assert [event.why for event in room.of(PacingPaused)] == ["quiet"]
    assert room.activity.view(room.clock.now_us()).state == "paused"
    before = len(room.breaths)
    room.act("begin")
    room.run(20)
    assert room.of(PacingResumed)
    assert len(room.breaths) > before
    assert not room.breaths[-1].on_the_beat


def test_after_quiet_the_clock_can_be_chosen_at_once():
    script = [*music(STEADY), QuietCommanded(t_us=30 * SECOND, fade_us=0)]
    room = Room(PLAIN, script, [(40 * SECOND, "clock")]).run(60)
    assert 40 * SECOND <= room.of(CountsOnClock)[0].t_us <= 40.25 * SECOND
    assert room.of(CountsOnClock)[0].why == "as chosen"


def test_the_session_pauses_and_goes_on():
    room = Room(PLAIN, music(STEADY), [(30 * SECOND, "pause"), (50 * SECOND, "resume")]).run(80)
    assert not [b for b in room.breaths if 31 * SECOND < b.starts_us < 50 * SECOND]
    assert [b for b in room.breaths if b.starts_us > 50 * SECOND]
    assert "with the session" in str(METHOD.summarise(BREATHING, room.events).figures)


def test_easier_slower_and_keep_work_from_the_next_breath():
    plan = BreathingSettings(caution=False, own_rate_minutes=2, ramp_minutes=4, target_rate=6)
    asked = [(20 * SECOND, "slower"), (60 * SECOND, "easier"), (70 * SECOND, "easier")]
    room = Room(plan, music(STEADY), [*asked, (90 * SECOND, "hold")]).run(400)
    totals = [(breath.starts_us / SECOND, sum(breath.counts)) for breath in room.breaths]
    assert {n for t, n in totals if t < 30} == {6}
    assert {n for t, n in totals if 42 < t < 60} == {7}
    assert {n for t, n in totals if 75 < t < 90} == {5}
    assert max(n for _, n in totals) > 7
    assert [led.asked for led in room.of(PacingLed)] == ["slower", "easier", "easier", "go on"]


def test_keep_holds_the_rate_while_the_tempo_changes():
    tempo = TempoMap.of((0, 72), (60 * SECOND, 72), (180 * SECOND, 60))
    room = Room(PLAIN, music(make_grid(tempo, seconds=400)), [(40 * SECOND, "hold")]).run(300)
    assert sum(counts(room)[-1]) == 5
    assert "kept near 12.0/min" in room.activity.view(room.clock.now_us()).message


def test_slower_never_leads_below_the_floor():
    asked = [(t * SECOND, "slower") for t in range(20, 60)]
    room = Room(PLAIN, music(STEADY), asked).run(700)
    assert sum(counts(room)[-1]) == 14


def test_stop_ends_the_guide_at_once_and_begin_starts_from_the_own_rate():
    plan = BreathingSettings(caution=False, cue="swell")
    room = Room(plan, music(STEADY), [(200 * SECOND, "stop"), (230 * SECOND, "begin")]).run(260)
    stopped = room.of(PacingEnded)[0]
    assert stopped.t_us == 200 * SECOND
    assert stopped.reason is None
    assert sum(isinstance(command, CancelCues) for command in room.commands) == 1
    assert not [b for b in room.breaths if 201 * SECOND < b.starts_us < 230 * SECOND]
    assert sum(room.breaths[-1].counts) == 6
    assert len(room.of(PacingStarted)) == 2


def test_the_end_takes_everything_back():
    room = Room(BreathingSettings(caution=False, cue="tone")).run(30)
    room.act("end")
    assert room.activity.view(room.clock.now_us()).state == "ended"
    assert room.pulses() == (1, 1)
    assert isinstance(room.commands[-2], CancelCues)
    room.act("begin")
    assert room.activity.view(room.clock.now_us()).state == "ended"


def test_a_machine_that_slept_begins_a_new_breath():
    room = Room(PLAIN, music(STEADY)).run(30)
    before = len(room.breaths)
    room.clock.advance(60 * SECOND)
    room.run(20)
    again = room.breaths[before]
    assert not again.joined
    assert again.starts_us > 90 * SECOND
    assert [b.breath for b in room.breaths] == list(range(1, len(room.breaths) + 1))


def test_an_engine_that_came_back_is_asked_for_the_pulse_again():
    room = Room(PLAIN).run(20)
    room.feed(EngineLost(t_us=room.clock.now_us(), why="killed"))
    started = room.pulses()[0]
    room.feed(
        EngineStarted(
            t_us=room.clock.now_us(), output="x", silent=False, sample_rate=48000, latency_us=1
        )
    )
    pulses = [command for command in room.commands if isinstance(command, StartPulse)]
    assert len(pulses) == started + 1
    assert pulses[-1] == pulses[0]


def test_music_of_an_engine_that_came_back_is_followed_again():
    room = Room(PLAIN, music(STEADY)).run(20)
    room.feed(EngineLost(t_us=room.clock.now_us(), why="killed"))
    room.run(20)
    assert not room.breaths[-1].on_the_beat
    now = room.clock.now_us()
    for event in music(make_grid(TempoMap.constant(66), from_us=now, seconds=300), t_us=now):
        room.feed(event)
    room.run(20)
    assert room.breaths[-1].on_the_beat
    assert room.breaths[-1].tempo_bpm == 66


def test_tapped_beats_without_a_track_are_followed():
    taps = make_grid(TempoMap.constant(64), grid=5000, seconds=200, bar=None)
    room = Room(PLAIN, [BeatGridRevised(t_us=0, grid=taps)]).run(30)
    assert {b.grid for b in room.breaths} == {5000}
    assert all(b.on_the_beat for b in room.breaths)


def test_the_shape_grows_and_sinks_smoothly():
    plan = BreathingSettings(ratio=(2, 1, 3, 1), caution=False)
    grid = make_grid(TempoMap.constant(72))
    room = Room(plan, music(grid)).run(30)
    views = []
    for t in range(10 * SECOND, 28 * SECOND, 20_000):
        early = METHOD.restore(plan, room.context, [e for e in room.events if e.t_us <= t])
        views.append(early.view(t))
    steps = [abs(a.fullness - b.fullness) for a, b in itertools.pairwise(views)]
    assert max(steps) < 0.03
    assert {view.word for view in views} == {"breathe in", "hold", "breathe out", "rest"}
    assert {v.fullness for v in views if v.phase == "hold"} == {1.0}
    assert {v.fullness for v in views if v.phase == "rest"} == {0.0}
    assert min(view.beats_left for view in views) == 1
    for before, after in itertools.pairwise(views):
        if before.phase == after.phase:
            assert before.beats_left - after.beats_left in {0, 1}
    assert views[0].rate == pytest.approx(12, abs=2)
    assert "easy and shallow; stop if dizzy" in views[0].message


def test_the_clients_screen_knows_the_phases_ahead_and_no_figures():
    room = Room(PLAIN, music(STEADY)).run(30)
    now, own = room.clock.now_us(), room.activity.view(room.clock.now_us())
    shown = room.activity.client_view(now)
    here = next(each for each in shown.phases if each.starts_us <= now < each.ends_us)
    assert (here.phase, here.word) == (own.phase, own.word)
    assert here.counts >= own.beats_left > 0
    for before, after in itertools.pairwise(shown.phases):
        assert before.ends_us == after.starts_us
    assert {*shown.__struct_fields__} == {"state", "phases"}
    room.act("stop")
    assert room.activity.client_view(now) is None


def test_the_summary_counts_what_the_guide_gave():
    plan = BreathingSettings(caution=False, own_rate_minutes=1, ramp_minutes=1)
    room = Room(plan, music(STEADY)).run(200)
    room.act("stop")
    room.feed(ActivityEnded(t_us=room.clock.now_us(), activity=BREATHING, reason="client stopped"))
    section = METHOD.summarise(BREATHING, room.events)
    assert section.line.endswith("; guide stopped; client stopped")
    figures = {figure.key: figure for figure in section.figures}
    whole = [b for b in room.breaths if b.starts_us + b.nominal_us <= 200_250_000]
    assert figures["guide_breaths"].value == len(whole)
    assert figures["guide_rate_by_minute"].text.startswith("12.0, ")
    assert figures["planned_rate_by_minute"].text.startswith("12.0, ")
    assert figures["count_changes"].value == 2
    assert figures["guide_breaths"].value == room.activity.view(room.clock.now_us()).breaths
    assert "the client's own breathing" in section.not_captured


def test_a_guide_that_never_began_says_so():
    section = METHOD.summarise(BREATHING, [])
    assert section.line == "Guide (not the client's breathing): no whole breath"


def test_everything_it_schedules_lies_ahead():
    room = Room(BreathingSettings(caution=False, cue="click"), music(STEADY)).run(60)
    assert all(isinstance(c, ScheduleCues) and c.owner == BREATHING for c in room.commands)


def test_music_that_sounded_before_is_followed_where_the_activity_is_told_of_it():
    activity = METHOD.make(PLAIN, ActivityContext(activity=BREATHING))
    for event in music(STEADY):
        activity.handle(event)
    room = Room(PLAIN, activity=activity, from_us=120 * SECOND)
    room.events = music(STEADY)
    for event in activity.start(room.clock.now_us()).events:
        room.feed(event)
    room.run(30)
    assert {b.grid for b in room.breaths} == {1000}
    assert room.breaths[0].starts_us < 128 * SECOND


def test_quiet_with_the_sessions_pause_ends_when_the_session_goes_on():
    script = [*music(STEADY), QuietCommanded(t_us=30 * SECOND, fade_us=0)]
    room = Room(PLAIN, script, [(30 * SECOND, "pause"), (60 * SECOND, "resume")]).run(90)
    assert not [b for b in room.breaths if 31 * SECOND < b.starts_us < 60 * SECOND]
    assert [b for b in room.breaths if b.starts_us > 60 * SECOND]


def test_a_guide_that_was_stopped_is_said_to_be_even_when_the_segment_ends_as_planned():
    room = Room(PLAIN, music(STEADY), [(60 * SECOND, "stop"), (90 * SECOND, "end")]).run(95)
    assert METHOD.summarise(BREATHING, room.events).line.endswith("12/min; guide stopped")


def test_a_breath_that_was_broken_off_is_not_counted_whole():
    room = Room(PLAIN, music(STEADY), [(60 * SECOND, "stop")]).run(120)
    room.act("end")
    figures = {f.key: f for f in METHOD.summarise(BREATHING, room.events).figures}
    ended = [b for b in room.breaths if b.starts_us + b.nominal_us <= 60 * SECOND]
    assert len(ended) < len(room.breaths)
    assert figures["guide_breaths"].value == len(ended)
    assert room.activity.view(room.clock.now_us()).breaths == len(ended)
    paced = 60 * SECOND - room.breaths[0].starts_us
    given = room.activity.course.delivered
    assert sum(g.ends_us - g.starts_us for g in given) == paced
    assert [g.whole for g in given] == [True] * len(ended) + [False]


def test_music_that_is_held_is_not_passed_to():
    late = make_grid(TempoMap.constant(66), from_us=30 * SECOND, seconds=400)
    script = [*music(late, t_us=30 * SECOND), MusicPaused(t_us=30 * SECOND)]
    room = Room(PLAIN, [*script, MusicResumed(t_us=60 * SECOND)]).run(90)
    assert not [b for b in room.breaths if b.on_the_beat and b.starts_us < 60 * SECOND]
    assert room.breaths[-1].on_the_beat
    assert not room.of(PacingPaused)


def test_a_breath_whose_beats_the_record_lacks_keeps_its_decided_time():
    room = Room(PLAIN, music(STEADY)).run(30)
    kept = [event for event in room.events if not isinstance(event, BeatGridRevised)]
    figures = {f.key: f for f in METHOD.summarise(BREATHING, kept).figures}
    assert figures["guide_rate_mean"].value == pytest.approx(12, abs=0.01)
