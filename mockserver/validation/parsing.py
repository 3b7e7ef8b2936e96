"""Parses a body to a JSON object, or to the API's refusal of it."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockserver.records.budget import LIMITS
from mockserver.records.errors import Finding

# Of JSON whose escapes are hidden: strings, which may hold brackets of their own; pieces that do not end inside of one,
# between which other threads may run; strings and brackets.
_STRINGS = rb'"[^"]*"'
_PIECES = rb'(?:[^"]+|"[^"]*"){1,1000}'
_MARKS = rb'"[^"]*"|[][{}]'

# Bodies in other charsets are refused before they get here; US-ASCII is UTF-8 already.
LATIN = ("iso-8859-1", "latin-1", "latin1")

# orjson reads 1024 levels and writes 254. A body that cannot be written cannot be journaled, and is refused (a
# deviation from the API; no real request is so deep).
DEEPEST = 254

NO_OBJECT = "schema.type"
# The rules of what is well-formed, and too much for this server.
LIMITS_OF_OURS = ("json.size", "json.depth")

# The API uses an older orjson (3.11 or so, to judge by its texts); newer versions word some errors differently.
API_WORDS = (
    (r", expected .*(?=: line)", ""),
    ("^(UTF-8 )?byte order mark .* is not supported", "unexpected character"),
    ("^depth limit exceeded", "array and object recursion depth exceeded"),
    ("^no digit after sign", "no digit after minus sign"),
)


def parse(body: bytes, charset: str = "utf-8") -> dict[str, Any] | Finding:
    """The JSON object in ``body``, which is text in ``charset``; a finding when there is none.

    The API parses with orjson and repeats its error text (source: observed, 2026-08).
    """
    if charset != "utf-8" and charset.lower() in LATIN and not body.isascii():
        body = body.decode("latin-1").encode()
    if len(body) > LIMITS.body_containers and (number := _count_containers(body)) > LIMITS.body_containers:
        text = f"{number:,} objects and lists, {LIMITS.body_containers:,} at most"
        return Finding(f"The request body is too large: {text}", rule="json.size", source="limit of this server")
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Finding(
            f"The request body is not valid JSON: {_word_error(error)}", rule="json", source="observed 2026-08"
        )
    if len(body) > DEEPEST and _is_deep(body, parsed):
        text = f"array and object recursion depth exceeded: {_find_depth_limit(body)}"
        return Finding(f"The request body is not valid JSON: {text}", rule="json.depth", source="limit of this server")
    if isinstance(parsed, dict):
        return parsed
    # This text was not observed here; the API uses it wherever a typed object is expected.
    return Finding("Input does not match the expected shape.", rule=NO_OBJECT, source="inferred")


def _count_containers(body: bytes) -> int:
    """The number of objects and lists in a body, or of brackets in it where these are few."""
    number = body.count(b"{") + body.count(b"[")
    if number <= LIMITS.body_containers:
        return number
    number = 0
    for piece in re.finditer(_PIECES, _hide_escapes(body)):
        outside = re.sub(_STRINGS, b"", piece[0])
        number += outside.count(b"{") + outside.count(b"[")
    return number


def _hide_escapes(body: bytes) -> bytes:
    """The body, as long as it was, with other letters for escaped quotes: a pattern that steps over millions of escapes
    takes a gigabyte.
    """
    return body.replace(rb"\\", b"..").replace(rb"\"", b"..")


def _is_deep(body: bytes, parsed: Any) -> bool:
    """Whether the body is too deep to be written again."""
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return False
    try:
        orjson.dumps(parsed)
    except orjson.JSONEncodeError:
        return True
    return False


def _find_depth_limit(body: bytes) -> str:
    """The place after the first bracket that is too deep."""
    depth = 0
    for found in re.finditer(_MARKS, _hide_escapes(body)):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(found[0], 0)
        if depth > DEEPEST:
            before = body[: found.end()]
            line, column = before.count(b"\n") + 1, found.end() - (before.rfind(b"\n") + 1) + 1
            return f"line {line} column {column} (char {found.end()})"
    raise AssertionError("the body is not as deep as it seemed")


def _word_error(error: orjson.JSONDecodeError) -> str:
    text = str(error)
    for pattern, replacement in API_WORDS:
        text = re.sub(pattern, replacement, text)
    return text
