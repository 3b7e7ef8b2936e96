"""The functions of this process that scripts name: a store holds their ids alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from itertools import count
from threading import Lock
from typing import Any

from mockserver.records.errors import Place
from mockserver.records.functions import Function, GoneError, describe_function
from mockserver.scenarios import FUNCTION

# Stands for the function in the text of a script. No scenario file has such a key.
_ID = "$function"
_SCRIPTS = ("reply", "turns", "calls")


def _refuse(_: object) -> None:
    raise GoneError("its session was reset or closed, or another process was given it, or an earlier server")


class FunctionTable:
    """Functions by their ids, which are unlike those of any other process.

    A function stays until its owner is forgotten: a session, or None for all sessions.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str | None, Function]] = {}
        self._lock = Lock()
        self._process = uuid.uuid4().hex
        self._numbers = count(1)

    def name_functions(self, scenario: Mapping[str, Any], owner: str | None, place: Place) -> dict[str, Any]:
        """The words of a scenario with ids in place of functions, which are known from now on.

        Args:
            scenario: words in which ``{"function": …}`` may stand for an answer.
            owner: who is to be forgotten.
            place: where they were given.
        """
        return _replace(scenario, FUNCTION, lambda call: self._add(describe_function(call, place), owner), _ID)

    def find_functions(self, scenario: Mapping[str, Any]) -> dict[str, Any]:
        """The words of a scenario with functions in place of their ids."""
        return _replace(scenario, _ID, self._find, FUNCTION)

    def forget(self, owner: str | None) -> None:
        """Forget the functions of a session, or (None) of all sessions together."""
        with self._lock:
            self._known = {key: known for key, known in self._known.items() if known[0] != owner}

    def clear(self) -> None:
        """Forget all functions."""
        with self._lock:
            self._known = {}

    def _add(self, function: Function, owner: str | None) -> str:
        key = f"{self._process}-{next(self._numbers)}"
        with self._lock:
            self._known[key] = owner, function
        return key

    def _find(self, key: object) -> Function:
        known = self._known.get(str(key))
        return Function(_refuse, "that stood here", Place("?")) if known is None else known[1]


def _replace(scenario: Mapping[str, Any], key: str, make: Callable[[Any], Any], new: str) -> dict[str, Any]:
    """A scenario whose answers with ``key`` have ``new`` in its place, with what is made of the value."""

    def change(answer: Any) -> Any:
        if isinstance(answer, list | tuple):
            return [change(each) for each in answer]
        if not isinstance(answer, Mapping):
            return answer
        if "answers" in answer:  # of turns that say from where they count
            return {**answer, "answers": change(answer["answers"])}
        if key not in answer or not (key == _ID or callable(answer[key])):
            return answer
        return {**{name: value for name, value in answer.items() if name != key}, new: make(answer[key])}

    return {name: change(value) if name in _SCRIPTS else value for name, value in scenario.items()}
