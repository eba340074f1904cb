"""A key in the Library's list of 1 000 rows against a plain option list, and against 10 rows."""

import asyncio
import multiprocessing.resource_tracker
import statistics
import sys
import time
from pathlib import Path

from ratios import quantile, ratio, told
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "ui"))

ROWS, FEW = 1000, 10
PRESSES = 60
MOST = 1.5
SIZE = (120, 40)
KEYS = {"row": "down", "page": "pagedown"}


def cases() -> list[str]:
    return [*KEYS, "whole-screen"]


def run(case: str, folder: Path) -> dict[str, object]:
    multiprocessing.resource_tracker.ensure_running()
    if case == "whole-screen":
        return asyncio.run(_whole_screen(folder))
    return asyncio.run(_beside_an_option_list(KEYS[case]))


async def _press(pilot: Pilot[object], key: str) -> float:
    """Press a key and wait until it has been handled and drawn; give the processor's seconds."""
    began = time.process_time()
    await pilot.press(key)
    await pilot.pause()
    return time.process_time() - began


async def _beside_an_option_list(key: str) -> dict[str, object]:
    """Both lists in one app, asked in turn; both show the same text."""
    from memory_library import shelf_of

    from mtsession.ui.library_list import RecordingList, row_words

    recordings = list(shelf_of(ROWS).values())
    drawn = 0

    class Counted(RecordingList):
        def render_line(self, y: int) -> Strip:
            nonlocal drawn
            drawn += 1
            return super().render_line(y)

    class Lists(App[None]):
        CSS = "Counted, OptionList { height: 18; width: 100%; border: none; }"

        def compose(self) -> ComposeResult:
            yield Counted(id="ours")
            yield OptionList(
                *(Option(f" {row_words(one, 117, None)}") for one in recordings), markup=False
            )

    ours, peer = [], []
    app = Lists()
    async with app.run_test(size=SIZE) as pilot:
        listing, options = app.query_one("#ours", Counted), app.query_one(OptionList)
        listing.show(recordings, taste=None, keep=None)
        for widget in (listing, options):
            widget.focus()
            await _press(pilot, "home")
            await _press(pilot, key)
        drawn_by_keys = 0
        for _ in range(PRESSES):
            for widget, seconds in ((listing, ours), (options, peer)):
                widget.focus()
                await pilot.pause()
                drawn = 0
                seconds.append(await _press(pilot, key))
                drawn_by_keys += drawn
        in_sight = listing.size.height
    figures = ratio(ours, peer)
    return {
        "told": told(figures, f"a plain option list of {ROWS} rows")
        + f", {drawn_by_keys / PRESSES:.1f} of {ROWS} rows drawn a key",
        "processor_time": figures,
        "median_ms": round(statistics.median(ours) * 1000, 2),
        "option_list_median_ms": round(statistics.median(peer) * 1000, 2),
        "rows_drawn_a_key": round(drawn_by_keys / PRESSES, 2),
        "rows_in_sight": in_sight,
        "keys": PRESSES,
        "passed": drawn_by_keys <= PRESSES * 2 * in_sight and figures["ratio_of_medians"] <= MOST,
    }


async def _whole_screen(folder: Path) -> dict[str, object]:
    """The screen as it is, its outline and sentences included, with many rows and with few."""
    ours, peer = [], []
    for _ in range(3):
        ours += await _keys_of(ROWS, folder)
        peer += await _keys_of(FEW, folder)
    figures = ratio(ours, peer)
    slow = quantile(ours, 0.95) * 1000
    return {
        "told": told(figures, f"the same screen with {FEW} rows")
        + f", {statistics.median(ours) * 1000:.1f} ms a key, p95 {slow:.1f}",
        "processor_time": figures,
        "median_ms": round(statistics.median(ours) * 1000, 2),
        "p95_ms": round(slow, 2),
        "keys": len(ours),
        "passed": figures["ratio_of_medians"] <= MOST,
    }


async def _keys_of(rows: int, folder: Path) -> list[float]:
    from memory_library import MadeLibrary, shelf_of
    from still_engine import StillEngine

    from mtsession.app.paths import places
    from mtsession.app.power import Wakefulness
    from mtsession.app.shell import Shell
    from mtsession.ui.app import MtSessionApp
    from mtsession.ui.library import LibraryScreen

    Wakefulness._hold = lambda _: None  # the desktop of whoever measures is left alone
    shelf = shelf_of(rows)
    app = MtSessionApp(shell=Shell(places(folder / "home"), engine=StillEngine()))
    seconds: list[float] = []
    async with app.run_test(size=SIZE) as pilot:
        while app.shell is None:
            await pilot.pause()
        screen = LibraryScreen(app.shell, make_library=lambda: MadeLibrary(shelf))
        await app.push_screen(screen)
        while screen.listing.count < rows:
            await pilot.pause()
        for step in range(PRESSES // 2):
            key = ("up", "down")[step // 4 % 2]
            seconds.append(await _press(pilot, key))
    return seconds
