"""`mtsession midi ports`."""

import argparse
import sys

import msgspec

from mtsession.errors import MidiError
from mtsession.midi.ports import list_ports


def run(arguments: argparse.Namespace) -> int:
    """List the MIDI ports there are."""
    ports = list_ports()
    if arguments.json:
        sys.stdout.write(msgspec.json.encode(ports).decode() + "\n")
        return 1 if ports.message else 0
    if ports.message:
        raise MidiError(ports.message, ports.hint)
    for kind, names in (("in ", ports.inputs), ("out", ports.outputs)):
        for name in names:
            print(f"{kind}  {name}")
    if not ports.inputs:
        print("No MIDI input is connected. Connect a keyboard; it is found at once.")
    return 0
