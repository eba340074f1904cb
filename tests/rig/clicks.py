"""Play a click train through PortAudio: python clicks.py FIRST INTERVAL COUNT (in frames).

Prints {"latency_s", "underflows"} when the last click and half a second of silence are out.
"""

import json
import sys
import threading

import numpy as np
import sounddevice as sd

RATE = 48_000
LEVEL = (0.9, -0.7)


def main(first: int, interval: int, count: int) -> None:
    """Put each click on its frame, whatever the block length."""
    whole = np.zeros((first + interval * count + RATE // 2, 2), dtype=np.float32)
    whole[first : first + interval * count : interval] = LEVEL
    position = 0
    underflows = 0
    done = threading.Event()

    def fill(out: np.ndarray, frames: int, _time: object, status: sd.CallbackFlags) -> None:
        nonlocal position, underflows
        underflows += bool(status.output_underflow)
        part = whole[position : position + frames]
        out[: len(part)] = part
        out[len(part) :] = 0
        position += frames
        if position >= len(whole):
            raise sd.CallbackStop

    with sd.OutputStream(
        samplerate=RATE,
        blocksize=256,
        latency=0.1,
        channels=2,
        dtype="float32",
        callback=fill,
        finished_callback=done.set,
    ) as stream:
        latency = stream.latency
        done.wait(60)
    print(json.dumps({"latency_s": latency, "underflows": underflows}))


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:]))
