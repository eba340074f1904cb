"""A therapist's own plans on home, and a programme from the library as a session at once."""

from contextlib import closing

import pytest
from memory_library import MadeLibrary, content_of, shelf_of
from still_engine import StillEngine
from textual.widgets import Input, OptionList, Static
from waiting import until

from mtsession.app.archive import Archive
from mtsession.app.paths import places
from mtsession.app.plans import TASTE_LOCKED, find_plan
from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.errors import PlanError
from mtsession.music.recording import Taste
from mtsession.records.keys import KdfCost
from mtsession.records.vault import Vault
from mtsession.ui.app import MtSessionApp
from mtsession.ui.end import EndScreen
from mtsession.ui.home import HomeScreen
from mtsession.ui.library import LibraryScreen
from mtsession.ui.session import SessionScreen

WORDS = "open sesame"
FROM_LIBRARY = """
version = 1
title = "Evening [slow]"
when = "At the end of the day."

[[segment]]
title = "Listen"
minutes = 12

[[segment.activity]]
method = "listening"
arc = [{ from = 72, to = 62, minutes = 12 }]

[segment.activity.library]
"""
SILENT = """
version = 1
title = "Arrive"
when = "First."

[[segment]]
title = "Talk"
minutes = 5

[[segment.activity]]
method = "words"
"""


@pytest.fixture
def shell(monkeypatch) -> Shell:
    """Give a shell whose library is made up; the folder of plans holds one of each kind."""
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    folder = places().plans
    folder.mkdir(parents=True)
    (folder / "evening.toml").write_text(FROM_LIBRARY)
    (folder / "arrive.toml").write_text(SILENT)
    (folder / "radio.m3u").write_text("#EXTM3U\n#PLAYLIST:Quiet radio\ngone.flac\n")
    (folder / "my broken.toml").write_text("version = 1\ntitel = 3\n")
    (folder / "letter.txt").write_text("no plan")
    monkeypatch.setattr(Shell, "_recordings", lambda self: tuple(shelf_of(40).values()))
    return Shell(engine=StillEngine())


@pytest.fixture
def app(shell) -> MtSessionApp:
    app = MtSessionApp(shell=shell)
    app.clock = lambda: 1.0
    return app


def listed(app) -> list[str]:
    plans = app.screen_stack[0].query_one("#plans", OptionList)
    return [str(plans.get_option_at_index(at).prompt) for at in range(plans.option_count)]


async def start(pilot, app, title: str, client: str = "") -> None:
    """Choose a plan and begin; wait for the session, or for the sentence why there is none."""
    home = app.screen
    home.query_one("#client", Input).value = client
    home.query_one("#plans", OptionList).highlighted = listed(app).index(title)
    await pilot.press("enter")
    await until(pilot, lambda: not home._opening)
    await until(pilot, lambda: isinstance(app.screen, SessionScreen))


def played(app):
    return app.shell.desk.runner.plan.segments[0].activities[0].settings


async def home_is_ready(pilot, app) -> None:
    await until(pilot, lambda: app.shell is not None and len(listed(app)) > 1)


