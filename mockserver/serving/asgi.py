"""uvicorn's way to answer, for calls that are not plain: ASGI, in a task. Imported when it is needed first."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

if TYPE_CHECKING:
    import asyncio

    from httptools import HttpRequestParser

    from mockserver.serving.app import MockApp

Headers = list[tuple[bytes, bytes]]


class Ways:
    """uvicorn's parts that the connections of a server share; idle ones are closed after ``idle`` seconds."""

    def __init__(self, app: MockApp, idle: float) -> None:
        # uvicorn's own log has nothing to say that is not ours to say: it takes a scripted cut for a bug.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        self.config = Config(
            app,
            http=Way,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=idle,  # type: ignore[arg-type]  # seconds; a float serves too
        )
        self.state = ServerState()

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """The calls under way."""
        return self.state.tasks

    def open(self, parser: HttpRequestParser, transport: asyncio.Transport) -> Way:
        """The way of one connection."""
        way = Way(self.config, self.state, {})
        way.parser = parser
        way.connection_made(transport)
        return way


class Way(HttpToolsProtocol):
    """uvicorn's protocol, of a connection that somebody else reads: it is told what came."""

    # The call that is being answered; ``cycle`` is the latest that came.
    answering: RequestResponseCycle | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    def begin(
        self, url: bytes, headers: Headers, date: tuple[bytes, bytes], more: Mapping[str, Any], *, expects_100: bool
    ) -> None:
        """The headers of a request are complete. ``more`` is added to its scope, ``date`` to its answer."""
        self.server_state.default_headers = [date]
        self.on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects_100
        cast("dict[str, Any]", self.scope).update(more, headers=headers)
        self.on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, and need not be told anything more; uvicorn lets only the latest call know."""
        self.pipeline.clear()
        if self.answering is not None and not self.answering.response_complete:
            self.answering.disconnected = True
            self.answering.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.answering = cycle
        super()._start_asgi_task(cycle, app)

    def end(self) -> None:
        """The answer to come is the connection's last."""
        self.cycle.keep_alive = False

    def wake(self) -> None:
        """Something comes: the connection is idle no longer."""
        self._unset_keepalive_if_required()
