"""Reads the text of a file that is no scenario file, and is read by itself."""

from __future__ import annotations

from pathlib import Path

from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError, join_lines


def read_lone(path: Path, most: int, called: str) -> str:
    """The text of a file, whatever ends its lines.

    Args:
        path: the file.
        most: the most bytes that it may have.
        called: what it is in mistakes, such as "config file".

    Raises:
        ScenarioError: it cannot be read, is too large, or is no UTF-8 text.
    """
    try:
        return join_lines(FileReader().read(path, most).decode("utf-8-sig"))
    except UnreadableError as error:
        raise ScenarioError(Problem(Place(str(path)), f"this {called} cannot be read: {error}")) from error
    except UnicodeDecodeError as error:
        message = f"this {called} is no UTF-8 text: save it as UTF-8"
        raise ScenarioError(Problem(Place(str(path)), message)) from error
