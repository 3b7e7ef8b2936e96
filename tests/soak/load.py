"""What the clients of a soak do: calls of every kind, some of them broken off, some of them wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from random import Random

import httpx2 as httpx

MODEL = "claude-haiku-4-5"
TOOL = {"name": "look", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
SCRIPTED = ("A scenario could not answer", "scripted")


class UnscriptedError(Exception):
    """A 500 that no scenario asked for."""


class Caller:
    """One of the clients: a session of its own at a time, chosen among more than the server holds."""

    def __init__(self, http: httpx.AsyncClient, rng: Random) -> None:
        self.http = http
        self.rng = rng
        self.calls = 0

    async def call(self) -> None:
        """Do one thing."""
        await self.rng.choice(ACTIONS)(self)
        self.calls += 1

    def body(self, text: str, **more: object) -> dict[str, object]:
        return {"model": MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": text}], **more}

    async def send(self, method: str, path: str, content: object = None) -> httpx.Response:
        headers = {"x-api-key": "soak", "x-mock-session": f"s{self.rng.randrange(200)}"}
        data = content if isinstance(content, bytes) else None if content is None else json.dumps(content).encode()
        return check(await self.http.request(method, path, content=data, headers=headers))

    async def ask(self) -> None:
        await self.send("POST", "/v1/messages", self.body(self.rng.choice(("Hi", "weather in Oslo", "hello")) * 3))

    async def stream(self) -> None:
        await self.send("POST", "/v1/messages", self.body("weather", stream=True, tools=[TOOL]))

    async def chat(self) -> None:
        body: dict[str, object] = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
        more: tuple[dict[str, object], ...] = ({}, {"stream": True}, {"n": 3}, {"messages": 7})
        await self.send("POST", "/v1/chat/completions", {**body, **self.rng.choice(more)})

    async def break_off(self) -> None:
        body = self.body("Hi " * 50, stream=True)
        headers = {"x-api-key": "soak", "x-mock-session": "paced"}
        await self.http.patch("/_mock/settings", json={"pace": "realtime"}, headers=headers)
        async with self.http.stream("POST", "/v1/messages", json=body, headers=headers) as response:
            async for _ in response.aiter_raw():
                break

    async def fail(self) -> None:
        wrong = (b"", b"{", b"[]", json.dumps(self.body("x", max_tokens=-1)).encode(), b'{"a":' * 300, b"x" * 200_000)
        await self.send("POST", "/v1/messages", self.rng.choice(wrong))

    async def fault(self) -> None:
        names = ("garbled_json", "truncated_json", "missing_message_stop", "error_event", "http_500")
        await self.send("POST", "/v1/messages", self.body(f"fault {self.rng.choice(names)}", stream=True))

    async def count(self) -> None:
        await self.send("POST", "/v1/messages/count_tokens", self.body("Hi"))

    async def script(self) -> None:
        words = {
            "name": "soak",
            "when": {"user": "/he.*lo/"},
            "calls": [{"text": "x" * 5000}, {"error": {"status": 529}}],
        }
        await self.send("POST", "/_mock/scenarios", words)

    async def look(self) -> None:
        path = self.rng.choice(("health", "requests?limit=5", "requests/1", "scenarios", "settings", "nothing"))
        await self.send("GET", f"/_mock/{path}")

    async def reset(self) -> None:
        await self.send("POST", "/_mock/reset", {})

    async def babble(self) -> None:
        address = self.http.base_url
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(
            self.rng.choice((b"no HTTP\r\n\r\n", b"POST /v1/messages HTTP/1.1\r\ncontent-length: 50\r\n\r\n{", b""))
        )
        writer.close()
        await reader.read()


def check(response: httpx.Response) -> httpx.Response:
    """The response, unless it is a 500 that no scenario scripts.

    Raises:
        UnscriptedError: it is.
    """
    if response.status_code == 500 and not any(mark in response.text for mark in SCRIPTED):
        raise UnscriptedError(response.text[:500])
    return response


ACTIONS: tuple[Callable[[Caller], Awaitable[None]], ...] = (
    *(Caller.ask,) * 6, *(Caller.stream,) * 6, *(Caller.chat,) * 2, Caller.break_off, Caller.fail, Caller.fault,
    Caller.count, Caller.script, Caller.look, Caller.reset, Caller.babble,
)  # fmt: skip
