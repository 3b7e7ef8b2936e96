"""What several callers of an event loop send at the same moment, in one go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from valkey import exceptions
from valkey.asyncio.connection import AbstractConnection
from valkey.exceptions import NoScriptError, ResponseError, ValkeyError

Command = tuple[bytes, ...]
# Bytes of the commands that are sent in one go, if it is more than one; others wait for the answers.
MOST = 256 * 1024
# Seconds of silence after which a connection may have been closed by the other side.
IDLE = 1.0


class Pipeline:
    """Sends commands of one event loop in their order, and none twice; while some are under way, further ones gather.

    Args:
        connection: a connection of its own.
        load: the command that loads the library.
        deadline: seconds after which commands that were not answered have failed.
        fail: what an error of the engine, or of the connection, means: the error of each command.
    """

    def __init__(
        self, connection: AbstractConnection, load: Command, deadline: float, fail: Callable[[Exception], Exception]
    ) -> None:
        self._connection, self._load, self._deadline, self._fail = connection, load, deadline, fail
        self._waiting: list[tuple[Command, asyncio.Future[Any]]] = []
        self._work: asyncio.Task[None] | None = None
        self._used, self._is_late = 0.0, False
        self._guard: AsyncGenerator[None, None] | None = None

    def send(self, command: Command) -> asyncio.Future[Any]:
        """Send a command; the future has its answer, or the error."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((command, future))
        if self._work is None:
            self._work = loop.create_task(self._send_all())
        return future

    async def close(self) -> None:
        """Send no more, and close the connection."""
        if self._work is not None:
            self._work.cancel()
        await self._connection.disconnect(nowait=True)

    async def _send_all(self) -> None:
        batch: list[tuple[Command, asyncio.Future[Any]]] = []
        watch = None
        try:
            while self._waiting:
                batch = self._take()
                watch = asyncio.get_running_loop().call_later(self._deadline, self._expire)
                answers = await self._exchange([command for command, _ in batch])
                watch.cancel()
                for (_, future), answer in zip(batch, answers, strict=True):
                    self._settle(future, answer)
        except (ValkeyError, OSError) as error:
            self._give_up(batch, error)
        except asyncio.CancelledError:
            await self._connection.disconnect(nowait=True)
            if self._is_late:
                self._is_late = False
                self._give_up(batch, exceptions.TimeoutError())
            else:
                self._give_up(batch, exceptions.ConnectionError("the store was closed"))
                raise
        finally:
            self._work = None
            if watch is not None:
                watch.cancel()

    def _expire(self) -> None:
        if self._work is not None:
            self._is_late = True
            self._work.cancel()

    def _take(self) -> list[tuple[Command, asyncio.Future[Any]]]:
        """The commands that are sent next: all, as long as they are small."""
        size = count = 0
        for command, _ in self._waiting:
            size, count = size + sum(map(len, command)), count + 1
            if size > MOST:
                break
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        """The answers of commands; those that need the library, which the engine lost, are sent when it has it again:
        it did nothing of them.
        """
        answers = await self._ask(commands)
        lacking = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if lacking:
            loaded, *again = await self._ask([self._load, *(commands[at] for at in lacking)])
            for at, answer in zip(lacking, again, strict=True):
                answers[at] = loaded if isinstance(loaded, ResponseError) else answer
        return answers

    async def _ask(self, commands: Sequence[Command]) -> list[Any]:
        connection, now = self._connection, asyncio.get_running_loop().time
        if connection.is_connected and now() - self._used > IDLE and await self._is_stale():
            await connection.disconnect(nowait=True)
        if not connection.is_connected:
            await connection.connect()  # type: ignore[no-untyped-call]
            if self._guard is None:
                self._guard = self._close_with_loop()
                await self._guard.__anext__()
        packed = connection.pack_commands(commands)
        await connection.send_packed_command(packed, check_health=False)
        answers = [await self._read() for _ in commands]
        self._used = now()
        return answers

    async def _close_with_loop(self) -> AsyncGenerator[None, None]:
        """An event loop that ends, as that of ``asyncio.run`` does, closes the generators that were begun in it."""
        try:
            yield
        finally:
            await self._connection.disconnect()

    async def _is_stale(self) -> bool:
        """Whether the other side has closed the connection, or said something that nobody asked for."""
        try:
            return bool(await self._connection.can_read_destructive())  # type: ignore[no-untyped-call]
        except (ValkeyError, OSError):
            return True

    async def _read(self) -> Any:
        try:
            return await self._connection.read_response()
        except ResponseError as error:
            return error

    def _settle(self, future: asyncio.Future[Any], answer: Any) -> None:
        if future.done():
            return  # its caller was cancelled
        if isinstance(answer, Exception):
            future.set_exception(self._fail(answer))
        else:
            future.set_result(answer)

    def _give_up(self, batch: Sequence[tuple[Command, asyncio.Future[Any]]], error: Exception) -> None:
        """All who wait hear of it at once."""
        waiting, self._waiting = self._waiting, []
        for _, future in (*batch, *waiting):
            self._settle(future, error)
