"""Parses files of any suffix: JSON, JSON values a line, YAML. Sizes, numbers, depths and aliases are bounded."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import orjson

from mockserver.cassettes.formats.form import MAX_FILE, MAX_VALUES, UNPARSED, Content, UnknownFormatError

# How gzip begins, and zlib, as in the .zhar files of mitmproxy.
_PACKED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")
_TOO_LARGE = f"it has more than {MAX_FILE // 1024**2} MB: split it"


def parse(data: bytes, folder: Path = Path()) -> Content:
    """The content of a file, packed with gzip or zlib or not, from a folder.

    Raises:
        UnknownFormatError: it is neither JSON nor YAML, or too large.
    """
    data = _unpack(data).removeprefix(b"\xef\xbb\xbf")
    head = data[:1000].lstrip()[:1]
    if head not in (b"{", b"["):
        return Content(_parse_yaml(data), data=data, folder=folder)
    if sum(map(data.count, (b",", b":", b"["))) > MAX_VALUES:
        raise UnknownFormatError(f"it holds more than {MAX_VALUES:,} values: split it")
    try:
        return Content(_load(data), data=data, folder=folder)
    except ValueError as error:
        lines = [line for line in data.split(b"\n") if line.strip()]
        values = [_parse_line(line) for line in lines]
        if any(isinstance(value, dict) for value in values):
            return Content(values, is_lines=True, data=data, folder=folder)
        if head == b"{" and b"\n" in data.strip():
            # Mappings of YAML may stand in braces, too.
            return Content(_parse_yaml(data), data=data, folder=folder)
        raise UnknownFormatError(f"it is no JSON: {error}") from error


def read_file(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UnknownFormatError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise UnknownFormatError(error.strerror or str(error)) from error
    if len(data) > MAX_FILE:
        raise UnknownFormatError(_TOO_LARGE)
    return data


def _unpack(data: bytes) -> bytes:
    if data.startswith(_PACKED):
        try:
            data = zlib.decompressobj(47).decompress(data, MAX_FILE + 1)
        except zlib.error as error:
            raise UnknownFormatError(f"it cannot be unpacked: {error}") from error
    if len(data) > MAX_FILE:
        raise UnknownFormatError(_TOO_LARGE)
    return data


def _parse_line(line: bytes) -> Any:
    try:
        return _load(line)
    except ValueError:
        return UNPARSED


def _load(data: bytes) -> Any:
    """A JSON value, also one that only Python writes and reads: with NaN, or bytes of no text as halves of characters.

    Raises:
        ValueError: it is none.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise error from None


def _parse_yaml(data: bytes) -> Any:
    from mockserver.cassettes.formats.plain_yaml import load_documents  # PyYAML takes its time

    documents = load_documents(data)
    return documents[0] if len(documents) == 1 else documents
