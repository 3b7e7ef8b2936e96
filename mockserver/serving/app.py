"""The ASGI application: one Starlette router through which every request goes."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from starlette.routing import Route, Router

from mockserver.endpoints.batches.resuming import has_unfinished, watch
from mockserver.endpoints.table import find_limit
from mockserver.records.call import SESSION_PATH, Call
from mockserver.records.clock import Clock
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.bodies import UnfinishedBodies
from mockserver.serving.client import Client
from mockserver.serving.feeding import Feeder
from mockserver.serving.heavy import HeavyWorker
from mockserver.serving.https_notice import HttpsNotice
from mockserver.serving.reach import is_in_process
from mockserver.serving.requests import NOTHING, Received, is_refusable, make_call, read_body
from mockserver.serving.service import CONTROL, Exchange, ForwardedCall, Log, Service, deliver
from mockserver.serving.storing import make_keeper
from mockserver.serving.waiting import JournalWatch, PatientAnswerer, Sleep

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from typing_extensions import Unpack

    from mockserver.serving.forwarding.forwarder import Forwarder
    from mockserver.serving.watcher import FixtureWatcher

# What the endpoints of an application have in common.
Shared = tuple[int, Clock, HeavyWorker, UnfinishedBodies]
# Bytes of all bodies that are being received.
MOST_UNFINISHED = 256 * 1024 * 1024


class MockApp:
    """A mock server as an ASGI application.

    Args:
        settings: what to serve and how; None means the defaults (profile ``relay``, no fixtures).
        log: called with one line a request; None means no access log.
        slot: the number of a worker, from 1, which shares the store with others; None: there are none.
        began: when they began, in seconds since 1970; None: now.

    Raises:
        ScenarioError: the fixtures hold mistakes; it lists every one with file, line and column.
        StoreError: the folder of the store cannot be used.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        log: Log | None = None,
        slot: int | None = None,
        began: float | None = None,
    ) -> None:
        self.mock = assembly.build(settings or Settings(), slot, began)
        self._watcher = self._watch_fixtures() if self.mock.settings.reload else None
        self._keeper = make_keeper(self.mock, is_worker=bool(slot))
        self._service = service = Service(self.mock, log)
        max_body, clock = self.mock.settings.max_body, self.mock.clock
        bodies = UnfinishedBodies(max(MOST_UNFINISHED, 2 * max_body))
        worker = HeavyWorker()
        shared = max_body, clock, worker, bodies
        self._watch = JournalWatch(self.mock.store.journal)
        self._feeder = Feeder(self._watch, worker)
        control = ControlEndpoint(service, PatientAnswerer(self._watch), self._feeder, *shared)
        api = ApiEndpoint(service, *shared)
        self._api = api
        self.https_notice = HttpsNotice(clock)
        # A router without the layers that Starlette's application puts around it: they turn exceptions into pages,
        # which is done in the API's own form here.
        self._router = Router(
            [_make_route(control)],
            default=api,
            redirect_slashes=False,
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    def begin_drain(self) -> None:
        """The server stops once all is answered: say so, answer those who wait for the journal as things are, and end
        the answers of those who follow it.
        """
        self._service.is_draining = True
        self._watch.close()
        self._feeder.close()

    def _watch_fixtures(self) -> FixtureWatcher:
        from mockserver.serving.watcher import FixtureWatcher  # only for those who ask for it

        return FixtureWatcher(self.mock)

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        """Reloads fixtures as long as the server runs, for those who asked for it; closes the store at its end."""
        self._service.is_draining = False
        self._keeper.open()
        self._watch.open()
        is_stopped = threading.Event()
        if self.mock.store.claims.is_shared or has_unfinished(self.mock):
            # In a thread of its own: there may be many, and nobody waits for their ends but who asks for them.
            watching = partial(watch, self.mock, is_stopped)
            threading.Thread(target=watching, name="unfinished batches", daemon=True).start()
        reloading = asyncio.ensure_future(self._watcher.run()) if self._watcher else None
        try:
            yield
        finally:
            is_stopped.set()
            if reloading is not None:
                reloading.cancel()
            await self._api.close()
            self._keeper.close()


def _make_route(control: ControlEndpoint) -> Route:
    """The route of the control interface, also below the path of a session, and of its page without a slash."""
    route = Route(f"{CONTROL}{{rest:path}}", control)
    # Each request is tried with it. Names of scenarios may hold line breaks, at which Starlette's own expression ends.
    route.path_regex = re.compile(f"({SESSION_PATH}[^/]+)?{CONTROL[:-1]}(?P<rest>/.*)?\\Z", re.DOTALL)
    return route


class Endpoint:
    """A raw ASGI application below a route: reads a request, has it answered, and sends the answer."""

    def __init__(
        self,
        answer: Callable[[Call], Exchange],
        max_body: int,
        clock: Clock,
        worker: HeavyWorker,
        bodies: UnfinishedBodies,
    ) -> None:
        self._answer = answer
        self._max_body = max_body
        self._clock = clock
        self._worker = worker
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        find_limit = partial(self._find_limit, scope)
        is_unwanted = is_refusable(scope["headers"], self._max_body, find_limit)
        body = NOTHING if is_unwanted else await read_body(receive, self._max_body, self._bodies, find_limit)
        if body is None:
            return
        client = Client(receive, send)
        client.connection.limit_queue()
        try:
            call = self._make_call(scope, body)
            exchange = await self._decide(call, client.sleep)
            if exchange.later is not None:
                exchange = await self._worker.answer_later(exchange.later, call)
            await self._send(exchange, scope, call, client)
        except (RuntimeError, asyncio.CancelledError):
            # The event loop refuses to write for a client that has gone; uvicorn may not know that yet. And a server
            # that stops cancels what still waits when it has closed the connections.
            if not client.connection.is_closed():
                raise
        finally:
            client.forget()

    async def _decide(self, call: Call, _: Sleep) -> Exchange:
        return await self._worker.answer(self._answer, call)

    async def _send(self, exchange: Exchange, _: Scope, __: Call, client: Client) -> None:
        await deliver(exchange, client.write, client.sleep)

    def _find_limit(self, _: Scope) -> int:
        """The most bytes that the body of a request may have; asked only where it is large."""
        return self._max_body

    def _make_call(self, scope: Scope, body: Received) -> Call:
        method, path, query, headers = scope["method"], scope["path"], scope["query_string"], scope["headers"]
        at = self._clock.now()
        call = make_call(method, path, query, headers, body, at, scheme=scope.get("scheme", "http"))
        # Starlette and others leave the path of a mount in ``path``, and name it in ``root_path``.
        return replace(call, root=scope["root_path"]) if scope.get("root_path") else call


class ApiEndpoint(Endpoint):
    """The endpoint of the API, of which some routes take larger bodies than others."""

    def __init__(self, service: Service, *shared: Unpack[Shared]) -> None:
        super().__init__(service.answer_api, *shared)
        self._settings = service.mock.settings
        self._mock = service.mock
        self._forwarder: Forwarder | None = None

    async def close(self) -> None:
        """Let go of upstreams, and wait for what is still to be recorded."""
        if self._forwarder is not None:
            await self._forwarder.close()

    async def _send(self, exchange: Exchange, scope: Scope, call: Call, client: Client) -> None:
        if exchange.forward is None:
            await deliver(exchange, client.write, client.sleep)
        else:
            await self._forward(exchange.forward, scope, call, client)

    async def _forward(self, forwarded: ForwardedCall, scope: Scope, call: Call, client: Client) -> None:
        if self._forwarder is None:
            from mockserver.serving.forwarding.forwarder import Forwarder  # only for those who record

            self._forwarder = Forwarder(self._mock)
        await self._forwarder.forward(forwarded, scope, call, client)

    def _find_limit(self, scope: Scope) -> int:
        return find_limit(self._make_call(scope, NOTHING), self._settings)


class ControlEndpoint(Endpoint):
    """The endpoint of the control interface: its calls may wait for an answer, or follow the journal, and it matters to
    it whether they came over a socket.
    """

    def __init__(self, service: Service, patient: PatientAnswerer, feeder: Feeder, *shared: Unpack[Shared]) -> None:
        super().__init__(service.answer_control, *shared)
        self._service = service
        self._patient = patient
        self._feeder = feeder

    async def _decide(self, call: Call, sleep: Sleep) -> Exchange:
        return await self._patient.answer(lambda: self._worker.answer(self._answer, call), sleep)

    async def _send(self, exchange: Exchange, _: Scope, call: Call, client: Client) -> None:
        delivery = exchange.delivery
        if delivery.feed is not None and self._feeder.has_room:
            await self._feeder.send(delivery, delivery.feed, call, client)
            return
        if delivery.feed is not None:
            exchange = self._service.refuse_feed(call, self._feeder.most)
        await deliver(exchange, client.write, client.sleep)

    def _make_call(self, scope: Scope, body: Received) -> Call:
        return replace(super()._make_call(scope, body), in_process=is_in_process(scope))
