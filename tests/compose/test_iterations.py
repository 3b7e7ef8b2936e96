"""The samplings of an answer that consulted the advisor."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.counting import count_request
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import lookup
from mockserver.wires.messages.unfolding import fold, unfold
from tests.composing import HELLO, SEARCH, body, message, outcome

ADVISOR = "advisor-tool-2026-03-01"
COMPACT = "compact-2026-01-12"
CALL: Block = {"type": "server_tool_use", "name": "advisor", "input": {}}
KEYS = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"]
SUMMED = KEYS[:4]


def tool(model: str = "claude-opus-4-7", **more: Any) -> dict[str, Any]:
    return {"type": "advisor_20260301", "name": "advisor", "model": model, **more}


def advice(text: str = "Begin with the tests. " * 40, **more: Any) -> Block:
    return {"type": "advisor_tool_result", "content": {"type": "advisor_result", "text": text, **more}}


def failure(code: str = "overloaded") -> Block:
    return {"type": "advisor_tool_result", "content": {"type": "advisor_tool_result_error", "error_code": code}}


def ask(*content: Block, betas: tuple[str, ...] = (ADVISOR,), usage: Any = None, **more: Any) -> Any:
    request = body(**{"model": "claude-sonnet-4-6", "tools": [tool()], **more})
    return message(*content, request=request, betas=betas, usage=usage or {})["usage"]


def kinds(usage: dict[str, Any]) -> list[str]:
    return [entry["type"] for entry in usage["iterations"]]


def check_sums(usage: dict[str, Any]) -> None:
    own = [entry for entry in usage["iterations"] if entry["type"] == "message"]
    assert {key: sum(entry[key] for entry in own) for key in SUMMED} == {key: usage[key] for key in SUMMED}


def test_advice_splits_the_answer_as_recorded() -> None:
    """Recorded 2026-05: the same keys, and counts of the same size."""
    usage = ask(CALL, advice(), {"type": "text", "text": "Here is the pool of workers. " * 200})
    recorded = [(1051, 35, "message"), (2728, 874, "advisor_message"), (1363, 3165, "message")]
    assert kinds(usage) == [kind for _, _, kind in recorded]
    first, advised, second = usage["iterations"]
    assert list(first) == list(second) == [*KEYS, "type"]
    assert list(advised) == [*KEYS, "type", "model"]
    assert advised["model"] == "claude-opus-4-7"
    for entry, (read, written, _) in zip((first, advised), recorded, strict=False):
        assert entry["input_tokens"] == pytest.approx(read, rel=0.1)
        assert entry["output_tokens"] == pytest.approx(written, rel=0.5)
    assert first["input_tokens"] + 100 < second["input_tokens"] < first["input_tokens"] + 400
    check_sums(usage)
    assert list(usage)[3:6] == ["cache_creation", "iterations", "output_tokens"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ((HELLO,), ["message"]),
        ((HELLO, CALL), ["message"]),
        ((CALL, advice()), ["message", "advisor_message"]),
        ((HELLO, CALL, advice(), HELLO), ["message", "advisor_message", "message"]),
        ((CALL, failure(), HELLO), ["message", "message"]),
        ((CALL, advice(), CALL, failure("max_uses_exceeded"), HELLO), ["message", "advisor_message"] + ["message"] * 2),
        ((CALL, advice(), CALL, advice(), HELLO), ["message", "advisor_message"] * 2 + ["message"]),
        ((CALL, advice(), SEARCH, HELLO), ["message", "advisor_message", "message"]),
    ],
)
def test_each_sampling_is_listed(content: tuple[Block, ...], expected: list[str]) -> None:
    usage = ask(*content)
    assert kinds(usage) == expected
    check_sums(usage)
    own = [entry["input_tokens"] for entry in usage["iterations"] if entry["type"] == "message"]
    assert own == sorted(set(own)), "each sampling reads more"


def test_no_list_without_a_beta_that_asks_for_it() -> None:
    plain, listed = ask(CALL, advice(), HELLO, betas=()), ask(CALL, advice(), HELLO, betas=(COMPACT,))
    assert "iterations" not in plain
    assert kinds(listed) == ["message", "advisor_message", "message"]


@pytest.mark.parametrize(
    ("model", "advisor", "named"),
    [
        ("claude-opus-5-5", "claude-fable-5", "claude-fable-5"),
        ("claude-haiku-4-5", "claude-opus-4-8", "claude-opus-4-8"),
        ("claude-fable-5-2", "claude-mythos-5-2", "claude-mythos-5-2"),
        ("house-model", "other-model", "other-model"),
    ],
)
def test_hidden_advice_is_measured(model: str, advisor: str, named: str) -> None:
    def written(size: int, **more: Any) -> int:
        hidden = {"type": "advisor_redacted_result", "encrypted_content": "x" * size}
        content = ({**advice(), "content": hidden}, HELLO)
        usage = ask(CALL, *content, model=model, tools=[tool(advisor, **more)])
        (entry,) = [each for each in usage["iterations"] if each["type"] == "advisor_message"]
        assert entry["model"] == named
        tokens: int = entry["output_tokens"]
        return tokens

    assert 1 <= written(10) < written(8000) < written(40_000)
    assert written(40_000, max_tokens=1024) == 1024


@pytest.mark.parametrize("advisor", ["claude-opus-5", "claude-opus-5-5", "claude-fable-5", "claude-haiku-5-5"])
@pytest.mark.parametrize("times", [3, 40])
def test_hidden_advice_costs_about_as_much_as_shown(advisor: str, times: int) -> None:
    text = "Begin with the tests, then write. " * times
    hidden = {"type": "advisor_redacted_result", "encrypted_content": b64encode(text.encode()).decode()}
    shown, masked = (
        ask(CALL, block, HELLO, tools=[tool(advisor)])["iterations"][1]["output_tokens"]
        for block in (advice(text), {**advice(), "content": hidden})
    )
    assert 0.6 * shown < masked < 1.6 * shown


def test_cached_prefix_is_read_by_each_sampling() -> None:
    marked = {"system": "word " * 4000, "cache_control": {"type": "ephemeral"}}
    request = body(model="claude-sonnet-4-6", tools=[tool()], **marked)
    cache: dict[Any, Any] = {}
    for is_first in (True, False):
        answer = Answer(content=(CALL, advice(), HELLO))
        usage = outcome(answer, request, (ADVISOR,), cache=cache).message["usage"]
        first, _, second = usage["iterations"]
        prefix = first["cache_creation_input_tokens" if is_first else "cache_read_input_tokens"]
        assert prefix > 3900
        assert (second["cache_read_input_tokens"], second["cache_creation_input_tokens"]) == (prefix, 0)
        assert sum(second["cache_creation"].values()) == 0
        check_sums(usage)


def test_numbers_of_a_script_stand() -> None:
    own = {**dict.fromkeys(KEYS[:4], 1), "cache_creation": None, "type": "message"}
    assert ask(CALL, advice(), HELLO, usage={"iterations": [own]})["iterations"] == [own]
    for scripted in ({"input_tokens": 7}, {"output_tokens": 3}, {"cache_read_input_tokens": 1000}, {"input_tokens": 0}):
        usage = ask(CALL, advice(), HELLO, usage=scripted)
        assert usage.items() >= scripted.items()
        check_sums(usage)


def test_stream_begins_with_the_first_sampling() -> None:
    request = body(model="claude-sonnet-4-6", tools=[tool()])
    reply = outcome(Answer(content=(CALL, advice(), HELLO)), request, (ADVISOR,))
    events = [event.data for event in unfold(reply)]
    assert events[0]["message"]["usage"]["input_tokens"] == count_request(request, lookup("claude-sonnet-4-6"))
    assert "iterations" not in events[0]["message"]["usage"]
    assert events[-2]["usage"]["iterations"] == reply.message["usage"]["iterations"]
    assert fold(events) == reply.message


@pytest.mark.parametrize("odd", [None, 7, [7], ["advisor_message"], [{"type": "advisor_message"}], {"type": "message"}])
def test_odd_iterations_of_a_script_are_streamed(odd: Any) -> None:
    reply = outcome(Answer(content=(CALL, advice(), HELLO), usage={"iterations": odd}), betas=(ADVISOR,))
    assert fold(event.data for event in unfold(reply))["usage"]["iterations"] == odd


BLOCKS = st.sampled_from([HELLO, CALL, advice(), advice("x"), failure(), SEARCH])


@settings(max_examples=60)
@given(st.lists(BLOCKS, max_size=8), st.sampled_from(["claude-opus-5-5", "claude-haiku-4-5", "house-model"]))
def test_samplings_always_add_up(content: list[Block], model: str) -> None:
    usage = ask(*content, model=model)
    check_sums(usage)
    asked = sum(block.get("type") == "advisor_tool_result" and "text" in block["content"] for block in content)
    assert kinds(usage).count("advisor_message") == asked
