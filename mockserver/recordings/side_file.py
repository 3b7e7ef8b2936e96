"""The side file of a cassette: a JSON object a line, each an exchange as it was recorded, without secrets.

    {"id": 1, "at": "2026-11-30T16:20:11.123Z", "test": "tests/test_app.py::test_answer",
     "request": {"method", "path", "query", "headers", "shared", "json" | "text" | "base64" | "file"},
     "response": {"status", "headers": [[name, value], ...], "first": 0.812, "end": "close",
                  "chunks": [[delay, text], ...] | "file"}}

- A body that is a JSON object or list is ``json``: its tokens stay as they were sent (``1.0``, large numbers, keys that
  come twice), only space between them goes. Any other is ``text``, or ``base64`` where it is no UTF-8. So is a chunk:
  ``[delay, text]`` or ``[delay, {"base64": ...}]``. Delays are seconds, to the microsecond.
- ``shared`` says which keys of ``json`` are those of an earlier line, so that a conversation is written once:
  ``{"messages": [1, 5], "tools": 1}`` are the first 5 messages of exchange 1, before those that stand in ``json``, and
  its tools, in place of the ``null`` there.
- ``file`` names a body that is too large for a line, from the folder of the side file: ``NAME.exchanges/7.body`` is the
  answer of exchange 7, ``7.request`` what was sent.

A further exchange is a further line; nothing before it changes. The suffix, ``.jsonl``, is none of those that are
loaded as scenarios.
"""

from __future__ import annotations

import base64
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import msgspec
import orjson
from msgspec import Meta, Raw, Struct, field

from mockserver.recordings.sharing import Shelf, minify
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.moments import EARLIEST, LATEST, read_moment, write_moment

SUFFIX = ".exchanges.jsonl"
# Bytes of a body that is no JSON from which on it has a file of its own.
LARGE = 1024 * 1024
# Bytes that the bodies of all requests may come to; much of them is shared in the file.
MAX_BODIES = 1024 * 1024 * 1024
# Digits of a number of seconds.
_DIGITS = 6


class _Request(Struct):
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    json: Raw = field(default_factory=Raw)
    text: str | None = None
    base64: str | None = None
    file: str | None = None
    shared: dict[str, int | tuple[int, int]] = field(default_factory=dict)


class _Packed(Struct):
    base64: str


# What a server can send: a day is more than any client waits.
_Status = Annotated[int, Meta(ge=200, le=599)]
_NAME, _VALUE, _DAY = r"^[a-z0-9!#$%&'*+.^_`|~-]+\Z", r"^[^\r\n\0]*\Z", 86_400
_Name = Annotated[str, Meta(pattern=_NAME)]
_Value = Annotated[str, Meta(pattern=_VALUE)]
_Seconds = Annotated[float, Meta(ge=0, le=_DAY)]


class _Response(Struct):
    status: _Status
    headers: tuple[tuple[_Name, _Value], ...] = ()
    first: _Seconds | None = None
    end: Literal["close", "abort"] = "close"
    chunks: tuple[tuple[_Seconds, str | _Packed], ...] = ()
    file: str | None = None


class _Line(Struct):
    id: Annotated[int, Meta(ge=1)]
    request: _Request
    response: _Response
    at: str | None = None
    test: str = ""


_decoder = msgspec.json.Decoder(_Line)


class Writer:
    """Writes the lines of one side file, each of which may refer to those before.

    Args:
        earlier: the exchanges that are in the file already, in their order.
        folder: the name of the folder for large bodies, beside the side file; "": these stand in their lines.
    """

    def __init__(self, earlier: Iterable[RecordedExchange] = (), folder: str = "") -> None:
        self._shelf = Shelf()
        self._folder = folder
        for exchange in earlier:
            self._shelf.add(exchange.id, exchange.request.body)

    def write(self, exchange: RecordedExchange) -> bytes:
        """The line of a further exchange, with its line end."""
        line = {
            "id": exchange.id,
            "at": write_moment(exchange.at) if EARLIEST <= exchange.at < LATEST else None,
            **({"test": exchange.test} if exchange.test else {}),
            "request": self._write_request(exchange),
            "response": self._write_response(exchange),
        }
        return orjson.dumps(line) + b"\n"

    def _write_request(self, exchange: RecordedExchange) -> Mapping[str, Any]:
        request = exchange.request
        head = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": dict(request.headers),
        }
        if not request.body:
            return head
        if (text := minify(request.body)) is not None:
            own, shared = self._shelf.add(exchange.id, text)
            return {**head, **({"shared": shared} if shared else {}), "json": orjson.Fragment(own)}
        if self._folder and is_apart(request):
            return {**head, "file": f"{self._folder}/{exchange.id}.request"}
        written = _write_bytes(request.body)
        return {**head, **({"text": written} if isinstance(written, str) else written)}

    def _write_response(self, exchange: RecordedExchange) -> Mapping[str, Any]:
        response = exchange.response
        head = {
            "status": response.status,
            # What no server can send cannot be read again.
            "headers": [list(pair) for pair in response.headers if _can_be_sent(*pair)],
            "first": None if response.first is None else _write_seconds(response.first),
            "end": response.end,
        }
        if response.content is not None and self._folder:
            return {**head, "file": f"{self._folder}/{exchange.id}.body"}
        chunks = response.chunks if response.content is None else (Chunk(response.body),)
        return {**head, "chunks": [[_write_seconds(chunk.delay), _write_bytes(chunk.data)] for chunk in chunks]}


