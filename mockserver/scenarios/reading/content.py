"""Reads the content of a fixture file: YAML, JSON, or a program in Python."""

from __future__ import annotations

from pathlib import Path

from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.reading.file_reader import join_lines
from mockserver.scenarios.reading.python_file import is_python, read_python
from mockserver.scenarios.reading.source import Document, read_parts


def read_content(path: Path, content: bytes) -> Document:
    """The document that a file holds.

    Raises:
        ScenarioError: it cannot be read at all. What else is wrong, the document knows.
    """
    if is_python(path):
        return read_python(path, content)
    try:
        return read_parts(join_lines(content.decode()), str(path))
    except UnicodeDecodeError as error:
        place = Place(str(path), content.count(b"\n", 0, error.start) + 1)
        byte = content[error.start]
        told = Problem(place, f"the byte 0x{byte:02x} is no UTF-8 text: save this file as UTF-8")
        raise ScenarioError(told) from error
