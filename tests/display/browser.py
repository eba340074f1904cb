"""A real browser without a window, driven over its own debugging socket on the loopback."""

import asyncio
import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_SECONDS = 30.0


def find_browser() -> str | None:
    """Give the browser of this machine, if it has one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command; give its result."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            answer = await asyncio.wait_for(self._socket.receive_json(), PATIENCE_SECONDS)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    async def value(self, expression: str) -> Any:
        """Give what an expression comes to in the page, waiting for it if it is a promise."""
        answer = await self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Give what an expression comes to once it is true, asked at every frame of the page."""
        wait = (
            "new Promise((done) => { const look = () => { const now = (" + expression + "); "
            "if (now) done(now); else requestAnimationFrame(look); }; look(); })"
        )
        return await asyncio.wait_for(self.value(wait), PATIENCE_SECONDS)


class Browser:
    """A browser's process, with a profile of its own that goes with it."""

    def __init__(self, path: str, *more: str) -> None:
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--remote-debugging-port=0", f"--user-data-dir={self._home.name}",
             "--window-size=1280,800", *more, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._chosen: int | None = None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._home.cleanup()

    @contextlib.asynccontextmanager
    async def tab(self) -> AsyncIterator[Page]:
        """Open a tab, and close it afterwards."""
        port = await self._port()
        async with aiohttp.ClientSession() as client:
            async with client.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
                tab = await answer.json(content_type=None)
            async with client.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=1 << 26) as at:
                yield Page(at)
            async with client.get(f"http://127.0.0.1:{port}/json/close/{tab['id']}"):
                pass

    async def _port(self) -> int:
        """Give the port that the browser chose, as it tells it on standard error."""
        while self._chosen is None:
            line = await asyncio.to_thread(self._process.stderr.readline)
            assert line, "the browser ended"
            told = re.search(rb"DevTools listening on ws://[^:]+:(\d+)/", line)
            self._chosen = int(told[1]) if told else None
        return self._chosen
