"""The desk: one session's runner, engine and record, tied together on one thread.

Reports from the engine and words from the record arrive on other threads and
only queue; `pump` takes them in. Whoever drives the desk (screen, command line,
offline renderer) calls `pump` often and `do` for what the therapist asks.
"""

import queue
from collections.abc import Callable
from typing import Protocol

import msgspec

from mtsession.app.beginning import Beginning
from mtsession.app.kept_events import KeptEvents
from mtsession.app.snapshot import Surroundings, snapshot
from mtsession.app.sound_watch import SoundWatch
from mtsession.engine.port import Engine
from mtsession.protocol import commands as cmd
from mtsession.protocol import reports as rep
from mtsession.protocol.summary import Summary
from mtsession.protocol.views import ClientGuide, SessionView
from mtsession.session import intents as it
from mtsession.session.activity import Step
from mtsession.session.runner import TICK_US, SessionRunner
from mtsession.session.summary import summarise
from mtsession.timeline import events as ev
from mtsession.timeline.clock import SessionClock, WallTime
from mtsession.timeline.event import Event, EventCodec, StoredEvent
from mtsession.timeline.units import MINUTE, Micros

CAUGHT_UP_US = 5_000_000


class Record(Protocol):
    """Where events go to stay."""

    @property
    def session_id(self) -> str:
        """The session's id, or an empty text while it is not known."""

    def put(self, seq: int, event: StoredEvent) -> None:
        """Keep one event; never blocks."""

    def close(self, *, ended: bool) -> None:
        """Write what waits, and close."""

    @property
    def condition(self) -> str:
        """How the record stands, in a few plain words."""


