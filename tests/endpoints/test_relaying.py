"""How calls go through the channels of a gateway: what the client sees, what scenarios are asked, what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.endpoints.conclusion import Conclusion
from mockserver.records.reply import StoredReply
from tests.endpoints.gating import MODEL, Gate, told

OVERLOADED: Any = {"error": {"status": 529}}
SCENARIOS = """
scenarios:
  - when: {user: broken}
    reply: "{{ tool_result.temp }}"
  - when: {user: behind}
    reply: {error: {type: api_error, message: no route to a.example.com}}
"""


def faults_of(concluded: Conclusion) -> list[str]:
    outcome = concluded.record.outcome
    assert isinstance(outcome, StoredReply)
    return [fault.then for fault in outcome.faults]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Gate]:
    def make(*channels: Any, **words: Any) -> Gate:
        return Gate(tmp_path / "gate.yaml", {"channels": list(channels) or ["native"], **words})

    return make


A, B, C = ({"name": name} for name in "abc")


def test_each_channel_gets_the_next_answer(make: Callable[..., Gate]) -> None:
    gate = make(A, B, C, retries=2)
    gate.api.calls([OVERLOADED, {"error": {"status": 429}}, "Third.", "Fourth."])
    assert told(gate.ask()) == (200, "Third.", "c", (("a", 529), ("b", 429)))
    assert told(gate.ask()) == (200, "Fourth.", "a", ())


def test_answers_of_channels_that_failed_are_told(make: Callable[..., Gate]) -> None:
    gate = make(A, {"name": "b", "renames": {"*": "claude-haiku-4-5"}}, C, retries=2)
    gate.api.when(model=MODEL).calls([OVERLOADED, "Third."])
    gate.api.when(model="claude-haiku-4-5").calls([lambda _prompt: OVERLOADED])
    concluded = gate.ask()
    assert told(concluded) == (200, "Third.", "c", (("a", 529), ("b", 529)))
    assert (concluded.record.scenario, concluded.record.spent) == ("script 1", ("script 1", "script 2"))


def test_the_client_sees_the_last_error_alone(make: Callable[..., Gate]) -> None:
    gate = make(A, B, retries=1)
    gate.api.calls([OVERLOADED, {"error": {"status": 500, "message": "Second."}}, "Third."])
    assert told(gate.ask()) == (500, "Second.", "b", (("a", 529),))


def test_without_retries_nothing_is_tried_again(make: Callable[..., Gate]) -> None:
    gate = make(A, B)
    gate.api.calls([OVERLOADED, "Second."])
    assert told(gate.ask()) == (529, "Overloaded", "a", ())
    assert told(gate.ask())[1] == "Second."


def test_a_lone_channel_is_asked_again(make: Callable[..., Gate]) -> None:
    gate = make(A, retries=3)
    gate.api.calls([OVERLOADED, OVERLOADED, "Third."])
    assert told(gate.ask()) == (200, "Third.", "a", (("a", 529), ("a", 529)))


@pytest.mark.parametrize("status", [400, 408, 504, 524])
def test_some_errors_are_not_tried_again(make: Callable[..., Gate], status: int) -> None:
    gate = make(A, B, retries=1)
    gate.api.calls([{"error": {"status": status, "type": "api_error"}}, "Second."])
    assert told(gate.ask())[::2] == (status, "a")


def test_statuses_of_a_gateway_of_ones_own(make: Callable[..., Gate]) -> None:
    gate = make(A, B, retries=1, no_retry=[529])
    gate.api.calls([OVERLOADED, "Second."])
    assert told(gate.ask())[::2] == (529, "a")


def test_what_the_rules_refuse_is_not_tried_again(make: Callable[..., Gate]) -> None:
    gate = make(A, B, retries=1)
    refused = told(gate.ask(temperature=7))
    assert (refused[0], refused[2:]) == (400, ("a", ()))
    assert told(gate.ask(messages=[]))[:2] == (500, "field messages is required")


def test_what_the_gateway_refuses_is_not_tried_again(make: Callable[..., Gate]) -> None:
    """Though its status would send an upstream's error on."""
    gate = make(A, B, retries=1)
    refused = "json: cannot unmarshal number -1 into Go struct field ClaudeRequest.max_tokens of type uint"
    assert told(gate.ask(max_tokens=-1)) == (500, refused, "a", ())


