"""A session with listening in it, and a stand-in for the engine that says what would be heard."""

from hypothesis import strategies as st

from mtsession.activities.listening.events import ProgrammePlanned
from mtsession.activities.listening.method import METHOD
from mtsession.protocol import commands as cmd
from mtsession.session import intents as it
from mtsession.session.activity import ActivityContext
from mtsession.session.plan import ActivityPlan, Plan, SegmentPlan
from mtsession.session.runner import SessionRunner
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
        if isinstance(command, cmd.PlayProgramme):
            self.due = [each for each in self.due if each[0] < command.at_us]
            for item in command.items:
                if item.start_us + item.duration_us > command.position_us:
                    wait = max(0, item.start_us - command.position_us)
                    self.due.append((command.at_us + wait, item))
        elif isinstance(command, cmd.StopProgramme | cmd.GoQuiet):
            self.due = []
        elif isinstance(command, cmd.PauseMusic):
            self.report(ev.MusicPaused(t_us=self.now))
        elif isinstance(command, cmd.ResumeMusic):
            self.report(ev.MusicResumed(t_us=self.now))

    def report(self, event):
        self.take(self.runner.handle(event))

    def begin(self, item):
        self.report(
            ev.TrackStarted(
                t_us=self.now, activity=1, item=item.item, title=item.title, source="",
                content_hash=item.content_hash, planned_bpm=item.planned_bpm, grid=item.grid,
            )
        )  # fmt: skip
        if item.beats_us:
            beats = tuple(Micros(self.now + beat) for beat in item.beats_us)
            grid = BeatGrid(
                grid=item.grid, revision=0, first_beat=0, beats_us=beats,
                beats_per_bar=item.beats_per_bar,
            )  # fmt: skip
            self.report(ev.BeatGridRevised(t_us=self.now, grid=grid))
        if self.sounding is not None:
            self.report(ev.TrackEnded(t_us=self.now, item=self.sounding, reason="end"))
        self.sounding = item.item

    def run(self, seconds):
        until = self.now + seconds * SECOND
        while self.now < until:
            self.now = Micros(self.now + 250_000)
            for due in [each for each in self.due if each[0] <= self.now]:
                self.due.remove(due)
                self.begin(due[1])
            self.take(self.runner.tick(self.now))

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
