"""The rig itself: what goes in comes out, sample for sample and note for note."""

import json
import queue
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rig_support import PATIENCE_SECONDS, Capture, click_frames

pytestmark = pytest.mark.rig

CLICKS = Path(__file__).parent / "clicks.py"


def test_click_train_is_heard_on_its_frames(capture):
    interval, count = 4807, 40  # no multiple of any block length
    with capture() as heard:
        played = subprocess.run(
            [sys.executable, str(CLICKS), "24000", str(interval), str(count)],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert played.returncode == 0, played.stderr
    clicks = click_frames(heard.samples)
    assert len(clicks) == count
    assert set(np.diff(clicks)) == {interval}
    np.testing.assert_array_equal(
        heard.samples[clicks], np.tile(np.float32([0.9, -0.7]), (count, 1))
    )
    silent = np.delete(heard.samples, clicks, axis=0)
    assert not silent.any()
    assert json.loads(played.stdout)["latency_s"] > 0


def test_every_note_passes_between_two_processes(virtual_keyboard):
    rtmidi = pytest.importorskip("rtmidi", exc_type=ImportError)

    arrived: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
    with virtual_keyboard("mtsession-probe") as keyboard:
        port = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="mtsession-listener")
        port.set_callback(lambda event, _data: arrived.put(event[0]))
        (index,) = [i for i, name in enumerate(port.get_ports()) if keyboard.port in name]
        port.open_port(index)
        notes = [bytes([0x90, 20 + i % 88, 1 + i]) for i in range(100)]
        log = keyboard.play([(0.02 * i, note) for i, note in enumerate(notes)])
        received = [bytes(arrived.get(timeout=PATIENCE_SECONDS)) for _ in notes]
        port.delete()
    assert received == notes
    assert arrived.empty()
    assert len(log) == 100
    assert log == sorted(log)


def test_unplugged_port_leaves_the_list(virtual_keyboard):
    rtmidi = pytest.importorskip("rtmidi", exc_type=ImportError)
    listener = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="mtsession-list")
    with virtual_keyboard("mtsession-plug") as keyboard:
        assert any(keyboard.port in name for name in listener.get_ports())
        keyboard.unplug()
        assert not any(keyboard.port in name for name in listener.get_ports())
    listener.delete()


def test_recorder_tells_when_a_frame_was_heard(capture):
    with capture(tail_seconds=0.1) as heard:
        heard.wait_seconds(0.5)
    assert isinstance(heard, Capture)
    assert heard.frame_at(heard.second_of(12_000)) == 12_000
    assert heard.second_of(48_000) - heard.second_of(0) == pytest.approx(1.0)
