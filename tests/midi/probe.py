"""A bare listener in a process of its own: python probe.py PORT.

Says "ready" once it listens; ends when its input does, and answers with what arrived:
[[microsecond of `perf_counter`, [bytes]], …].
"""

import json
import sys
import time

import rtmidi


def main(port: str) -> None:
    """Listen with nothing between the driver and a list."""
    heard: list[tuple[int, list[int]]] = []
    listener = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="bare-probe")
    listener.set_callback(lambda event, _: heard.append((time.perf_counter_ns() // 1000, event[0])))
    (index,) = [i for i, name in enumerate(listener.get_ports()) if port in name]
    listener.open_port(index)
    sys.stdout.write(json.dumps("ready") + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(json.dumps(heard) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