async def test_home_lists_own_plans_after_the_shipped_and_one_with_a_fault_is_one_notice(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await home_is_ready(pilot, app)
        assert listed(app)[-3:] == ["Arrive", "Evening [slow]", "Quiet radio"]
        app._turn()
        told = str(app.screen.query_one("#sound", Static).render())
        assert "my broken.toml has a fault: mtsession playlist check 'my broken.toml'" in told
        await start(pilot, app, "Arrive")
        assert app.shell.desk.runner.plan.title == "Arrive"
        assert not [each for each in app.shell.desk.view().notices if "broken" in each.message]


async def test_a_plan_that_came_since_is_listed_on_coming_back(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await home_is_ready(pilot, app)
        plans = app.screen.query_one("#plans", OptionList)
        plans.highlighted = listed(app).index("Evening [slow]")
        await pilot.press("r")
        (places().plans / "also.toml").write_text(SILENT.replace("Arrive", "Also"))
        await pilot.press("escape")
        await until(pilot, lambda: "Also" in listed(app))
        assert listed(app)[plans.highlighted] == "Evening [slow]"


async def test_a_playlist_without_its_files_says_why_and_home_stays(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await home_is_ready(pilot, app)
        home = app.screen
        plans = home.query_one("#plans", OptionList)
        plans.highlighted = listed(app).index("Quiet radio")
        await pilot.press("enter")
        await until(pilot, lambda: not home._opening and app._notifications)
        assert isinstance(app.screen, HomeScreen)
        assert app.shell.desk is None


def make_vault(shell: Shell) -> str:
    """Make a vault in which one recording must never be played, and give which."""
    Vault.create(places().data, WORDS, cost=KdfCost(memory_kib=64, passes=1, lanes=1)).close()
    plan = shell.open_plan(own(shell, "Evening [slow]"), None, None)
    content = plan.segments[0].activities[0].settings.material[0].content
    with closing(Archive.unlock(places().data, WORDS)) as archive:
        archive.set_taste("K-17", content, "never")
    return content


def own(shell: Shell, title: str):
    return next(each for each in shell.own.plans if each.title == title)


async def test_what_must_never_be_played_holds_once_the_vault_was_opened(app, shell):
    never = make_vault(shell)
    async with app.run_test(size=(80, 24)) as pilot:
        await home_is_ready(pilot, app)
        shell.unlock(WORDS).close()
        await start(pilot, app, "Evening [slow]", client="K-17")
        found = played(app)
        assert found.material
        assert never not in {each.content for each in (*found.material, *found.spare)}
        assert TASTE_LOCKED not in found.notes


async def test_a_locked_vault_is_said_in_the_notes_and_asks_nothing(app, shell):
    never = make_vault(shell)
    async with app.run_test(size=(80, 24)) as pilot:
        await home_is_ready(pilot, app)
        await start(pilot, app, "Evening [slow]", client="K-17")
        assert TASTE_LOCKED in played(app).notes
        assert never in {each.content for each in played(app).material}


def test_a_taste_that_was_just_noted_counts_at_once(shell):
    make_vault(shell)
    assert shell.taste_of("K-17") is None
    shell.unlock(WORDS).close()
    assert shell.taste_of("L-2") == Taste()
    shell.keep_taste("L-2", Taste(never=frozenset({content_of(0)})))
    assert content_of(0) in shell.taste_of("L-2").never


async def test_a_programme_becomes_a_session_with_one_key_and_ends_at_home(app, shell):
    async with app.run_test(size=(80, 24)) as pilot:
        await home_is_ready(pilot, app)
        shelf = shelf_of(40)
        library = LibraryScreen(shell, client="K-17", make_library=lambda: MadeLibrary(shelf))
        await app.push_screen(library)
        await until(pilot, lambda: library._whole is not None)
        await pilot.press("p")
        screen = app.screen
        screen.query_one("#arc", Input).value = "72 > 62 in 12"
        await pilot.press("enter")
        await until(pilot, lambda: screen.planned is not None)
        await pilot.press("f", "enter")
        kept = places().plans / "programme.toml"
        await until(pilot, kept.exists)
        await pilot.press("f")
        assert app.screen.query_one("#line", Input).value.endswith("programme-2.toml")
        await pilot.press("escape", "g")
        await until(pilot, lambda: isinstance(app.screen, SessionScreen))
        wanted = [item.material.content for item in screen.planned.items]
        assert [each.content for each in played(app).material] == wanted
        assert app.shell.desk.view().client == "K-17"
        assert len(app.screen_stack) == 2
        await pilot.press("e", "e")
        await until(pilot, lambda: isinstance(app.screen, EndScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await until(pilot, lambda: "72 > 62 in 12" in listed(app))
        assert "K-17" not in kept.read_text()


def test_own_plans_are_found_by_their_bare_names(shell):
    folder = places().plans
    assert find_plan("evening") == find_plan("evening.toml") == folder / "evening.toml"
    assert find_plan("radio.m3u") == folder / "radio.m3u"
    (folder / "settle-10.toml").write_text(SILENT)
    assert find_plan("settle-10").parent != folder
    assert find_plan("settle-10.toml") == folder / "settle-10.toml"
    with pytest.raises(PlanError, match=r"or one of: .*settle-10.*evening\.toml"):
        find_plan("nowhere")
