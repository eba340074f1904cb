"""Capture without a device: what the handler lets through, and ports that come and go."""

import queue
import threading
from collections import deque

import pytest

from mtsession.errors import MidiError
from mtsession.midi import inputs as module
from mtsession.midi import reading
from mtsession.midi.driver import PortName, find_driver, port_name
from mtsession.midi.inputs import MidiInputs
from mtsession.midi.reading import is_channel_message
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.events import MidiReceived, Noticed, PortLost, PortOpened


class FakeFault(Exception):
    pass


class FakeClient:
    """A port's client, as the driver would give it."""

    def __init__(self, machine):
        self.machine = machine
        self.queue = deque()
        self.opened = None

    def open_port(self, index, _name):
        if self.machine.ports[index] in self.machine.busy:
            raise FakeFault("in use")
        self.opened = self.machine.ports[index]
        self.machine.clients.append(self)
        for message in self.machine.while_opening:
            self.play(message)

    def close_port(self):
        self.opened = None

    def delete(self):
        pass

    def play(self, message, delta_seconds=0.25):
        self.queue.append((list(message), delta_seconds))

    def get_message(self):
        return self.queue.popleft() if self.queue else None


class FakeMachine:
    """A machine whose ports the test plugs and pulls."""

    name, label, error = "jack", "JACK", FakeFault

    def __init__(self, *ports):
        self.ports = list(ports)
        self.busy = set()
        self.while_opening = []
        self.clients = []

    def open_input(self):
        return FakeClient(self)

    def names(self, _client):
        return [port_name(raw, "jack") for raw in self.ports]

    def client(self, name):
        return next(c for c in reversed(self.clients) if c.opened == name)


@pytest.fixture
def clock():
    return ManualClock()


class NoThread:
    """Leaves it to the test when the queues are emptied."""

    def __init__(self, empty):
        self.called = 0

    def call(self):
        self.called += 1

    def end(self):
        pass


@pytest.fixture
def start(monkeypatch, clock):
    monkeypatch.setattr(module, "CaptureThread", NoThread)

    def make(machine):
        monkeypatch.setattr(module, "find_driver", lambda: machine)
        events = []
        inputs = MidiInputs(clock.now_us, events.append)
        inputs.open_all()
        return inputs, events

    return make


def opened(port, name, restored=False, t_us=0):
    return PortOpened(t_us=t_us, port=port, name=name, restored=restored)


def test_messages_carry_arrival_time_port_and_driver_delta(start, clock):
    machine = FakeMachine("A:out", "B:out")
    inputs, events = start(machine)
    assert inputs.names == ("A:out", "B:out")
    clock.set(1000)
    machine.client("B:out").play([0x90, 60, 64])
    inputs.empty()
    clock.set(251_000)
    machine.client("B:out").play([0x80, 60, 0])
    inputs.empty()
    assert events[2:] == [
        MidiReceived(t_us=1000, port=1, data=bytes([0x90, 60, 64]), delta_us=None),
        MidiReceived(t_us=251_000, port=1, data=bytes([0x80, 60, 0]), delta_us=250_000),
    ]


def test_only_whole_channel_messages_pass(start):
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    wrong = ([0xF8], [0xFE], [0xF0, 1, 0xF7], [0x90, 60], [60, 64], [], [0x90, 60, 200], [0xFA])
    for message in wrong:
        machine.client("A:out").play(message)
        assert not is_channel_message(bytes(message))
    machine.client("A:out").play([0xC0, 5])
    inputs.empty()
    assert [type(event) for event in events] == [PortOpened, MidiReceived]


def test_system_loop_and_own_ports_are_left_out(start):
    machine = FakeMachine(
        "Midi Through:Midi Through Port-0", "mtsession:out", "mtsession-01:out", "mtsession-kb:out"
    )
    inputs, _ = start(machine)
    assert inputs.names == ("mtsession-kb:out",)


def test_port_that_goes_is_told_and_comes_back_under_its_number(start, clock):
    machine = FakeMachine("A:out", "B:out")
    inputs, events = start(machine)
    machine.ports.remove("A:out")
    clock.set(10)
    inputs.poll()
    inputs.poll()
    assert events[2:] == [PortLost(t_us=10, port=0, name="A:out")]
    machine.ports.append("A:out")
    clock.set(20)
    inputs.poll()
    assert events[3:] == [opened(0, "A:out", restored=True, t_us=20)]
    machine.client("A:out").play([0x90, 60, 64])
    inputs.empty()
    assert events[4].port == 0
    assert events[4].delta_us is None


def test_port_plugged_in_later_gets_a_new_number(start):
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    machine.ports.insert(0, "C:out")
    inputs.poll()
    assert events[1:] == [opened(1, "C:out")]


def test_of_two_alike_both_are_opened_anew_when_one_goes(start):
    machine = FakeMachine("A:out", "A:out")
    inputs, events = start(machine)
    assert events == [opened(0, "A:out"), opened(1, "A:out")]
    machine.ports.pop()
    inputs.poll()
    assert [type(event) for event in events[2:]] == [PortLost, PortLost, PortOpened]
    assert events[4] == opened(0, "A:out", restored=True)


def test_what_is_played_while_a_port_opens_comes_after_its_opening(start):
    machine = FakeMachine("A:out")
    machine.while_opening = [[0x90, 60, 64]]
    inputs, events = start(machine)
    inputs.empty()
    assert [type(event) for event in events] == [PortOpened, MidiReceived]


def test_busy_port_is_told_once_and_opened_when_free(start):
    machine = FakeMachine("A:out")
    machine.busy.add("A:out")
    inputs, events = start(machine)
    inputs.poll()
    assert [type(event) for event in events] == [Noticed]
    assert "A:out" in events[0].message
    machine.busy.clear()
    inputs.poll()
    assert events[1:] == [opened(0, "A:out")]


