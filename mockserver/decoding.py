"""Decompresses request bodies."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding

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


def decode(call: Call, max_body: int) -> Call:
    """The call with its body decompressed.

    Args:
        call: the call as received.
        max_body: the maximum size of a body in bytes, compressed or not.

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
    if max(len(call.body), call.announced) > max_body:
        raise ApiError(Finding("Request exceeds the maximum size", "body_size", "errors page", status=413))
    encodings = call.headers.get("content-encoding")
    if not encodings:
        return call
    body, applied = call.body, [part.strip().lower() for part in encodings.split(",")]
    if len(applied) > _ENCODINGS:
        raise _make_error(f"The request body is encoded more than {_ENCODINGS} times.", "request_body_encoding_invalid")
    for encoding in reversed(applied):
        if encoding != "identity":
            body = _decompress(body, encoding, max_body)
    return replace(call, body=body)


def _decompress(body: bytes, encoding: str, max_body: int) -> bytes:
    windows = _WINDOWS.get(encoding)
    if windows is None:
        raise _make_error(
            f"Unsupported Content-Encoding: {encoding[:40]}. Supported: gzip, deflate.",
            "request_body_encoding_unsupported",
        )
    for window in windows:
        data = _inflate(body, window, max_body)
        if data is None:
            continue
        if len(data) > max_body:
            raise _make_error(
                "Request body exceeds the maximum size after decoding.", "request_body_too_large_after_decoding", 413
            )
        return data
    raise _make_error(f"The request body could not be decoded as {encoding}.", "request_body_encoding_invalid")


def _inflate(body: bytes, window: int, most: int) -> bytes | None:
    """The data of a compressed body, at most one byte more than ``most``; None when it is broken or ends too early.

    A gzip body may have several members, one after the other (source: RFC 1952, section 2.2).
    """
    data, at, is_gzip = bytearray(), 0, body.startswith(_GZIP)
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(window)
        while not member.eof and len(data) <= most:
            # Small pieces: what stands behind the end of a member is copied.
            piece = body[at : at + _PIECE]
            if not piece:
                return None
            try:
                data += member.decompress(piece, most + 1 - len(data))
            except zlib.error:
                return None
            at += len(piece) - len(member.unused_data)
        if len(data) > most or not (is_gzip and body.startswith(_GZIP, at)):
            return bytes(data)
    return None


def _make_error(message: str, code: str, status: int = 400) -> ApiError:
    details = {"error_code": code}
    return ApiError(Finding(message, "content_encoding", "SDK types", status=status, details=details))
