"""The outputs' screen and the level meter, with a machine that the test describes."""

import threading

import pytest
from still_engine import StillEngine
from test_screens import session_view
from textual.widgets import OptionList, Static
from waiting import until

from mtsession.app.config import load_remembered
from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.engine.outputs import OutputInfo, OutputList
from mtsession.protocol import commands as cmd
from mtsession.timeline import events as ev
from mtsession.timeline.units import Micros
from mtsession.ui.app import MtSessionApp
from mtsession.ui.home import HomeScreen
from mtsession.ui.meter import Meter, meter_text
from mtsession.ui.outputs import OutputsScreen
from mtsession.ui.session import SessionScreen


class ChoosingEngine(StillEngine):
    chosen: tuple[str, str | None] | None = None

    def choose(self, *, output: str, profile: str | None) -> None:
        self.chosen = (output, profile)


def there(*names: str) -> OutputList:
    return OutputList(
        outputs=tuple(
            OutputInfo(index=k, name=name, system="ALSA", rate=48_000, default=k == 0)
            for k, name in enumerate(names)
        )
    )


class OutputsShell(Shell):
    """A shell whose machine has what the test says."""

    found = there("Speakers", "Headphones")
    fault = ""

    def __init__(self, engine: StillEngine) -> None:
        super().__init__(engine=engine)
        self.tried: list[str] = []

    def outputs(self) -> OutputList:
        return self.found

    def try_output(self, output: str) -> str:
        self.tried.append(output)
        return self.fault


@pytest.fixture
def engine(monkeypatch) -> ChoosingEngine:
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    return ChoosingEngine()


@pytest.fixture
def app(engine) -> MtSessionApp:
    return MtSessionApp(shell=OutputsShell(engine))


def listed(app) -> list[str]:
    options = app.screen.query_one("#outputs", OptionList)
    return [str(options.get_option_at_index(k).prompt) for k in range(options.option_count)]


def told(app) -> str:
    return str(app.screen.query_one("#told", Static).render())


async def open_outputs(pilot, app) -> None:
    await until(pilot, lambda: app.shell is not None)
    await pilot.press("O")
    await until(pilot, lambda: isinstance(app.screen, OutputsScreen) and len(listed(app)) > 1)


