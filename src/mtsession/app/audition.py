"""Listening to a recording of the library outside a session: softly, and always easy to end."""

import queue
from collections.abc import Callable
from typing import Literal

import msgspec

from mtsession.engine.port import Engine
from mtsession.music.recording import Recording
from mtsession.protocol import commands as cmd
from mtsession.protocol import reports as rep
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.clock import RealClock
from mtsession.timeline.event import Event, EventCodec
from mtsession.timeline.units import SECOND, Micros, micros

AuditionState = Literal["still", "starting", "playing", "fading"]

FADE_US = Micros(2 * SECOND)
SEEK_FADE_US = Micros(150_000)
SEEK_SETTLES_US = 180_000
"""An arrow key that is held asks for many places; only the one it comes to rest at is opened."""

TARGET_LUFS = -23.0
LARGEST_PEAK_DB = -1.0
MOST_GAIN_DB = 12.0
UNKNOWN_LENGTH_S = 3600.0
SPARE_S = 0.02
RULER_US = 250_000
OWNER = 1


class AuditionView(msgspec.Struct, frozen=True, kw_only=True):
    """How the audition stands.

    Attributes
    ----------
    content : str or None
        The recording that is heard or was heard last.
    position_s : float
        What is audible now, in seconds from the recording's start; where it rests, when still.
    message : str
        What went wrong, and the mend; else empty.
    """

    state: AuditionState = "still"
    content: str | None = None
    position_s: float = 0.0
    message: str = ""

    @property
    def sounds(self) -> bool:
        """Whether anything is heard, or is about to be."""
        return self.state != "still"


