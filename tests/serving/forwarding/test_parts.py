"""The pure parts of forwarding: paths, headers, bodies on tape, and how they are decoded."""

from __future__ import annotations

import gc
import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver.recordings.recorder import Upstream
from mockserver.records.call import Call
from mockserver.records.exchanges import Chunk
from mockserver.serving.forwarding import tape as tapes
from mockserver.serving.forwarding.decoding import UndecodableError, decode
from mockserver.serving.forwarding.headers import (
    choose_request_headers,
    list_servers,
    narrow_encodings,
    pass_response_headers,
)
from mockserver.serving.forwarding.incoming import from_scope
from mockserver.serving.forwarding.tape import Tape
from mockserver.serving.forwarding.targets import find_origin, find_target

DECODABLE = frozenset(("gzip", "deflate"))


@pytest.mark.parametrize(
    ("raw", "call", "expected"),
    [
        (b"/v1/messages", Call("POST", "/v1/messages", {}), b"/v1/messages"),
        (b"/a%2Fb//%7e", Call("GET", "/a/b//~", {}), b"/a%2Fb//%7e"),
        (b"/_session/x/v1/m", Call("GET", "/v1/m", {}, session_path="/_session/x"), b"/v1/m"),
        (b"/_session/x", Call("GET", "/", {}, session_path="/_session/x"), b"/"),
        (b"/_session/a%2Fb/v1/m", Call("GET", "/b/v1/m", {}, session_path="/_session/a"), b"/b/v1/m"),
        (b"/%5fsession/x/v1/%20", Call("GET", "/v1/ ", {}, session_path="/_session/x"), b"/v1/%20"),
        (b"/mock/v1/m", Call("GET", "/mock/v1/m", {}, root="/mock"), b"/v1/m"),
        (b"", Call("GET", "/caf\u00e9?", {}), b"/caf%C3%A9%3F"),
    ],
)
def test_path_is_the_one_sent(raw: bytes, call: Call, expected: bytes) -> None:
    scope: dict[str, Any] = {"raw_path": raw, "query_string": b"", "headers": []}
    assert from_scope(scope, call).path == expected


def test_query_is_the_one_sent() -> None:
    scope: dict[str, Any] = {"raw_path": b"/a", "query_string": b"b=%20&c", "headers": []}
    target = from_scope(scope, Call("GET", "/a", {})).target
    assert find_target("https://me:pw@gw:81/x/", target) == b"/x/a?b=%20&c"
    assert find_origin("https://me:pw@gw:81/x/") == "https://gw:81/"


@pytest.mark.parametrize(
    ("accepted", "kept"),
    [
        ("gzip, deflate, br, zstd", "gzip, deflate"),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip;q=0.8"),
        ("br", "identity"),
        ("*", "identity"),
        ("", "identity"),
        ("GZIP, identity;q=0", "GZIP, identity;q=0"),
    ],
)
def test_encodings_are_narrowed(accepted: str, kept: str) -> None:
    assert narrow_encodings(accepted, DECODABLE) == kept


def test_auth_is_replaced_unless_it_is_forwarded() -> None:
    sent = ((b"x-api-key", b"mine"), (b"authorization", b"Bearer mine"), (b"cookie", b"a=b"))
    key = (("x-api-key", "theirs"),)
    assert choose_request_headers(sent, Upstream("http://x", key), ()) == [
        (b"cookie", b"a=b"),
        (b"x-api-key", b"theirs"),
    ]
    assert choose_request_headers(sent, Upstream("http://x", forwards_auth=True), ()) == list(sent)


def test_headers_of_one_connection_stay() -> None:
    came = [(b"Connection", b"close, X-Hop"), (b"X-Hop", b"1"), (b"Keep-Alive", b"5"), (b"X", b"1"), (b"X", b"2")]
    assert pass_response_headers(200, came) == (("x", "1"), ("x", "2"))
    assert pass_response_headers(304, [(b"content-length", b"5")]) == ()


@pytest.mark.parametrize(("status", "value"), [(101, b"a"), (600, b"a"), (200, b"a\x7f"), (200, b"a\x00")])
def test_what_no_server_may_send_is_refused(status: int, value: bytes) -> None:
    with pytest.raises(ValueError, match=r"its (status|header)"):
        pass_response_headers(status, [(b"x", value)])


def test_servers_are_listed() -> None:
    assert list_servers(((b"x-mock-forwarded", b"a, b"), (b"x-mock-forwarded", b"c"))) == ["a", "b", "c"]


def test_small_bodies_stay_in_memory() -> None:
    tape = Tape()
    tape.add(b"one", 0.5)
    tape.add(b"two", 0.25)
    tape.end()
    assert (tape.chunks, tape.content, tape.size) == ((Chunk(b"one", 0.5), Chunk(b"two", 0.25)), None, 6)


def test_large_bodies_go_to_a_file_that_goes_with_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "MOST_IN_MEMORY", 10_000)
    tape = Tape()
    parts = [bytes([at]) * 1000 for at in range(200)]
    for part in parts:
        tape.add(part, 0.0)
    tape.end()
    assert tape.chunks == ()
    assert tape.content is not None
    name = str(tape.content)
    assert tape.content.read_bytes() == b"".join(parts)
    del tape
    gc.collect()
    assert not Path(name).exists()


def test_many_small_parts_are_not_held_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "MOST_IN_MEMORY", 10_000)
    tape = Tape()
    for _ in range(100):
        tape.add(b"a", 0.0)
    tape.end()
    assert tape.content is not None
    assert tape.content.read_bytes() == b"a" * 100


def test_longest_bodies_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "MOST_IN_MEMORY", 10)
    monkeypatch.setattr(tapes, "MOST", 100)
    tape = Tape()
    for _ in range(11):
        tape.add(b"0123456789", 0.0)
    tape.end()
    assert (tape.size, tape.chunks, tape.content, tape.failure) == (110, (), None, "a body above 1 GB")


def test_full_disk_ends_the_recording_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tapes, "MOST_IN_MEMORY", 10)
    monkeypatch.setattr(tempfile, "mkstemp", fail)
    tape = Tape()
    tape.add(b"0123456789", 0.0)
    tape.add(b"0123456789", 0.0)
    assert (tape.size, tape.failure) == (20, "no room for its body: No space left on device")


def cut(data: bytes, size: int) -> Iterator[Chunk]:
    return (Chunk(data[at : at + size], 0.5) for at in range(0, len(data), size))


def test_times_of_parts_without_text_are_added() -> None:
    packed = gzip.compress(b"hello, world")
    (found,) = decode(cut(packed, len(packed) - 8), "gzip", httpx2, DECODABLE)
    assert found == Chunk(b"hello, world", 0.5)
    chunks = list(decode(cut(packed, 4), "gzip", httpx2, DECODABLE))
    assert b"".join([chunk.data for chunk in chunks]) == b"hello, world"
    assert chunks[0].delay > 0.5


def test_encodings_are_undone_in_turn() -> None:
    twice = gzip.compress(gzip.compress(b"hello"))
    assert [each.data for each in decode(cut(twice, 1000), "gzip, identity, GZIP", httpx2, DECODABLE)] == [b"hello"]


@pytest.mark.parametrize("encodings", ["br", "gzip, compress", "gzip"])
def test_what_cannot_be_decoded_is_told(encodings: str) -> None:
    with pytest.raises(UndecodableError):
        list(decode([Chunk(b"hello")], encodings, httpx2, DECODABLE))
