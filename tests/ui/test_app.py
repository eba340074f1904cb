"""The app from its keys to the engine and the record: a real shell, a still engine."""

import gc
import threading

import msgspec
import pytest
from still_engine import StillEngine
from textual.widgets import Input, OptionList, Static
from waiting import until

from mtsession.app.config import load_remembered, remember
from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.protocol import commands as cmd
from mtsession.timeline import events as ev
from mtsession.ui.app import MtSessionApp
from mtsession.ui.end import EndScreen
from mtsession.ui.home import HomeScreen
from mtsession.ui.keys import KeysScreen, LeaveScreen
from mtsession.ui.notes import NoteScreen
from mtsession.ui.panels.improvisation import ImprovisationPanel
from mtsession.ui.review import ReviewScreen
from mtsession.ui.session import SessionScreen


@pytest.fixture
def engine(monkeypatch) -> StillEngine:
    # The desktop of whoever runs the tests is left alone.
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    return StillEngine()


@pytest.fixture
def app(engine) -> MtSessionApp:
    app = MtSessionApp(shell=Shell(engine=engine))
    app.clock = lambda: 1.0
    return app


async def begin(pilot, app) -> SessionScreen:
    await until(pilot, lambda: app.shell is not None)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, SessionScreen))
    return app.screen


