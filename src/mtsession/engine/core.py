"""The engine without its devices: commands in, samples and events out.

Everything is decided in frames. A live engine and a rendered file differ only in
the clock that says when a frame is audible, and in who asks for the next block.
"""

import heapq
import itertools
import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from mtsession.engine.frame_clock import FrameClock
from mtsession.engine.grids import GridPublisher
from mtsession.media.stream import Samples
from mtsession.protocol import commands as ask
from mtsession.sound.agenda import Agenda
from mtsession.sound.mixer import Mixer
from mtsession.sound.programme import Applied
from mtsession.sound.sources import Opener
from mtsession.sound.stretch_shape import Effort
from mtsession.timeline.event import Event
from mtsession.timeline.events import BeatGridRevised, CommandApplied, LevelChanged, QuietCommanded
from mtsession.timeline.units import Micros, frames_at

Inject = Callable[[str, bytes, Micros], None]
"""Lets a MIDI message arrive: port's name, bytes, session time."""

KEYS_PORT = "Computer keys"
_SOFTEST_DB = -80.0
_SLOWEST_BPM, _QUICKEST_BPM = 1.0, 1_000.0
_GRID_CHECK_US = 100_000
_NOTE_ON, _NOTE_OFF = 0x90, 0x80
_SAME_WISH_US = 500_000


