"""The parts of exchanges that several formats have in common: headers, bodies, times."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from mockserver.cassettes.formats.form import MAX_BODY
from mockserver.decoding import decode
from mockserver.records.call import Call
from mockserver.records.depth import is_too_deep
from mockserver.records.errors import ApiError
from mockserver.records.moments import read_moment

Pairs = tuple[tuple[str, str], ...]
# How a body was on its way, which is over.
_TRANSFER = frozenset(("connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"))
_ZLIB = ("gzip", "x-gzip", "deflate", "identity")


def read_headers(value: Any) -> Pairs:
    """Header pairs of a mapping (of texts or lists), or a list of pairs or ``{name, value}``; names in lower case."""
    found: list[tuple[str, str]] = []
    for name, given in _list_headers(value):
        values = given if isinstance(given, list | tuple) else [given]
        # Those of HTTP/2 that begin with a colon are no headers.
        if not (name := as_text(name).lower()).startswith(":"):
            found += [(name, as_text(each)) for each in values if each is not None]
    return tuple(found)


def _list_headers(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) and _are_pairs(value[0]):
        return value[0]  # a frozen set of pairs, as vcrpy wrote in its first version
    if not isinstance(value, list):
        return ()
    return [
        (each["name"], each.get("value", "")) if isinstance(each, Mapping) else (each[0], each[1]) for each in value
    ]


def _are_pairs(value: list[Any]) -> bool:
    return all(isinstance(each, list) and len(each) == 2 for each in value)


def join_headers(pairs: Pairs) -> dict[str, str]:
    """The headers of a request: those that came several times are joined, those of its way are gone."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        if name not in _TRANSFER:
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def drop_transfer(pairs: Pairs) -> Pairs:
    """The headers of an answer without those of its way."""
    return tuple(pair for pair in pairs if pair[0] not in _TRANSFER)


def find_type(body: bytes) -> str:
    """The type of an answer whose recorder did not keep it."""
    if body.startswith((b"event:", b"data:")):
        return "text/event-stream; charset=utf-8"
    lines = body.strip().split(b"\n", 2)
    if lines[0].startswith((b"{", b"[")):
        is_several = len(lines) > 1 and lines[0].endswith(b"}") and lines[1].startswith(b"{")
        return "application/x-jsonl" if is_several else "application/json"
    return "text/plain"


def read_body(value: Any) -> bytes:
    """A body as recorders keep it: a text, bytes, a mapping with ``string`` or ``base64_string``, or a JSON value.

    Raises:
        ValueError: it is in base64, and broken.
    """
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return encode(value)
    if isinstance(value, Mapping):
        if "base64_string" in value:
            return read_base64(value["base64_string"])
        if "string" in value and set(value) <= {"string", "encoding"}:
            given = value["string"]
            return read_base64(given) if value.get("encoding") == "base64" else read_body(given)
    return write_json(value)


def read_base64(value: Any) -> bytes:
    """The bytes of a text in base64, in one line or several.

    Raises:
        ValueError: it is not.
    """
    return base64.b64decode("".join(as_text(value).split()), validate=True)


def write_json(value: Any) -> bytes:
    """A parsed body as JSON; bytes in it are texts.

    Raises:
        ValueError: it is nested too deeply, or no JSON.
    """
    if is_too_deep(value):
        raise ValueError("its body is nested too deeply")
    try:
        return orjson.dumps(value, default=as_text, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"its body is no JSON: {error}") from error


def encode(text: str) -> bytes:
    """The bytes of a text; those that were no text, as Python escapes them, come back."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def unpack(body: bytes, encoding: str) -> bytes:
    """A body without its ``content-encoding``; many recorders keep the header where they have decoded the body.

    Raises:
        ValueError: it cannot be decoded.
    """
    encodings = [each.strip().lower() for each in encoding.split(",") if each.strip()]
    if not encodings or not body or _is_text(body):
        return body
    if not all(each in _ZLIB for each in encodings):
        raise ValueError(f"its body is encoded as {encoding[:40]}, which is not decoded here: record it decoded")
    try:
        return decode(Call("POST", "/", {"content-encoding": encoding}, body), MAX_BODY).body
    except ApiError as error:
        raise ValueError(f"its body is not encoded as {encoding[:40]}, or is too large") from error


def _is_text(body: bytes) -> bool:
    """Whether a body is decoded already: JSON or events. Compressed ones begin with bytes that are no text."""
    # A character at the end may have been cut.
    head = body[:64].decode("utf-8", "ignore")
    return len(body[:64]) - len(head.encode()) < 4 and (head[:1].isprintable() or head[:1].isspace())


def read_time(value: Any, headers: Pairs = ()) -> float:
    """A time as recorders write it, else that of the header ``date``; 0.0 when there is none."""
    for given in (value, next((value for name, value in headers if name == "date"), None)):
        if given in (None, ""):
            continue
        try:
            return read_moment(given)
        except ValueError:
            pass
        try:
            return parsedate_to_datetime(as_text(given)).timestamp()
        except (ValueError, TypeError, OverflowError):
            pass
    return 0.0


def read_status(value: Any) -> int:
    """A status.

    Raises:
        ValueError: it is none.
    """
    status = int(value)
    if not 200 <= status <= 599:
        raise ValueError(f"there is no answer: its status is {status}")
    return status


def as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else str(value)
