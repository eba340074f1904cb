"""An improvisation from its events: takes, players, views, restoring, and its summary."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.activities.improvisation.activity import Improvisation, restore
from mtsession.activities.improvisation.events import EVENT_TYPES, TakeEnded, TakeStarted
from mtsession.activities.improvisation.method import METHOD
from mtsession.activities.improvisation.settings import ImprovisationSettings, PlayerSettings
from mtsession.activities.improvisation.summary import summarise, take_figures
from mtsession.activities.improvisation.take import take_rows
from mtsession.errors import PlanError
from mtsession.protocol.metrics import PlayedSoFar
from mtsession.session.activity import ActivityContext
from mtsession.timeline.clock import WallTime
from mtsession.timeline.event import EventCodec
from mtsession.timeline.events import (
    CORE_EVENTS,
    ActivityEnded,
    ActivityStarted,
    ClockAnchored,
    EngineLost,
    MarkerPlaced,
    MidiReceived,
    PortLost,
    PortOpened,
    SessionEnded,
    SessionStarted,
    Undone,
)

SECOND = 1_000_000
CONTEXT = ActivityContext(activity=3)
NO_ONE_NAMED = ImprovisationSettings()
TWO = ImprovisationSettings(
    players=(
        PlayerSettings(name="Client", role="client", port="keystation"),
        PlayerSettings(name="Therapist", role="therapist", channel=2),
    )
)


class Session:
    """The runner's part: keeps the journal and gives events back to the activity."""

    def __init__(self, settings=NO_ONE_NAMED):
        self.settings = settings
        self.journal = []
        self.activity = Improvisation(settings, CONTEXT)

    def put(self, *events):
        for event in events:
            self.journal.append(event)
            self.put(*self.activity.handle(event).events)
        return self

    def start(self, t_us):
        settings = msgspec.json.decode(msgspec.json.encode(self.settings))
        self.put(
            ActivityStarted(
                t_us=t_us,
                activity=3,
                method="improvisation",
                title="Play together",
                settings=settings,
                planned=True,
            )
        )
        return self.put(*self.activity.start(t_us).events)

    def act(self, t_us, action="take"):
        return self.put(*self.activity.act(t_us, action).events)

    def stop(self, t_us):
        self.put(*self.activity.stop(t_us, "planned").events)
        return self.put(ActivityEnded(t_us=t_us, activity=3, reason="planned"))

    def note(self, start, end, pitch=60, velocity=64, port=0, channel=0):
        self.put(on(start, pitch, velocity, port, channel))
        return self.put(off(end, pitch, port, channel))

    def notes(self, count, every=500_000, first=0, **more):
        for index in range(count):
            self.note(first + index * every, first + index * every + every // 2, **more)
        return self

    @property
    def section(self):
        return summarise(3, self.journal)

    def figures(self, now_us):
        return take_figures(self.activity.ensemble, now_us)

    def figure(self, key):
        return next(figure for figure in self.section.figures if figure.key == key)


def shown(view):
    """Give a view without what is reckoned while there is time."""
    return msgspec.structs.replace(view, played=PlayedSoFar())


def on(t, pitch=60, velocity=64, port=0, channel=0):
    return MidiReceived(t_us=t, port=port, data=bytes([0x90 | channel, pitch, velocity]))


def off(t, pitch=60, port=0, channel=0):
    return MidiReceived(t_us=t, port=port, data=bytes([0x80 | channel, pitch, 0]))


def plug(t, port, name, **more):
    return PortOpened(t_us=t, port=port, name=name, **more)


def test_take_starts_and_ends_with_the_activity():
    session = Session().put(plug(0, 0, "Piano")).start(SECOND).notes(10, first=SECOND)
    view = session.activity.view(6 * SECOND)
    assert (view.take, view.elapsed_us, view.ports) == (1, 5 * SECOND, ("Piano",))
    session.stop(11 * SECOND)
    ended = session.activity.view(20 * SECOND)
    assert (ended.take, ended.elapsed_us, ended.message) == (None, 10 * SECOND, "Take 1 has ended.")
    assert shown(ended) == shown(session.activity.view(99 * SECOND))
    assert ended.players[0].notes == 10
    (take,) = session.figures(99 * SECOND)
    assert (take.elapsed_us, take.players[0].figures.notes) == (10 * SECOND, 10)


def test_action_ends_a_take_and_starts_the_next():
    session = Session().start(0).act(SECOND).act(2 * SECOND).act(3 * SECOND, "dance")
    kinds = [type(event) for event in session.journal if isinstance(event, TakeStarted | TakeEnded)]
    assert kinds == [TakeStarted, TakeEnded, TakeStarted]
    assert session.activity.view(3 * SECOND).take == 2


def test_window_is_half_open_and_late_arrivals_count_by_their_time():
    session = Session().put(plug(0, 0, "Piano")).put(on(99)).start(100)
    session.put(on(100, 61)).act(200).put(on(199, 62), on(200, 63), on(150, 64))
    ((take),) = session.figures(300)
    assert take.players[0].figures.notes == 3
    assert take.outside == 0


def test_live_figures_follow_the_definitions():
    session = Session().put(plug(0, 0, "Piano")).start(0)
    session.notes(9, pitch=60, velocity=40).note(4_500_000, 5_000_000, 72, 100)
    (player,) = session.activity.view(10 * SECOND).players
    assert (player.name, player.notes, player.reason) == ("Player 1", 10, "")
    assert player.density_per_s == pytest.approx(1.0)
    assert player.active_share == pytest.approx((9 * 0.25 + 0.5) / 10)
    assert player.ioi_mean_ms == pytest.approx(500)
    assert player.ioi_cv == pytest.approx(0)
    assert (player.velocity, player.pitch) == ((40, 100), (60, 72))


def test_views_show_nothing_below_eight_intervals():
    session = Session().put(plug(0, 0, "Piano"), plug(0, 1, "Drum")).start(0).notes(8)
    piano, drum = session.activity.view(4 * SECOND).players
    assert (piano.notes, piano.reason) == (8, "too few notes to calculate")
    assert piano.density_per_s is piano.ioi_mean_ms is piano.velocity is piano.pitch is None
    assert (drum.notes, drum.reason) == (0, "silence")
    session.stop(4 * SECOND)
    assert session.figure("take1.p1.density_per_s").text == "too few notes to calculate"
    assert session.figure("take1.p1.density_per_s").value is None
    assert session.figure("take1.p2.notes").text == "silence through 4.0 s"


def test_chord_counts_every_note_but_one_onset():
    session = Session().put(plug(0, 0, "Piano")).start(0)
    for start in range(0, 10 * SECOND, SECOND):
        session.put(on(start, 60), on(start + 15_000, 64), on(start + 30_000, 67))
        session.put(off(start + 400_000, 60), off(start + 400_000, 64), off(start + 400_000, 67))
    (take,) = session.figures(10 * SECOND)
    figures = take.players[0].figures
    assert (figures.notes, figures.ioi.n, figures.ioi.mean_us) == (30, 9, SECOND)
    session.put(on(9 * SECOND + 900_000, 50), on(9 * SECOND + 930_001, 51))
    assert session.figures(10 * SECOND)[0].players[0].figures.ioi.n == 11


def test_roll_holds_what_can_be_seen_and_no_more():
    session = Session().put(plug(0, 0, "Piano")).start(0).notes(100).put(on(60 * SECOND, 70, 90))
    view = session.activity.view(60 * SECOND)
    assert view.roll_to_us - view.roll_from_us == 12 * SECOND
    starts = [note.start_us for note in view.roll]
    assert starts == [48 * SECOND, 48_500_000, 49 * SECOND, 49_500_000, 60 * SECOND]
    assert view.roll[-1].end_us is None
    assert view.roll[-1].velocity == 90


def test_work_kept_for_a_view_does_not_grow_with_the_take():
    sizes = set()
    for count in (200, 4000):
        session = Session().put(plug(0, 0, "Piano")).start(0).put(on(0, 20)).notes(count)
        (part,) = session.activity.ensemble.take.parts.values()
        sizes.add((len(part.roll._ended), len(part.roll._sounding)))
    assert len(sizes) == 1


def test_players_by_port_name_and_channel_and_a_further_one_for_the_rest():
    session = Session(TWO).put(plug(0, 0, "Keystation 49"), plug(0, 1, "Other")).start(0)
    session.put(on(1, 60, port=0), on(2, 61, port=1, channel=1), on(3, 62, port=1, channel=0))
    players = session.activity.view(10).players
    assert [(p.name, p.notes) for p in players] == [
        ("Client", 1),
        ("Therapist", 1),
        ("Player 3", 1),
    ]


def test_two_ports_of_one_name_are_two_players():
    session = Session().put(plug(0, 0, "Piano"), plug(0, 1, "Piano")).start(0)
    session.put(on(1, port=0), on(2, port=1))
    assert [p.notes for p in session.activity.view(10).players] == [1, 1]


def test_unplugging_ends_notes_and_leaves_a_gap_that_is_told():
    session = Session().put(plug(0, 0, "Piano")).start(0).notes(10)
    session.put(on(5 * SECOND), PortLost(t_us=6 * SECOND, port=0, name="Piano"))
    assert session.activity.view(7 * SECOND).players[0].reason == "unplugged"
    session.put(plug(16 * SECOND, 0, "Piano", restored=True)).notes(10, first=16 * SECOND)
    session.stop(26 * SECOND)
    player = session.figures(26 * SECOND)[0].players[0]
    figures = player.figures
    assert (figures.notes, player.cut, player.stuck) == (21, 1, 0)
    assert figures.window_us == 16 * SECOND
    assert figures.active_us == 20 * 250_000 + SECOND
    assert figures.ioi.n == 10 + 9
    assert figures.longest_pause_us == 250_000
    assert "Player 1: 10 s while the port was away" in session.section.not_captured


def test_another_engine_run_gives_players_back_by_port_name():
    session = Session().put(plug(0, 0, "Piano"), plug(0, 1, "Drum")).start(0)
    session.put(on(1, port=0), on(1, port=1), EngineLost(t_us=2, why="gone"))
    session.put(plug(3, 0, "Drum"), plug(3, 1, "Piano"), on(4, 70, port=0), on(5, 71, port=1))
    piano, drum = session.figures(10)[0].players
    assert (piano.figures.pitch.high, drum.figures.pitch.high) == (71, 70)
    assert len(session.activity.ensemble.players) == 2


def test_pause_counts_nothing_and_parts_the_intervals():
    session = Session().put(plug(0, 0, "Piano")).start(0).notes(5).put(on(2_500_000))
    session.put(*session.activity.pause(3 * SECOND).events)
    assert session.activity.pause(3 * SECOND).events == ()
    assert session.activity.view(5 * SECOND).message == "The take is paused."
    session.put(on(2_900_000, 70), on(4 * SECOND, 71))
    session.put(*session.activity.resume(10 * SECOND).events).notes(5, first=10 * SECOND)
    session.stop(13 * SECOND)
    (take,) = session.figures(20 * SECOND)
    player = take.players[0]
    figures = player.figures
    assert (take.elapsed_us, figures.window_us) == (6 * SECOND, 6 * SECOND)
    assert (figures.notes, figures.ioi.n, player.cut) == (12, 6 + 4, 2)
    assert take.outside == 1
    assert "1 note played while paused" in session.section.not_captured


def test_stretch_without_the_program_is_left_out():
    session = Session().put(plug(0, 0, "Piano")).start(0).notes(10)
    wall = WallTime(unix_us=0, utc_offset_s=0, zone="UTC")
    session.put(ClockAnchored(t_us=100 * SECOND, wall=wall, why="resume"))
    session.notes(10, first=100 * SECOND).stop(105 * SECOND)
    figures = session.figures(200 * SECOND)[0].players[0].figures
    assert figures.window_us == 4_750_000 + 5 * SECOND
    assert figures.ioi.n == 18


def test_session_that_goes_on_ended_its_take_where_the_record_did():
    session = Session().put(plug(0, 0, "Piano"), plug(0, 1, "Drum")).start(0).notes(10)
    again = SessionStarted(
        t_us=90 * SECOND, app_version="", platform="", plan_title="", plan={}, continues="before"
    )
    session.put(again, plug(91 * SECOND, 0, "Drum"))
    (take,) = session.figures(99 * SECOND)
    assert take.elapsed_us == 4_750_000
    assert session.activity.view(99 * SECOND).ports == ("Drum",)
    assert session.act(92 * SECOND).activity.view(93 * SECOND).take == 2


def test_computer_keys_have_no_dynamics():
    session = Session().start(0).put(plug(0, 4, "Computer keys")).notes(20, port=4, velocity=72)
    assert "fixed" in session.activity.view(10 * SECOND).players[0].reason
    session.stop(10 * SECOND)
    row = session.figure("take1.p1.velocity_median")
    assert (row.value, row.text) == (None, "fixed by the computer's keys")
    assert "Player 1: dynamics of the computer's keys" in session.section.not_captured


def test_stuck_keys_are_counted_and_sound_to_the_end():
    session = Session().put(plug(0, 0, "Piano")).start(0).notes(10).put(on(6 * SECOND))
    session.stop(10 * SECOND)
    player = session.figures(99 * SECOND)[0].players[0]
    assert player.stuck == 1
    assert player.figures.active_us == 10 * 250_000 + 4 * SECOND
    assert session.figure("take1.p1.stuck").text == "1"


def test_summary_says_it_in_one_line():
    session = Session(TWO).put(plug(0, 0, "Keystation 49")).start(0)
    session.notes(412, every=SECOND, first=0).note(459_500_000, 460 * SECOND).stop(671 * SECOND)
    section = session.section
    assert section.line == (
        "Client: 413 notes, sounding 31 % of 11 min, longest pause 48 s;"
        " Therapist: silence through 11 min"
    )
    assert section.title == "Play together"
    assert section.captured[0] == "Client: notes and pedals from Keystation 49"
    assert section.not_captured[:2] == ("voice", "acoustic instruments")
    assert session.figure("take1.p1.ioi_mean_ms").n == 412


def test_summary_of_nothing_and_of_an_interrupted_take():
    assert summarise(3, []).line == "no take"
    session = Session().put(plug(0, 0, "Piano")).start(0).notes(10)
    assert "10 notes" in session.section.line
    session.put(SessionEnded(t_us=20 * SECOND, reason="interrupted"))
    assert session.figures(99 * SECOND)[0].elapsed_us == 20 * SECOND


def test_rows_of_a_take_name_no_one_and_leave_nothing_sounding():
    session = Session(TWO).put(plug(0, 0, "Keystation 49")).start(SECOND)
    session.put(on(2 * SECOND), MidiReceived(t_us=3 * SECOND, port=0, data=bytes([0xB0, 64, 127])))
    session.put(MarkerPlaced(t_us=3 * SECOND, marker=1, label="laughed"))
    session.put(MarkerPlaced(t_us=4 * SECOND, marker=2, label="slip"))
    session.put(Undone(t_us=5 * SECOND, undoes="marker", number=2)).stop(9 * SECOND)
    take = take_rows(3, 1, session.journal)
    assert take.players == ("Client", "Therapist")
    assert take.markers == ((2 * SECOND, "laughed"),)
    assert take.rows == (
        (0, SECOND, bytes([0x90, 60, 64])),
        (0, 2 * SECOND, bytes([0xB0, 64, 127])),
        (0, 8 * SECOND, bytes([0x80, 60, 0])),
        (0, 8 * SECOND, bytes([0xB0, 64, 0])),
    )
    with pytest.raises(PlanError, match="no take 2"):
        take_rows(3, 2, session.journal)


def test_events_outlive_their_bytes():
    session = Session(TWO).put(plug(0, 0, "Keystation 49")).start(0).stop(5)
    codec = EventCodec([*CORE_EVENTS, *EVENT_TYPES])
    assert [codec.decode(codec.encode(event)) for event in session.journal] == session.journal


def test_method_makes_and_restores_from_plain_settings():
    settings = msgspec.convert({"players": [{"name": "A", "channel": 1}]}, METHOD.settings)
    assert METHOD.make(settings, CONTEXT).view(0).take is None
    with pytest.raises(msgspec.ValidationError, match="channel"):
        msgspec.convert({"players": [{"name": "A", "channel": 17}]}, METHOD.settings)


# A session that anything may happen in

steps = st.lists(
    st.one_of(
        st.tuples(st.just("on"), st.integers(0, 1), st.integers(58, 62), st.integers(1, 127)),
        st.tuples(st.just("off"), st.integers(0, 1), st.integers(58, 62)),
        st.tuples(st.just("pedal"), st.integers(0, 1), st.sampled_from([0, 127])),
        st.tuples(st.sampled_from(["lost", "back"]), st.integers(0, 1)),
        st.tuples(st.sampled_from(["take", "pause", "resume", "engine", "wake"])),
    ),
    max_size=60,
)
waits = st.lists(st.sampled_from([0, 1, 20_000, 30_000, 30_001, 400_000]), min_size=60, max_size=60)


def happen(session, t, step):  # noqa: C901 - one line for each thing that may happen
    match step:
        case ("on", port, pitch, velocity):
            session.put(on(t, pitch, velocity, port))
        case ("off", port, pitch):
            session.put(off(t, pitch, port))
        case ("pedal", port, value):
            session.put(MidiReceived(t_us=t, port=port, data=bytes([0xB0, 64, value])))
        case ("lost", port):
            session.put(PortLost(t_us=t, port=port, name=f"Port {port}"))
        case ("back", port):
            session.put(plug(t, port, f"Port {port}", restored=True))
        case ("take",):
            session.act(t)
        case ("pause",):
            session.put(*session.activity.pause(t).events)
        case ("resume",):
            session.put(*session.activity.resume(t).events)
        case ("engine",):
            session.put(EngineLost(t_us=t, why="gone"))
        case ("wake",):
            wall = WallTime(unix_us=0, utc_offset_s=0, zone="UTC")
            session.put(ClockAnchored(t_us=t, wall=wall, why="wake"))


def play(steps, waits, origin=0):
    session = Session().put(plug(origin, 0, "Port 0"), plug(origin, 1, "Port 1")).start(origin)
    t = origin
    for wait, step in zip(waits, steps, strict=False):
        t += wait
        happen(session, t, step)
    return session, t + SECOND


@given(steps, waits)
def test_live_equals_replay(steps, waits):
    session, end = play(steps, waits)
    live = session.figures(end)
    assert take_figures(restore(NO_ONE_NAMED, CONTEXT, session.journal).ensemble, end) == live
    seen = session.activity.view(end)
    assert shown(restore(NO_ONE_NAMED, CONTEXT, session.journal).view(end)) == shown(seen)
    session.stop(end)
    assert [take.players for take in session.figures(end + 99)] == [take.players for take in live]
    assert session.section == summarise(3, session.journal)


@given(steps, waits, st.integers(0, 60))
def test_split_anywhere_and_go_on(steps, waits, at):
    straight, end = play(steps, waits)
    begun, _ = play(steps[:at], waits)
    resumed = Session()
    resumed.journal = list(begun.journal)
    resumed.activity = restore(NO_ONE_NAMED, CONTEXT, begun.journal)
    t = sum(waits[: min(at, len(steps))])
    for wait, step in list(zip(waits, steps, strict=False))[at:]:
        t += wait
        happen(resumed, t, step)
    assert resumed.journal == straight.journal
    assert resumed.figures(end) == straight.figures(end)
    assert shown(resumed.activity.view(end)) == shown(straight.activity.view(end))


@given(steps, waits, st.integers(0, 10**12))
def test_shift_in_time_changes_no_figure(steps, waits, shift):
    here, end = play(steps, waits)
    there, _ = play(steps, waits, origin=shift)
    assert here.figures(end) == there.figures(end + shift)


@given(steps, waits)
def test_figures_keep_their_bounds(steps, waits):
    session, end = play(steps, waits)
    for take in session.figures(end):
        for player in take.players:
            figures = player.figures
            assert 0 <= figures.active_us <= figures.window_us <= take.elapsed_us
            assert min(player.stuck, player.cut, player.doubled, player.unmatched) >= 0
            assert player.stuck + player.cut <= figures.notes
            assert figures.ioi.n < max(figures.notes, 1)
    played = sum(1 for e in session.journal if isinstance(e, MidiReceived) and e.data[0] == 0x90)
    counted = sum(
        p.figures.notes + p.doubled for take in session.figures(end) for p in take.players
    )
    assert counted <= 2 * played
