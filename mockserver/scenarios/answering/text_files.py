"""Texts that stand in files of their own: ``text: {file: story.md}``."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError, join_lines
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import KeyPath


class FileText(str):
    """A text that was read from ``file``."""

    __slots__ = ("file",)
    file: str


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
        text = _read(at, path, form, reader)
        if text is not None:
            node = node.with_value(_put(node.value, inside, text))
            paths.append(str(path))
    return node, tuple(paths)


def _read(node: Node, path: Path, form: str, reader: FileReader) -> str | None:
    try:
        content = reader.read_body(path)
    except UnreadableError as error:
        node.complain(f"the file {path} cannot be read: {error}")
        return None
    if form == "base64":
        return b64encode(content).decode()
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        node.complain(f"{path}:{line} is no UTF-8 text: the byte 0x{content[error.start]:02x}")
        return None
    # Editors end the last line, too; an answer of the API rarely does.
    text = FileText(join_lines(written).removesuffix("\n"))
    text.file = str(path)
    return text


def _put(value: Any, path: KeyPath, new: Any) -> Any:
    """A copy of a value with another one at a path; what is not on the way is shared."""
    if not path:
        return new
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = _put(value[path[0]], path[1:], new)  # type: ignore[index]  # a list has numbers, a mapping names
    return copy
