"""What several callers send at the same moment, in one go."""

from __future__ import annotations

import asyncio
from typing import Any

from valkey.asyncio import Valkey

Command = tuple[Any, ...]


class Pipeline:
    """Sends commands of one event loop in their order; while some are under way, further ones gather."""

    def __init__(self, client: Valkey, library: str) -> None:
        self._client, self._library = client, library
        self._waiting: list[tuple[Command, asyncio.Future[Any]]] = []
        self._work: asyncio.Task[None] | None = None

    async def send(self, command: Command) -> Any:
        """Send a command; returns its answer."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._send_all())
        return await future

    async def _send_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            pipeline = self._client.pipeline(transaction=False)
            for command, _ in batch:
                pipeline.execute_command(*command)
            answers = await pipeline.execute(raise_on_error=False)
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
