"""Those that share a store: each says every now and then that it is there, so that others take over when it is not."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from threading import Event, Thread

from msgspec import Struct

from mockserver.store.errors import StoreFailedError
from mockserver.store.kept.encoding import to_text
from mockserver.store.valkey.data import Data

# Seconds between two signs of life; after 10 without one a replica is gone.
PAUSE = 2.0


class Replica(Struct, frozen=True):
    """A server that shares the store: its id, its host and process, and the seconds since it was heard."""

    id: str
    home: str
    silent: float


class Heart:
    """Tells, in a thread, that this replica is there."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._home = f"{socket.gethostname()}/{os.getpid()}"
        self._stopped = Event()
        self._thread: Thread | None = None

    def open(self) -> None:
        """Be there from now on, under a new id."""
        self._data.renew()
        self.beat()
        self._stopped.clear()
        self._thread = Thread(target=self._run, name="store heart", daemon=True)
        self._thread.start()

    def beat(self) -> None:
        """Be there for the next seconds."""
        self._data.link.call("beat", self._data.replica, self._home)

    def replicas(self) -> tuple[Replica, ...]:
        """Those that are there, the latest heard last."""
        found = self._data.link.call("replicas")
        return tuple(Replica(to_text(name), to_text(home), silent / 1000) for name, home, silent in found)

    def is_there(self, replica: str) -> bool:
        """Whether a replica was heard of lately."""
        return bool(self._data.link.call("is_there", replica))

    def close(self) -> None:
        """Be there no more."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopped.set()
        thread.join()
        # Without the engine it is forgotten by itself.
        with suppress(StoreFailedError):
            self._data.link.call("leave", self._data.replica)

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE):
            # The link tells when the engine is gone.
            with suppress(StoreFailedError):
                self.beat()
