"""The list of ports that people read."""

from mtsession.errors import MidiError
from mtsession.midi import ports
from mtsession.midi.driver import port_name


class FakeDriver:
    label = "ALSA"

    def __init__(self, inputs, outputs):
        self.listed = {"in": inputs, "out": outputs}

    def open_input(self):
        return FakeClient("in")

    def open_output(self):
        return FakeClient("out")

    def names(self, client):
        return [port_name(raw, "alsa") for raw in self.listed[client.side]]


class FakeClient:
    def __init__(self, side):
        self.side = side

    def delete(self):
        self.side = None


def test_ports_are_listed_by_lasting_names(monkeypatch):
    through = "Midi Through:Midi Through Port-0 14:0"
    driver = FakeDriver([through, "Piano:Piano MIDI 1 24:0"], [through])
    monkeypatch.setattr(ports, "find_driver", lambda: driver)
    found = ports.list_ports()
    assert (found.api, found.inputs, found.outputs) == ("ALSA", ("Piano:Piano MIDI 1",), ())
    assert found.message == ""


def test_no_keyboard_is_said_with_what_helps(monkeypatch):
    monkeypatch.setattr(ports, "find_driver", lambda: FakeDriver([], []))
    found = ports.list_ports()
    assert "No MIDI keyboard" in found.message
    assert "Plug one in" in found.hint


def test_missing_system_is_said_and_nothing_raised(monkeypatch):
    def nothing():
        raise MidiError("No MIDI here.", "Mend it.")

    monkeypatch.setattr(ports, "find_driver", nothing)
    found = ports.list_ports()
    assert (found.api, found.message, found.hint) == (None, "No MIDI here.", "Mend it.")
