"""The parts of a server that its endpoints work with."""

from __future__ import annotations

from msgspec import Struct

from mockserver import compose
from mockserver.endpoints.compiler import Compiler
from mockserver.endpoints.fixtures import Fixtures
from mockserver.records.clock import Clock
from mockserver.records.settings import Settings
from mockserver.reference.signing import Signer
from mockserver.store import JournalReader, Store
from mockserver.validation import Checker, Lookups


class Parts(Struct, frozen=True):
    """The parts of one server. Only the store changes, by its operations, and the fixtures when they are loaded again.

    ``journal`` reads what the store's journal holds, as it may be shown.
    """

    settings: Settings
    store: Store
    fixtures: Fixtures
    compiler: Compiler
    journal: JournalReader
    checker: Checker
    signer: Signer
    lookups: Lookups
    generate: compose.context.Generator
    clock: Clock
