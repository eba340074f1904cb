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
        return 1 if ports.api is None else 0
    if ports.api is None:
        raise MidiError(ports.message, ports.hint)
    for kind, names in (("in ", ports.inputs), ("out", ports.outputs)):
        for name in names:
            print(f"{kind}  {name}")
    if not ports.inputs:
        print(f"{ports.message} {ports.hint}".strip())
    return 0
