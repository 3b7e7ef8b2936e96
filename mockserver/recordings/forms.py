"""The parts of a ``multipart/form-data`` body that is whole in memory, to compare them."""

from __future__ import annotations

import re

from msgspec import Struct

_BOUNDARY = re.compile(r'(?i)^\s*multipart/form-data\s*;.*?\bboundary="?([^";]+)"?')
_PARAMETER = re.compile(r'(?i);\s*(name|filename)="((?:[^"\\]|\\.)*)"')


class FormPart(Struct, frozen=True):
    """A part of a form; ``filename`` is None when it has none."""

    name: str
    filename: str | None
    content: bytes


def read_form(body: bytes, content_type: str) -> list[FormPart] | None:
    """The parts in the order in which they were sent; None when the body is no form."""
    named = _BOUNDARY.match(content_type)
    if named is None:
        return None
    # The first boundary has no line end before it.
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + named[1].strip().encode("latin-1", "replace"))
    return [_read_part(part) for part in parts if not part.startswith(b"--")]


def _read_part(part: bytes) -> FormPart:
    headers, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    named = dict(_PARAMETER.findall(headers.decode("utf-8", "replace")))
    return FormPart(named.get("name", ""), named.get("filename"), content)
