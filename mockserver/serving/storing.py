"""The store that the settings of a server ask for: opened, kept small while the server runs, and closed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mockserver.endpoints.batches.resuming import disown
from mockserver.endpoints.parts import Parts
from mockserver.records.clock import Clock
from mockserver.records.masks import show_text
from mockserver.records.moments import read_duration
from mockserver.records.setting_checks import ALWAYS, MEMORY, is_engine
from mockserver.records.settings import Settings
from mockserver.store import MemoryStore, Store
from mockserver.store.errors import StoreError

# Seconds between two looks for what is too old: a tenth of the time for which it is kept, within these bounds.
OFTEN, SELDOM = 1.0, 3600.0
# Seconds for which an engine is waited for that comes up later than the server.
PATIENCE = 10.0
LOGGER = logging.getLogger("mockserver")


def open_store(settings: Settings, clock: Clock, slot: int | None = None) -> Store:
    """The store of a server.

    Args:
        settings: where it is, and its bounds.
        clock: the clock by which sessions are idle.
        slot: the number of a process that shares the folder with others: 0 for the one that started the workers, from
            1 theirs; None: this process alone has it.

    Raises:
        StoreError: the folder cannot be used; the error says what to do.
    """
    if settings.store == MEMORY:
        return MemoryStore(settings, clock.monotonic)
    if is_engine(settings.store):
        return _open_replica(settings, clock)
    from mockserver.store.sqlite import open_store  # only for those who ask for it

    return open_store(Path(settings.store), settings, clock.monotonic, shared=slot is not None, slot=slot or 0)


@contextmanager
def needing_packages() -> Iterator[None]:
    """Imports what a store on an engine needs.

    Raises:
        StoreError: a package is missing.
    """
    try:
        yield
    except ImportError as error:
        raise StoreError(
            f"store: expected the packages for an engine, but {error.name} is not here: "
            "pip install 'messages-mockserver[valkey]'."
        ) from error


def _open_replica(settings: Settings, clock: Clock) -> Store:
    with needing_packages():
        from mockserver.store.valkey import open_store  # only for those who ask for it
    return open_store(settings.store, settings, clock.monotonic, patience=PATIENCE)


class StoreKeeper:
    """Holds the store of a server while that runs. Of a folder it removes, in a thread, what was not used for as long
    as the settings say.

    Args:
        store: the store; it is open.
        settings: say where it is, and how long it keeps things. In memory nothing is removed by its age.
        now: the time in seconds since 1970.
        is_worker: whether it is a worker's: the process that started the workers removes what is old.
    """

    def __init__(self, store: Store, settings: Settings, now: Callable[[], float], *, is_worker: bool = False) -> None:
        self._store, self._now = store, now
        is_kept = is_worker or settings.store == MEMORY or settings.keep == ALWAYS
        self._span = 0.0 if is_kept else read_duration(settings.keep)
        self._stopped, self._lock = threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Hold the store; remove what is old at once, and then now and then. Once it is held this does no more. For any
        thread.

        Raises:
            StoreError: the folder cannot be used any more.
        """
        self._store.open()
        with self._lock:
            if self._span and self._thread is None:
                self._stopped.clear()
                self._thread = threading.Thread(target=self._run, name="store keeper", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Let go of the store; returns when all is written."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopped.set()
            thread.join()
        self._store.close()

    def _run(self) -> None:
        pause = min(max(self._span / 10, OFTEN), SELDOM)
        while True:
            try:
                self._store.expire(self._now() - self._span)
            except (OSError, StoreError) as error:  # a disk that is full now may not be later
                LOGGER.error("removing what is old from the store failed: %s", show_text(str(error)))
            if self._stopped.wait(pause):
                return


def make_keeper(mock: Parts, *, is_worker: bool = False) -> StoreKeeper:
    """The keeper of a server's store. Batches that a killed server left in it unfinished are nobody's from now on."""
    if mock.store.claims.is_first:
        disown(mock)
    return StoreKeeper(mock.store, mock.settings, mock.clock.now, is_worker=is_worker)
