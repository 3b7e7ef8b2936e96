"""Bytes to a JSON object, or the API's complaint about them."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockserver.records.errors import Finding

# Strings, which may hold brackets of their own, and brackets.
_MARKS = rb'(?s)"(?:[^"\\]|\\.)*"|[][{}]'

# Bodies in other charsets are refused before they get here; US-ASCII is UTF-8 already.
LATIN = ("iso-8859-1", "latin-1", "latin1")

# orjson reads 1024 levels and writes 254. What cannot be written can be neither answered nor shown, and is refused (a
# departure from the API: no request in use comes near).
DEEPEST = 254

# Other versions of orjson than the API's (3.11 or so, to judge by its texts) say more, or say it otherwise.
API_WORDS = (
    (r", expected .*(?=: line)", ""),
    ("^(UTF-8 )?byte order mark .* is not supported", "unexpected character"),
    ("^depth limit exceeded", "array and object recursion depth exceeded"),
    ("^no digit after sign", "no digit after minus sign"),
)


def parse(body: bytes, charset: str = "utf-8") -> dict[str, Any] | Finding:
    """The object that ``body`` holds in ``charset``, or why it holds none.

    The API parses with orjson and hands its error text on (source: observed, 2026-08).
    """
    if charset != "utf-8" and charset.lower() in LATIN and not body.isascii():
        body = body.decode("latin-1").encode()
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Finding(f"The request body is not valid JSON: {_detail(error)}", rule="json", source="observed 2026-08")
    if len(body) > DEEPEST and _is_deep(body, parsed):
        text = f"array and object recursion depth exceeded: {_depth_passed(body)}"
        return Finding(f"The request body is not valid JSON: {text}", rule="json.depth", source="limit of this server")
    if isinstance(parsed, dict):
        return parsed
    # No observation shows this text; it is what the API says of every other typed object that is none.
    return Finding("Input does not match the expected shape.", rule="schema.type", source="inferred")


def _is_deep(body: bytes, parsed: Any) -> bool:
    """Whether the body cannot be written again; asked only of those with enough brackets."""
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return False
    try:
        orjson.dumps(parsed)
    except orjson.JSONEncodeError:
        return True
    return False


def _depth_passed(body: bytes) -> str:
    """The place behind the first bracket that is too deep."""
    depth = 0
    for found in re.finditer(_MARKS, body):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(found[0], 0)
        if depth > DEEPEST:
            before = body[: found.end()]
            line, column = before.count(b"\n") + 1, found.end() - (before.rfind(b"\n") + 1) + 1
            return f"line {line} column {column} (char {found.end()})"
    raise AssertionError("the body is not as deep as it seemed")


def _detail(error: orjson.JSONDecodeError) -> str:
    text = str(error)
    for pattern, replacement in API_WORDS:
        text = re.sub(pattern, replacement, text)
    return text
