"""The usage of an answer: what is counted, what a script says, and the prompt cache."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.counting import count_request
from mockserver.compose import compose
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference.catalog import Model, lookup
from tests.composing import FOUND, HELLO, SEARCH, USAGE, body, context, message, outcome

# Usage --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "thinking", "details"),
    [
        ("claude-opus-5-5", None, True),
        ("claude-opus-4-8", {"type": "disabled"}, True),
        ("claude-sonnet-4-6", {"type": "adaptive"}, True),
        ("claude-sonnet-4-6", {"type": "disabled"}, False),
        ("claude-haiku-4-5", None, False),
    ],
)
def test_output_details_appear_by_model(model: str, thinking: dict[str, Any] | None, details: bool) -> None:
    request = body(model=model, **({"thinking": thinking} if thinking else {}))
    usage = message(HELLO, request=request)["usage"]
    assert ("output_tokens_details" in usage) is details
    if details:
        assert usage["output_tokens_details"] == {"thinking_tokens": 0}
        assert list(usage)[4:6] == ["output_tokens", "output_tokens_details"]


@pytest.mark.parametrize(
    ("model", "asked", "geo"),
    [
        ("claude-haiku-4-5", None, "not_available"),
        ("claude-opus-4-6", None, "global"),
        ("claude-opus-4-6", "us", "us"),
    ],
)
def test_inference_geo_follows_model(model: str, asked: str | None, geo: str) -> None:
    request = body(model=model, **({"inference_geo": asked} if asked else {}))
    assert message(HELLO, request=request)["usage"]["inference_geo"] == geo


TEXTS = st.text(max_size=40)
BLOCKS = st.one_of(
    TEXTS.map(lambda text: {"type": "text", "text": text}),
    TEXTS.map(lambda text: {"type": "thinking", "thinking": text}),
    st.just({"type": "redacted_thinking"}),
    st.dictionaries(TEXTS, TEXTS, max_size=3).map(lambda given: {"type": "tool_use", "name": "t", "input": given}),
    st.sampled_from([SEARCH, FOUND]),
)


@settings(max_examples=40)
@given(
    st.lists(BLOCKS, max_size=5),
    TEXTS,
    st.sampled_from(["claude-haiku-4-5", "claude-opus-5-5", "gpt-4o"]),
    st.booleans(),
)
def test_any_message_is_valid_and_adds_up(content: list[Any], text: str, model: str, marked: bool) -> None:
    request = body(model=model, system=text, **({"cache_control": {"type": "ephemeral"}} if marked else {}))
    said = message(*content, request=request)
    usage = said["usage"]
    assert sum(usage[key] for key in USAGE[:3]) == count_request(request, lookup(model))
    assert usage.get("output_tokens_details", {"thinking_tokens": 0})["thinking_tokens"] <= usage["output_tokens"]
    made = [block["id"] for block in said["content"] if "id" in block]
    assert len(set(made)) == len(made)
    assert said == message(*content, request=request)


def test_input_equals_count_tokens() -> None:
    request = body(system="Be brief.", tools=[{"name": "a", "input_schema": {"type": "object"}}])
    model: Model = lookup(request["model"])
    assert message(HELLO, request=request)["usage"]["input_tokens"] == count_request(request, model)


def test_thread_history_is_counted() -> None:
    long = {"role": "user", "content": "word " * 500}
    reply = compose(Answer(content=(HELLO,)), Prompt(body(), history=(long,)), context(body()))
    assert isinstance(reply, Reply)
    assert reply.message["usage"]["input_tokens"] > 400


def test_scripted_usage_keeps_sums() -> None:
    long = body(messages=[{"role": "user", "content": "word " * 2000}])
    total = count_request(long, lookup("claude-sonnet-4-5"))
    usage = message(HELLO, request=long, usage={"cache_read_input_tokens": 1000})["usage"]
    assert usage["input_tokens"] + usage["cache_read_input_tokens"] == total
    usage = message(HELLO, request=long, usage={"cache_creation_input_tokens": 1000, "output_tokens": 5})["usage"]
    assert usage["cache_creation"] == {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 0}
    assert (usage["input_tokens"], usage["output_tokens"]) == (total - 1000, 5)
    usage = message(HELLO, usage={"cache_read_input_tokens": 1000})["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (8, 1000)
    assert list(usage) == [*USAGE, "service_tier", "inference_geo"]


def test_server_tools_are_billed() -> None:
    usage = message(SEARCH, FOUND, SEARCH, FOUND, HELLO)["usage"]
    assert usage["server_tool_use"] == {"web_search_requests": 2, "web_fetch_requests": 0}
    assert list(usage)[-1] == "server_tool_use"


def failed(tool: str) -> dict[str, Any]:
    kind = f"{tool}_tool_result"
    return {"type": kind, "content": {"type": f"{kind}_error", "error_code": "unavailable"}}


FETCH = {"type": "server_tool_use", "name": "web_fetch", "input": {"url": "https://a.org"}}
PAGE = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi"}, "title": None}
FETCHED = {
    "type": "web_fetch_tool_result",
    "content": {"type": "web_fetch_result", "url": "https://a.org", "content": {**PAGE, "citations": None}},
}
RUN = {"type": "server_tool_use", "name": "code_execution", "input": {"code": "1"}}


@pytest.mark.parametrize(
    ("content", "searches", "fetches"),
    [
        ((SEARCH, FOUND, FETCH, FETCHED), 1, 1),
        ((SEARCH, FOUND, SEARCH), 1, 0),
        ((FETCH,), 0, 0),
        ((SEARCH, failed("web_search"), SEARCH, FOUND), 1, 0),
        ((FETCH, failed("web_fetch")), 0, 0),
        ((RUN,), 0, 0),
        (({**FOUND, "tool_use_id": "srvtoolu_1"}, HELLO), 1, 0),
        (({**FETCHED, "tool_use_id": "srvtoolu_1"},), 0, 1),
    ],
)
def test_what_brought_a_result_is_billed(content: tuple[Any, ...], searches: int, fetches: int) -> None:
    said = message(*content)
    assert said["usage"]["server_tool_use"] == {"web_search_requests": searches, "web_fetch_requests": fetches}


def test_search_that_was_cut_is_not_billed() -> None:
    said = message(SEARCH, FOUND, HELLO, request=body(max_tokens=3))
    assert [block["type"] for block in said["content"]] == ["server_tool_use"]
    assert said["usage"]["server_tool_use"]["web_search_requests"] == 0


def test_answer_without_server_tools_has_no_such_counts() -> None:
    assert "server_tool_use" not in message(HELLO)["usage"]


def test_what_is_asked_for_is_added() -> None:
    request = body(diagnostics={"previous_message_id": None})
    betas = ("context-management-2025-06-27", "compact-2026-01-12", "thinking-binding-controls-2026-08-01")
    said = message(HELLO, request=request, betas=betas)
    assert list(said)[9:] == ["input_transformations", "diagnostics", "context_management"]
    assert said["context_management"] == {"applied_edits": []}
    (iteration,) = said["usage"]["iterations"]
    assert list(said["usage"])[3:6] == ["cache_creation", "iterations", "output_tokens"]
    assert iteration["output_tokens"] == said["usage"]["output_tokens"]


# The prompt cache ---------------------------------------------------------------------------------------------------

LONG = "word " * 3000
MARK = {"type": "ephemeral"}


def cached(cache: dict[Any, Any], at: float = 0.0, **request: Any) -> dict[str, Any]:
    """The usage of a request in a session with ``cache``; its sum is checked."""
    whole = body(**request)
    reply = outcome(Answer(content=(HELLO,)), whole, cache=cache, at=at)
    usage: dict[str, Any] = reply.message["usage"]
    assert sum(usage[key] for key in USAGE[:3]) == count_request(whole, lookup(whole["model"]))
    assert sum(usage["cache_creation"].values()) == usage["cache_creation_input_tokens"]
    return usage


def turn(text: str, **mark: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text, **mark}]}


def test_marked_prefix_is_written_then_read() -> None:
    cache: dict[Any, Any] = {}
    messages = [turn(LONG, cache_control=MARK)]
    first, second = cached(cache, messages=messages), cached(cache, messages=messages)
    assert first["cache_creation_input_tokens"] > 2900
    assert first["cache_read_input_tokens"] == 0
    assert second["cache_read_input_tokens"] == first["cache_creation_input_tokens"]
    assert second["cache_creation_input_tokens"] == 0
    assert 1 <= second["input_tokens"] <= 6


def test_longer_conversation_reads_its_beginning() -> None:
    cache: dict[Any, Any] = {}
    written = cached(cache, messages=[turn(LONG, cache_control=MARK)])["cache_creation_input_tokens"]
    answer = {"role": "assistant", "content": "Fine."}
    usage = cached(cache, messages=[turn(LONG), answer, turn("More " * 100, cache_control=MARK)])
    assert usage["cache_read_input_tokens"] == written
    assert 90 < usage["cache_creation_input_tokens"] < 150


def test_automatic_caching_marks_the_end() -> None:
    cache: dict[Any, Any] = {}
    first = cached(cache, system=LONG, cache_control=MARK)
    second = cached(cache, system=LONG, cache_control=MARK)
    assert first["cache_creation_input_tokens"] == second["cache_read_input_tokens"] > 2900


def test_lifetimes_are_told_apart_and_end() -> None:
    cache: dict[Any, Any] = {}
    hour = {**MARK, "ttl": "1h"}
    system = [{"type": "text", "text": LONG, "cache_control": hour}]
    request = {"system": system, "messages": [turn(LONG, cache_control=MARK)]}
    first = cached(cache, at=0, **request)
    assert first["cache_creation"]["ephemeral_1h_input_tokens"] > 2900
    assert first["cache_creation"]["ephemeral_5m_input_tokens"] > 2900
    later = cached(cache, at=400, **request)
    assert later["cache_read_input_tokens"] == first["cache_creation"]["ephemeral_1h_input_tokens"]
    assert cached(cache, at=8000, **request)["cache_read_input_tokens"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"model": "claude-sonnet-4-6"},
        {"system": "other"},
        {"tools": [{"name": "a", "input_schema": {"type": "object"}}]},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    ],
)
def test_other_prefix_is_not_read(change: dict[str, Any]) -> None:
    cache: dict[Any, Any] = {}
    messages = [turn(LONG, cache_control=MARK)]
    cached(cache, messages=messages)
    assert cached(cache, messages=messages, **change)["cache_read_input_tokens"] == 0


def test_short_prefix_is_not_cached() -> None:
    cache: dict[Any, Any] = {}
    assert cached(cache, messages=[turn("short", cache_control=MARK)])["cache_creation_input_tokens"] == 0
    assert cache == {}


def test_cache_is_bounded() -> None:
    cache: dict[Any, Any] = {b"%d" % number: (0.0, 0.0) for number in range(5000)}
    cached(cache, messages=[turn(LONG, cache_control=MARK)])
    assert len(cache) == 4096
    assert cached(cache, messages=[turn(LONG, cache_control=MARK)])["cache_read_input_tokens"] > 0
