"""A client of several replicas, as a balancer would send its requests; and the replicas, killed and started again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from random import Random
from typing import Any

import httpx2 as httpx

from tests.crash.server import Server


class Balancer:
    """Sends each request to any replica that is up; what one cannot be connected to goes to the next."""

    def __init__(self, http: httpx.AsyncClient, servers: list[Server], rng: Random) -> None:
        self.http, self.rng = http, rng
        self.up = list(servers)
        self.down: list[Server] = []
        # When each was killed, and who answered which call; one that is started again has another URL.
        self.kills: dict[str, float] = {}
        self.answered: dict[str, str] = {}
        self.seen = Counter[str]()

    async def post(self, path: str, **given: Any) -> httpx.Response:
        return await self._send("POST", path, given)

    async def get(self, path: str, **given: Any) -> httpx.Response:
        return await self._send("GET", path, given)

    async def delete(self, path: str, **given: Any) -> httpx.Response:
        return await self._send("DELETE", path, given)

    async def kill_one(self) -> None:
        """Kill a replica, and start another in its place."""
        server = self.rng.choice(self.up)
        url = server.url
        self.kills[url] = await asyncio.to_thread(server.kill)
        self.up.remove(server)
        self.down.append(server)
        await asyncio.to_thread(server.start)
        self.down.remove(server)
        self.up.append(server)

    async def _send(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        deadline = time.monotonic() + 30
        while True:
            url = self.rng.choice(self.up).url if self.up else ""
            try:
                response = await self.http.request(method, f"{url}{path}", **given)
            except (httpx.ConnectError, httpx.UnsupportedProtocol):  # nothing was sent
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.01)
            except httpx.TransportError:
                self.seen["cut"] += 1
                raise
            else:
                self.seen[f"{response.status_code // 100}xx"] += 1
                if path == "/v1/messages":
                    self.answered[response.headers["request-id"]] = url
                return response
