"""YAML as recorders write it: plain values, whatever tags of Python or Ruby stand before them."""

from __future__ import annotations

import base64
from typing import Any

import yaml

from mockserver.cassettes.formats.form import MAX_DEPTH, MAX_NODES, UnknownFormatError

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]  # the C parser has no types
    """The safe loader; times stay texts, and a tag that it does not know says nothing."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(("timestamp", ":value"))]
    for first, rules in _BASE.yaml_implicit_resolvers.items()
}


def load_documents(data: bytes) -> list[Any]:
    """The values of the documents in a text.

    Raises:
        UnknownFormatError: it is no YAML, holds too many values, too deep ones, or aliases that repeat too many.
    """
    try:
        _check_bounds(data)
        return list(yaml.load_all(data, _Loader))  # derived from the safe one
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise UnknownFormatError(f"it is neither JSON nor YAML: {_describe(error)}") from error


def _describe(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem or ''}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _check_bounds(data: bytes) -> None:
    """Count the values of a text before any is made, those repeated by aliases included."""
    loader = _Loader(data)
    total, sizes = 0, dict[str, int]()
    # The collections around an event: their anchors, and the number of values before each.
    around: list[tuple[str | None, int]] = []
    while (event := loader.get_event()) is not None:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise ValueError(f"the alias {event.anchor} repeats what it stands in")
            total += sizes[event.anchor or ""]
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            around.append((event.anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = around.pop()
            if anchor:
                sizes[anchor] = total - before
        if total > MAX_NODES or len(around) > MAX_DEPTH:
            raise ValueError(f"it holds more than {MAX_NODES:,} values or {MAX_DEPTH} levels: split it")


def _construct_any(loader: Any, _: str, node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


def _construct_bytes(loader: Any, node: Any) -> bytes:
    return base64.b64decode("".join(loader.construct_scalar(node).split()))


_Loader.add_multi_constructor("", _construct_any)
for _tag in ("!binary", "tag:yaml.org,2002:binary"):
    _Loader.add_constructor(_tag, _construct_bytes)
