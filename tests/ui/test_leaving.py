"""Leaving when the terminal is gone: once, and also where the disk refuses."""

import pytest
from still_engine import StillEngine
from test_app import begin
from waiting import until

from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.errors import RecordsError
from mtsession.ui.app import MtSessionApp


@pytest.fixture
def app(monkeypatch) -> MtSessionApp:
    # The desktop of whoever runs the tests is left alone.
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    return MtSessionApp(shell=Shell(engine=StillEngine()))


async def test_a_terminal_that_is_gone_twice_ends_the_session_once(app, monkeypatch):
    closed = []
    finish = Shell.finish
    monkeypatch.setattr(Shell, "finish", lambda shell: (closed.append(shell), finish(shell)))
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        # The window's end is told by what reads the keys, and by the system.
        app._terminal_gone()
        app._terminal_gone()
        await until(pilot, lambda: app.return_code == 0)
    assert len(closed) == 1


async def test_a_disk_that_refuses_keeps_nobody_who_is_gone(app, monkeypatch):
    def refuse(_shell):
        raise RecordsError("The disk is full.", "Free some space.")

    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, app)
        with monkeypatch.context() as full:
            full.setattr(Shell, "finish", refuse)
            await pilot.press("ctrl+q")
            await pilot.press("enter")
            await until(pilot, lambda: bool(app._notifications))
            assert app.return_code is None
            app._terminal_gone()
            await until(pilot, lambda: app.return_code == 0)
