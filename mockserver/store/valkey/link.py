"""The connection to the engine: operations go there by name, each as one atomic step of the library's script.

In a function that was called by ``bridge.run``, the operations of the same moment travel together, and the event loop
does other things while they are waited for; elsewhere the thread waits, on a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent import futures
from contextlib import suppress
from hashlib import sha1
from time import monotonic, sleep
from typing import Any
from weakref import WeakKeyDictionary

import valkey
import valkey.asyncio
from valkey.backoff import NoBackoff
from valkey.exceptions import NoScriptError, ValkeyError
from valkey.retry import Retry

from mockserver.store.errors import StoreClosedError, StoreError, StoreGoneError
from mockserver.store.kept.encoding import to_bytes
from mockserver.store.valkey import bridge
from mockserver.store.valkey.address import Address
from mockserver.store.valkey.availability import SELDOM, SOON, Availability
from mockserver.store.valkey.failures import find_reason, find_room_error, is_lasting
from mockserver.store.valkey.pipeline import Pipeline

Argument = bytes | str | int | float
# Seconds after which an operation, and an attempt to connect, has failed.
DEADLINE, CONNECTING = 5.0, 2.0
# Connections of threads: further ones wait for their turn.
MOST_THREADS = 64
# Does what each operation needs: writes, for a moment.
_PROBE = "return redis.call('SET', KEYS[1], '1', 'PX', 1000)"


class Link:
    """See above.

    Args:
        address: where the engine is.
        library: the script of the operations.
        patience: for how many seconds it is waited for, when it cannot be reached at the beginning.

    Raises:
        StoreError: it cannot be used.
    """

    def __init__(self, address: Address, library: str, patience: float = 0.0) -> None:
        self.address, self._library = address, library.encode()
        self._sha = sha1(self._library).hexdigest().encode()  # noqa: S324  so the engine names scripts
        self._prefix = address.prefix.encode()
        self._client = self._make_client(DEADLINE)
        self._probe_client = self._make_client(CONNECTING)
        self._availability = Availability(address.shown, self._probe)
        self._pipelines: WeakKeyDictionary[asyncio.AbstractEventLoop, Pipeline] = WeakKeyDictionary()
        self._is_closed = False
        self._wait_for_engine(patience)

    def call(self, operation: str, *args: Argument) -> Any:
        """Do an operation; returns what it returns: bytes, whole numbers, None, and lists of them.

        Raises:
            StoreGoneError: the engine cannot be reached; nothing is known of what became of the operation.
            StoreFullError: there is no room.
            StoreClosedError: the store was closed.
        """
        command = self._write(operation, args)
        if bridge.can_wait():
            return bridge.wait(self._pipeline().send(command))
        return self._ask(self._client, command)

    def call_all(self, operations: Sequence[tuple[str, Sequence[Argument]]]) -> list[Any]:
        """Do operations in their order, in one go, in this thread; returns the answer, or the error, of each.

        Raises:
            StoreGoneError: the engine cannot be reached; nothing is known of what became of them.
            StoreClosedError: the store was closed.
        """
        commands = [self._write(operation, args) for operation, args in operations]
        try:
            answers = self._exchange(commands)
            lacking = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            if lacking:
                self._client.script_load(self._library)
                again = self._exchange([commands[at] for at in lacking])
                for at, answer in zip(lacking, again, strict=True):
                    answers[at] = answer
        except (ValkeyError, OSError) as error:
            raise self._fail(error) from error
        return [self._fail(each) if isinstance(each, Exception) else each for each in answers]

    def _exchange(self, commands: Sequence[tuple[bytes, ...]]) -> list[Any]:
        with self._client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
            return list(pipeline.execute(raise_on_error=False))  # type: ignore[no-untyped-call]

    def post(self, operation: str, *args: Argument) -> None:
        """Do an operation, and in an event loop wait for nothing: what is sent there later is done later. It may fail
        unheard.

        Raises:
            StoreGoneError: the engine cannot be reached, as is known already.
            StoreClosedError: the store was closed.
        """
        command = self._write(operation, args)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._ask(self._client, command)
        else:
            self._pipeline().send(command).add_done_callback(_ignore)

    def check(self) -> None:
        """Do nothing while the engine can be used.

        Raises:
            StoreGoneError: it cannot be reached, as is known already.
        """
        self._availability.check()

    @property
    def reason(self) -> str | None:
        """Why the engine cannot be used; None: as far as is known it can."""
        return self._availability.reason

    def measure(self) -> float:
        """Seconds that a round trip takes.

        Raises:
            StoreGoneError: the engine cannot be reached.
        """
        begun = monotonic()
        self._probe()
        return monotonic() - begun

    def open(self) -> None:
        """Take operations again after ``close``.

        Raises:
            StoreError: the engine cannot be used.
        """
        if self._is_closed:
            self._is_closed = False
            self._availability.open()
            self._wait_for_engine(0.0)

    def close(self) -> None:
        """Let go of the connections."""
        if self._is_closed:
            return
        self._is_closed = True
        self._availability.close()
        for loop, pipeline in tuple(self._pipelines.items()):
            if not loop.is_closed():
                _close_soon(loop, pipeline)
        self._pipelines.clear()
        self._client.close()  # type: ignore[no-untyped-call]
        self._probe_client.close()  # type: ignore[no-untyped-call]

    def _write(self, operation: str, args: Sequence[Argument]) -> tuple[bytes, ...]:
        if self._is_closed:
            raise StoreClosedError
        self._availability.check()
        return (b"EVALSHA", self._sha, b"1", self._prefix, operation.encode(), *map(_encode, args))

    def _make_client(self, seconds: float) -> valkey.Valkey:
        pool = valkey.BlockingConnectionPool.from_url(  # type: ignore[no-untyped-call]
            self.address.url,
            max_connections=MOST_THREADS,
            timeout=seconds,
            socket_timeout=seconds,
            socket_connect_timeout=min(seconds, CONNECTING),
            retry=Retry(NoBackoff(), 0),
        )
        return valkey.Valkey.from_pool(pool)

    def _pipeline(self) -> Pipeline:
        loop = asyncio.get_running_loop()
        found = self._pipelines.get(loop)
        if found is None:
            pool = valkey.asyncio.ConnectionPool.from_url(
                self.address.url, socket_timeout=None, socket_connect_timeout=CONNECTING
            )
            connection = pool.make_connection()  # type: ignore[no-untyped-call]
            load = (b"SCRIPT", b"LOAD", self._library)
            found = self._pipelines[loop] = Pipeline(connection, load, DEADLINE, self._fail)
        return found

    def _ask(self, client: valkey.Valkey, command: tuple[bytes, ...]) -> Any:
        try:
            try:
                return client.execute_command(*command)  # type: ignore[no-untyped-call]
            except NoScriptError:
                client.script_load(self._library)
                return client.execute_command(*command)  # type: ignore[no-untyped-call]
        except (ValkeyError, OSError) as error:
            raise self._fail(error) from error

    def _fail(self, error: Exception) -> Exception:
        """The error of the store that one of the engine, or of the connection, means; itself where it is a bug."""
        full = find_room_error(error)
        if full is not None:
            return full
        reason = find_reason(error, DEADLINE)
        return error if reason is None else self._availability.note_gone(reason)

    def _probe(self) -> None:
        try:
            self._probe_client.eval(_PROBE, 1, f"{self.address.prefix}:probe")
        except (ValkeyError, OSError) as error:
            # One that is full can still be read.
            if find_room_error(error) is None:
                raise StoreGoneError(find_reason(error, CONNECTING) or str(error)) from error

    def _wait_for_engine(self, patience: float) -> None:
        """Returns when the engine can be used, and knows the library."""
        until, pause = monotonic() + patience, SOON
        while True:
            try:
                self._probe()
                break
            except StoreGoneError as error:
                if monotonic() >= until or is_lasting(str(error)):
                    raise StoreError(f"store: {self.address.shown} cannot be used: {error}.") from error
            sleep(pause)
            pause = min(2 * pause, SELDOM)
        try:
            self._client.script_load(self._library)
        except (ValkeyError, OSError) as error:
            raise StoreError(f"store: {self.address.shown} does not take the store's script: {error}") from error


def _close_soon(loop: asyncio.AbstractEventLoop, pipeline: Pipeline) -> None:
    """Close a pipeline, of which the loop may run in this thread or another one, or not at all."""
    if not loop.is_running():
        return
    closing = asyncio.run_coroutine_threadsafe(pipeline.close(), loop)
    with suppress(RuntimeError):
        if asyncio.get_running_loop() is loop:
            return
    with suppress(futures.TimeoutError, futures.CancelledError):
        closing.result(CONNECTING)


def _ignore(sent: asyncio.Future[Any]) -> None:
    if not sent.cancelled():
        sent.exception()


def _encode(value: Argument) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return to_bytes(value)
    return b"%d" % value if isinstance(value, int) else repr(value).encode()
