"""Keeps what was read of each fixture file, so that loading again reads only the files that have changed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from hashlib import blake2b

from msgspec import Struct

from mockserver.records.errors import Place
from mockserver.scenarios.reading.source import Document
from mockserver.scenarios.scripts import Scenario

# Keys of a file that concern others.
_SHARED = {"cassette", "files", "include", "lifecycle", "models"}


class KeptFile(Struct, frozen=True, eq=False):
    """A file without mistakes of which all depends on its content alone: it includes no files and sends none.

    ``names`` are the names that it gives to scenarios, each with its place.
    """

    digest: bytes
    document: Document
    scenarios: tuple[Scenario, ...]
    names: Mapping[str, Place]

    def fits(self, content: bytes, taken: Container[str]) -> bool:
        """Whether reading the file would give the same, its content being this, and these names being taken."""
        return self.digest == _digest(content) and not any(name in taken for name in self.names)


def keep(content: bytes, document: Document, scenarios: Iterable[Scenario], names: Mapping[str, Place]) -> KeptFile:
    """Keep what was read of a file; ``names`` are those of all files so far."""
    read = tuple(scenarios)
    own = {scenario.name: scenario.place for scenario in read if names.get(scenario.name) == scenario.place}
    return KeptFile(_digest(content), document, read, own)


def can_keep(document: Document, scenarios: Iterable[Scenario]) -> bool:
    """Whether nothing in a file depends on others."""
    shares = isinstance(document.value, Mapping) and document.value.keys() & _SHARED
    return not shares and not any(step.files for scenario in scenarios for step in scenario.steps)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