def write(exchanges: Iterable[RecordedExchange], folder: str = "") -> bytes:
    """The lines of a side file. ``folder`` is that of ``list_files``; "": large bodies stand in their lines."""
    writer = Writer(folder=folder)
    return b"".join([writer.write(each) for each in exchanges])


def list_files(exchanges: Iterable[RecordedExchange], folder: str) -> dict[str, bytes | Path]:
    """The files for the large bodies of exchanges: by name, from the folder of the side file, what is in each.

    What is a path is the file that has the content now.
    """
    files: dict[str, bytes | Path] = {}
    for each in exchanges:
        if is_apart(each.request):
            files[f"{folder}/{each.id}.request"] = each.request.body
        if each.response.content is not None:
            files[f"{folder}/{each.id}.body"] = each.response.content
    return files


def is_apart(request: RecordedRequest) -> bool:
    """Whether the body of a request has a file of its own."""
    return len(request.body) > LARGE and minify(request.body) is None


class Files(Struct, frozen=True, eq=False):
    """The files of large bodies: ``read`` gives the content of one, ``check`` sees that there is one.

    Both may raise ValueError.
    """

    folder: Path
    read: Callable[[Path], bytes] = Path.read_bytes
    check: Callable[[Path], None] = lambda _: None

    def find(self, name: str) -> Path:
        """The path of a body, which is below the folder of the side file.

        Raises:
            ValueError: it is not.
        """
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or not path.parts:
            raise ValueError(f"file: expected a path such as NAME.exchanges/7.body, got {name!r}")
        return self.folder / path


def read(data: bytes, files: Files | None = None) -> dict[int, RecordedExchange]:
    """The exchanges of a side file, by id. ``files`` are those of large bodies; None: in this folder.

    Raises:
        ValueError: a line is no exchange; the message names it.
    """
    reader, found = _Reader(files or Files(Path())), dict[int, RecordedExchange]()
    lines = data.removeprefix(BOM_UTF8).split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            exchange = reader.read(_decoder.decode(line))
        except (ValueError, OSError, RecursionError) as error:
            if number == len(lines) > 1:
                break  # without its line end: the process was killed while it wrote
            raise ValueError(f"line {number} is no recorded exchange: {error}") from error
        if exchange.id in found:
            raise ValueError(f"line {number}: there is an exchange {exchange.id} already")
        found[exchange.id] = exchange
    return found


class _Reader:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._shelf = Shelf()
        self._left = MAX_BODIES

    def read(self, line: _Line) -> RecordedExchange:
        request = line.request
        body = self._read_body(line.id, request)
        self._left -= len(body)
        if self._left < 0:
            raise ValueError(f"the bodies up to here come to more than {MAX_BODIES >> 20:,} MB: split the cassette")
        return RecordedExchange(
            RecordedRequest(request.method, request.path, request.headers, body, request.query),
            self._read_response(line.response),
            read_moment(line.at) if line.at else 0.0,
            line.id,
            line.test,
        )

    def _read_body(self, number: int, request: _Request) -> bytes:
        if own := bytes(request.json):
            return self._shelf.restore(number, own, request.shared)
        if request.file is not None:
            return self._files.read(self._files.find(request.file))
        return _unpack(request.base64) if request.base64 is not None else (request.text or "").encode()

    def _read_response(self, response: _Response) -> RecordedResponse:
        content = None if response.file is None else self._files.find(response.file)
        if content is not None:
            self._files.check(content)
        chunks = tuple([Chunk(_read_bytes(data), delay) for delay, data in response.chunks])
        return RecordedResponse(response.status, response.headers, chunks, content, response.first, response.end)


def _can_be_sent(name: str, value: str) -> bool:
    return re.match(_NAME, name) is not None and re.match(_VALUE, value) is not None


def _write_seconds(seconds: float) -> float:
    return round(min(max(seconds, 0.0), _DAY), _DIGITS)


def _write_bytes(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _read_bytes(written: str | _Packed) -> bytes:
    return written.encode() if isinstance(written, str) else _unpack(written.base64)


def _unpack(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