def test_faults_that_are_set_wait_for_a_channel_that_they_change(make: Callable[..., Gate]) -> None:
    """One that converts has no signature that could get lost."""
    chat = {"name": "chat", "models": "gpt-*", "faults": "no_signature"}
    gate = make(chat, {"name": "native"})
    gate.api.reply(thinking="Hm.", text="Yes.")
    gate.api.fault("no_signature")
    assert [faults_of(gate.ask(model=model)) for model in ("gpt-4o", MODEL, MODEL)] == [
        ["no_signature"],
        ["no_signature"],
        [],
    ]


@pytest.mark.parametrize(
    ("model", "streamed", "faults"),
    [
        (MODEL, False, []),
        (MODEL, True, ["extra_newline"]),
        ("gpt-4o", False, ["chat_ids", "no_signature", "few_fields", "gateway_usage", "tools_without_text"]),
        ("gpt-4o", True, ["chat_ids", "no_signature", "few_fields", "gateway_usage", "no_ping", "extra_newline"]),
    ],
)
def test_only_faults_that_can_strike_are_told(
    make: Callable[..., Gate], model: str, streamed: bool, faults: list[str]
) -> None:
    gate = make("converted", "native")
    assert faults_of(gate.ask(model=model, stream=streamed)) == faults
    assert faults_of(gate.ask(model=model, stream=streamed, path="/v1/chat/completions")) == []


def test_converted_channels_refuse_nothing(make: Callable[..., Gate]) -> None:
    gate = make({"name": "a", "converts": True})
    gate.api.reply("Fine.")
    thought = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": ""}]
    called = [{"type": "tool_use", "id": "call_01", "name": "look", "input": {}}]
    result = [{"type": "tool_result", "tool_use_id": "call_01", "content": ""}]
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [*thought, *called]},
        {"role": "user", "content": result},
    ]
    concluded = gate.ask(messages=messages, temperature=7)
    assert told(concluded)[:2] == (200, "Fine.")
    assert [finding.path for finding in concluded.record.findings] == ["messages.1.content.0.thinking.signature"]


def test_channels_may_always_fail(make: Callable[..., Gate]) -> None:
    gate = make({"name": "down", "error": 502}, {"name": "full", "error": "rate_limit_error"}, C, retries=2)
    gate.api.calls(["First.", "Second."])
    assert told(gate.ask()) == (200, "First.", "c", (("down", 502), ("full", 429)))


def test_a_channel_that_fails_uses_no_answer_up(make: Callable[..., Gate]) -> None:
    gate = make({"name": "down", "error": "do_request_failed"})
    gate.api.calls(["First."])
    concluded = gate.ask()
    assert told(concluded) == (500, "upstream error: do request failed", "down", ())
    assert concluded.record.scenario is None
    assert concluded.record.unmatched is False
    assert told(gate.ask(messages=[]))[1] == "field messages is required"


def test_errors_without_words_have_those_of_the_gateway(make: Callable[..., Gate]) -> None:
    concluded = make({"name": "down", "error": 503}).ask()
    sent = orjson.loads(concluded.delivery.pieces[0].data)
    assert (concluded.delivery.status, sent["error"]["type"]) == (503, "upstream_error")
    assert sent["error"]["message"].startswith("bad response status code 503 (request id: ")


def test_the_key_of_an_admin_names_the_only_channel(make: Callable[..., Gate]) -> None:
    gate = make(A, B, retries=1, keys={"sk-k": {"admin": True}})
    gate.transport.session("sk-k-b").calls([OVERLOADED, "Second."])
    assert told(gate.ask(key="sk-k-b"))[::2] == (529, "b")


def test_models_choose_their_channels(make: Callable[..., Gate]) -> None:
    gate = make({"name": "chat", "models": ["gpt-*"]}, {"name": "rest", "models": ["claude-*"]})
    assert [told(gate.ask(model=model))[2] for model in ("gpt-4o", MODEL)] == ["chat", "rest"]
    missed = gate.ask(model="o9")
    assert told(missed) == (503, "分组 default 下模型 o9 无可用渠道（distributor）", "", ())


def test_errors_of_channels_name_the_group_of_the_key(make: Callable[..., Gate]) -> None:
    gate = make({"name": "down", "error": "get_channel_failed"}, keys={"sk-k": {"group": "vip"}})
    assert told(gate.ask())[:2] == (500, f"分组 vip 下模型 {MODEL} 的可用渠道不存在（retry）")


def test_functions_are_tried_again_in_their_thread(make: Callable[..., Gate]) -> None:
    gate = make(A, B, C, retries=2)
    answers: list[Any] = [OVERLOADED, OVERLOADED, "Third."]
    gate.api.reply(lambda _prompt: answers.pop(0))
    assert told(gate.ask()) == (200, "Third.", "c", (("a", 529), ("b", 529)))


