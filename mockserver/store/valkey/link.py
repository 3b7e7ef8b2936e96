"""The connection to the engine: operations are sent, and waited for, as the caller can.

Called by `bridge.run`, an operation is sent with all others of the same moment in one go, and the event loop goes on.
In other threads a connection of the thread's own is waited for.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

import valkey
import valkey.asyncio

from mockserver.store.valkey import bridge
from mockserver.store.valkey.address import Address
from mockserver.store.valkey.pipeline import Pipeline

Argument = bytes | str | int | float


class Link:
    """See above.

    Args:
        address: where the engine is.
        library: the script of the operations.
    """

    def __init__(self, address: Address, library: str) -> None:
        self._address, self._library = address, library
        self._client = valkey.Valkey.from_url(address.url)
        self._sha = self._client.script_load(library)
        self._pipelines: WeakKeyDictionary[asyncio.AbstractEventLoop, Pipeline] = WeakKeyDictionary()

    def call(self, operation: str, *args: Argument) -> Any:
        """Do an operation; returns what it returns: bytes, whole numbers, None, and lists of them.

        Raises:
            StoreGoneError: the engine cannot be reached; nothing is known of what became of the operation.
            StoreFullError: there is no room.
        """
        command = ("EVALSHA", self._sha, 1, self._address.prefix, operation, *args)
        if bridge.can_wait():
            return bridge.wait(self._pipeline().send(command))
        return self._client.execute_command(*command)  # type: ignore[no-untyped-call]

    def _pipeline(self) -> Pipeline:
        loop = asyncio.get_running_loop()
        found = self._pipelines.get(loop)
        if found is None:
            found = self._pipelines[loop] = Pipeline(valkey.asyncio.Valkey.from_url(self._address.url), self._library)
        return found

    def open(self) -> None:
        """Connect again after ``close``."""

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()  # type: ignore[no-untyped-call]
