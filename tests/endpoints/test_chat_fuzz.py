"""Whatever comes on the chat wire, it gets 200 or 4xx, or what a gateway says itself: never a 500 of ours."""

from __future__ import annotations

import copy
from base64 import b64encode
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import journey
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.store import Entry, JournalEntry
from tests.conftest import FIXTURES
from tests.endpoints.test_fuzz import spoil, values
from tests.fuzz.mutations import list_places
from tests.pictures import png

PNG = b64encode(png(8, 8)).decode()
BODY: dict[str, Any] = {
    "model": "claude-opus-5",
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_completion_tokens": 100,
    "temperature": 1,
    "n": 2,
    "stop": ["x"],
    "reasoning_effort": "low",
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "x", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}},
    },
    "tools": [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]},
        {"role": "user", "content": "weather in Oslo"},
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "hm",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"q":1}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "21"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "And this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                {"type": "file", "file": {"file_data": "QQ==", "filename": "a.txt"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            ],
        },
    ],
}
PLACES = sorted(list_places(BODY)[1:], key=repr)
# What a gateway answers itself with a 5xx: it misses a field, or cannot decode one, or has no channel.
OWN = (b"json: cannot unmarshal", b"is required", b"distributor")
KINDS = [(mode, gateway) for gateway in ("", "new-api", "one-api") for mode in ("strict", "warn", "off")]


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A good body, whole or streamed, spoilt."""
    body = copy.deepcopy(BODY)
    if draw(st.booleans()):
        body |= {"stream": False, "stream_options": None}
    return spoil(draw, body, PLACES)


@cache
def mock(mode: str, gateway: str) -> Parts:
    return assembly.build(Settings(fixtures=(str(FIXTURES),), validation=mode, gateway=gateway))


def check(mode: str, gateway: str, body: bytes) -> int:
    """The status of the answer to a body, if it is one that may be."""
    headers = {"authorization": "Bearer sk-fuzz"}
    call = Call("POST", "/v1/chat/completions", headers, body, at=1.0)
    answered = journey.answer(call, mock(mode, gateway))
    status, data = answered.delivery.status, b"".join([piece.data for piece in answered.delivery.pieces])
    assert status == 200 or 400 <= status < 500 or (gateway and any(text in data for text in OWN)), data
    # The journal can be read whatever came.
    assert orjson.dumps(Entry(JournalEntry(1, answered.record)).as_dict())
    return status


@pytest.mark.parametrize(("mode", "gateway"), KINDS)
def test_the_body_itself_is_good(mode: str, gateway: str) -> None:
    assert check(mode, gateway, orjson.dumps(BODY)) == 200


@pytest.mark.parametrize(("mode", "gateway"), KINDS)
@given(body=bodies())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_mutation_is_answered(mode: str, gateway: str, body: bytes) -> None:
    check(mode, gateway, body)


@pytest.mark.parametrize(("mode", "gateway"), KINDS)
@given(body=st.binary(max_size=60) | values.map(orjson.dumps))
@settings(max_examples=20)
def test_any_bytes_are_answered(mode: str, gateway: str, body: bytes) -> None:
    check(mode, gateway, body)