class Audition:
    """Plays one recording at a time on an engine that no session uses.

    The engine is told of a beat at every quarter of a second of the recording. So the grid that
    it publishes is a ruler: it says what is audible when, exactly, however the sound card's
    clock runs and however late the file was ready.

    Parameters
    ----------
    engine : Engine
        Started; its reports are to be handed to `report`.
    level_db, ceiling_db : float
        As a session would be begun.
    now_us : callable, optional
        Monotonic time.
    restart : callable, optional
        Starts a lost engine again; it is told the time and the level by itself.

    Notes
    -----
    `report` may be called by any thread and only queues; all else belongs to one thread.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        level_db: float,
        ceiling_db: float,
        now_us: Callable[[], int] | None = None,
        restart: Callable[[], None] | None = None,
    ) -> None:
        self.level_db = min(level_db, ceiling_db)
        self._ceiling_db = ceiling_db
        self._engine = engine
        self._now_us = now_us or RealClock().now_us
        self._codec = EventCodec(ev.CORE_EVENTS)
        self._inbox: queue.SimpleQueue[rep.Report] = queue.SimpleQueue()
        self._opened_us: int | None = None
        self._restart = restart
        self._lost = False
        self._recording: Recording | None = None
        self._state: AuditionState = "still"
        self._item = 0
        self._ruler: BeatGrid | None = None
        self._rests_at_s = 0.0
        self._wanted_us: int | None = None
        self._message = ""

    # What the therapist asks

    def play(self, recording: Recording, *, from_s: float) -> None:
        """Fade a recording in; what sounded before gives way to it."""
        self._recording, self._message = recording, ""
        self._open()
        self._ask(from_s, FADE_US)

    def stop(self) -> None:
        """Fade out."""
        if self._state in {"playing", "starting"}:
            self._wanted_us = None
            self._engine.send(cmd.StopProgramme(owner=OWNER, fade_us=FADE_US))
            self._state = "fading" if self._state == "playing" else "still"

    def hush(self) -> None:
        """Wish for nothing more: the engine is being made quiet by the shortest way."""
        self._wanted_us = None
        self._state = "fading" if self._state in {"playing", "fading"} else "still"

    def seek(self, to_s: float) -> None:
        """Go to another place of the recording that sounds, once the wish has settled."""
        self._rests_at_s = self._inside(to_s)
        if self._state in {"playing", "starting"}:
            self._ruler = None
            self._state = "starting"
            self._wanted_us = self._now_us() + SEEK_SETTLES_US

    def set_level(self, level_db: float) -> None:
        """Make it louder or softer, under the ceiling."""
        self.level_db = min(level_db, self._ceiling_db)
        if self._opened_us is not None:
            self._engine.send(cmd.SetLevel(level_db=self.level_db))

    def close(self) -> None:
        """Fade what sounds, and let go of the engine; nothing where it was never used."""
        if self._opened_us is not None:
            self._engine.send(cmd.CloseSession(fade_us=Micros(SECOND)))
            self._opened_us = None
        self._rest("")

    # What there is to see

    def view(self) -> AuditionView:
        """Give how it stands now."""
        return AuditionView(
            state=self._state,
            content=None if self._recording is None else self._recording.content,
            position_s=self._position_s(),
            message=self._message,
        )

    def heard_before(self, ago_s: float) -> float | None:
        """Give the second of the recording that was audible a moment ago.

        None while nothing is audible for certain: a tap then has no meaning.

        Parameters
        ----------
        ago_s : float
            How long a key waited before it was looked at.
        """
        ruler = self._ruler
        if ruler is None or self._opened_us is None or self._state not in {"playing", "fading"}:
            return None
        then_us = self._now_us() - micros(ago_s) - self._opened_us
        return self._inside(ruler.beat_at(then_us) * RULER_US / SECOND)

    def report(self, report: rep.Report) -> None:
        """Take a report from the engine's thread."""
        self._inbox.put(report)

    def pump(self) -> None:
        """Take in what arrived, and carry out a wish that has settled."""
        while not self._inbox.empty():
            self._take_in(self._inbox.get())
        if self._wanted_us is not None and self._now_us() >= self._wanted_us:
            self._ask(self._rests_at_s, SEEK_FADE_US)

    # Inside

    def _open(self) -> None:
        """Tie the engine to a time that begins now; one that was lost is started again."""
        if self._lost and self._restart is not None:
            self._restart()
        self._lost = False
        if self._opened_us is None:
            self._opened_us = self._now_us()
            self._engine.send(
                cmd.OpenSession(
                    offset_us=self._opened_us, level_db=self.level_db, ceiling_db=self._ceiling_db
                )
            )

    def _ask(self, from_s: float, fade_us: Micros) -> None:
        if self._recording is None:
            return
        self._item += 1
        self._wanted_us, self._ruler = None, None
        self._rests_at_s = self._inside(from_s)
        self._state = "starting"
        item = audition_item(self._recording, number=self._item, from_s=self._rests_at_s)
        self._engine.send(cmd.PlayProgramme(owner=OWNER, items=(item,), fade_in_us=fade_us))

    def _take_in(self, report: rep.Report) -> None:
        if isinstance(report, rep.Happened):
            self._see(self._codec.decode(report.event))
        elif isinstance(report, rep.Faulted):
            self._rest(f"{report.message} {report.hint}".strip())

    def _see(self, event: Event) -> None:
        match event:
            case ev.BeatGridRevised(grid=grid) if grid.grid == self._item:
                self._ruler = grid if self._wanted_us is None else None
            case ev.TrackStarted(item=item) if item == self._item:
                if self._state == "starting" and self._wanted_us is None:
                    self._state = "playing"
            case ev.TrackFailed(item=item) if item == self._item:
                self._rest(f"{event.message} {event.hint}".strip())
            case ev.TrackEnded(item=item) if item == self._item:
                if event.reason == "end":
                    self._ruler, self._rests_at_s = None, 0.0
                self._rest(self._message)
            case ev.EngineLost():
                self._lost = True
                self._rest("The sound broke off. Space starts it again.")
            case ev.OutputLost():
                self._lost = True
                self._rest(f"{event.output} went away. Space starts the sound again.")
            case _:
                pass  # what concerns sessions alone: MIDI ports, levels, quiet

    def _rest(self, message: str) -> None:
        """Be still where it is now."""
        self._rests_at_s = self._position_s()
        self._state, self._ruler, self._wanted_us = "still", None, None
        self._message = message

    def _position_s(self) -> float:
        if self._state in {"playing", "fading"}:
            heard = self.heard_before(0.0)
            if heard is not None:
                return heard
        return self._rests_at_s

    def _inside(self, seconds: float) -> float:
        length = None if self._recording is None else self._recording.duration_s
        return max(0.0, seconds if length is None else min(seconds, length))


def audition_item(recording: Recording, *, number: int, from_s: float) -> ProgrammeItem:
    """Give a recording as something to play, with the ruler in place of its beats."""
    length_s = recording.duration_s or UNKNOWN_LENGTH_S
    length_us = micros(length_s)
    return ProgrammeItem(
        item=number,
        source=FileSource(path=recording.path),
        title=recording.title,
        start_us=Micros(0),
        skip_us=micros(from_s),
        # A hair less than there is: asking for more than a file holds would be a fault of it.
        duration_us=micros(max(length_s - from_s - SPARE_S, SPARE_S)),
        gain_db=gain_db(recording),
        grid=number,
        beats_us=tuple(Micros(mark * RULER_US) for mark in range(length_us // RULER_US + 2)),
        content_hash=recording.content,
    )


def gain_db(recording: Recording) -> float:
    """Give the gain that makes recordings alike in loudness and keeps their peaks whole."""
    analysis = recording.analysis
    if analysis is None or analysis.lufs is None:
        return 0.0
    gain = min(TARGET_LUFS - analysis.lufs, MOST_GAIN_DB)
    if analysis.true_peak_db is not None:
        gain = min(gain, LARGEST_PEAK_DB - analysis.true_peak_db)
    return round(gain, 2)
