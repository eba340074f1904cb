"""Where sound goes: the sound card through PortAudio, or silence that keeps the same time."""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mtsession.engine.callback import LastStage, audio_callback
from mtsession.engine.frame_clock import FittedClock, FrameClock, NominalClock
from mtsession.engine.outputs import OutputList, describe, load_library, pick, usable_rate
from mtsession.engine.profiles import BLOCK, Profile
from mtsession.engine.ring import Ring
from mtsession.errors import EngineError
from mtsession.media.stream import Samples

SILENT_RATE = 48_000
_STALL_US = 2_000_000
_USUAL_RATES = (32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
_SAME_RATE = 0.01


class Device(NamedTuple):
    """The sound card that is to be used.

    Attributes
    ----------
    place : int
        Where the library lists it.
    full : str
        Its name with its sound system; empty for silence.
    missed : str
        What was chosen and is not there.
    """

    place: int
    name: str
    full: str
    sample_rate: int
    missed: str = ""


class Output:
    """Something that empties the ring in real time; this one, not yet begun, leaves it full.

    Attributes
    ----------
    clock : FrameClock
        When its frames are audible.
    latency_us : int
        From the callback to the ear, as the device reports.
    """

    name = "no sound"
    silent = True
    latency_us = 0

    def __init__(self, clock: FrameClock) -> None:
        self.clock = clock

    @property
    def started(self) -> bool:
        """Whether its clock can be believed."""
        return True

    def lost(self) -> str | None:
        """Give the reason where it has stopped by itself."""
        return None

    def settle(self) -> None:
        """Bring its clock up to date."""

    def let_go(self) -> None:
        """Ask it for nothing more, and do not wait for it."""

    def close(self) -> None:
        """Stop it."""


def find_device(wanted: str = "") -> tuple[Any, Device]:
    """Load PortAudio and choose a sound card.

    Parameters
    ----------
    wanted : str
        The output that was chosen, as `outputs.pick` takes it; the system's own choice stands in
        for one that is not there, and for an empty name.

    Returns
    -------
    module, Device
        The sounddevice module and what to open.

    Raises
    ------
    EngineError
        With the mend, where there is no library or no device.
    """
    library = load_library()
    there = describe(library)
    output = pick(there, wanted) if wanted else None
    missed = wanted if wanted and output is None else ""
    output = output or OutputList(outputs=there).default
    if output is None:
        raise EngineError(
            "No sound output was found.",
            "Plug in or switch on a sound device, then restart the sound.",
        )
    rate = usable_rate(library, output)
    if rate is None:
        raise EngineError(
            f"The sound output {output.name} accepts none of the usual sample rates.",
            "Choose another output, then restart the sound.",
        )
    return library, Device(output.index, output.name, output.full, rate, missed)


class CardOutput(Output):
    """A sound card through PortAudio."""

    silent = False

    def __init__(
        self,
        library: Any,
        device: Device,
        *,
        profile: Profile,
        ring: Ring,
        stage: LastStage,
        now_us: Callable[[], int],
    ) -> None:
        self._rate = device.sample_rate
        self._fit = FittedClock(device.sample_rate)
        super().__init__(self._fit)
        self.name = device.name
        self._now_us = now_us
        self._called_us = now_us()
        self._retired = False
        self._ender = threading.Thread(target=self._end, name="end-output", daemon=True)
        self._fill = audio_callback(
            stage,
            ring,
            report=self._report,
            now_us=now_us,
            fallback_us=profile.device_seconds * 1e6,
        )
        try:
            self._stream = library.OutputStream(
                device=device.place,
                samplerate=device.sample_rate,
                blocksize=BLOCK,
                channels=2,
                dtype="float32",
                latency=profile.device_seconds,
                callback=self._call,
            )
            self._stream.start()
        except library.PortAudioError as error:
            raise EngineError(
                f"The sound output {device.name} cannot be opened.",
                "Close other programs that hold it, then restart the sound.",
            ) from error
        self.latency_us = round(float(self._stream.latency) * 1e6)
        self._called_us = now_us()

    @property
    def started(self) -> bool:
        """Whether the card has begun to ask for sound."""
        return self._fit.known

    def lost(self) -> str | None:
        """Give the reason where the card stopped, stands still or has left its sample rate."""
        if not self._stream.active:
            return "the device stopped"
        if self._now_us() - self._called_us > _STALL_US:
            return "the device no longer asks for sound"
        pace = self._fit.pace
        if pace is not None and self._at_another_rate(pace):
            return "the device changed its sample rate"
        return None

    def _at_another_rate(self, pace: float) -> bool:
        """Tell whether a pace is that of another usual rate, and not of a machine out of breath."""
        others = [rate / self._rate for rate in _USUAL_RATES if rate != self._rate]
        return any(abs(pace - other) < _SAME_RATE * other for other in others)

    def settle(self) -> None:
        """Bring its clock up to date."""
        self._fit.settle(at_once=True)

    def close(self) -> None:
        """Stop it, without waiting for a device that does not answer."""
        self.let_go()
        self._ender.join(1.0)

    def let_go(self) -> None:
        """Ask it for nothing more; a device that stands still may keep its ending waiting."""
        self._retired = True
        self._ender.start()

    def _end(self) -> None:
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _call(self, out: Samples, frames: int, time: Any, status: Any) -> None:
        """Give a block; a device that was given up and comes to itself gets silence."""
        if self._retired:
            out.fill(0.0)
        else:
            self._fill(out, frames, time, status)

    def _report(self, frame: int, audible_us: float) -> None:
        self._called_us = self._now_us()
        self._fit.report(frame, audible_us)


class SilentOutput(Output):
    """Empties the ring at the nominal rate, so that a session goes on without sound."""

    def __init__(
        self, *, sample_rate: int, ring: Ring, stage: LastStage, clock: NominalClock,
        now_us: Callable[[], int],
    ) -> None:  # fmt: skip
        super().__init__(clock)
        self._rate = sample_rate
        self._ring = ring
        self._stage = stage
        self._frame_clock = clock
        self._now_us = now_us
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="silent-output", daemon=True)
        self._thread.start()

    def let_go(self) -> None:
        """Read no more frames after the block that it is at."""
        self._ended.set()

    def close(self) -> None:
        """Stop it."""
        self.let_go()
        self._thread.join(1.0)

    def _run(self) -> None:
        block = np.zeros((BLOCK, 2), dtype=np.float32)
        while not self._ended.is_set():
            if self._ring.read + BLOCK <= self._frame_clock.frame_of(self._now_us()):
                self._stage.fill(block)
            else:
                time.sleep(BLOCK / self._rate / 2)
