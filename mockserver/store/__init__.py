"""Everything that changes while a server runs: behind operations, as plain data."""

from __future__ import annotations

from mockserver.store.calls import CallRecord, Candidates, Departure, JournalEntry
from mockserver.store.entry import Entry
from mockserver.store.journals import News
from mockserver.store.memory import MemoryStore
from mockserver.store.misses import Mismatch, Miss, Reasons, mask_misses, show_misses
from mockserver.store.overrides import ActiveSettings, FaultPlan, Overrides
from mockserver.store.protocols import Store
from mockserver.store.readable import BROKEN, unreadable_keys
from mockserver.store.reader import JournalReader
from mockserver.store.scripts import Document, NotAppendableError, Script, ScriptList, TooManyScriptsError
from mockserver.store.stats import Stats
from mockserver.store.threads import Thread, Turn
from mockserver.store.usage import Usage

__all__ = [
    "BROKEN",
    "ActiveSettings",
    "CallRecord",
    "Candidates",
    "Departure",
    "Document",
    "Entry",
    "FaultPlan",
    "JournalEntry",
    "JournalReader",
    "MemoryStore",
    "Mismatch",
    "Miss",
    "News",
    "NotAppendableError",
    "Overrides",
    "Reasons",
    "Script",
    "ScriptList",
    "Stats",
    "Store",
    "Thread",
    "TooManyScriptsError",
    "Turn",
    "Usage",
    "mask_misses",
    "show_misses",
    "unreadable_keys",
]
