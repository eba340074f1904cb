"""A session with listening in it, and a stand-in for the engine that says what would be heard."""

import numpy as np
from hypothesis import strategies as st

from mtsession.activities.listening.events import ProgrammePlanned
from mtsession.activities.listening.method import METHOD
from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.activity import ActivityContext
from mtsession.session.plan import ActivityPlan, Plan, SegmentPlan
from mtsession.session.runner import SessionRunner
from mtsession.sound.rates import RateMap
from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.units import MINUTE, SECOND, Micros

TEN_MINUTES = Micros(10 * MINUTE)


class Room:
    """A session with a stand-in for the engine that reports what would be heard, without delay."""

    def __init__(self, wanted, *, planned_us=TEN_MINUTES):
        activity = ActivityPlan(method="listening", settings=wanted)
        segment = SegmentPlan(title="Listen", planned_us=planned_us, activities=(activity,))
        plan = Plan(name="t", title="T", when="Now.", segments=(segment,))
        self.settings = wanted
        self.context = ActivityContext(activity=1, planned_us=planned_us, seed=1)
        self.runner = SessionRunner(methods={"listening": METHOD}, plan=plan, level_db=-20.0)
        self.now = Micros(0)
        self.commands: list[tuple[Micros, cmd.Command]] = []
        self.events: list[ev.Event] = []
        self.due: list[tuple[int, ev.Event]] = []
        self.sounding: int | None = None
        self.origin: int | None = None
        self.held_at: Micros | None = None
        self.begun: dict[int, Micros] = {}
        self.revisions: dict[int, int] = {}
        opening = ev.SessionStarted(
            t_us=Micros(0), app_version="0", platform="", plan_title="T", plan={}
        )
        self.take(self.runner.start((opening,)))

    @property
    def listening(self):
        return self.runner.running[1].activity

    def take(self, step):
        self.events += step.events
        for command in step.commands:
            self.commands.append((self.now, command))
            self.obey(command)

    def obey(self, command):
        match command:
            case cmd.PlayProgramme():
                self.play(command)
            case cmd.ReviseProgramme():
                self.revise(command.items)
            case cmd.SkipItem():
                self.skip()
            case cmd.StartPulse():
                self.pulse(command)
            case cmd.StopProgramme() | cmd.GoQuiet():
                self.stop()
            case cmd.PauseMusic():
                self.held_at = self.now if self.held_at is None else self.held_at
                self.report(ev.MusicPaused(t_us=self.now))
            case cmd.ResumeMusic() if self.held_at is not None:
                held, self.held_at = self.now - self.held_at, None
                self.origin += held
                self.due = [(at + held, item) for at, item in self.due]
                self.report(ev.MusicResumed(t_us=self.now))

    def play(self, command):
        self.origin = command.at_us - command.position_us
        self.due = [each for each in self.due if each[0] < command.at_us]
        for item in command.items:
            if item.start_us + item.duration_us > command.position_us:
                wait = max(0, item.start_us - command.position_us)
                self.due.append((command.at_us + wait, item))

    def stop(self):
        self.due = []
        if self.sounding is not None:
            ended, self.sounding = self.sounding, None
            self.report(ev.TrackEnded(t_us=self.now, item=ended, reason="stopped"))

    def revise(self, items):
        assert self.origin is not None
        waiting = {item.item for _, item in self.due}
        begun = [item for item in items if item.item in self.begun and item.item not in waiting]
        self.due = [
            (self.origin + item.start_us, item) for item in items if item.item not in self.begun
        ]
        for item in begun:
            self.tell_beats(item, self.begun[item.item])

    def skip(self):
        if self.due:
            at, item = min(self.due, key=lambda due: due[0])
            early = self.now - at
            self.due = [(at + early, each) for at, each in self.due if each is not item]
            self.begin(item)

    def pulse(self, command):
        times = [command.at_us + round(k * 60e6 / command.bpm) for k in range(60)]
        grid = BeatGrid(
            grid=command.grid, revision=self.revision(command.grid), first_beat=command.beat,
            beats_us=tuple(Micros(t) for t in times),
        )  # fmt: skip
        self.report(ev.BeatGridRevised(t_us=self.now, grid=grid))

    def revision(self, grid):
        self.revisions[grid] = self.revisions.get(grid, -1) + 1
        return self.revisions[grid]

    def report(self, event):
        self.take(self.runner.handle(event))

    def begin(self, item):
        # What began before the engine did, or between two ticks, lies where it was planned.
        self.begun[item.item] = min(self.now, Micros(self.origin + item.start_us))
        self.report(
            ev.TrackStarted(
                t_us=self.now, activity=1, item=item.item, title=item.title, source="",
                content_hash=item.content_hash, planned_bpm=item.planned_bpm, grid=item.grid,
            )
        )  # fmt: skip
        self.tell_beats(item, self.begun[item.item])
        if self.sounding is not None:
            self.report(ev.TrackEnded(t_us=self.now, item=self.sounding, reason="end"))
        self.sounding = item.item

    def tell_beats(self, item, begun):
        """Publish when beats are heard, by the engine's own reckoning of rates."""
        if not item.beats_us:
            return
        heard = np.array(item.beats_us, dtype=float) - item.skip_us
        if item.rate:
            heard = RateMap(item.rate, 1_000_000).heard_of(heard)
        beats = tuple(Micros(begun + round(at)) for at in heard)
        grid = BeatGrid(
            grid=item.grid, revision=self.revision(item.grid), first_beat=0, beats_us=beats,
            beats_per_bar=item.beats_per_bar,
        )  # fmt: skip
        self.report(ev.BeatGridRevised(t_us=self.now, grid=grid))

    def run(self, seconds):
        until = self.now + seconds * SECOND
        while self.now < until:
            self.now = Micros(self.now + 250_000)
            while self.held_at is None and any(at <= self.now for at, _ in self.due):
                due = min(self.due, key=lambda each: each[0])
                self.due.remove(due)
                self.begin(due[1])
            self.take(self.runner.tick(self.now))

    def act(self, action):
        self.do(it.Act(activity=1, action=action))

    def do(self, intent):
        self.take(self.runner.do(self.now, intent))

    def asked(self):
        return [each for _, each in self.commands if isinstance(each, cmd.PlayProgramme)]

    def planned(self):
        return [each for each in self.events if isinstance(each, ProgrammePlanned)]

    def view(self):
        return self.listening.view(self.now)


happenings = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.sampled_from(["skip", "hold", "pause", "resume", "quiet", "restart", "fail", "none"]),
    ),
    max_size=10,
)


def happen(room, what):
    if what in {"skip", "hold"} and 1 in room.runner.running:
        room.do(it.Act(activity=1, action=what))
    elif what == "pause":
        room.do(it.Pause())
    elif what == "resume":
        room.do(it.Resume())
    elif what == "quiet":
        room.do(it.Quiet(fade_us=Micros(0)))
        room.report(ev.QuietCommanded(t_us=room.now, fade_us=Micros(0)))
    elif what == "restart":
        room.report(
            ev.EngineStarted(
                t_us=room.now, output="x", silent=False, sample_rate=48_000,
                latency_us=Micros(0), restarted=True,
            )
        )  # fmt: skip
    elif what == "fail" and room.sounding is not None:
        room.report(ev.TrackFailed(t_us=room.now, item=room.sounding, message="No.", hint=""))
