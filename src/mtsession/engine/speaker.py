"""The output in use, whatever becomes of the sound card, and the sentence about it."""

import queue
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from mtsession.engine.callback import Flag, LastStage
from mtsession.engine.frame_clock import FrameClock, NominalClock
from mtsession.engine.lookout import Lookout, Sight
from mtsession.engine.output import (
    SILENT_RATE,
    CardOutput,
    Device,
    Output,
    SilentOutput,
    find_device,
)
from mtsession.engine.outputs import load_library
from mtsession.engine.profiles import Profile
from mtsession.engine.ring import Ring
from mtsession.errors import EngineError
from mtsession.protocol.reports import EngineReady
from mtsession.sound.voices import VoiceBank
from mtsession.timeline.units import Micros, frames_at

_FIRST_SOUND_SECONDS = 2.0
_WAIT_SECONDS = 0.002
_RESTART_HINT = "Plug it in again or choose another output, then restart the sound."
_BROKEN = (
    "This machine's sound system broke off; the session goes on in silence.",
    "Look at the sound settings of the system, then restart the sound.",
)
_OFF = ("Sound is switched off; the session goes on in silence.", "")


class Loss(NamedTuple):
    """An output that went away by itself."""

    output: str
    why: str


class Speaker:
    """Everything after the renderer: ring, last stage, sound card or silence.

    Parameters
    ----------
    wanted : str
        The output that was chosen; the system's own where it is empty or not there.
    broken : bool
        Whether the machine's sound system ended an engine as it came up; the profile is
        then one that leaves the card alone.

    Attributes
    ----------
    sample_rate : int
        Frames a second, the same whatever becomes of the card.
    """

    def __init__(
        self,
        profile: Profile,
        flag: Flag,
        *,
        now_us: Callable[[], int],
        wanted: str = "",
        broken: bool = False,
    ) -> None:
        self._profile = profile
        self._now_us = now_us
        self._wanted = wanted
        self._can_look = False
        self._lookout: Lookout | None = None
        self._sights: queue.SimpleQueue[Sight] = queue.SimpleQueue()
        self._message, self._hint = _BROKEN if broken else ("", "")
        self._library, self._device = self._find()
        self.sample_rate = self._device.sample_rate
        self.ring = Ring(int(frames_at(round(profile.ring_seconds * 1e6), self.sample_rate)))
        self.voices = VoiceBank(self.sample_rate)
        self.stage = LastStage(
            sample_rate=self.sample_rate, ring=self.ring, voices=self.voices, flag=flag
        )
        self._output = Output(NominalClock(self.sample_rate, origin_us=now_us()))

    @property
    def clock(self) -> FrameClock:
        """When the frames of the output in use are audible."""
        return self._output.clock

    def begin(self) -> None:
        """Open the output while another thread fills the ring; wait until its time is known."""
        output = self._open()
        deadline = time.monotonic() + _FIRST_SOUND_SECONDS
        while not output.started and time.monotonic() < deadline:
            output.settle()
            time.sleep(_WAIT_SECONDS)
        if not output.started:
            output.close()
            self._message = f"The sound output {output.name} does not ask for sound."
            self._hint = _RESTART_HINT
            output = self._silence(self.ring.read)
        self._output = output
        if output.silent and self._can_look:
            self._look_out()

    def look_after(self) -> Loss | None:
        """Bring the clock up to date; where the card is lost, give it up and tell of it."""
        self._output.settle()
        why = self._output.lost()
        if why is None:
            return None
        loss = self.give_up(why)
        self._look_out()
        return loss

    def give_up(self, why: str) -> Loss:
        """Let go of the card and go on in silence."""
        lost_output = self._output
        frame = lost_output.clock.frame_of(self._now_us())
        lost_output.let_go()
        self._output = self._silence(frame)
        self._message = f"The sound output {lost_output.name} was lost: {why}."
        self._hint = _RESTART_HINT
        return Loss(lost_output.name, why)

    def sighted(self) -> bool:
        """Take in what was seen of the outputs since; tell whether there is one to go on with.

        Nothing is opened by that: sound comes back when the therapist asks for it.
        """
        if self._sights.empty():
            return False
        sight, missed = self._sights.get(), self._device.name if self._device.full else ""
        if sight.back:
            self._message = f"The sound output {missed} is there."
        elif sight.other is not None:
            gone = f"The sound output {missed} was lost; " if missed else "The sound output "
            self._message = f"{gone}{sight.other} is there."
        else:
            return False
        self._hint = "Restart the sound to go on with it."
        return True

    def _look_out(self) -> None:
        self._lookout = Lookout(self._device.full, self._sights.put)

    def ready(self) -> EngineReady:
        """Say how the engine is heard now."""
        latency_us = self._output.latency_us + round(self._profile.ring_seconds * 1e6)
        return EngineReady(
            output=self._output.name,
            silent=self._output.silent,
            sample_rate=self.sample_rate,
            latency_us=Micros(latency_us),
            message=self._message,
            hint=self._hint,
        )

    def close(self) -> None:
        """Stop the output."""
        if self._lookout is not None:
            self._lookout.close()
        self._output.close()

    def _find(self) -> tuple[Any, Device]:
        """Find the sound card; without one keep the reason for the session to tell."""
        silence = Device(-1, "silence", "", SILENT_RATE)
        if not self._profile.device_seconds:
            if not self._message:
                self._message, self._hint = _OFF
            return None, silence
        try:
            load_library()
            self._can_look = True
            library, device = find_device(self._wanted)
        except EngineError as error:
            self._message, self._hint = error.message, error.hint
            return None, silence
        if device.missed:
            self._message = f"The chosen sound output {device.missed} is not there."
            self._hint = f"{device.name} is used in its place."
        return library, device

    def _open(self) -> Output:
        if self._library is not None:
            try:
                return CardOutput(
                    self._library,
                    self._device,
                    profile=self._profile,
                    ring=self.ring,
                    stage=self.stage,
                    now_us=self._now_us,
                )
            except EngineError as error:
                self._message, self._hint = error.message, error.hint
        return self._silence(self.ring.read)

    def _silence(self, frame: int) -> SilentOutput:
        """Go on without sound, with this frame heard now."""
        self.ring.read = max(self.ring.read, frame)
        return SilentOutput(
            sample_rate=self.sample_rate,
            ring=self.ring,
            stage=self.stage,
            clock=NominalClock(self.sample_rate, origin_us=self._now_us(), origin_frame=frame),
            now_us=self._now_us,
        )
