"""Softer music to speak over: toggled with a key, or held on a MIDI control that was chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_activity import METHODS, plan

from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.ducking import ASKED_STAYS_US
from mtsession.session.runner import SessionRunner
from mtsession.timeline import events as ev
from mtsession.timeline.clock import WallTime
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import SECOND, Micros

PEDAL = MidiControl(port="Foot", channel=1, controller=64)
STARTED = ev.EngineStarted(t_us=0, output="x", silent=False, sample_rate=48_000, latency_us=0)


class Room:
    """A session with a pedal on port 1 and a keyboard on port 2; `now` moves by hand."""

    def __init__(self, *, control: MidiControl | None = PEDAL) -> None:
        self.runner = SessionRunner(methods=METHODS, plan=plan(), level_db=-12.0)
        wall = WallTime(unix_us=10**15, utc_offset_s=0, zone="UTC")
        begun = ev.SessionStarted(t_us=0, app_version="0", platform="", plan_title="", plan={})
        opening = [begun, ev.ClockAnchored(t_us=0, wall=wall, why="start")]
        if control is not None:
            opening.append(ev.DuckControlChosen(t_us=0, control=control))
        self.now = Micros(0)
        self.events, self.commands = [], []
        self._keep(self.runner.start(opening))
        self.hear(ev.PortOpened, port=1, name="Foot")
        self.hear(ev.PortOpened, port=2, name="Keys")

    def _keep(self, step) -> None:
        self.events += step.events
        self.commands += step.commands

    def hear(self, kind, **fields) -> None:
        self._keep(self.runner.handle(kind(t_us=self.now, **fields)))

    def do(self, intent) -> None:
        self._keep(self.runner.do(self.now, intent))

    def send(self, *data: int, port: int = 1) -> None:
        self.hear(ev.MidiReceived, port=port, data=bytes(data))

    @property
    def by(self) -> tuple[str, ...]:
        return self.runner.state.ducked_by

    def ducks(self) -> list[tuple[int, bool]]:
        return [(each.owner, each.on) for each in self.commands if isinstance(each, cmd.SetDuck)]

    def said(self) -> str:
        return self.runner.state.notices[-1].message


def test_a_held_control_lowers_the_music_and_lets_it_back():
    room = Room()
    room.send(0xB0, 64, 127)
    assert room.by == ("control",)
    room.send(0xB0, 64, 0)
    assert room.by == ()
    assert room.ducks() == [(-1, True), (-1, False)]


@pytest.mark.parametrize(
    ("port", "data"),
    [
        (2, (0xB0, 64, 127)),
        (1, (0xB1, 64, 127)),
        (1, (0xB0, 65, 127)),
        (1, (0x90, 64, 127)),
        (1, (0xB0, 64, 63)),
        (9, (0xB0, 64, 127)),
    ],
)
def test_other_messages_lower_nothing(port: int, data: tuple[int, ...]):
    room = Room()
    room.send(*data, port=port)
    assert room.by == ()
    assert room.commands == []


def test_a_pedal_of_many_steps_asks_once_each_way():
    room = Room()
    for value in (*range(0, 128, 5), *range(127, -1, -5)):
        room.send(0xB0, 64, value)
    assert room.ducks() == [(-1, True), (-1, False)]


def test_the_key_and_the_control_are_counted_apart():
    room = Room()
    room.do(it.ToggleDuck())
    room.send(0xB0, 64, 127)
    room.do(it.ToggleDuck())
    assert room.by == ("control",)
    room.send(0xB0, 64, 0)
    assert room.by == ()
    assert room.ducks() == [(0, True), (-1, True), (0, False), (-1, False)]


def test_the_next_control_pressed_is_taken_and_is_held_at_once():
    room = Room(control=None)
    room.send(0xB0, 64, 127)
    assert room.by == ()
    room.do(it.LearnDuckControl())
    room.send(0x90, 60, 90, port=2)
    room.send(0xB0, 11, 40, port=2)
    room.send(0xB2, 11, 70, port=2)
    expected = MidiControl(port="Keys", channel=3, controller=11)
    assert room.runner.state.duck_control == expected
    assert room.said() == "Controller 11 of Keys lowers the music while it is held."
    assert room.by == ("control",)
    room.send(0xB2, 11, 10, port=2)
    assert room.by == ()


def test_a_pedal_that_rests_at_its_high_value_is_known_as_such():
    room = Room(control=None)
    room.do(it.LearnDuckControl())
    room.send(0xB0, 64, 0)
    assert room.by == ("control",)
    room.send(0xB0, 64, 127)
    assert room.by == ()


def test_asked_again_there_is_no_control_and_the_music_is_let_go():
    room = Room()
    room.send(0xB0, 64, 127)
    room.do(it.LearnDuckControl())
    room.do(it.LearnDuckControl())
    assert room.runner.state.duck_control is None
    assert room.by == ()
    room.send(0xB0, 64, 127)
    assert room.by == ()


def test_what_was_asked_is_forgotten_after_a_while():
    room = Room(control=None)
    room.do(it.LearnDuckControl())
    room.now = Micros(ASKED_STAYS_US + 1)
    room.send(0xB0, 64, 127)
    assert room.runner.state.duck_control is None


def test_without_a_port_that_is_said():
    room = Room(control=None)
    for port, name in ((1, "Foot"), (2, "Keys")):
        room.hear(ev.PortLost, port=port, name=name)
    room.do(it.LearnDuckControl())
    assert room.said() == "No MIDI port is there to listen to."


@pytest.mark.parametrize(
    ("kind", "fields"), [(ev.PortLost, {"port": 1, "name": "Foot"}), (ev.EngineLost, {"why": "x"})]
)
def test_a_control_that_goes_away_lets_go(kind, fields):
    room = Room()
    room.send(0xB0, 64, 127)
    room.hear(kind, **fields)
    assert room.by == ()
    assert room.ducks()[-1] == (-1, False)


def test_an_engine_that_begins_anew_is_told_that_the_music_is_lowered():
    room = Room()
    room.do(it.ToggleDuck())
    room.hear(ev.EngineLost, why="it ended")
    del room.commands[:]
    room._keep(room.runner.handle(STARTED))
    assert room.ducks() == [(0, True)]


def test_a_wish_of_the_control_has_a_number_like_a_key():
    room = Room()
    room.send(0xB0, 64, 127)
    wishes = [(each.asked, each.what) for each in room.events if isinstance(each, ev.WishMade)]
    assert wishes == [(1, "HoldDuck")]
    assert [each.asked for each in room.commands] == [1]


@given(
    st.lists(
        st.sampled_from(
            [
                ("send", (0xB0, 64, 127)), ("send", (0xB0, 64, 0)), ("send", (0xB0, 7, 100)),
                ("do", it.ToggleDuck()), ("do", it.LearnDuckControl()), ("do", it.Quiet()),
                ("do", it.Resume()), ("lost", None), ("open", None), ("wait", None),
            ]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_what_the_engine_was_told_is_what_the_record_says(asked):
    room = Room(control=None)
    for what, told in asked:
        if what == "send":
            room.send(*told)
        elif what == "do":
            room.do(told)
        elif what == "wait":
            room.now = Micros(room.now + 7 * SECOND)
        elif what == "lost":
            room.hear(ev.PortLost, port=1, name="Foot")
        else:
            room.hear(ev.PortOpened, port=1, name="Foot")
    owners = dict(room.ducks())
    names = {0: "key", -1: "control"}
    assert {names[owner] for owner, on in owners.items() if on} == set(room.by)