class Desk:
    """Runs one session.

    Parameters
    ----------
    engine : Engine
        Live or offline; started by `open`.
    clock : SessionClock
        Session time.
    runner : SessionRunner
        The session itself.
    record : Record
        The journal.
    codec : EventCodec
        Knows every event type.
    beginning : Beginning
        What the session starts with.
    on_event : callable, optional
        Told of every event with its number, after it went to the record.
    wake : callable, optional
        Called from any thread when there is something to pump.
    restart : callable, optional
        Starts a lost engine again; it is told the session's clock and level by itself.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        clock: SessionClock,
        runner: SessionRunner,
        record: Record,
        codec: EventCodec,
        beginning: Beginning,
        on_event: Callable[[int, Event], None] | None = None,
        wake: Callable[[], None] | None = None,
        restart: Callable[[], None] | None = None,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.runner = runner
        self.record = record
        self.codec = codec
        self.beginning = beginning
        self.events = KeptEvents(codec)
        self.ready: rep.EngineReady | None = None
        self.status: rep.Status | None = None
        self.surroundings = Surroundings()
        self._on_event = on_event
        self._wake = wake or (lambda: None)
        self._inbox: queue.SimpleQueue[rep.Report | ev.Noticed] = queue.SimpleQueue()
        self._next_tick = Micros(0)
        self._next_anchor = MINUTE
        self._restart = restart
        self._sound = SoundWatch()

    # Opening and closing

    def open(self) -> None:
        """Start the engine; `ready` is set once it answers."""
        self.engine.start(self.report)

    def begin(self) -> None:
        """Start the session now: from here everything is recorded."""
        if self.beginning.continues is None:
            self.clock.zero()
        now = self.clock.now_us()
        beginning, plan = self.beginning, self.runner.plan
        self.engine.send(self._opening())
        opening: list[Event] = [
            ev.SessionStarted(
                t_us=now,
                app_version=beginning.app_version,
                platform=beginning.platform,
                plan_title=plan.title,
                plan=plan.to_builtins(),
                client=beginning.client,
                versions=beginning.versions,
                continues=beginning.continues,
            ),
            ev.ClockAnchored(
                t_us=now,
                wall=self.clock.wall_now(),
                why="resume" if beginning.continues else "start",
            ),
            ev.LevelChanged(t_us=now, level_db=beginning.level_db),
            *beginning.known(now),
        ]
        self._next_tick = Micros((now // TICK_US + 1) * TICK_US)
        self._next_anchor = Micros(now + MINUTE)
        self._carry_out(self.runner.start(opening))
        early, self.surroundings.said = self.surroundings.said, []
        for noticed in early:
            self.notice(msgspec.structs.replace(noticed, t_us=now))

    def close(self) -> None:
        """Close the record and the engine; everything before is kept."""
        self.pump()
        course = self.runner.state.course
        try:
            # A session that never began has nothing to be gone on with.
            self.record.close(ended=course in {"ready", "ended"})
        finally:
            self.engine.close()

    def _voice(self) -> cmd.SetVoice:
        font = self.beginning.soundfont
        return cmd.SetVoice(
            on=self.beginning.voice, voice="soundfont" if font else None, soundfont=font
        )

    def _opening(self) -> cmd.OpenSession:
        level = self.runner.state.level_db
        return cmd.OpenSession(
            offset_us=self.clock.offset_us,
            level_db=self.beginning.level_db if level is None else level,
            ceiling_db=self.beginning.ceiling_db,
        )

    # Driving

    def report(self, report: rep.Report | ev.Noticed) -> None:
        """Take a report or a notice from any thread."""
        self._inbox.put(report)
        self._wake()

    def pump(self) -> None:
        """Take in what arrived, and let time pass up to now."""
        while True:
            try:
                arrived = self._inbox.get_nowait()
            except queue.Empty:
                break
            self._take_in(arrived)
        if self.running:
            self._run_ticks()
            self.engine.beat()

    @property
    def running(self) -> bool:
        """Tell whether a session has begun and not ended."""
        return self.runner.state.course in {"running", "paused"}

    @property
    def next_tick_us(self) -> Micros:
        """When the next tick is due, in session time."""
        return self._next_tick

    def do(self, intent: it.Intent) -> None:
        """Carry out what the therapist asks, now."""
        if isinstance(intent, it.Quiet):
            # Sound that was asked for before must not bring music into a room that needed quiet.
            self._sound.asked(waiting=False)
            if intent.fade_us == 0:
                self.engine.quiet()
        self._carry_out(self.runner.do(self.clock.now_us(), intent))

    def tell(self, command: cmd.Command) -> None:
        """Send the engine a command that is no activity's: a note key, a script."""
        self.engine.send(command)

    def notice(self, event: Event) -> None:
        """Take in an event that something beside the engine noticed."""
        self._carry_out(self.runner.handle(event))

    def restart_engine(self) -> None:
        """Start the engine again; music that was playing is taken up where it would be."""
        self.ready = None
        if self._restart is not None:
            self._restart()

    def let_go_of_sound(self) -> None:
        """Have the music asked for anew; a session that waits for sound goes on with it."""
        self._sound.asked(waiting=self.runner.state.waits_for_sound)
        self.ready = None
        self.notice(ev.EngineLost(t_us=self.clock.now_us(), why="it was started again by hand"))

    # What there is to see

    def summary(self) -> Summary:
        """Make the summary from the events so far; on any thread."""
        return summarise(self.record.session_id, tuple(self.events), self.runner.methods)

    def view(self) -> SessionView:
        """Give a snapshot for the screen."""
        return snapshot(
            self.runner,
            now_us=self.clock.now_us(),
            wall=self.clock.wall_now(),
            client=self.beginning.client,
            ready=self.ready,
            status=self.status,
            record=self.record.condition,
            surroundings=self.surroundings,
        )

    def client_guide(self) -> ClientGuide | None:
        """Give what the client's own screen may show now."""
        now = self.clock.now_us()
        views = (each.activity.client_view(now) for each in self.runner.running.values())
        return next((view for view in views if isinstance(view, ClientGuide)), None)

    # Inside

    def _run_ticks(self) -> None:
        now = self.clock.now_us()
        if now - self._next_tick > CAUGHT_UP_US:
            # After sleep or a long stall there is nothing to gain from each missed tick.
            self._next_tick = Micros(now // TICK_US * TICK_US)
        while self._next_tick <= now and self.running:
            tick, self._next_tick = self._next_tick, Micros(self._next_tick + TICK_US)
            self._anchor_if_due(tick)
            self._carry_out(self.runner.tick(tick))

    def _anchor_if_due(self, tick: Micros) -> None:
        before = self.clock.now_us()
        slept = self.clock.wake()
        if slept:
            self._slept_from(before)
            self.engine.send(cmd.SetSessionClock(offset_us=self.clock.offset_us))
            self._anchor(self.clock.now_us(), self.clock.wall_now(), "wake")
        elif tick >= self._next_anchor:
            self._next_anchor = Micros(tick + MINUTE)
            self._anchor(tick, self.clock.wall_now(), "minute")

    def _slept_from(self, before: Micros) -> None:
        """Hold all from when the computer fell asleep: nothing of the session took place since."""
        if self.runner.state.course == "running":
            output = "" if self.ready is None else self.ready.output
            why = "the computer was asleep"
            lost = ev.OutputLost(t_us=before, output=output, why=why, held=True)
            self._carry_out(self.runner.handle(lost))
            hint = "Space goes on where everything stood."
            self._notice_now("power", "The computer was asleep.", hint)

    def _anchor(self, now: Micros, wall: WallTime, why: str) -> None:
        anchor = ev.ClockAnchored(t_us=now, wall=wall, why="wake" if why == "wake" else "minute")
        self._carry_out(self.runner.handle(anchor))

    def _take_in(self, arrived: rep.Report | ev.Noticed) -> None:
        match arrived:
            case rep.Happened():
                self._take_in_event(self.codec.decode(arrived.event))
            case rep.EngineReady():
                self.ready = arrived
            case rep.Status():
                self.status = arrived
            case rep.Faulted():
                self._notice_now("engine", arrived.message, arrived.hint)
            case ev.Noticed():
                self._notice_now(arrived.topic, arrived.message, arrived.hint)

    def _take_in_event(self, event: Event) -> None:
        if self.running:
            self._carry_out(self.runner.handle(event))
        if isinstance(event, ev.EngineLost):
            self._engine_lost(event.t_us)
        elif isinstance(event, ev.EngineStarted):
            self._sound_is_there(event)

    def _engine_lost(self, now: Micros) -> None:
        """Start the engine again, unless it keeps falling over."""
        if self._sound.lost(now):
            self.restart_engine()
        else:
            hint = "The session is still recorded. See `mtsession doctor` afterwards."
            self._notice_now("engine", "The sound keeps breaking off and stays off now.", hint)

    def _sound_is_there(self, engine: ev.EngineStarted) -> None:
        """Say what is played on; go on where that was asked for."""
        if not engine.silent and (engine.message or engine.restarted):
            said = f"{engine.message} {engine.hint}".strip()
            self._notice_now("sound", said or f"There is sound again, on {engine.output}.", "")
        if self._sound.there(silent=engine.silent):
            self.do(it.Resume())

    def _notice_now(self, topic: str, message: str, hint: str) -> None:
        now = self.clock.now_us()
        fields = {"t_us": now, "topic": topic, "message": message, "hint": hint}
        noticed = msgspec.convert(fields, ev.Noticed)
        if self.running:
            self._carry_out(self.runner.handle(noticed))
        else:
            self.surroundings.said.append(noticed)

    def _carry_out(self, step: Step) -> None:
        """Record first, then act: what the engine was asked for is never unknown to the journal."""
        for event in step.events:
            written = self.codec.encode(event)
            seq = self.events.add(written)
            self.record.put(seq, written)
            if self._on_event is not None:
                self._on_event(seq, event)
            # Quiet and a fresh engine both leave the keyboards without their sound.
            if isinstance(event, ev.SessionResumed | ev.EngineStarted):
                self.engine.send(self._voice())
        for command in step.commands:
            self.engine.send(command)
