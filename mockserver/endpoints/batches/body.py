"""The body of a batch, read as a stream: its form is checked, and each request is written to a content of the store.

``ijson`` reads it, so that 256 MB take no more memory than the largest request in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from math import inf, isinf
from typing import Any, BinaryIO

import ijson
import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver import auth, validation
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.store.blobs import BlobWriter

# "100,000 requests or 256 MB" (source: documented, message batches, 2026-09; both API versions).
MOST_REQUESTS = 100_000
CUSTOM_ID = re.compile("[a-zA-Z0-9_-]{1,64}")
# What stands between the id and the parameters of a stored request. No JSON text holds it: its quotes are escaped.
_BEFORE_PARAMS = b',"params":'
_TOO_LARGE = b"null"
_OPTIONS: Mapping[str, Any] = {"buf_size": 64 * 1024}
# The first half of a character beyond U+FFFF without its second one, which ``ijson`` would read as "?".
_HALF = re.compile(rb"\\u[dD][89abAB]..(?=[^\\]|\\[^u]|\\u[^dD]|\\u[dD][^c-fC-F])", re.DOTALL)
# Bytes of a piece that are looked at again with the next one: more than such a half has.
_OVERLAP = 64

Event = tuple[str, Any]


class Request(Struct, frozen=True):
    """A request of a batch: its id, and its parameters as JSON; None when these are more than a request may have."""

    custom_id: Any
    params: bytes | None


class Envelope(Struct, frozen=True):
    """What a body holds: how many requests, and the API's first objection to it."""

    total: int
    finding: Finding | None = None


class _Found(Struct):
    """What was found of a body so far. ``item`` and ``rest`` are skeletons, by which the schema words a refusal."""

    total: int = 0
    has_list: bool = False
    wrong: tuple[int, Any] | None = None
    rest: dict[str, Any] = {}
    twice: str | None = None


def read_body(call: Call, parts: Parts, writer: BlobWriter) -> Envelope:
    """Read the body of a call, and write its requests, a line each.

    Raises:
        ApiError: it is no JSON object.
        StoreFullError: there is no room for it.
    """
    found, known, charset = _Found(rest={}), set[int](), auth.charset(call)
    with call.open() as source:
        try:
            events = ijson.basic_parse(_Checked(source, charset), **_OPTIONS)
            for index, item in _read_items(events, found, parts.settings.max_body):
                _take_item(index, item, found, known, writer)
        # ``ijson`` leaves the error of an integer with more digits than Python reads to the next call of any function.
        except (ijson.JSONError, ValueError, SystemError) as error:
            raise ApiError(_find_break(call, error)) from error
    return Envelope(found.total, _find_objection(found, call, parts))


def write_request(custom_id: Any, params: bytes | None) -> bytes:
    """A request as it is stored, with its line end."""
    return b"".join((b'{"custom_id":', orjson.dumps(custom_id), _BEFORE_PARAMS, params or _TOO_LARGE, b"}\n"))


def read_request(line: bytes) -> Request:
    """The request in a line."""
    custom_id, _, params = line.partition(_BEFORE_PARAMS)
    params = params.rstrip(b"\n")[:-1]
    return Request(orjson.loads(custom_id.removeprefix(b'{"custom_id":')), None if params == _TOO_LARGE else params)


def read_requests(source: Iterable[bytes]) -> Iterator[Request]:
    """The requests that were stored."""
    return map(read_request, source)


class _Checked:
    """A body as UTF-8, whatever its charset, in which no half of a character stands alone.

    In other charsets than UTF-8 each byte is a character.
    """

    def __init__(self, source: BinaryIO, charset: str) -> None:
        self._source, self._charset, self._last = source, charset, b""

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        text = self._last + piece
        self._last = text[-_OVERLAP:]
        if any(_is_escape(text, found.start()) for found in _HALF.finditer(text)):
            raise ValueError("parse error: half of a surrogate pair")
        return piece if self._charset == "utf-8" else piece.decode(self._charset).encode()


def _is_escape(text: bytes, at: int) -> bool:
    """Whether the backslash at a place is no character that another one escapes."""
    before = text[max(0, at - _OVERLAP) : at]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 0


def _find_break(call: Call, error: Exception) -> Finding:
    """Why a body is no JSON: in the words of other endpoints where it is small enough to be read once more."""
    parsed = validation.parsing.parse(call.body, auth.charset(call)) if call.spool is None else None
    if isinstance(parsed, Finding):
        return parsed
    # The first line of it: the others show the place, and may begin with a piece of the body.
    reason = str(error).removeprefix("b'").replace("\\n", "\n").partition("\n")[0]
    return Finding(f"The request body is not valid JSON: {reason}", rule="json", source="inferred")


