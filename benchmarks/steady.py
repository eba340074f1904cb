"""The least that can play: one PortAudio callback that gives the same value for ever.

`steady.py LATENCY_SECONDS` plays until its standard input is closed. What breaks off here
breaks off because of the machine, not because of what is played.
"""

import sys
from typing import Any

import sounddevice

VALUE = 0.25


def callback(out: Any, *_: object) -> None:
    out[:] = VALUE


if __name__ == "__main__":
    with sounddevice.OutputStream(
        samplerate=48_000,
        blocksize=256,
        channels=2,
        dtype="float32",
        latency=float(sys.argv[1]),
        callback=callback,
    ):
        sys.stdin.read()