class EngineCore:
    """A session's sound as a state machine without devices, threads or clocks of its own.

    `handle`, `render` and `settle` belong to one thread. Events are given out once they are
    audible, stamped with when they were; beat grids as soon as they are known.

    Parameters
    ----------
    sample_rate : int
        Frames a second.
    clock : FrameClock
        When frames are audible, on the monotonic clock.
    now_us : callable
        Monotonic time.
    opener : callable
        Opens sources.
    emit : callable
        Takes each event, in session time.
    inject : callable
        Lets scripted MIDI messages arrive.
    effort : {"full", "low"}
        How much work a stretch may be on this machine.

    Attributes
    ----------
    clock : FrameClock
        May be replaced when the output is.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        clock: FrameClock,
        now_us: Callable[[], int],
        opener: Opener,
        emit: Callable[[Event], None],
        inject: Inject,
        effort: Effort = "full",
    ) -> None:
        self.clock = clock
        self._rate = sample_rate
        self._now_us = now_us
        self._emit = emit
        self._inject = inject
        self._mixer = Mixer(sample_rate=sample_rate, opener=opener, mark=self._mark, effort=effort)
        self._grids = GridPublisher()
        self._offset_us: int | None = None
        self._zero_frame = 0
        self._marks: list[tuple[int, int, Event]] = []
        self._script = Agenda()
        self._numbers = itertools.count()
        self._grids_seen = -1
        self._grids_checked_us = 0
        self._quieted_us = -_SAME_WISH_US
        self._closing_at: int | None = None
        self._ending_at: int | None = None

    @property
    def frame(self) -> int:
        """The next frame to be rendered."""
        return self._mixer.frame

    @property
    def starved(self) -> int:
        """How often silence stood in for a source that fell behind."""
        return self._mixer.starved

    @property
    def in_session(self) -> bool:
        """Whether a session is open."""
        return self._offset_us is not None

    @property
    def sounding(self) -> bool:
        """Whether any music sounds, is held or waits."""
        return self._mixer.sounding

    @property
    def ended(self) -> bool:
        """Whether the last sound after `end` has been heard."""
        ending_at = self._ending_at
        return ending_at is not None and self.clock.frame_of(self._now_us()) >= ending_at

    def session_us(self) -> Micros:
        """Give session time now; monotonic time while no session is open."""
        return Micros(self._now_us() - (self._offset_us or 0))

    def handle(self, command: ask.Command) -> None:
        """Carry out a command from the next frame on, or at the frame that it names."""
        handler = _HANDLERS.get(type(command))
        if handler is not None:
            handler(self, command)
        if not isinstance(command, _TELL_LATER):
            self._applied(command)(self.frame)

    def render(self, n: int) -> Samples:
        """Give the next `n` frames, shape (n, 2), float32."""
        return self._mixer.render(n)

    def settle(self) -> None:
        """Give out what has become audible or known by now; call it between blocks."""
        now_us = self._now_us()
        self._script.run(self.session_us())
        if self._offset_us is None:
            self._marks.clear()
            return
        self._revise_grids(now_us, self._offset_us)
        heard = self.clock.frame_of(now_us)
        while self._marks and self._marks[0][0] <= heard:
            frame, _, event = heapq.heappop(self._marks)
            t_us = Micros(self.clock.us_of(frame) - self._offset_us)
            self._emit(msgspec.structs.replace(event, t_us=t_us))
        if self._closing_at is not None and heard >= self._closing_at and not self._marks:
            self._close()

    def frame_at(self, t_us: int) -> int:
        """Give the frame of a planned session time."""
        return self._zero_frame + int(frames_at(t_us, self._rate))

    def end(self, fade_us: int) -> None:
        """Fade everything and end."""
        if self._ending_at is None:
            self._ending_at = self._mixer.quiet(fade_us, "stopped")

    def _mark(self, frame: int, event: Event) -> None:
        heapq.heappush(self._marks, (frame, next(self._numbers), event))

    def _applied(self, command: ask.Command) -> Applied:
        """Give what is to be told of the frame in which a command is heard first."""

        def tell(frame: int) -> None:
            if command.asked is not None and self._offset_us is not None:
                self._mark(frame, CommandApplied(t_us=Micros(0), asked=command.asked))

        return tell

    def _at(self, t_us: Micros | None) -> int | None:
        return None if t_us is None else self.frame_at(t_us)

    def _revise_grids(self, now_us: int, offset_us: int) -> None:
        moved = self._mixer.revision != self._grids_seen
        if not moved and now_us - self._grids_checked_us < _GRID_CHECK_US:
            return
        self._grids_seen = self._mixer.revision
        self._grids_checked_us = now_us
        for grid in self._grids.revise(
            self._mixer.grids(), self.clock, now_us=now_us, offset_us=offset_us
        ):
            self._emit(BeatGridRevised(t_us=Micros(now_us - offset_us), grid=grid))

    def _close(self) -> None:
        self._closing_at = None
        self._offset_us = None
        self._script.clear()
        self._grids.forget()

    def _open_session(self, command: ask.OpenSession) -> None:
        self._mixer.levels.open(
            max(_finite(command.level_db, _SOFTEST_DB), _SOFTEST_DB),
            ceiling_db=max(_finite(command.ceiling_db, 0.0), _SOFTEST_DB),
            frame=self.frame,
            frames=self._mixer.let_go(),
        )
        self._offset_us = command.offset_us
        self._zero_frame = self.clock.frame_of(command.offset_us)
        self._closing_at = None
        self._quieted_us = -_SAME_WISH_US
        self._marks.clear()
        self._script.clear()
        self._grids.forget()
        self._grids_seen = -1

    def _close_session(self, command: ask.CloseSession) -> None:
        self._closing_at = self._mixer.quiet(command.fade_us, "stopped")

    def _set_session_clock(self, command: ask.SetSessionClock) -> None:
        if self._offset_us is not None:
            # Planned times follow the session clock on; frames already planned stay.
            moved_us = command.offset_us - self._offset_us
            self._zero_frame += int(frames_at(moved_us, self._rate))
            self._offset_us = command.offset_us
            self._grids_seen = -1

    def _play(self, command: ask.PlayProgramme) -> None:
        self._mixer.play(
            owner=command.owner,
            items=command.items,
            at=self._at(command.at_us),
            position_us=command.position_us,
            fade_in_us=command.fade_in_us,
            gives_way=command.gives_way,
            applied=self._applied(command),
        )

    def _stop(self, command: ask.StopProgramme) -> None:
        self._mixer.stop(
            command.owner,
            fade_us=command.fade_us,
            at=self._at(command.at_us),
            why="stopped",
            applied=self._applied(command),
        )

    def _skip(self, command: ask.SkipItem) -> None:
        self._mixer.skip(command.owner, command.fade_us, self._applied(command))

    def _revise(self, command: ask.ReviseProgramme) -> None:
        self._mixer.revise(command.owner, command.items, self._applied(command))

    def _pause(self, command: ask.PauseMusic) -> None:
        self._mixer.pause(command.fade_us)

    def _resume(self, command: ask.ResumeMusic) -> None:
        self._mixer.resume(command.fade_us)

    def _start_pulse(self, command: ask.StartPulse) -> None:
        if _SLOWEST_BPM <= command.bpm <= _QUICKEST_BPM:
            self._mixer.start_pulse(
                grid=command.grid,
                bpm=command.bpm,
                beat=command.beat,
                at=self.frame_at(command.at_us),
                beats_per_bar=command.beats_per_bar,
            )

    def _stop_pulse(self, command: ask.StopPulse) -> None:
        self._mixer.stop_pulse(command.grid)

    def _schedule(self, command: ask.ScheduleCues) -> None:
        # A number that is none would not only spoil the cue, but end the engine.
        sane = (each for each in command.cues if math.isfinite(each.beat + each.beats))
        self._mixer.schedule(command.owner, tuple(sane))

    def _cancel_cues(self, command: ask.CancelCues) -> None:
        self._mixer.cancel_cues(command.owner)

    def _set_level(self, command: ask.SetLevel) -> None:
        if math.isfinite(command.level_db):
            wanted = max(command.level_db, _SOFTEST_DB)
            taken = self._mixer.levels.glide(wanted, frame=self.frame, glide_us=command.glide_us)
            # What was asked for is in the record already; only what the ceiling made of it is news.
            if self._offset_us is not None and taken != command.level_db:
                self._emit(LevelChanged(t_us=self.session_us(), level_db=taken))

    def _set_duck(self, command: ask.SetDuck) -> None:
        self._mixer.levels.duck(command.owner, on=command.on, frame=self.frame)

    def _go_quiet(self, command: ask.GoQuiet) -> None:
        self._mixer.quiet(command.fade_us)
        # The same wish may come twice: by the shortest way, and by way of the session's record.
        again = command.fade_us == 0 and self.session_us() - self._quieted_us < _SAME_WISH_US
        if command.fade_us == 0:
            self._quieted_us = self.session_us()
        if self._offset_us is not None and not again:
            self._emit(QuietCommanded(t_us=self.session_us(), fade_us=command.fade_us))

    def _play_note(self, command: ask.PlayNote) -> None:
        now_us = self.session_us()
        note, velocity = command.note & 0x7F, min(max(command.velocity, 1), 127)
        self._inject(KEYS_PORT, bytes((_NOTE_ON, note, velocity)), now_us)
        self._later(now_us + max(0, command.length_us), KEYS_PORT, bytes((_NOTE_OFF, note, 0)))

    def _play_script_from(self, command: ask.PlayScript) -> None:
        for message in command.messages:
            self._later(command.at_us + message.t_us, command.port_name, message.data)

    def _later(self, t_us: int, port: str, data: bytes) -> None:
        self._script.note(t_us, lambda: self._inject(port, data, Micros(t_us)))

    def _shutdown(self, command: ask.Shutdown) -> None:
        self.end(command.fade_us)


def _finite(value: float, otherwise: float) -> float:
    """Keep numbers that are none out of gains."""
    return value if math.isfinite(value) else otherwise


def loudest(samples: Samples) -> float:
    """Give the largest absolute sample of a block."""
    return float(np.abs(samples).max()) if len(samples) else 0.0


# What these change is heard once their music is: the mixer says when.
_TELL_LATER = (ask.PlayProgramme, ask.StopProgramme, ask.SkipItem, ask.ReviseProgramme)

# Looked up by the exact type, so each method takes its own command: more than a type can say.
_HANDLERS: dict[type[ask.Command], Callable[[EngineCore, Any], None]] = {
    ask.OpenSession: EngineCore._open_session,
    ask.CloseSession: EngineCore._close_session,
    ask.SetSessionClock: EngineCore._set_session_clock,
    ask.PlayProgramme: EngineCore._play,
    ask.StopProgramme: EngineCore._stop,
    ask.SkipItem: EngineCore._skip,
    ask.ReviseProgramme: EngineCore._revise,
    ask.PauseMusic: EngineCore._pause,
    ask.ResumeMusic: EngineCore._resume,
    ask.StartPulse: EngineCore._start_pulse,
    ask.StopPulse: EngineCore._stop_pulse,
    ask.ScheduleCues: EngineCore._schedule,
    ask.CancelCues: EngineCore._cancel_cues,
    ask.SetLevel: EngineCore._set_level,
    ask.SetDuck: EngineCore._set_duck,
    ask.GoQuiet: EngineCore._go_quiet,
    ask.PlayNote: EngineCore._play_note,
    ask.PlayScript: EngineCore._play_script_from,
    ask.Shutdown: EngineCore._shutdown,
}
