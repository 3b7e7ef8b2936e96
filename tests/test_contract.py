"""The contract kit: what it lets pass, what it finds, and that no input breaks it."""

from __future__ import annotations

import copy
import gzip
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import orjson
import pytest

from mockserver import asgi_transport
from mockserver.contract import Violation, validate_request, validate_response, validate_stream

DATA = Path(__file__).parent / "data"
HELLO: Any = {"model": "claude-opus-4-8", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
OLD, NEW = "2023-06-01", "2026-10-21"


def rows(path: str) -> list[Any]:
    raw = (DATA / path).read_bytes()
    return [orjson.loads(line) for line in (gzip.decompress(raw) if path.endswith(".gz") else raw).splitlines()]


@pytest.fixture(scope="module")
def message() -> dict[str, Any]:
    """A message with thinking, a tool use, and usage."""
    api = asgi_transport().session("k")
    api.reply(thinking="Hm.", text="Let me look.", tool_use={"name": "get_weather", "input": {"city": "Oslo"}})
    with httpx2.Client(transport=api.transport, headers={"x-api-key": "k"}) as client:
        found: dict[str, Any] = client.post("http://mock/v1/messages", json=HELLO).json()
    return found


@pytest.fixture(scope="module")
def stream() -> bytes:
    api = asgi_transport().session("k")
    api.reply(thinking="Hm.", text="Let me look.", tool_use={"name": "get_weather", "input": {"city": "Oslo"}})
    with httpx2.Client(transport=api.transport, headers={"x-api-key": "k"}) as client:
        return bytes(client.post("http://mock/v1/messages", json={**HELLO, "stream": True}).content)


# Requests


def test_signature_is_the_one_promised() -> None:
    assert list(inspect.signature(validate_request).parameters)[:4] == ["body", "version", "betas", "model"]
    assert validate_request(HELLO, NEW, [], "claude-opus-5-5") == []


@pytest.mark.parametrize("body", [HELLO, json.dumps(HELLO), json.dumps(HELLO).encode()])
def test_good_request_passes_in_any_form(body: Any) -> None:
    assert validate_request(body) == []


def test_objects_of_the_sdk_pass(message: dict[str, Any]) -> None:
    """The content of an answer is sent back as it came, as with the SDK itself."""
    said = anthropic.types.Message.model_validate(message)
    (use,) = [block for block in said.content if block.type == "tool_use"]
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "21"}]}
    tool = {"name": "get_weather", "input_schema": {"type": "object"}}
    body = {**HELLO, "tools": [tool], "messages": [*HELLO["messages"], {"role": "assistant", "content": said.content}]}
    assert validate_request({**body, "messages": [*body["messages"], result]}) == []
    assert "tool_use" in validate_request({**body, "messages": [*body["messages"], HELLO["messages"][0]]})[0].message


@pytest.mark.parametrize(
    ("body", "options", "message"),
    [
        ({}, {}, "model: Field required"),
        ({**HELLO, "messages": []}, {}, "messages: at least one message is required"),
        ({**HELLO, "temperature": 1.0}, {"version": OLD, "model": "claude-haiku-4-5"}, None),
        ({**HELLO, "bogus": 1}, {}, "bogus: Extra inputs are not permitted"),
        (HELLO, {"model": "claude-nobody"}, "model: claude-nobody"),
        (HELLO, {"model": "claude-nobody", "profile": "relay"}, None),
        (HELLO, {"version": "2020-01-01"}, 'anthropic-version: "2020-01-01" is not a valid version'),
        (HELLO, {"version": "2020-01-01", "profile": "relay"}, None),
        (HELLO, {"betas": ["files-api-2025-04-14"]}, None),
        ({**HELLO, "max_tokens": None}, {"endpoint": "count_tokens"}, "max_tokens: Extra inputs are not permitted"),
    ],
)
def test_request_is_judged_as_by_the_api(body: Any, options: Any, message: str | None) -> None:
    assert [found.message for found in validate_request(body, **options)] == ([message] if message else [])


def test_unknown_beta_is_found() -> None:
    (found,) = validate_request(HELLO, betas=["nothing-2020-01-01"])
    assert "nothing-2020-01-01" in found.message


