"""Reads ``multipart/form-data`` bodies in pieces: contents go to the store as they come, and are never whole in memory.

What is wrong with one is told as a 400 in the API's form. The API's own texts for such bodies are not known, but for
those about fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt
from mockserver.store.blobs import BlobWriter

if TYPE_CHECKING:
    from python_multipart import MultipartParser

# Bytes read at a time, and kept of the beginning of each content: by them its type is known.
_PIECE, HEAD = 256 * 1024, 4096
_HEADERS, _HEADER_BYTES = 16, 8192
# A field that is no file is short; so is a field's name.
_FIELD_BYTES, _NAME = 65_536, 255
MOST_PARTS = 100
_FORM = "multipart/form-data"
_PARAMETER = re.compile(r';\s*([^=;\s"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(r"\\([\\\"])")
# Browsers write a quote and line ends so, httpx further control characters; another "%" is part of the name.
_PERCENT = re.compile(r"%(?:22|[01][0-9A-Fa-f])")
_PLAIN_ENCODINGS = ("", "7bit", "8bit", "binary")


class Part(Struct, eq=False):
    """A part of a form: ``value`` is what a field holds.

    A file has a ``writer`` that has taken its content instead; ``head`` is the beginning of it. ``filename`` is None
    when the part has none.
    """

    name: str
    filename: str | None
    content_type: str
    writer: BlobWriter | None = None
    value: bytes = b""
    head: bytes = b""
    size: int = 0


class Form(Struct, frozen=True, eq=False):
    """A whole form, as a context: contents that no object has taken at its end are given up."""

    parts: tuple[Part, ...]

    def __enter__(self) -> Form:
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts:
            if part.writer is not None:
                part.writer.discard()

    def find(self, name: str) -> tuple[Part, ...]:
        """The parts of that name."""
        return tuple(part for part in self.parts if part.name == name)


class Limits(Struct, frozen=True):
    """What a form may hold: ``content`` are bytes of each file, ``total`` of all together."""

    content: int
    total: int
    parts: int = MOST_PARTS


def read_form(
    stream: BinaryIO,
    content_type: str,
    files: Collection[str],
    create: Callable[[], BlobWriter],
    limits: Limits,
) -> Form:
    """The parts of a body, in their order. When it raises, nothing of it is kept.

    Args:
        stream: the body.
        content_type: the request's header, with the boundary.
        files: the names of the parts that are files, with or without a file name. Files of other names are left out.
        create: begins a content in the store.
        limits: what it may hold.

    Raises:
        ApiError: 400, the body is no form, or not whole; 413, it is larger than the limits.
        StoreFullError: there is no room for a content.
    """
    reader = _Reader(files, create, limits)
    try:
        parser = _make_parser(content_type, reader)
        while piece := stream.read(_PIECE):
            parser.write(piece)
        if not reader.is_whole:
            raise _refuse("The multipart body ends before its closing boundary.")
    except ValueError as error:  # of the parser: nothing else raises any
        reader.discard()
        raise _refuse(f"The multipart body cannot be read: {excerpt(str(error))}.") from error
    except BaseException:
        reader.discard()
        raise
    return Form(tuple(reader.parts))


def _make_parser(content_type: str, reader: _Reader) -> MultipartParser:
    # Few servers see a form, and neither module is there without one.
    from logging import CRITICAL, Logger

    from python_multipart import MultipartParser

    kind, parameters = _parse_header(content_type)
    if kind != _FORM:
        shown = f"'{excerpt(kind)}'" if kind else "none"
        raise _refuse(f"Expected the content type {_FORM}, got {shown}.")
    boundary = parameters.get("boundary")
    if not boundary:
        raise _refuse(f"The content type {_FORM} has no boundary; leave the header to the client that writes the body.")
    parser = MultipartParser(
        boundary.encode("latin-1", "replace"),
        {
            "on_part_begin": reader.begin_part,
            "on_header_field": reader.add_to_name,
            "on_header_value": reader.add_to_value,
            "on_header_end": reader.end_header,
            "on_headers_finished": reader.end_headers,
            "on_part_data": reader.add_content,
            "on_end": reader.end,
        },
        max_header_count=_HEADERS,
        max_header_size=_HEADER_BYTES,
    )
    # The parser's own logger would print what a client sends, and is shared by all that use it in a process.
    parser.logger = Logger("multipart", level=CRITICAL + 1)
    return parser


class _Reader:
    """Takes what the parser finds."""

    def __init__(self, files: Collection[str], create: Callable[[], BlobWriter], limits: Limits) -> None:
        self.parts: list[Part] = []
        self.is_whole = False
        self._files, self._create, self._limits = files, create, limits
        self._count = self._total = 0
        self._headers: dict[str, str] = {}
        self._name, self._text = bytearray(), bytearray()
        self._part: Part | None = None

    def discard(self) -> None:
        """Give up all contents."""
        Form(tuple(self.parts)).__exit__()

    def begin_part(self) -> None:
        """A part begins."""
        self._count += 1
        if self._count > self._limits.parts:
            raise _refuse(f"The multipart body has more than {self._limits.parts} parts.")
        self._headers, self._part = {}, None

    def add_to_name(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's name."""
        self._name += data[start:end]

    def add_to_value(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's value."""
        self._text += data[start:end]

    def end_header(self) -> None:
        """A header is whole."""
        self._headers[self._name.decode("latin-1").lower()] = _decode(bytes(self._text))
        self._name, self._text = bytearray(), bytearray()

    def end_headers(self) -> None:
        """All headers of a part are whole."""
        part = _make_part(self._headers)
        if part.name in self._files:
            part.writer = self._create()
        elif part.filename is not None:
            return
        self.parts.append(part)
        self._part = part

    def add_content(self, data: bytes, start: int, end: int) -> None:
        """A piece of a part's content."""
        if self._part is not None:
            self._add(self._part, data[start:end])

    def end(self) -> None:
        """The closing boundary has come."""
        self.is_whole = True

    def _add(self, part: Part, data: bytes) -> None:
        part.size += len(data)
        self._total += len(data)
        if part.writer is None:
            part.value += data
            if part.size > _FIELD_BYTES:
                raise _refuse(f"{excerpt(part.name)}: a field of a form has at most {_FIELD_BYTES} bytes.")
            return
        if part.size > self._limits.content or self._total > self._limits.total:
            raise ApiError(Finding("Request exceeds the maximum size", "body_size", "errors page", status=413))
        if len(part.head) < HEAD:
            part.head += data[: HEAD - len(part.head)]
        part.writer.write(data)


def _make_part(headers: dict[str, str]) -> Part:
    kind, parameters = _parse_header(headers.get("content-disposition", ""))
    name = parameters.get("name", "")
    if kind != "form-data" or not name:
        raise _refuse('Each part of the multipart body needs a header Content-Disposition: form-data; name="...".')
    if len(name) > _NAME:
        raise _refuse(f"{excerpt(name)}: the name of a field has at most {_NAME} characters.")
    encoding = headers.get("content-transfer-encoding", "").strip().lower()
    if encoding not in _PLAIN_ENCODINGS:
        raise _refuse(f"{excerpt(name)}: the transfer encoding '{excerpt(encoding)}' is not supported in a form.")
    content_type, _ = _parse_header(headers.get("content-type", ""))
    return Part(name, _find_filename(parameters), content_type)


def _find_filename(parameters: dict[str, str]) -> str | None:
    """The name of a file; one that is written as RFC 5987 has it counts, whatever stands beside it."""
    extended = parameters.get("filename*")
    if extended is not None:
        charset, _, rest = extended.partition("'")
        _, quote, value = rest.partition("'")
        if quote and charset.lower() in ("utf-8", "iso-8859-1"):
            data = unquote_to_bytes(value)
            return data.decode("latin-1") if charset.lower() == "iso-8859-1" else _decode(data)
    return parameters.get("filename")


def _parse_header(text: str) -> tuple[str, dict[str, str]]:
    """The value of a header in lower case, and its parameters; of several of one name the first counts."""
    kind = text.partition(";")[0].strip().lower()
    parameters: dict[str, str] = {}
    for found in _PARAMETER.finditer(text):
        name, value = found[1].lower(), found[2].strip()
        if value.startswith('"') and value.endswith('"') and len(value) > 1:
            value = _ESCAPED.sub(r"\1", value[1:-1])
            value = _PERCENT.sub(lambda escape: chr(int(escape[0][1:], 16)), value)
        parameters.setdefault(name, value)
    return kind, parameters


def _decode(data: bytes) -> str:
    """Clients write names in UTF-8, old ones in Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _refuse(message: str) -> ApiError:
    return ApiError(Finding(message, "multipart", "ours, docs/files.md"))
