"""Forwards calls for the clients of a server: each answer passes as it comes, as fast as its client reads."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from mockserver.endpoints.parts import Parts
from mockserver.recordings.clients import NoClientError, open_client
from mockserver.records.call import Call
from mockserver.serving.client import Client
from mockserver.serving.forwarding.concluding import FOREIGN, fail, finish
from mockserver.serving.forwarding.failures import UpstreamFailure, describe, describe_loop
from mockserver.serving.forwarding.headers import list_servers, pass_response_headers
from mockserver.serving.forwarding.incoming import Incoming, from_scope
from mockserver.serving.forwarding.leading import NO_ENCODINGS, Leader, is_about_batches
from mockserver.serving.forwarding.outgoing import list_decodable, make_request, read_parts_async
from mockserver.serving.forwarding.passage import CUT, LEFT, Passage
from mockserver.serving.sending import NO_DATA, Cut, Data, Head
from mockserver.serving.service import ForwardedCall, deliver

if TYPE_CHECKING:
    from starlette.types import Scope


class CutError(Exception):
    """An upstream has cut its answer."""


class Forwarder:
    """Asks upstreams with one client of httpx2, which belongs to one event loop.

    Args:
        mock: the parts of the server.
    """

    def __init__(self, mock: Parts) -> None:
        self._queue, self._now = mock.recorders.queue, mock.clock.monotonic
        self._name = secrets.token_hex(8)
        self._opened: tuple[asyncio.AbstractEventLoop, Any, Any] | None = None

    async def forward(self, forwarded: ForwardedCall, scope: Scope, call: Call, client: Client) -> None:
        """Have an upstream answer the call of an ASGI request; the client that goes away ends it."""
        incoming = from_scope(scope, call)
        if self._name in list_servers(incoming.headers):
            await self._fail(forwarded, client, describe_loop(forwarded.forwarding.recorder.upstream))
            return
        try:
            library, http = self._open()
        except NoClientError as error:
            await self._fail(forwarded, client, UpstreamFailure(502, str(error), is_final=True))
            return
        passage = Passage(forwarded.forwarding, incoming, library, list_decodable(http), self._now)
        pump = asyncio.ensure_future(self._pump(forwarded, passage, incoming, client))
        try:
            if await client.sleep(None, pump) and not passage.is_over:
                pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump
        finally:
            pump.cancel()
            if not passage.is_over:
                self._finish(forwarded, passage, LEFT)

    async def close(self) -> None:
        """Let go of the connections, and wait for what is still to be kept."""
        opened, self._opened = self._opened, None
        if opened is not None and opened[0] is asyncio.get_running_loop():
            await opened[2].aclose()
        await asyncio.to_thread(self._queue.close)

    def _open(self) -> tuple[Any, Any]:
        loop = asyncio.get_running_loop()
        if self._opened is None or self._opened[0] is not loop:
            self._opened = loop, *open_client("AsyncClient")
        return self._opened[1], self._opened[2]

    async def _pump(self, forwarded: ForwardedCall, passage: Passage, incoming: Incoming, client: Client) -> None:
        library, http = self._open()
        upstream = passage.forwarding.recorder.upstream
        try:
            body = read_parts_async(incoming.call)
            decodable = NO_ENCODINGS if is_about_batches(passage.forwarding) else list_decodable(http)
            request = make_request(library, incoming, upstream, decodable, self._name, body)
            response = await http.send(request, stream=True)
        except (library.HTTPError, library.InvalidURL, *FOREIGN) as error:
            passage.is_over = True
            await self._fail(forwarded, client, describe(error, upstream, library))
            return
        try:
            await self._pass(forwarded, passage, response, client, library)
        finally:
            await response.aclose()

    async def _pass(
        self, forwarded: ForwardedCall, passage: Passage, response: Any, client: Client, library: Any
    ) -> None:
        """Pass the answer on. Recorded before its last byte: whoever has the answer finds it in the journal."""
        try:
            headers = pass_response_headers(response.status_code, response.headers.raw)
        except ValueError as error:
            passage.is_over = True
            await self._fail(forwarded, client, describe(error, passage.forwarding.recorder.upstream, library))
            return
        passage.begin(response.status_code, headers)
        if passage.is_whole:
            self._finish(forwarded, passage)
        leader = Leader(passage.forwarding, headers)
        await client.write(Head(passage.status, leader.headers))
        try:
            async with aclosing(_read(response, library)) as parts:
                async for data in parts:
                    passage.add(data)
                    if passage.is_whole:
                        self._finish(forwarded, passage)
                    if data := leader.add(data):
                        await client.write(Data(data, 0, more=True))
        except CutError:
            if not passage.is_over:
                self._finish(forwarded, passage, CUT)
                await client.write(Cut())
                return
        self._finish(forwarded, passage)
        await client.write(Data(leader.end(), 0, more=False) if leader.is_active else NO_DATA)

    def _finish(self, forwarded: ForwardedCall, passage: Passage, cut: str = "") -> None:
        """Have it recorded; only the first time."""
        if not passage.is_over:
            finish(forwarded, passage, self._queue, cut)

    async def _fail(self, forwarded: ForwardedCall, client: Client, failure: UpstreamFailure) -> None:
        await deliver(fail(forwarded, failure), client.write, client.sleep)


async def _read(response: Any, library: Any) -> AsyncGenerator[bytes, None]:
    """The parts of an answer as they come.

    Raises:
        CutError: the upstream cut it.
    """
    try:
        async for data in response.aiter_raw():
            yield data
    except (library.HTTPError, *FOREIGN) as error:
        raise CutError from error
