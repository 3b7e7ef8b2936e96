"""The ASGI application: reads requests, sends deliveries. Alone in knowing Starlette, and in sleeping."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from mockserver import journey
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.wires import WIRES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from mockserver.control import Control
    from mockserver.endpoints.conclusion import Conclusion
    from mockserver.records.delivery import Delivery, Headers
    from mockserver.serving.watching import Watch

Log = Callable[[str], None]
LOGGER = logging.getLogger("mockserver")
# Where the scope of a call holds its answer, when the server has that already (see `mockserver.serving.protocol`).
ANSWERED = "mockserver.endpoints.conclusion"


class MockApp:
    """A mock server as an ASGI application.

    Args:
        settings: what to serve and how; None means the defaults (profile ``relay``, no fixtures).
        log: called with one line a request; None means no access log.

    Raises:
        ScenarioError: the fixtures hold mistakes; it lists every one with file, line and column.
    """

    def __init__(self, settings: Settings | None = None, *, log: Log | None = None) -> None:
        self.mock = assembly.build(settings or Settings())
        self._watch = _watch(self.mock) if self.mock.settings.reload else None
        self.api = MessagesApi(self.mock, log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn's send is a method of its request cycle, which holds the transport: a fault may have to cut it.
        scope["mockserver.serving.transport"] = getattr(getattr(send, "__self__", None), "transport", None)
        await self._handler(scope)(scope, receive, send)

    def _handler(self, scope: Scope) -> ASGIApp:
        """Who handles it: the router, or at once the API, to which it would lead all plain calls."""
        if scope["type"] != "http" or scope["path"].startswith("/_mock/") or _from_browser(scope):
            return self._router
        return self.api

    @cached_property
    def _router(self) -> ASGIApp:
        """The way to everything, made when first needed: a server that only mocks starts without it."""
        from starlette.middleware.cors import CORSMiddleware
        from starlette.routing import Route, Router

        from mockserver.serving.inspection import control

        api = CORSMiddleware(
            self.api,
            allow_origins=["*"],
            allow_methods=["*"],
            allow_headers=["*"],
            allow_private_network=True,
            expose_headers=WIRES["messages"].exposed,
            max_age=86400,
        )
        # A bare Router: what the layers do that Starlette puts around it (turning exceptions into pages) is done here
        # in the API's own form.
        return Router(
            [
                Route("/_mock/{rest:path}", ControlApi(control(self.mock), self.mock.settings.max_body)),
                Route("/{rest:path}", api),
            ],
            lifespan=lambda _: self.lifespan(),
        )

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """What runs as long as the server does: reloading, for those who asked for it."""
        watcher = asyncio.ensure_future(self._watch.run()) if self._watch else None
        try:
            yield
        finally:
            if watcher is not None:
                watcher.cancel()


class MessagesApi:
    """Everything but ``/_mock/``: hands each request to the journey and sends what comes back."""

    def __init__(self, mock: Parts, log: Log | None) -> None:
        self.mock = mock
        self.log = log
        self.max_body = mock.settings.max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        answered = scope.get(ANSWERED)
        if answered is None:
            body = await _read(receive, self.max_body)
            if body is None:  # the client went away before it had said everything
                return
            answered = self.answer(_call(scope, body))
        answered.begin()
        sent, hung_up = 0, True
        try:
            sent, hung_up = await _send(answered.delivery, scope, receive, send)
        finally:
            self.note(answered, started, sent, hung_up)

    def answer(self, call: Call) -> Conclusion:
        """Answers a call. What goes wrong here is ours to mend: the trace goes to the console, the client gets the
        API's own 500."""
        try:
            return journey.answer(call, self.mock)
        except Exception:
            LOGGER.exception("%s %s failed inside the mock server", call.method, call.path)
            return journey.fail(call, self.mock)

    def note(self, answered: Conclusion, started: float, events_sent: int, hung_up: bool) -> None:
        """Notes in journal and access log how an answer left. ``started`` is a reading of ``time.perf_counter``."""
        milliseconds = (time.perf_counter() - started) * 1000
        answered.finish(events_sent, hung_up, milliseconds)
        if self.log:
            call = answered.record.call
            # Quoted, for a path may hold line ends and what else could forge a line or steer a terminal.
            path = quote(call.path.partition("?")[0])
            try:
                self.log(f"{call.method} {path} {answered.delivery.status} {answered.scenario} {milliseconds:.1f}ms")
            except Exception:  # the user's own log; the client shall not suffer for it
                LOGGER.exception("the access log failed")


