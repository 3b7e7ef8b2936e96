"""Compiles the scripts of a store into scenarios, and remembers the compiled forms."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from mockserver import scenarios
from mockserver.scenarios import Extensions, Scenario
from mockserver.store import Document, Script, ScriptList
from mockserver.store.scripts import FILES, WORDS

Key = TypeVar("Key", bound=Hashable)
Compiled = tuple[Scenario, ...]

# A session holds at most 10,000 scripts, each perhaps in a document of its own.
_MOST_DOCUMENTS = 20_000
_MOST_LISTS = 2_000


class Compiler:
    """Compiles documents, and lists of scripts, once for as long as it remembers them. The store holds only their text.

    Args:
        hooks: what other parts of the server know of scenarios.
    """

    def __init__(self, hooks: Extensions) -> None:
        self._hooks = hooks
        self._documents = Cache[Document](_MOST_DOCUMENTS)
        self._lists = Cache[int](_MOST_LISTS)

    def compile(self, document: Document) -> Compiled:
        """All scenarios of a document.

        Raises:
            ScenarioError: it holds mistakes; the error has all of them.
        """
        known = self._documents.get(document)
        if known is None:
            known = self._read(document)
            self._documents.put(document, known)
        return known

    def scripts(self, document: Document) -> tuple[Script, ...]:
        """The scripts of a document, for a store.

        Raises:
            ScenarioError: the document holds mistakes.
        """
        compiled = self.compile(document)
        return tuple(
            Script(each.name, document, index, is_default=not each.condition.checks)
            for index, each in enumerate(compiled)
        )

    def remember(self, document: Document, compiled: Compiled) -> None:
        """Take over the scenarios of a document that were compiled elsewhere."""
        self._documents.put(document, compiled)

    def scenarios(self, scripts: Sequence[Script]) -> Compiled:
        """The scenarios that scripts stand for."""
        return tuple([self.compile(script.document)[script.index] for script in scripts])

    def scenarios_of(self, listed: ScriptList) -> Compiled:
        """The scenarios of a session's scripts."""
        if not listed.revision:
            return ()
        known = self._lists.get(listed.revision)
        if known is None:
            known = self.scenarios(listed.scripts)
            self._lists.put(listed.revision, known)
        return known

    def _read(self, document: Document) -> Compiled:
        if document.kind == FILES:
            return scenarios.load(json.loads(document.text)["paths"], self._hooks).scenarios
        given = json.loads(document.text) if document.kind == WORDS else document.text
        return scenarios.parse(given, document.file, self._hooks, line=document.line)


class Cache(Generic[Key]):
    """A bounded memory of compiled forms; those used longest ago are forgotten first.

    Args:
        most: how many are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Key, Compiled] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Compiled | None:
        """The compiled form under a key, if it is remembered."""
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
            return known

    def put(self, key: Key, compiled: Compiled) -> None:
        """Remember a compiled form."""
        with self._lock:
            self._known[key] = compiled
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
