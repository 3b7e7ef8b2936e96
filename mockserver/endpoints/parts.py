"""The parts of a server that its endpoints work with."""

from __future__ import annotations

from msgspec import Struct

from mockserver import compose
from mockserver.records.clock import Clock
from mockserver.records.settings import Settings
from mockserver.reference.signing import Signer
from mockserver.store import State
from mockserver.validation import Aids, Checker


class Mock(Struct, frozen=True):
    """The parts of one server. Only ``state`` changes."""

    settings: Settings
    state: State
    checker: Checker
    signer: Signer
    aids: Aids
    generate: compose.context.Generator
    clock: Clock
