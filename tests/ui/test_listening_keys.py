"""Leading music from the keys: a real shell, a still engine."""

import pytest
from still_engine import StillEngine
from test_app import begin, text_of
from textual.widgets import Input
from waiting import until

from mtsession.activities.breathing.events import OwnRateTyped
from mtsession.activities.listening import events as own
from mtsession.app.config import load_remembered
from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.protocol import commands as cmd
from mtsession.timeline import events as ev
from mtsession.timeline.midi_control import MidiControl
from mtsession.ui.app import MtSessionApp
from mtsession.ui.keys import KeysScreen
from mtsession.ui.library_asks import LineScreen
from mtsession.ui.session import SessionScreen


@pytest.fixture
def engine(monkeypatch) -> StillEngine:
    # The desktop of whoever runs the tests is left alone.
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    return StillEngine()


@pytest.fixture
def app(engine) -> MtSessionApp:
    return MtSessionApp(shell=Shell(engine=engine))


def happened(app, kind):
    return [event for event in app.shell.desk.events if type(event) is kind]


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("comma", "slower"),
        ("full_stop", "faster"),
        ("left_square_bracket", "down"),
        ("right_square_bracket", "up"),
        ("h", "hold"),
        ("H", "start tempo"),
        ("j", "re-join"),
    ],
)
async def test_each_key_leads_the_tempo(app, engine, key, what):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", key)
        (lead,) = happened(app, own.TempoLed)
        assert lead.what == what
        (revise,) = engine.asked(cmd.ReviseProgramme)
        assert revise.asked == happened(app, ev.WishMade)[-1].asked
        await pilot.press("z")
        assert len(happened(app, own.LeadUndone)) == 1


async def test_music_is_changed_skipped_held_and_silenced(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "a", "A", "p", "p", "m", "m")
        wishes = [each.what for each in happened(app, ev.WishMade)]
        assert wishes == [
            "StartActivity", "skip", "next", "hold", "hold", "silence", "silence",
        ]  # fmt: skip
        assert len(engine.asked(cmd.PauseMusic)) == 1
        assert [each.to for each in happened(app, own.MusicTurned)] == ["silence", "programme"]


async def test_own_playing_is_tapped_with_enter(app, engine, monkeypatch):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "T")
        await until(pilot, lambda: "tap the beat" in panel_text(app))
        desk = app.shell.desk
        for beat in range(5):
            monkeypatch.setattr(desk.clock, "now_us", lambda at=beat: 10_000_000 + at * 750_000)
            await pilot.press("enter")
        pulses = engine.asked(cmd.StartPulse)
        assert [round(each.bpm, 1) for each in pulses] == [80.0, 80.0]
        assert pulses[0].grid == pulses[1].grid
        await pilot.press("T")
        assert len(engine.asked(cmd.StopPulse)) == 1
        assert happened(app, own.MusicTurned)[-1].to == "programme"


async def test_music_from_elsewhere_may_be_named(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "L")
        await until(pilot, lambda: isinstance(app.screen, LineScreen))
        assert happened(app, own.MusicTurned)[-1].to == "outside"
        app.screen.query_one(Input).value = "A song from the radio"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))
        assert happened(app, own.MusicNamed)[-1].title == "A song from the radio"
        await pilot.press("L")
        assert isinstance(app.screen, SessionScreen)
        assert happened(app, own.MusicTurned)[-1].to == "programme"


async def test_a_title_need_not_be_given(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "L")
        await until(pilot, lambda: isinstance(app.screen, LineScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))
        assert happened(app, own.MusicNamed)[-1].title == ""


async def test_the_clients_own_rate_may_be_typed(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("b", "R")
        await until(pilot, lambda: isinstance(app.screen, LineScreen))
        told = "\n".join(str(each.render()) for each in app.screen.query("Static"))
        assert "Breaths a minute" in told
        app.screen.query_one(Input).value = "15"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))
        assert happened(app, OwnRateTyped)[-1].length_us == 4_000_000


def pressed(app, *data: int) -> None:
    at = app.shell.desk.clock.now_us()
    app.shell.desk.notice(ev.MidiReceived(t_us=at, port=1, data=bytes(data)))


async def test_a_pedal_is_chosen_lowers_the_music_and_is_remembered(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        desk = app.shell.desk
        desk.notice(ev.PortOpened(t_us=desk.clock.now_us(), port=1, name="Foot"))
        await pilot.press("K")
        await until(pilot, lambda: "Press the pedal" in text_of(app.screen, "#told"))
        pressed(app, 0xB0, 64, 127)
        await until(pilot, lambda: "LOWERED" in text_of(app.screen, "#head"))
        assert "Controller 64 of Foot lowers the music" in text_of(app.screen, "#told")
        pressed(app, 0xB0, 64, 0)
        await until(pilot, lambda: "LOWERED" not in text_of(app.screen, "#head"))
        assert [(each.owner, each.on) for each in engine.asked(cmd.SetDuck)] == [
            (-1, True), (-1, False),
        ]  # fmt: skip
        await pilot.press("e", "e")
        await until(pilot, lambda: not isinstance(app.screen, SessionScreen))
        app.shell.put_away()
        kept = load_remembered(app.shell.folders.config).duck_control
        assert kept == MidiControl(port="Foot", channel=1, controller=64)


async def test_every_lead_is_told_with_the_keys(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "?")
        await until(pilot, lambda: isinstance(app.screen, KeysScreen))
        told = "\n".join(str(each.render()) for each in app.screen.query("#all-keys Static"))
        for action in app.shell.methods["listening"].actions:
            assert f"{action.key}  {action.label}" in told


def panel_text(app) -> str:
    (panel,) = app.screen._panels.values()
    return "\n".join("".join(text for text, _ in row) for row in panel._rows)


async def test_the_head_stays_and_the_panel_says_what_is_led(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "h")
        await until(pilot, lambda: "tempo held" in panel_text(app))
        assert "66.0 BPM led, 66.0 planned" in panel_text(app)
        assert text_of(app, "#head")