async def test_outputs_are_listed_with_the_default_marked_and_one_is_taken(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await open_outputs(pilot, app)
        assert listed(app) == [
            "● The system's own choice (Speakers)",
            "  Speakers   ALSA, the default",
            "  Headphones   ALSA",
        ]
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: engine.restarts == 1)
        assert engine.chosen == ("Headphones, ALSA", None)
        await until(pilot, lambda: "● Headphones   ALSA" in listed(app))
        assert load_remembered(app.shell.folders.config).output == "Headphones, ALSA"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_a_chosen_output_that_is_not_there_stays_in_the_list(app):
    app._given_shell.choose_sound(output="Headset, ALSA", profile=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_outputs(pilot, app)
        assert listed(app)[-1] == "● Headset, ALSA   not there now"


async def test_a_tone_is_asked_for_where_the_cursor_is_and_its_fault_is_said(app):
    app._given_shell.fault = "Headphones cannot be opened."
    async with app.run_test(size=(80, 24)) as pilot:
        await open_outputs(pilot, app)
        await pilot.press("down", "down", "t")
        await until(pilot, lambda: "Headphones cannot be opened." in told(app))
        assert app.shell.tried == ["Headphones, ALSA"]


async def test_leaving_before_the_machine_answered_is_no_fault(app):
    asked, may_answer = threading.Event(), threading.Event()

    def slow() -> OutputList:
        asked.set()
        may_answer.wait(20)
        return there("Speakers")

    app._given_shell.outputs = slow
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        await pilot.press("O")
        await until(pilot, asked.is_set)
        await pilot.press("escape")
        may_answer.set()
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.pause()
    assert app.return_code in {None, 0}


async def test_how_far_ahead_sound_is_made_is_remembered_with_the_output(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await open_outputs(pilot, app)
        await pilot.press("a", "a", "a")
        ahead = str(app.screen.query_one("#ahead", Static).render())
        assert "soak" in ahead
        assert "Enter takes it" in ahead
        await pilot.press("enter")
        await until(pilot, lambda: engine.restarts == 1)
        assert load_remembered(app.shell.folders.config).profile == "soak"


async def test_a_session_says_that_its_music_waits_and_goes_on_with_one_key(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))
        desk = app.shell.desk
        lost = ev.OutputLost(t_us=desk.clock.now_us(), output="Headphones", why="gone", held=True)
        desk.notice(lost)
        desk.ready = type(desk.ready)(
            output="no sound", silent=True, sample_rate=48_000, latency_us=Micros(0),
            message="The sound output Headphones was lost: gone.",
        )  # fmt: skip
        await until(pilot, lambda: "The music waits. S goes on" in told(app))
        assert "Headphones was lost" in told(app)
        await pilot.press("S")
        await until(pilot, lambda: engine.restarts == 1)
        started = ev.EngineStarted(
            t_us=desk.clock.now_us(), output="Speakers", silent=False, sample_rate=48_000,
            latency_us=Micros(0), restarted=True,
        )  # fmt: skip
        desk._take_in_event(started)
        assert desk.runner.state.course == "running"
        await until(pilot, lambda: "There is sound again, on Speakers." in told(app))
        assert engine.asked(cmd.SetVoice)


def test_the_meter_shows_figures_and_marks_what_is_near_full_without_colour():
    assert meter_text(-12.0, -24.0).plain == "|████▒  | -12 rms -24"
    assert meter_text(-1.0, -9.0).plain == "|██████▒!  -1 rms  -9"
    assert "quiet" in meter_text(-48.0, -48.0).plain
    assert len({len(meter_text(p, r).plain) for p in (-60.0, -5.0) for r in (-60.0, -9.0)}) == 1


def test_the_meter_falls_slowly_enough_to_be_read_and_says_where_there_is_no_sound():
    meter = Meter()
    meter.show(session_view(meter_dbfs=-6.0, meter_rms_dbfs=-20.0))
    meter.show(session_view(meter_dbfs=None, meter_rms_dbfs=None))
    assert "-7 rms" in meter.render().plain
    for _ in range(60):
        meter.show(session_view(meter_dbfs=None, meter_rms_dbfs=None))
    assert "quiet" in meter.render().plain
    meter.show(session_view(meter_dbfs=None, sound_silent=True))
    assert meter.render().plain == " no sound"


class SlowShell(OutputsShell):
    """A shell whose machine answers only when it is let."""

    def __init__(self, engine: StillEngine) -> None:
        super().__init__(engine)
        self.answer = threading.Event()

    def outputs(self) -> OutputList:
        self.answer.wait(20)
        return super().outputs()


async def test_while_outputs_are_looked_for_none_can_be_taken_by_a_slip(engine):
    shell = SlowShell(engine)
    shell.choose_sound(output="Headphones, ALSA", profile=None)
    app = MtSessionApp(shell=shell)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, OutputsScreen))
        await pilot.press("enter", "t")
        assert shell.remembered.output == "Headphones, ALSA"
        assert shell.tried == []
        shell.answer.set()
        await until(pilot, lambda: len(listed(app)) == 3)
        await pilot.press("enter")
        assert engine.chosen == ("Headphones, ALSA", None)


async def test_a_card_that_moved_to_another_place_is_known_again(engine):
    shell = OutputsShell(engine)
    shell.found = there("Speakers", "USB Audio (hw:2,0)")
    shell.choose_sound(output="USB Audio (hw:1,0), ALSA", profile=None)
    app = MtSessionApp(shell=shell)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, OutputsScreen))
        await until(pilot, lambda: len(listed(app)) == 3)
        assert listed(app)[2] == "● USB Audio (hw:2,0)   ALSA"
