"""What the Library looks like, at the two sizes that are promised."""

import pytest
from memory_library import MadeLibrary, content_of, made, shelf_of
from still_engine import StillEngine
from textual.widgets import Input
from waiting import until

from mtsession.app.audition import AuditionView
from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.music.analysis.taps import TapFit
from mtsession.music.planning.values import Material, Planned, PlannedItem
from mtsession.music.recording import Taste
from mtsession.protocol.sources import RatePoint
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import MINUTE, Micros
from mtsession.ui.app import MtSessionApp
from mtsession.ui.keys import KeysScreen
from mtsession.ui.library import LibraryScreen
from mtsession.ui.library_asks import ReportScreen
from mtsession.ui.library_tapping import Tapping

SIZES = [(80, 24), (120, 40)]
TASTE = Taste(likes=frozenset({content_of(0)}), never=frozenset({content_of(2)}))


@pytest.fixture
def shell(monkeypatch) -> Shell:
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    return Shell(engine=StillEngine())


async def opened(pilot, shell: Shell, title: str = "Harbour at night") -> LibraryScreen:
    await until(pilot, lambda: pilot.app.shell is not None)
    shelf = shelf_of(40)
    screen = LibraryScreen(shell, client="K-17", make_library=lambda: MadeLibrary(shelf))
    await pilot.app.push_screen(screen)
    await until(pilot, lambda: screen._whole is not None)
    while screen.listing.chosen.title != title:
        await pilot.press("down")
    await until(pilot, lambda: screen._whole.title == title)
    return screen


async def playing(pilot, shell: Shell) -> None:
    screen = await opened(pilot, shell)
    screen.taste = TASTE
    screen._archive = None
    screen.show_list()
    view = AuditionView(state="playing", content=content_of(0), position_s=31.4)
    screen.view = lambda: view
    await until(pilot, lambda: True)


async def tapping(pilot, shell: Shell) -> None:
    await playing(pilot, shell)
    screen = pilot.app.screen
    screen.tapping = Tapping(content_of(0))
    screen.tapping.taps_s = [24.15, 25.4, 26.65, 27.9, 29.15, 30.4]
    screen.tapping.fit = TapFit(bpm=48.02, first_beat_s=0.4, spread_ms=11.0, taps=6)


async def faults(pilot, shell: Shell) -> None:
    screen = await opened(pilot, shell)
    lines = [f"song {n}.mp3: It ends in the middle.\n    /music/old tapes" for n in range(12)]
    await pilot.app.push_screen(ReportScreen("40 files: 28 measured, 12 cannot be read.", lines))
    assert screen.is_attached


async def no_pulse(pilot, shell: Shell) -> None:
    screen = await opened(pilot, shell, "Rain on the roof")
    screen.tell("Cancelled after 12 of 40 files; they are kept. s goes on from there.")


async def keys(pilot, shell: Shell) -> None:
    screen = await opened(pilot, shell)
    await pilot.app.push_screen(KeysScreen(screen))


def tempi(*points: tuple[float, float]) -> tuple[TempoPoint, ...]:
    return tuple(TempoPoint(t_us=Micros(round(t * MINUTE)), bpm=bpm) for t, bpm in points)


def part(number: int, tempo: tuple[TempoPoint, ...]) -> PlannedItem:
    one = made(number)
    start, end = tempo[0].t_us, tempo[-1].t_us
    rates = tuple(
        RatePoint(t_us=Micros(point.t_us - start), rate=point.bpm / 72) for point in tempo
    )
    return PlannedItem(
        material=Material(
            content=one.content, path=one.path, title=one.title, bpm=72.0,
            duration_s=300.0, liking=1 if number == 0 else 0,
        ),
        start_us=start,
        duration_us=Micros(end - start),
        rate=rates,
        tempo=tempo,
    )  # fmt: skip


PLANNED = Planned(
    items=(
        part(0, tempi((0, 75.6), (4, 74.3), (5, 73))),
        part(10, tempi((4.8, 73.1), (10, 68.4))),
        part(7, tempi((9.8, 68.4), (14, 68.4))),
        part(2, tempi((15, 70.0), (19, 70.0))),
    ),
    arc=tempi((0, 80), (14, 62), (15, 62), (15, 60)),
    silences=((Micros(14 * MINUTE), Micros(15 * MINUTE)),),
    duration_us=Micros(19 * MINUTE),
    end_us=Micros(19 * MINUTE),
    notes=(
        "No track between 58 and 64 BPM: 4 min left at 70. A track of about 61 BPM would fill it, "
        "or allow a rate of 0.85.",
    ),
)


async def programme(pilot, shell: Shell) -> None:
    await opened(pilot, shell)
    await pilot.press("p")
    screen = pilot.app.screen
    screen.query_one("#arc", Input).value = "80 > 62 in 14; silence 1; 60 for 4"
    screen.planned_is(PLANNED)


async def arcs(pilot, shell: Shell) -> None:
    await opened(pilot, shell)
    await pilot.press("p")


STATES = {
    "playing": playing,
    "tapping": tapping,
    "faults": faults,
    "no-pulse": no_pulse,
    "keys": keys,
    "programme": programme,
    "arcs": arcs,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_library(snap_compare, shell, state, size):
    async def show(pilot) -> None:
        await STATES[state](pilot, shell)
        for _ in range(3):
            pilot.app._turn()
            await pilot.pause()

    assert snap_compare(MtSessionApp(shell=shell), terminal_size=size, run_before=show)


def test_a_small_window_says_so(snap_compare, shell):
    async def show(pilot) -> None:
        await opened(pilot, shell)
        pilot.app._turn()
        await pilot.pause()

    assert snap_compare(MtSessionApp(shell=shell), terminal_size=(40, 10), run_before=show)
