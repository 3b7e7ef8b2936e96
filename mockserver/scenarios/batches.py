"""``batches``: how message batches go on, as a file, a session or a test says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.records.batches import LISTED, BatchPlan
from mockserver.records.errors import Place, ScenarioError
from mockserver.scenarios.format.batches import BATCHES, UNITS
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import Document, plain


def check_batches(node: Node, *, in_file: bool) -> None:
    """Note the mistakes in a document's ``batches``, which holds for all sessions and so stands in files alone."""
    if "batches" not in node.value:
        return
    if in_file:
        check(BATCHES, node.at("batches"))
    else:
        node.complain("batches works in fixture files only; for a session it is a setting")


def gather_batches(documents: Iterable[Any]) -> BatchPlan | None:
    """How batches go on by the content of all files: of a key that several of them have, the first counts. None when
    none says anything.
    """
    given = [document["batches"] for document in documents if _has_batches(document)]
    return _make_plan({key: value for each in reversed(given) for key, value in each.items()}) if given else None


def read_batches(words: Mapping[str, Any], place: Place) -> BatchPlan:
    """How batches go on by a mapping in Python at a place, in the same words as in a file.

    Raises:
        ScenarioError: there are mistakes in it.
    """
    value = plain(words)
    node = Node(Document(place.file, value, line=place.line), value)
    check(BATCHES, node)
    if node.problems:
        raise ScenarioError(*node.problems)
    return _make_plan(value)


def _has_batches(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("batches"), dict)


def _make_plan(given: Mapping[str, Any]) -> BatchPlan:
    # Mistakes are known by then, and end the loading.
    expire = given.get("expire", 0)
    return BatchPlan(
        takes=_read_seconds(given.get("takes")),
        per_item=_read_seconds(given.get("per_item")),
        fail=_read_part(given.get("fail", 0)),
        expire=expire if type(expire) is int else 0,
        order=str(given.get("order", LISTED)),
    )


def _read_seconds(value: Any) -> float | None:
    if value is None:
        return None
    number, unit = _split(value)
    return number * UNITS.get(unit, 1.0)


def _read_part(value: Any) -> float:
    number, unit = _split(value)
    return min(1.0, number / (100 if unit == "%" else 1))


def _split(value: Any) -> tuple[float, str]:
    found = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)\s*(\D*)", str(value))
    return (float(found[1]), found[2]) if found else (0.0, "")
