"""What is served, to whom, and what everybody else is told."""

import asyncio
import json

import aiohttp
import pytest

from display.made import guide
from mtsession.display.address import drawn, page_address
from mtsession.display.server import MOST_VIEWERS, ClientPage
from mtsession.errors import DisplayError

BREATH = guide(("inhale", 10, 14), ("exhale", 14, 20))


def browsing(work):
    """Run a coroutine with a browser of its own, which keeps cookies."""

    async def run():
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            return await work(browser)

    return asyncio.run(run())


def test_the_page_its_parts_and_the_guide(screen, parts):
    async def work(browser):
        async with browser.get(screen.address) as page:
            assert page.status == 200
            assert "script-src 'self'" in page.headers["Content-Security-Policy"]
            assert page.headers["Cache-Control"] == "no-store"
            assert "HttpOnly" in page.headers["Set-Cookie"]
            text = await page.text()
        for name in ("page.js", "page.css"):
            async with browser.get(screen.address + name) as part:
                assert part.status == 200
        async with browser.ws_connect(screen.address + "live", origin=parts.origin) as live:
            assert (await live.receive_json())["state"] == "none"
            assert screen.viewers == 1
            screen.publish(BREATH)
            told = await live.receive_json()
            await live.send_str('{"ping": 12.5}')
            answered = await live.receive_json()
        return text, told, answered

    text, told, answered = browsing(work)
    assert "<title>Breathing</title>" in text
    assert told["state"] == "pacing"
    assert [each["phase"] for each in told["phases"]] == ["inhale", "exhale"]
    assert told["phases"][0]["ends_us"] == told["phases"][1]["starts_us"] == 14_000_000
    assert answered["pong"] == 12.5
    assert answered["now_us"] > 1e15
    assert screen.spent


def test_who_connects_later_is_told_how_things_stand(screen, parts):
    async def work(browser):
        await (await browser.get(screen.address)).read()
        screen.publish(BREATH)
        async with browser.ws_connect(screen.address + "live", origin=parts.origin) as live:
            first = await live.receive_json()
            screen.publish(None)
            return first, await live.receive_json()

    first, then = browsing(work)
    assert first["state"] == "pacing"
    assert then == {"state": "none", "phases": []}


@pytest.mark.parametrize(
    "path",
    ["/", "/{token}", "/wrong/", "/{token}/other", "/{token}/live", "/{token}/page.js",
     "/..%2f..%2fetc", "/{token}/%2e%2e/page.html", "/robots.txt"],
)  # fmt: skip
def test_everything_else_is_nothing(screen, parts, path):
    async def work(browser):
        async with browser.get(parts.origin + path.format(token=parts.token)) as answer:
            return answer.status, await answer.text()

    status, text = browsing(work)
    assert status == 404
    assert text == "There is nothing here. Ask for a new address."
    assert not screen.spent


def test_a_wrong_host_or_origin_stays_outside(screen, parts):
    async def work(browser):
        async with browser.get(screen.address, headers={"Host": "elsewhere.test"}) as answer:
            assert answer.status == 404
        await (await browser.get(screen.address)).read()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await browser.ws_connect(screen.address + "live", origin="http://elsewhere.test")

    browsing(work)
    assert screen.viewers == 0


def test_of_twenty_browsers_with_one_address_one_comes_in(screen):
    async def one():
        async with aiohttp.ClientSession() as browser, browser.get(screen.address) as answer:
            return answer.status

    async def all_of_them():
        return await asyncio.gather(*(one() for _ in range(20)))

    assert sorted(asyncio.run(all_of_them())) == [200, *[404] * 19]


def test_each_address_lets_one_more_in_up_to_a_bound(screen, parts):
    async def work(browser):
        lives = []
        for _ in range(MOST_VIEWERS):
            await (await browser.get(screen.address)).read()
            lives.append(await browser.ws_connect(screen.address + "live", origin=parts.origin))
            screen.renew()
        await (await browser.get(screen.address)).read()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await browser.ws_connect(screen.address + "live", origin=parts.origin)
        screen.publish(BREATH)
        told = [[await live.receive_json() for _ in range(2)][-1]["state"] for live in lives]
        for live in lives:
            await live.close()
        return told

    assert browsing(work) == ["pacing"] * MOST_VIEWERS


@pytest.mark.parametrize("said", ["", "nonsense", '{"ping": "x"}', '{"ping": NaN}', "9" * 900])
def test_who_says_what_no_screen_says_is_let_go(screen, parts, said):
    async def work(browser):
        await (await browser.get(screen.address)).read()
        async with browser.ws_connect(screen.address + "live", origin=parts.origin) as live:
            await live.receive_json()
            await live.send_str(said)
            return (await live.receive()).type

    assert browsing(work) in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


def test_moving_lets_everyone_go_and_spends_the_old_address(screen, parts):
    async def work(browser):
        await (await browser.get(screen.address)).read()
        live = await browser.ws_connect(screen.address + "live", origin=parts.origin)
        await live.receive_json()
        old = screen.address
        await asyncio.to_thread(screen.move, "127.0.0.1")
        kind = (await live.receive()).type
        return kind, old

    kind, old = browsing(work)
    assert kind in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}
    assert screen.address != old
    assert screen.viewers == 0


def test_where_nothing_can_listen_it_is_said(screen):
    taken = int(screen.address.split(":")[2].split("/")[0])
    other = ClientPage(lambda: 0)
    with pytest.raises(DisplayError, match="cannot be served"):
        other.open(port=taken)
    other.close()


def test_nothing_is_told_before_it_is_open_and_closing_twice_is_harmless():
    closed = ClientPage(lambda: 0)
    closed.publish(BREATH)
    assert closed.viewers == 0
    closed.close()
    closed.close()


def test_what_is_told_holds_nothing_else(screen, parts):
    async def work(browser):
        await (await browser.get(screen.address)).read()
        screen.publish(BREATH)
        async with browser.ws_connect(screen.address + "live", origin=parts.origin) as live:
            return (await live.receive()).data

    told = json.loads(browsing(work))
    assert set(told) == {"state", "phases"}
    assert all(
        set(each) == {"phase", "word", "starts_us", "ends_us", "counts"} for each in told["phases"]
    )


def test_the_address_is_drawn_for_a_camera():
    code = drawn(page_address("192.168.178.123", 54321, "t" * 22))
    lines = code.splitlines()
    assert 15 <= len(lines) <= 24
    assert set("".join(lines)) & {"▀", "▄", "█"}
