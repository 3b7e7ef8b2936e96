"""Texts that stand in files of their own: ``text: {file: story.md}``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import KeyPath


def read_text_files(
    node: Node, found: Sequence[tuple[KeyPath, str]], reader: FileReader | None
) -> tuple[Node, tuple[str, ...]]:
    """An answer with its files read into it, and their paths; what cannot be read is noted where it is named.

    Args:
        node: the answer.
        found: the places of the mappings that name files, each with how the file is read.
        reader: reads the files; None when there may be none.
    """
    paths = []
    for place, form in found:
        inside = place[len(node.path) :]
        below = node
        for key in inside:
            below = below.at(key)
        at = below.at("file")
        if reader is None:
            at.complain("file works in fixture files only")
            continue
        path = Path(node.document.file).parent / at.value
        try:
            node = node.with_value(_put(node.value, inside, reader.read_text(path, form)))
            paths.append(str(path))
        except UnreadableError as error:
            at.complain(f"the file {path} cannot be read: {error}")
    return node, tuple(paths)


def _put(value: Any, path: KeyPath, new: Any) -> Any:
    """A copy of a value with another one at a path; what is not on the way is shared."""
    if not path:
        return new
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = _put(value[path[0]], path[1:], new)  # type: ignore[index]  # a list has numbers, a mapping names
    return copy
