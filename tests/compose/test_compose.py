"""Composing: whole messages in the API's shape, failures, and answers that are none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block, Failure, Fault, Pace, Raw
from mockserver.reference.catalog import Model
from mockserver.wires.messages.unfolding import unfold
from tests.composing import CALL, FOUND, HELLO, RAN, SEARCH, SIGNER, THOUGHT, TOP, USAGE, body, message, outcome

ORDERS = Path(__file__).parent.parent / "data" / "compose" / "orders.jsonl"
COUNT = "thinking-token-count-2026-05-13"
EXECUTE: Block = {"type": "server_tool_use", "name": "code_execution", "input": {"code": "search()"}}
EXECUTED: Block = {
    "type": "code_execution_tool_result",
    "content": {"type": "code_execution_result", "stdout": "", "stderr": "", "return_code": 0, "content": []},
}


# Shape --------------------------------------------------------------------------------------------------------------


def test_keys_stand_in_wire_order() -> None:
    said = message(HELLO)
    assert list(said) == TOP
    assert list(said["usage"]) == [*USAGE, "service_tier", "inference_geo"]
    assert list(said["usage"]["cache_creation"]) == ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"]


@pytest.mark.parametrize("recorded", [orjson.loads(line) for line in ORDERS.read_bytes().splitlines()])
def test_keys_stand_as_recorded(recorded: dict[str, Any]) -> None:
    reply = outcome(Answer(content=tuple(recorded["content"])), recorded["request"], tuple(recorded["betas"]))
    # They are older than 2026-09-23, since when `diagnostics` follows the usage.
    place = recorded["keys"].index("usage") + 1
    assert list(reply.message) == [*recorded["keys"][:place], "diagnostics", *recorded["keys"][place:]]
    assert list(reply.message["usage"]) == recorded["usage"]
    assert [list(block) for block in reply.message["content"]] == recorded["blocks"]
    assert reply.message["stop_reason"] == recorded["stop_reason"]


def test_same_arguments_give_same_bytes() -> None:
    content = (THOUGHT, {"type": "redacted_thinking"}, CALL)
    first, second = outcome(Answer(content=content)), outcome(Answer(content=content))
    assert orjson.dumps(first.message) == orjson.dumps(second.message)
    other = outcome(Answer(content=content), seed=8)
    assert other.message["id"] != first.message["id"]
    assert other.message["content"][2]["id"] != first.message["content"][2]["id"]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("claude-3-7-sonnet-20250219", "claude-3-7-sonnet-20250219"),
        ("gpt-4o", "gpt-4o"),
    ],
)
def test_model_is_canonical_or_echoed(asked: str, shown: str) -> None:
    assert message(HELLO, request=body(model=asked))["model"] == shown
    assert message(HELLO, request=body(model=asked), model="other")["model"] == "other"


def test_script_adds_keys() -> None:
    reply = outcome(Answer(content=(HELLO,), id="msg_1", extra={"novel": 1}, headers={"x-a": "b"}, pace=Pace(1)))
    assert list(reply.message) == [*TOP, "novel"]
    assert reply.message["id"] == "msg_1"
    assert (reply.headers, reply.pace, reply.seed) == ({"x-a": "b"}, Pace(1), 7)


@pytest.mark.parametrize("id_", ["msg_1", "chatcmpl-7", ""])
@pytest.mark.parametrize("kind", ["message", "generate", "echo"])
def test_script_gives_the_id(kind: str, id_: str) -> None:
    answer = Answer(kind, content=(HELLO,) if kind == "message" else (), id=id_)
    for _ in range(2):  # a message made before is not used again
        reply = outcome(answer)
        assert reply.message["id"] == id_
        assert unfold(reply)[0].data["message"]["id"] == id_


# Blocks -------------------------------------------------------------------------------------------------------------


def test_tool_use_gets_id_and_caller() -> None:
    first, second = message(CALL, CALL)["content"]
    assert list(first) == ["type", "id", "name", "input", "caller"]
    assert first["id"].startswith("toolu_01")
    assert len(first["id"]) == 30
    assert first["id"] != second["id"]
    assert first["caller"] == {"type": "direct"}


def test_verbatim_blocks_stay() -> None:
    block = {**CALL, "id": "toolu_1", "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}}
    signed = {**THOUGHT, "signature": "mine"}
    assert message(signed, block)["content"] == [signed, block]


def test_results_answer_their_server_tool() -> None:
    ran: Block = {"type": "server_tool_use", "name": "bash_code_execution", "input": {"command": "ls"}}
    search, run, result, found, text = message(SEARCH, ran, RAN, FOUND, HELLO)["content"]
    assert search["id"].startswith("srvtoolu_01")
    assert result["tool_use_id"] == run["id"]
    assert found["tool_use_id"] == search["id"]
    assert list(found) == ["type", "tool_use_id", "content", "caller"]
    assert list(result) == ["type", "tool_use_id", "content"]
    assert text == HELLO


def test_newer_web_tools_name_the_caller() -> None:
    request = body(tools=[{"type": "web_search_20260209", "name": "web_search"}])
    found = message(SEARCH, FOUND, request=request)["content"]
    assert [block["caller"] for block in found] == [{"type": "direct"}] * 2
    assert "caller" not in message(SEARCH, FOUND)["content"][0]


def test_code_that_runs_is_the_caller() -> None:
    """Uses of web tools name the code execution that waits for its result; the execution itself names none."""
    request = body(tools=[{"type": "web_search_20260209", "name": "web_search"}])
    run, search, found, _, last = message(EXECUTE, SEARCH, FOUND, EXECUTED, SEARCH, request=request)["content"]
    assert "caller" not in run
    assert search["caller"] == found["caller"] == {"type": "code_execution_20260120", "tool_id": run["id"]}
    assert last["caller"] == {"type": "direct"}


@pytest.mark.parametrize(
    ("allowed", "kind"),
    [
        (None, "direct"),
        (["direct"], "direct"),
        (["code_execution_20250825"], "code_execution_20250825"),
        (["direct", "code_execution_20260120"], "code_execution_20260120"),
    ],
)
def test_code_calls_the_tools_that_let_it(allowed: list[str] | None, kind: str) -> None:
    tool = {"name": "get_weather", "input_schema": {"type": "object"}}
    request = body(tools=[{**tool, "allowed_callers": allowed} if allowed else tool])
    run, call = message(EXECUTE, CALL, request=request)["content"]
    assert run.get("caller") == ({"type": "direct"} if kind != "direct" else None)
    assert call["caller"] == ({"type": kind, "tool_id": run["id"]} if kind != "direct" else {"type": kind})
    done, *_, late = message({**EXECUTE, "id": "s1"}, {**EXECUTED, "tool_use_id": "s1"}, CALL, request=request)[
        "content"
    ]
    assert (done["id"], late["caller"]) == ("s1", {"type": "direct"})


@pytest.mark.parametrize(
    ("shown", "betas", "estimates"),
    [
        ("omitted", (COUNT,), {0: True}),
        ("updates", (COUNT,), {0: False}),
        ("summarized", (COUNT,), {0: False}),
        ("omitted", (), {}),
    ],
)
def test_hidden_thoughts_are_estimated_where_asked(shown: str, betas: tuple[str, ...], estimates: Any) -> None:
    request = body(model="claude-sonnet-4-6", thinking={"type": "adaptive", "display": shown})
    reply = outcome(Answer(content=(THOUGHT, HELLO)), request, betas)
    assert {place: count > 0 for place, count in reply.estimates.items()} == estimates


def test_mcp_blocks_stand_in_wire_order() -> None:
    use: Block = {"type": "mcp_tool_use", "name": "echo", "server_name": "s", "input": {}}
    result: Block = {"type": "mcp_tool_result", "content": [{"type": "text", "text": "x"}]}
    used, answered = message(use, result)["content"]
    assert list(used) == ["type", "id", "name", "input", "server_name"]
    assert list(answered) == ["type", "tool_use_id", "is_error", "content"]
    assert answered["tool_use_id"] == used["id"]
    assert used["id"].startswith("mcptoolu_01")


def test_compaction_on_demand_is_signed() -> None:
    request, betas = body(compaction={"type": "summarize"}), ("compact-2026-09-04",)
    said = message({"type": "compaction", "content": "They greeted."}, request=request, betas=betas)
    assert list(said["content"][0]) == ["type", "content", "signature"]
    assert said["stop_reason"] == "compaction"
    assert (said["usage"]["input_tokens"], said["usage"]["output_tokens"]) == (0, 0)
    (iteration,) = said["usage"]["iterations"]
    assert iteration["type"] == "compaction"
    assert iteration["input_tokens"] == 8 + 56
    assert "signature" not in message({"type": "compaction", "content": "x"}, HELLO)["content"][0]


def test_fallback_names_the_model_that_served() -> None:
    hop: Block = {"type": "fallback", "from": {"model": "claude-fable-5"}, "to": {"model": "claude-opus-5"}}
    said = message(hop, HELLO, request=body(model="claude-fable-5"))
    assert said["model"] == "claude-opus-5"
    assert said["content"][0]["trigger"] == {"type": "refusal", "category": None}


def test_citations_come_first() -> None:
    cited: Block = {"type": "text", "text": "x", "citations": None}
    assert list(message(cited)["content"][0]) == ["citations", "type", "text"]


@pytest.mark.parametrize(
    ("model", "thinking", "shown"),
    [
        ("claude-sonnet-4-5", {"type": "enabled", "budget_tokens": 1024}, True),
        ("claude-sonnet-4-5", {"type": "enabled", "budget_tokens": 1024, "display": "omitted"}, False),
        ("claude-opus-5-5", None, False),
        ("claude-opus-5-5", {"type": "adaptive"}, False),
        ("claude-opus-5-5", {"type": "adaptive", "display": "summarized"}, True),
        ("claude-sonnet-5-5", {"type": "between_tools"}, True),
        ("claude-sonnet-4-6", {"type": "adaptive", "display": "updates"}, False),
        ("claude-sonnet-4-6", {"type": "disabled"}, True),
    ],
)
def test_thought_is_shown_or_omitted(model: str, thinking: dict[str, Any] | None, shown: bool) -> None:
    request = body(model=model, **({"thinking": thinking} if thinking else {}))
    block = message(THOUGHT, HELLO, request=request)["content"][0]
    assert list(block) == ["type", "thinking", "signature"]
    assert block["thinking"] == ("They greet me." if shown else "")
    assert SIGNER.examine(block) == "ok"


REDACT = "redact-thinking-2026-02-12"


@pytest.mark.parametrize(
    ("model", "thinking", "shown"),
    [
        ("claude-sonnet-4-5", {"type": "enabled", "budget_tokens": 1024}, False),
        ("claude-opus-4-6", {"type": "adaptive"}, False),
        ("claude-opus-4-6", {"type": "adaptive", "display": None}, False),
        ("claude-haiku-4-5", None, False),
        ("claude-opus-5-5", {"type": "adaptive"}, False),
        ("claude-opus-4-6", {"type": "adaptive", "display": "summarized"}, True),
        ("claude-sonnet-5-5", {"type": "between_tools"}, True),
    ],
)
def test_a_beta_leaves_thoughts_out_unless_a_display_is_named(model: str, thinking: Any, shown: bool) -> None:
    request = body(model=model, **({"thinking": thinking} if thinking else {}))
    thought, said = message(THOUGHT, HELLO, request=request, betas=(REDACT,))["content"]
    assert thought["thinking"] == ("They greet me." if shown else "")
    assert said == message(HELLO)["content"][0]
    assert SIGNER.examine(thought) == "ok"
    # What a client sends back is counted by its signature, and is good as well.
    reply = outcome(Answer(content=(THOUGHT, HELLO)), request, (REDACT, COUNT))
    assert (reply.estimates[0] > 0) is not shown


def test_bound_thought_is_sealed_with_its_prefix() -> None:
    request = body(model="claude-fable-5-2")
    seal = SIGNER.read_seal(message(THOUGHT, HELLO, request=request)["content"][0])
    other = body(model="claude-fable-5-2", system="Be brief.")
    changed = SIGNER.read_seal(message(THOUGHT, HELLO, request=other)["content"][0])
    assert seal is not None
    assert changed is not None
    assert seal.prefix
    assert seal.prefix != changed.prefix


def test_redacted_thinking_gets_data() -> None:
    block = message({"type": "redacted_thinking"}, HELLO)["content"][0]
    assert SIGNER.examine(block) == "ok"
    assert message({"type": "redacted_thinking", "data": "d"}, HELLO)["content"][0]["data"] == "d"


def test_container_comes_with_what_ran_in_it() -> None:
    ran: Block = {"type": "server_tool_use", "name": "bash_code_execution", "input": {"command": "ls"}}
    reply = outcome(Answer(content=(ran, RAN, HELLO)), at=1_795_000_000.5, tick=90_500)
    assert list(reply.message)[4:7] == ["content", "container", "stop_reason"]
    assert reply.message["container"]["id"].startswith("container_011C")
    assert reply.message["container"]["expires_at"] == "2026-11-01T00:06:30.500000Z"
    again = outcome(Answer(content=(ran, RAN, HELLO)), body(container="container_1"))
    assert again.message["container"]["id"] == "container_1"


# Why it ends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said", "reason"),
    [
        ((HELLO,), {}, "end_turn"),
        ((), {}, "end_turn"),
        ((HELLO, CALL), {}, "tool_use"),
        ((CALL, SEARCH), {}, "tool_use"),
        ((HELLO, SEARCH), {}, "pause_turn"),
        ((HELLO,), {"stop_sequence": "END"}, "stop_sequence"),
        ((HELLO,), {"stop_reason": "max_tokens"}, "max_tokens"),
        ((), {"stop_details": {"category": "cyber"}}, "refusal"),
    ],
)
def test_stop_reason_follows_content(content: tuple[Block, ...], said: dict[str, Any], reason: str) -> None:
    composed = message(*content, **said)
    assert composed["stop_reason"] == reason
    assert composed["stop_sequence"] == said.get("stop_sequence")


def test_refusal_has_details() -> None:
    assert message(stop_reason="refusal")["stop_details"] == {"type": "refusal", "category": None, "explanation": None}
    said = message(stop_details={"category": "cyber", "explanation": "no"})["stop_details"]
    assert list(said.items()) == [("type", "refusal"), ("category", "cyber"), ("explanation", "no")]


def test_prewarming_says_nothing() -> None:
    said = message(HELLO, request=body(max_tokens=0))
    assert (said["content"], said["stop_reason"], said["usage"]["output_tokens"]) == ([], "max_tokens", 0)


def test_full_answer_uses_max_tokens_up() -> None:
    assert message(HELLO, stop_reason="max_tokens")["usage"]["output_tokens"] == 1000


# Other kinds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "kind", "text"),
    [
        ({"type": "overloaded_error"}, 529, "overloaded_error", "Overloaded"),
        ({"type": "api_error"}, 500, "api_error", "Internal server error"),
        ({"type": "invalid_request_error"}, 400, "invalid_request_error", ""),
        ({"status": 503}, 503, "api_error", "Internal server error"),
        ({"status": 418}, 418, "invalid_request_error", ""),
        ({"status": 502}, 502, "api_error", "Internal server error"),
        ({"type": "authentication_error"}, 401, "authentication_error", "API key is invalid."),
        ({"type": "rate_limit_error", "message": "slow"}, 429, "rate_limit_error", "slow"),
        ({"type": "novel_error", "status": 499}, 499, "novel_error", "novel_error"),
        ({}, 500, "api_error", "Internal server error"),
    ],
)
def test_error_takes_the_apis_form(error: dict[str, Any], status: int, kind: str, text: str) -> None:
    failure = outcome(Answer("error", error=error))
    assert isinstance(failure, Failure)
    assert (failure.status, failure.type) == (status, kind)
    assert failure.message == text or not text
    assert failure.message


def test_error_carries_all_that_is_said() -> None:
    error = {"type": "rate_limit_error", "retry_after": 7, "error_code": "ramp_limit_exceeded", "headers": {"x-a": "b"}}
    fault = Fault("disconnect")
    failure = outcome(Answer("error", error=error, headers={"x-c": "d"}, faults=(fault,), pace=Pace(2)))
    assert failure.headers == {"x-c": "d", "x-a": "b", "retry-after": "7"}
    assert failure.details == {"error_code": "ramp_limit_exceeded"}
    assert "claude-sonnet-4-5" in failure.message
    assert (failure.faults, failure.pace) == ((fault,), Pace(2))


def test_raw_is_served_as_said() -> None:
    page = outcome(Answer("raw", raw={"status": 502, "body": "<html>", "headers": {"content-type": "text/html"}}))
    assert page == Raw(502, b"<html>", {"content-type": "text/html"})
    assert outcome(Answer("raw", raw={"body": {"a": 1}})) == Raw(200, b'{"a":1}')


@pytest.mark.parametrize(
    ("media_type", "stream", "expected"),
    [
        ("text/event-stream", None, True),
        ("Text/Event-Stream; charset=utf-8", None, True),
        ("text/event-stream", False, False),
        ("text/plain", None, False),
        ("application/json", True, True),
    ],
)
def test_raw_may_be_a_stream(media_type: str, stream: bool | None, *, expected: bool) -> None:
    raw = {"body": "data: 1", "headers": {"content-type": media_type}, **({} if stream is None else {"stream": stream})}
    found = outcome(Answer("raw", raw=raw))
    assert isinstance(found, Raw)
    assert found.stream is expected


def test_echo_repeats_the_user() -> None:
    assert outcome(Answer("echo")).message["content"] == [{"type": "text", "text": "Hi"}]


def test_generated_answer_takes_what_is_said() -> None:
    def generate(prompt: Prompt, model: Model, options: Mapping[str, Any], seed: int) -> Answer:
        assert (prompt.user, model.id, options, seed) == ("Hi", "claude-sonnet-4-5-20250929", {"words": 2}, 7)
        return Answer(content=(HELLO,), usage={"output_tokens": 3}, stop_reason="max_tokens")

    said = Answer("generate", generate={"words": 2}, usage={"input_tokens": 5}, headers={"x-a": "b"})
    reply = outcome(said, generate=generate)
    assert reply.message["content"] == [HELLO]
    assert (reply.message["usage"]["input_tokens"], reply.message["usage"]["output_tokens"]) == (5, 3)
    assert (reply.message["stop_reason"], reply.headers) == ("max_tokens", {"x-a": "b"})
