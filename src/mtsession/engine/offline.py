"""The same engine without devices: as fast as it can be rendered, on a clock that is told."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from mtsession.engine.core import EngineCore
from mtsession.engine.frame_clock import NominalClock
from mtsession.engine.loading import OpenSource, WaitingOpener
from mtsession.engine.port import OnReport
from mtsession.errors import EngineError
from mtsession.media.stream import Samples
from mtsession.midi.inputs import MidiInputs
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import EngineReady, Happened
from mtsession.sound.limiter import Limiter
from mtsession.sound.sources import open_source
from mtsession.sound.voices import VoiceBank
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.event import Event, EventCodec
from mtsession.timeline.events import CORE_EVENTS, EngineStarted, MidiReceived, Noticed
from mtsession.timeline.units import Micros

Sink: TypeAlias = Callable[[Samples], None]
"""Takes rendered blocks, shape (n, 2), one after another."""

_BLOCK = 256


class OfflineEngine:
    """Renders a session to a sink; satisfies `Engine`.

    Commands sent between two calls of `advance_to` are carried out at the frame in between.
    Frame f is heard at f / sample_rate, with no latency.

    Parameters
    ----------
    clock : ManualClock
        Follows the rendered sound; the session reads its time from it.
    sink : callable, optional
        Takes the samples.

    Examples
    --------
    >>> clock = ManualClock()
    >>> engine = OfflineEngine(clock)
    >>> engine.start(lambda report: None)
    >>> engine.advance_to(Micros(1_000_000))
    >>> clock.now_us()
    1000000
    """

    def __init__(
        self,
        clock: ManualClock,
        *,
        sink: Sink | None = None,
        sample_rate: int = 48_000,
        open_stream: OpenSource = open_source,
    ) -> None:
        self._clock = clock
        self._sink = sink
        self._rate = sample_rate
        self._on_report: OnReport | None = None
        self._codec = EventCodec(CORE_EVENTS)
        self._voices = VoiceBank(sample_rate)
        self._voice_on = False
        self._limiter = Limiter(sample_rate)
        self._behind = self._limiter.latency
        frames = NominalClock(sample_rate, origin_us=clock.now_us())
        self._frames = frames
        self._core = EngineCore(
            sample_rate=sample_rate,
            clock=frames,
            now_us=clock.now_us,
            opener=WaitingOpener(sample_rate, open_stream),
            emit=self._emit,
            inject=self._inject,
        )
        self._midi = MidiInputs(self._core.session_us, self._emit_midi)

    @property
    def alive(self) -> bool:
        """Whether it was started and not closed."""
        return self._on_report is not None

    def start(self, on_report: OnReport) -> None:
        """Be ready at once."""
        self._on_report = on_report
        on_report(
            EngineReady(output="file", silent=False, sample_rate=self._rate, latency_us=Micros(0))
        )

    def send(self, command: ask.Command) -> None:
        """Carry out a command at the present frame."""
        self._core.handle(command)
        if isinstance(command, ask.SetVoice):
            self._take_voice(command)
        elif isinstance(command, ask.OpenSession):
            self._voices.open(command.ceiling_db)
            self._emit(
                EngineStarted(
                    t_us=self._core.session_us(),
                    output="file",
                    silent=False,
                    sample_rate=self._rate,
                    latency_us=Micros(0),
                )
            )
        elif isinstance(command, ask.GoQuiet):
            self._set_voice(on=False)
        self._core.settle()

    def quiet(self) -> None:
        """Make everything quiet from the present frame on."""
        self.send(ask.GoQuiet())

    def beat(self) -> None:
        """Need no heartbeat: nobody listens while it renders."""

    def advance_to(self, session_us: Micros) -> None:
        """Render up to a session time (monotonic time before a session is open).

        Raises
        ------
        EngineError
            If it was not started, or was closed.
        """
        if self._on_report is None:
            raise EngineError("The engine was not started.", "")
        ahead_us = session_us - self._core.session_us()
        target_us = self._clock.now_us() + max(0, ahead_us)
        target = self._frames.frame_of(target_us)
        while self._core.frame < target:
            self._render(min(_BLOCK, target - self._core.frame))
            self._clock.set(max(self._clock.now_us(), self._frames.us_of(self._core.frame)))
            self._core.settle()
        self._clock.set(max(self._clock.now_us(), target_us))
        self._core.settle()

    def close(self) -> None:
        """Give out what is left and end."""
        self._core.settle()
        if self.alive:
            self._give(np.zeros((self._limiter.latency, 2), dtype=np.float32))
        self._midi.close()
        self._on_report = None

    def _render(self, n: int) -> None:
        block = self._core.render(n)
        if self._voices.sounding:
            self._voices.render(block)
        self._give(block)

    def _give(self, block: Samples) -> None:
        """Pass samples on through the limiter; what that is late by is not heard."""
        block = self._limiter.process(block)
        early = min(self._behind, len(block))
        self._behind -= early
        if self._sink is not None and early < len(block):
            self._sink(block[early:])

    def _take_voice(self, command: ask.SetVoice) -> None:
        try:
            self._voices.ready(command.voice if command.on else None, command.soundfont)
        except EngineError as error:
            told = Noticed(
                t_us=self._core.session_us(),
                topic="sound",
                message=error.message,
                hint=error.hint,
            )
            self._emit(told)
        if command.voice is not None:
            self._voices.choose(command.voice)
        self._set_voice(on=command.on)

    def _set_voice(self, *, on: bool) -> None:
        self._voice_on = on
        if not on:
            self._voices.quiet()

    def _inject(self, port: str, data: bytes, t_us: Micros) -> None:
        self._midi.inject(port, data, t_us)

    def _emit_midi(self, event: Event) -> None:
        if self._voice_on and isinstance(event, MidiReceived):
            self._voices.feed(event.data)
        self._emit(event)

    def _emit(self, event: Event) -> None:
        if self._on_report is not None:
            self._on_report(Happened(event=self._codec.encode(event)))
