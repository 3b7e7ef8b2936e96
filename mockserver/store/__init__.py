"""What changes while a server runs: sessions, their journals, message threads and overrides. One ``State`` a server."""

from __future__ import annotations

from mockserver.store.entry import BROKEN, Entry, Miss
from mockserver.store.journal import Journal
from mockserver.store.memory import State
from mockserver.store.session import FaultPlan, Options, Overrides, Session
from mockserver.store.threads import Thread, Threads

__all__ = [
    "BROKEN",
    "Entry",
    "FaultPlan",
    "Journal",
    "Miss",
    "Options",
    "Overrides",
    "Session",
    "State",
    "Thread",
    "Threads",
]
