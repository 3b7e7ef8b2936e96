"""What changes while a server runs: sessions, their journals, message threads and overrides. One ``State`` a server."""

from __future__ import annotations

from mockserver.state.entry import BROKEN, Entry, Miss
from mockserver.state.journal import Journal
from mockserver.state.masks import discreet, excerpt, label, mask
from mockserver.state.session import FaultPlan, Options, Overrides, Session
from mockserver.state.store import State
from mockserver.state.threads import Thread, Threads

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
    "discreet",
    "excerpt",
    "label",
    "mask",
]
