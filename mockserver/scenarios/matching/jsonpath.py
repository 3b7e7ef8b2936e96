"""``when.body``: JSONPath (RFC 9535) to any part of the request, and tests of the values there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.budget import current_work
from mockserver.records.masks import HIDDEN, is_secret_path, mask_text
from mockserver.scenarios.matching import predicates
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.reading.node import Node, excerpt
from mockserver.scenarios.reading.sizes import count_values

Find = Callable[[Any], list[Any]]

_STEP = r"\.([a-zA-Z_]\w*)|\[(\d+)\]"
# Steps to compile a path, and one that is not plain.
_PLAIN_STEPS, _QUERY_STEPS = 2, 8
_QUOTED = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
# A name in brackets, or else a text that a filter compares with.
_LITERAL = rf"(\[\s*{_QUOTED}\s*\])|{_QUOTED}"
_PLAIN = rf"\$(?:{_STEP})+"


class BodyTest(Struct, frozen=True):
    """One path and the test that one of the values found there must pass."""

    path: str
    find: Find
    test: Predicate
    show: Callable[[Any], str] = excerpt
    # The steps to test one value.
    steps: int = 1

    def difference(self, body: Mapping[str, Any]) -> str | None:
        """The expectation and the values found, in words; None when the body passes."""
        values = self._find_counted(body)
        if self.test.holds(values):
            return None
        excerpts = ", ".join(map(self.show, values[:3])) or "nothing there"
        return f"expected {self.path} {self.test.words}, got {excerpts}"

    def fits(self, body: Mapping[str, Any]) -> bool:
        """Whether the body passes."""
        return self.test.holds(self._find_counted(body))

    def _find_counted(self, body: Mapping[str, Any]) -> list[Any]:
        values = self.find(body)
        if len(values) > 1:
            current_work().budget.take_steps(len(values) * self.steps)
        return values


def read_body_tests(node: Node) -> tuple[BodyTest, ...]:
    """The tests of a mapping of paths; a path that is none is noted in the node."""
    return tuple(_read_body_test(str(path), below) for path, below in node.items())


def check_body_tests(node: Node) -> None:
    """Note the mistakes in the paths and patterns of a mapping that has mistakes elsewhere."""
    for path, below in node.items() if isinstance(node.value, dict) else ():
        _compile_path(str(path), below)
        predicates.check_patterns(below)


def _read_body_test(path: str, node: Node) -> BodyTest:
    find, test = _compile_path(path, node), _read_test(node)
    steps = count_values(node.value)
    if not is_secret_path(path):
        return BodyTest(mask_text(path), find, test, steps=steps)
    # No message may show a secret.
    is_shown = isinstance(node.value, Mapping) and "present" in node.value
    test = test if is_shown else replace(test, words="to be what the scenario wants")
    return BodyTest(_hide_literals(path), find, test, lambda _: "another value", steps)


def _hide_literals(path: str) -> str:
    """The path without the texts that its filters compare with."""
    return mask_text(re.sub(_LITERAL, lambda found: found[1] or f"'{HIDDEN}'", path))


def _compile_path(path: str, node: Node) -> Find:
    node.document.charge(node.path, _PLAIN_STEPS)
    if not path.startswith("$"):
        path = f"$.{path}"
    if re.fullmatch(_PLAIN, path):
        return _compile_plain_path([int(index) if index else name for name, index in re.findall(_STEP, path)])

    node.document.charge(node.path, _QUERY_STEPS)
    if not predicates.is_compilable(len(path), node, key=True):
        return lambda _: []

    from mockserver.scenarios.matching import queries  # slow to import, and most paths are plain

    try:
        return queries.compile_query(path, node.document.place(node.path, key=True))
    except ValueError as error:
        node.complain(f"this is no JSONPath: {error}", key=True)
        return lambda _: []


def _compile_plain_path(steps: list[str | int]) -> Find:
    """The search for a path of names and indexes alone, without JSONPath."""

    def find(body: Any) -> list[Any]:
        value = body
        for step in steps:
            if isinstance(step, int):
                if not isinstance(value, list) or step >= len(value):
                    return []
            elif not isinstance(value, Mapping) or step not in value:
                return []
            value = value[step]
        return [value]

    return find


def _read_test(node: Node) -> Predicate:
    """The test for the values found: a plain value, a text test, bounds, ``{present: …}``, ``{is: …}``, or a list."""
    value = node.value
    if isinstance(value, Mapping) and "present" in value:
        words = "to be present" if value["present"] else "to be absent"
        return Predicate(words, lambda values: bool(values) is value["present"])
    if isinstance(value, Mapping) and "is" in value:
        return _any_value(predicates.same(value["is"]))
    if isinstance(value, list):
        return predicates.any_of([_read_test(item) for item in node])
    if isinstance(value, Mapping) and value.keys() & predicates.BOUNDS.keys():
        test = predicates.number(node)
        return _any_value(Predicate(test.words, lambda item: _is_number(item) and test.holds(item)))
    if value is None or isinstance(value, bool | int | float):
        return _any_value(predicates.same(value))
    test = predicates.text(node)
    return _any_value(Predicate(test.words, lambda item: isinstance(item, str) and test.holds(item)))


def _any_value(test: Predicate) -> Predicate:
    return Predicate(test.words, lambda values: any(test.holds(value) for value in values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
