"""One thing in an answer is changed: exactly that difference is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from mockserver.cassettes.drift.comparing import MOST, compare, make_pool
from mockserver.cassettes.drift.differences import BREAKING, CHANGED, KINDS, NOTE, Difference
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from tests.cassettes.recording import answer, ask_for

JSON = dict[str, Any]
Edit = Callable[[Any], object]


def make_message(**changed: Any) -> JSON:
    return {
        "model": "claude-haiku-4-5-20251001",
        "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "It is sunny."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": make_usage(),
        **changed,
    }


def make_usage() -> JSON:
    return {
        "input_tokens": 12,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 6,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }


def make_events() -> list[JSON]:
    usage = {"input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 6}
    return [
        {"type": "message_start", "message": make_message(content=[], stop_reason=None)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "It is sunny."}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None, "stop_details": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]


def stream(events: list[JSON], names: dict[int, str] | None = None) -> RecordedResponse:
    frames = [
        f"event: {(names or {}).get(number, event['type'])}\ndata: {orjson.dumps(event).decode()}\n\n"
        for number, event in enumerate(events)
    ]
    headers = (("content-type", "text/event-stream; charset=utf-8"), ("request-id", "req_1"))
    return RecordedResponse(200, headers, tuple(Chunk(frame.encode()) for frame in frames))


def exchange(response: RecordedResponse, number: int = 1) -> RecordedExchange:
    return RecordedExchange(ask_for("How is the weather?"), response, id=number)


def find(was: RecordedResponse, now: RecordedResponse, *others: RecordedResponse) -> list[Difference]:
    recorded = exchange(was)
    return compare(recorded, now, make_pool([recorded, *map(exchange, others)]))


def tell(differences: list[Difference]) -> list[tuple[str, str]]:
    return [(each.kind, each.place) for each in differences]


def put(*path: Any) -> Edit:
    """An edit that puts the last argument at a path."""
    *way, last, value = path

    def edit(whole: Any) -> None:
        for key in way:
            whole = whole[key]
        whole[last] = value

    return edit


def drop(*path: Any) -> Edit:
    def edit(whole: Any) -> None:
        for key in path[:-1]:
            whole = whole[key]
        del whole[path[-1]]

    return edit


TEXT = {"type": "text", "text": "Other words."}
USE = {
    "type": "tool_use",
    "id": "toolu_01A09q90qw90lq917835lq9",
    "name": "f",
    "input": {"a": [1]},
    "caller": {"type": "direct"},
}
OLD_USE = {key: value for key, value in USE.items() if key != "caller"}
EQUAL: dict[str, Edit] = {
    "other texts": put("content", [TEXT, TEXT, TEXT]),
    "a tool in place of a text": lambda it: it.update(content=[USE], stop_reason="tool_use"),
    "a tool as the API wrote it once": lambda it: it.update(content=[OLD_USE], stop_reason="tool_use"),
    "nothing said": put("content", []),
    "cut at max_tokens": put("stop_reason", "max_tokens"),
    "a sequence ended it": lambda it: it.update(stop_reason="stop_sequence", stop_sequence="END"),
    "citations": put("content", 0, "citations", None),
    "other numbers": put("usage", "input_tokens", 99_999),
    "a search": put("usage", "server_tool_use", {"web_search_requests": 1, "web_fetch_requests": 0}),
    "another model": put("model", "claude-sonnet-4-5-20250929"),
}


@pytest.mark.parametrize("edit", EQUAL.values(), ids=EQUAL)
def test_what_a_model_may_choose_is_equal(edit: Edit) -> None:
    now = make_message()
    edit(now)
    assert find(answer(make_message()), answer(now)) == []


DIFFERENT: dict[str, tuple[Edit, str, str, str]] = {
    "a new key": (put("mood", "good"), "key_new", "mood", CHANGED),
    "a new key in a block": (put("content", 0, "mood", "good"), "key_new", "content[text].mood", CHANGED),
    "a new key of usage": (put("usage", "joules", 3), "key_new", "usage.joules", CHANGED),
    "a key gone": (drop("stop_details"), "key_gone", "stop_details", BREAKING),
    "a key of a block gone": (drop("content", 0, "text"), "key_gone", "content[text].text", BREAKING),
    "a key of usage gone": (drop("usage", "service_tier"), "key_gone", "usage.service_tier", BREAKING),
    "deep below usage": (
        drop("usage", "cache_creation", "ephemeral_1h_input_tokens"),
        "key_gone",
        "usage.cache_creation.ephemeral_1h_input_tokens",
        BREAKING,
    ),
    "a number as text": (put("usage", "output_tokens", "6"), "type", "usage.output_tokens", BREAKING),
    "an object as list": (put("usage", "cache_creation", []), "type", "usage.cache_creation", BREAKING),
    "null in place of a number": (put("usage", "input_tokens", None), "null", "usage.input_tokens", BREAKING),
    "an unknown block": (put("content", [{"type": "hologram"}]), "type_unknown", "content[hologram]", BREAKING),
    "another type of message": (put("type", "answer"), "type_unknown", "", BREAKING),
    "a gateway's error": (lambda it: it.clear() or it.update(error={"code": 1}), "type_unknown", "", BREAKING),
    "a block no cassette shows": (
        put("content", [{"type": "thinking", "thinking": "", "signature": "EqQB"}, TEXT]),
        "type_new",
        "content[thinking]",
        NOTE,
    ),
    "an unknown stop reason": (put("stop_reason", "bored"), "stop_reason_unknown", "stop_reason", BREAKING),
    "a refusal": (put("stop_reason", "pause_turn"), "stop_reason_other", "stop_reason", NOTE),
}


@pytest.mark.parametrize(("edit", "kind", "place", "severity"), DIFFERENT.values(), ids=DIFFERENT)
def test_one_change_is_one_difference(edit: Edit, kind: str, place: str, severity: str) -> None:
    now = make_message()
    edit(now)
    found = find(answer(make_message()), answer(now))
    assert [(each.kind, each.place, each.severity) for each in found] == [(kind, place, severity)]


STREAMS: dict[str, tuple[Edit, list[tuple[str, str]]]] = {
    "no ping": (drop(2), []),
    "more pings and deltas": (lambda it: it.insert(4, it[3]) or it.insert(4, it[2]), []),
    "two blocks": (lambda it: it[5:5] + [it.insert(5, {**each, "index": 1}) for each in (it[4], it[3], it[1])], []),
    "a tool": (
        lambda it: it.__setitem__(
            slice(1, 5),
            [
                {"type": "content_block_start", "index": 0, "content_block": {**USE, "input": {}}},
                {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": ""}},
                {"type": "content_block_stop", "index": 0},
            ],
        ),
        [],
    ),
    "an unknown event": (lambda it: it.insert(3, {"type": "surprise"}), [("event_unknown", "surprise")]),
    "an unknown delta": (
        put(3, "delta", {"type": "smell_delta", "smell": "rain"}),
        [("type_unknown", "content_block_delta.delta[smell_delta]")],
    ),
    "an unknown block": (
        put(1, "content_block", {"type": "hologram"}),
        [("type_unknown", "content_block_start.content_block[hologram]")],
    ),
    "a key of an event": (put(4, "took", 3), [("key_new", "content_block_stop.took")]),
    "a key of a delta gone": (drop(3, "delta", "text"), [("key_gone", "content_block_delta.delta[text_delta].text")]),
    "usage at the end gone": (drop(5, "usage", "input_tokens"), [("key_gone", "message_delta.usage.input_tokens")]),
    "usage at the start": (
        put(0, "message", "usage", "joules", 1),
        [("key_new", "message_start.message.usage.joules")],
    ),
    "an unknown end": (
        put(5, "delta", "stop_reason", "bored"),
        [("stop_reason_unknown", "message_delta.delta.stop_reason")],
    ),
    "no end": (drop(6), [("order", "")]),
    "two starts": (lambda it: it.insert(0, it[0]), [("order", "")]),
    "a block without its stop": (drop(4), [("order", "")]),
    "counted from one": (
        lambda it: [it[number].update(index=1) for number in (1, 3, 4)],
        [("order", ""), ("order", "")],
    ),
    "a delta outside": (lambda it: it.insert(1, it.pop(3)), [("order", "")]),
    "an end in the middle": (lambda it: it.insert(2, it.pop(5)), [("order", "")]),
}


@pytest.mark.parametrize(("edit", "expected"), STREAMS.values(), ids=STREAMS)
def test_streams_are_held_against_their_grammar(edit: Edit, expected: list[tuple[str, str]]) -> None:
    now = make_events()
    edit(now)
    assert tell(find(stream(make_events()), stream(now))) == expected


def test_a_recorded_stream_may_break_the_rules_itself() -> None:
    """A gateway that sends no message_stop did so when it was recorded."""
    assert find(stream(make_events()[:-1]), stream(make_events()[:-1])) == []


def test_events_carry_the_name_of_their_type() -> None:
    found = find(stream(make_events()), stream(make_events(), {3: "delta"}))
    assert [(each.kind, each.was) for each in found] == [("order", "each event is named as the type of its data")]


def refuse(status: int, kind: str, **more: str) -> RecordedResponse:
    return answer({"type": "error", "error": {"type": kind, "message": "No."}, "request_id": "req_1"}, status, **more)


def test_another_status_is_told_with_its_error_alone() -> None:
    found = find(answer(make_message()), refuse(400, "invalid_request_error", x_should_retry="false"))
    assert [(each.kind, each.was, each.now) for each in found] == [("status", "200", "400 invalid_request_error: No.")]


def test_another_error_type_is_breaking() -> None:
    found = find(refuse(404, "not_found_error"), refuse(404, "invalid_request_error"))
    assert tell(found) == [("error_type", "error[invalid_request_error]")]
    assert found[0].severity == BREAKING


FORMATS = {
    "json for a stream": (stream(make_events()), answer(make_message()), ("format", "content-type")),
    "html": (
        answer(make_message()),
        RecordedResponse(200, (("content-type", "text/html"),)),
        ("format", "content-type"),
    ),
    "garbage": (answer({}), RecordedResponse(200, answer({}).headers, (Chunk(b"{]"),)), ("format", "")),
    "nothing": (answer(make_message()), RecordedResponse(200, answer({}).headers), ("format", "")),
    "something": (RecordedResponse(200, answer({}).headers), answer(make_message()), ("format", "")),
    "garbage in a stream": (
        stream(make_events()),
        RecordedResponse(200, stream([]).headers, (Chunk(b"data: {]\n\n"),)),
        ("format", ""),
    ),
}


@pytest.mark.parametrize(("was", "now", "expected"), FORMATS.values(), ids=FORMATS)
def test_another_format_is_breaking(was: RecordedResponse, now: RecordedResponse, expected: tuple[str, str]) -> None:
    assert expected in tell(find(was, now))


HEADERS: dict[str, tuple[JSON, JSON, list[tuple[str, str]]]] = {
    "gone": ({"request_id": "req_1"}, {}, [("header_gone", "request-id")]),
    "new": ({}, {"anthropic_mood": "good"}, [("header_new", "anthropic-mood")]),
    "limits count as one": (
        {"anthropic_ratelimit_tokens_limit": "1", "anthropic_ratelimit_requests_limit": "1"},
        {"anthropic_ratelimit_tokens_limit": "2"},
        [],
    ),
    "limits gone": ({"anthropic_ratelimit_tokens_limit": "1"}, {}, [("header_gone", "anthropic-ratelimit-*")]),
    "of the network": ({"cf_ray": "1", "date": "2"}, {"via": "x", "retry_after": "3"}, []),
    "of others": ({}, {"x_powered_by": "x"}, []),
}


@pytest.mark.parametrize(("was", "now", "expected"), HEADERS.values(), ids=HEADERS)
def test_names_of_headers_are_compared(was: JSON, now: JSON, expected: list[tuple[str, str]]) -> None:
    assert tell(find(answer(make_message(), **was), answer(make_message(), **now))) == expected


def test_a_search_may_fail() -> None:
    """In place of the list of results the API gives an error, which is an object."""
    result = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    failed = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    was, now = make_message(content=[result]), make_message(content=[{**result, "content": failed}])
    assert find(answer(was), answer(now)) == []


def test_other_cassettes_show_what_blocks_are_shaped_like() -> None:
    """This exchange holds a text only, but another one a thought: a thought is held against that."""
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}
    other = answer(make_message(content=[thought, TEXT]))
    now = answer(make_message(content=[{**thought, "mood": "good"}, TEXT]))
    assert tell(find(answer(make_message()), now, other)) == [("key_new", "content[thinking].mood")]


def test_a_key_that_some_blocks_lack_may_be_missing() -> None:
    some, all_ = [TEXT, {**TEXT, "mood": "good"}], [{**TEXT, "mood": "good"}] * 2
    assert find(answer(make_message(content=some)), answer(make_message(content=[TEXT]))) == []
    found = find(answer(make_message(content=all_)), answer(make_message(content=some)))
    assert tell(found) == [("key_gone", "content[text].mood")]


def test_a_key_that_other_cassettes_have_is_new_in_an_old_one() -> None:
    old = make_message()
    del old["stop_details"]
    assert tell(find(answer(old), answer(make_message()), answer(make_message()))) == [("key_new", "stop_details")]


def test_lines_of_results_are_compared() -> None:
    request = RecordedRequest("GET", "/v1/messages/batches/msgbatch_1/results")
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": make_message()}}
    head = (("content-type", "application/x-jsonl"),)
    was = RecordedResponse(200, head, (Chunk(orjson.dumps(line) + b"\n" + orjson.dumps(line)),))
    del line["result"]["message"]["usage"]["service_tier"]  # type: ignore[index]
    now = RecordedResponse(200, head, (Chunk(orjson.dumps(line)),))
    recorded = RecordedExchange(request, was, id=1)
    found = compare(recorded, now, make_pool([recorded]))
    assert tell(found) == [("key_gone", "result[succeeded].message.usage.service_tier")]


def test_of_very_many_differences_some_are_listed() -> None:
    now = make_message(**{f"key_{number}" * 100: number for number in range(MOST * 3)})
    found = find(answer(make_message()), answer(now))
    assert len(found) == MOST + 1
    assert found[-1] == Difference("more", now="100 more")
    assert all(len(each.place) < 130 for each in found)


def test_of_very_many_differences_the_worst_are_listed() -> None:
    headers: JSON = {f"anthropic-{number}": "x" for number in range(MOST * 3)}
    now = make_message()
    del now["usage"]
    assert ("key_gone", "usage") in tell(find(answer(make_message()), answer(now, **headers)))


def test_values_nested_without_end_are_bounded() -> None:
    head = answer({}).headers
    deep, deeper = (
        RecordedResponse(200, head, (Chunk(b'{"a":[' * depth + b"1" + b"]}" * depth),)) for depth in (120, 400)
    )
    assert find(deep, deep) == []
    assert [each.now for each in find(deep, deeper)] == ["unreadable: it is nested too deeply"]


def test_each_kind_of_difference_is_shown_here() -> None:
    shown = {kind for _, kind, _, _ in DIFFERENT.values()}
    shown |= {kind for _, expected in STREAMS.values() for kind, _ in expected}
    shown |= {kind for _, _, expected in HEADERS.values() for kind, _ in expected}
    assert set(KINDS) - shown == {"status", "error_type", "format", "too_old", "more"}
