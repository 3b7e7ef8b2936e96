"""The JSON of a tool's input: as a stream writes it, cut off, and what of it can still be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

# A text, a number, a word, a sign between them, or the quote of a text that does not end.
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.eE+-])"
_TOKEN = re.compile(rf'"[^"\\]*(?:\\.[^"\\]*)*"|{_NUMBER}|true|false|null|[{{}}\[\],:"]', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


class TornInput(dict[str, Any]):
    """The input of a tool that was cut off: a mapping of what can be read of it.

    ``written`` is its JSON as far as a stream brings it, property by property, the last one perhaps cut.
    """

    def __init__(self, written: Sequence[str]) -> None:
        super().__init__(close_json("".join(written)))
        self.written = tuple(written)


def write_properties(tool_input: Mapping[str, Any]) -> Iterator[str]:
    """The JSON of an input property by property, each with what stands before it; the last brace is left out.

    The first level is written with spaces after commas and colons, deeper ones without (source: recorded).
    """
    lead = "{"
    for key, value in tool_input.items():
        yield f"{lead}{_write(key)}: {_write(value)}"
        lead = ", "


def tear(properties: Iterable[str], size: int, *, eager: bool) -> TornInput:
    """An input of some written ``properties``, cut off after ``size`` characters.

    By default "each parameter value is buffered": one that was cut off does not reach the caller, so the stream ends
    behind the last whole property, or behind the opening brace (the brace alone is inferred). An ``eager`` tool's input
    ends anywhere. Source: the API's page on fine-grained tool streaming, and callers' reports of 2026-07 and 2026-08;
    both API versions.
    """
    written: list[str] = []
    for text in properties:
        if size < len(text):
            if eager or not written:
                written.append(text[: size if eager else min(size, 1)])
            break
        written.append(text)
        size -= len(text)
    return TornInput([text for text in written if text])


def close_json(text: str) -> dict[str, Any]:
    """The longest readable beginning of a JSON object: texts that are cut off, and keys without a value, are left out.

    So do the SDKs with the input of a tool that is cut off. What the API answers whole is inferred from that: no
    recording holds such a call. Raises ValueError when the text does not begin as a JSON object does.
    """
    end, closing, stack, before = 0, "", "", ""
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign == '"':
            break
        is_key = sign[0] == '"' and stack.endswith("{") and before in ("{", ",")
        if sign in _CLOSING:
            stack += sign
        elif sign in "}]":
            stack = stack[:-1]
        if sign not in ",:" and not is_key:
            end, closing = token.end(), stack
        before = sign
    value = orjson.loads(text[:end] + "".join([_CLOSING[sign] for sign in reversed(closing)])) if text else {}
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _write(value: Any) -> str:
    return orjson.dumps(value).decode()