def _read_items(events: Iterator[Event], found: _Found, most: int) -> Iterator[tuple[int, Any]]:
    """The items of the list of requests: an object as a mapping whose ``params`` are JSON, anything else as it is."""
    event, value = next(events)
    if event != "start_map":
        for _ in events:
            pass  # it may be broken further on
        raise ApiError(Finding("Input does not match the expected shape.", rule="schema.type", source="inferred"))
    for event, value in events:
        if event != "map_key":
            continue  # the end
        key = value
        event, value = next(events)
        if key != "requests" or event != "start_array":
            _, found.rest[key] = _read_value(event, value, events, 0)
            continue
        found.has_list = True
        for event, value in events:
            if event == "end_array":
                break
            yield found.total, _read_item(event, value, events, most)
            found.total += 1


def _read_item(event: str, value: Any, events: Iterator[Event], most: int) -> Any:
    if event != "start_map":
        return _read_value(event, value, events, 0)[1]
    item: dict[str, Any] = {}
    for event, key in events:
        if event == "end_map":
            break
        event, value = next(events)
        is_params = key == "params" and event == "start_map"
        text, shown = _read_value(event, value, events, most if is_params else 0)
        item[key] = (text,) if is_params else shown
    return item


def _read_value(event: str, value: Any, events: Iterator[Event], most: int) -> tuple[bytes | None, Any]:
    """Read a value to its end: its JSON, when that has ``most`` bytes at most; and a skeleton of it, for the schema."""
    if event not in _BRACKETS:
        return None, _read_number(value) if event == "number" else value
    written, size, depth, comma = bytearray(), 0, 0, b""
    shown: Any = [] if event == "start_array" else {}
    while True:
        if event in _CLOSING:
            text, comma, depth = _BRACKETS[event], b",", depth - 1
        elif event in _BRACKETS:
            text, comma, depth = comma + _BRACKETS[event], b"", depth + 1
        elif event == "map_key":
            text, comma = comma + orjson.dumps(value) + b":", b""
        else:
            text, comma = comma + orjson.dumps(_read_number(value) if event == "number" else value), b","
        size += len(text)
        if size <= most:
            written += text
        if not depth:
            return (bytes(written) if size <= most else None), shown
        event, value = next(events)


def _read_number(value: int | Decimal) -> int | float:
    """The number as that of a single request: a float, when it has more than 64 bits."""
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return value
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if isinf(number):
        raise ValueError("parse error: numeric overflow")
    return number


_BRACKETS = {"start_map": b"{", "end_map": b"}", "start_array": b"[", "end_array": b"]"}
_CLOSING = ("end_map", "end_array")


def _take_item(index: int, item: Any, found: _Found, known: set[int], writer: BlobWriter) -> None:
    if found.wrong is not None or index >= MOST_REQUESTS:
        return  # refused in any case
    if not (isinstance(item, dict) and item.keys() == {"custom_id", "params"} and _is_sound(item)):
        found.wrong = index, item
        return
    name = item["custom_id"]
    if found.twice is None and hash(name) in known:
        found.twice = name
    known.add(hash(name))
    writer.write(write_request(name, item["params"][0]))


def _is_sound(item: dict[str, Any]) -> bool:
    name = item["custom_id"]
    return isinstance(name, str) and CUSTOM_ID.fullmatch(name) is not None and isinstance(item["params"], tuple)


def _find_objection(found: _Found, call: Call, parts: Parts) -> Finding | None:
    """The API's first objection to the form of a batch: in the order of its schema, then ids that are there twice."""
    index, item = found.wrong or (0, {"custom_id": "a", "params": {}})
    if isinstance(item, dict) and isinstance(item.get("params"), tuple):
        item = {**item, "params": {}}
    body = dict(found.rest)
    if found.has_list:
        too_many = found.total > MOST_REQUESTS
        body = {"requests": [item] * (found.total if too_many else min(found.total, 1)), **body}
    if found.twice is not None and found.wrong is None and found.total <= MOST_REQUESTS:
        body["requests"] = [{"custom_id": found.twice, "params": {}}] * 2
    version = auth.api_version(call, parts.settings)
    finding = parts.checker.check_parsed(body, "batches", version, call.betas, headers=call.headers)
    if finding is None or not found.has_list:
        return finding
    first, shifted = "requests.0", f"requests.{index}"
    if not finding.path.startswith(first):
        return finding
    return replace(
        finding, message=finding.message.replace(first, shifted, 1), path=finding.path.replace(first, shifted, 1)
    )
