"""The client's page from the desk: opened with one key, served for real on the loopback."""

import asyncio
import urllib.error
import urllib.request

import pytest
from still_engine import StillEngine
from textual.widgets import Static
from waiting import until

from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.display import address
from mtsession.ui import client_page
from mtsession.ui.app import MtSessionApp
from mtsession.ui.client_page import ClientPageCard
from mtsession.ui.session import SessionScreen


@pytest.fixture
def app(monkeypatch) -> MtSessionApp:
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    monkeypatch.setattr(client_page, "has_windows", lambda: False)
    return MtSessionApp(shell=Shell(engine=StillEngine()))


def fetched(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def said(app) -> str:
    return str(app.screen.query_one("#client-page-text", Static).render())


async def opened(pilot, app) -> SessionScreen:
    await until(pilot, lambda: app.shell is not None)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, SessionScreen))
    session = app.screen
    await pilot.press("D")
    await until(pilot, lambda: isinstance(app.screen, ClientPageCard))
    await until(pilot, lambda: session._client_page.page is not None, 4000)
    await until(pilot, lambda: "http://127.0.0.1" in said(app))
    return session


async def test_one_key_serves_the_page_and_the_end_of_the_session_closes_it(app):
    async with app.run_test(size=(80, 24)) as pilot:
        session = await opened(pilot, app)
        page = session._client_page.page
        where = page.address
        status, text = await asyncio.to_thread(fetched, where)
        assert status == 200
        assert "Breathing" in text
        assert (await asyncio.to_thread(fetched, where))[0] == 404
        await pilot.press("escape")
        assert app.screen is session
        assert app.shell.desk.running
        await pilot.press("e", "e")
        await until(pilot, lambda: page._thread is None, 4000)
        with pytest.raises(urllib.error.URLError):
            await asyncio.to_thread(fetched, where)


async def test_the_card_makes_new_addresses_and_says_what_is_so(app):
    async with app.run_test(size=(80, 24)) as pilot:
        session = await opened(pilot, app)
        page = session._client_page.page
        assert "Only this laptop" in said(app)
        assert "No screen shows it yet" in said(app)
        await asyncio.to_thread(fetched, page.address)
        app.screen._tell()
        assert "has been used" in said(app)
        await pilot.press("n")
        assert page.address in said(app)
        await pilot.press("o")
        assert "no desktop" in said(app)
        await pilot.press("x")
        assert app.screen is session
        await until(pilot, lambda: session._client_page.page is None, 4000)


async def test_other_devices_only_when_it_is_asked_for(app, monkeypatch):
    # Another of the loopback's own addresses stands for the network's.
    monkeypatch.setattr(address, "network_address", lambda: "127.0.0.2")
    async with app.run_test(size=(80, 24)) as pilot:
        session = await opened(pilot, app)
        page, here = session._client_page.page, session._client_page.page.address
        assert not page.on_network
        await pilot.press("w")
        await until(pilot, lambda: page.on_network, 4000)
        await until(pilot, lambda: "lets in the first" in said(app))
        code = app.screen.query_one("#client-page-code", Static)
        await until(pilot, lambda: code.display)
        assert "▀" in str(code.render())
        assert (await asyncio.to_thread(fetched, page.address))[0] == 200
        with pytest.raises(urllib.error.URLError):
            await asyncio.to_thread(fetched, here)
        await pilot.press("w")
        await until(pilot, lambda: not page.on_network, 4000)


async def test_without_a_network_it_says_so(app, monkeypatch):
    monkeypatch.setattr(address, "network_address", lambda: None)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("w")
        await until(pilot, lambda: "on no network" in said(app), 4000)
