"""Capture from real virtual ports: every note, its time, and ports that are pulled."""

import json
import queue
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mtsession.midi.inputs import MidiInputs
from mtsession.midi.ports import list_ports
from mtsession.midi.smf import read_smf
from mtsession.timeline.clock import RealClock
from mtsession.timeline.events import MidiReceived, PortLost, PortOpened
from rig_support import PATIENCE_SECONDS

pytestmark = pytest.mark.rig
rtmidi = pytest.importorskip("rtmidi")

PROBE = Path(__file__).parent / "probe.py"
EXCERPT_US = 15_000_000

# Ends while a keyboard is hammered: were a port closed while it is read, this would crash.
CLOSING = """
from mtsession.midi.inputs import MidiInputs
from mtsession.timeline.clock import RealClock
import queue, sys
events = queue.SimpleQueue()
for _ in range(30):
    inputs = MidiInputs(RealClock().now_us, events.put)
    inputs.open_all()
    while type(events.get(timeout=20)).__name__ != "MidiReceived":
        pass
    inputs.close()
    while not events.empty():
        events.get()
sys.stdout.write("closed")
"""


@pytest.fixture(autouse=True)
def _jack(monkeypatch):
    monkeypatch.setenv("MTSESSION_MIDI_API", "jack")


@pytest.fixture
def inputs():
    events = queue.SimpleQueue()
    inputs = MidiInputs(RealClock().now_us, events.put)
    inputs.events = events
    yield inputs
    inputs.close()


def drain(events):
    found = []
    while not events.empty():
        found.append(events.get())
    return found


def p99_ms(stamps_us, sent_seconds):
    late = np.asarray(stamps_us) / 1000 - np.asarray(sent_seconds) * 1000
    return float(np.percentile(np.abs(late - np.median(late)), 99))


def perform(virtual_keyboard, inputs, rows):
    """Play rows to the program's capture and to a bare probe; give both and the sender's log."""
    with virtual_keyboard("mtsession-performer") as keyboard:
        probe = subprocess.Popen(
            [sys.executable, str(PROBE), keyboard.port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert json.loads(probe.stdout.readline()) == "ready"
        inputs.open_all()
        sent = keyboard.play([(t / 1e6, data) for t, data in rows])
        taken = []
        while len(taken) < len(rows):
            try:
                event = inputs.events.get(timeout=2)
            except queue.Empty:
                break
            if isinstance(event, MidiReceived):
                taken.append(event)
        bare = json.loads(probe.communicate(timeout=PATIENCE_SECONDS)[0])
    inputs.close()
    return taken, [(t_us, bytes(data)) for t_us, data in bare], sent


@pytest.mark.soak
def test_real_performance_arrives_whole_in_order_and_in_time(shared_data, virtual_keyboard, inputs):
    rows = read_smf(shared_data / "asap" / "Chopin__Etudes_op_10__10__Wilshire02.mid")
    rows = [(t, data) for t, data in rows if t < EXCERPT_US]
    for _ in range(3):
        taken, bare, sent = perform(virtual_keyboard, inputs, rows)
        # A machine that is too busy makes JACK itself drop a cycle: that run shows nothing.
        if len(bare) == len(rows):
            break
    assert len(bare) == len(rows), "JACK dropped messages in three runs; the machine is too busy"
    assert [event.data for event in taken] == [data for _, data in rows]
    assert len({event.port for event in taken}) == 1
    ours = p99_ms([event.t_us for event in taken], sent)
    theirs = p99_ms([t_us for t_us, _ in bare], sent)
    assert ours <= theirs + 1.0, f"p99 {ours:.2f} ms against the bare probe's {theirs:.2f} ms"


def test_pulled_port_is_lost_and_comes_back_under_its_number(virtual_keyboard, inputs):
    with virtual_keyboard("mtsession-replug") as keyboard:
        inputs.open_all()
        (opened,) = [event for event in drain(inputs.events) if keyboard.port in event.name]
    inputs.poll()
    (lost,) = drain(inputs.events)
    assert isinstance(lost, PortLost)
    assert (lost.port, lost.name) == (opened.port, opened.name)
    with virtual_keyboard("mtsession-replug") as keyboard:
        inputs.poll()
        (again,) = drain(inputs.events)
        assert isinstance(again, PortOpened)
        assert (again.port, again.name, again.restored) == (opened.port, opened.name, True)
        keyboard.play([(0.0, bytes([0x90, 60, 64]))])
        heard = inputs.events.get(timeout=PATIENCE_SECONDS)
        assert isinstance(heard, MidiReceived)
        assert (heard.port, heard.data) == (opened.port, bytes([0x90, 60, 64]))


def test_port_plugged_in_during_a_session_is_heard(virtual_keyboard, inputs):
    inputs.open_all()
    drain(inputs.events)
    with virtual_keyboard("mtsession-late") as keyboard:
        inputs.poll()
        (opened,) = drain(inputs.events)
        assert keyboard.port in opened.name
        assert not opened.restored
        assert any(keyboard.port in name for name in list_ports().inputs)


def test_closing_amid_playing_neither_hangs_nor_crashes(virtual_keyboard):
    with virtual_keyboard("mtsession-hammer") as keyboard:
        keyboard.start([(i / 2000, bytes([0x90, 60, 1])) for i in range(30_000)])
        done = subprocess.run(
            [sys.executable, "-c", CLOSING], capture_output=True, text=True, timeout=60
        )
        keyboard._process.kill()
    assert (done.returncode, done.stdout) == (0, "closed"), done.stderr
