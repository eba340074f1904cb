"""A session replayed from its events shows what it showed live; takes leave it as tables."""

import csv
import io

import mido
import msgspec
import pytest

import made_duos
from mtsession.activities.improvisation.settings import ImprovisationSettings, PlayerSettings
from mtsession.app.midi_analysis import analyse_midi
from mtsession.app.plans import NO_PLAN
from mtsession.app.registry import METHODS, event_codec
from mtsession.app.replay import replay
from mtsession.app.takes import take_file, take_table
from mtsession.errors import MidiError
from mtsession.protocol.metrics import PlayedSoFar
from mtsession.session import intents as it
from mtsession.session.runner import TICK_US, SessionRunner
from mtsession.session.summary import summarise
from mtsession.timeline import events as ev
from mtsession.timeline.clock import WallTime
from mtsession.timeline.units import SECOND

EVERY_US = 5 * SECOND
LEAD_US = 2 * SECOND
PLAYERS = (
    PlayerSettings(name="Kim", role="client", port="Left"),
    PlayerSettings(name="Ann", role="therapist", port="Right"),
)


class Played:
    """A session of a minute in which two improvise, with a pause and a port that goes."""

    def __init__(self):
        self.runner = SessionRunner(methods=METHODS, plan=NO_PLAN, level_db=-12.0)
        self.events, self.shown = [], {}
        wall = WallTime(unix_us=1_767_225_600_000_000, utc_offset_s=0, zone="UTC")
        started = ev.SessionStarted(
            t_us=0, app_version="1", platform="", plan_title="", plan={}, client=None, versions={}
        )
        self.take(self.runner.start([started, ev.ClockAnchored(t_us=0, wall=wall, why="start")]))
        for port, name in enumerate(("Left", "Right")):
            self.take(self.runner.handle(ev.PortOpened(t_us=10, port=port, name=name)))
        settings = ImprovisationSettings(players=PLAYERS)
        self.do(LEAD_US, it.StartActivity(method="improvisation", settings=settings))
        self.do(LEAD_US, it.StartActivity(method="words", settings=METHODS["words"].settings()))
        self.play()

    def take(self, step):
        self.events += step.events

    def do(self, t_us, intent):
        self.take(self.runner.do(t_us, intent))

    def play(self):
        script = [(ev_.t_us, ev_) for ev_ in messages()]
        script += [
            (20_100_000, it.Pause()), (24_100_000, it.Resume()),
            (30_000_100, it.PlaceMarker(label="laughed")),
            (35_000_000, ev.PortLost(t_us=35_000_000, port=0, name="Left")),
            (38_000_000, ev.PortOpened(t_us=38_000_000, port=0, name="Left", restored=True)),
            (50_100_000, it.Act(activity=1, action="take")),
            (52_100_000, it.Act(activity=1, action="take")),
        ]  # fmt: skip
        tick = LEAD_US
        for t_us, what in sorted(script, key=lambda entry: entry[0]):
            tick = self.pass_time(tick, t_us)
            if isinstance(what, it.Intent):
                self.do(t_us, what)
            else:
                self.take(self.runner.handle(what))
        self.pass_time(tick, 61 * SECOND)
        self.do(61 * SECOND, it.End(reason="by hand"))

    def pass_time(self, tick, until):
        while tick <= until:
            self.take(self.runner.tick(tick))
            views = {n: each.activity.view(tick) for n, each in self.runner.running.items()}
            if tick % EVERY_US == 0:
                self.shown[tick] = views
            tick += TICK_US
        return tick


def messages():
    for port, part in enumerate(made_duos.duo(3, minutes=1).players):
        for start, end, pitch, velocity in zip(
            part.onset_us.tolist(), part.released_us.tolist(), part.pitch.tolist(),
            part.velocity.tolist(), strict=True,
        ):  # fmt: skip
            on, off = bytes([0x90, pitch, velocity]), bytes([0x80, pitch, 0])
            yield ev.MidiReceived(t_us=start + LEAD_US, port=port, data=on)
            yield ev.MidiReceived(t_us=end + LEAD_US, port=port, data=off)


@pytest.fixture(scope="module")
def played():
    return Played()


@pytest.fixture(scope="module")
def stored(played):
    """The events as a journal gives them back."""
    codec = event_codec()
    return [codec.decode(codec.encode(event)) for event in played.events]


