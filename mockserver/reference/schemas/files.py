"""The files of ``schemas/``, and their definitions."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from mockserver.reference import prebuilt

Json = dict[str, Any]


def folder() -> Path:
    """The folder of the schemas."""
    return prebuilt.locate_data("schemas")


@cache
def read_bytes(name: str) -> bytes:
    """One schema file as it is."""
    return (folder() / name).read_bytes()


def read_file(name: str) -> Json:
    """The content of one schema file."""
    content: Json = orjson.loads(read_bytes(name))
    return content


@cache
def read_definitions(files: tuple[str, ...]) -> dict[str, Json]:
    """The definitions of several files by name, their references to each other made local."""
    found: dict[str, Json] = {}
    for file in files:
        text = read_bytes(file)
        for other in files:
            text = text.replace(b'"%b#/' % other.encode(), b'"#/')
        found |= orjson.loads(text)["$defs"]
    return found