class ControlApi:
    """The endpoints below ``/_mock/``."""

    def __init__(self, control: Control, max_body: int) -> None:
        self.control = control
        self.max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive, self.max_body)
        if body is not None:
            await _send(self.control.handle(_call(scope, body)), scope, receive, send)


def encode_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers as they stand on the wire: names in latin-1, values in UTF-8."""
    return [(name.encode("latin-1"), value.encode()) for name, value in headers]


def _from_browser(scope: Scope) -> bool:
    return any(name == b"origin" for name, _ in scope["headers"])


def call_of(method: str, path: str, query: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Call:
    """The call that an HTTP request makes now; names of headers are in lower case."""
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    if len(named) < len(headers):
        named = _joined(headers)
    return Call(method, path, named, body, query.decode("latin-1"), time.time())


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name, the values of one that came several times joined."""
    named: dict[str, list[str]] = {}
    for name, value in headers:
        named.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in named.items()}


def _call(scope: Scope, body: bytes) -> Call:
    return call_of(scope["method"], scope["path"], scope["query_string"], scope["headers"], body)


async def _read(receive: Receive, most: int) -> bytes | None:
    """The body, or None when the client hung up. Of a body over ``most`` bytes only ``most + 1`` are kept."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return bytes(message["body"][: most + 1])
    kept = bytearray()
    while message["type"] == "http.request":
        kept += message["body"][: most + 1 - len(kept)]
        if not message.get("more_body"):
            return bytes(kept)
        message = await receive()
    return None


async def _send(delivery: Delivery, scope: Scope, receive: Receive, send: Send) -> tuple[int, bool]:
    """Sends it at its pace. Returns how many events left, and whether the client hung up before the end."""
    client = _Client(receive)
    try:
        if delivery.delay and await client.gone_within(delivery.delay):
            return 0, True
        sent, gone = 0, False
        if delivery.pieces or delivery.end == "close":
            await send(
                {"type": "http.response.start", "status": delivery.status, "headers": encode_headers(delivery.headers)}
            )
        last = len(delivery.pieces) - 1
        for index, piece in enumerate(delivery.pieces):
            if piece.delay and (gone := await client.gone_within(piece.delay)):
                return sent, True
            more = index < last or delivery.end != "close"
            await send({"type": "http.response.body", "body": piece.data, "more_body": more})
            sent += piece.events
        if not delivery.pieces and delivery.end == "close":
            await send({"type": "http.response.body", "body": b""})
        if delivery.end == "hang":
            gone = await client.gone_within(None)
        elif delivery.end == "abort":
            _cut(scope)
        return sent, gone
    except asyncio.CancelledError:
        # The server stops in a hurry: the client shall see a connection cut, not an error made up for it.
        _cut(scope)
        raise
    finally:
        client.forget()


class _Client:
    """The other side of the connection, watched while we wait."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.watch: asyncio.Task[None] | None = None

    async def gone_within(self, seconds: float | None) -> bool:
        """Waits; True as soon as the client has hung up."""
        if self.watch is None:
            self.watch = asyncio.ensure_future(_hung_up(self.receive))
        done, _ = await asyncio.wait({self.watch}, timeout=seconds)
        return bool(done)

    def forget(self) -> None:
        if self.watch is not None:
            self.watch.cancel()


async def _hung_up(receive: Receive) -> None:
    """Returns when the client has gone. What may come before says once more that its request is complete."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _cut(scope: Scope) -> None:
    """Closes the connection in the middle of an answer."""
    transport = scope.get("mockserver.serving.transport")
    if transport is not None:
        transport.close()


def _watch(mock: Parts) -> Watch:
    from mockserver.serving.watching import Watch  # only for those who ask for it

    return Watch(mock)
