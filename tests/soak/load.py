"""What the clients of a soak do: calls of every kind, some of them broken off, some of them wrong."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from random import Random

import httpx2 as httpx

MODEL = "claude-haiku-4-5"
TOOL = {"name": "look", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
SCRIPTED = ("A scenario could not answer", "scripted")
# In answers of 503: the engine of the store is gone.
AWAY = "The store of the mock server"


class UnscriptedError(Exception):
    """A 500 that no scenario asked for, or a 503 for an engine that is there."""


class Caller:
    """One of the clients: a session at a time, chosen among more than the server holds.

    Args:
        http: sends its requests.
        urls: the servers, which share a store; each request goes to any of them.
        rng: what it does is chosen by.
        may_be_away: whether the engine of the store may be gone now and then.
    """

    def __init__(self, http: httpx.AsyncClient, urls: Sequence[str], rng: Random, *, may_be_away: bool = False) -> None:
        self.http, self.urls, self.rng = http, urls, rng
        self.calls = 0
        self.answers = Counter[int]()
        self._may_be_away = may_be_away

    def url(self, path: str) -> str:
        """The address of a path at any of the servers."""
        return f"{self.rng.choice(self.urls)}{path}"

    def session(self) -> str:
        return f"s{self.rng.randrange(200)}"

    def headers(self, session: str = "") -> dict[str, str]:
        return {"x-api-key": "soak", "anthropic-version": "2023-06-01", "x-mock-session": session or self.session()}

    def body(self, text: object, **more: object) -> dict[str, object]:
        return {"model": MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": text}], **more}

    async def send(
        self, method: str, path: str, content: object = None, session: str = "", kind: str = "application/json"
    ) -> httpx.Response:
        """A request with a body of JSON, or of bytes, to any of the servers."""
        headers = {**self.headers(session), "content-type": kind}
        data = content if isinstance(content, bytes) else None if content is None else json.dumps(content).encode()
        return self.check(await self.http.request(method, self.url(path), content=data, headers=headers))

    def check(self, response: httpx.Response) -> httpx.Response:
        """The response, unless it is a 500 that no scenario scripts.

        Raises:
            UnscriptedError: it is.
        """
        self.answers[response.status_code] += 1
        is_scripted = any(mark in response.text for mark in SCRIPTED)
        is_away = response.status_code == 503 and AWAY in response.text
        if (response.status_code == 500 and not is_scripted) or (is_away and not self._may_be_away):
            raise UnscriptedError(f"{response.request.method} {response.request.url}: {response.text[:500]}")
        return response


async def ask(caller: Caller) -> None:
    await caller.send("POST", "/v1/messages", caller.body(caller.rng.choice(("Hi", "weather in Oslo", "hello")) * 3))


async def stream(caller: Caller) -> None:
    await caller.send("POST", "/v1/messages", caller.body("weather", stream=True, tools=[TOOL]))


async def chat(caller: Caller) -> None:
    body: dict[str, object] = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    more: tuple[dict[str, object], ...] = ({}, {"stream": True}, {"n": 3}, {"messages": 7})
    await caller.send("POST", "/v1/chat/completions", {**body, **caller.rng.choice(more)})


async def converse(caller: Caller) -> None:
    """A conversation that grows, so that prefixes are cached and threads continued."""
    session = caller.session()
    said: list[object] = []
    for turn in range(3):
        said.append({"role": "user", "content": f"turn {turn} " + "word " * 300})
        body = {**caller.body(""), "messages": said, "cache_control": {"type": "ephemeral"}}
        response = await caller.send("POST", "/v1/messages", body, session)
        if response.status_code != 200:
            return
        said.append({"role": "assistant", "content": response.json()["content"]})


async def play(caller: Caller) -> None:
    """A stream with the pace of its scenario, to its end."""
    await caller.send("POST", "/v1/messages", caller.body("soak paced", stream=True))


async def break_off(caller: Caller) -> None:
    """A paced stream, of which the client has enough."""
    body, events = caller.body("soak paced", stream=True), caller.rng.randrange(5)
    url, headers = caller.url("/v1/messages"), caller.headers()
    async with caller.http.stream("POST", url, json=body, headers=headers) as response:
        async for _ in response.aiter_raw():
            events -= 1
            if events <= 0:
                break


async def hang_up(caller: Caller) -> None:
    """A client that goes while it is waited for."""
    waiting = asyncio.ensure_future(chat(caller) if caller.rng.random() < 0.5 else stream(caller))
    done, _ = await asyncio.wait([waiting], timeout=caller.rng.random() * 0.01)
    if not done:
        waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=not done)


async def fail(caller: Caller) -> None:
    wrong = (b"", b"{", b"[]", json.dumps(caller.body("x", max_tokens=-1)).encode(), b'{"a":' * 300, b"x" * 200_000)
    await caller.send("POST", "/v1/messages", caller.rng.choice(wrong))


async def fault(caller: Caller) -> None:
    names = ("tool_input_cut", "html_page", "pings", "error", "no_end", "stall", "empty_body", "overload", "nothing")
    await caller.send("POST", "/v1/messages", caller.body(f"fault {caller.rng.choice(names)}", stream=True))


async def cut(caller: Caller) -> None:
    """A fault that closes the connection."""
    try:
        await caller.send("POST", "/v1/messages", caller.body("fault disconnect", stream=True))
    except httpx.RemoteProtocolError:
        caller.answers[200] += 1


async def count(caller: Caller) -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "tools": [TOOL]}
    await caller.send("POST", "/v1/messages/count_tokens", body)


async def babble(caller: Caller) -> None:
    address = httpx.URL(caller.url("/"))
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(
        caller.rng.choice((b"no HTTP\r\n\r\n", b"POST /v1/messages HTTP/1.1\r\ncontent-length: 50\r\n\r\n{", b""))
    )
    writer.close()
    await reader.read()


Action = Callable[[Caller], Awaitable[None]]
ACTIONS: tuple[Action, ...] = (
    *(ask,) * 10, *(stream,) * 10, *(chat,) * 4, *(converse,) * 2, *(play,) * 2, *(break_off,) * 2, *(hang_up,) * 2,
    *(fail,) * 2, *(fault,) * 2, cut, *(count,) * 2, babble,
)  # fmt: skip
