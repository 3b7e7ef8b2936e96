"""A secret that comes in parts is found: over events, lines, and chunks; all else of the stream stays as it was."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver.recordings.redacting import files, make_rules, redact
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from tests.recordings.planting import EVENTS, FORMED, stream, write_events

RULES = make_rules(())
KEY, EMAIL = FORMED["key of the API"], FORMED["e-mail"]
KINDS = ("text_delta", "thinking_delta", "input_json_delta", "signature_delta")


def record(body: bytes, size: int = 10**9) -> RecordedExchange:
    chunks = tuple(Chunk(body[at : at + size], at / 1000) for at in range(0, len(body), size))
    return RecordedExchange(RecordedRequest("POST", "/v1/messages"), RecordedResponse(200, EVENTS, chunks, first=0.1))


def read(body: bytes) -> list[Any]:
    return [json.loads(data) for data in re.findall(r"^data: (.*?)\r?$", body.decode(), re.MULTILINE)]


def fold(events: list[Any]) -> str:
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    return "".join([text for delta in deltas for name, text in delta.items() if name != "type"])


@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("secret", [KEY, EMAIL, FORMED["workspace"]])
def test_a_secret_split_at_every_place(secret: str, kind: str, line: str) -> None:
    whole = f'{{"a": "x {secret} y"}}' if kind == "input_json_delta" else f"é {secret} y"
    mark = {KEY: "<secret>", EMAIL: "redacted@example.com"}.get(secret, "wrkspc_" + "0" * 24)
    for at in range(1, len(whole)):
        body = stream(kind, [whole[:at], whole[at:]], line)
        redacted = redact(record(body), RULES).response.body
        if line == "\r":
            assert secret.encode() not in redacted
            continue
        assert fold(read(redacted)) == whole.replace(secret, mark)
        assert [event["type"] for event in read(redacted)] == [event["type"] for event in read(body)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_in_single_letters(kind: str) -> None:
    body = stream(kind, ["Write to ", *EMAIL, " and ", *KEY, "."])
    redacted = redact(record(body), RULES).response.body
    assert fold(read(redacted)) == "Write to redacted@example.com and <secret>."
    assert len(read(redacted)) == len(read(body))


def test_a_secret_in_chunks_of_every_size() -> None:
    body = stream("text_delta", ["é " + KEY[:9], KEY[9:] + " 🌍", EMAIL])
    whole = redact(record(body), RULES).response.body
    for size in range(1, 60):
        exchange = record(body, size)
        redacted = redact(exchange, RULES).response
        assert redacted.body == whole
        assert sum(chunk.delay for chunk in redacted.chunks) == pytest.approx(
            sum(chunk.delay for chunk in exchange.response.chunks)
        )
        assert all(chunk.data for chunk in redacted.chunks)
        # What is away from a secret comes in the same chunks.
        assert redacted.chunks[0] == exchange.response.chunks[0]
        assert redacted.chunks[-1].data == exchange.response.chunks[-1].data


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf", b": ping\n\n", b"\n\n", b"id: 7\n"])
@pytest.mark.parametrize("kind", ["Text/Event-Stream; charset=utf-8", "application/octet-stream", "text/plain", ""])
def test_a_stream_is_one_whatever_its_header_says(kind: str, begin: bytes) -> None:
    body = begin + stream("text_delta", ["Write to ", *EMAIL, " and ", *KEY, "."])
    exchange = record(body)
    response = replace(exchange.response, headers=(("content-type", kind),) if kind else ())
    redacted = redact(replace(exchange, response=response), RULES).response.body
    assert fold(read(redacted)) == "Write to redacted@example.com and <secret>."


def test_blanks_before_the_data_change_nothing() -> None:
    body = stream("text_delta", ["Write to ", *EMAIL, "."])
    for blanks in (b"data:", b"data:  ", b"data:\t"):
        redacted = redact(record(body.replace(b"data: ", blanks)), RULES).response.body
        assert fold(read(redacted.replace(blanks, b"data: "))) == "Write to redacted@example.com."


@pytest.mark.parametrize("secret", [KEY, EMAIL])
def test_a_secret_in_deltas_between_two_parts_of_a_file(
    secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the first part ends."""
    monkeypatch.setattr(files, "PART", 1 << 16)
    monkeypatch.setattr(files, "KEPT", 1 << 13)
    mark = "<secret>" if secret == KEY else "redacted@example.com"
    for words in range(390, 530, 15):
        parts = [*(f"{at:06} " for at in range(words)), *f"x {secret} y", *(["a word "] * 200)]
        body = stream("text_delta", parts)
        content = tmp_path / "body"
        content.write_bytes(body)
        exchange = record(b"")
        response = replace(exchange.response, content=content, chunks=())
        redacted = redact(replace(exchange, response=response), RULES).response.body
        assert fold(read(redacted)) == fold(read(body)).replace(secret, mark)