def test_functions_may_come_after_other_answers(make: Callable[..., Gate]) -> None:
    gate = make(A, B, C, retries=2)
    gate.api.calls([lambda _prompt: OVERLOADED, OVERLOADED, "Third."])
    assert told(gate.ask()) == (200, "Third.", "c", (("a", 529), ("b", 529)))


def test_a_scenario_that_cannot_answer_is_not_asked_again(make: Callable[..., Gate]) -> None:
    """Its author is to read it; no channel can mend it."""
    gate = make(A, B, retries=1)
    gate.api.calls(["{{ tool_result.temp }}"])
    status, text, channel, tries = told(gate.ask())
    assert (status, channel, tries) == (500, "a", ())
    assert "A scenario could not answer" in text


def test_what_the_server_tells_its_users_is_not_masked(make: Callable[..., Gate], tmp_path: Path) -> None:
    """It names files, which gateways take for hosts; an upstream's own error is masked."""
    (tmp_path / "weather.yaml").write_text(SCENARIOS, "utf-8")
    gate = make("native")
    gate.api.load(tmp_path / "weather.yaml")
    gate.api.configure(unmatched="error")
    for path in ("/v1/messages", "/v1/chat/completions"):
        for text in ("broken", "unmatched"):
            assert "/weather.yaml:" in told(gate.ask(text, path=path))[1]
        assert told(gate.ask("behind", path=path))[1] == "no route to ***.***.com"


def test_raw_answers_count_as_errors_by_their_status(make: Callable[..., Gate]) -> None:
    gate = make(A, B, retries=1)
    gate.api.calls([{"raw": {"status": 502, "body": "<html>"}}, "Second."])
    assert told(gate.ask()) == (200, "Second.", "b", (("a", 502),))


def test_a_stream_that_breaks_off_is_not_tried_again(make: Callable[..., Gate]) -> None:
    gate = make(A, B, retries=1)
    gate.api.calls([{"text": "One.", "fault": {"then": "error", "bare": True}}, "Second."])
    concluded = gate.ask(stream=True)
    assert (concluded.delivery.status, concluded.record.channel, concluded.record.tries) == (200, "a", ())
    assert concluded.delivery.pieces[-1].data.endswith(b'"type":"error"}')


@pytest.mark.parametrize(
    ("path", "text"), [("chat/completions", "当前分组上游负载已饱和，请稍后再试"), ("messages", "Slow down.")]
)
def test_busy_upstreams_are_told_in_other_words(tmp_path: Path, path: str, text: str) -> None:
    """On the chat wire alone, by gateways that have words for it."""
    gate = Gate(
        tmp_path / "one.yaml", {"like": "one-api", "wires": ["messages", "chat"], "paths": [{"path": "/v1/m*"}]}
    )
    gate.api.calls([{"error": {"status": 429, "message": "Slow down."}}])
    assert told(gate.ask(path=f"/v1/{path}"))[:2] == (429, text)


def test_endings_of_names_are_seen_as_what_they_ask_for(make: Callable[..., Gate]) -> None:
    gate = make(A)
    gate.api.when(model="claude-3-7-sonnet-20250219", thinking="enabled").reply("I thought.")
    concluded = gate.ask(model="claude-3-7-sonnet-20250219-thinking")
    assert told(concluded)[1] == "I thought."
    assert orjson.loads(concluded.delivery.pieces[0].data)["model"] == "claude-3-7-sonnet-20250219"
    assert orjson.loads(concluded.record.read)["thinking"] == {"type": "enabled", "budget_tokens": 1024}
    assert concluded.record.model == "claude-3-7-sonnet-20250219-thinking"


def test_answers_have_the_name_that_a_channel_gives(make: Callable[..., Gate]) -> None:
    gate = make({"name": "a", "renames": {"gpt-4o": "claude-haiku-4-5"}})
    assert orjson.loads(gate.ask(model="gpt-4o").delivery.pieces[0].data)["model"].startswith("claude-haiku-4-5")


def test_what_the_gateway_misses_is_asked_of_no_other_channel(make: Callable[..., Gate]) -> None:
    gate = make({"name": "down", "error": 503}, B, retries=1)
    asked = told(gate.ask(messages=None))
    assert asked == (500, "field messages is required", "down", ())
    assert told(gate.ask())[2:] == ("b", (("down", 503),))
