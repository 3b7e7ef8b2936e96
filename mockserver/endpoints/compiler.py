"""Compiles the scripts of a store into scenarios, and remembers the compiled forms."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from itertools import chain, islice
from threading import Lock
from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from mockserver import scenarios
from mockserver.endpoints.functions import FunctionTable
from mockserver.scenarios import Extensions, Scenario
from mockserver.store import Document, Script, ScriptList
from mockserver.store.scripts import FILES, WORDS

Key = TypeVar("Key", bound=Hashable)
Compiled = tuple[Scenario, ...]

# Bytes that a compiled form takes, measured: for each value of the YAML 800 (a number in a tool's input) to 2,000 (an
# answer), besides its texts, which nodes and answers hold too; in a list only for each scenario.
_VALUE, _TEXTS, _ITEM, _OVERHEAD = 2000, 3, 64, 1000
_MOST = 64 * 1024 * 1024


class Compiler:
    """Compiles documents, and lists of scripts, once for as long as it remembers them. The store holds only their text.

    The two lists used last are remembered whole, however much they take; of all others only what there is room for.

    Args:
        hooks: what other parts of the server know of scenarios.
        most: bytes that the lists of sessions may take; the documents they are made of may take twice as many.
    """

    def __init__(self, hooks: Extensions, most: int = _MOST) -> None:
        self.hooks = hooks
        # Those that scripts given in Python name.
        self.functions = FunctionTable()
        self._documents = Cache[Document](2 * most)
        # Files may change, and be gone, when they are read again: of them nothing is forgotten for the others' sake.
        self._files = Cache[Document](2 * most)
        self._lists = Cache[int](most)

    def compile(self, document: Document) -> Compiled:
        """All scenarios of a document.

        Raises:
            ScenarioError: it holds mistakes; the error has all of them.
        """
        known = self._compile(document)
        self._cache_of(document).make_room()
        return known

    def scripts(self, document: Document) -> tuple[Script, ...]:
        """The scripts of a document, for a store.

        Raises:
            ScenarioError: the document holds mistakes.
        """
        compiled = self.compile(document)
        return tuple(_make_script(document, index, each) for index, each in enumerate(compiled))

    def remember(self, document: Document, compiled: Compiled) -> None:
        """Take over the scenarios of a document that were compiled elsewhere."""
        cache = self._cache_of(document)
        cache.put(document, compiled, _weigh(document, compiled))
        cache.make_room()

    def scenarios(self, scripts: Sequence[Script]) -> Compiled:
        """The scenarios that scripts stand for."""
        compiled = self._compile_scripts(scripts)
        self._documents.make_room()
        return compiled

    def scenarios_of(self, listed: ScriptList) -> Compiled:
        """The scenarios of a session's scripts."""
        if not listed.revision:
            return ()
        known = self._lists.get(listed.revision)
        if known is None:
            known = self._compile_scripts(listed.scripts)
            self._documents.make_room(len(_list_documents(listed.scripts)))
            weight = _OVERHEAD + sum([_ITEM + _VALUE * scenario.values for scenario in known])
            self._lists.put(listed.revision, known, weight)
            # Two: all sessions without scripts of their own share that of the server.
            self._lists.make_room(2)
        return known

    def _compile_scripts(self, scripts: Sequence[Script]) -> Compiled:
        compiled = {key: self._compile(document) for key, document in _list_documents(scripts).items()}
        return tuple(
            [
                _join(compiled[id(script.document)][script.index], [compiled[id(each)][0] for each in script.more])
                for script in scripts
            ]
        )

    def _compile(self, document: Document) -> Compiled:
        cache = self._cache_of(document)
        known = cache.get(document)
        if known is None:
            known = self._read(document)
            cache.put(document, known, _weigh(document, known))
        return known

    def _cache_of(self, document: Document) -> Cache[Document]:
        return self._files if document.kind == FILES else self._documents

    def _read(self, document: Document) -> Compiled:
        if document.kind == FILES:
            files = json.loads(document.text)
            hooks = replace(self.hooks, replay=files.get("replay", ""), match=files.get("match", {}))
            return scenarios.load(files["paths"], hooks).scenarios
        # Only Python gives words: what is sent over HTTP can name no function.
        is_words = document.kind == WORDS
        given: Any = json.loads(document.text) if is_words else document.text
        if document.script:
            answers = self.functions.find_functions({document.script: given})[document.script] if is_words else given
            return (
                scenarios.parse_answers(
                    answers, document.script, document.file, self.hooks, document.endpoints, line=document.line
                ),
            )
        given = self.functions.find_functions(given) if is_words else given
        return scenarios.parse(given, document.file, self.hooks, line=document.line)


def _make_script(document: Document, index: int, scenario: Scenario) -> Script:
    return Script(
        scenario.name,
        document,
        index,
        is_default=not scenario.condition.checks,
        kind=scenario.script,
        length=scenario.length,
        endpoints=tuple(sorted(scenario.endpoints or ())),
    )


def _list_documents(scripts: Sequence[Script]) -> dict[int, Document]:
    """The documents of scripts by their identity."""
    return {id(each): each for script in scripts for each in (script.document, *script.more)}


def _join(scenario: Scenario, more: Sequence[Scenario]) -> Scenario:
    """The scenario with the answers of others behind its own."""
    if not more:
        return scenario
    steps = chain(scenario.steps, *(each.steps for each in more))
    return replace(scenario, steps=tuple(steps), values=scenario.values + sum([each.values for each in more]))


def _weigh(document: Document, compiled: Compiled) -> int:
    """The bytes that the compiled form of a document takes, rather too many than too few."""
    # Scenarios of files are held elsewhere too, for the next test.
    values = sum([scenario.values for scenario in compiled]) if document.kind != FILES else 0
    return _OVERHEAD + _TEXTS * sys.getsizeof(document.text) + _VALUE * values


class Cache(Generic[Key]):
    """A memory of compiled forms, bounded by their weight; those used longest ago are forgotten first.

    Args:
        most: bytes that may be remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        # More than ``most`` when what was used last takes more.
        self._room = most
        self._held = 0
        self._known: OrderedDict[Key, tuple[Compiled, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Compiled | None:
        """The compiled form under a key, if it is remembered."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                return None
            self._known.move_to_end(key)
            return known[0]

    def put(self, key: Key, compiled: Compiled, weight: int) -> None:
        """Remember a compiled form, which takes so many bytes."""
        with self._lock:
            self._held += weight - self._known.get(key, ((), 0))[1]
            self._known[key] = compiled, weight
            self._known.move_to_end(key)

    def make_room(self, kept: int = 0) -> None:
        """Forget what there is no room for. The latest ``kept`` of them stay, and until the next such call their room.

        Without that a list larger than the room would be compiled anew whenever one more scenario is added to it.
        """
        with self._lock:
            if kept:
                latest = islice(reversed(self._known.values()), kept)
                # With room for some more, which may come one by one.
                self._room = max(self._most, sum([weight for _, weight in latest]) + self._most // 8)
            while self._held > self._room and len(self._known) > 1:
                self._held -= self._known.popitem(last=False)[1][1]
