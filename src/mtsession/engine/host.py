"""The real-time process: a thread that renders, one that listens, one that reports."""

import gc
import threading
import time
from collections import deque
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from mtsession.engine.callback import Flag
from mtsession.engine.core import EngineCore
from mtsession.engine.loading import LiveOpener
from mtsession.engine.mailbox import Mailbox
from mtsession.engine.priority import raise_thread
from mtsession.engine.profiles import BLOCK, SoundChoice, chosen
from mtsession.engine.speaker import Loss, Speaker
from mtsession.errors import EngineError
from mtsession.midi.inputs import MidiInputs
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import Status
from mtsession.protocol.wire import decode_command
from mtsession.sound import cues, effort, sources
from mtsession.sound.ramp import CLICKLESS_US, level_of
from mtsession.timeline.clock import RealClock, RealWall, SessionClock, Wall
from mtsession.timeline.event import Event
from mtsession.timeline.events import EngineStarted, MidiReceived, Noticed, OutputLost
from mtsession.timeline.units import Micros, frames_at

HEARTBEAT_US = 5_000_000
ORPHAN_FADE_US = 5_000_000
_STATUS_US = 100_000
_MIDI_POLL_SECONDS = 1.0
_IDLE_SECONDS = 0.002


class Host:
    """Owns the sound card and the MIDI ports.

    Parameters
    ----------
    connection : Connection
        Commands come in, reports go out.
    flag : Flag
        Raised by the session's process when everything must be quiet at once.
    choice : SoundChoice
        What to play on, and how far ahead.
    restarted : bool
        Whether an earlier engine of the same session has ended.
    broken : bool
        Whether the machine's sound system ended an engine as it came up.
    wall : Wall, optional
        The time of day, by which a sleep of the computer is noticed.

    Attributes
    ----------
    slept : bool
        Whether it ended because the computer was asleep: no driver can be relied on after that.
    """

    def __init__(
        self,
        connection: Connection,
        flag: Flag,
        *,
        choice: SoundChoice,
        restarted: bool,
        broken: bool,
        wall: Wall | None = None,
    ) -> None:
        self.slept = False
        self._connection = connection
        self._restarted = restarted
        self._now_us = RealClock().now_us
        self._sleep = SessionClock(RealClock(), wall or RealWall())
        self._mail = Mailbox(connection)
        self._commands: deque[ask.Command] = deque()
        self._heard_us: int | None = None
        self._quiets = 0
        self._status_due_us = 0
        self._offset_us = 0
        self._voice_on = False
        self._ended = threading.Event()
        self._speaker = Speaker(
            chosen(choice.profile), flag, now_us=self._now_us, wanted=choice.output, broken=broken
        )
        rate = self._speaker.sample_rate
        self._rate = rate
        self._midi = MidiInputs(self._session_us, self._emit_midi)
        self._opener = LiveOpener(rate)
        self._core = EngineCore(
            sample_rate=rate,
            clock=self._speaker.clock,
            now_us=self._now_us,
            opener=self._opener,
            emit=self._mail.event,
            inject=self._midi.inject,
            effort=effort.chosen(rate),
        )

    def end(self) -> None:
        """Fade and end; may be called from anywhere."""
        self._commands.append(ask.Shutdown())

    def run(self) -> None:
        """Serve the session until it ends or falls silent."""
        # What is first loaded while music plays would make the sound card wait.
        cues.prepare(self._rate)
        sources.prepare()
        gc.collect()
        gc.freeze()
        renderer = threading.Thread(target=self._guard, args=(self._render,), name="render")
        renderer.start()
        self._mail.open()
        self._speaker.begin()
        self._core.clock = self._speaker.clock
        self._mail.put(self._speaker.ready())
        if not self._restarted:
            # After a restart the music is asked for at once, and needs the processor itself.
            threading.Thread(target=self._rehearse, name="rehearse", daemon=True).start()
        self._listen()
        renderer.join()
        self._midi.close()
        self._speaker.close()
        self._opener.close()
        self._mail.close(1.0)

    # The listening thread

    def _listen(self) -> None:
        """Read commands, and look after MIDI ports, until the engine ends."""
        polled = time.monotonic()
        connected = True
        while not self._ended.is_set():
            if not connected:
                self._ended.wait(_MIDI_POLL_SECONDS)
                continue
            try:
                if self._connection.poll(_MIDI_POLL_SECONDS / 4):
                    self._take(self._connection.recv_bytes())
            except (EOFError, OSError):
                connected = False
                self._commands.append(ask.Shutdown(fade_us=Micros(ORPHAN_FADE_US)))
            if time.monotonic() - polled >= _MIDI_POLL_SECONDS:
                polled = time.monotonic()
                self._try(self._midi.poll)

    def _take(self, data: bytes) -> None:
        try:
            command = decode_command(data)
        except msgspec.MsgspecError as error:
            self._mail.fault("The sound engine got a message that it cannot read.", error)
            return
        self._heard_us = self._now_us()
        if isinstance(command, ask.OpenSession | ask.SetSessionClock):
            self._offset_us = command.offset_us
        if isinstance(command, ask.SetVoice) and command.on:
            self._try_voice(command)
        self._commands.append(command)
        if isinstance(command, ask.OpenSession):
            self._try(self._midi.open_all)
        elif isinstance(command, ask.CloseSession):
            self._try(self._midi.close)

    def _try_voice(self, wanted: ask.SetVoice) -> None:
        """Make a voice ready; where a soundfont cannot be played, the piano stands in."""
        try:
            self._speaker.voices.ready(wanted.voice, wanted.soundfont)
        except EngineError as error:
            told = Noticed(
                t_us=self._session_us(), topic="sound", message=error.message, hint=error.hint
            )
            self._mail.event(told)

    def _try(self, action: Any) -> None:
        """Do something with the MIDI driver; a fault of it must not end the music."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - a driver's edge: reported, and the music goes on
            self._mail.fault("The MIDI ports cannot be looked after.", error)

    def _rehearse(self) -> None:
        """Let built-in music begin sooner when it is asked for."""
        try:
            self._opener.rehearse()
        except Exception as error:  # noqa: BLE001 - a thread's edge: reported, and the engine goes on
            self._mail.fault("The built-in music cannot be prepared.", error)

    # The rendering thread

    def _guard(self, work: Any) -> None:
        """Let no fault end the process without a word."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a thread's edge: reported, then the engine ends
            self._mail.fault("The sound engine met a fault and ends.", error)
        finally:
            self._ended.set()

    def _render(self) -> None:
        """Keep the ring full, until all that was to be heard has been heard."""
        raise_thread()
        while not self._core.ended:
            while self._commands:
                self._carry_out(self._commands.popleft())
            self._fill_ring()
            self._core.settle()
            self._look_after()
            time.sleep(_IDLE_SECONDS)
        self._core.settle()

    def _fill_ring(self) -> None:
        ring = self._speaker.ring
        while ring.room >= BLOCK:
            ring.write(self._core.render(BLOCK))

    def _carry_out(self, command: ask.Command) -> None:
        if isinstance(command, ask.SetVoice):
            self._voice_on = command.on
            if command.voice is not None:
                self._speaker.voices.choose(command.voice)
            if not command.on:
                self._speaker.voices.quiet()
            self._core.handle(command)
            return
        try:
            self._core.handle(command)
        except Exception as error:  # noqa: BLE001 - one bad command must not end the music
            self._mail.fault(
                f"The sound engine could not carry out {type(command).__name__}.", error
            )
        if isinstance(command, ask.OpenSession):
            self._speaker.voices.open(command.ceiling_db)
            ready = self._speaker.ready()
            self._mail.event(
                EngineStarted(
                    t_us=self._core.session_us(),
                    output=ready.output,
                    silent=ready.silent,
                    sample_rate=ready.sample_rate,
                    latency_us=ready.latency_us,
                    restarted=self._restarted,
                    message=ready.message,
                    hint=ready.hint,
                )
            )
        elif isinstance(command, ask.GoQuiet):
            self._went_quiet(command)

    def _went_quiet(self, command: ask.GoQuiet) -> None:
        """Release the notes; lift the hold once nothing older is left in the ring."""
        self._voice_on = False
        self._speaker.voices.quiet()
        if command.fade_us == 0:
            self._quiets += 1
            fade = int(frames_at(CLICKLESS_US, self._rate))
            self._speaker.stage.lift(self._quiets, self._core.frame + fade)

    def _look_after(self) -> None:
        """Watch the output and the session's heartbeat, and say how things stand."""
        now_us = self._now_us()
        loss = self._speaker.look_after()
        if loss is not None:
            self._lose(loss)
        elif self._speaker.sighted():
            self._tell_of_sight()
        if self._heard_us is not None and now_us - self._heard_us > HEARTBEAT_US:
            self._core.end(ORPHAN_FADE_US)
        if now_us >= self._status_due_us:
            self._status_due_us = now_us + _STATUS_US
            if self._sleep.wake():
                self._wake()
            if self._core.in_session:
                self._tell_status()

    def _lose(self, loss: Loss) -> None:
        """Hold the music where it is: it must not run on unheard."""
        held = self._core.sounding
        self._core.clock = self._speaker.clock
        self._core.handle(ask.PauseMusic(fade_us=Micros(0)))
        self._mail.put(self._speaker.ready())
        if self._core.in_session:
            t_us = self._core.session_us()
            self._mail.event(OutputLost(t_us=t_us, output=loss.output, why=loss.why, held=held))

    def _wake(self) -> None:
        """Make room for another engine after a sleep: which driver comes through one is luck."""
        if not self.slept:
            self.slept = True
            self._lose(self._speaker.give_up("the computer was asleep"))
            self._core.end(0)

    def _tell_of_sight(self) -> None:
        """Say that there is an output to go on with."""
        ready = self._speaker.ready()
        self._mail.put(ready)
        if self._core.in_session:
            t_us = self._core.session_us()
            self._mail.event(
                Noticed(t_us=t_us, topic="sound", message=ready.message, hint=ready.hint)
            )

    def _tell_status(self) -> None:
        peak, rms = self._speaker.stage.take_levels()
        self._mail.put(
            Status(
                t_us=self._core.session_us(),
                level_dbfs=level_of(peak),
                rms_dbfs=level_of(rms),
                underruns=self._speaker.ring.underruns,
                quiet=self._speaker.stage.quiet,
                starved=self._core.starved,
            )
        )

    # Reports

    def _session_us(self) -> Micros:
        return Micros(self._now_us() - self._offset_us)

    def _emit_midi(self, event: Event) -> None:
        """Let a note sound at once; the report may wait its turn."""
        if self._voice_on and isinstance(event, MidiReceived):
            self._speaker.voices.feed(event.data)
        self._mail.event(event)
