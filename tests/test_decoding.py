"""Compressed request bodies."""

from __future__ import annotations

import gzip
import zlib

import pytest

from mockserver.decoding import decode
from mockserver.records.call import Call
from mockserver.records.errors import ApiError

BODY = b'{"model": "claude-haiku-4-5"}'
LIMIT = 10_000


def call(body: bytes, encoding: str | None) -> Call:
    return Call("POST", "/v1/messages", {"content-encoding": encoding} if encoding else {}, body)


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (BODY, None),
        (BODY, "identity"),
        (gzip.compress(BODY, mtime=0), "gzip"),
        (gzip.compress(BODY, mtime=0), "GZIP"),
        (zlib.compress(BODY), "deflate"),
        (bare_deflate(BODY), "deflate"),
        (gzip.compress(zlib.compress(BODY), mtime=0), "deflate, gzip"),
        (gzip.compress(BODY[:9], mtime=0) + gzip.compress(b"", mtime=0) + gzip.compress(BODY[9:], mtime=0), "gzip"),
        (gzip.compress(BODY, mtime=0) + b"\0" * 9, "gzip"),
    ],
)
def test_body_is_unpacked(body: bytes, encoding: str | None) -> None:
    assert decode(call(body, encoding), LIMIT).body == BODY


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (BODY, "gzip", 400, "request_body_encoding_invalid"),
        (gzip.compress(BODY, mtime=0)[:-3], "gzip", 400, "request_body_encoding_invalid"),
        ((gzip.compress(BODY, mtime=0) * 2)[:-3], "gzip", 400, "request_body_encoding_invalid"),
        (BODY, ", ".join(["identity"] * 9), 400, "request_body_encoding_invalid"),
        (BODY, "br", 400, "request_body_encoding_unsupported"),
        (gzip.compress(b" " * LIMIT, mtime=0) * 2, "gzip", 413, "request_body_too_large_after_decoding"),
        (gzip.compress(b" " * (LIMIT + 1), mtime=0), "gzip", 413, "request_body_too_large_after_decoding"),
    ],
)
def test_bad_encoding_is_refused(body: bytes, encoding: str, status: int, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        decode(call(body, encoding), LIMIT)
    assert caught.value.finding.status == status
    assert caught.value.finding.details == {"error_code": code}


def test_unpacking_is_bounded() -> None:
    """A small body that unpacks to a gigabyte is refused after the limit, not after the gigabyte."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(ApiError):
        decode(call(bomb, "gzip"), LIMIT)


def test_members_are_bounded() -> None:
    with pytest.raises(ApiError, match="could not be decoded"):
        decode(call(gzip.compress(b"") * 10_001, "gzip"), 1_000_000)
    assert decode(call(gzip.compress(b"") * 9_999 + gzip.compress(BODY), "gzip"), 1_000_000).body == BODY


def test_body_lost_to_another_protocol_is_told() -> None:
    headers = {"upgrade": "h2c", "content-length": "9"}
    with pytest.raises(ApiError, match=r"Upgrade: h2c.*HTTP/1\.1"):
        decode(Call("POST", "/v1/messages", headers), LIMIT)
    assert decode(Call("POST", "/v1/messages", headers, BODY), LIMIT).body == BODY
    assert decode(Call("GET", "/v1/models", {"upgrade": "websocket"}), LIMIT).body == b""
