"""What the screens look like, at the two sizes that are promised."""

from types import SimpleNamespace

import pytest
from canned_views import breathing, course, improvisation, listening, panel_of, words
from still_engine import StillEngine

from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.app.snapshot import Surroundings
from mtsession.protocol.views import ActivityPanel, MarkView, SessionView
from mtsession.timeline.units import MINUTE, SECOND
from mtsession.ui.app import MtSessionApp
from mtsession.ui.keys import KeysScreen
from mtsession.ui.session import SessionScreen

SIZES = [(80, 24), (120, 40)]


class CannedDesk:
    """Shows one view; everything else a screen may ask is a plain answer."""

    def __init__(self, view: SessionView) -> None:
        self._view = view
        self.running = True
        self.runner = SimpleNamespace(running={})
        self.surroundings = Surroundings()

    def view(self) -> SessionView:
        return self._view

    def pump(self) -> None:
        """Nothing arrives."""


def session_view(*panels: ActivityPanel, **changes: object) -> SessionView:
    known: dict[str, object] = {
        "t_us": 17 * MINUTE + 4 * SECOND,
        "state": "running",
        "plan_title": "One to one, thirty-five minutes",
        "client": "K-17",
        "wall_time": "14:19",
        "course": course(),
        "panels": panels,
        "marks": (MarkView(marker=1, t_us=9 * MINUTE, label="laughed"),),
        "level_db": -14.0,
        "meter_dbfs": -18.0,
        "meter_rms_dbfs": -30.0,
        "quiet": False,
        "ducked": False,
        "sound": "loudspeaker",
        "sound_silent": False,
        "notices": (),
        "battery": None,
        "record": "recording, sealed",
    }
    return SessionView(**(known | changes))  # type: ignore[arg-type]


VIEWS = {
    "listen": session_view(panel_of(listening())),
    "listen-breathe": session_view(panel_of(listening()), panel_of(breathing())),
    "improvise": session_view(panel_of(improvisation())),
    "words": session_view(panel_of(words())),
    "caution": session_view(panel_of(breathing(state="caution", phase=None, word=""))),
    "quiet": session_view(panel_of(listening(paused=True)), quiet=True, state="paused"),
    "empty-silent": session_view(
        course=(),
        marks=(),
        client=None,
        plan_title="No plan",
        sound_silent=True,
        battery="battery 12 %: plug in soon",
        notices=("PortAudio is not installed. Install it: sudo apt install libportaudio2",),
    ),
}


@pytest.fixture
def shell(monkeypatch) -> Shell:
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    return Shell(engine=StillEngine())


async def settled(pilot) -> None:
    """Let the shell open and everything draw."""
    for _ in range(200):
        await pilot.pause()
        if pilot.app.shell is not None and pilot.app.shell.ready is not None:
            break
    pilot.app._turn()
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
def test_home(snap_compare, shell, size):
    assert snap_compare(MtSessionApp(shell=shell), terminal_size=size, run_before=settled)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", VIEWS)
def test_session(snap_compare, shell, name, size):
    async def show(pilot) -> None:
        await settled(pilot)
        shell.desk = CannedDesk(VIEWS[name])
        await pilot.app.push_screen(SessionScreen(shell))
        await settled(pilot)
        await settled(pilot)

    assert snap_compare(MtSessionApp(shell=shell), terminal_size=size, run_before=show)


@pytest.mark.parametrize("size", [*SIZES, (40, 10)])
def test_keys_and_small_windows(snap_compare, shell, size):
    async def show(pilot) -> None:
        await settled(pilot)
        shell.desk = CannedDesk(VIEWS["listen"])
        screen = SessionScreen(shell)
        await pilot.app.push_screen(screen)
        if size in SIZES:
            await pilot.app.push_screen(KeysScreen(screen))
        await settled(pilot)

    assert snap_compare(MtSessionApp(shell=shell), terminal_size=size, run_before=show)
