"""Whatever a client sends, it gets 200 or 4xx: never a 500, never a trace."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from functools import cache
from typing import Any

import httpx2 as httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import journey
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.settings import VALIDATION, Settings
from mockserver.serving import assembly
from mockserver.store import Entry, JournalEntry
from mockserver.testing.server import MockServer
from tests.conftest import FIXTURES
from tests.fuzz.mutations import list_places

MODES = ("strict", *(mode for mode in VALIDATION if mode != "strict"))
BODY: dict[str, Any] = {
    "model": "claude-opus-5",
    "max_tokens": 100,
    "stream": False,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "tools": [{"name": "look_up", "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}],
    "tool_choice": {"type": "auto"},
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "high"},
    "metadata": {"user_id": "u"},
    "messages": [
        {"role": "user", "content": "weather in Oslo"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "bogus"},
                {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"q": "x"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "{}"}]},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A page."}},
                {"type": "document", "source": {"type": "file", "file_id": "file_example_notes"}},
                {"type": "container_upload", "file_id": "file_example_notes"},
            ],
        },
    ],
}

scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8)
)
values = st.recursive(
    scalars | st.sampled_from(["text", "user", "assistant", "system", "tool_use", "claude-opus-5", "", "{{ x }}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "role", "content", "text", "id", "name", "input", "x"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "x-api-key", "authorization", "anthropic-version", "anthropic-beta", "content-type", "x-mock-session",
            "content-encoding", "x-stainless-retry-count", "host", "cookie",
        ]
    ),
    st.sampled_from(["", " ", "1", "Bearer", "2026-10-21", "fast-mode-2026-02-01, x", "charset=", "é" * 3, "gzip"])
    | st.text(st.characters(codec="latin-1"), max_size=12),
    max_size=4,
)  # fmt: skip


PLACES = sorted(list_places(BODY)[1:], key=repr)


def spoil(draw: st.DrawFn, body: dict[str, Any], places: Sequence[tuple[Any, ...]]) -> bytes:
    """A body with the values at one to three of its places replaced or removed."""
    for path in draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)):
        target: Any = body
        try:
            for key in path[:-1]:
                target = target[key]
            if draw(st.booleans()):
                target[path[-1]] = draw(values)
            else:
                del target[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A good body, spoilt."""
    return spoil(draw, copy.deepcopy(BODY), PLACES)


@cache
def mock(mode: str) -> Parts:
    return assembly.build(Settings(fixtures=(str(FIXTURES), str(FIXTURES / "shared" / "files.yaml")), validation=mode))


def check(mode: str, path: str, headers: dict[str, str], body: bytes) -> None:
    answered = journey.answer(Call("POST", path, headers, body, at=1.0), mock(mode))
    status = answered.delivery.status
    assert status == 200 or 400 <= status < 500, answered.delivery.pieces[0].data
    # The journal can be read whatever came.
    assert orjson.dumps(Entry(JournalEntry(1, answered.record)).as_dict())


@pytest.mark.parametrize("mode", MODES)
@given(path=st.sampled_from(["/v1/messages", "/v1/messages/count_tokens"]), body=bodies())
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_any_mutation_is_answered(mode: str, path: str, body: bytes) -> None:
    check(mode, path, {"x-api-key": "fuzz"}, body)


@pytest.mark.parametrize("mode", MODES)
@given(
    body=st.binary(max_size=60) | values.map(lambda value: orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS))
)
@settings(max_examples=60)
def test_any_bytes_are_answered(mode: str, body: bytes) -> None:
    check(mode, "/v1/messages", {}, body)


@given(headers=headers, path=st.text(max_size=12).map("/v1/".__add__) | st.sampled_from(["/v1/messages", "//", ""]))
@settings(max_examples=120)
def test_any_headers_are_answered(headers: dict[str, str], path: str) -> None:
    check("strict", path, headers, orjson.dumps(BODY))


def test_raw_noise_does_not_hurt_the_server(running: MockServer, caplog: pytest.LogCaptureFixture) -> None:
    """What is no HTTP is refused by the protocol; the next request finds the server well."""
    import socket

    host, port = running.url.removeprefix("http://").split(":")
    for noise in (b"\x00\xff\x16\x03\x01", b"GET\r\n\r\n", b"POST /v1/messages HTTP/1.1\r\ncontent-length: x\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    assert httpx.get(f"{running.url}/_mock/health").json()["status"] == "ok"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