def test_violation_says_where_and_why() -> None:
    (found,) = validate_request({**HELLO, "top_p": 7}, OLD, (), "claude-haiku-4-5")
    assert found.path == "top_p"
    assert found.rule
    assert found.source
    assert str(Violation("is wrong", "content.0")) == "content.0: is wrong"
    assert str(Violation("is wrong")) == "is wrong"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        "",
        "[]",
        b"\xff",
        "\ud800",
        {"model": "\ud800"},
        [],
        None,
        7,
        {"model": object()},
        {1: 2},
        {"a": float("nan")},
    ],
)
def test_no_body_breaks_it(body: Any) -> None:
    assert len(validate_request(body)) == 1
    assert len(validate_request(body, model="claude-opus-4-8")) == 1


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"endpoint": "message"}, ValueError, "endpoint: expected messages, count_tokens, batches, got 'message'"),
        ({"profile": "lax"}, ValueError, "profile: expected relay or anthropic, got 'lax'"),
        ({"version": 2026}, TypeError, "version: expected a text such as '2026-10-21', or None, got 2026"),
        ({"betas": "files-api-2025-04-14"}, TypeError, "betas: expected a list of texts, got 'files-api-2025-04-14'"),
        ({"betas": None}, TypeError, "betas: expected a list of texts, got None"),
        ({"betas": [7]}, TypeError, r"betas: expected a list of texts, got \(7,\)"),
    ],
)
def test_wrong_option_is_the_caller_s_mistake(options: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        validate_request(HELLO, **options)


def test_recorded_requests_pass() -> None:
    """A part of those the API answered; all of them are tried elsewhere."""
    answered = [row for row in rows("recordings/requests.jsonl.gz")[::7] if row["status"] == 200]
    found = {
        row["id"]: problems
        for row in answered
        if (
            problems := validate_request(
                row["request"], row["version"], _betas(row), endpoint=row["endpoint"], profile="relay"
            )
        )
    }
    assert len(answered) > 100
    assert found == {}


def _betas(row: Any) -> list[str]:
    return [beta for beta in (row["betas"] or "").split(",") if beta]


def test_observed_errors_are_found() -> None:
    refused = [row for row in rows("observed/errors.jsonl") if row["endpoint"] == "messages" and row["status"] == 400]
    assert len(refused) > 50
    missed = [row["id"] for row in refused if not validate_request(row["request"], OLD, profile="relay")]
    # Some need headers, files or an account, which a body does not show.
    assert len(missed) < len(refused) / 4, missed


# Responses


def test_own_message_passes(message: dict[str, Any]) -> None:
    assert validate_response(message) == []
    assert validate_response(anthropic.types.Message.model_validate(message)) == []
    assert validate_response(json.dumps(message)) == validate_response(json.dumps(message).encode()) == []


def test_recorded_messages_pass() -> None:
    recorded = [row["body"] for row in rows("schemas/recorded_responses.jsonl") if row["name"] == "beta_message"]
    assert recorded
    assert [validate_response(body, beta=True) for body in recorded] == [[]] * len(recorded)


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("change", "path", "told"),
    [
        (lambda body: body.pop("usage"), "", "usage"),
        (lambda body: body.update(bogus=1), "", "bogus"),
        (lambda body: body.update(role="user"), "role", "assistant"),
        (lambda body: body["content"][0].pop("signature"), "content.0", "signature"),
        (lambda body: body["content"].append({"type": "unknown"}), "content.3.type", "unknown"),
        (lambda body: body["usage"].update(input_tokens="7"), "usage.input_tokens", "integer"),
        (lambda body: body.update(stop_reason="end_turn"), "stop_reason", "is end_turn, but content holds a tool_use"),
        (lambda body: body["content"].pop(), "stop_reason", "is tool_use, but content holds no tool_use block"),
        (lambda body: body.update(stop_reason="refusal"), "stop_details", "exactly when stop_reason is refusal"),
        (lambda body: body.update(stop_sequence="x"), "stop_sequence", "exactly when stop_reason is stop_sequence"),
        (lambda body: body["content"].append(body["content"][-1]), "content", "holds one id twice"),
        (lambda body: body["usage"].update(cache_creation_input_tokens=5), "usage.cache_creation", "add up"),
        (lambda body: body["usage"].update(output_tokens=1), "usage.output_tokens_details", "more thinking tokens"),
    ],
)
def test_broken_message_is_found(message: dict[str, Any], change: Change, path: str, told: str) -> None:
    broken = copy.deepcopy(message)
    change(broken)
    found = validate_response(broken)
    assert [each for each in found if each.path == path and told in each.message], found


