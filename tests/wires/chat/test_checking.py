"""What OpenAI and gateways refuse of chat requests: which words, which parameter, in which order."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mockserver.wires.chat import decoding
from mockserver.wires.chat.checking import check
from mockserver.wires.chat.schema import accepts_chat
from tests.conftest import ROOT

Json = dict[str, Any]
USER: Json = {"role": "user", "content": "Hi"}
TOOL: Json = {"type": "function", "function": {"name": "f", "parameters": {}}}
CALLS: Json = {
    "role": "assistant",
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
# As the SDK's helpers send calls back that they have read.
PARSED_CALLS: Json = {
    "role": "assistant",
    "tool_calls": [
        {
            "id": "call_1",
            "type": "function",
            "index": 0,
            "function": {"name": "f", "arguments": '{"a": 1}', "parsed_arguments": {"a": 1}},
        }
    ],
}
RESULT: Json = {"role": "tool", "tool_call_id": "call_1", "content": "x"}


def ask(*messages: Any, **more: Any) -> Json:
    return {"model": "m", "messages": list(messages or [USER]), **more}


ACCEPTED = [
    ask(),
    ask(USER, CALLS, RESULT, USER),
    ask(USER, {"role": "assistant", "content": None, "refusal": "No."}),
    ask({"role": "user", "content": ""}, {"role": "user", "content": []}),
    ask(USER, {"role": "assistant", "content": "x", "reasoning_content": "hm"}, USER),
    ask({"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]}),
    ask({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}),
    ask(USER, {"role": "assistant", "content": "x", "annotations": [], "tool_calls": None, "refusal": None}, USER),
    ask(
        USER,
        {"role": "assistant", "content": "{}", "parsed": {"a": [1]}},
        {"role": "assistant", "content": "x", "parsed": None},
    ),
    ask(USER, PARSED_CALLS, {**RESULT, "name": "f"}),
    ask(thinking={"type": "enabled", "budget_tokens": 2000}),
    ask(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "f"}}, parallel_tool_calls=True),
    ask(stream=True, stream_options={"include_usage": True}, logprobs=True, top_logprobs=20),
    ask({"role": "system", "content": "Answer with JSON."}, USER, response_format={"type": "json_object"}),
]


@pytest.mark.parametrize("body", ACCEPTED, ids=str)
def test_good_requests_are_accepted(body: Json) -> None:
    assert check(body) is None


REFUSED: list[Json] = yaml.safe_load((ROOT / "tests" / "data" / "chat" / "refused.yaml").read_text("utf-8"))


@pytest.mark.parametrize("row", REFUSED, ids=[row["message"] for row in REFUSED])
def test_wrong_requests_are_refused_in_openais_words(row: Json) -> None:
    finding = check(row["body"])
    assert finding is not None
    assert (finding.message, finding.param, finding.code) == (row["message"], row["param"], row["code"])
    assert (finding.status, finding.type) == (400, "invalid_request_error")


def test_images_that_are_no_addresses_are_refused() -> None:
    finding = check(ask({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "iVBORw0KGgo"}}]}))
    assert finding is not None
    assert finding.message.endswith("but got a value without the 'data:' prefix.")
    assert (finding.param, finding.code) == ("messages[0].content[0].image_url.url", "invalid_value")


MANY = 5_000
TEXT = {"type": "text", "text": "x"}
LARGE = [
    (ask(*[USER] * MANY, 0), f"messages[{MANY}]"),
    (ask(*[{"role": "user"}] * MANY), "messages.[0].content"),
    (ask({"role": "user", "content": [*[TEXT] * MANY, {"type": "x"}]}), f"messages[0].content[{MANY}].type"),
    (ask(**{f"k{number}": 1 for number in range(MANY)}), "k0"),
    (ask(metadata={f"k{number}": 1 for number in range(MANY)}), "metadata"),
    (ask(stop=["x"] * MANY), "stop"),
    (ask(tools=[TOOL] * MANY + [{}]), f"tools[{MANY}].type"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "param"), LARGE, ids=[param for _, param in LARGE])
def test_mistakes_of_large_requests_are_found(body: Json, param: str) -> None:
    finding = check(body)
    assert finding is not None
    assert finding.param == param


# Of two mistakes the first one is told (observed of OpenAI's API, 2026-08).
ORDERED = [
    ({"zzz": 1, "messages": [USER]}, None),
    ({"zzz": 1, "model": "m"}, "messages"),
    (ask(zzz=1, n="x"), "zzz"),
    ({**ask(zzz=1), "messages": []}, "zzz"),
    (ask(metadata={"k": 7}, n=0), "n"),
    (ask(7, metadata={"k": 7}), "messages[0]"),
    (ask(temperature="x", stop=5, n=0), "n"),
    (ask(temperature="x", stop=5), "stop"),
    (ask(logprobs="x", max_completion_tokens=0), "max_completion_tokens"),
    (ask(store="x", stream="y"), "stream"),
    (ask(top_logprobs=-1, tools="x"), "tools"),
    (ask(verbosity="x", user=7), "user"),
    (ask({"role": "user"}, {"role": "user", "content": 7}), "messages[1].content"),
    (ask({"role": "user"}, {"role": "bogus", "content": "x"}), "messages[1].role"),
    (ask({"role": "user"}, n=0), "n"),
]


@pytest.mark.parametrize(("body", "param"), ORDERED, ids=str)
def test_mistakes_are_told_in_openais_order(body: Json, param: str | None) -> None:
    finding = check(body)
    assert finding is not None
    assert finding.param == param


UNDECODABLE = [
    ({"max_tokens": "5"}, "string into Go struct field GeneralOpenAIRequest.max_tokens of type uint"),
    ({"max_tokens": -5}, "number -5 into Go struct field GeneralOpenAIRequest.max_tokens of type uint"),
    ({"n": 1.5}, "number 1.5 into Go struct field GeneralOpenAIRequest.n of type int"),
    ({"messages": 5}, "number into Go struct field GeneralOpenAIRequest.messages of type []dto.Message"),
    ({"messages": ["x"]}, "string into Go struct field GeneralOpenAIRequest.messages of type dto.Message"),
    ({"messages": [None, {"role": 5}]}, "number into Go struct field Message.messages.role of type string"),
    ({"tools": [{"type": 5}]}, "number into Go struct field ToolCallRequest.tools.type of type string"),
    ({"stream": 1, "n": "x"}, "number into Go struct field GeneralOpenAIRequest.stream of type bool"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), UNDECODABLE, ids=[said for _, said in UNDECODABLE])
def test_gateways_refuse_what_their_decoder_cannot_read(body: Json, said: str) -> None:
    finding = decoding.check(body)
    assert finding is not None
    assert finding.message == f"json: cannot unmarshal {said}"


@pytest.mark.parametrize(
    "body", [{}, {"zzz": 1, "model": None}, ask({"role": "x", "content": 7}, temperature=9)], ids=str
)
def test_gateways_take_everything_else(body: Json) -> None:
    assert decoding.check(body) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stop": ["a"] * 5000}, "maximum length 4, but got an array with length 5000"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}] * 5000 + [7]}, "tools[5000]"),
        (
            {"messages": [{"role": "user", "content": "x"}] * 5000 + [{"role": "x", "content": "x"}]},
            "Invalid value: 'x'",
        ),
    ],
)
def test_long_lists_are_asked_many_at_once(changes: Json, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Json] = []

    def accept(body: Json) -> bool:
        asked.append(body)
        return accepts_chat(body)

    monkeypatch.setattr("mockserver.wires.chat.checking.accepts_chat", accept)
    finding = check({"model": "m", "messages": [{"role": "user", "content": "x"}], **changes})
    assert finding is not None
    assert said in finding.message
    assert len(asked) < 200