@pytest.mark.parametrize("size", [300, 2_000, 6_000])
@pytest.mark.parametrize("shift", [0, 1])
def test_a_file_full_of_secrets(size: int, shift: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event holds some, and each second one ends in the middle of one."""
    monkeypatch.setattr(files, "PART", 1 << 16)
    monkeypatch.setattr(files, "KEPT", 1 << 13)
    whole = f"{KEY} {EMAIL} word " * (size // 70)
    parts = [f"{whole}{KEY[:20]}", f"{KEY[20:]} {whole}"] * (100_000 // size)
    body = stream("text_delta", [whole] * shift + parts)
    content = tmp_path / "body"
    content.write_bytes(body)
    exchange = record(b"")
    response = replace(exchange.response, content=content, chunks=())
    redacted = redact(replace(exchange, response=response), RULES).response.body
    assert fold(read(redacted)) == fold(read(body)).replace(KEY, "<secret>").replace(EMAIL, "redacted@example.com")


def test_only_the_deltas_with_parts_of_a_secret_change() -> None:
    parts = ["One, ", "two " + KEY[:20], KEY[20:], " three", ' "four\\"\u20ac']
    body = stream("text_delta", parts)
    redacted = redact(record(body), RULES).response.body
    before, after = body.split(b"\n\n"), redacted.split(b"\n\n")
    assert [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [4, 5]


def test_blocks_that_come_by_turns() -> None:
    def delta(index: int, text: str) -> dict[str, Any]:
        return {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}

    middle = len(KEY) // 2
    events = [delta(0, KEY[:middle]), delta(1, "no secret, "), delta(0, KEY[middle:]), delta(1, "none")]
    redacted = read(redact(record(write_events(events)), RULES).response.body)
    assert fold([redacted[0], redacted[2]]) == "<secret>"
    assert [redacted[1], redacted[3]] == [events[1], events[3]]


def test_a_new_block_begins_anew() -> None:
    """The end of a block and the beginning of the next are no secret together."""
    half = stream("text_delta", ["jane.doe@corp"])
    body = half + stream("text_delta", [".io is a domain"])
    assert redact(record(body), RULES).response.body == body


@pytest.mark.parametrize(
    "events",
    [
        [{"choices": [{"index": 0, "delta": {"content": part}}]} for part in (KEY[:9], KEY[9:])],
        [
            {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 1, "function": {"arguments": part}}]}}]}
            for part in ('{"a": "' + KEY[:9], KEY[9:] + '"}')
        ],
        [{"type": "response.output_text.delta", "delta": part} for part in (KEY[:9], KEY[9:])],
        [{"candidates": [{"content": {"parts": [{"text": part}]}}]} for part in (KEY[:9], KEY[9:])],
        ["some text " + KEY[:9], KEY[9:] + " more"],
    ],
    ids=["chat", "chat, tool", "responses", "Gemini", "text"],
)
def test_streams_of_other_wires(events: list[Any]) -> None:
    body = b"".join(
        b"data: %s\n\n" % (event if isinstance(event, str) else json.dumps(event)).encode() for event in events
    )
    redacted = redact(record(body), RULES).response.body
    assert KEY[:9].encode() not in redacted
    assert KEY[9:].encode() not in redacted
    assert redacted.count(b"data: ") == 2


def test_a_delta_of_a_kind_that_nobody_knows() -> None:
    body = stream("text_delta", ["Write to ", *EMAIL, " and ", *KEY, "."])
    body = body.replace(b'"text_delta", "text"', b'"future_delta", "future"')
    redacted = redact(record(body), RULES).response.body
    assert fold(read(redacted)) == "Write to redacted@example.com and <secret>."


def test_escaped_partial_json() -> None:
    """The input of a tool is JSON in JSON; its parts end within escapes, too."""
    secret = 'say "ACME-77" \\ now'
    whole = json.dumps({"a": f"x {secret} y", "api_key": "abcdef123", "n": 5, "pin_token": 12345})
    for at in range(1, len(whole)):
        redacted = redact(record(stream("input_json_delta", [whole[:at], whole[at:]])), make_rules(["ACME-\\d+"]))
        assert json.loads(fold(read(redacted.response.body))) == {
            "a": 'x say "<redacted>" \\ now y',
            "api_key": "<secret>",
            "n": 5,
            "pin_token": "<secret>",
        }


def test_a_citation_and_a_result_are_each_whole() -> None:
    citation = {"type": "char_location", "cited_text": f"mail {EMAIL}", "document_title": KEY}
    result = {
        "type": "web_search_result",
        "title": EMAIL,
        "url": f"https://a.example/?api_key={KEY}",
        "encrypted_content": "QQ",
    }
    events = [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "web_search_tool_result", "content": [result]},
        },
        {"type": "content_block_delta", "index": 1, "delta": {"type": "citations_delta", "citation": citation}},
    ]
    start, delta = read(redact(record(write_events(events)), RULES).response.body)
    assert start["content_block"]["content"][0] == {
        **result,
        "title": "redacted@example.com",
        "url": "https://a.example/?api_key=<secret>",
    }
    assert delta["delta"]["citation"] == {
        **citation,
        "cited_text": "mail redacted@example.com",
        "document_title": "<secret>",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n\n",
        b"data:\n\ndata\n\n: PING\n\nevent: x\nid: 1\nretry: 5\n\n",
        b'data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "te',
        b"data: [DONE]\n\n",
        b"data: [1, {]}\n\n",
        b"\xff\xfe\x00",
        b"data: \xff\xfe {\n\n",
        b'\xef\xbb\xbfdata: {"a": "\\ud83d"}\n\n',
        b'data: {"delta": {"text": 5, "signature": null, "thinking": {"a": []}}, "index": "x"}\n\n',
    ],
)
def test_streams_without_secrets_stay(body: bytes) -> None:
    exchange = record(body, 3)
    assert redact(exchange, RULES) == exchange


_PARTS = st.lists(
    st.sampled_from([KEY, EMAIL, *KEY, "@", "é", "🌍", " ", '"', "\\", "\n", "a", '{"b": "']), max_size=30
)


@settings(max_examples=150, deadline=None)
@given(_PARTS, st.sampled_from(KINDS), st.integers(1, 200), st.sampled_from(["\n", "\r\n"]))
def test_any_stream_stays_a_stream(parts: list[str], kind: str, size: int, line: str) -> None:
    exchange = record(stream(kind, parts, line), size)
    redacted = redact(exchange, RULES)
    assert redact(redacted, RULES) == redacted
    assert [event["type"] for event in read(redacted.response.body)] == [
        event["type"] for event in read(exchange.response.body)
    ]
    text = fold(read(redacted.response.body))
    assert KEY not in text
    assert EMAIL not in text


@pytest.mark.parametrize(
    "path", ["$..address", "$.content[0].input.a.address", "$..[?@.type=='tool_use'].input.a.address"]
)
def test_paths_lead_into_the_input_of_a_streamed_tool(path: str) -> None:
    whole = json.dumps({"a": {"address": {"street": 'Main "S"', "n": [1, 2]}}, "b": "Main"})
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "name": "t", "input": {}}}
    for at in range(0, len(whole), 3):
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in (whole[:at], whole[at:])]
        events = [start, *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas)]
        exchange = record(write_events(events))
        redacted = redact(exchange, make_rules([path]))
        assert json.loads(fold(read(redacted.response.body))) == {"a": {"address": "<redacted>"}, "b": "Main"}
        assert redact(redacted, make_rules([path])) == redacted


@pytest.mark.parametrize("path", ["$..text", "$.content[0].text", "$.content", "$.delta.text", "$..delta", "$"])
@pytest.mark.parametrize("kind", ["text_delta", "input_json_delta"])
def test_paths_lead_to_all_of_a_streamed_text(path: str, kind: str) -> None:
    exchange = record(stream(kind, ['{"a": "street', ' of my house"}', ""]))
    rules = make_rules([path, "$.delta.partial_json"])
    redacted = redact(exchange, rules)
    assert b"street" not in redacted.response.body
    assert b"house" not in redacted.response.body
    assert redact(redacted, rules) == redacted
    if path in ("$..text", "$.content[0].text", "$.delta.text"):
        assert fold(read(redacted.response.body)) == ("<redacted>" if kind == "text_delta" else '"<redacted>"')
