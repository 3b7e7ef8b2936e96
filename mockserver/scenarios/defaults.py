"""What a file's ``defaults`` give to its scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.scenarios.answering.answers import check_json
from mockserver.scenarios.answering.paces import read_pace
from mockserver.scenarios.answering.templates import compile_all
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.files import DEFAULT_ANSWER
from mockserver.scenarios.reading.node import Node


def compile_default_answer(node: Node) -> Mapping[str, Any]:
    """The compiled keys of ``defaults.answer``; mistakes are noted there."""
    before = len(node.problems)
    if check(DEFAULT_ANSWER, node):
        check_json(node)
    if len(node.problems) > before:
        return {}
    return {key: read_pace(below) if key == "pace" else compile_all(below) for key, below in node.items()}


def merge_defaults(node: Node, key: str, defaults: Mapping[str, Any]) -> Node:
    """The mapping at a key, filled up from the file's defaults."""
    below = node.at(key) if key in node.value else Node(node.document, {}, (*node.path, key), node.problems)
    if isinstance(below.value, dict) and isinstance(defaults, Mapping):
        return below.with_value({**defaults, **below.value})
    return below
