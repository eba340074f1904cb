"""Which of the machine's MIDI systems is used, and what to do where there is none."""

import importlib
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from mtsession.errors import MidiError

CLIENT = "mtsession"
API_VARIABLE = "MTSESSION_MIDI_API"
ALSA_SEQUENCER = Path("/dev/snd/seq")
QUEUE_MESSAGES = 16_384
"""Minutes of the densest playing: only a stopped program can let it run full."""

_OWN = re.compile(rf"{CLIENT}(-\d+)?:")
_ALSA_ADDRESS = re.compile(r" \d+:\d+$")
_WINDOWS_INDEX = re.compile(r" \d+$")


class PortName(msgspec.Struct, frozen=True, kw_only=True):
    """A port as the system lists it.

    Attributes
    ----------
    identity : str
        What stays the same while it is plugged in.
    name : str
        What stays the same over unplugging, for the record and for people.
    """

    identity: str
    name: str


class Driver:
    """One MIDI system, found to work."""

    def __init__(self, rtmidi: Any, api: int) -> None:
        self._rtmidi = rtmidi
        self._api = api
        self.name = str(rtmidi.get_api_name(api))
        self.label = str(rtmidi.get_api_display_name(api))
        self.error: type[Exception] = rtmidi.RtMidiError

    def open_input(self) -> Any:
        """Give a new client for one input port, with a queue that the driver fills by itself.

        Clock and active sensing come too, though no one keeps them: the driver counts each
        message's time from the one before, so those left out would take time with them.
        """
        client = self._rtmidi.MidiIn(self._api, name=CLIENT, queue_size_limit=QUEUE_MESSAGES)
        client.ignore_types(sysex=True, timing=False, active_sense=False)
        return client

    def open_output(self) -> Any:
        """Give a new client for one output port."""
        return self._rtmidi.MidiOut(self._api, name=CLIENT)

    def names(self, client: Any) -> list[PortName | None]:
        """List the ports in the client's order; None for those that are no instruments."""
        return [port_name(raw or "", self.name) for raw in client.get_ports()]


def port_name(raw: str, api: str) -> PortName | None:
    """Tell a port's lasting name from its listed one; None where it is no instrument.

    The system's own loop, our own ports and ports that just went (they have no
    name any more) are none.
    ALSA ends a name with an address that changes at each plugging in, Windows
    with a place in the list that moves when another port goes.

    Examples
    --------
    >>> port_name("Keystation:Keystation MIDI 1 24:0", "alsa").name
    'Keystation:Keystation MIDI 1'
    >>> port_name("Midi Through:Midi Through Port-0 14:0", "alsa") is None
    True
    """
    if not raw or "Midi Through" in raw or _OWN.match(raw):
        return None
    if api == "alsa":
        return PortName(identity=raw, name=_ALSA_ADDRESS.sub("", raw))
    if api == "winmm":
        name = _WINDOWS_INDEX.sub("", raw)
        return PortName(identity=name, name=name)
    return PortName(identity=raw, name=raw)


def find_driver() -> Driver:
    """Find a MIDI system: the one that the environment names, or the first that opens.

    JACK is tried by itself only where the environment speaks of a JACK server:
    it must not be started by the way.

    Raises
    ------
    MidiError
        If python-rtmidi is not installed, the name is unknown, or no system opens.
    """
    try:
        rtmidi = importlib.import_module("rtmidi")
    except ImportError:
        raise MidiError(
            "MIDI keyboards cannot be read: python-rtmidi is not installed.",
            'Install it with: pip install "mtsession[midi]"',
        ) from None
    compiled = {str(rtmidi.get_api_name(api)): int(api) for api in rtmidi.get_compiled_api()}
    wanted = os.environ.get(API_VARIABLE, "").lower()
    if wanted and wanted not in compiled:
        raise MidiError(
            f"{API_VARIABLE} names the MIDI system {wanted!r}, which is not known here.",
            f"Use one of: {', '.join(compiled)}.",
        )
    for name in [wanted] if wanted else [name for name in compiled if _worth_trying(name)]:
        driver = Driver(rtmidi, compiled[name])
        try:
            driver.open_input().delete()
        except driver.error:
            continue
        return driver
    if wanted == "jack":
        raise MidiError("No JACK server answers.", "Start it, for example with: qjackctl")
    raise MidiError(
        "This machine has no MIDI system that can be opened.",
        "On Linux, load the ALSA sequencer with: sudo modprobe snd-seq",
    )


def _worth_trying(api: str) -> bool:
    """Leave out what would only fail aloud, or start a server that nobody asked for."""
    if api == "alsa":
        return ALSA_SEQUENCER.exists()
    if api == "jack":
        return "JACK_DEFAULT_SERVER" in os.environ or "JACK_NO_START_SERVER" in os.environ
    return True