@pytest.mark.parametrize(("place", "valid"), [(2, False), (3, True)])
def test_what_stands_before_a_fallback_ends_nothing(message: dict[str, Any], place: int, valid: bool) -> None:
    """The last of the three blocks is a call: only behind it the hop makes it that of another model."""
    trigger = {"type": "refusal", "category": None}
    hop = {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}, "trigger": trigger}
    content = [*message["content"][:place], hop, *message["content"][place:]]
    found = validate_response({**message, "content": content, "stop_reason": "end_turn"}, beta=True)
    assert (found == []) is valid


@pytest.mark.parametrize("message", [None, [], "x", "{}", b"\xff", "\ud800", 7, {}, {"content": object()}])
def test_no_message_breaks_it(message: Any) -> None:
    assert validate_response(message)


# Streams


def events_of(raw: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(frame.partition(b"\ndata: ")[2]) for frame in raw.split(b"\n\n") if frame]


def test_good_stream_passes_in_any_form(stream: bytes) -> None:
    events = events_of(stream)
    pairs = [(event["type"], event) for event in events]
    assert [validate_stream(form) for form in (stream, stream.decode(), events, pairs, iter(events))] == [[]] * 5


def test_events_of_the_sdk_pass() -> None:
    with anthropic.Anthropic(api_key="k", http_client=httpx2.Client(transport=asgi_transport())) as client:
        events = list(client.messages.create(**HELLO, stream=True))
    # The SDK keeps pings to itself.
    assert events[0].type == "message_start"
    assert validate_stream(events) == []


def test_recorded_streams_pass() -> None:
    """But for those of before stop_details."""
    recorded = [row for row in rows("wires/streams.jsonl") if "stop_details" in row["events"][0]["message"]]
    assert len(recorded) > 5
    found = [validate_stream(row["events"], beta=True) for row in recorded]
    assert found == [[]] * len(recorded)


@pytest.mark.parametrize(
    ("change", "rule", "told"),
    [
        (lambda raw: raw[:-30], "sse", "the stream ends inside an event"),
        (lambda raw: raw.replace(b"\n", b"\r\n"), "sse", "carriage returns"),
        (lambda raw: raw.replace(b"event: ping\n", b""), "sse", "is not an event line and a data line"),
        (lambda raw: raw.replace(b"event: ping", b"event: pong"), "sse", "is named 'pong', its data 'ping'"),
        (lambda raw: raw.replace(b'{"type": "ping"}', b"[DONE]"), "sse", "is not JSON"),
        (lambda raw: raw.replace(b'{"type": "ping"}', b"[]"), "sse", "is not an object"),
        (lambda raw: raw.replace(b'"index":1', b'"index":2'), "grammar", ""),
        (lambda raw: raw[: raw.index(b"event: message_stop")], "grammar", ""),
        (lambda raw: raw[raw.index(b"event: content_block_start") :], "grammar", ""),
        (lambda raw: raw.replace(b'"tool_use"', b'"tool_used"'), "schema", ""),
        (lambda raw: raw[:0], "grammar", ""),
    ],
)
def test_broken_stream_is_found(stream: bytes, change: Callable[[bytes], bytes], rule: str, told: str) -> None:
    broken = change(stream)
    assert broken != stream
    found = validate_stream(broken)
    assert [each for each in found if each.rule == rule and told in each.message], found


@pytest.mark.parametrize(
    "events",
    ["event: ping\ndata: \ud800\n\n", [None], [7], [[]], [("a", None)], [object()], [{}], [("ping", {"type": "ping"})]],
)
def test_no_events_break_it(events: Any) -> None:
    assert validate_stream(events)


@pytest.mark.parametrize("events", [7, None, [()], [("ping", {"type": "ping"}, 3)]])
def test_no_stream_is_found(events: Any) -> None:
    assert len(validate_stream(events)) == 1


def test_bugs_are_not_taken_for_violations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only values without a form in JSON are: an error of ours comes through."""

    def fail(*_: object) -> None:
        raise TypeError("a bug")

    monkeypatch.setattr("mockserver.contract.auth.authenticate", fail)
    with pytest.raises(TypeError, match="a bug"):
        validate_request(HELLO)
