"""Serves the client's screen, on a thread of its own, to browsers that hold its address."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from importlib.resources import files

from aiohttp import WSMsgType, web

from mtsession.display import words
from mtsession.display.address import LOOPBACK, page_address
from mtsession.display.door import Door
from mtsession.errors import DisplayError
from mtsession.protocol.views import ClientGuide
from mtsession.timeline.units import Micros

SEAT = "seat"
MOST_VIEWERS = 24
ALIVE_SECONDS = 10.0
_CLOSING_SECONDS = 2.0
_NOTHING = "There is nothing here. Ask for a new address."
_KINDS = {"page.js": "text/javascript", "page.css": "text/css"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class ClientPage:
    """The page for the client, and the one thread that serves it.

    Parameters
    ----------
    now_us : callable
        The session's time; asked from the serving thread.

    Notes
    -----
    `publish` may be called at every redraw: only what changed is sent. Nothing here waits for
    a browser; one that reads too slowly is let go and comes back by itself.
    """

    def __init__(self, now_us: Callable[[], Micros]) -> None:
        self._now_us = now_us
        self._door = Door()
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._viewers: set[web.WebSocketResponse] = set()
        self._sendings: set[asyncio.Task[None]] = set()
        self._latest = words.told(None)
        self._guide: ClientGuide | None = None
        self._host, self._port = LOOPBACK, 0

    @property
    def address(self) -> str:
        """What is typed into a browser; good for one."""
        return page_address(self._host, self._port, self._door.token)

    @property
    def spent(self) -> bool:
        """Whether a browser has used the address."""
        return self._door.spent

    @property
    def viewers(self) -> int:
        """How many screens are connected."""
        return len(self._viewers)

    @property
    def on_network(self) -> bool:
        """Whether other devices can reach it."""
        return self._host != LOOPBACK

    def open(self, host: str = LOOPBACK, port: int = 0) -> None:
        """Serve on an address of this laptop; any free port by default.

        Raises
        ------
        DisplayError
            If that cannot be listened on.
        """
        self._thread = threading.Thread(target=self._loop.run_forever, name="screen", daemon=True)
        self._thread.start()
        self.move(host, port)

    def move(self, host: str, port: int = 0) -> None:
        """Serve somewhere else, under a new address; who was connected is let go."""
        self._wait_for(self._serve(host, port))
        self._door.renew()

    def renew(self) -> None:
        """Make a new address for one more screen."""
        self._door.renew()

    def publish(self, guide: ClientGuide | None) -> None:
        """Let every screen know how the guide stands."""
        if guide == self._guide or self._thread is None:
            return
        self._guide = guide
        self._loop.call_soon_threadsafe(self._tell, words.told(guide))

    def close(self) -> None:
        """Let every screen go, and serve no more."""
        if self._thread is None:
            return
        self._wait_for(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING_SECONDS)
        self._thread = None

    def _wait_for(self, work: Awaitable[None]) -> None:
        async def done() -> None:
            await work

        asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    # On the serving thread

    async def _serve(self, host: str, port: int) -> None:
        await self._stop()
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/{token}/", self._page)
        app.router.add_get("/{token}/live", self._live)
        app.router.add_get("/{token}/{name}", self._part)
        self._runner = web.AppRunner(
            app, handle_signals=False, access_log=None, shutdown_timeout=_CLOSING_SECONDS
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            await self._stop()
            raise DisplayError(
                f"The client's screen cannot be served on {host} ({error.strerror}).",
                "Use this laptop only, or look whether the network is connected.",
            ) from error
        self._host, self._port = host, self._runner.addresses[0][1]

    async def _stop(self) -> None:
        for viewer in tuple(self._viewers):
            await viewer.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _tell(self, text: str) -> None:
        self._latest = text
        for viewer in tuple(self._viewers):
            sending = self._loop.create_task(self._send(viewer, text))
            self._sendings.add(sending)
            sending.add_done_callback(self._sendings.discard)

    async def _send(self, viewer: web.WebSocketResponse, text: str) -> None:
        try:
            await asyncio.wait_for(viewer.send_str(text), ALIVE_SECONDS)
        except (ConnectionError, TimeoutError):
            # It reconnects by itself when it can, and is told then how things stand.
            self._viewers.discard(viewer)
            await viewer.close()

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Answer only what is asked of this host, and say the same to everything else."""
        if request.host != f"{self._host}:{self._port}":
            return _nothing()
        try:
            return await handler(request)
        except web.HTTPException:
            return _nothing()

    async def _page(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        seat = self._door.enter(token, request.cookies.get(SEAT))
        if seat is None:
            return _nothing()
        page = web.Response(text=_read("page.html"), content_type="text/html", headers=_HEADERS)
        page.set_cookie(SEAT, seat, path=f"/{token}/", httponly=True, samesite="Strict")
        return page

    async def _part(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in _KINDS or not self._seated(request):
            return _nothing()
        return web.Response(text=_read(name), content_type=_KINDS[name], headers=_HEADERS)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        own = f"http://{self._host}:{self._port}"
        full = len(self._viewers) >= MOST_VIEWERS
        if full or not self._seated(request) or request.headers.get("Origin") != own:
            return _nothing()
        viewer = web.WebSocketResponse(heartbeat=ALIVE_SECONDS, max_msg_size=1024)
        await viewer.prepare(request)
        self._viewers.add(viewer)
        try:
            await viewer.send_str(self._latest)
            async for message in viewer:
                ping = words.asked(message.data) if message.type is WSMsgType.TEXT else None
                if ping is None:
                    break
                await viewer.send_str(words.pong(ping, self._now_us()))
        except ConnectionError:
            pass  # gone while it was being answered, which ends the same way as going
        finally:
            self._viewers.discard(viewer)
        return viewer

    def _seated(self, request: web.Request) -> bool:
        return self._door.holds(request.match_info["token"], request.cookies.get(SEAT))


def _nothing() -> web.Response:
    return web.Response(status=404, text=_NOTHING, headers=_HEADERS)


def _read(name: str) -> str:
    return files("mtsession.display").joinpath("page", name).read_text(encoding="utf-8")
