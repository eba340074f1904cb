"""A recorder that writes until it is killed, saying on stdout what it handed over and when."""

import sys
import threading
import time
from pathlib import Path

from mtsession.records.journal import JournalWriter
from mtsession.records.recorder import Recorder
from mtsession.records.rows import JournalRow


def main() -> None:
    directory, public_key, canary = Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3]
    recorder = Recorder(lambda: JournalWriter.create(directory, public_key), on_error=sys.exit)
    recorder.wait_open(10)
    seq, pace = 0, threading.Event()
    while True:
        for _ in range(5):
            seq += 1
            recorder.put(
                JournalRow(
                    seq=seq,
                    t_us=seq,
                    type="Rang",
                    version=1,
                    subject=None,
                    payload=canary.encode() * 3,
                )
            )
        sys.stdout.write(f"{seq} {time.monotonic_ns()}\n")
        sys.stdout.flush()
        pace.wait(0.002)


main()