def plain(view):
    """Leave out what depends on how often the screen looked."""
    return msgspec.structs.replace(view, played=PlayedSoFar()) if hasattr(view, "played") else view


def test_a_replay_shows_what_was_shown_live(played, stored):
    again = {}
    for moment in replay(stored, METHODS, every_us=EVERY_US):
        again.setdefault(moment.t_us, {})[moment.activity] = moment.view
    assert [*again] == [t_us for t_us in played.shown if played.shown[t_us]]
    for t_us, views in again.items():
        live = played.shown[t_us]
        assert {n: plain(v) for n, v in views.items()} == {n: plain(v) for n, v in live.items()}
    assert sum(player.notes for player in again[45 * SECOND][1].players) > 100


def test_every_figure_of_a_moment_is_that_moments(played, stored):
    moments = [m for m in replay(stored, METHODS, every_us=EVERY_US) if m.method != "words"]
    assert all(moment.view.played.to_us == moment.view.roll_to_us for moment in moments)
    assert all(moment.view.played.rows for moment in moments if moment.t_us > 10 * SECOND)


def test_a_stored_session_gives_the_section_that_it_gave_live(played, stored):
    live, again = (summarise("s", events, METHODS) for events in (played.events, stored))
    assert live.sections == again.sections
    assert live == again


def test_an_activity_that_cannot_be_read_is_passed_over(stored):
    strange = [
        msgspec.structs.replace(e, settings={"no": "such"})
        if isinstance(e, ev.ActivityStarted) and e.method == "improvisation"
        else e
        for e in stored
    ]
    assert {moment.method for moment in replay(strange, METHODS)} == {"words"}


def table(events, name, number=None):
    return list(csv.DictReader(io.StringIO(take_table(events, name, number))))


def test_notes_leave_as_a_table_that_names_nobody(stored):
    rows = table(stored, "notes")
    counted = sum(
        figure.value
        for figure in summarise("s", stored, METHODS).sections[0].figures
        if figure.key.endswith(".notes") and figure.key.startswith("take")
    )
    assert len(rows) == counted
    assert {row["player"] for row in rows} == {"Client", "Therapist"}
    assert {row["take"] for row in rows} == {"1", "2"}
    assert all(0 <= int(row["onset_us"]) < int(row["end_us"]) for row in rows)
    first = next(e for e in messages_in_order() if e.data[0] == 0x90)
    assert int(rows[0]["onset_us"]) == first.t_us - LEAD_US
    assert (int(rows[0]["pitch"]), int(rows[0]["velocity"])) == tuple(first.data[1:])
    assert table(stored, "notes", 2) == [row for row in rows if row["take"] == "2"]
    assert "Kim" not in take_table(stored, "notes") + take_table(stored, "windows")
    assert b"Kim" not in take_file(stored)


def test_a_take_leaves_as_a_midi_file_of_its_own_length(stored, tmp_path):
    path = tmp_path / "take.mid"
    path.write_bytes(take_file(stored, 1))
    found = analyse_midi(path)
    assert mido.MidiFile(path).length == pytest.approx(48.1, abs=0.0005)
    assert [player["name"] for player in found["players"]] == ["Client", "Therapist"]
    rows = table(stored, "notes", 1)
    for player in found["players"]:
        assert player["notes"] == sum(row["player"] == player["name"] for row in rows) > 0


def messages_in_order():
    return sorted(messages(), key=lambda event: event.t_us)


def test_windows_leave_as_a_table_with_the_tempo_of_all(stored):
    rows = table(stored, "windows", 1)
    notes = table(stored, "notes", 1)
    for name in ("Client", "Therapist"):
        mine = [row for row in rows if row["player"] == name]
        assert [(row["start_us"], row["end_us"]) for row in mine] == [
            ("0", "30000000"), ("30000000", "48100000"),
        ]  # fmt: skip
        for row in mine:
            inside = [
                n for n in notes
                if n["player"] == name
                and int(row["start_us"]) <= int(n["onset_us"]) < int(row["end_us"])
            ]  # fmt: skip
            assert int(row["notes"]) == len(inside)
    together = [row for row in rows if row["player"] == "all"]
    assert len(together) == 2
    assert all(row["bpm"] or row["reason"] for row in together)


def test_a_take_that_is_not_there_is_told(stored):
    with pytest.raises(MidiError, match="no take 3"):
        take_table(stored, "notes", 3)
    with pytest.raises(MidiError, match="holds no take"):
        take_table(stored[:3], "windows")