def text_of(app, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


async def test_enter_starts_a_session_with_nothing_filled_in(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        assert app.shell.desk.running
        assert app.shell.desk.beginning.client is None
        assert engine.asked(cmd.OpenSession)
        await until(pilot, lambda: "Recording" in text_of(app, "#told"))


async def test_a_key_starts_and_ends_each_activity_in_any_order(app, engine):
    async with app.run_test(size=(120, 40)) as pilot:
        await begin(pilot, app)
        running = app.shell.desk.runner.running
        await pilot.press("i", "l", "w")
        assert [each.method.name for each in running.values()] == [
            "improvisation", "listening", "words",
        ]  # fmt: skip
        await pilot.press("l", "b", "i")
        assert [each.method.name for each in running.values()] == ["words", "breathing"]
        assert len(engine.asked(cmd.PlayProgramme)) == 1
        await until(pilot, lambda: len(app.screen._panels) == 2)


@pytest.mark.parametrize("where", ["home", "client", "session", "note", "keys", "play", "end"])
async def test_esc_esc_is_quiet_from_everywhere(app, engine, where: str):
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        if where == "client":
            await pilot.press("c")
        if where in {"session", "note", "keys", "play", "end"}:
            await begin(pilot, app)
            await pilot.press(*{"note": "v", "keys": "?", "play": "k"}.get(where, ""))
        if where == "end":
            await pilot.press("e", "e")
            await until(pilot, lambda: isinstance(app.screen, EndScreen))
        await pilot.press("escape", "escape")
        assert engine.quieted == 1
        assert engine.asked(cmd.GoQuiet)[-1].fade_us == 0


async def test_two_escapes_far_apart_are_two_escapes(app, engine):
    times = iter([10.0, 10.7, 11.2, 11.3])
    app.clock = lambda: next(times)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("escape", "escape")
        assert engine.quieted == 0
        await pilot.press("escape")
        assert engine.quieted == 1
        await pilot.press("escape")
        assert engine.quieted == 1


async def test_quiet_holds_until_space_goes_on(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "q")
        assert engine.asked(cmd.GoQuiet)[-1].fade_us == 8_000_000
        assert app.shell.desk.runner.state.course == "paused"
        await pilot.press("space")
        assert app.shell.desk.runner.state.course == "running"


async def test_marks_are_placed_listed_and_taken_back(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("2", "3", "u", "0")
        marks = app.shell.desk.runner.state.marks
        assert [mark.label for mark in marks.values()] == ["laughed"]
        await until(pilot, lambda: "2 laughed" in text_of(app, "#marks"))


async def test_one_slip_on_e_ends_nothing(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("e")
        assert app.shell.desk.running
        await until(pilot, lambda: "again ends the session" in text_of(app, "#foot"))


async def test_computer_keys_play_only_in_the_mode_that_says_so(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("a")
        assert not engine.asked(cmd.PlayNote)
        await pilot.press("k")
        await until(pilot, lambda: "PLAYING" in text_of(app, "#foot"))
        await pilot.press("a", "e", "1", "escape")
        assert [note.note for note in engine.asked(cmd.PlayNote)] == [60, 63]
        assert app.shell.desk.running
        assert not app.shell.desk.runner.state.marks
        await pilot.press("1")
        assert len(app.shell.desk.runner.state.marks) == 1


async def test_a_note_is_kept_and_its_letters_are_no_keys(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, NoteScreen))
        await pilot.press(*"lie q", "enter")
        assert app.shell.desk.runner.state.notes == ["lie q"]
        assert not app.shell.desk.runner.running


async def test_the_level_moves_by_steps_and_stays_under_full(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("plus", "minus", "minus")
        assert [each.level_db for each in engine.asked(cmd.SetLevel)] == [-10, -12, -14]


async def test_a_session_ends_in_its_summary_and_is_found_again(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        await pilot.press("c", *"K-17", "enter")
        await begin(pilot, app)
        await pilot.press("w", "e", "e")
        await until(pilot, lambda: isinstance(app.screen, EndScreen))
        await until(pilot, lambda: "K-17" in text_of(app, "#summary"))
        await pilot.press("b", "7", "enter", "f", "5", "enter", "s")
        await until(pilot, lambda: "The client stopped." in text_of(app, "#summary"))
        assert "Tension 0-10 (client): 7 before, 5 after" in text_of(app, "#summary")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert app.shell.desk is None
        assert app.shell.interrupted() == []
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        for words in ("open sesame", "open sesam", "open sesame", "open sesame"):
            await pilot.press(*(letter if letter != " " else "space" for letter in words))
            await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one("#sessions").display, tries=2000)
        await pilot.press("enter")
        await until(pilot, lambda: "5 after" in text_of(app, "#summary"))


async def test_the_end_is_there_while_its_summary_is_put_together(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        desk, make = app.shell.desk, app.shell.desk.summary
        going_on = threading.Event()

        def slow():
            assert threading.current_thread() is not threading.main_thread()
            going_on.wait(60)
            return make()

        desk.summary = slow
        await pilot.press("e", "e")
        await until(pilot, lambda: isinstance(app.screen, EndScreen))
        assert text_of(app, "#summary") == "The summary is being put together…"
        await pilot.press("b", "7", "enter")
        assert desk.runner.state.measures
        going_on.set()
        await until(pilot, lambda: "7 before" in text_of(app, "#summary"))


async def test_leaving_a_running_session_asks_once_and_keeps_it(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, LeaveScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))
        assert app.shell.desk.running
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, LeaveScreen))
        await pilot.press("enter")
        await until(pilot, lambda: app.return_code == 0, tries=2000)
    assert app.shell.interrupted() == []


async def test_a_plan_is_chosen_and_its_course_shown(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        plans = app.screen.query_one("#plans", OptionList)
        names = [shipped.plan.name for shipped in app.shell.plans]
        plans.highlighted = names.index("one-to-one-35.toml") + 1
        await begin(pilot, app)
        view = app.shell.desk.view()
        assert next(segment.title for segment in view.course) == "Check-in"
        await pilot.press("n")
        assert app.shell.desk.view().course[0].state == "done"


async def test_an_interrupted_session_is_offered_gone_on_with_and_one(engine):
    first = Shell(engine=engine)
    first.open()
    desk = first.begin(client="K-17")
    desk.record._recorder.flush(10)
    writer = desk.record._recorder._writer
    writer._mark.release()  # as the end of the process would
    app = MtSessionApp(shell=Shell(engine=StillEngine()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None and app.screen._interrupted is not None)
        assert "was interrupted" in text_of(app, "#interrupted")
        await pilot.press("g")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))
        started = [e for e in app.shell.desk.events if isinstance(e, ev.SessionStarted)]
        assert started[0].continues == desk.record.session_id
        await pilot.press("e", "e")
        await until(pilot, lambda: isinstance(app.screen, EndScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        archive = app.shell.unlock("open sesame")
        (entry,) = archive.sessions()
        assert (entry.client, entry.ended, len(entry.parts)) == ("K-17", True, 2)
        archive.close()


async def test_the_sound_can_be_started_again_from_inside(app, engine):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("l", "S")
        await until(pilot, lambda: engine.restarts == 1)
        lost = [e for e in app.shell.desk.events if isinstance(e, ev.EngineLost)]
        assert len(lost) == 1


async def test_the_keys_of_every_screen_are_one_key_away(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("?")
        await until(pilot, lambda: isinstance(app.screen, KeysScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))


async def test_the_keys_tell_those_of_a_panel_too(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("i")
        await until(pilot, lambda: app.screen.query("ImprovisationPanel"))
        ((title, keys),) = app.screen.keys_of_methods()
        assert title == "Improvise"
        assert [key for key, _ in keys] == ["t", "P", "V", "M", "E", "X"]


async def test_what_is_typed_stands_below_the_guide_and_marks_nothing(app):
    async with app.run_test(size=(80, 24)) as pilot:
        session = await begin(pilot, app)
        await pilot.press("b")
        await until(pilot, lambda: session.query("BreathingPanel"))
        await pilot.press("R", "1", "4")
        prompt = app.screen
        assert prompt.query_one("#line", Input).value == "14"
        assert prompt.query_one(".asking").region.y > session.query_one("#panels").region.y + 8
        assert prompt.styles.background.a == 0
        await pilot.press("enter")
        assert app.screen is session
        assert not app.shell.desk.view().marks
        assert app.shell.desk.view().panels[0].view.own_rate == 14.0


async def test_a_window_that_is_too_small_says_so_and_the_session_goes_on(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: app.screen.query_one("#small").display)
        assert app.shell.desk.running
        await pilot.press("1")
        assert len(app.shell.desk.runner.state.marks) == 1
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not app.screen.query_one("#small").display)


async def test_a_rating_that_is_no_number_is_not_taken(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("e", "e")
        await until(pilot, lambda: isinstance(app.screen, EndScreen))
        await pilot.press("b", "x", "minus", "enter")
        assert isinstance(app.screen, EndScreen)
        assert app.shell.desk.runner.state.measures == {}
        assert app.screen.query_one("#before", Input)


async def test_a_rating_is_kept_when_its_field_is_left_and_what_is_seen_is_kept(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("e", "e")
        await until(pilot, lambda: isinstance(app.screen, EndScreen))

        def rated() -> dict[str, float]:
            taken = app.shell.desk.runner.state.measures.values()
            return {each.when: each.value for each in taken}

        await pilot.press("b", "6", "tab", "4", "escape")
        await until(pilot, lambda: rated() == {"before": 6})
        assert "before 6" in text_of(app, "#head")
        assert app.screen.query_one("#after", Input).value == ""
        await pilot.press("f", "3", "enter", "b", "backspace", "7", "escape")
        await until(pilot, lambda: rated() == {"before": 6, "after": 3})
        assert app.screen.query_one("#before", Input).value == "6"
        await pilot.press("b", "backspace", "enter")
        await until(pilot, lambda: rated() == {"after": 3})
        assert "Taken back" in text_of(app, "#head")


async def test_the_therapist_may_rate_the_playing_and_change_it(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        await pilot.press("e", "e")
        await until(pilot, lambda: isinstance(app.screen, EndScreen))

        def rated():
            taken = app.shell.desk.runner.state.measures.values()
            return {each.measure: each.value for each in taken if each.source == "therapist"}

        await pilot.press("o", "1", "0", "down", "4", "right", "down", "right", "down", "left")
        shown = text_of(app, "#own-ratings")
        assert "10 of 10" in shown
        assert "5 of 10" in shown
        assert "enjoyment    ···········  not rated" in shown
        await pilot.press("delete", "enter")
        assert rated() == {"interest": 10, "response": 5, "initiation": 0}
        await until(pilot, lambda: "saw it: 10 of 10" in text_of(app, "#summary"))
        await pilot.press("o", "backspace", "down", "2", "escape")
        assert rated() == {"interest": 10, "response": 5, "initiation": 0}
        await pilot.press("o", "backspace", "down", "2", "enter")
        assert rated() == {"response": 2, "initiation": 0}
        await until(pilot, lambda: "saw it: 2 of 10" in text_of(app, "#summary"))


async def test_a_fault_of_the_program_shows_no_value(app, capsys):
    secret = "words of a client"

    def fail() -> float:
        kept = secret
        return len(kept) / 0

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await begin(pilot, app)
            app.call_later(fail)
            await until(pilot, lambda: app._exception is not None)

    with pytest.raises(ZeroDivisionError):
        await run()
    said = capsys.readouterr()
    assert secret not in said.out + said.err


async def test_hidden_figures_stay_hidden_in_the_next_improvisation(app, engine):
    async with app.run_test(size=(100, 30)) as pilot:
        await begin(pilot, app)
        await pilot.press("i")
        await until(pilot, lambda: app.screen.query("ImprovisationPanel"))
        panel = app.screen.query_one(ImprovisationPanel)
        assert not panel.hidden
        await pilot.press("M")
        await until(pilot, lambda: app.shell.remembered.figures_hidden)
        assert load_remembered(app.shell.folders.config).figures_hidden
        await pilot.press("i")
        await until(pilot, lambda: not app.screen.query("ImprovisationPanel"))
        await pilot.press("i")
        await until(pilot, lambda: app.screen.query("ImprovisationPanel"))
        assert app.screen.query_one(ImprovisationPanel).hidden
        await pilot.press("M", "E", "down")
        assert app.screen.query_one(ImprovisationPanel).chosen is not None
        await pilot.press("X")
        assert app.screen.query_one(ImprovisationPanel).large


async def test_a_session_is_not_held_up_by_a_search_for_garbage_in_all_that_was_there(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        assert gc.get_freeze_count() > 10 * len(gc.get_objects(generation=2))
    gc.unfreeze()


async def test_what_another_program_noted_meanwhile_is_kept(app, engine):
    tapped = ev.LatencyMeasured(
        t_us=0, input="Left", output="file", latency_us=31_000, spread_us=4_000, taps=24
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.shell is not None)
        folder = app.shell.folders.config
        remember(folder, lambda kept: msgspec.structs.replace(kept, latencies=(tapped,)))
        app.shell.hide_figures(hidden=True)
        assert load_remembered(folder).latencies == (tapped,)
        await begin(pilot, app)
        known = [event for event in app.shell.desk.events if isinstance(event, ev.LatencyMeasured)]
        assert [event.latency_us for event in known] == [31_000]
