"""No secret of an exchange is written, wherever it stands and however it is written; nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver.recordings import side_file
from mockserver.recordings.redacting import make_rules, redact, redact_body, redact_request, redact_text
from mockserver.recordings.redacting.files import PART
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from tests.recordings.planting import (
    EVENTS,
    FORMED,
    KNOWN,
    ORGANIZATION,
    PLACES,
    SECRETS,
    UPSTREAM,
    forms_of,
    make,
    stream,
)

RULES = make_rules(())
KEY = FORMED["key of the API"]


def written(exchange: RecordedExchange) -> bytes:
    return side_file.write([exchange])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_planted_secrets_are_not_written(place: str, secret: str) -> None:
    exchange = PLACES[place](secret)
    redacted = redact(exchange, RULES, (UPSTREAM,))
    lines = written(redacted)
    assert [form for form in forms_of(secret) if form in lines] == []
    assert redact(redacted, RULES) == redacted
    assert redact(redacted, RULES, (UPSTREAM,)) == redacted
    content_type = exchange.request.headers["content-type"]
    if content_type == "application/json" and place != "wrong JSON" and place != "latin-1":
        assert orjson.loads(redacted.request.body)
    assert len(redacted.response.chunks) == len(exchange.response.chunks)
    assert redacted.response.first == 0.5


def test_values_of_secret_names_are_taken_out() -> None:
    body = {
        "mcp_servers": [{"url": "https://me:hunter2x@mcp.example/sse", "authorization_token": "hunter2"}],
        "messages": [{"content": [{"input": {"password": "correct horse", "pin_token": 123456, "n": 5}}]}],
        "headers": [["x-api-key", "short1"]],
    }
    assert redact_body(body, RULES) == {
        "mcp_servers": [{"url": "https://<secret>@mcp.example/sse", "authorization_token": "<secret>"}],
        "messages": [{"content": [{"input": {"password": "<secret>", "pin_token": "<secret>", "n": 5}}]}],
        "headers": [["x-api-key", "<secret>"]],
    }


def test_secrets_known_by_their_names_are_taken_out_elsewhere() -> None:
    body = {"mcp_servers": [{"authorization_token": "this is my only token"}], "system": "(this is my only token)"}
    assert redact_body(body, RULES)["system"] == "(<secret>)"


def test_people_in_metadata_are_taken_out() -> None:
    person, uuid = "4f" * 32, "0f0e0d0c-1111-4222-8333-444455556666"
    zeros, nobody = "0" * 64, "00000000-0000-4000-8000-000000000000"
    table = {
        f"user_{person}_account_{uuid}_session_{uuid}": f"user_{zeros}_account_{nobody}_session_{nobody}",
        f"user_{person}_account__session_{uuid}": f"user_{zeros}_account__session_{nobody}",
        json.dumps({"device_id": person, "account_uuid": uuid, "session_id": uuid}): json.dumps(
            {"device_id": zeros, "account_uuid": nobody, "session_id": nobody}
        ),
        uuid: nobody,
        person: zeros,
        "user-7": "user-7",
    }
    for user, expected in table.items():
        assert redact_body({"metadata": {"user_id": user}}, RULES) == {"metadata": {"user_id": expected}}
    # Claude Code's form is found anywhere; the id of somebody else's user stays.
    first = next(iter(table))
    assert redact_body({"a": first, "b": {"user_id": uuid}}, RULES) == {"a": table[first], "b": {"user_id": uuid}}


def test_a_request_at_replay_is_redacted_as_it_was_when_recorded() -> None:
    for place in PLACES.values():
        for secret in FORMED.values():
            recorded = redact(place(secret), RULES).request
            came = place(secret).request
            assert redact_request(came, RULES) == recorded
            if came.headers["content-type"] == "application/json" and recorded.body[:1] == b"{":
                try:
                    value = orjson.loads(came.body)
                except orjson.JSONDecodeError:
                    continue
                assert redact_body(value, make_rules(())) == orjson.loads(recorded.body)


def test_only_known_headers_are_written() -> None:
    answer = (("content-type", "application/json"), ("x-new", "a"), ("retry-after", "3"), ("content-length", "19"))
    ratelimit = ("anthropic-ratelimit-tokens-limit", "100")
    exchange = redact(make(headers={"anthropic-version": "2023-06-01"}, answer_headers=(*answer, ratelimit)), RULES)
    assert exchange.request.headers == {"content-type": "application/json", "anthropic-version": "2023-06-01"}
    assert exchange.response.headers == (
        answer[0],
        answer[2],
        answer[3],
        ratelimit,
        ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
    )


def test_nothing_changes_in_an_exchange_without_secrets() -> None:
    body = b'{"model":  "m", "n": 1.50, "u": "\\u00e9 \xc3\xa9", "a": "\\/"}'
    exchange = RecordedExchange(
        RecordedRequest("POST", "/v1/messages", {"content-type": "application/json"}, body, "beta=true"),
        RecordedResponse(200, (("content-type", "text/plain"),), (Chunk(b"\xff\xfe a"), Chunk(b"", 1.0), Chunk(b"b"))),
    )
    assert redact(exchange, make_rules(["ACME-\\d+", "$.nothing"])) == exchange


def test_binary_files_keep_their_length() -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n\0\xff'
    body = head + KNOWN["x-api-key"].encode() + b"\0" + KEY.encode() + b" jane@corp-mail.io\xfe\r\n--b--\r\n"
    exchange = make(body=body, headers={"content-type": 'multipart/form-data; boundary="b"'})
    redacted = redact(exchange, RULES).request.body
    assert len(redacted) == len(body)
    assert redacted.startswith(head)
    assert KEY.encode() not in redacted
    assert KNOWN["x-api-key"].encode() not in redacted
    # Letters in binary data that look like an address are none.
    assert b"jane@corp-mail.io" in redacted


def test_expressions_and_their_groups() -> None:
    rules = make_rules([r"ACME-\d+", r"employee (?P<number>\d+) of (\w+)"])
    text = "Is ACME-123 of employee 77 of Berlin ACME-x?"
    assert redact_text(text, rules) == "Is <redacted> of employee <redacted> of <redacted> ACME-x?"
    assert redact_body({"ACME-1": ["ACME-2", {"a": "ACME"}]}, rules) == {"<redacted>": ["<redacted>", {"a": "ACME"}]}
    # An expression that finds its own mark finds it once.
    for source in ("e", ".", r"\w+", "(r)", "<.*?>", ""):
        once = redact_text("the mark of e", make_rules([source]))
        assert redact_text(once, make_rules([source])) == once


def test_paths_of_requests_answers_and_events() -> None:
    rules = make_rules(["$.metadata.user_id", "$..input.address", "$.content[*].text", "$.delta.text", "$['a b'][1]"])
    body = {
        "metadata": {"user_id": 7},
        "x": [{"input": {"address": {"street": "Main", "n": [1, 2]}}}],
        "a b": [1, 2, 3],
    }
    assert redact_body(body, rules) == {
        "metadata": {"user_id": "<redacted>"},
        "x": [{"input": {"address": "<redacted>"}}],
        "a b": [1, "<redacted>", 3],
    }
    answer = b'{"content" : [{"text": "a \\"b\\" ]}"}, {"text":"c"}], "text": "d"}'
    redacted = redact(make(answer=answer), rules).response.body
    assert redacted == b'{"content" : [{"text": "<redacted>"}, {"text":"<redacted>"}], "text": "d"}'
    event = b'data: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}}\n\n'
    redacted = redact(make(answer=event, answer_headers=EVENTS), rules).response.body
    assert redacted == event.replace(b'"a"', b'"<redacted>"')


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "$.a[", "$[?", "$.a..", "(?P<1>a)"])
def test_wrong_rules_are_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^redact: ") as caught:
        make_rules(["fine", pattern])
    assert pattern in str(caught.value)


def test_a_slow_expression_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.recordings.redacting.expressions._LIMIT", 0.01)
    with pytest.raises(ValueError, match="takes too long"):
        redact_text("a" * 5000 + "!", make_rules(["(a|a?)+$"]))


def test_a_signature_keeps_its_form_without_its_organization() -> None:
    from base64 import b64decode, b64encode

    from mockserver.reference.signing import FOREIGN, OK, Signer

    signer = Signer(b"key")
    ours = signer.sign("A thought", "claude-opus-4-7")
    assert redact_text(ours, RULES) == ours
    data = b64decode(ours).replace(b"00000000-0000-4000-8000-000000000000", ORGANIZATION.encode())
    data = data.replace(b"\xe5mock", b"\xe5real")
    foreign = b64encode(data).decode()
    redacted = redact_text(foreign, RULES)
    assert len(redacted) == len(foreign)
    assert ORGANIZATION.encode() not in b64decode(redacted)
    assert signer.examine({"type": "thinking", "thinking": "A thought", "signature": redacted}) == FOREIGN
    assert signer.examine({"type": "thinking", "thinking": "A thought", "signature": ours}) == OK


_SNIPPETS = st.sampled_from(
    [*FORMED.values(), *KNOWN.values(), "<secret>", "<redacted>", "redacted@example.com", "@", "password: ", "://",
     "?key=", '{"token": "', '"}',
     "\\u0040", "%40", "=", "Bearer ", "Cookie: a=", "--token ", "API_KEY=", " ", "\n", '"', "\\",
     "x-api-key: ", '["x-api-key", "', '"]', "<password>", "</password>", "e", "12345678", "/token/"]
)  # fmt: skip
_TEXTS = st.lists(st.one_of(_SNIPPETS, st.text(max_size=6)), max_size=8).map("".join)


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_redacting_twice_changes_nothing(text: str) -> None:
    rules = make_rules([r"e\w", r"o(r)"])
    once = redact_text(text, rules)
    assert redact_text(once, rules) == once
    body = redact_body({"a": text, text: [text]}, rules)
    assert redact_body(body, rules) == body


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.one_of(_TEXTS, st.integers(0, 10**9), st.booleans(), st.none()), lambda below: st.one_of(
    st.lists(below, max_size=3), st.dictionaries(_TEXTS, below, max_size=3))))  # fmt: skip
def test_a_body_stays_json_and_is_the_same_written_otherwise(value: Any) -> None:
    try:
        compact = orjson.dumps(value)
    except TypeError:
        return
    loose = json.dumps(value, indent=1).encode()
    results = [
        orjson.loads(redact(make(body=body), RULES).request.body) if body.strip() else None for body in (compact, loose)
    ]
    assert results[0] == results[1]


def test_fixtures_of_the_project_are_left_alone() -> None:
    """What people write in scenarios holds no secrets, but for those that show some."""
    changed = {
        path.name
        for path in (Path(__file__).parent.parent.parent / "fixtures").rglob("*.yaml")
        if redact_text(text := path.read_text("utf-8"), RULES) != text
    }
    assert changed <= set()


@pytest.mark.parametrize("kind", ["application/x-jsonl", "text/event-stream", "text/plain", "application/octet-stream"])
def test_a_body_in_a_file_is_redacted_in_another(kind: str, tmp_path: Path) -> None:
    text = {
        "text/event-stream": stream("text_delta", ["x" * 5000, KEY[:9], KEY[9:]]),
        "application/octet-stream": b"\0\xff" * 20_000 + KEY.encode(),
        "text/plain": f"{'word ' * 5000}{KEY} ".encode(),
    }.get(kind, b'{"custom_id": "a", "text": "%b", "b": "%b"}\n' % (KEY.encode(), b"x" * 9000))
    content = tmp_path / "body"
    content.write_bytes(text * 100)
    exchange = make(answer_headers=(("content-type", kind),))
    exchange = replace(exchange, response=replace(exchange.response, content=content, chunks=()))
    redacted = redact(exchange, RULES).response
    assert redacted.content not in (None, content)
    assert content.read_bytes() == text * 100
    assert KEY.encode() not in redacted.body
    assert KEY[9:].encode() not in redacted.body
    assert (
        redacted.body == redact(make(answer=text, answer_headers=exchange.response.headers), RULES).response.body * 100
    )
    assert redact(replace(exchange, response=redacted), RULES).response.content == redacted.content


@pytest.mark.parametrize("unit", [b"word ", b"\0\xff\0ab", b"a line\n", b'{"a": 1}\n'])
def test_a_secret_between_two_parts_of_a_file_is_found(unit: bytes, tmp_path: Path) -> None:
    content = tmp_path / "body"
    for before in (1, 20, len(KEY) - 1):
        filler = unit * ((PART - before) // len(unit))
        content.write_bytes(filler + b" " * (PART - before - len(filler) - 1) + b"\0"[b"\0" not in unit :] + b" ")
        with content.open("ab") as file:
            file.write(KEY.encode() + b" " + unit * 1000)
        exchange = make(answer_headers=(("content-type", "application/octet-stream"),))
        response = replace(exchange.response, content=content, chunks=())
        body = redact(replace(exchange, response=response), RULES).response.body
        assert KEY[:12].encode() not in body
        assert KEY[-12:].encode() not in body


@pytest.mark.parametrize(("id_", "zeros"), [("mine-7", "0000-0"), ("wrkspc_01JwQvzr7r", "000000_0000000000")])
def test_names_of_tests_and_ids_of_headers(id_: str, zeros: str) -> None:
    exchange = replace(make(answer_headers=(("anthropic-workspace-id", id_),)), test=f"test_a[{KEY}]")
    redacted = redact(exchange, RULES)
    assert redacted.test == "test_a[<secret>]"
    assert redacted.response.header("anthropic-workspace-id") == zeros