def test_injected_notes_take_the_same_way_on_a_port_of_their_own(start):
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    inputs.inject("Computer keys", bytes([0x90, 60, 72]), 500)
    inputs.inject("Computer keys", bytes([0x80, 60, 0]), 900)
    inputs.inject("Computer keys", bytes([0xFE]), 950)
    inputs.poll()
    assert events[1:] == [
        opened(1, "Computer keys"),
        MidiReceived(t_us=500, port=1, data=bytes([0x90, 60, 72])),
        MidiReceived(t_us=900, port=1, data=bytes([0x80, 60, 0])),
    ]


def test_nothing_arrives_after_close(start):
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    client = machine.client("A:out")
    inputs.close()
    client.play([0x90, 60, 64])
    assert not inputs.empty()
    inputs.poll()
    assert len(events) == 1
    assert inputs.names == ()
    inputs.open_all()
    inputs.open_all()
    assert events[1:] == [opened(0, "A:out")]


def test_fault_on_the_way_is_told_at_the_next_poll(monkeypatch, start):
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    deliver = inputs._deliver
    monkeypatch.setattr(inputs, "_deliver", lambda *_: {}["x"])
    machine.client("A:out").play([0x90, 60, 64])
    assert inputs.empty()
    assert len(events) == 1
    inputs.poll()
    assert isinstance(events[1], Noticed)
    assert "KeyError" in events[1].message
    monkeypatch.setattr(inputs, "_deliver", deliver)
    machine.client("A:out").play([0x80, 60, 0])
    inputs.empty()
    assert isinstance(events[2], MidiReceived)


def test_what_waited_is_told_in_the_order_in_which_it_was_played(start, clock):
    machine = FakeMachine("A:out", "B:out")
    inputs, events = start(machine)
    first, second = machine.client("A:out"), machine.client("B:out")
    for client in (first, second):
        client.play([0x90, 60, 64], 0)
    inputs.empty()
    clock.set(1_000_000)
    first.play([0x90, 61, 64], 0.2)
    second.play([0x90, 62, 64], 0.3)
    first.play([0x90, 63, 64], 0.4)
    inputs.empty()
    assert [(each.data[1], each.t_us) for each in events[4:]] == [
        (61, 200_050),
        (62, 300_050),
        (63, 600_050),
    ]


def test_the_driver_delta_counts_from_the_message_kept_before(start, clock):
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    client = machine.client("A:out")
    for message in ([0xFE], [0x90, 60, 64], [0xFE], [0xF8], [0x80, 60, 0]):
        client.play(message)
    clock.set(1_000_000)
    inputs.empty()
    assert [(each.t_us, each.delta_us) for each in events[1:]] == [
        (250_000, None),
        (1_000_000, 750_000),
    ]


def test_what_was_played_before_a_port_went_is_told_before_its_loss(start):
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    machine.client("A:out").play([0x90, 60, 64])
    machine.ports.clear()
    inputs.poll()
    assert [type(event) for event in events] == [PortOpened, MidiReceived, PortLost]


def test_a_full_queue_is_told_once(monkeypatch, start):
    monkeypatch.setattr(reading, "QUEUE_MESSAGES", 4)
    machine = FakeMachine("A:out")
    inputs, events = start(machine)
    for _ in range(2):
        for _ in range(3):
            machine.client("A:out").play([0xFE])
        inputs.empty()
        inputs.poll()
    assert [type(event) for event in events] == [PortOpened, Noticed]
    assert "A:out" in events[1].message


def test_the_capture_thread_reads_as_long_as_a_port_is_open(monkeypatch):
    machine = FakeMachine()
    monkeypatch.setattr(module, "find_driver", lambda: machine)
    events = queue.Queue()
    inputs = MidiInputs(ManualClock().now_us, events.put)
    inputs.open_all()
    for _ in range(2):
        machine.ports.append("A:out")
        inputs.poll()
        assert isinstance(events.get(timeout=20), PortOpened)
        for note in range(3):
            machine.client("A:out").play([0x90, note, 64])
            assert events.get(timeout=20).data[1] == note
        machine.ports.clear()
        inputs.poll()
        assert isinstance(events.get(timeout=20), PortLost)
    inputs.close()
    assert not any(thread.name == "midi capture" for thread in threading.enumerate())
    assert events.empty()


def test_missing_library_is_one_sentence_with_the_mend(monkeypatch, clock):
    def no_library(_name):
        raise ImportError

    monkeypatch.setattr("importlib.import_module", no_library)
    events = []
    inputs = MidiInputs(clock.now_us, events.append)
    inputs.open_all()
    inputs.open_all()
    inputs.poll()
    assert inputs.missing == (events[0].message, events[0].hint)
    assert "mtsession[midi]" in events[0].hint
    assert len(events) == 1


def test_unknown_system_is_named_with_those_there_are(monkeypatch):
    pytest.importorskip("rtmidi")
    monkeypatch.setenv("MTSESSION_MIDI_API", "theremin")
    with pytest.raises(MidiError, match="theremin"):
        find_driver()


@pytest.mark.parametrize(
    ("raw", "api", "identity", "name"),
    [
        ("Piano:Piano MIDI 1 24:0", "alsa", "Piano:Piano MIDI 1 24:0", "Piano:Piano MIDI 1"),
        ("Piano 3", "winmm", "Piano", "Piano"),
        ("Piano 3", "core", "Piano 3", "Piano 3"),
    ],
)
def test_lasting_names(raw, api, identity, name):
    assert port_name(raw, api) == PortName(identity=identity, name=name)
