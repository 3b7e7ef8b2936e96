"""How much a store holds."""

from __future__ import annotations

from msgspec import Struct


class Usage(Struct, frozen=True):
    """How much a store holds: sessions, and bytes of them (with the scripts for all of them), of the journal, of
    message threads, and of the contents of files and batches.

    ``dropped_sessions`` counts those that had to make room or were idle for too long since the server started.
    """

    sessions: int = 0
    session_bytes: int = 0
    journal_bytes: int = 0
    thread_bytes: int = 0
    dropped_sessions: int = 0
    blob_bytes: int = 0


class StoreState(Struct, frozen=True):
    """What a store is: ``memory``, ``sqlite`` or ``valkey``.

    Of one on an engine also the address as it may be shown, the name of the mock there, the seconds that a round trip
    takes, and where the servers run that share it.
    """

    kind: str
    address: str = ""
    name: str = ""
    round_trip: float = 0.0
    replicas: tuple[str, ...] = ()
