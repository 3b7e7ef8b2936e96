"""Generated replies: the same every time, right for the request, and as long as the options say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.counting import count_output
from mockserver.compose import Context, compose
from mockserver.compose.generate import OPTIONS, generate
from mockserver.compose.generated import language, magic_strings
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference import catalog
from mockserver.reference.schemas import response_validator
from mockserver.reference.signing import Signer
from tests.generating import CLOCK, WEATHER, kinds, reply, text


@settings(max_examples=30)
@given(asked=st.text(min_size=1, max_size=200), seed=st.integers(0, 2**32))
def test_same_request_gives_the_same_answer(asked: str, seed: int) -> None:
    body = {"model": "claude-opus-5", "max_tokens": 500, "messages": [{"role": "user", "content": asked}]}
    model = catalog.lookup("claude-opus-5")
    first = generate(Prompt(body, session="a"), model, {}, seed)
    second = generate(Prompt({**body, "stream": True}, session="b"), model, {}, seed)
    assert first == second
    assert kinds(first)[0] == "thinking"


def test_seed_changes_the_answer() -> None:
    prompt = Prompt({"model": "m", "max_tokens": 500, "messages": [{"role": "user", "content": "Tell me more."}]})
    assert len({text(generate(prompt, catalog.lookup("m"), {}, seed)) for seed in range(20)}) > 5


# Thinking


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        ("claude-sonnet-4-5", None, False),
        ("claude-sonnet-4-5", {"type": "enabled", "budget_tokens": 1024}, True),
        ("claude-sonnet-4-5", {"type": "disabled"}, False),
        ("claude-sonnet-4-6", {"type": "adaptive"}, True),
        ("claude-opus-4-8", None, False),
        ("claude-opus-5", None, True),
        ("claude-opus-5", {"type": "disabled"}, False),
        ("claude-opus-5-5", None, True),
        ("claude-sonnet-5-5", {"type": "between_tools"}, False),
        ("gpt-unknown", {"type": "enabled", "budget_tokens": 1024}, True),
    ],
)
def test_thinking_is_there_when_on(model: str, thinking: Any, *, expected: bool) -> None:
    answer = reply("你是谁?", model=model, **({"thinking": thinking} if thinking else {}))
    assert kinds(answer) == (["thinking", "text"] if expected else ["text"])
    if expected:
        assert language.detect(answer.content[0]["thinking"]) == "zh"


def test_forced_tool_comes_without_thinking() -> None:
    answer = reply(
        model="claude-sonnet-4-6", thinking={"type": "adaptive"}, tools=[WEATHER], tool_choice={"type": "any"}
    )
    assert kinds(answer) == ["tool_use"]


def test_redacted_thinking_is_asked_for_by_string() -> None:
    answer = reply(f"Hello {magic_strings.REDACTED}", thinking={"type": "enabled", "budget_tokens": 1024})
    assert set(kinds(answer)[:-1]) == {"redacted_thinking"}
    assert answer.content[0].keys() == {"type"}
    assert "MAGIC" not in text(answer)
    assert kinds(reply(f"Hello {magic_strings.REDACTED}")) == ["text"]


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4.5"])
def test_some_models_ignore_the_string_for_redacted_thinking(model: str) -> None:
    """None of 11 recordings of claude-haiku-4-5 (2025-12 to 2026-06) holds a redacted thought."""
    thinking = {"type": "enabled", "budget_tokens": 1024}
    answer = reply(magic_strings.REDACTED, model=model, thinking=thinking)
    assert kinds(answer) == ["thinking", "text"]
    assert "MAGIC" not in text(answer) + answer.content[0]["thinking"]
    assert kinds(reply(magic_strings.REDACTED, model=model)) == ["text"]


@pytest.mark.parametrize("model", ["claude-3-7-sonnet", "claude-sonnet-4-5", "claude-sonnet-4-6", "claude-opus-4-5"])
def test_other_models_obey_it(model: str) -> None:
    answer = reply(magic_strings.REDACTED, model=model, thinking={"type": "enabled", "budget_tokens": 1024})
    assert set(kinds(answer)[:-1]) == {"redacted_thinking"}


def test_refusal_is_asked_for_by_string() -> None:
    answer = reply([{"role": "user", "content": [{"type": "text", "text": magic_strings.REFUSAL}]}])
    assert answer.content == ()
    assert answer.stop_reason == "refusal"
    assert answer.stop_details == {"type": "refusal", "category": None, "explanation": None}


# The whole message


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("claude-sonnet-4-5", {}),
        ("claude-opus-5", {"thinking": {"type": "adaptive", "display": "summarized"}}),
        ("claude-opus-5-5", {"max_tokens": 9}),
        ("claude-sonnet-4-6", {"messages": [{"role": "user", "content": magic_strings.REFUSAL}]}),
        ("claude-sonnet-4-5", {"messages": [{"role": "user", "content": magic_strings.REDACTED}]}),
        ("claude-sonnet-4-5", {"tools": [WEATHER], "tool_choice": {"type": "any"}}),
        ("claude-sonnet-4-5", {"tools": [{"type": "computer_toolset_20260801"}], "tool_choice": {"type": "any"}}),
        ("claude-opus-5", {"tools": [{"type": "web_search_20260318", "name": "web_search"}]}),
        ("claude-opus-5", {"tools": [{"type": "web_fetch_20260318", "name": "web_fetch"}]}),
        ("claude-opus-5", {"tools": [{"type": "code_execution_20260521", "name": "code_execution"}]}),
        ("claude-opus-5", {"tools": [{"type": "code_execution_20250522", "name": "code_execution"}]}),
        ("claude-opus-5", {"tools": [{"type": "tool_search_tool_bm25", "name": "tool_search_tool_bm25"}]}),
    ],
)
def test_composed_message_is_what_the_api_gives(model: str, body: dict[str, Any]) -> None:
    asked = {"messages": [{"role": "user", "content": "What is new?"}], "max_tokens": 4096, "model": model, **body}
    said = Answer("generate", generate={"tool_use": True})
    made = compose(said, Prompt(asked), Context(catalog.lookup(model), Signer(b"secret")))
    assert isinstance(made, Reply)
    assert [error.message for error in response_validator("message").iter_errors(made.message)] == []
    assert made.message["usage"]["output_tokens"] <= asked["max_tokens"]


def test_prefill_is_continued() -> None:
    begun = [{"role": "user", "content": "Capital of France?"}, {"role": "assistant", "content": "The capital is"}]
    said = text(reply(begun))
    assert said.startswith(" ")
    assert not said.startswith("  ")


@pytest.mark.parametrize("begun", ["{", "["])
def test_prefilled_json_is_completed(begun: str) -> None:
    asked = [{"role": "user", "content": 'Say "hi" as JSON'}, {"role": "assistant", "content": begun}]
    assert json.loads(begun + text(reply(asked)))


def test_attachments_are_mentioned() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi."}}
    said = text(reply([{"role": "user", "content": [image, image, document, {"type": "text", "text": "And this?"}]}]))
    assert "2" in said
    assert "image" in said
    assert "document" in said


# Options


@pytest.mark.parametrize(
    ("asked", "options", "count"),
    [
        ("Tell me.", {"sentences": 1}, lambda said: said.count(". ") == 0),
        ("Tell me.", {"paragraphs": 3}, lambda said: said.count("\n\n") == 2),
        ("Tell me.", {"words": 250}, lambda said: len(said.split()) == 250),
        ("请介绍一下。", {"words": 250}, lambda said: len(said) == 250),
        ("Tell me.", {"locale": "ja_JP"}, lambda said: language.detect(said) == "ja"),
        ("Tell me.", {"locale": "fi_FI", "sentences": 2}, lambda said: len(said) > 10),
        ("Tell me.", {"thinking": True}, lambda said: bool(said)),
    ],
)
def test_option_is_obeyed(asked: str, options: dict[str, Any], count: Any) -> None:
    assert count(text(reply(asked, options=options)))


@pytest.mark.parametrize("wanted", [20, 200, 3000])
@pytest.mark.parametrize("asked", ["Tell me.", "请介绍一下。"])
def test_length_in_tokens_is_about_met(asked: str, wanted: int) -> None:
    answer = reply(asked, options={"tokens": wanted}, max_tokens=100_000)
    assert abs(count_output(answer.content, catalog.lookup("claude-sonnet-4-5"))[0] - wanted) < 16 + wanted / 20


@pytest.mark.parametrize(
    ("wish", "expected"), [(True, ["thinking", "text"]), (False, ["text"]), (1, ["thinking", "text"])]
)
def test_thinking_is_as_wished(wish: bool | int, expected: list[str]) -> None:
    assert kinds(reply(options={"thinking": wish}, model="claude-opus-5")) == expected


@pytest.mark.parametrize(
    ("wish", "choice", "expected"),
    [
        (True, None, "get_weather"),
        ("get_time", None, "get_time"),
        ("unknown", None, None),
        (True, {"type": "none"}, None),
    ],
)
def test_tool_is_called_as_wished(wish: bool | str, choice: Any, expected: str | None) -> None:
    more = {"tool_choice": choice} if choice else {}
    answer = reply(options={"tool_use": wish}, tools=[CLOCK, WEATHER], **more)
    assert answer.content[0].get("name") == expected


def test_unknown_option_is_named() -> None:
    with pytest.raises(ValueError, match="unknown option lenght of generate: known are sentences") as caught:
        reply(options={"lenght": 3})
    assert all(name in str(caught.value) for name in OPTIONS)


def test_unknown_locale_is_named() -> None:
    with pytest.raises(ValueError, match="unknown locale 'xx_XX'"):
        reply(options={"locale": "xx_XX"})
