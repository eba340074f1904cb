"""A proxy that holds back everything that passes, each part by another while, in order."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

PART = 65_536


class SlowRoad:
    """Proxies for a browser: tunnels, and plain requests of one connection each.

    Parameters
    ----------
    longest_ms : float
        Each part waits between nothing and this, in each direction.
    """

    def __init__(self, longest_ms: float, *, seed: int = 1) -> None:
        self._longest = longest_ms / 1000
        self._chance = random.Random(seed)
        self.parts = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Listen on the loopback; give the port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b" ", 2)
            place = target.removeprefix(b"http://").partition(b"/")[0].decode()
            host, _, port = place.partition(":")
            if host != "127.0.0.1":
                writer.close()
                return
            there, back = await asyncio.open_connection(host, int(port))
            if method == b"CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                one_only = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
                back.write(one_only.replace(b"http://" + place.encode(), b"", 1))
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(PART):
                self.parts += 1
                await asyncio.sleep(self._chance.uniform(0, self._longest))
                writer.write(part)
                await writer.drain()
        writer.close()
