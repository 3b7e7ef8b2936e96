"""Bytes to a JSON object, or the API's complaint about them."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.errors import Finding

# Bodies in other charsets are refused before they get here; US-ASCII is UTF-8 already.
LATIN = ("iso-8859-1", "latin-1", "latin1")


def parse(body: bytes, charset: str = "utf-8") -> dict[str, Any] | Finding:
    """The object that ``body`` holds in ``charset``, or why it holds none.

    The API parses with orjson and hands its error text on (source: observed, 2026-08).
    """
    if charset.lower() in LATIN and not body.isascii():
        body = body.decode("latin-1").encode()
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Finding(f"The request body is not valid JSON: {error}", rule="json", source="observed 2026-08")
    if isinstance(parsed, dict):
        return parsed
    # No observation shows this text; it is what the API says of every other typed object that is none.
    return Finding("Input does not match the expected shape.", rule="schema.type", source="inferred")
