"""Where the values of JSON stand in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from mockserver.recordings.redacting.expressions import Location

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^"{}\[\],:\s]+', re.DOTALL)


def locate(source: str, wanted: set[Location]) -> Iterator[tuple[int, int]]:
    """Where the values at these places stand in valid JSON."""
    # For each object or array that is open: where it begins, and the name or number of its value under way.
    opened: list[int] = []
    path: list[str | int] = []
    is_name = False
    for token in _TOKEN.finditer(source):
        piece = token[0]
        if piece == ",":
            is_name = isinstance(path[-1], str)
            if not is_name:
                path[-1] = int(path[-1]) + 1
        elif piece in ("{", "["):
            opened.append(token.start())
            path.append("" if piece == "{" else 0)
            is_name = piece == "{"
        elif piece in ("}", "]"):
            path.pop()
            is_name = False
            start = opened.pop()
            if tuple(path) in wanted:
                yield start, token.end()
        elif is_name:
            path[-1], is_name = orjson.loads(piece), False
        elif piece != ":" and tuple(path) in wanted:
            yield token.span()
