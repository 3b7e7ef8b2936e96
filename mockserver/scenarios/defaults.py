"""What a file's ``defaults`` give to its scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.scenarios.answering.answers import check_json
from mockserver.scenarios.answering.paces import read_pace
from mockserver.scenarios.answering.templates import compile_all
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.files import DEFAULT_ANSWER, DEFAULTS, LITERAL_DEFAULT_ANSWER
from mockserver.scenarios.matching.conditions import read_condition
from mockserver.scenarios.reading.node import Node

PRIORITY = DEFAULTS.fields["priority"].spec


def compile_default_answer(node: Node) -> Mapping[str, Any]:
    """The compiled keys of ``defaults.answer``; mistakes are noted there."""
    is_literal = isinstance(node.value, Mapping) and node.value.get("literal") is True
    if check(LITERAL_DEFAULT_ANSWER if is_literal else DEFAULT_ANSWER, node):
        check_json(node)
    if not isinstance(node.value, dict):
        return {}
    return {
        key: read_pace(below) if key == "pace" else below.value if is_literal else compile_all(below)
        for key, below in node.items()
    }


def merge_defaults(node: Node, key: str, defaults: Mapping[str, Any]) -> Node:
    """The mapping at a key, filled up from the file's defaults."""
    below = node.at(key) if key in node.value else Node(node.document, {}, (*node.path, key), node.problems)
    if isinstance(below.value, dict) and isinstance(defaults, Mapping):
        return below.with_value({**defaults, **below.value})
    return below


def read_defaults(node: Node, key: str = "defaults") -> Mapping[str, Any]:
    """The ``when``, ``answer`` and ``priority`` that ``defaults`` gives to every scenario of its file.

    ``key`` is how its author spelt that.
    """
    if key not in node.value:
        return {}
    below, before = node.at(key), len(node.problems)
    defaults = dict(below.value) if below.is_mapping(DEFAULTS.fields, DEFAULTS.name) else {}
    if "answer" in defaults:
        defaults["answer"] = compile_default_answer(below.at("answer"))
    if "when" in defaults:
        read_condition(below.at("when"))
    if "priority" in defaults:
        check(PRIORITY, below.at("priority"))
    # A mistake is noted here, and need not be noted again for every scenario.
    return defaults if len(node.problems) == before else {}
