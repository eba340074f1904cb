"""An improvisation while it goes on: every figure live, players told apart anew, hard cases."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import made_duos
from activities.test_improvisation import SECOND, Session, off, on, plug
from mtsession.activities.improvisation.activity import restore
from mtsession.activities.improvisation.baseline import beside_earlier
from mtsession.activities.improvisation.ensemble import fold
from mtsession.activities.improvisation.events import KnownPort, PlayersAssigned, VoiceChosen
from mtsession.activities.improvisation.log import EventLog
from mtsession.activities.improvisation.metrics.arrays import note_arrays
from mtsession.activities.improvisation.metrics.basics import basics
from mtsession.activities.improvisation.metrics.columns import Columns
from mtsession.activities.improvisation.metrics.live import LiveReckoning
from mtsession.activities.improvisation.metrics.steps import finish
from mtsession.activities.improvisation.metrics.whole import analyse
from mtsession.activities.improvisation.notes import NotePairing
from mtsession.activities.improvisation.settings import ImprovisationSettings, PlayerSettings
from mtsession.activities.improvisation.summary import summarise, take_figures, take_whole
from mtsession.activities.improvisation.take import take_rows
from mtsession.protocol.commands import SetVoice
from mtsession.session.activity import ActivityContext
from mtsession.timeline.events import (
    MidiReceived,
    PortLost,
    SessionPaused,
    SessionResumed,
)

CONTEXT = ActivityContext(activity=3)
CLIENT = PlayerSettings(name="Client", role="client", port="Left")
THERAPIST = PlayerSettings(name="Therapist", role="therapist", port="Right")
TWO = ImprovisationSettings(players=(CLIENT, THERAPIST))


def plain(figures):
    """Give figures as one flat row, so that they can be compared to nine digits."""
    flat = {}
    for key, value in msgspec.to_builtins(figures).items():
        flat |= (
            {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
        )
    return flat


def duo_session(minutes, settings_=TWO, seed=1):
    """Let a made duo play on two keyboards, in a take from 0."""
    session = Session(settings_).put(plug(0, 0, "Left"), plug(0, 1, "Right")).start(0)
    rows = []
    for port, part in enumerate(made_duos.duo(seed, minutes).players):
        for start, end, pitch, velocity in zip(
            part.onset_us.tolist(), part.released_us.tolist(), part.pitch.tolist(),
            part.velocity.tolist(), strict=True,
        ):  # fmt: skip
            rows += [on(start, pitch, velocity, port), off(end, pitch, port)]
    return session, sorted(rows, key=lambda event: event.t_us)


def look(session, now_us, times=400):
    """Let the screen ask until a round is done."""
    view = session.activity.view(now_us)
    for _ in range(times):
        view = session.activity.view(now_us)
    return view


# The plain figures, kept up and reckoned at once

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("on"), st.integers(58, 61), st.integers(1, 127)),
        st.tuples(st.just("off"), st.integers(58, 61)),
        st.tuples(st.just("pedal"), st.sampled_from([0, 127])),
        st.tuples(st.sampled_from(["away", "pause"])),
    ),
    max_size=50,
)
waits = st.lists(st.sampled_from([1, 20_000, 30_000, 30_001, 400_000]), min_size=50, max_size=50)


@given(happenings, waits)
def test_tally_and_columns_agree_across_pauses_and_gaps(happenings, waits):
    session = Session().put(plug(0, 0, "Left")).start(0)
    t = 0
    for wait, what in zip(waits, happenings, strict=False):
        t += wait
        match what:
            case ("on", pitch, velocity):
                session.put(on(t, pitch, velocity))
            case ("off", pitch):
                session.put(off(t, pitch))
            case ("pedal", value):
                session.put(MidiReceived(t_us=t, port=0, data=bytes([0xB0, 64, value])))
            case ("away",):
                session.put(PortLost(t_us=t, port=0, name="Left"))
                t += 200_000
                session.put(plug(t, 0, "Left", restored=True))
            case ("pause",):
                session.put(*session.activity.pause(t).events)
                t += 200_000
                session.put(*session.activity.resume(t).events)
    end = t + SECOND
    (part,) = session.activity.ensemble.takes[-1].parts.values()
    whole = basics(part.columns.arrays(0, end))
    assert plain(part.figures(end)) == pytest.approx(plain(whole), rel=1e-9, abs=1e-6)


def test_columns_hold_what_a_list_of_notes_holds():
    from mtsession.activities.improvisation.note import NoteList

    columns, kept = Columns(), NoteList()
    pairing = NotePairing(columns, kept)
    dice = np.random.default_rng(3)
    for t in np.cumsum(dice.integers(1, 90_000, 600)).tolist():
        status, value = dice.choice([0x90, 0x80, 0xB0]), int(dice.integers(0, 128))
        key = 64 if status == 0xB0 else int(dice.integers(60, 70))
        pairing.take_in(0, bytes([status, key, value]), t)
    for window in ((0, 10**8), (9_000_000, 13_000_000)):
        ours, theirs = columns.arrays(*window), note_arrays(kept.notes, *window)
        for column in ("onset_us", "pitch", "velocity"):
            assert (getattr(ours, column) == getattr(theirs, column)).all()
        for column in ("released_us", "end_us"):
            cut = np.minimum(getattr(theirs, column), window[1])
            assert (getattr(ours, column) == cut).all()


def test_columns_are_bounded_and_say_so():
    columns = Columns(most=3)
    pairing = NotePairing(columns)
    for index in range(5):
        pairing.take_in(0, bytes([0x90, 60 + index, 64]), index)
        pairing.take_in(0, bytes([0x80, 60 + index, 0]), index)
    assert (len(columns), columns.lost) == (3, 2)
    assert columns.arrays(0, 10).n == 3


# Live figures


def test_live_rows_cover_both_players_and_what_passes_between_them():
    session, rows = duo_session(4)
    session.put(*(event for event in rows if event.t_us < 200 * SECOND))
    played = look(session, 200 * SECOND).played
    assert not played.whole_take
    assert 90 * SECOND <= played.to_us - played.from_us <= 120 * SECOND
    topics = {(row.who, row.topic) for row in played.rows}
    for who in ("Client", "Therapist"):
        for topic in ("density", "ioi.npvi", "tonality", "roughness", "initiation", "novelty"):
            assert (who, topic) in topics
    both = {topic for who, topic in topics if who == "Client and Therapist"}
    assert {
        "asynchrony.mean_ms", "lead_follow", "phase_correction", "shared_tempo", "response.share",
        "turn_taking.floor_transfer_ms", "imitation.match", "timing_to_beat",
    } <= both  # fmt: skip
    for row in played.rows:
        assert row.text
        assert "nan" not in row.text.lower()
        assert row.value is None or math.isfinite(row.value)
    answer = next(row for row in played.rows if row.key.endswith(".response1"))
    assert None not in (answer.low, answer.high, answer.chance, answer.n)


def test_live_rows_move_on_while_the_screen_is_drawn():
    session, rows = duo_session(4)
    begin, end = 100 * SECOND, 112 * SECOND
    session.put(*(event for event in rows if event.t_us < begin))
    look(session, begin)
    waiting, ends = iter(event for event in rows if event.t_us >= begin), []
    event = next(waiting)
    for now in range(begin, end, 50_000):
        while event.t_us <= now:
            session.put(event)
            event = next(waiting)
        ends.append(session.activity.view(now).played.to_us)
    # How many depends on the machine's other work; that they move on does not.
    assert len(set(ends)) >= 4
    assert ends == sorted(ends)


def test_final_rows_are_those_of_the_record():
    session, rows = duo_session(3)
    for event in rows:
        session.put(event)
        if event.t_us % 7 == 0:
            session.activity.view(event.t_us)
    session.stop(180 * SECOND)
    played = look(session, 181 * SECOND, 3_000).played
    assert played.whole_take
    assert (played.from_us, played.to_us) == (0, 180 * SECOND)
    section = {figure.key: figure for figure in session.section.figures}
    assert len(played.rows) > 80
    for row in played.rows:
        kept = section[row.key.replace("now.", "take1.")]
        assert kept.value == (None if row.value is None else pytest.approx(row.value, rel=1e-9))
        assert kept.n == row.n
        assert kept.text.startswith(row.text)


def test_rounds_find_what_the_whole_finds_in_their_window():
    session, rows = duo_session(2)
    session.put(*(event for event in rows if event.t_us < 100 * SECOND))
    take = session.activity.ensemble.takes[0]
    columns = {player: part.columns for player, part in take.parts.items()}
    reckoning = LiveReckoning(0)
    while reckoning.latest is None:
        reckoning.advance(columns, 100 * SECOND, seconds=0)
    found = reckoning.latest
    parts = [column.arrays(0, 100 * SECOND) for column in columns.values()]
    assert found.whole == analyse(parts, surrogates=40)
    assert sum(n * 5 for n in found.strands[0].density) == pytest.approx(parts[0].n, abs=0.1)
    assert [pulse.start_us for pulse in found.tempi] == [0, 30 * SECOND, 60 * SECOND, 90 * SECOND]


def test_work_of_a_round_does_not_grow_with_the_take():
    sizes = {}
    for minutes in (3, 12):
        session, rows = duo_session(minutes)
        session.put(*rows)
        take = session.activity.ensemble.takes[0]
        columns = {player: part.columns for player, part in take.parts.items()}
        reckoning = LiveReckoning(0)
        for now in range(30 * SECOND, minutes * 60 * SECOND + 1, 30 * SECOND):
            while not reckoning.advance(columns, now, seconds=0):
                pass
        sizes[minutes] = sum(part.n for part in [
            column.arrays(reckoning.latest.from_us, reckoning.latest.to_us)
            for column in columns.values()
        ])  # fmt: skip
        steps = 0
        while not reckoning.advance(columns, minutes * 60 * SECOND + SECOND, seconds=0):
            steps += 1
        assert steps < 120
    assert sizes[12] < 1.5 * sizes[3]


def test_storm_of_notes_shortens_the_window_and_says_so():
    session = Session().put(plug(0, 0, "Left")).start(0)
    for index in range(5_000):
        session.put(on(index * 2_000, 40 + index % 40), off(index * 2_000 + 1_000, 40 + index % 40))
    played = look(session, 10 * SECOND, 600).played
    assert played.from_us == 2 * SECOND
    assert all("nan" not in row.text for row in played.rows)


def test_all_notes_at_one_instant_are_counted_and_nothing_is_invented():
    session = Session(TWO).put(plug(0, 0, "Left"), plug(0, 1, "Right")).start(0)
    for port in (0, 1):
        session.put(*(on(5 * SECOND, pitch, port=port) for pitch in range(128)))
    view = look(session, 10 * SECOND)
    rows = {row.key: row for row in view.played.rows}
    assert (rows["now.p1.notes"].value, rows["now.p2.notes"].value) == (128, 128)
    assert rows["now.p1.density_per_s"].text == "too few notes to calculate"
    session.stop(20 * SECOND)
    assert session.figure("take1.p1.stuck").value == 128
    for figure in session.section.figures:
        assert "nan" not in figure.text.lower()
        assert figure.value is None or math.isfinite(figure.value)


def test_a_hundred_ports_are_a_hundred_players_and_four_are_compared():
    session = Session().put(*(plug(0, port, "Pad") for port in range(100))).start(0)
    for port in range(100):
        session.notes(12, first=port * 1_000, port=port)
    view = look(session, 6 * SECOND, 3)
    assert len(view.players) == 100
    assert all(player.notes == 12 for player in view.players)
    session.stop(7 * SECOND)
    assert any("only Player 1, Player 2" in line for line in session.section.not_captured)


def test_long_held_key_is_said():
    session = Session().put(plug(0, 0, "Left")).start(0).put(on(SECOND, 60))
    assert "C4 has been down for 79 s" in session.activity.view(80 * SECOND).message


# Who plays what


def assign(session, t_us, *notes):
    session.act(t_us, "players")
    session.put(*notes)
    return session.act(t_us + 10 * SECOND, "players")


def test_players_are_told_by_a_note_each_and_everything_is_counted_anew():
    session = Session().put(plug(0, 0, "Left"), plug(0, 1, "Right")).start(0)
    session.notes(20, port=1).notes(5, first=200_000, port=0)
    session.act(30 * SECOND, "players")
    assert "for the client" in session.activity.view(30 * SECOND).message
    session.put(on(31 * SECOND, port=1), off(32 * SECOND, port=1))
    assert "for the therapist" in session.activity.view(33 * SECOND).message
    session.put(on(34 * SECOND, 64, port=0), off(35 * SECOND, 64, port=0))
    session.act(36 * SECOND, "players")
    players = session.activity.view(37 * SECOND).players
    assert [(p.name, p.notes) for p in players] == [("Client", 21), ("Therapist", 6)]
    session.stop(40 * SECOND)
    assert session.section.line.startswith("Client: 21 notes")
    assert session.section == summarise(3, session.journal)


def test_one_keyboard_is_shared_by_two_and_its_pedal_is_both_s():
    session = Session().put(plug(0, 0, "Left")).start(0)
    assign(session, SECOND, on(2 * SECOND, 48), on(3 * SECOND, 50), on(4 * SECOND, 72))
    client, therapist = session.activity.ensemble.players
    assert (client.highest_key, therapist.lowest_key) == (60, 61)
    session.put(MidiReceived(t_us=20 * SECOND, port=0, data=bytes([0xB0, 64, 127])))
    session.put(on(21 * SECOND, 60), off(22 * SECOND, 60), on(21 * SECOND, 61))
    session.put(off(22 * SECOND, 61))
    takes = session.activity.ensemble.takes[0].parts
    assert [part.tally.notes for part in takes.values()] == [3, 2]
    assert (
        takes[0].tally.active_us(30 * SECOND) == takes[1].tally.active_us(30 * SECOND) + 2 * SECOND
    )


def test_asking_for_nothing_leaves_all_as_it_is():
    session = Session().put(plug(0, 0, "Left")).start(0)
    before = len(session.journal)
    session.act(SECOND, "players").act(2 * SECOND, "players")
    assert len(session.journal) == before
    assert session.activity.view(3 * SECOND).message == ""


def test_ports_of_one_name_stay_two_people():
    session = Session().put(plug(0, 0, "Pad"), plug(0, 1, "Pad")).start(0)
    assign(session, SECOND, on(2 * SECOND, port=1), on(3 * SECOND, port=0))
    session.put(
        on(20 * SECOND, 70, port=1), on(21 * SECOND, 71, port=0), on(22 * SECOND, 72, port=0)
    )
    assert [p.notes for p in session.activity.view(23 * SECOND).players] == [2, 3]


def test_whole_name_of_a_port_goes_before_a_part_of_it():
    settings_ = ImprovisationSettings(
        players=(
            PlayerSettings(name="A", port="Piano"),
            PlayerSettings(name="B", port="Piano 2"),
            PlayerSettings(name="C", channel=2),
        )
    )
    session = Session(settings_).put(plug(0, 0, "Piano"), plug(0, 1, "Piano 2")).start(0)
    session.put(on(1, port=1), on(2, port=0), on(3, 70, port=0, channel=1))
    assert [p.notes for p in session.activity.view(9).players] == [2, 1, 0]


players_of = st.lists(
    st.builds(
        PlayerSettings,
        name=st.sampled_from(["A", "B"]),
        port=st.sampled_from([None, "Left", "Right"]),
        lowest_key=st.sampled_from([None, 60]),
        highest_key=st.sampled_from([None, 59, 70]),
    ),
    max_size=3,
).map(tuple)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(55, 65)), max_size=40), players_of,
       st.integers(0, 40))  # fmt: skip
def test_said_late_is_as_if_it_had_been_said_at_once(notes, players, at):
    late = Session().put(plug(0, 0, "Left"), plug(0, 1, "Right")).start(0)
    early = Session(ImprovisationSettings(players=players))
    early.put(plug(0, 0, "Left"), plug(0, 1, "Right")).start(0)
    ports = (KnownPort(port=0, name="Left", open=True), KnownPort(port=1, name="Right", open=True))
    for index, (port, pitch) in enumerate([*notes, (0, 60)]):
        if index == min(at, len(notes)):
            late.put(
                PlayersAssigned(t_us=index * 100_000, activity=3, players=players, ports=ports)
            )
        for session in (late, early):
            session.note(index * 100_000, index * 100_000 + 70_000, pitch, port=port)
    end = 10 * SECOND
    expected = take_figures(early.activity.ensemble, end)
    assert take_figures(late.activity.ensemble, end) == expected
    assert take_figures(fold(3, late.journal), end) == expected
    again = restore(ImprovisationSettings(), CONTEXT, late.journal)
    assert take_figures(again.ensemble, end) == expected


def test_log_gives_events_back_in_order_and_is_bounded():
    log = EventLog(most=3)
    events = [plug(0, 0, "Left"), on(1), PortLost(t_us=2, port=0, name="Left"), off(3),
              MidiReceived(t_us=4, port=7, data=bytes([0xC0, 5])), plug(5, 0, "Left")]  # fmt: skip
    for event in events:
        log.add(event)
    assert list(log) == events
    assert not log.full
    log.add(on(9))
    assert log.full


# Hard cases


def _only_offs(session):
    session.put(*(off(index * 1000, 40 + index % 40) for index in range(300)))


def _one_key_struck_on_and_on(session):
    session.put(*(on(index * 50_000, 60) for index in range(300)))


def _velocity_nought(session):
    session.put(*(on(index * 50_000, 60, 0) for index in range(300)))


def _scraps(session):
    for data in (b"", b"\x90", b"\x90\x3c", b"\xf8", b"\xc0\x05", b"\xe0\x00\x40", b"\xb0\x7b\x00"):
        session.put(MidiReceived(t_us=5, port=0, data=data))


def _times_that_go_back(session):
    session.put(on(10 * SECOND), on(5 * SECOND, 62), on(12 * SECOND, 64))


def _all_alike(session):
    for index in range(40):
        session.note(index * SECOND, index * SECOND + 1, port=index % 2)


def _nothing(session):
    pass


@pytest.mark.parametrize(
    "play",
    [_only_offs, _one_key_struck_on_and_on, _velocity_nought, _scraps, _times_that_go_back,
     _all_alike, _nothing],
)  # fmt: skip
def test_hard_cases_give_a_sentence_and_never_an_invented_number(play):
    session = Session().put(plug(0, 0, "Pad"), plug(0, 1, "Pad")).start(0)
    play(session)
    live = look(session, 60 * SECOND, 600).played.rows
    section = session.stop(60 * SECOND).section
    assert section.line
    for figure in (*live, *section.figures):
        assert figure.text
        assert "nan" not in figure.text.lower().split()
        assert figure.value is None or math.isfinite(figure.value)


def test_gap_is_marked_in_the_take_that_is_written_to_a_file():
    session = Session(TWO).put(plug(0, 0, "Left")).start(SECOND).notes(5, first=2 * SECOND)
    session.put(PortLost(t_us=9 * SECOND, port=0, name="Left"))
    session.put(plug(12 * SECOND, 0, "Left", restored=True)).stop(20 * SECOND)
    marked = take_rows(3, 1, session.journal).markers
    assert marked == ((8 * SECOND, "a port went away"), (11 * SECOND, "a port came back"))


# The summary


def test_section_holds_every_row_and_eight_plain_ones_of_engagement():
    session, rows = duo_session(3)
    section = session.put(*rows).stop(180 * SECOND).section
    keys = {figure.key for figure in section.figures}
    assert {"take1.p1p2.asynchrony_ms", "take1.p2.tonality", "take1.all.bpm"} <= keys
    assert sum(key.startswith("engagement.client.") for key in keys) == 9
    participation = session.figure("engagement.client.participation")
    assert participation.text.startswith("sounding ")
    assert participation.label == "Engagement in take 1 (3 min), Client: participation"


def test_engagement_stands_beside_earlier_sessions_on_the_same_instrument():
    session, rows = duo_session(3)
    section = session.put(*rows).stop(180 * SECOND).section
    assert beside_earlier(section, []) == section
    key = "engagement.client.participation"

    def text(*before):
        made = beside_earlier(section, before)
        return next(figure.text for figure in made.figures if figure.key == key)

    assert text(section).endswith("; 1 earlier session, 3 are needed")
    assert "earlier sessions: median" in text(section, section, section)
    assert (
        text(*[msgspec.structs.replace(section, metrics_version=1)] * 3) == session.figure(key).text
    )
    other = tuple(
        msgspec.structs.replace(figure, text="Drum")
        if figure.key == "engagement.client.instrument"
        else figure
        for figure in section.figures
    )
    assert "earlier" not in text(*[msgspec.structs.replace(section, figures=other)] * 3)


def test_gap_parts_phrases_and_leaves_the_window():
    session = Session(TWO).put(plug(0, 0, "Left"), plug(0, 1, "Right")).start(0)
    session.notes(20).put(PortLost(t_us=12 * SECOND, port=0, name="Left"))
    session.put(plug(40 * SECOND, 0, "Left", restored=True)).notes(20, first=41 * SECOND)
    session.stop(60 * SECOND)
    whole = take_whole(session.activity.ensemble.takes[0], 60 * SECOND)
    client = whole.players[0]
    assert client.basics.window_us == 32 * SECOND
    assert (client.phrases.n, client.phrases.longest_pause_us) == (2, None)
    assert client.basics.longest_pause_us == 250_000
    assert client.windows[0].density_per_s == pytest.approx(20 / 12)
    assert client.initiation.n == 1


def test_steps_can_be_finished_at_once():
    def slowly():
        yield
        return 3

    assert finish(slowly()) == 3


# What the keys sound like


def commands_of(session, *events):
    return [each for event in events for each in session.activity.handle(event).commands]


def chosen(session, t_us, action="voice"):
    step = session.activity.act(t_us, action)
    return commands_of(session, *step.events)


def test_a_plan_chooses_the_voice_and_a_key_the_next():
    session = Session(ImprovisationSettings(voice="pad"))
    (event,) = [e for e in session.activity.start(0).events if isinstance(e, VoiceChosen)]
    assert commands_of(session, event) == [SetVoice(on=True, voice="pad")]
    assert session.activity.view(1).voice == "soft pad"
    said = [chosen(session, at) for at in range(2, 6)]
    assert said == [
        [SetVoice(on=True, voice="drum")],
        [SetVoice(on=True, voice="soundfont")],
        [SetVoice(on=False)],
        [SetVoice(on=True, voice="piano")],
    ]


def test_a_voice_chosen_in_a_pause_waits_until_it_goes_on():
    session = Session().start(0)
    assert commands_of(session, SessionPaused(t_us=1)) == []
    assert chosen(session, 2) == []
    assert commands_of(session, SessionResumed(t_us=3)) == [SetVoice(on=True, voice="pad")]
    for event in session.activity.act(4, "voice").events:
        session.put(event)
    again = restore(ImprovisationSettings(), CONTEXT, session.journal)
    assert again.view(5).voice == session.activity.view(5).voice == "hand drum"


def test_where_no_voice_was_chosen_the_settings_own_is_left_alone():
    session = Session().start(0)
    assert commands_of(session, SessionPaused(t_us=1), SessionResumed(t_us=2)) == []
    assert session.activity.view(3).voice == ""
