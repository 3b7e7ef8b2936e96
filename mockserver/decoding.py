"""Decompresses request bodies."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import BinaryIO

from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.spool import Spool

# zlib's window bits: 47 takes gzip and zlib headers alike, -15 a bare deflate stream.
_WINDOWS: Mapping[str, tuple[int, ...]] = {
    "gzip": (47,),
    "x-gzip": (47,),
    "deflate": (47, -15),
}
# How often a body may be encoded.
_ENCODINGS = 8
# How a gzip member begins, and how many of them one body may have: each costs, even an empty one.
_GZIP = b"\x1f\x8b"
_MEMBERS = 10_000
# Bytes that are decompressed at a time.
_PIECE = 65_536

_LOST = (
    "The request asks for another protocol (Upgrade: {}), so its body was not read: the mock server speaks "
    "HTTP/1.1 only. Tell the client to use HTTP/1.1, as by HttpClient.Version.HTTP_1_1 in Java."
)

DROPPED = (
    "The mock server dropped the body of this request, to make room: too many large requests were being sent at once. "
    "Send it again, or fewer at a time."
)
NO_ROOM = (
    "The mock server could not keep the body of this request: {}. Make room for temporary files, and send it again."
)


def decode(call: Call, max_body: int, in_memory: int | None = None) -> Call:
    """The call with its body decompressed.

    Args:
        call: the call as received.
        max_body: the maximum size of a body in bytes, compressed or not.
        in_memory: the most bytes of a decompressed body that are held in memory, else it is spooled; None: any.

    Raises:
        ApiError: 413 ``request_too_large`` (source: the API's errors page; text observed); 400
            ``request_body_encoding_unsupported`` or ``request_body_encoding_invalid``, 413
            ``request_body_too_large_after_decoding`` (codes: SDK types; texts inferred); 400, the body of a request
            that asks for another protocol was not read, 503, a body had to make room (ours: see docs/http.md).
    """
    if not call.body and "upgrade" in call.headers and call.headers.get("content-length", "0") != "0":
        raise ApiError(Finding(_LOST.format(call.headers["upgrade"][:40]), "upgrade", "ours, docs/http.md"))
    if call.is_dropped:
        raise ApiError(Finding(DROPPED, "bodies_size", "ours, docs/http.md", status=503))
    if call.spool is not None and call.spool.error:
        raise _find_no_room(call.spool)
    if max(call.size, call.announced) > max_body:
        raise ApiError(Finding("Request exceeds the maximum size", "body_size", "errors page", status=413))
    encodings = call.headers.get("content-encoding")
    if not encodings:
        return call
    applied = [part.strip().lower() for part in encodings.split(",")]
    if len(applied) > _ENCODINGS:
        raise _make_error(f"The request body is encoded more than {_ENCODINGS} times.", "request_body_encoding_invalid")
    for encoding in reversed(applied):
        if encoding != "identity":
            call = _decompress(call, encoding, max_body, max_body if in_memory is None else in_memory)
    return call


def _find_no_room(spool: Spool) -> ApiError:
    return ApiError(Finding(NO_ROOM.format(spool.error), "bodies_size", "ours, docs/http.md", status=503))


def _decompress(call: Call, encoding: str, max_body: int, in_memory: int) -> Call:
    windows = _WINDOWS.get(encoding)
    if windows is None:
        raise _make_error(
            f"Unsupported Content-Encoding: {encoding[:40]}. Supported: gzip, deflate.",
            "request_body_encoding_unsupported",
        )
    for window in windows:
        unpacked = _Unpacked(in_memory)
        with call.open() as source:
            if not _inflate(source, window, max_body, unpacked):
                continue
        if unpacked.size > max_body:
            raise _make_error(
                "Request body exceeds the maximum size after decoding.", "request_body_too_large_after_decoding", 413
            )
        return unpacked.put_into(call)
    raise _make_error(f"The request body could not be decoded as {encoding}.", "request_body_encoding_invalid")


class _Unpacked:
    """What comes out of a compressed body: in memory, or spooled where it is more than ``in_memory`` bytes."""

    def __init__(self, in_memory: int) -> None:
        self._in_memory = in_memory
        self._data = bytearray()
        self._spool: Spool | None = None

    @property
    def size(self) -> int:
        return len(self._data) if self._spool is None else self._spool.size

    def write(self, data: bytes) -> None:
        if self._spool is None:
            self._data += data
            if len(self._data) <= self._in_memory + 1:  # one more tells that it is too long
                return
            self._spool, data, self._data = Spool(), bytes(self._data), bytearray()
        self._spool.write(data)
        if self._spool.error:
            raise _find_no_room(self._spool)

    def put_into(self, call: Call) -> Call:
        return replace(call, body=bytes(self._data), spool=self._spool)


def _inflate(source: BinaryIO, window: int, most: int, sink: _Unpacked) -> bool:
    """Write the data of a compressed body, at most one byte more than ``most``; False when it is broken or ends too
    early.

    A gzip body may have several members, one after the other (source: RFC 1952, section 2.2).
    """
    is_gzip = source.read(2) == _GZIP
    source.seek(0)
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(window)
        while not member.eof and sink.size <= most:
            # Small pieces: what stands behind the end of a member is copied.
            piece = source.read(_PIECE)
            if not piece:
                return False
            try:
                sink.write(member.decompress(piece, most + 1 - sink.size))
            except zlib.error:
                return False
            source.seek(-len(member.unused_data), 1)
        if sink.size > most or not (is_gzip and _begins_member(source)):
            return True
    return False


def _begins_member(source: BinaryIO) -> bool:
    found = source.read(2)
    source.seek(-len(found), 1)
    return found == _GZIP


def _make_error(message: str, code: str, status: int = 400) -> ApiError:
    details = {"error_code": code}
    return ApiError(Finding(message, "content_encoding", "SDK types", status=status, details=details))
