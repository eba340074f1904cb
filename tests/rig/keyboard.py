"""A keyboard in a process of its own: python keyboard.py PORT.

Reads one JSON request a line, {"lead_seconds": s, "messages": [[second, [bytes]], …]},
sends each message at its time and answers with the `perf_counter` second of each sending.
Ends, and with it the port, when its input ends.
"""

import json
import sys
import time

import rtmidi

SPIN_SECONDS = 0.002


def wait_until(second: float) -> None:
    """Sleep most of the way and spin the rest: a sleep alone wakes too late to test timing with."""
    while (left := second - time.perf_counter()) > 0:
        time.sleep(left - SPIN_SECONDS if left > SPIN_SECONDS else 0)


def main(port: str) -> None:
    """Open the port and serve requests."""
    out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=port)
    out.open_virtual_port("out")
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        began = time.perf_counter() + request["lead_seconds"]
        sent = []
        for second, message in request["messages"]:
            wait_until(began + second)
            sent.append(time.perf_counter())
            out.send_message(message)
        print(json.dumps(sent), flush=True)
    out.close_port()


if __name__ == "__main__":
    main(sys.argv[1])
