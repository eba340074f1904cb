"""What tests need of the rig: its state, a recorder on its monitor, a keyboard on a virtual port.

Times are seconds of `time.perf_counter`, which all processes on one machine share. Nothing
here sleeps: each wait ends with what it waits for, or fails after a bound.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

SCRIPT = Path(__file__).parent / "rig" / "rig.sh"
KEYBOARD = Path(__file__).parent / "rig" / "keyboard.py"
RATE = 48_000
RIG_VARIABLES = ("MTSESSION_RIG_", "PULSE_", "JACK_", "ALSA_")
PATIENCE_SECONDS = 20.0
STRETCH_SECONDS = 10.0


class Rig(msgspec.Struct, frozen=True, kw_only=True):
    """A rig that runs, as its environment names it."""

    name: str
    folder: Path
    sink: str
    rate: int = RATE

    @property
    def sound_server(self) -> int:
        """The process id of its sound server."""
        return int((self.folder / "pulse.pid").read_text().split()[0])


def find_rig() -> Rig | str:
    """Give the running rig of this environment, or one sentence on why there is none."""
    name, folder = os.environ.get("MTSESSION_RIG_NAME"), os.environ.get("MTSESSION_RIG_DIR")
    if not name or not folder:
        return "no rig in this environment (tests/rig/rig.sh run make test)"
    state = subprocess.run(["bash", str(SCRIPT), "status"], capture_output=True, text=True)
    if state.returncode != 0:
        return "the rig does not run: " + "; ".join(state.stdout.split("\n")).strip("; ")
    return Rig(name=name, folder=Path(folder), sink=os.environ["PULSE_SINK"])


class OwnRig:
    """A rig of one test's own, whose sound server can be killed and started again.

    Programs find it once the test's environment says so: see `environment`.
    """

    def __init__(self, name: str) -> None:
        self._words = {key: text for key, text in os.environ.items() if key != "MTSESSION_RIG_DIR"}
        self._words["MTSESSION_RIG_NAME"] = name

    def plug(self) -> None:
        """Start what does not run."""
        self._ask("start")

    def pull(self) -> None:
        """End the sound server as a pulled cable would: without a word."""
        rig = find_rig()
        assert isinstance(rig, Rig)
        os.kill(rig.sound_server, signal.SIGKILL)

    def environment(self) -> dict[str, str]:
        """Give what a program needs to find it; starts it."""
        pairs = (line.partition("=")[::2] for line in self._ask("run", "env").splitlines())
        return {key: text for key, text in pairs if key.startswith(RIG_VARIABLES)}

    def stop(self) -> None:
        """Stop it."""
        self._ask("stop")

    def _ask(self, *words: str) -> str:
        asked = ["bash", str(SCRIPT), *words]
        return subprocess.run(
            asked, capture_output=True, text=True, check=True, env=self._words
        ).stdout


def start_rig() -> str:
    """Start a rig and take on its environment; give one sentence where that failed, or nothing."""
    begun = subprocess.run(["bash", str(SCRIPT), "start"], capture_output=True, text=True)
    if begun.returncode != 0:
        return begun.stderr.strip().split("\n")[-1] or "the rig did not start"
    listed = subprocess.run(
        ["bash", str(SCRIPT), "run", "env"], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        if key.startswith(RIG_VARIABLES):
            os.environ[key] = value
    return ""


def stop_rig() -> None:
    """Stop the rig of this environment."""
    subprocess.run(["bash", str(SCRIPT), "stop"], check=True)


class Capture:
    """Everything that the rig's sound card plays between entry and exit.

    Recording runs before the body starts, and goes on after it for `tail_seconds`, so
    that what was still on its way is kept.
    """

    def __init__(self, rig: Rig, *, tail_seconds: float = 0.4) -> None:
        self.rate = rig.rate
        self._sink = rig.sink
        self._tail_frames = round(tail_seconds * rig.rate)
        self._chunks: list[bytes] = []
        self._arrivals: list[tuple[float, int]] = []
        self._grew = threading.Condition()

    def __enter__(self) -> Self:
        """Start recording and wait for the first samples."""
        self._recorder = subprocess.Popen(
            [
                "parec",
                "--raw",
                "--format=float32le",
                f"--rate={self.rate}",
                "--channels=2",
                "--latency-msec=5",
                f"--device={self._sink}.monitor",
            ],
            stdout=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_frames(1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Record the tail, then stop."""
        try:
            if error is None:
                self.wait_frames(self.frames + self._tail_frames)
        finally:
            self._recorder.terminate()
            self._recorder.wait(PATIENCE_SECONDS)
            self._reader.join(PATIENCE_SECONDS)

    def _read(self) -> None:
        pipe = self._recorder.stdout
        assert pipe is not None
        total = 0
        while block := os.read(pipe.fileno(), 65_536):
            total += len(block)
            with self._grew:
                self._chunks.append(block)
                self._arrivals.append((time.perf_counter(), total // 8))
                self._grew.notify_all()

    @property
    def frames(self) -> int:
        """Frames recorded so far."""
        return self._arrivals[-1][1] if self._arrivals else 0

    def wait_frames(self, frames: int) -> None:
        """Return once so many frames are recorded; fail if the recorder stands still."""
        while self.frames < frames:
            with self._grew:
                grown = self._grew.wait(PATIENCE_SECONDS)
            assert grown or self.frames >= frames, "the recorder gives no samples"

    def wait_seconds(self, seconds: float) -> None:
        """Return once so much more sound is recorded."""
        self.wait_frames(self.frames + round(seconds * self.rate))

    @property
    def samples(self) -> NDArray[np.float32]:
        """What was heard, shape (frames, 2), full scale at 1.0."""
        whole = b"".join(self._chunks)
        return np.frombuffer(whole[: len(whole) // 8 * 8], dtype="<f4").reshape(-1, 2)

    def second_of(self, frame: int) -> float:
        """Give when a frame was heard, in `perf_counter` seconds.

        Frames come at an even rate but blocks arrive with jitter; the block that was
        least late gives the offset. Late by the recorder's own latency, a few milliseconds.
        The rig's clock is some millionths faster or slower than the computer's, and not always
        the same: see `seconds_of` where that adds up.
        """
        offset = min(arrived - count / self.rate for arrived, count in self._arrivals)
        return offset + frame / self.rate

    def seconds_of(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give when frames of a long recording were heard, in `perf_counter` seconds.

        The offset is taken anew from the least late block of every ten seconds, and runs
        straight from one to the next.
        """
        arrivals = np.array(self._arrivals)
        counts, offsets = arrivals[:, 1], arrivals[:, 0] - arrivals[:, 1] / self.rate
        stretch = counts // (STRETCH_SECONDS * self.rate)
        best = [
            np.flatnonzero(stretch == each)[offsets[stretch == each].argmin()]
            for each in np.unique(stretch)
        ]
        return np.interp(frames, counts[best], offsets[best]) + frames / self.rate

    def frame_at(self, second: float) -> int:
        """Give the frame that was heard at a `perf_counter` second."""
        return round((second - self.second_of(0)) * self.rate)


class VirtualKeyboard:
    """A MIDI keyboard in a process of its own, on a virtual port.

    `port` is part of the port's name as other programs list it.
    """

    def __init__(self, name: str = "mtsession-keyboard") -> None:
        self.port = name

    def __enter__(self) -> Self:
        """Plug it in."""
        self._process = subprocess.Popen(
            [sys.executable, str(KEYBOARD), self.port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        """Unplug it."""
        self.unplug()

    def _answer(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the virtual keyboard ended"
        return json.loads(line)

    def start(self, messages: Sequence[tuple[float, bytes]], *, lead_seconds: float = 0.2) -> None:
        """Begin to send (seconds from the start, MIDI bytes) and return at once."""
        assert self._process.stdin is not None
        request = {
            "lead_seconds": lead_seconds,
            "messages": [(at, list(message)) for at, message in messages],
        }
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def finish(self) -> list[float]:
        """Wait for the last message; give the second at which each was sent."""
        answer = self._answer()
        assert isinstance(answer, list)
        return answer

    def play(
        self, messages: Sequence[tuple[float, bytes]], *, lead_seconds: float = 0.2
    ) -> list[float]:
        """Send messages and give the `perf_counter` second at which each was sent."""
        self.start(messages, lead_seconds=lead_seconds)
        return self.finish()

    def unplug(self) -> None:
        """Close the port, as pulling the plug would."""
        assert self._process.stdin is not None
        if self._process.poll() is None:
            self._process.stdin.close()
        self._process.wait(PATIENCE_SECONDS)


def click_frames(samples: NDArray[np.float32], threshold: float = 0.4) -> NDArray[np.int64]:
    """Give the frames at which single-sample clicks stand in the left channel."""
    return np.flatnonzero(np.abs(samples[:, 0]) > threshold)
